//! An application that signs in: which of the library's ways it uses, and what a failure to sign in means.

use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::assertion::{Certificate, FederatedToken, NoAssertion};
use super::login::{LoginFailure, LoginTransport};
use crate::settings::{Credential, Proof};
use crate::tenant::endpoint::Endpoint;
use crate::tenant::error::TenantError;
use crate::tenant::transport::{Again, Attempt, Pause};
use crate::tenant::wire;

pub(super) const WHAT: &str = "signing in";
/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who signs in, and where.
#[derive(Clone)]
pub(in crate::tenant) struct Application {
    credential: Credential,
    login: Endpoint,
    tenant: String,
    http: reqwest::Client,
    pub(in crate::tenant) pause: Pause,
}

impl Application {
    pub(in crate::tenant) fn new(
        credential: &Credential,
        login: Endpoint,
        tenant: &str,
        http: reqwest::Client,
    ) -> Self {
        Self {
            credential: credential.clone(),
            login,
            tenant: tenant.to_owned(),
            http,
            pause: Pause::Wait,
        }
    }

    /// The library's part, with nothing in its cache.
    pub(super) fn credential(&self) -> Result<Arc<dyn TokenCredential>, TenantError> {
        let malformed = |_| TenantError::Credential {
            why: "the tenant id, client id or client secret is empty or malformed".to_owned(),
        };
        let (tenant, client) = (self.tenant.clone(), self.client_id());
        Ok(match &self.credential.proof {
            Proof::Secret(secret) => {
                let options = ClientSecretCredentialOptions {
                    client_options: self.options(),
                };
                let secret = secret.expose_secret().to_owned().into();
                ClientSecretCredential::new(&tenant, client, secret, Some(options)).map_err(malformed)?
            }
            Proof::Certificate(pem) => {
                let certificate = Certificate::read(pem, &client, &self.token_endpoint())?;
                ClientAssertionCredential::new(tenant, client, certificate, self.assertion_options())
                    .map_err(malformed)?
            }
            Proof::FederatedToken(file) => {
                let token = FederatedToken::named(file.as_deref())?;
                ClientAssertionCredential::new(tenant, client, token, self.assertion_options()).map_err(malformed)?
            }
            Proof::ManagedIdentity => ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                user_assigned_id: self.credential.client_id.clone().map(UserAssignedId::ClientId),
                client_options: self.options(),
            }))
            .map_err(|_| TenantError::Credential {
                why: "this kind of Azure machine has no managed identity that can be used from here".to_owned(),
            })?,
        })
    }

    /// What proves, in a request that is not the library's, that the application makes it.
    pub(super) async fn proof(&self) -> Result<Vec<(&'static str, SecretString)>, TenantError> {
        let statement = match &self.credential.proof {
            Proof::Secret(secret) => return Ok(vec![("client_secret", secret.clone())]),
            Proof::Certificate(pem) => Certificate::read(pem, &self.client_id(), &self.token_endpoint())?
                .statement(OffsetDateTime::now_utc())
                .map_err(NoAssertion::told)?,
            Proof::FederatedToken(file) => FederatedToken::named(file.as_deref())?
                .read()
                .await
                .map_err(NoAssertion::told)?,
            Proof::ManagedIdentity => {
                return Err(TenantError::Credential {
                    why: "a managed identity can't sign people in: give [link] an application of its own".to_owned(),
                });
            }
        };
        Ok(vec![
            ("client_assertion_type", SecretString::from(ASSERTION_TYPE)),
            ("client_assertion", SecretString::from(statement)),
        ])
    }

    fn client_id(&self) -> String {
        self.credential.client_id.clone().unwrap_or_default()
    }

    fn token_endpoint(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.login.as_str(), self.tenant)
    }

    #[allow(clippy::unnecessary_wraps, reason = "as the library takes it")]
    fn assertion_options(&self) -> Option<ClientAssertionCredentialOptions> {
        Some(ClientAssertionCredentialOptions {
            client_options: self.options(),
        })
    }

    fn options(&self) -> ClientOptions {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = LoginTransport::authority(&self.login);
        let transport = LoginTransport::new(self.http.clone(), self.login.clone());
        ClientOptions {
            // Retries are ours, with our patience.
            retry: RetryOptions::none(),
            transport: Some(Transport::new(Arc::new(transport))),
            cloud: Some(Arc::new(cloud.into())),
            ..ClientOptions::default()
        }
    }

    /// What a failure to sign in means. The library's error is walked for ours and never printed: it can hold the
    /// whole answer.
    pub(super) fn failed(&self, error: &azure_core::Error) -> Attempt {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(at) = cause {
            if let Some(failure) = at.downcast_ref::<LoginFailure>() {
                return self.judged(failure);
            }
            if let Some(none) = at.downcast_ref::<NoAssertion>() {
                return Attempt::last(TenantError::Credential { why: none.to_string() });
            }
            cause = at.source();
        }
        Attempt::last(TenantError::unintelligible(WHAT, "it holds no token"))
    }

    fn judged(&self, failure: &LoginFailure) -> Attempt {
        let what = WHAT.to_owned();
        match failure {
            LoginFailure::Unanswered(why) => Attempt {
                error: TenantError::Unavailable {
                    what,
                    why: (*why).to_owned(),
                },
                again: Again::Later,
            },
            LoginFailure::Answered { status: 429, again, .. } => Attempt {
                error: TenantError::Throttled { what, wait: None },
                again: *again,
            },
            LoginFailure::Answered {
                status, again, code, ..
            } if *status >= 500 || code == "temporarily_unavailable" => Attempt {
                error: TenantError::Unavailable {
                    what,
                    why: format!("HTTP {status}"),
                },
                again: *again,
            },
            LoginFailure::Answered {
                status,
                code,
                description,
                ..
            } => Attempt::last(TenantError::Credential {
                why: self.without_secret(&match (code.as_str(), description.as_str()) {
                    ("", _) => format!("HTTP {status}"),
                    (code, "") => code.to_owned(),
                    (code, description) => format!("{code}: {description}"),
                }),
            }),
        }
    }

    /// The service's words, even if it should ever repeat what we sent.
    fn without_secret(&self, why: &str) -> String {
        let mut why = why.to_owned();
        if let Some(secret) = self.credential.secret() {
            let secret = secret.expose_secret();
            let encoded = wire::encode(secret);
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            for shape in [secret, &encoded, &form] {
                if !shape.is_empty() {
                    why = why.replace(shape, "(secret)");
                }
            }
        }
        wire::tidy(&why)
    }
}
