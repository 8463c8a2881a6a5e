//! What is really wrong with one account: probes of the tenant, and their findings in an order that explains.
//!
//! Every probe answers found, clear or unavailable. What could not be looked up never reads as "all clear".

mod probes;

use time::OffsetDateTime;

use crate::access::Target;
use crate::actions::Known;
use crate::chat::ActionId;
use crate::tenant::account::{Account, BlockReason, BlockedSender, Origin, ServiceIssue, SignIn};
use crate::tenant::{Tenant, TenantError};

/// Something that explains why a person is locked out, or bears on what to do about it. In the order of urgency: signs
/// of a compromise first, then what stops the person, then where the account is mastered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Identity Protection has confirmed a compromise.
    Compromised,
    /// Identity Protection sees risk.
    AtRisk,
    /// The mailbox sends its mail on.
    Forwarding {
        /// Where to.
        to: Vec<String>,
    },
    /// Inbox rules that send mail on or hide it.
    Rules {
        /// Their names.
        names: Vec<String>,
    },
    /// Inbox rules that no mail program shows, and that send mail on or hide it.
    HiddenRules {
        /// Their names.
        names: Vec<String>,
    },
    /// Applications that the account itself let into its mail, files or directory.
    Consents {
        /// What they may do.
        scopes: Vec<String>,
    },
    /// Microsoft 365 itself is broken just now.
    ServiceIssue(ServiceIssue),
    /// Exchange stopped it from sending.
    Restricted {
        /// Why.
        reason: BlockReason,
        /// Since when.
        since: Option<OffsetDateTime>,
    },
    /// `accountEnabled` is false.
    SignInBlocked,
    /// A recent sign-in was refused by smart lockout. Inferred: no service tells it directly.
    LockedOut {
        /// When.
        at: OffsetDateTime,
    },
    /// A recent sign-in found the password expired.
    PasswordExpired {
        /// When.
        at: OffsetDateTime,
    },
    /// No licence gives a mailbox: not being able to send is no block.
    NoMailbox,
    /// Mastered on-premises.
    Synced,
    /// Another identity provider signs the domain in.
    Federated {
        /// The domain.
        domain: String,
    },
    /// A guest of another organisation.
    Guest,
    /// Holds or could hold a directory role, so nothing is changed from chat.
    Privileged {
        /// The role or group.
        name: String,
    },
}

/// What was asked of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probe {
    /// Identity Protection.
    Risk,
    /// Mailbox forwarding.
    Forwarding,
    /// Inbox rules.
    Rules,
    /// Hidden inbox rules.
    HiddenRules,
    /// Applications that were let in.
    Consents,
    /// The health of Microsoft 365.
    Health,
    /// Restricted entities.
    Restricted,
    /// Sign-in log.
    SignIns,
    /// Licences.
    Mailbox,
    /// Where it is mastered.
    Origin,
    /// Directory roles.
    Privilege,
}

impl Probe {
    /// A short, stable name for phrases.
    pub fn code(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Forwarding => "forwarding",
            Self::Rules => "rules",
            Self::HiddenRules => "hidden-rules",
            Self::Consents => "consents",
            Self::Health => "health",
            Self::Restricted => "restricted",
            Self::SignIns => "sign-ins",
            Self::Mailbox => "mailbox",
            Self::Origin => "origin",
            Self::Privilege => "privilege",
        }
    }
}

/// An account as far as it could be looked into.
#[derive(Debug)]
pub struct Diagnosis {
    /// The account.
    pub account: Account,
    /// Where it is mastered, where that could be read.
    pub origin: Option<Origin>,
    /// Its entry among the restricted entities.
    pub restricted: Restricted,
    /// What was found, most urgent first.
    pub findings: Vec<Finding>,
    /// What was looked for and is not there.
    pub clear: Vec<Probe>,
    /// What could not be looked up, and why.
    pub unavailable: Vec<(Probe, TenantError)>,
}

/// The account's entry among the restricted entities, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restricted {
    /// There is one.
    Yes(BlockedSender),
    /// There is none.
    No,
    /// It could not be read.
    CannotTell,
}

impl Restricted {
    /// The same for `actions::fits`.
    pub fn known(&self) -> Known<&BlockedSender> {
        match self {
            Self::Yes(entry) => Known::Present(entry),
            Self::No => Known::Absent,
            Self::CannotTell => Known::Unknown,
        }
    }
}

impl Diagnosis {
    /// The target for `actions::fits`, where enough is known. An account whose origin can't be read is offered what
    /// its record allows; the decision falls when the button is pressed.
    pub fn target(&self) -> Target {
        let origin = self.origin.clone().unwrap_or(if self.account.synced {
            Origin::Synced
        } else {
            Origin::Cloud
        });
        Target {
            account: self.account.clone(),
            origin,
        }
    }

    /// Whether anything points to somebody else using the account.
    pub fn looks_compromised(&self) -> bool {
        self.findings.iter().any(|finding| {
            matches!(
                finding,
                Finding::Compromised
                    | Finding::AtRisk
                    | Finding::Forwarding { .. }
                    | Finding::Rules { .. }
                    | Finding::HiddenRules { .. }
                    | Finding::Restricted {
                        reason: BlockReason::Spam,
                        ..
                    }
            )
        })
    }

    /// What the findings themselves call for, most fitting first. Where somebody else may be using the account, it is
    /// closed first, then cleaned, and given back last.
    pub fn called_for(&self) -> Vec<ActionId> {
        let mut actions = Vec::new();
        let looks_compromised = self.looks_compromised();
        let closed = self.account.sign_in == SignIn::Blocked;
        if looks_compromised && !closed {
            actions.extend([ActionId::BlockSignIn, ActionId::RevokeSessions, ActionId::ResetPassword]);
        }
        actions.extend(self.findings.iter().filter_map(remedy));
        if looks_compromised && closed {
            actions.extend([ActionId::ResetPassword, ActionId::RevokeSessions]);
        }
        actions.extend(self.findings.iter().filter_map(release));
        actions
    }
}

/// What takes away what an intruder left.
fn remedy(finding: &Finding) -> Option<ActionId> {
    match finding {
        Finding::Forwarding { .. } => Some(ActionId::ClearForwarding),
        Finding::Rules { .. } | Finding::HiddenRules { .. } => Some(ActionId::DisableRules),
        Finding::Consents { .. } => Some(ActionId::RevokeConsents),
        _ => None,
    }
}

/// What lets the person go on.
fn release(finding: &Finding) -> Option<ActionId> {
    match finding {
        Finding::Restricted { .. } => Some(ActionId::UnblockSender),
        Finding::SignInBlocked => Some(ActionId::AllowSignIn),
        Finding::LockedOut { .. } | Finding::PasswordExpired { .. } => Some(ActionId::ResetPassword),
        Finding::Compromised | Finding::AtRisk => Some(ActionId::DismissRisk),
        Finding::Forwarding { .. }
        | Finding::Rules { .. }
        | Finding::HiddenRules { .. }
        | Finding::Consents { .. }
        | Finding::ServiceIssue(_)
        | Finding::NoMailbox
        | Finding::Synced
        | Finding::Federated { .. }
        | Finding::Guest
        | Finding::Privileged { .. } => None,
    }
}

/// Looks into an account with every probe at once.
pub async fn examine(tenant: &Tenant, account: Account, now: OffsetDateTime) -> Diagnosis {
    probes::examine(tenant, account, now).await
}
