//! How an account proves who signs in: its registered methods, and Temporary Access Passes.

use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::writes::json;
use super::{Consistency, Graph, Read, good};
use crate::tenant::account::{AuthMethod, MethodKind, ObjectId, PassPolicy};
use crate::tenant::error::TenantError;
use crate::tenant::service::{Call, Effect};
use crate::tenant::wire;

const WHAT: &str = "the account's sign-in methods";
const PASS: &str = "the Temporary Access Pass";

/// The mobile phone has the same id in every account. It goes after the other phones, which can't be without it.
const MOBILE_PHONE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

#[derive(Deserialize)]
struct Registered {
    id: String,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    user_preferred_method_for_secondary_authentication: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    state: Option<String>,
    minimum_lifetime_in_minutes: Option<u32>,
    maximum_lifetime_in_minutes: Option<u32>,
    is_usable_once: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewPass {
    lifetime_in_minutes: u32,
    is_usable_once: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IssuedPass {
    temporary_access_pass: Option<String>,
}

impl Graph {
    /// The registered methods, in the order in which they can be taken away: the default last.
    pub(in crate::tenant) async fn auth_methods(&self, id: &ObjectId) -> Result<Vec<AuthMethod>, TenantError> {
        let registered: Vec<Registered> = self
            .list(&Read {
                operation: "graph.methods.list",
                what: WHAT,
                path: &format!("users/{id}/authentication/methods"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        let default = self.default_method(id).await;
        let mut methods: Vec<AuthMethod> = registered
            .into_iter()
            .map(|method| {
                let kind = kind(method.kind.as_deref().unwrap_or_default());
                AuthMethod {
                    is_default: default == Some(kind),
                    id: method.id,
                    kind,
                }
            })
            .collect();
        methods.sort_by_key(|method| (method.is_default, method.id == MOBILE_PHONE));
        Ok(methods)
    }

    /// The kind that is asked for first. It only decides an order, and the report needs a licence, so not knowing it is
    /// no fault: what can't be taken away at first is tried again last.
    async fn default_method(&self, id: &ObjectId) -> Option<MethodKind> {
        let found: Result<Registration, TenantError> = self
            .get(&Read {
                operation: "graph.methods.default",
                what: WHAT,
                path: &format!("reports/authenticationMethods/userRegistrationDetails/{id}"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await;
        match found.ok()?.user_preferred_method_for_secondary_authentication?.as_str() {
            "push" => Some(MethodKind::Authenticator),
            "oath" => Some(MethodKind::SoftwareOath),
            "sms" | "voiceMobile" | "voiceAlternateMobile" | "voiceOffice" => Some(MethodKind::Phone),
            _ => None,
        }
    }

    /// Takes a method away. One that is gone already is as it should be.
    pub(in crate::tenant) async fn delete_method(&self, id: &ObjectId, method: &AuthMethod) -> Result<(), TenantError> {
        let Some(collection) = collection(method.kind) else {
            return Err(TenantError::Rejected {
                what: WHAT.to_owned(),
                code: method.kind.code().to_owned(),
                message: "this kind can't be taken away here".to_owned(),
            });
        };
        let path = format!("users/{id}/authentication/{collection}/{}", wire::encode(&method.id));
        self.delete(&path, ("graph.methods.delete", "the removal of a sign-in method"))
            .await
    }

    /// What the tenant allows of Temporary Access Passes.
    pub(in crate::tenant) async fn pass_policy(&self) -> Result<PassPolicy, TenantError> {
        let policy: Policy = self
            .get(&Read {
                operation: "graph.passes.policy",
                what: "the policy for Temporary Access Passes",
                path: "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass",
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        let least = policy.minimum_lifetime_in_minutes.unwrap_or(10);
        Ok(PassPolicy {
            enabled: policy.state.as_deref() == Some("enabled"),
            least_minutes: least,
            most_minutes: policy.maximum_lifetime_in_minutes.unwrap_or(least).max(least),
            only_once: policy.is_usable_once.unwrap_or(false),
        })
    }

    /// The ids of the account's passes. Microsoft allows one.
    pub(in crate::tenant) async fn passes(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        let passes: Vec<Registered> = self
            .list(&Read {
                operation: "graph.passes.list",
                what: PASS,
                path: &format!("users/{id}/authentication/temporaryAccessPassMethods"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(passes.into_iter().map(|pass| pass.id).collect())
    }

    /// Makes a pass that works once and for so long, and gives it: the service shows it this one time.
    pub(in crate::tenant) async fn issue_pass(&self, id: &ObjectId, minutes: u32) -> Result<SecretString, TenantError> {
        let body = json(&NewPass {
            lifetime_in_minutes: minutes,
            is_usable_once: true,
        })?;
        let path = format!("users/{id}/authentication/temporaryAccessPassMethods");
        let call = Call {
            operation: "graph.passes.create",
            what: PASS,
            ..self.write(Method::POST, &path, Some(body))?
        };
        let mut answer = self.service.send(&call).await?;
        let issued = good(&answer, PASS)?.json::<IssuedPass>(PASS);
        answer.body.zeroize();
        let pass = issued.ok().and_then(|issued| issued.temporary_access_pass);
        // Made, and never to be seen again.
        pass.map(SecretString::from).ok_or_else(|| TenantError::OutcomeUnknown {
            what: PASS.to_owned(),
            why: "the answer does not hold the pass".to_owned(),
        })
    }

    /// Takes a pass away, used or not.
    pub(in crate::tenant) async fn delete_pass(&self, id: &ObjectId, pass: &str) -> Result<(), TenantError> {
        let path = format!(
            "users/{id}/authentication/temporaryAccessPassMethods/{}",
            wire::encode(pass)
        );
        self.delete(&path, ("graph.passes.delete", "the removal of the pass"))
            .await
    }

    /// Deletes by id. Twice is the same as once, so one that is gone is as it should be.
    pub(super) async fn delete(
        &self,
        path: &str,
        (operation, what): (&'static str, &'static str),
    ) -> Result<(), TenantError> {
        let call = self.write(Method::DELETE, path, None)?;
        let deleted = self.change(Call {
            operation,
            what,
            effect: Effect::Set,
            ..call
        });
        match deleted.await {
            Err(TenantError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }
}

fn kind(odata_type: &str) -> MethodKind {
    match odata_type {
        "#microsoft.graph.passwordAuthenticationMethod" => MethodKind::Password,
        "#microsoft.graph.phoneAuthenticationMethod" => MethodKind::Phone,
        "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod" => MethodKind::Authenticator,
        "#microsoft.graph.softwareOathAuthenticationMethod" => MethodKind::SoftwareOath,
        "#microsoft.graph.fido2AuthenticationMethod" => MethodKind::Fido2,
        "#microsoft.graph.emailAuthenticationMethod" => MethodKind::Email,
        "#microsoft.graph.windowsHelloForBusinessAuthenticationMethod" => MethodKind::WindowsHello,
        "#microsoft.graph.temporaryAccessPassAuthenticationMethod" => MethodKind::TemporaryPass,
        _ => MethodKind::Other,
    }
}

fn collection(kind: MethodKind) -> Option<&'static str> {
    match kind {
        MethodKind::Phone => Some("phoneMethods"),
        MethodKind::Authenticator => Some("microsoftAuthenticatorMethods"),
        MethodKind::SoftwareOath => Some("softwareOathMethods"),
        MethodKind::Fido2 => Some("fido2Methods"),
        MethodKind::Email => Some("emailMethods"),
        MethodKind::WindowsHello => Some("windowsHelloForBusinessMethods"),
        MethodKind::Password | MethodKind::TemporaryPass | MethodKind::Other => None,
    }
}
