//! Microsoft 365 as a service layer: what can be read of an account and what can be changed, over Graph and the
//! Exchange Online gateway. Nothing here decides who may.

pub mod account;
pub mod simulator;

use secrecy::SecretString;
use time::OffsetDateTime;

use account::{
    Account, BlockedSender, Forwarding, InboxRule, MailPlan, ObjectId, Origin, Privilege, Risk, SignIn, SignInEvent,
};

/// Why the tenant could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// There is no such thing.
    #[error("{what} was not found in the tenant")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The bot lacks a permission or role, or (on a password) the target is privileged. Never retried.
    #[error("the tenant denied {what}: {code}: {message}")]
    Denied {
        /// What was tried.
        what: String,
        /// The service's error code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// The tenant has no licence for this (sign-in logs, risk).
    #[error("the tenant has no licence for {what}")]
    NotLicensed {
        /// What was tried.
        what: String,
    },
    /// The service asked us to wait for longer than we do.
    #[error("the tenant is throttling {what}")]
    Throttled {
        /// What was tried.
        what: String,
    },
    /// The request was wrong, or the state of the account does not allow it.
    #[error("the tenant rejected {what}: {code}: {message}")]
    Rejected {
        /// What was tried.
        what: String,
        /// The service's error code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// The service can't be reached, or answers with faults. For a read, or a write that surely did not arrive.
    #[error("the tenant could not be reached for {what}: {why}")]
    Unavailable {
        /// What was tried.
        what: String,
        /// Why.
        why: String,
    },
    /// A write was sent and no answer came back: it may or may not have happened. Never repeated blindly.
    #[error("the outcome of {what} is unknown: {why}")]
    OutcomeUnknown {
        /// What was tried.
        what: String,
        /// Why.
        why: String,
    },
    /// The bot's own credentials do not work.
    #[error("the bot could not sign in to the tenant: {why}")]
    Credential {
        /// Why, without any secret.
        why: String,
    },
}

/// Why an address did not lead to one account.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// No account has it.
    #[error("no account has this address")]
    NotFound,
    /// More than one account has it, so it names nobody.
    #[error("{0} accounts share this address")]
    Ambiguous(usize),
    /// It could not be looked up.
    #[error(transparent)]
    Tenant(#[from] TenantError),
}

/// A Microsoft 365 tenant.
#[derive(Clone)]
pub struct Tenant {}

impl Tenant {
    /// Whether this is the practice tenant, which every card must then say.
    pub fn is_simulated(&self) -> bool {
        unimplemented!()
    }

    /// The account with this object id, user principal name, primary address or alias.
    pub async fn find_account(&self, _address: &str) -> Result<Account, FindError> {
        unimplemented!()
    }

    /// The account as it is now.
    pub async fn account(&self, _id: &ObjectId) -> Result<Account, TenantError> {
        unimplemented!()
    }

    /// Where the account's password lives: cloud, synced from on-premises, or with another identity provider.
    pub async fn origin(&self, _account: &Account) -> Result<Origin, TenantError> {
        unimplemented!()
    }

    /// Sign-ins since `since`, newest first, at most 20.
    pub async fn sign_ins(&self, _id: &ObjectId, _since: OffsetDateTime) -> Result<Vec<SignInEvent>, TenantError> {
        unimplemented!()
    }

    /// What Identity Protection says.
    pub async fn risk(&self, _id: &ObjectId) -> Result<Risk, TenantError> {
        unimplemented!()
    }

    /// The mailbox's inbox rules.
    pub async fn inbox_rules(&self, _id: &ObjectId) -> Result<Vec<InboxRule>, TenantError> {
        unimplemented!()
    }

    /// Whether a licence gives the account a mailbox.
    pub async fn mail_plan(&self, _id: &ObjectId) -> Result<MailPlan, TenantError> {
        unimplemented!()
    }

    /// Directory roles, active and eligible, and role-assignable groups.
    pub async fn privilege(&self, _id: &ObjectId) -> Result<Privilege, TenantError> {
        unimplemented!()
    }

    /// The mailbox's forwarding.
    pub async fn forwarding(&self, _account: &Account) -> Result<Forwarding, TenantError> {
        unimplemented!()
    }

    /// The account's entry among the restricted entities, matched by user principal name, then primary address, then
    /// the aliases.
    pub async fn blocked_sender(&self, _account: &Account) -> Result<Option<BlockedSender>, TenantError> {
        unimplemented!()
    }

    /// Removes exactly the entry that [`Self::blocked_sender`] returned.
    pub async fn unblock_sender(&self, _entry: &BlockedSender) -> Result<(), TenantError> {
        unimplemented!()
    }

    /// Allows or blocks sign-in.
    pub async fn set_sign_in(&self, _id: &ObjectId, _to: SignIn) -> Result<(), TenantError> {
        unimplemented!()
    }

    /// Sets a password that must be changed at the next sign-in.
    pub async fn set_password(&self, _id: &ObjectId, _password: &SecretString) -> Result<(), TenantError> {
        unimplemented!()
    }

    /// Invalidates refresh tokens and session cookies.
    pub async fn revoke_sessions(&self, _id: &ObjectId) -> Result<(), TenantError> {
        unimplemented!()
    }
}
