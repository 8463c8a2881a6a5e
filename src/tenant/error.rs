//! What can go wrong between us and the tenant, told apart by what a caller may do about it.

/// Why the tenant could not be read or changed.
///
/// The messages are the service's own, with addresses and tokens taken out, so that they may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
        /// For how long, where the service said so.
        wait: Option<std::time::Duration>,
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

impl TenantError {
    /// Whether the same call may succeed later with nothing changed. Nothing was done.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable { .. })
    }

    /// Whether a change may or may not have happened: look before anything else is done.
    pub fn outcome_is_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown { .. })
    }

    /// A short name that does not change, for audit notes and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not-found",
            Self::Denied { .. } => "denied",
            Self::NotLicensed { .. } => "not-licensed",
            Self::Throttled { .. } => "throttled",
            Self::Rejected { .. } => "rejected",
            Self::Unavailable { .. } => "unavailable",
            Self::OutcomeUnknown { .. } => "outcome-unknown",
            Self::Credential { .. } => "credential",
        }
    }

    /// The same about something else: what stopped many calls stopped each.
    pub(super) fn about(mut self, other: &str) -> Self {
        match &mut self {
            Self::NotFound { what }
            | Self::Denied { what, .. }
            | Self::NotLicensed { what }
            | Self::Throttled { what, .. }
            | Self::Rejected { what, .. }
            | Self::Unavailable { what, .. }
            | Self::OutcomeUnknown { what, .. } => other.clone_into(what),
            Self::Credential { .. } => {}
        }
        self
    }

    /// How long the service asked us to wait, where it said so.
    pub fn wait(&self) -> Option<std::time::Duration> {
        match self {
            Self::Throttled { wait, .. } => *wait,
            _ => None,
        }
    }

    /// The service answered with something that we can't read. A guess here could pass for "all clear".
    pub(super) fn unintelligible(what: &str, why: &str) -> Self {
        Self::Unavailable {
            what: what.to_owned(),
            why: format!("the answer was not understood: {why}"),
        }
    }
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
