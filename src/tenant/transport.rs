//! The one place that makes an HTTP client, and the one rule for trying again.
//!
//! `Retry-After` is waited for exactly; without it the waits double from one second to thirty, each a random part of
//! that. Three retries at most, and never more than a person at a button waits for.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::error::TenantError;
use super::wire;

/// How long one call may wait in all before it gives up as throttled or unavailable; an attempt that takes that long
/// is the last.
///
/// Graph may ask for up to 300 s. Nobody sits in front of a button for that long: they are better told at once.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The longest that one answer may stop everybody: what Graph asks for at most.
const LONGEST_BRAKE: Duration = Duration::from_secs(300);

const RETRIES: usize = 3;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Shorter than the services keep an idle connection, so that a write seldom meets one that is closing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP client on rustls that follows no redirect. Make one, and clone it.
///
/// # Panics
///
/// Where the machine's TLS set-up can't be read, as with no certificate store at all. Nothing can run then.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub fn http_client() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_rustls()
        .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build()
        .expect("the machine's certificate store can be read")
}

/// How the waits between tries are spent.
#[derive(Debug, Clone, Default)]
pub enum Pause {
    /// By waiting.
    #[default]
    Wait,
    /// By noting how long it would have been, and going on: for tests.
    Note(Arc<Mutex<Vec<Duration>>>),
}

impl Pause {
    /// The time as the waits tell it: those that were only noted have passed as well.
    pub(super) fn now(&self) -> Instant {
        match self {
            Self::Wait => Instant::now(),
            Self::Note(waits) => {
                let noted: Duration = waits.lock().unwrap_or_else(PoisonError::into_inner).iter().sum();
                Instant::now() + noted
            }
        }
    }

    /// Spends one.
    pub async fn spend(self, wait: Duration) {
        match self {
            Self::Wait => tokio::time::sleep(wait).await,
            Self::Note(waits) => waits.lock().unwrap_or_else(PoisonError::into_inner).push(wait),
        }
    }
}

/// One service's patience with all of us: when it says that there are too many calls, everybody waits.
#[derive(Debug, Default)]
pub(super) struct Brake {
    until: Mutex<Option<Instant>>,
}

impl Brake {
    /// Nobody calls before this time is over. A service that asks for longer than [`LONGEST_BRAKE`] is asked again then.
    pub(super) fn pull(&self, now: Instant, wait: Duration) {
        let until = now + wait.min(LONGEST_BRAKE);
        let mut pulled = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *pulled = Some(pulled.map_or(until, |earlier| earlier.max(until)));
    }

    /// For how long still.
    pub(super) fn remaining(&self, now: Instant) -> Duration {
        let pulled = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        pulled.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }
}

/// An attempt that failed, and when it may be made again.
pub(super) struct Attempt {
    pub(super) error: TenantError,
    pub(super) again: Again,
}

impl Attempt {
    /// One that is not repeated.
    pub(super) fn last(error: TenantError) -> Self {
        Self {
            error,
            again: Again::Never,
        }
    }
}

/// When an attempt may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    /// After a wait of our choosing.
    Later,
    /// After exactly this.
    After(Duration),
}

impl Again {
    /// What an answer's headers ask for.
    pub(crate) fn asked_by(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        text(RETRY_AFTER)
            .and_then(|value| wire::retry_after(value, text(DATE)))
            .map_or(Self::Later, Self::After)
    }
}

/// Makes an attempt until it succeeds, may not be repeated, or has been repeated enough. The closure gets the number
/// of the retry: 0 for the first attempt.
pub(super) async fn retry<T, F, Fut>(pause: &Pause, operation: &'static str, attempt: F) -> Result<T, TenantError>
where
    F: Fn(u32) -> Fut,
    Fut: Future<Output = Result<T, Attempt>>,
{
    let made = AtomicU32::new(0);
    let begun = Instant::now();
    let mut waited = Duration::ZERO;
    let pause = pause.clone();
    let waits = ExponentialBuilder::new()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .with_factor(2.0)
        .with_max_times(RETRIES);
    (|| attempt(made.fetch_add(1, Ordering::Relaxed)))
        .retry(waits)
        .when(|failed: &Attempt| failed.again != Again::Never)
        .adjust(move |failed, wait| {
            let wait = match failed.again {
                Again::After(asked) => wait.map(|_| asked),
                Again::Later => wait.map(part_of),
                Again::Never => None,
            }?;
            waited += wait;
            is_patient(waited, begun.elapsed()).then_some(wait)
        })
        .notify(|failed, wait| {
            tracing::info!(
                tenant.operation = operation,
                tenant.error = failed.error.code(),
                retry.attempt = made.load(Ordering::Relaxed),
                retry.wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "tenant call will be tried again"
            );
        })
        .sleep(move |wait| pause.clone().spend(wait))
        .await
        .map_err(|failed| failed.error)
}

/// Whether a person would still be there: after the waits, this next one included, and after the slow attempts.
fn is_patient(waited: Duration, since_begun: Duration) -> bool {
    waited <= PATIENCE && since_begun <= PATIENCE
}

/// A random part of the wait ("full jitter"), so that many callers do not come back together.
fn part_of(wait: Duration) -> Duration {
    // Without randomness the whole wait is the safe choice.
    let random = getrandom::u32().unwrap_or(u32::MAX);
    wait.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why no whole answer came.
pub(crate) enum Silence {
    /// The connection was never made, so nothing was sent.
    NotSent(&'static str),
    /// Something was sent; what became of it is unknown.
    Lost(&'static str),
    /// An answer came that is larger than any there should be. Another would be too.
    TooLarge,
}

/// Sends once, and reads at most `limit` bytes of the answer.
pub(crate) async fn send_once(request: reqwest::RequestBuilder, limit: usize) -> Result<Answer, Silence> {
    let mut response = request.send().await.map_err(|error| silence(&error))?;
    let status = response.status();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                return Err(Silence::TooLarge);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) if error.is_timeout() => return Err(Silence::Lost("the answer stopped half-way")),
            Err(_) => return Err(Silence::Lost("the answer was cut off")),
        }
    }
    Ok(Answer { status, headers, body })
}

/// The error itself is left out: it holds the address, and addresses hold people.
fn silence(error: &reqwest::Error) -> Silence {
    if error.is_builder() {
        Silence::NotSent("the request can't be put together")
    } else if error.is_connect() {
        Silence::NotSent("no connection could be made")
    } else if error.is_timeout() {
        Silence::Lost("no answer came in time")
    } else {
        Silence::Lost("the connection broke before an answer came")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_with_the_waits_or_with_slow_attempts() {
        let second = Duration::from_secs(1);
        assert!(is_patient(PATIENCE, PATIENCE));
        assert!(!is_patient(PATIENCE + second, Duration::ZERO));
        assert!(!is_patient(second, PATIENCE + second));
    }

    #[test]
    fn jitter_takes_a_part() {
        let wait = Duration::from_secs(8);
        let parts: Vec<Duration> = (0..64).map(|_| part_of(wait)).collect();
        assert!(parts.iter().all(|part| *part <= wait));
        assert!(parts.iter().any(|part| *part < wait / 2) && parts.iter().any(|part| *part > wait / 2));
    }
}
