//! What an administrator can do to an account: one file an action, each with what fits, what it changes and how it is
//! read back. Nothing runs without a [`Permit`].

pub mod gate;
pub mod tickets;

mod allow_sign_in;
mod block_sign_in;
mod clear_forwarding;
mod confirm_compromised;
mod disable_rules;
mod dismiss_risk;
mod enable_rules;
mod look_up;
mod password;
mod reset_mfa;
mod reset_password;
mod revoke_consents;
mod revoke_sessions;
mod steps;
mod temporary_access_pass;
mod unblock_sender;

use std::time::Duration;

use secrecy::SecretString;

use crate::access::{Permit, Signs, Target, Voucher};
use crate::chat::ActionId;
use crate::settings::Rehearsal;
use crate::tenant::account::{BlockedSender, Consent, MethodKind, RuleState};
use crate::tenant::{Tenant, TenantError};
use gate::Gate;

/// Why an action can't help this account, and where to go instead.
#[derive(Debug)]
pub enum Unfit {
    /// Mastered on-premises: the change must be made there.
    Synced,
    /// Another identity provider signs this domain in.
    Federated {
        /// The domain.
        domain: String,
    },
    /// A guest: the home organisation decides.
    Guest,
    /// It is so already.
    AlreadySo,
    /// The tenant's policy does not allow it.
    NotEnabled,
    /// Somebody else may be using the account: it must be secured first.
    Gated(Gate),
    /// It could not be looked up, so nothing is done.
    CannotTell(TenantError),
}

impl Unfit {
    /// A short, stable name for phrases and audit records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Federated { .. } => "federated",
            Self::Guest => "guest",
            Self::AlreadySo => "already-so",
            Self::NotEnabled => "not-enabled",
            Self::Gated(_) => "gated",
            Self::CannotTell(_) => "cannot-tell",
        }
    }
}

/// How an action ended.
#[derive(Debug)]
pub enum Outcome {
    /// Done, and reading back shows it.
    Succeeded,
    /// The service took it, but reading back does not show it yet.
    Unconfirmed,
    /// Some of it was done, and the rest was refused or is unknown.
    Partial {
        /// How many changes were made.
        done: usize,
        /// Of how many.
        of: usize,
        /// Why not all.
        why: TenantError,
    },
    /// Nothing was changed: the action did not fit the account as it is now.
    Unfit(Unfit),
    /// Nothing was changed: the service refused.
    Failed(TenantError),
    /// Nothing was changed, on purpose: the settings want a rehearsal.
    Rehearsed,
    /// The answer was lost and reading back does not tell: it may or may not have happened.
    Unknown(TenantError),
}

/// What running an action brought.
#[derive(Debug)]
pub struct Done {
    /// How it ended.
    pub outcome: Outcome,
    /// The new password, where there is one that works or may come to work. For one administrator's eyes.
    pub secret: Option<SecretString>,
}

/// How long to wait between the readings that confirm a change: one reading, then one more after each pause.
#[derive(Debug, Clone)]
pub struct ReadBack {
    /// The pauses.
    pub pauses: Vec<Duration>,
}

impl Default for ReadBack {
    /// Five readings over about six seconds: Entra's replicas usually agree within that.
    fn default() -> Self {
        Self {
            pauses: [400, 800, 1600, 3200].map(Duration::from_millis).to_vec(),
        }
    }
}

/// Whether a reading shows the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Shows,
    NotYet,
}

/// Whether the action can help this account, as far as is known without asking the tenant again. `restricted` is the
/// account's entry among the restricted entities, where that could be read.
pub fn fits(action: ActionId, target: &Target, restricted: Known<&BlockedSender>) -> Result<(), Unfit> {
    match action {
        ActionId::LookUp => look_up::fits(target),
        ActionId::UnblockSender => unblock_sender::fits(restricted),
        ActionId::ResetPassword => reset_password::fits(target),
        ActionId::AllowSignIn => allow_sign_in::fits(target),
        ActionId::BlockSignIn => block_sign_in::fits(target),
        ActionId::RevokeSessions => revoke_sessions::fits(target),
        ActionId::TemporaryAccessPass => temporary_access_pass::fits(target),
        ActionId::ResetMfa => reset_mfa::fits(target),
        ActionId::DisableRules => disable_rules::fits(target),
        ActionId::EnableRules => enable_rules::fits(target),
        ActionId::ClearForwarding => clear_forwarding::fits(target),
        ActionId::RevokeConsents => revoke_consents::fits(target),
        ActionId::DismissRisk => dismiss_risk::fits(target),
        ActionId::ConfirmCompromised => confirm_compromised::fits(target),
    }
}

/// What a preview can say of an action beside its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// The sign-in methods that would go, in their order.
    Methods(Vec<MethodKind>),
    /// The inbox rules that would be switched, by name.
    Rules(Vec<String>),
    /// Hidden rules could not be looked for.
    HiddenRulesUnknown(TenantError),
    /// Where the mailbox sends its mail on to.
    Forwarding(Vec<String>),
    /// The applications that would lose what they may do.
    Consents(Vec<Consent>),
    /// How long the pass would live.
    PassLifetime {
        /// In minutes.
        minutes: u32,
    },
}

/// Asks the tenant what the action would do exactly, and whether it may be done at all: what a person sees before they
/// confirm. [`run`] asks again.
pub async fn prepare(action: ActionId, tenant: &Tenant, target: &Target) -> Result<Vec<Detail>, Unfit> {
    gate::check(action, tenant, target).await.map_err(Unfit::Gated)?;
    match action {
        ActionId::TemporaryAccessPass => temporary_access_pass::prepare(tenant).await,
        ActionId::ResetMfa => reset_mfa::prepare(tenant, target).await,
        ActionId::DisableRules => disable_rules::prepare(tenant, target, RuleState::Disabled).await,
        ActionId::EnableRules => enable_rules::prepare(tenant, target).await,
        ActionId::ClearForwarding => clear_forwarding::prepare(tenant, target).await,
        ActionId::RevokeConsents => revoke_consents::prepare(tenant, target).await,
        ActionId::DismissRisk => dismiss_risk::prepare(tenant, target).await.map(|()| Vec::new()),
        ActionId::ConfirmCompromised => confirm_compromised::prepare(tenant, target).await.map(|()| Vec::new()),
        ActionId::LookUp
        | ActionId::UnblockSender
        | ActionId::ResetPassword
        | ActionId::AllowSignIn
        | ActionId::BlockSignIn
        | ActionId::RevokeSessions => Ok(Vec::new()),
    }
}

/// What takes an action back, where anything does.
pub fn undone_by(action: ActionId) -> Option<ActionId> {
    match action {
        ActionId::AllowSignIn => Some(ActionId::BlockSignIn),
        ActionId::BlockSignIn => Some(ActionId::AllowSignIn),
        ActionId::DisableRules => Some(ActionId::EnableRules),
        ActionId::EnableRules => Some(ActionId::DisableRules),
        ActionId::DismissRisk => Some(ActionId::ConfirmCompromised),
        ActionId::ConfirmCompromised => Some(ActionId::DismissRisk),
        ActionId::LookUp
        | ActionId::UnblockSender
        | ActionId::ResetPassword
        | ActionId::RevokeSessions
        | ActionId::TemporaryAccessPass
        | ActionId::ResetMfa
        | ActionId::ClearForwarding
        | ActionId::RevokeConsents => None,
    }
}

/// Something that may have been looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<T> {
    /// It is there.
    Present(T),
    /// It was looked up and is not there.
    Absent,
    /// It was not, or could not be, looked up.
    Unknown,
}

impl<T> From<Option<T>> for Known<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Absent, Self::Present)
    }
}

impl<T> Known<T> {
    /// The same, borrowed.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Present(found) => Known::Present(found),
            Self::Absent => Known::Absent,
            Self::Unknown => Known::Unknown,
        }
    }
}

/// Runs what the permit permits, once, and reads back. The permit is spent whatever happens.
pub async fn run(permit: Permit, tenant: &Tenant, read_back: &ReadBack) -> Done {
    let target = permit.target();
    // What was clear in the preview may not be any more.
    if permit.signs() == Signs::Heeded
        && let Err(gate) = gate::check(permit.action(), tenant, target).await
    {
        return Done::without_secret(Outcome::Unfit(Unfit::Gated(gate)));
    }
    if permit.rehearsal() == Rehearsal::On {
        return rehearse(permit.action(), tenant, target).await;
    }
    match permit.action() {
        ActionId::LookUp => look_up::run(),
        ActionId::UnblockSender => unblock_sender::run(tenant, target, read_back).await,
        ActionId::ResetPassword => reset_password::run(tenant, target, read_back).await,
        ActionId::AllowSignIn => allow_sign_in::run(tenant, target, read_back).await,
        ActionId::BlockSignIn => block_sign_in::run(tenant, target, read_back).await,
        ActionId::RevokeSessions => revoke_sessions::run(tenant, target, read_back).await,
        ActionId::TemporaryAccessPass => temporary_access_pass::run(tenant, target, read_back).await,
        ActionId::ResetMfa => reset_mfa::run(tenant, target, read_back).await,
        ActionId::DisableRules => disable_rules::run(tenant, target, read_back).await,
        ActionId::EnableRules => enable_rules::run(tenant, target, read_back).await,
        ActionId::ClearForwarding => clear_forwarding::run(tenant, target, read_back).await,
        ActionId::RevokeConsents => revoke_consents::run(tenant, target, read_back).await,
        ActionId::DismissRisk => dismiss_risk::run(tenant, target, read_back).await,
        ActionId::ConfirmCompromised => confirm_compromised::run(tenant, target, read_back).await,
    }
}

/// Makes a secret worthless that reached nobody, or of which nobody knows whom it reached.
pub async fn void(voucher: Voucher, tenant: &Tenant) -> Result<(), TenantError> {
    match voucher.action() {
        ActionId::ResetPassword => reset_password::void(tenant, voucher.target()).await,
        ActionId::TemporaryAccessPass => temporary_access_pass::void(tenant, voucher.target()).await,
        _ => Ok(()),
    }
}

/// Whether an action ends with a secret for whoever delivers it.
pub fn gives_a_secret(action: ActionId) -> bool {
    matches!(action, ActionId::ResetPassword | ActionId::TemporaryAccessPass)
}

/// Everything but the change.
async fn rehearse(action: ActionId, tenant: &Tenant, target: &Target) -> Done {
    let restricted = match tenant.blocked_sender(&target.account).await {
        Ok(entry) => Known::from(entry),
        Err(_) => Known::Unknown,
    };
    Done::without_secret(match fits(action, target, restricted.as_ref()) {
        Ok(()) => Outcome::Rehearsed,
        Err(unfit) => Outcome::Unfit(unfit),
    })
}

/// Turns what a write answered and what reading back shows into an outcome. A lost answer counts as done only when the
/// reading shows it.
async fn confirm<F, R>(written: Result<(), TenantError>, read_back: &ReadBack, read: F) -> Outcome
where
    F: Fn() -> R,
    R: Future<Output = Result<Reading, TenantError>>,
{
    let lost = match written {
        Ok(()) => None,
        Err(error @ TenantError::OutcomeUnknown { .. }) => Some(error),
        Err(error) => return Outcome::Failed(error),
    };
    let mut pauses = read_back.pauses.iter();
    loop {
        if let Ok(Reading::Shows) = read().await {
            return Outcome::Succeeded;
        }
        match pauses.next() {
            Some(pause) => tokio::time::sleep(*pause).await,
            None => break,
        }
    }
    lost.map_or(Outcome::Unconfirmed, Outcome::Unknown)
}

impl Done {
    fn without_secret(outcome: Outcome) -> Self {
        Self { outcome, secret: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost() -> TenantError {
        TenantError::OutcomeUnknown {
            what: "set password".into(),
            why: "connection closed".into(),
        }
    }

    fn quick() -> ReadBack {
        ReadBack {
            pauses: vec![Duration::ZERO; 2],
        }
    }

    #[tokio::test]
    async fn a_lost_answer_is_a_success_only_when_reading_back_shows_it() {
        let shown = confirm(Err(lost()), &quick(), || async { Ok(Reading::Shows) }).await;
        assert!(matches!(shown, Outcome::Succeeded));
        let not_shown = confirm(Err(lost()), &quick(), || async { Ok(Reading::NotYet) }).await;
        assert!(matches!(not_shown, Outcome::Unknown(_)));
        let unreadable = confirm(Err(lost()), &quick(), || async { Err(lost()) }).await;
        assert!(matches!(unreadable, Outcome::Unknown(_)));
    }

    #[tokio::test]
    async fn what_the_service_took_but_does_not_show_is_unconfirmed() {
        let readings = std::sync::atomic::AtomicU32::new(0);
        let outcome = confirm(Ok(()), &quick(), || async {
            readings.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(Reading::NotYet)
        })
        .await;
        assert!(matches!(outcome, Outcome::Unconfirmed));
        assert_eq!(readings.into_inner(), 3);
    }

    #[tokio::test]
    async fn a_refusal_is_not_read_back() {
        let denied = TenantError::Denied {
            what: "x".into(),
            code: "Authorization_RequestDenied".into(),
            message: String::new(),
        };
        let outcome = confirm(Err(denied), &quick(), || async { Ok(Reading::Shows) }).await;
        assert!(matches!(outcome, Outcome::Failed(_)));
    }
}
