//! Keeps to Slack's rates before Slack must say so, and waits for as long as it asks when it does.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Method;

/// Messages to one channel in a second: <https://docs.slack.dev/apis/web-api/rate-limits/#rate-limits-posting>.
const A_SECOND: NonZeroU32 = NonZeroU32::MIN;
/// "Short bursts" are allowed, with no number: as many as an answer, a card and what follows them.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(5).expect("five is not zero");
/// When so many channels are remembered, those that have been quiet are forgotten.
const MOST_CHANNELS: usize = 1000;

/// One method, and the channel where it has a rate there.
type Lane = (Method, Option<String>);

/// When each method may be called again.
pub struct Pacing {
    methods: HashMap<Method, governor::DefaultDirectRateLimiter>,
    channels: DefaultKeyedRateLimiter<String>,
    /// Slack asked not to be called before.
    asked: Mutex<HashMap<Lane, Instant>>,
}

impl Pacing {
    /// Nothing was called yet.
    pub fn new(methods: impl IntoIterator<Item = Method>) -> Self {
        Self {
            methods: methods
                .into_iter()
                .map(|method| (method, RateLimiter::direct(Quota::per_minute(method.a_minute()))))
                .collect(),
            channels: RateLimiter::keyed(Quota::per_second(A_SECOND).allow_burst(AT_ONCE)),
            asked: Mutex::default(),
        }
    }

    /// Waits until `method` may be called for `channel`; gives up at `until` and says how long it would still take.
    pub async fn wait(&self, method: Method, channel: Option<&str>, until: Instant) -> Result<(), Duration> {
        let not_before = self.asked_for(method, channel);
        if let Some(not_before) = not_before {
            if not_before > until {
                return Err(not_before.saturating_duration_since(Instant::now()));
            }
            tokio::time::sleep_until(not_before.into()).await;
        }
        let turn = async {
            if let (Method::PostMessage, Some(channel)) = (method, channel) {
                if self.channels.len() > MOST_CHANNELS {
                    self.channels.retain_recent();
                }
                self.channels.until_key_ready(&channel.to_owned()).await;
            }
            if let Some(limiter) = self.methods.get(&method) {
                limiter.until_ready().await;
            }
        };
        let left = until.saturating_duration_since(Instant::now());
        tokio::time::timeout(left, turn).await.map_err(|_| left)
    }

    /// Slack asked to wait.
    pub fn asked(&self, method: Method, channel: Option<&str>, wait: Duration) {
        let now = Instant::now();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, until| *until > now);
        asked.insert(lane(method, channel), now + wait);
    }

    fn asked_for(&self, method: Method, channel: Option<&str>) -> Option<Instant> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(&lane(method, channel)).copied()
    }
}

/// Posting is counted for each channel, everything else for the workspace.
fn lane(method: Method, channel: Option<&str>) -> Lane {
    let own = matches!(method, Method::PostMessage);
    (method, channel.filter(|_| own).map(ToOwned::to_owned))
}
