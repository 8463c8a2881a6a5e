//! What can be changed in the directory.

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::Graph;
use crate::tenant::account::{ObjectId, SignIn};
use crate::tenant::error::TenantError;
use crate::tenant::service::{Call, Effect};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInChange {
    account_enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PasswordChange<'a> {
    password_profile: PasswordProfile<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PasswordProfile<'a> {
    force_change_password_next_sign_in: bool,
    password: &'a str,
}

impl Graph {
    /// Allows or blocks sign-in.
    pub(in crate::tenant) async fn set_sign_in(&self, id: &ObjectId, to: SignIn) -> Result<(), TenantError> {
        let body = json(&SignInChange {
            account_enabled: to == SignIn::Allowed,
        })?;
        let call = self.write(Method::PATCH, &format!("users/{id}"), Some(body))?;
        self.change(Call {
            operation: "graph.users.set_sign_in",
            what: "the change of sign-in",
            effect: Effect::Set,
            ..call
        })
        .await
    }

    /// Sets a password. Never together with another change: Graph asks for different permissions for each.
    pub(in crate::tenant) async fn set_password(
        &self,
        id: &ObjectId,
        password: &SecretString,
    ) -> Result<(), TenantError> {
        let body = json(&PasswordChange {
            password_profile: PasswordProfile {
                force_change_password_next_sign_in: true,
                password: password.expose_secret(),
            },
        })?;
        let call = self.write(Method::PATCH, &format!("users/{id}"), Some(body))?;
        self.change(Call {
            operation: "graph.users.set_password",
            what: "the password reset",
            ..call
        })
        .await
        .map_err(|error| without(error, password))
    }

    /// Ends sessions. Twice only moves the moment on.
    pub(in crate::tenant) async fn revoke_sessions(&self, id: &ObjectId) -> Result<(), TenantError> {
        let call = self.write(Method::POST, &format!("users/{id}/revokeSignInSessions"), None)?;
        self.change(Call {
            operation: "graph.users.revoke_sessions",
            what: "the end of the sessions",
            effect: Effect::Set,
            ..call
        })
        .await
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, TenantError> {
    serde_json::to_vec(value).map_err(|_| TenantError::unintelligible("the change", "it can't be written as JSON"))
}

/// The error without the password, should a service ever repeat it, or a part of it, in its message.
fn without(mut error: TenantError, password: &SecretString) -> TenantError {
    if let TenantError::Rejected { message, .. } | TenantError::Denied { message, .. } = &mut error
        && repeats(message, password.expose_secret())
    {
        "(left out, because it repeats the password)".clone_into(message);
    }
    error
}

/// Whether the message holds the password or six characters of it: it may have been cut or tidied.
fn repeats(message: &str, password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    characters
        .windows(characters.len().clamp(1, 6))
        .any(|part| message.contains(&part.iter().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_part_of_the_password_is_left_out() {
        let password = SecretString::from("Kalo-Taxidi-2026".to_owned());
        for (message, expected) in [
            ("too weak", "too weak"),
            (
                "Kalo-Taxidi-2026 is too weak",
                "(left out, because it repeats the password)",
            ),
            ("(address) xidi-2026", "(left out, because it repeats the password)"),
        ] {
            let error = TenantError::Rejected {
                what: "the password reset".to_owned(),
                code: "Request_BadRequest".to_owned(),
                message: message.to_owned(),
            };
            assert!(without(error, &password).to_string().ends_with(expected), "{message}");
        }
    }
}
