//! Tokens for the tenant's services, from the bot's own client secret.
//!
//! The library caches a token and fetches a new one five minutes before it ends. Around it: one request at a time for
//! each scope, a failure told to everybody who was waiting, and a new token when a service no longer takes the old one.

mod login;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::endpoint::Endpoint;
use super::error::TenantError;
use super::transport::{self, Again, Attempt, Pause};
use super::wire;
use login::{LoginFailure, LoginTransport};

const WHAT: &str = "signing in";

/// An access token.
pub(super) type Token = SecretString;

/// Who the bot is, and where it signs in.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) tenant: String,
    pub(super) client: String,
    pub(super) secret: SecretString,
    pub(super) login: Endpoint,
    pub(super) http: reqwest::Client,
    pub(super) pause: Pause,
}

/// The tokens for one scope.
pub(super) struct Tokens {
    identity: Identity,
    scope: String,
    /// How many times signing in has failed.
    failures: AtomicU64,
    state: Mutex<State>,
}

struct State {
    credential: Arc<ClientSecretCredential>,
    last: Option<Token>,
    failure: Option<TenantError>,
}

impl Tokens {
    /// Tokens for a service: the scope is its address and `/.default`.
    pub(super) fn new(identity: &Identity, service: &Endpoint) -> Result<Self, TenantError> {
        Ok(Self {
            identity: identity.clone(),
            scope: format!("{}/.default", service.as_str()),
            failures: AtomicU64::new(0),
            state: Mutex::new(State {
                credential: identity.credential()?,
                last: None,
                failure: None,
            }),
        })
    }

    /// A token that works, as far as we know.
    pub(super) async fn current(&self) -> Result<Token, TenantError> {
        let failures = self.failures.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        self.token(&mut state, failures).await
    }

    /// Another token, because a service refused this one.
    pub(super) async fn instead_of(&self, refused: &Token) -> Result<Token, TenantError> {
        let failures = self.failures.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        // Of many callers with the same refused token, the first makes the library forget it.
        if state
            .last
            .as_ref()
            .is_some_and(|last| last.expose_secret() == refused.expose_secret())
        {
            state.credential = self.identity.credential()?;
        }
        self.token(&mut state, failures).await
    }

    async fn token(&self, state: &mut State, failures: u64) -> Result<Token, TenantError> {
        // Whoever waited while somebody else's attempt failed gets that failure: a broken secret must not make as many
        // requests, one after the other, as there are callers.
        if self.failures.load(Ordering::Acquire) != failures
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        match self.sign_in(&state.credential).await {
            Ok(token) => {
                state.last = Some(token.clone());
                state.failure = None;
                Ok(token)
            }
            Err(error) => {
                state.failure = Some(error.clone());
                self.failures.fetch_add(1, Ordering::Release);
                Err(error)
            }
        }
    }

    async fn sign_in(&self, credential: &ClientSecretCredential) -> Result<Token, TenantError> {
        transport::retry(&self.identity.pause, "login.token", |_| async move {
            match credential.get_token(&[&self.scope], None).await {
                Ok(token) if token.token.secret().is_empty() => {
                    Err(Attempt::last(TenantError::unintelligible(WHAT, "it holds no token")))
                }
                Ok(token) => Ok(Token::from(token.token.secret().to_owned())),
                Err(error) => Err(self.identity.failed(&error)),
            }
        })
        .await
    }
}

impl Identity {
    fn credential(&self) -> Result<Arc<ClientSecretCredential>, TenantError> {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = LoginTransport::authority(&self.login);
        let options = ClientSecretCredentialOptions {
            client_options: ClientOptions {
                // Retries are ours, with our patience.
                retry: RetryOptions::none(),
                transport: Some(Transport::new(Arc::new(LoginTransport::new(
                    self.http.clone(),
                    self.login.clone(),
                )))),
                cloud: Some(Arc::new(cloud.into())),
                ..ClientOptions::default()
            },
        };
        ClientSecretCredential::new(
            &self.tenant,
            self.client.clone(),
            self.secret.expose_secret().to_owned().into(),
            Some(options),
        )
        .map_err(|_| TenantError::Credential {
            why: "the tenant id, client id or client secret is empty or malformed".to_owned(),
        })
    }

    /// What a failure to sign in means. The library's error is walked for ours and never printed: it can hold the
    /// whole answer.
    fn failed(&self, error: &azure_core::Error) -> Attempt {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(at) = cause {
            if let Some(failure) = at.downcast_ref::<LoginFailure>() {
                return self.judged(failure);
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
                error: TenantError::Throttled { what },
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
        let secret = self.secret.expose_secret();
        let encoded = wire::encode(secret);
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let mut why = why.to_owned();
        for shape in [secret, &encoded, &form] {
            if !shape.is_empty() {
                why = why.replace(shape, "(secret)");
            }
        }
        wire::tidy(&why)
    }
}
