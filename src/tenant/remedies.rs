//! What puts an account right beside its password and sign-in: methods, passes, risk, rules, forwarding, consents; and
//! what is read for that.

use secrecy::SecretString;
use time::OffsetDateTime;

use super::account::{
    Account, AuthMethod, Consent, InboxRule, ObjectId, PassPolicy, RiskVerdict, RuleState, SentMail, ServiceIssue,
};
use super::{Contact, Letter, Tenant, TenantError};

impl Tenant {
    /// The registered sign-in methods, in the order in which they can be taken away: the default last.
    pub async fn auth_methods(&self, id: &ObjectId) -> Result<Vec<AuthMethod>, TenantError> {
        self.parts.graph.auth_methods(id).await
    }

    /// Takes a sign-in method away, so that it must be registered again. One that is gone already counts as done.
    pub async fn delete_method(&self, id: &ObjectId, method: &AuthMethod) -> Result<(), TenantError> {
        self.parts.graph.delete_method(id, method).await
    }

    /// What the tenant allows of Temporary Access Passes.
    pub async fn pass_policy(&self) -> Result<PassPolicy, TenantError> {
        self.parts.graph.pass_policy().await
    }

    /// The ids of the account's Temporary Access Passes.
    pub async fn passes(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        self.parts.graph.passes(id).await
    }

    /// Makes a Temporary Access Pass that works once within these minutes, and gives it; it is never shown again.
    pub async fn issue_pass(&self, id: &ObjectId, minutes: u32) -> Result<SecretString, TenantError> {
        self.parts.graph.issue_pass(id, minutes).await
    }

    /// Takes a Temporary Access Pass away. One that is gone already counts as done.
    pub async fn delete_pass(&self, id: &ObjectId, pass: &str) -> Result<(), TenantError> {
        self.parts.graph.delete_pass(id, pass).await
    }

    /// Tells Identity Protection what became of the account. At most one such change a second reaches the service.
    pub async fn judge_risk(&self, id: &ObjectId, verdict: RiskVerdict) -> Result<(), TenantError> {
        self.parts.graph.judge_risk(id, verdict).await
    }

    /// Switches a visible inbox rule.
    pub async fn set_rule(&self, id: &ObjectId, rule: &InboxRule, to: RuleState) -> Result<(), TenantError> {
        self.parts.graph.set_rule(id, (rule, to)).await
    }

    /// The inbox rules that no mail program shows; [`TenantError::NotFound`] where the account has no mailbox.
    pub async fn hidden_rules(&self, account: &Account) -> Result<Vec<InboxRule>, TenantError> {
        self.parts.exchange.hidden_rules(account).await
    }

    /// Switches a hidden inbox rule.
    pub async fn set_hidden_rule(&self, account: &Account, rule: &InboxRule, to: RuleState) -> Result<(), TenantError> {
        self.parts.exchange.set_hidden_rule(account, (rule, to)).await
    }

    /// Ends the mailbox's own forwarding.
    pub async fn clear_forwarding(&self, account: &Account) -> Result<(), TenantError> {
        self.parts.exchange.clear_forwarding(account).await
    }

    /// The applications that the account itself let in.
    pub async fn consents(&self, id: &ObjectId) -> Result<Vec<Consent>, TenantError> {
        self.parts.graph.consents(id).await
    }

    /// Takes a consent back. One that is gone already counts as done.
    pub async fn revoke_consent(&self, consent: &Consent) -> Result<(), TenantError> {
        self.parts.graph.revoke_consent(consent).await
    }

    /// What this address sent between two moments, and what became of it; one page.
    pub async fn sent_mail(
        &self,
        sender: &str,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<SentMail>, TenantError> {
        self.parts.graph.sent_mail(sender, (from, until)).await
    }

    /// The owner's language, and their addresses outside of the tenant.
    pub async fn contact(&self, id: &ObjectId) -> Result<Contact, TenantError> {
        self.parts.graph.contact(id).await
    }

    /// The object id of the account's manager, if it has one.
    pub async fn manager(&self, id: &ObjectId) -> Result<Option<ObjectId>, TenantError> {
        self.parts.graph.manager(id).await
    }

    /// The addresses that the account registered for proving who its owner is.
    pub async fn registered_mail(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        self.parts.graph.registered_mail(id).await
    }

    /// Sends a letter from this mailbox of the tenant, once.
    pub async fn send_mail(&self, sender: &str, letter: &Letter) -> Result<(), TenantError> {
        self.parts.graph.send_mail(sender, letter).await
    }

    /// Incidents of Microsoft 365 that are open now, at the services that sign people in and carry their mail.
    pub async fn service_issues(&self) -> Result<Vec<ServiceIssue>, TenantError> {
        self.parts.graph.service_issues().await
    }
}
