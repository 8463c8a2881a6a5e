//! Discord's REST API: one way to send a request, with bounded retries that honour `Retry-After`.
//!
//! serenity's own rate limiter ignores a base other than discord.com and waits without end, so what it would do is done
//! here: a 429 is waited for exactly, a bucket that is used up is left alone until it is full again, and whatever takes
//! longer than a person waits is an error.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::watch;
use url::Url;

use crate::settings::DiscordSettings;
use crate::tenant::transport::http_client;

/// How often a request is sent at most.
const TRIES: u32 = 4;
/// How long a request may wait in all before it gives up. Nobody sits in front of a button for longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one try may take.
const TRY: Duration = Duration::from_secs(15);
/// After the first failure that may pass; doubled after each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// More than any answer holds that is read here.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;
/// How many buckets are remembered.
const BUCKETS: usize = 1024;
/// Everything of this bot is limited.
const GLOBAL: &str = "*";
/// Discord bans an address from which 10,000 requests that it refuses come in ten minutes. Long before that something is
/// wrong here, and asking goes on only when the time is over.
/// <https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>
const REFUSALS: u32 = 1000;
/// See [`REFUSALS`].
const REFUSALS_WITHIN: Duration = Duration::from_secs(10 * 60);
/// Discord asks every client to name itself so, <https://docs.discord.com/developers/reference#user-agent>.
static NAME: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} latchkey/{}",
        serenity::constants::USER_AGENT,
        env!("CARGO_PKG_VERSION")
    )
});
/// Which version, <https://docs.discord.com/developers/reference#api-versioning>.
const VERSION: &str = "api/v10";

/// Why a request failed. Never holds what was sent, nor Discord's words, which can repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Discord refused it.
    #[error("Discord answered {status} ({code})")]
    Refused {
        /// The status.
        status: u16,
        /// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>; 0 where there was none.
        code: u64,
    },
    /// Discord limits requests for longer than it makes sense to wait.
    #[error("Discord is limiting requests right now")]
    Limited,
    /// No answer came.
    #[error("Discord can't be reached: {0}")]
    Silent(&'static str),
}

impl Fault {
    /// Discord's own code; 0 where there was none.
    pub const fn code(self) -> u64 {
        match self {
            Self::Refused { code, .. } => code,
            Self::Limited | Self::Silent(_) => 0,
        }
    }

    /// Whether the token of the bot was refused.
    pub const fn is_unauthorized(self) -> bool {
        matches!(self, Self::Refused { status: 401, code } if code != EXPIRED_TOKEN)
    }

    /// Whether the token of the interaction no longer works.
    pub const fn is_expired(self) -> bool {
        matches!(self.code(), UNKNOWN_WEBHOOK | EXPIRED_TOKEN | UNKNOWN_INTERACTION)
    }
}

/// "Unknown webhook": the interaction is over.
pub const UNKNOWN_WEBHOOK: u64 = 10_015;
/// "Invalid webhook token": the interaction is over.
pub const EXPIRED_TOKEN: u64 = 50_027;
/// "Unknown interaction": it was not answered in time.
pub const UNKNOWN_INTERACTION: u64 = 10_062;
/// "Interaction has already been acknowledged".
pub const ALREADY_ANSWERED: u64 = 40_060;

/// Whether a request may be sent again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Sending it twice comes to the same.
    Harmless,
    /// It would be done twice.
    Twice,
}

/// A request.
pub struct Ask<'a> {
    /// How.
    pub method: Method,
    /// What, below the version, such as `/channels/1/messages`.
    pub path: String,
    /// With what.
    pub body: Option<&'a Value>,
    /// Whether it may be repeated blindly.
    pub again: Again,
    /// How long it may take in all.
    pub patience: Duration,
}

impl<'a> Ask<'a> {
    /// Reads something.
    pub fn get(path: String) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// Takes something away.
    pub fn delete(path: String) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    /// Changes something to what `body` says.
    pub fn patch(path: String, body: &'a Value) -> Self {
        Self::new(Method::PATCH, path, Some(body))
    }

    /// Puts something in the place of what there is.
    pub fn put(path: String, body: &'a Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    /// Makes something, which would be made twice.
    pub fn post(path: String, body: &'a Value) -> Self {
        Self {
            again: Again::Twice,
            ..Self::new(Method::POST, path, Some(body))
        }
    }

    fn new(method: Method, path: String, body: Option<&'a Value>) -> Self {
        Self {
            method,
            path,
            body,
            again: Again::Harmless,
            patience: PATIENCE,
        }
    }

    /// Whether the limit of the whole bot holds for it: interactions are answered through all of it.
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages>
    fn is_bound_globally(&self) -> bool {
        !self.path.starts_with("/interactions/") && !self.path.starts_with("/webhooks/")
    }

    /// The requests that are limited together: the same method and route, for the same channel, server or token.
    /// <https://docs.discord.com/developers/topics/rate-limits>
    fn bucket(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        let parts = path.split('/').enumerate().map(|(index, part)| match part {
            id if index > 3 && id.bytes().all(|byte| byte.is_ascii_digit()) => "*",
            part => part,
        });
        format!("{} {}", self.method, parts.collect::<Vec<_>>().join("/"))
    }
}

/// The API, spoken to as the bot.
pub struct Rest {
    http: reqwest::Client,
    base: Url,
    token: SecretString,
    /// Until when a bucket is left alone.
    until: Mutex<HashMap<String, Instant>>,
    refusals: Mutex<Refusals>,
    /// Whether the bot's token was refused. Nothing is sent any more then.
    lost: watch::Sender<bool>,
}

/// How many requests were refused lately.
struct Refusals {
    count: u32,
    since: Instant,
}

impl Rest {
    /// Speaks to where the settings say.
    pub fn new(settings: &DiscordSettings) -> Self {
        Self {
            http: http_client(),
            base: settings.api_url.clone(),
            token: settings.token.clone(),
            until: Mutex::default(),
            refusals: Mutex::new(Refusals {
                count: 0,
                since: Instant::now(),
            }),
            lost: watch::Sender::new(false),
        }
    }

    /// Ends when the bot's token is refused.
    pub async fn lost(&self) {
        // The sender is ours, and lives as long as we do.
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }

    /// The client that it sends with.
    pub fn client(&self) -> &reqwest::Client {
        &self.http
    }

    /// Sends a request until it is answered, and gives the answer: null where there was no body.
    pub async fn send(&self, ask: Ask<'_>) -> Result<Value, Fault> {
        let bucket = ask.bucket();
        let deadline = Instant::now() + ask.patience;
        let mut wait = FIRST_WAIT;
        let mut last = Fault::Limited;
        for attempt in 1..=TRIES {
            self.pass((&ask, &bucket), deadline).await?;
            match self.once(&ask, &bucket, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(Attempt::Over(fault)) => return Err(fault),
                Err(Attempt::Limited) => last = Fault::Limited,
                Err(Attempt::Passing(fault)) => {
                    last = fault;
                    if attempt == TRIES || Instant::now() + wait >= deadline {
                        return Err(fault);
                    }
                    tokio::time::sleep(part_of(wait)).await;
                    wait *= 2;
                }
            }
        }
        Err(last)
    }

    async fn once(&self, ask: &Ask<'_>, bucket: &str, deadline: Instant) -> Result<Value, Attempt> {
        let answered = tokio::time::timeout(
            TRY.min(deadline.saturating_duration_since(Instant::now())),
            self.exchange(ask),
        )
        .await
        .unwrap_or(Err(Silence::Lost("no answer came in time")));
        let (status, headers, body) = match answered {
            Ok(answer) => answer,
            // Nothing was sent, so nothing was done.
            Err(Silence::NotSent(why)) => return Err(Attempt::Passing(Fault::Silent(why))),
            Err(Silence::Lost(why)) => return Err(ask.unknown(Fault::Silent(why))),
        };
        self.note_bucket(bucket, &headers);
        let json = || serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(json());
        }
        let answer = json();
        self.note_refusal(status, &headers);
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.note_limit(bucket, &headers, &answer);
            return Err(Attempt::Limited);
        }
        let fault = Fault::Refused {
            status: status.as_u16(),
            code: answer["code"].as_u64().unwrap_or(0),
        };
        // The token of an interaction is another matter.
        if fault.is_unauthorized() && ask.is_bound_globally() {
            self.lost.send_replace(true);
        }
        if status.is_server_error() {
            return Err(ask.unknown(fault));
        }
        Err(Attempt::Over(fault))
    }

    async fn exchange(&self, ask: &Ask<'_>) -> Result<(StatusCode, HeaderMap, Vec<u8>), Silence> {
        let address = format!("{}/{VERSION}{}", self.base.as_str().trim_end_matches('/'), ask.path);
        let mut request = self
            .http
            .request(ask.method.clone(), address)
            .header(USER_AGENT, NAME.as_str())
            .header(AUTHORIZATION, format!("Bot {}", self.token.expose_secret()));
        if let Some(body) = ask.body {
            request = request.json(body);
        }
        let mut answer = request.send().await.map_err(|error| Silence::of(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| Silence::of(&error))? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Silence::Lost("the answer is larger than any should be"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, headers, body))
    }

    /// Waits until a bucket may be drawn from, or gives up at once where that would take too long.
    async fn pass(&self, (ask, bucket): (&Ask<'_>, &str), deadline: Instant) -> Result<(), Fault> {
        if *self.lost.borrow() {
            return Err(Fault::Refused { status: 401, code: 0 });
        }
        if self.is_refused_too_often() {
            return Err(Fault::Limited);
        }
        let until = {
            let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
            let global = ask.is_bound_globally().then_some(GLOBAL);
            let keys = global.into_iter().chain([bucket]);
            keys.filter_map(|key| until.get(key)).max().copied()
        };
        match until.filter(|until| *until > Instant::now()) {
            Some(until) if until >= deadline => Err(Fault::Limited),
            Some(until) => {
                tokio::time::sleep_until(until.into()).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// 401, 403 and 429 count; a limit that many share does not.
    fn note_refusal(&self, status: StatusCode, headers: &HeaderMap) {
        let counts = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => true,
            StatusCode::TOO_MANY_REQUESTS => headers.get("x-ratelimit-scope").is_none_or(|scope| scope != "shared"),
            _ => false,
        };
        if !counts {
            return;
        }
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.since.elapsed() >= REFUSALS_WITHIN {
            *refusals = Refusals {
                count: 0,
                since: Instant::now(),
            };
        }
        refusals.count += 1;
        if refusals.count == REFUSALS {
            tracing::error!(
                chat.platform = "discord",
                "Discord refuses nearly everything, so nothing is sent for some minutes: look at the bot's permissions"
            );
        }
    }

    fn is_refused_too_often(&self) -> bool {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.count >= REFUSALS && refusals.since.elapsed() < REFUSALS_WITHIN
    }

    fn note_bucket(&self, bucket: &str, headers: &HeaderMap) {
        let number = |name| headers.get(name)?.to_str().ok()?.parse::<f64>().ok();
        if let (Some(left), Some(after)) = (number("x-ratelimit-remaining"), number("x-ratelimit-reset-after"))
            && left < 1.0
        {
            self.close(bucket, seconds(after));
        }
    }

    /// The body tells it to the millisecond, the header in whole seconds; without either a second is a fair guess.
    fn note_limit(&self, bucket: &str, headers: &HeaderMap, answer: &Value) {
        let header = || headers.get(RETRY_AFTER)?.to_str().ok()?.parse::<f64>().ok();
        let after = answer["retry_after"].as_f64().or_else(header).unwrap_or(1.0);
        // What does not come from the API itself, without JSON, was stopped at the door: that is for everything.
        let all = answer["global"] == true || headers.contains_key("x-ratelimit-global") || answer.is_null();
        self.close(if all { GLOBAL } else { bucket }, seconds(after));
    }

    fn close(&self, bucket: &str, wait: Duration) {
        let now = Instant::now();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= BUCKETS {
            until.retain(|_, until| *until > now);
        }
        if until.len() < BUCKETS {
            until.insert(bucket.to_owned(), now + wait);
        }
    }
}

impl Ask<'_> {
    /// Nobody knows whether it was done.
    fn unknown(&self, fault: Fault) -> Attempt {
        match self.again {
            Again::Harmless => Attempt::Passing(fault),
            Again::Twice => Attempt::Over(fault),
        }
    }
}

/// How a try failed.
enum Attempt {
    /// For good.
    Over(Fault),
    /// Another may succeed.
    Passing(Fault),
    /// Another may succeed once the limit, which was noted, has passed.
    Limited,
}

enum Silence {
    NotSent(&'static str),
    Lost(&'static str),
}

impl Silence {
    /// The error itself is left out: it holds the address, and addresses hold tokens.
    fn of(error: &reqwest::Error) -> Self {
        if error.is_builder() || error.is_connect() {
            Self::NotSent("no connection could be made")
        } else if error.is_timeout() {
            Self::Lost("no answer came in time")
        } else {
            Self::Lost("the connection broke before an answer came")
        }
    }
}

/// A number of seconds, which may be out of all bounds.
fn seconds(number: f64) -> Duration {
    /// Far beyond any patience, and far from overflowing.
    const LONGEST: f64 = 86_400.0;
    Duration::try_from_secs_f64(number.clamp(0.0, LONGEST)).unwrap_or(Duration::from_secs(1))
}

/// A random part of the wait, so that many callers do not come back together.
fn part_of(wait: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX);
    wait.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_a_channel_share_a_bucket_and_channels_do_not() {
        let bucket = |path: &str| Ask::get(path.to_owned()).bucket();
        assert_eq!(bucket("/channels/1/messages/2"), bucket("/channels/1/messages/3"));
        assert_ne!(bucket("/channels/1/messages"), bucket("/channels/2/messages"));
        assert_ne!(bucket("/channels/1/messages"), bucket("/channels/1/messages/2"));
        assert_ne!(
            bucket("/webhooks/1/tokenA/messages/@original"),
            bucket("/webhooks/1/tokenB/messages/@original")
        );
    }

    #[test]
    fn odd_waits_are_bounded() {
        assert_eq!(seconds(-1.0), Duration::ZERO);
        assert_eq!(seconds(f64::INFINITY), Duration::from_secs(86_400));
        assert_eq!(seconds(f64::NAN), Duration::from_secs(1));
        assert_eq!(seconds(0.5), Duration::from_millis(500));
    }
}
