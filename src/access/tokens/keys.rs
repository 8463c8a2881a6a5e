//! An issuer's keys: fetched once, kept for a day, and fetched again when a token names one that we don't know, though
//! not so often that made-up names could be used against the issuer or against us.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use time::{Duration, OffsetDateTime};
use url::Url;

use super::TokenError;
use super::documents::{self, Key, Metadata};
use crate::settings::LoopbackHttp;
use crate::tenant::TenantError;
use crate::tenant::endpoint::Endpoint;
use crate::tenant::transport::{self, Silence};

/// How long keys are used before they are fetched again.
///
/// <https://learn.microsoft.com/entra/identity-platform/signing-key-rollover>: "check for updates every 24 hours".
pub const FRESH_FOR: Duration = Duration::hours(24);
/// How long keys are used when the issuer can't be asked for newer ones.
pub const KEPT_AT_MOST: Duration = Duration::days(7);
/// How long it takes after a fetch until an unknown key is a reason for another. A new key is published long before
/// it is used, so nobody with a real token waits for this.
pub const COOL_DOWN: Duration = Duration::seconds(60);
/// The same after a fetch that failed.
pub const COOL_DOWN_AFTER_FAILURE: Duration = Duration::seconds(5);

/// Metadata and key sets are a few dozen kilobytes.
const LARGEST_DOCUMENT: usize = 1 << 20;
/// Somebody waits for each answer while this takes.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// The keys of one issuer. Share it: every clone of the `Arc` around it fetches for all.
pub struct SigningKeys {
    metadata_url: Url,
    http: reqwest::Client,
    known: ArcSwapOption<Known>,
    /// Held while fetching, so that one fetches for all.
    turn: tokio::sync::Mutex<()>,
    asked: Mutex<Option<Asked>>,
}

struct Known {
    metadata: Arc<Metadata>,
    keys: BTreeMap<String, Key>,
    since: OffsetDateTime,
}

/// The last attempt.
#[derive(Clone, Copy)]
struct Asked {
    at: OffsetDateTime,
    failed: Option<&'static str>,
}

/// A key among those that are known.
pub(super) struct Held {
    known: Arc<Known>,
    id: String,
}

impl Deref for Held {
    type Target = Key;

    fn deref(&self) -> &Key {
        &self.known.keys[&self.id]
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys")
            .field("metadata_url", &self.metadata_url.as_str())
            .finish_non_exhaustive()
    }
}

impl SigningKeys {
    /// The keys that this metadata leads to. Nothing is fetched yet. `http` is a clone of
    /// [`transport::http_client`]'s.
    ///
    /// # Errors
    ///
    /// [`TenantError::Rejected`] for an address that is not https (or http to this machine, where that is allowed).
    pub fn new(metadata_url: &Url, http: reqwest::Client, loopback: LoopbackHttp) -> Result<Self, TenantError> {
        Endpoint::check(metadata_url, loopback)?;
        Ok(Self {
            metadata_url: metadata_url.clone(),
            http,
            known: ArcSwapOption::empty(),
            turn: tokio::sync::Mutex::new(()),
            asked: Mutex::new(None),
        })
    }

    /// What the issuer says of itself.
    ///
    /// # Errors
    ///
    /// [`TokenError::NoKeys`] where it can't be had.
    pub async fn metadata(&self, now: OffsetDateTime) -> Result<Arc<Metadata>, TokenError> {
        let enough = |known: Arc<Known>| Some(Arc::clone(&known.metadata));
        self.find(now, enough)
            .await?
            .ok_or(TokenError::NoKeys("its metadata can't be had"))
    }

    /// The key of this name.
    pub(super) async fn key(&self, id: &str, now: OffsetDateTime) -> Result<Held, TokenError> {
        let named = |known: Arc<Known>| {
            known.keys.contains_key(id).then_some(Held {
                known,
                id: id.to_owned(),
            })
        };
        self.find(now, named).await?.ok_or(TokenError::UnknownKey)
    }

    /// Looks in what is known; fetches when it is old or does not hold what is sought, unless that was just done.
    async fn find<T>(
        &self,
        now: OffsetDateTime,
        look: impl Fn(Arc<Known>) -> Option<T>,
    ) -> Result<Option<T>, TokenError> {
        let fresh = |known: &Arc<Known>| is_within(now - known.since, FRESH_FOR);
        let known = self.known.load_full();
        if let Some(known) = known.clone().filter(fresh)
            && let Some(found) = look(known)
        {
            return Ok(Some(found));
        }
        // While somebody else fetches, old keys do; whoever finds nothing there waits for what the fetch brings.
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => match self.usable(now).and_then(&look) {
                Some(found) => return Ok(Some(found)),
                None => self.turn.lock().await,
            },
        };
        if let Some(known) = self.known.load_full().filter(fresh)
            && let Some(found) = look(known)
        {
            return Ok(Some(found));
        }
        if self.may_ask(now) {
            self.fetch(now).await;
        }
        match self.usable(now) {
            Some(known) => Ok(look(known)),
            None => Err(TokenError::NoKeys(self.why())),
        }
    }

    /// What is known, if it is not too old to be used at all.
    fn usable(&self, now: OffsetDateTime) -> Option<Arc<Known>> {
        self.known
            .load_full()
            .filter(|known| is_within(now - known.since, KEPT_AT_MOST))
    }

    fn may_ask(&self, now: OffsetDateTime) -> bool {
        match *self.asked.lock().unwrap_or_else(PoisonError::into_inner) {
            None => true,
            Some(Asked { at, failed }) => {
                let pause = if failed.is_some() {
                    COOL_DOWN_AFTER_FAILURE
                } else {
                    COOL_DOWN
                };
                !is_within(now - at, pause)
            }
        }
    }

    fn why(&self) -> &'static str {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .and_then(|asked| asked.failed)
            .unwrap_or("they are too old")
    }

    async fn fetch(&self, now: OffsetDateTime) {
        let fetched = self.fetch_both(now).await;
        let failed = fetched.as_ref().err().copied();
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Asked { at: now, failed });
        match fetched {
            Ok(known) => self.known.store(Some(Arc::new(known))),
            Err(why) => tracing::warn!(
                token.issuer = self.metadata_url.host_str().unwrap_or_default(),
                error = why,
                "an issuer's keys could not be fetched"
            ),
        }
    }

    async fn fetch_both(&self, now: OffsetDateTime) -> Result<Known, &'static str> {
        let text = self.get(&self.metadata_url).await?;
        let metadata = documents::metadata(&self.metadata_url, &text)?;
        let keys = documents::keys(&self.get(&metadata.jwks_uri).await?)?;
        Ok(Known {
            metadata: Arc::new(metadata),
            keys,
            since: now,
        })
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, &'static str> {
        let request = self.http.get(url.clone()).timeout(TIMEOUT);
        match transport::send_once(request, LARGEST_DOCUMENT).await {
            Ok(answer) if answer.status.is_success() => Ok(answer.body),
            Ok(_) => Err("it answered with an error"),
            Err(Silence::NotSent(why) | Silence::Lost(why)) => Err(why),
            Err(Silence::TooLarge) => Err("its answer is too large"),
        }
    }
}

/// Whether the two moments are closer than `limit`, whichever came first: callers' moments are a little apart, and a
/// clock that was set back far makes things old, not young.
fn is_within(passed: Duration, limit: Duration) -> bool {
    passed.abs() < limit
}
