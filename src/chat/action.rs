//! What an administrator can do to an account, by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::UnknownName;

/// What an administrator can do to an account. Adding a variant makes every `match` that must handle it fail to
/// compile until it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionId {
    /// Read the account's state again. Changes nothing.
    LookUp,
    /// Remove the account from Exchange's restricted entities.
    UnblockSender,
    /// Set a new temporary password.
    ResetPassword,
    /// Set `accountEnabled` to true.
    AllowSignIn,
    /// Set `accountEnabled` to false.
    BlockSignIn,
    /// Invalidate refresh tokens and session cookies.
    RevokeSessions,
    /// Make a code that proves once who signs in.
    TemporaryAccessPass,
    /// Take sign-in methods away, so that they are registered again.
    ResetMfa,
    /// Switch off inbox rules that send mail on or hide it.
    DisableRules,
    /// Switch them on again.
    EnableRules,
    /// End the mailbox's forwarding.
    ClearForwarding,
    /// Take back what applications were let into.
    RevokeConsents,
    /// Tell Identity Protection that the risk has been dealt with.
    DismissRisk,
    /// Tell Identity Protection that somebody else had the account.
    ConfirmCompromised,
}

impl ActionId {
    /// Every action, in the order in which buttons are drawn.
    pub const ALL: [Self; 14] = [
        Self::LookUp,
        Self::UnblockSender,
        Self::ResetPassword,
        Self::AllowSignIn,
        Self::BlockSignIn,
        Self::RevokeSessions,
        Self::TemporaryAccessPass,
        Self::ResetMfa,
        Self::DisableRules,
        Self::EnableRules,
        Self::ClearForwarding,
        Self::RevokeConsents,
        Self::DismissRisk,
        Self::ConfirmCompromised,
    ];

    /// The name used in intents, settings and audit records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LookUp => "look-up",
            Self::UnblockSender => "unblock-sender",
            Self::ResetPassword => "reset-password",
            Self::AllowSignIn => "allow-sign-in",
            Self::BlockSignIn => "block-sign-in",
            Self::RevokeSessions => "revoke-sessions",
            Self::TemporaryAccessPass => "temporary-access-pass",
            Self::ResetMfa => "reset-mfa",
            Self::DisableRules => "disable-rules",
            Self::EnableRules => "enable-rules",
            Self::ClearForwarding => "clear-forwarding",
            Self::RevokeConsents => "revoke-consents",
            Self::DismissRisk => "dismiss-risk",
            Self::ConfirmCompromised => "confirm-compromised",
        }
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ActionId {
    type Err = UnknownName;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|a| a.name() == s)
            .ok_or_else(|| UnknownName::new(s))
    }
}
