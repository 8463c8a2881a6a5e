//! Tokens for Microsoft's services, from whatever the application proves itself with: a secret, a certificate, a token
//! of the platform it runs on, or the machine's managed identity.
//!
//! The library caches a token and fetches a new one five minutes before it ends. Around it: one request at a time for
//! each scope, a failure told to everybody who was waiting, and a new token when a service no longer takes the old one.

mod application;
mod assertion;
mod login;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Quick, PoisonError};

use azure_core::credentials::TokenCredential;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;

use super::endpoint::Endpoint;
use super::error::TenantError;
use super::transport::{self, Attempt, Pause};
use crate::settings::{Credential, LoopbackHttp};
pub(super) use application::Application;

/// An access token.
pub(super) type Token = SecretString;

/// The tokens of one application, for any scope. Clones share them.
#[derive(Clone)]
pub struct Tokens {
    application: Application,
    scopes: Arc<Quick<BTreeMap<String, Arc<Scoped>>>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    /// Makes ready to sign in. Nothing is sent yet, so a wrong secret shows at the first token. `tenant_id` is the GUID
    /// of a tenant, or a name of one such as `botframework.com`.
    ///
    /// # Errors
    ///
    /// [`TenantError::Rejected`] for an address that may not be used (plain http is for loopback alone, and only when
    /// allowed), [`TenantError::Credential`] for what can't be a credential.
    pub fn new(
        credential: &Credential,
        login_url: &Url,
        tenant_id: &str,
        http: LoopbackHttp,
    ) -> Result<Self, TenantError> {
        let login = Endpoint::check(login_url, http)?;
        let application = Application::new(credential, login, tenant_id, transport::http_client());
        // Made and dropped, so that what can't work is told now.
        application.credential()?;
        Ok(Self {
            application,
            scopes: Arc::default(),
        })
    }

    /// The same, with the waits between tries spent in another way.
    #[must_use]
    pub fn pausing(mut self, pause: Pause) -> Self {
        self.application.pause = pause;
        self
    }

    /// A token for this scope, such as `https://api.botframework.com/.default`, that works as far as we know.
    ///
    /// # Errors
    ///
    /// [`TenantError::Credential`] where the application is not believed, [`TenantError::Unavailable`] or
    /// [`TenantError::Throttled`] where it can't be asked for.
    pub async fn token(&self, scope: &str) -> Result<SecretString, TenantError> {
        self.scoped(scope)?.current().await
    }

    /// Another token for this scope, because a service refused this one.
    ///
    /// # Errors
    ///
    /// As [`Self::token`].
    pub async fn instead_of(&self, refused: &SecretString, scope: &str) -> Result<SecretString, TenantError> {
        self.scoped(scope)?.instead_of(refused).await
    }

    /// The fields that prove, in a request to the token endpoint that somebody else makes, that the application makes it.
    ///
    /// # Errors
    ///
    /// [`TenantError::Credential`] where there is nothing to prove it with.
    pub async fn proof(&self) -> Result<Vec<(&'static str, SecretString)>, TenantError> {
        self.application.proof().await
    }

    fn scoped(&self, scope: &str) -> Result<Arc<Scoped>, TenantError> {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = scopes.get(scope) {
            return Ok(Arc::clone(known));
        }
        let new = Arc::new(Scoped::new(&self.application, scope.to_owned())?);
        scopes.insert(scope.to_owned(), Arc::clone(&new));
        Ok(new)
    }
}

/// The tokens for one scope.
pub(super) struct Scoped {
    application: Application,
    scope: String,
    /// How many times signing in has failed.
    failures: AtomicU64,
    state: Mutex<State>,
}

struct State {
    credential: Arc<dyn TokenCredential>,
    last: Option<Token>,
    failure: Option<TenantError>,
}

impl Scoped {
    /// Tokens for a service: the scope is its address and `/.default`.
    pub(super) fn of(application: &Application, service: &Endpoint) -> Result<Self, TenantError> {
        Self::new(application, format!("{}/.default", service.as_str()))
    }

    fn new(application: &Application, scope: String) -> Result<Self, TenantError> {
        Ok(Self {
            application: application.clone(),
            scope,
            failures: AtomicU64::new(0),
            state: Mutex::new(State {
                credential: application.credential()?,
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
            state.credential = self.application.credential()?;
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
        match self.sign_in(state.credential.as_ref()).await {
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

    async fn sign_in(&self, credential: &dyn TokenCredential) -> Result<Token, TenantError> {
        transport::retry(&self.application.pause, "login.token", |_| async move {
            match credential.get_token(&[&self.scope], None).await {
                Ok(token) if token.token.secret().is_empty() => Err(Attempt::last(TenantError::unintelligible(
                    application::WHAT,
                    "it holds no token",
                ))),
                Ok(token) => Ok(Token::from(token.token.secret().to_owned())),
                Err(error) => Err(self.application.failed(&error)),
            }
        })
        .await
    }
}
