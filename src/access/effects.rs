//! What actions do to an account, as far as the policy tells them apart.

use crate::chat::ActionId;

/// Whether an action gives somebody access to the account: what an attacker talks people into.
pub fn gives_access(action: ActionId) -> bool {
    match action {
        ActionId::ResetPassword | ActionId::AllowSignIn | ActionId::TemporaryAccessPass | ActionId::ResetMfa => true,
        ActionId::LookUp
        | ActionId::UnblockSender
        | ActionId::BlockSignIn
        | ActionId::RevokeSessions
        | ActionId::DisableRules
        | ActionId::EnableRules
        | ActionId::ClearForwarding
        | ActionId::RevokeConsents
        | ActionId::DismissRisk
        | ActionId::ConfirmCompromised => false,
    }
}

/// Whether an action changes the account. Reading needs a grant alone.
pub fn changes_something(action: ActionId) -> bool {
    match action {
        ActionId::LookUp => false,
        ActionId::UnblockSender
        | ActionId::ResetPassword
        | ActionId::AllowSignIn
        | ActionId::BlockSignIn
        | ActionId::RevokeSessions
        | ActionId::TemporaryAccessPass
        | ActionId::ResetMfa
        | ActionId::DisableRules
        | ActionId::EnableRules
        | ActionId::ClearForwarding
        | ActionId::RevokeConsents
        | ActionId::DismissRisk
        | ActionId::ConfirmCompromised => true,
    }
}
