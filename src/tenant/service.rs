//! One service of the tenant (Graph, or the Exchange gateway): calls with a token, judged and repeated with care.
//!
//! | what happens | read | write that may be repeated | write |
//! |---|---|---|---|
//! | 429, 503: refused before it was done | retry | retry | retry |
//! | 500, 502, 504: may have been done | retry | retry, then outcome unknown | outcome unknown |
//! | no connection | retry | retry | retry |
//! | connection lost, timeout, cut-off answer | retry | outcome unknown | outcome unknown |
//! | 401 | new token, once | new token, once | new token, once |

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::credential::{Scoped, Token};
use super::endpoint::Endpoint;
use super::error::TenantError;
use super::transport::{self, Again, Answer, Attempt, Brake, PATIENCE, Pause, Silence};

/// A page of 1000 entries is well below this.
const LARGEST_ANSWER: usize = 16 << 20;

/// What a call does to the tenant, which decides whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Read,
    /// Sets a state: twice is the same as once.
    Set,
    /// Something that must not happen twice: a password, an unblock that is counted.
    Once,
}

/// A call to be made.
pub(super) struct Call {
    /// Its name in logs: `graph.users.get`.
    pub(super) operation: &'static str,
    /// Its name in errors: "the account".
    pub(super) what: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// JSON, wiped after use because it may hold a password.
    pub(super) body: Option<Zeroizing<Vec<u8>>>,
    pub(super) effect: Effect,
}

/// What an answer means for the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the answer, good or bad.
    Final,
    /// Refused because there were too many calls: not done.
    Throttled,
    /// Refused for now: not done.
    Refused,
    /// It went wrong inside: may have been done.
    Faulted,
}

/// What a status means, whichever the service.
pub(super) fn by_status(answer: &Answer) -> Verdict {
    match answer.status.as_u16() {
        429 | 509 => Verdict::Throttled,
        503 => Verdict::Refused,
        408 | 500..=599 => Verdict::Faulted,
        _ => Verdict::Final,
    }
}

/// A service that can be called.
pub(super) struct Service {
    pub(super) endpoint: Endpoint,
    pub(super) http: reqwest::Client,
    pub(super) tokens: Scoped,
    pub(super) pause: Pause,
    /// Shared by all who call the service.
    pub(super) brake: Brake,
    /// When the last of the changes that must not follow each other closely was made.
    pub(super) turn: tokio::sync::Mutex<Option<Instant>>,
    pub(super) judge: fn(&Answer) -> Verdict,
    /// For one attempt, the answer's body included.
    pub(super) timeout: Duration,
}

impl Service {
    /// Makes the call. The answer is any status that is final: the caller tells a good one from a bad one.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, TenantError> {
        let perhaps_done = AtomicBool::new(false);
        transport::retry(&self.pause, call.operation, |number| {
            self.attempt(call, number, &perhaps_done)
        })
        .await
        .map_err(|error| {
            // A later attempt that failed harmlessly does not tell what an earlier one did.
            if perhaps_done.load(Ordering::Relaxed) && error.is_transient() {
                TenantError::OutcomeUnknown {
                    what: call.what.to_owned(),
                    why: error.to_string(),
                }
            } else {
                error
            }
        })
    }

    /// Waits until the last change that asks for a turn is `apart` from this one.
    pub(super) async fn take_turn(&self, apart: Duration) {
        let mut last = self.turn.lock().await;
        if let Some(last) = *last {
            let wait = (last + apart).saturating_duration_since(self.pause.now());
            if !wait.is_zero() {
                self.pause.clone().spend(wait).await;
            }
        }
        *last = Some(self.pause.now());
    }

    /// What one caller was told to wait holds for all of them.
    pub(super) fn pause_everybody(&self, again: Again) {
        if let Again::After(wait) = again {
            self.brake.pull(self.pause.now(), wait);
        }
    }

    /// Waits while the service wants nobody's calls; a wait that is too long for a person is not begun.
    async fn hold(&self, call: &Call) -> Result<(), Attempt> {
        let wait = self.brake.remaining(self.pause.now());
        if wait > PATIENCE {
            return Err(Attempt::last(TenantError::Throttled {
                what: call.what.to_owned(),
                wait: Some(wait),
            }));
        }
        if !wait.is_zero() {
            self.pause.clone().spend(wait).await;
        }
        Ok(())
    }

    async fn attempt(&self, call: &Call, number: u32, perhaps_done: &AtomicBool) -> Result<Answer, Attempt> {
        self.hold(call).await?;
        let token = self.tokens.current().await.map_err(Attempt::last)?;
        let mut answer = self.exchange(call, number, &token).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            // Nothing was done. Tokens die early when a secret is rolled or a role is changed.
            let token = self.tokens.instead_of(&token).await.map_err(Attempt::last)?;
            answer = self.exchange(call, number, &token).await?;
        }
        if answer.status == StatusCode::UNAUTHORIZED {
            return Err(Attempt::last(TenantError::Credential {
                why: format!("a new token was refused for {}", call.what),
            }));
        }
        let again = Again::asked_by(&answer.headers);
        let what = || call.what.to_owned();
        let why = || format!("HTTP {}", answer.status.as_u16());
        match ((self.judge)(&answer), call.effect) {
            (Verdict::Final, _) => Ok(answer),
            (Verdict::Throttled, _) => {
                self.pause_everybody(again);
                let wait = match again {
                    Again::After(wait) => Some(wait),
                    Again::Later | Again::Never => None,
                };
                let error = TenantError::Throttled { what: what(), wait };
                Err(Attempt { error, again })
            }
            (Verdict::Faulted, Effect::Once) => Err(Attempt::last(TenantError::OutcomeUnknown {
                what: what(),
                why: why(),
            })),
            (verdict, effect) => {
                if verdict == Verdict::Faulted && effect == Effect::Set {
                    perhaps_done.store(true, Ordering::Relaxed);
                }
                Err(Attempt {
                    error: TenantError::Unavailable {
                        what: what(),
                        why: why(),
                    },
                    again,
                })
            }
        }
    }

    /// One request and its answer.
    async fn exchange(&self, call: &Call, number: u32, token: &Token) -> Result<Answer, Attempt> {
        let id = Uuid::new_v4();
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| Attempt::last(TenantError::unintelligible("a token", "it is no header")))?;
        bearer.set_sensitive(true);
        let mut request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .timeout(self.timeout)
            .header(AUTHORIZATION, bearer)
            .header("client-request-id", id.to_string());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .body(body.to_vec());
        } else if call.method == Method::POST {
            // Left out otherwise, and answered with 411.
            request = request.header(CONTENT_LENGTH, "0");
        }
        let result = transport::send_once(request, LARGEST_ANSWER).await;
        tracing::debug!(
            tenant.operation = call.operation,
            tenant.request_id = %id,
            http.status = result.as_ref().map_or(0, |answer| answer.status.as_u16()),
            retry.attempt = number,
            "tenant call"
        );
        result.map_err(|silence| unanswered(call, &silence))
    }
}

fn unanswered(call: &Call, silence: &Silence) -> Attempt {
    let what = call.what.to_owned();
    let (why, again) = match silence {
        Silence::NotSent(why) | Silence::Lost(why) => (*why, Again::Later),
        Silence::TooLarge => ("the answer is too large", Again::Never),
    };
    let why = why.to_owned();
    match (silence, call.effect) {
        (Silence::NotSent(_), _) | (_, Effect::Read) => Attempt {
            error: TenantError::Unavailable { what, why },
            again,
        },
        (_, Effect::Set | Effect::Once) => Attempt::last(TenantError::OutcomeUnknown { what, why }),
    }
}

impl Answer {
    /// The body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, TenantError> {
        // The parser's message can hold text of the body, so only the place is told.
        serde_json::from_slice(&self.body).map_err(|error| {
            TenantError::unintelligible(what, &format!("line {}, column {}", error.line(), error.column()))
        })
    }
}
