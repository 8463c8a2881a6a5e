//! Links: an account on Slack or Discord proves nothing about Entra, so whoever is an administrator there proves once
//! which Entra account is theirs. Teams and the playground vouch by themselves.
//!
//! Somebody writes `/latchkey link` and gets a link of ours for themselves. It leads to Microsoft's sign-in (OpenID
//! Connect, authorization code with PKCE) and back to a page that says which chat account is about to be linked to which
//! Entra account, and shows a code. Only when that code is typed in the chat by whoever began is the link stored. Without
//! the code, somebody could send *their* link to an administrator, who signs in as usual, and be linked to the
//! administrator's account.
//!
//! Where browsers can't reach us there is the device code flow (RFC 8628). No page of ours can warn there, so a link that
//! was proved in this way counts only for people whom a grant names by their account on the platform.

mod device;
mod examine;
mod oidc;
mod once;
mod pages;
mod recognise;
mod routes;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use url::Url;

use super::tokens::{SigningKeys, TokenError};
use crate::chat::{Identity, Person};
use crate::language::Language;
use crate::settings::{Credential, LinkApplication, LinkSettings, LoopbackHttp, Proof, RealTenant};
use crate::store::audit::{Detail, Entry, Event};
use crate::store::links::{SignIn, StoredLink, Tried};
use crate::store::{Store, StoreError};
use crate::tenant::account::ObjectId;
use crate::tenant::credential::Tokens;
use crate::tenant::{TenantError, transport};
use device::Device;

pub use examine::without_application;
pub use recognise::vouches;
pub(super) use recognise::{BY_DEVICE_CODE, Duty};
pub use routes::routes;

/// How long each step of a sign-in may take: to open the link, to come back from Microsoft, to type the code.
pub const STEP: Duration = Duration::minutes(10);
/// How often a code may be typed.
pub const TRIES: i64 = 5;

/// How a link was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By signing in to Entra in a browser, and a code typed back in the chat.
    Oidc,
    /// By a device code.
    DeviceCode,
}

impl How {
    /// The name in the store and in audit records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::DeviceCode => "device-code",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Oidc, Self::DeviceCode]
            .into_iter()
            .find(|how| how.name() == name)
    }
}

/// What a sign-in has begun with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// A link for the person alone.
    Page(Url),
    /// A code to type at Microsoft.
    Device {
        /// Where.
        at: String,
        /// The code.
        code: String,
        /// How long it is good for.
        minutes: i64,
    },
    /// The sign-in with a device code is done.
    Linked(StoredLink),
}

/// What became of a code that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// It was right, and the link is stored.
    Linked(StoredLink),
    /// It was wrong.
    Wrong {
        /// How often they can try still.
        left: i64,
    },
    /// They have no code: none was given out, its time is over, or it was tried too often.
    Nothing,
}

/// Why a sign-in did not succeed. Safe to log.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Microsoft's sign-in could not be reached, or said something that can't be read.
    #[error("the issuer could not be asked: {0}")]
    Issuer(&'static str),
    /// Microsoft's sign-in said no.
    #[error("the issuer refused: {0}")]
    Refused(String),
    /// The ID token is not good.
    #[error("the ID token is not good: {0}")]
    Token(#[from] TokenError),
    /// The ID token is good, and not for this.
    #[error("the ID token is not for this: {0}")]
    NotForThis(&'static str),
    /// The application can't prove itself.
    #[error(transparent)]
    Application(#[from] TenantError),
}

/// The clock that links are held against.
pub type Now = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// Lets people prove which Entra account is theirs.
pub struct Links {
    tenant_id: String,
    /// What the tokens of our tenant hold as issuer.
    issuer: String,
    client_id: String,
    /// What proves that we are the application; nothing where people can sign in with device codes alone.
    application: Option<Tokens>,
    public_url: Option<Url>,
    expires_after: Duration,
    keys: SigningKeys,
    http: reqwest::Client,
    now: Now,
    devices: Mutex<HashMap<Identity, Device>>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// What is known of a sign-in under way, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pending {
    /// What the person is called in the chat.
    name: String,
    language: String,
    /// The hash of the key in the browser's cookie.
    browser: Option<String>,
    verifier: Option<String>,
    nonce: Option<String>,
    proved: Option<Account>,
}

/// An Entra account that somebody signed in to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    id: String,
    address: String,
    name: String,
}

impl Links {
    /// Sign-in against the tenant's own issuer. `None` where there is no application that people could sign in to.
    ///
    /// # Errors
    ///
    /// [`TenantError`] for an address or a credential that can't be used.
    pub fn new(
        tenant: &RealTenant,
        settings: &LinkSettings,
        public_url: Option<&Url>,
        loopback: LoopbackHttp,
    ) -> Result<Option<Self>, TenantError> {
        let Some(credential) = application(tenant, settings) else {
            return Ok(None);
        };
        let issuer = format!("{}/{}/v2.0", tenant.login_url.as_str().trim_end_matches('/'), tenant.id);
        let metadata =
            Url::parse(&format!("{issuer}/.well-known/openid-configuration")).map_err(|_| TenantError::Rejected {
                what: "the settings".to_owned(),
                code: "address".to_owned(),
                message: "the issuer's address can't be put together".to_owned(),
            })?;
        let http = transport::http_client();
        let application = match credential.proof {
            Some(proof) => {
                let whole = Credential {
                    client_id: Some(credential.client_id.clone()),
                    proof,
                };
                Some(Tokens::new(&whole, &tenant.login_url, &tenant.id, loopback)?)
            }
            None => None,
        };
        Ok(Some(Self {
            tenant_id: tenant.id.clone(),
            issuer,
            client_id: credential.client_id,
            application,
            public_url: public_url.cloned(),
            expires_after: Duration::try_from(settings.expires_after).unwrap_or(Duration::days(1)),
            keys: SigningKeys::new(&metadata, http.clone(), loopback)?,
            http,
            now: Arc::new(OffsetDateTime::now_utc),
            devices: Mutex::default(),
        }))
    }

    /// The same with another clock.
    #[must_use]
    pub fn at(mut self, now: Now) -> Self {
        self.now = now;
        self
    }

    /// Begins a sign-in for somebody, or looks whether the one with a device code is done.
    ///
    /// # Errors
    ///
    /// [`LinkError`]
    pub async fn begin(&self, store: &Store, person: &Person, language: &Language) -> Result<Begun, LinkError> {
        let (Some(base), Some(_)) = (&self.public_url, &self.application) else {
            return self.begin_device(store, &person.identity).await;
        };
        let ticket = once::random();
        let pending = Pending {
            name: person.name.clone(),
            language: language.tag().to_owned(),
            browser: None,
            verifier: None,
            nonce: None,
            proved: None,
        };
        let sign_in = SignIn {
            person: person.identity.clone(),
            content: serde_json::to_value(pending).map_err(StoreError::from)?,
        };
        store
            .begin_sign_in(&sign_in, &once::hash(&ticket), self.now() + STEP)
            .await?;
        let mut url = below(base, "link/start");
        url.query_pairs_mut().append_pair("t", &ticket);
        Ok(Begun::Page(url))
    }

    /// Takes the code that somebody typed, and stores the link if it is theirs.
    ///
    /// # Errors
    ///
    /// [`LinkError::Store`]
    pub async fn typed(&self, store: &Store, person: &Identity, code: &str) -> Result<Typed, LinkError> {
        let hash = once::hash_code(person, code);
        match store.try_code(person, &hash, (TRIES, self.now())).await? {
            Tried::Nothing => Ok(Typed::Nothing),
            Tried::Wrong { left } => {
                let refused = self.entry(Event::Refused, person, "link-code-wrong");
                store.record(&refused).await?;
                Ok(Typed::Wrong { left })
            }
            Tried::Right(content) => {
                let pending: Pending = serde_json::from_value(content).map_err(StoreError::from)?;
                match pending.proved {
                    Some(account) => Ok(Typed::Linked(self.store(store, person, (&account, How::Oidc)).await?)),
                    None => Ok(Typed::Nothing),
                }
            }
        }
    }

    /// Stores a link that was proved, and records it.
    async fn store(
        &self,
        store: &Store,
        person: &Identity,
        (account, how): (&Account, How),
    ) -> Result<StoredLink, LinkError> {
        let now = self.now();
        let link = StoredLink {
            person: person.clone(),
            entra: account.id.clone(),
            account: account.address.clone(),
            how: how.name().to_owned(),
            linked: now,
            expires: now + self.expires_after,
        };
        let record = Entry {
            who_entra: Some(account.id.clone()),
            target: Some(account.id.clone()),
            ..self.entry(Event::Linked, person, how.name())
        };
        store.put_link(&link, &record).await?;
        Ok(link)
    }

    fn entry(&self, event: Event, person: &Identity, note: &str) -> Entry {
        entry(self.now(), event, person, note)
    }

    fn now(&self) -> OffsetDateTime {
        (self.now)()
    }
}

/// Removes somebody's link, and records that. `false` where there is none.
///
/// # Errors
///
/// Where the store fails.
pub async fn unlink(store: &Store, person: &Identity, now: OffsetDateTime, note: &str) -> Result<bool, StoreError> {
    let known = store.link(person).await?.map(|link| link.entra);
    let record = Entry {
        who_entra: known.clone(),
        target: known,
        ..entry(now, Event::Unlinked, person, note)
    };
    store.remove_link(person, &record).await
}

fn entry(at: OffsetDateTime, event: Event, person: &Identity, note: &str) -> Entry {
    Entry {
        at,
        event,
        who: person.clone(),
        who_entra: None,
        action: None,
        target: None,
        operation: format!("link-{}", uuid::Uuid::new_v4()),
        note: note.to_owned(),
        detail: Detail::default(),
    }
}

/// The application that people sign in to.
struct Application {
    client_id: String,
    proof: Option<Proof>,
}

fn application(tenant: &RealTenant, settings: &LinkSettings) -> Option<Application> {
    // A managed identity is no application that anybody could sign in to, but its machine may stand for one.
    let own = |credential: &Credential| match &credential.proof {
        Proof::ManagedIdentity => None,
        proof => Some(Application {
            client_id: credential.client_id.clone()?,
            proof: Some(proof.clone()),
        }),
    };
    match &settings.application {
        Some(LinkApplication::Whole(credential)) => own(credential),
        Some(LinkApplication::Id(id)) => own(&tenant.credential).filter(|own| own.client_id == *id).or_else(|| {
            Some(Application {
                client_id: id.clone(),
                proof: None,
            })
        }),
        None => own(&tenant.credential),
    }
}

/// An address below the public one, which may have a path of its own.
fn below(base: &Url, tail: &str) -> Url {
    let mut url = base.clone();
    let path = format!("{}/{tail}", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// What an ID token says of whoever signed in.
#[derive(Debug, Deserialize)]
struct IdClaims {
    tid: String,
    oid: String,
    nonce: Option<String>,
    preferred_username: Option<String>,
    name: Option<String>,
}

impl IdClaims {
    fn account(self) -> Option<Account> {
        Some(Account {
            id: ObjectId::parse(&self.oid)?.to_string(),
            address: self.preferred_username.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
        })
    }
}
