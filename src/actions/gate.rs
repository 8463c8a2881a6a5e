//! The gate before sending and signing in again: while anything says that somebody else uses the account, letting it go
//! on would let them go on. What could not be looked at counts as such a sign.

use crate::access::Target;
use crate::chat::ActionId;
use crate::tenant::account::{BlockReason, BlockedSender, Consent, Forwarding, InboxRule, Risk};
use crate::tenant::{Tenant, TenantError};

/// What keeps an action from being run until the account is secured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Every sign that was found, the gravest first. Never empty.
    pub signs: Vec<Sign>,
}

/// A sign that somebody else uses the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// Identity Protection has confirmed it.
    Compromised,
    /// Identity Protection sees risk.
    AtRisk,
    /// What it sent was judged to be spam, and its password is still the one from before.
    SpamSincePassword,
    /// The mailbox sends its mail on.
    Forwarding,
    /// Inbox rules send mail on or hide it.
    Rules,
    /// So do rules that no mail program shows.
    HiddenRules,
    /// An application that it let in reaches its mail, files or directory.
    Consents,
    /// One of these could not be looked at.
    Unchecked(Look, TenantError),
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Identity Protection.
    Risk,
    /// Restricted entities.
    Restricted,
    /// Mailbox forwarding.
    Forwarding,
    /// Inbox rules.
    Rules,
    /// Hidden inbox rules.
    HiddenRules,
    /// Applications that were let in.
    Consents,
}

impl Look {
    /// A short, stable name, the same as the diagnosis has for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Restricted => "restricted",
            Self::Forwarding => "forwarding",
            Self::Rules => "rules",
            Self::HiddenRules => "hidden-rules",
            Self::Consents => "consents",
        }
    }
}

impl Sign {
    /// A short, stable name for phrases and audit records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Compromised => "compromised",
            Self::AtRisk => "at-risk",
            Self::SpamSincePassword => "spam",
            Self::Forwarding => "forwarding",
            Self::Rules => "rules",
            Self::HiddenRules => "hidden-rules",
            Self::Consents => "consents",
            Self::Unchecked(..) => "unchecked",
        }
    }

    /// What takes the sign away.
    pub fn secured_by(&self) -> Option<ActionId> {
        match self {
            Self::Compromised | Self::AtRisk => Some(ActionId::DismissRisk),
            Self::SpamSincePassword => Some(ActionId::ResetPassword),
            Self::Forwarding => Some(ActionId::ClearForwarding),
            Self::Rules | Self::HiddenRules => Some(ActionId::DisableRules),
            Self::Consents => Some(ActionId::RevokeConsents),
            Self::Unchecked(..) => None,
        }
    }
}

impl Gate {
    /// What secures the account, in an order that works: the password before the rest, and the risk last, because
    /// dismissing it says that the rest is done.
    pub fn secured_by(&self) -> Vec<ActionId> {
        const ORDER: [ActionId; 5] = [
            ActionId::ResetPassword,
            ActionId::ClearForwarding,
            ActionId::DisableRules,
            ActionId::RevokeConsents,
            ActionId::DismissRisk,
        ];
        let wanted: Vec<ActionId> = self.signs.iter().filter_map(Sign::secured_by).collect();
        ORDER.into_iter().filter(|action| wanted.contains(action)).collect()
    }

    /// The signs by name, for audit records.
    pub fn codes(&self) -> String {
        let codes: Vec<&str> = self.signs.iter().map(Sign::code).collect();
        codes.join(", ")
    }
}

/// Whether an action lets somebody go on who may be an intruder.
pub fn is_gated(action: ActionId) -> bool {
    matches!(action, ActionId::UnblockSender | ActionId::AllowSignIn)
}

/// Looks at the account as it is now.
///
/// # Errors
///
/// The gate, where the action is gated and there is any sign.
pub async fn check(action: ActionId, tenant: &Tenant, target: &Target) -> Result<(), Gate> {
    if !is_gated(action) {
        return Ok(());
    }
    let account = &target.account;
    let tenant = tenant.together();
    let (risk, restricted, forwarding, rules, hidden, consents) = tokio::join!(
        tenant.risk(&account.id),
        tenant.blocked_sender(account),
        tenant.forwarding(account),
        tenant.inbox_rules(&account.id),
        tenant.hidden_rules(account),
        tenant.consents(&account.id),
    );
    let changed = account.password_changed;
    let mut signs = Vec::new();
    signs.extend(sign(Look::Risk, risk, of_risk));
    signs.extend(sign(Look::Restricted, restricted, |entry: Option<BlockedSender>| {
        let entry = entry.filter(|entry| entry.reason == BlockReason::Spam)?;
        let changed_since = entry.since.zip(changed).is_some_and(|(since, changed)| changed > since);
        (!changed_since).then_some(Sign::SpamSincePassword)
    }));
    signs.extend(sign(Look::Forwarding, forwarding, |forwarding: Forwarding| {
        (!forwarding.to.is_empty()).then_some(Sign::Forwarding)
    }));
    signs.extend(sign(Look::Rules, rules, |rules| active(&rules).then_some(Sign::Rules)));
    signs.extend(sign(Look::HiddenRules, hidden, |rules| {
        active(&rules).then_some(Sign::HiddenRules)
    }));
    signs.extend(sign(Look::Consents, consents, |consents: Vec<Consent>| {
        consents.iter().any(Consent::reaches_data).then_some(Sign::Consents)
    }));
    if signs.is_empty() { Ok(()) } else { Err(Gate { signs }) }
}

fn of_risk(risk: Risk) -> Option<Sign> {
    match risk {
        Risk::None => None,
        Risk::AtRisk => Some(Sign::AtRisk),
        Risk::Compromised => Some(Sign::Compromised),
    }
}

fn active(rules: &[InboxRule]) -> bool {
    rules.iter().any(|rule| rule.enabled && rule.is_suspicious())
}

fn sign<T>(look: Look, answer: Result<T, TenantError>, read: impl FnOnce(T) -> Option<Sign>) -> Option<Sign> {
    match answer {
        Ok(found) => read(found),
        // Without a mailbox there is nothing to forward, and without the licence nobody judges risk.
        Err(TenantError::NotFound { .. } | TenantError::NotLicensed { .. }) => None,
        Err(error) => Some(Sign::Unchecked(look, error)),
    }
}
