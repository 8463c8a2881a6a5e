//! Slack's Web API, thinly: one call with its token, its turn and its bounded retries. Answers are read leniently.
//! <https://docs.slack.dev/apis/web-api/>

mod error;
mod methods;
mod pacing;

use std::time::{Duration, Instant};

use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::watch;
use url::{Host, Url};

use super::limits::RESPONSE_URL_USES;
use crate::settings::LoopbackHttp;
use crate::tenant::transport::http_client;
use methods::{Encoding, Twice};
use pacing::Pacing;

pub use error::{ApiError, remedy};
pub use methods::Method;

/// How long one call may take with all its waits: nobody waits for longer in a chat.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How often a call is made at most.
const ATTEMPTS: u32 = 4;
/// The first wait where Slack names none; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Tells, with every answer, which scopes the token has; kept in the answer under the same name.
/// <https://docs.slack.dev/authentication/installing-with-oauth/>
pub const SCOPES_HEADER: &str = "x-oauth-scopes";
/// What Slack means where a 429 has no `Retry-After`.
const USUAL_WAIT: Duration = Duration::from_secs(1);

const USED: [Method; 14] = [
    Method::AuthTest,
    Method::ConnectionsOpen,
    Method::PostMessage,
    Method::PostEphemeral,
    Method::Update,
    Method::ViewsOpen,
    Method::ViewsUpdate,
    Method::ViewsPublish,
    Method::UsersInfo,
    Method::GetPresence,
    Method::ConversationsOpen,
    Method::Delete,
    Method::ConversationsHistory,
    Method::ConversationsInfo,
];

/// The Web API of one workspace.
pub struct Api {
    http: reqwest::Client,
    base: Url,
    loopback: LoopbackHttp,
    bot_token: SecretString,
    pacing: Pacing,
    /// Why the bot's token works no more.
    lost: watch::Sender<Option<String>>,
}

/// How long a call may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Until it is done or [`PATIENCE`] is over.
    Usual,
    /// One attempt within this: what comes later is of no use.
    Once(Duration),
}

/// An address that Slack gave for answering one interaction.
#[derive(Debug, Clone)]
pub struct ResponseUrl {
    url: SecretString,
    left: u8,
}

impl ResponseUrl {
    /// As it came.
    pub fn new(url: &str) -> Self {
        Self {
            url: SecretString::from(url),
            left: RESPONSE_URL_USES,
        }
    }
}

/// How one attempt went wrong, and when another may be made.
struct Failed {
    error: ApiError,
    again: Again,
}

enum Again {
    Never,
    Later,
    After(Duration),
}

impl Api {
    /// Calls `base` with the bot's token.
    pub fn new(base: Url, bot_token: SecretString, loopback: LoopbackHttp) -> Self {
        Self {
            http: http_client(),
            base,
            loopback,
            bot_token,
            pacing: Pacing::new(USED),
            lost: watch::Sender::new(None),
        }
    }

    /// Tells why the bot's token works no more, once it doesn't.
    pub fn lost(&self) -> watch::Receiver<Option<String>> {
        self.lost.subscribe()
    }

    /// Whether Slack may be a fake on this machine.
    pub fn takes_loopback_http(&self) -> bool {
        self.loopback == LoopbackHttp::Allowed
    }

    /// Calls a method as the bot.
    pub async fn call(&self, method: Method, arguments: &Value) -> Result<Value, ApiError> {
        self.call_within(method, arguments, Patience::Usual).await
    }

    /// Calls a method as the bot, and gives up in time.
    pub async fn call_within(&self, method: Method, arguments: &Value, patience: Patience) -> Result<Value, ApiError> {
        let called = self.calls((method, &self.bot_token), arguments, patience).await;
        if let Err(ApiError::Refused { error, .. }) = &called
            // A scope that one method lacks leaves the others working.
            && error != "missing_scope"
            && error != "access_denied"
            && error != "no_permission"
            && let Some(remedy) = remedy(error)
        {
            self.lost.send_replace(Some(format!("{error}: {remedy}")));
        }
        called
    }

    /// Calls a method with another token.
    pub async fn call_as(&self, token: &SecretString, method: Method) -> Result<Value, ApiError> {
        self.calls((method, token), &Value::Null, Patience::Usual).await
    }

    /// Answers where an interaction came from.
    pub async fn respond(&self, to: &mut ResponseUrl, message: &Value) -> Result<(), ApiError> {
        const METHOD: &str = "response_url";
        let refused = |error: &str| ApiError::Refused {
            method: METHOD,
            error: error.to_owned(),
            needed: None,
        };
        if to.left == 0 {
            return Err(refused("used_url"));
        }
        let url = Url::parse(to.url.expose_secret()).map_err(|_| refused("invalid_url"))?;
        if !self.is_slacks(&url) {
            return Err(refused("invalid_url"));
        }
        to.left -= 1;
        let mut made = 1;
        let until = Instant::now() + PATIENCE;
        loop {
            let failed = match self.http.post(url.clone()).timeout(ATTEMPT).json(message).send().await {
                Ok(answer) => match responded(answer).await {
                    Ok(()) => return Ok(()),
                    Err(failed) => failed,
                },
                Err(error) => broken(METHOD, &error, Twice::Seen),
            };
            self.pause(&failed, made, until).await.map_err(|()| failed.error)?;
            made += 1;
        }
    }

    /// Whether an address is one of Slack's, or of a fake on this machine.
    fn is_slacks(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let slack = host == "slack.com" || host.ends_with(".slack.com") || host.ends_with(".slack-gov.com");
        match url.scheme() {
            "https" => slack || self.base.host_str() == Some(host),
            "http" => self.takes_loopback_http() && is_loopback(url),
            _ => false,
        }
    }

    async fn calls(
        &self,
        (method, token): (Method, &SecretString),
        arguments: &Value,
        patience: Patience,
    ) -> Result<Value, ApiError> {
        let channel = arguments["channel"].as_str();
        // What is of no use later does not stand in a queue either.
        let (until, turn_until, attempts) = match patience {
            Patience::Usual => (Instant::now() + PATIENCE, Instant::now() + PATIENCE, ATTEMPTS),
            Patience::Once(wait) => (Instant::now() + wait, Instant::now(), 1),
        };
        let mut made = 1;
        loop {
            self.pacing
                .wait(method, channel, turn_until)
                .await
                .map_err(|wait| ApiError::Throttled {
                    method: method.name(),
                    wait,
                })?;
            let left = until.saturating_duration_since(Instant::now()).min(ATTEMPT);
            let failed = match self.attempt(method, token, arguments).timeout(left).send().await {
                Ok(answer) => match answered(method, answer).await {
                    Ok(value) => return Ok(value),
                    Err(failed) => failed,
                },
                Err(error) => broken(method.name(), &error, method.twice()),
            };
            if let Again::After(wait) = failed.again {
                self.pacing.asked(method, channel, wait);
            }
            if made >= attempts {
                return Err(failed.error);
            }
            self.pause(&failed, made, until).await.map_err(|()| failed.error)?;
            made += 1;
        }
    }

    fn attempt(&self, method: Method, token: &SecretString, arguments: &Value) -> RequestBuilder {
        let url = format!("{}/{}", self.base.as_str().trim_end_matches('/'), method.name());
        let request = self.http.post(url).bearer_auth(token.expose_secret());
        match method.encoding() {
            Encoding::Json => request
                .header("content-type", "application/json; charset=utf-8")
                .body(arguments.to_string()),
            Encoding::Form => {
                let fields: Vec<(&str, &str)> = arguments
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
                    .collect();
                request.form(&fields)
            }
        }
    }

    /// Waits before the next attempt, if there is to be one.
    async fn pause(&self, failed: &Failed, made: u32, until: Instant) -> Result<(), ()> {
        let wait = match failed.again {
            Again::Never => return Err(()),
            Again::Later => FIRST_WAIT * 2u32.pow(made - 1),
            Again::After(wait) => wait,
        };
        if made >= ATTEMPTS || Instant::now() + wait > until {
            return Err(());
        }
        tracing::info!(slack.error = %failed.error, retry.wait_ms = %wait.as_millis(), "a call to Slack will be tried again");
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// Whether an address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Reads what the Web API answered.
async fn answered(method: Method, answer: Response) -> Result<Value, Failed> {
    let name = method.name();
    if let Some(failed) = unwell(name, &answer) {
        return Err(failed);
    }
    let scopes = answer
        .headers()
        .get(SCOPES_HEADER)
        .and_then(|value| value.to_str().ok());
    let scopes = scopes.map(ToOwned::to_owned);
    let mut value: Value = match answer.json().await {
        Ok(value) => value,
        Err(error) => return Err(broken(name, &error, method.twice())),
    };
    if let (Some(scopes), Some(object)) = (scopes, value.as_object_mut()) {
        object.insert(SCOPES_HEADER.to_owned(), Value::String(scopes));
    }
    if value["ok"] == true {
        return Ok(value);
    }
    let error = value["error"].as_str().unwrap_or("unknown_error").to_owned();
    let again = match error.as_str() {
        "ratelimited" | "rate_limited" => Again::After(USUAL_WAIT),
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            Again::Later
        }
        _ => Again::Never,
    };
    let needed = value["needed"].as_str().map(ToOwned::to_owned);
    let error = ApiError::Refused {
        method: name,
        error,
        needed,
    };
    Err(Failed { error, again })
}

/// Reads what a response URL answered: `ok` as text, or JSON.
async fn responded(answer: Response) -> Result<(), Failed> {
    const METHOD: &str = "response_url";
    if let Some(failed) = unwell(METHOD, &answer) {
        return Err(failed);
    }
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    if status.is_success() && value["ok"] != false {
        return Ok(());
    }
    let error = match value["error"].as_str() {
        Some(error) => error.to_owned(),
        None if status == StatusCode::NOT_FOUND || status == StatusCode::GONE => "expired_url".to_owned(),
        None => format!("http_{}", status.as_u16()),
    };
    Err(Failed {
        error: ApiError::Refused {
            method: METHOD,
            error,
            needed: None,
        },
        again: Again::Never,
    })
}

/// 429 and 5xx.
fn unwell(method: &'static str, answer: &Response) -> Option<Failed> {
    let status = answer.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wait = asked
            .and_then(|text| text.trim().parse().ok())
            .map_or(USUAL_WAIT, Duration::from_secs);
        return Some(Failed {
            error: ApiError::Throttled { method, wait },
            again: Again::After(wait),
        });
    }
    status.is_server_error().then(|| Failed {
        error: ApiError::Unavailable {
            method,
            why: format!("HTTP {}", status.as_u16()),
        },
        again: Again::Later,
    })
}

/// No answer, or half of one. What may have been done is not repeated where that would be seen.
fn broken(method: &'static str, error: &reqwest::Error, twice: Twice) -> Failed {
    let (why, never_sent) = if error.is_connect() {
        ("Slack can't be reached", true)
    } else if error.is_timeout() {
        ("Slack did not answer in time", false)
    } else {
        ("the answer broke off", false)
    };
    let again = match twice {
        Twice::Seen if !never_sent => Again::Never,
        _ => Again::Later,
    };
    Failed {
        error: ApiError::Unavailable {
            method,
            why: why.to_owned(),
        },
        again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_slack_alone() {
        let api = |loopback| {
            let base = Url::parse("https://slack.com/api").unwrap();
            Api::new(base, SecretString::from("xoxb-canary"), loopback)
        };
        let takes = |api: &Api, url: &str| api.is_slacks(&Url::parse(url).unwrap());
        let strict = api(LoopbackHttp::Refused);
        for url in [
            "https://hooks.slack.com/actions/T1/1/x",
            "https://slack.com/x",
            "https://hooks.slack-gov.com/x",
        ] {
            assert!(takes(&strict, url), "{url}");
        }
        for url in [
            "http://hooks.slack.com/actions/T1/1/x",
            "https://hooks.slack.com.example.gr/x",
            "https://notslack.com/x",
            "https://example.gr/?hooks.slack.com",
            "http://127.0.0.1/x",
            "http://169.254.169.254/latest",
        ] {
            assert!(!takes(&strict, url), "{url}");
        }
        let practice = api(LoopbackHttp::Allowed);
        assert!(takes(&practice, "http://127.0.0.1:4010/x") && !takes(&practice, "http://10.0.0.1/x"));
    }
}
