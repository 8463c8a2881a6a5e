//! Slack's requests to us: events, interactions and commands. The signature is verified over the raw bytes before
//! anything is read.
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack/>

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::Slack;
use super::intake::{Kind, Verdict};
use super::limits::SIGNED_WITHIN;
use crate::gateways::Reception;

/// Larger than anything that Slack sends: an interaction repeats its message, of 50 blocks with 3000 letters each.
const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// The version of the signature.
const VERSION: &str = "v0";

#[derive(Clone)]
struct Door {
    slack: Arc<Slack>,
    reception: Reception,
    key: Arc<hmac::Key>,
}

/// What Slack calls.
pub fn routes(slack: Arc<Slack>, reception: Reception, signing_secret: SecretString) -> Router {
    let key = Arc::new(hmac::Key::new(
        hmac::HMAC_SHA256,
        signing_secret.expose_secret().as_bytes(),
    ));
    let door = Door { slack, reception, key };
    Router::new()
        .route("/slack/events", post(events))
        .route("/slack/interactions", post(interactions))
        .route("/slack/commands", post(commands))
        .with_state(door)
}

async fn events(State(door): State<Door>, request: Request) -> Response {
    let body = match door.verified(request).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    let payload: Value = match serde_json::from_slice(&body) {
        Ok(payload) => payload,
        Err(error) => {
            // It would be no more readable the next time.
            tracing::warn!(error = %error, "an event from Slack can't be read and was dropped");
            return StatusCode::OK.into_response();
        }
    };
    match payload["type"].as_str() {
        Some("url_verification") => {
            let challenge = payload["challenge"].as_str().unwrap_or_default().to_owned();
            ([("content-type", "text/plain; charset=utf-8")], challenge).into_response()
        }
        Some("app_rate_limited") => {
            tracing::warn!("Slack holds events back: more than 30,000 came within an hour");
            StatusCode::OK.into_response()
        }
        _ => door.take(Kind::Event, &payload).await,
    }
}

async fn interactions(State(door): State<Door>, request: Request) -> Response {
    let body = match door.verified(request).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    let payload = form_urlencoded::parse(&body)
        .find(|(name, _)| name == "payload")
        .and_then(|(_, payload)| serde_json::from_str(&payload).ok());
    match payload {
        Some(payload) => door.take(Kind::Interaction, &payload).await,
        None => {
            tracing::warn!("an interaction from Slack can't be read and was dropped");
            StatusCode::OK.into_response()
        }
    }
}

async fn commands(State(door): State<Door>, request: Request) -> Response {
    let body = match door.verified(request).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    let form: Map<String, Value> = form_urlencoded::parse(&body)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    // Slack checks the certificate with a request that holds nothing else.
    if form.contains_key("ssl_check") {
        return StatusCode::OK.into_response();
    }
    door.take(Kind::Command, &Value::Object(form)).await
}

impl Door {
    async fn take(&self, kind: Kind, payload: &Value) -> Response {
        match self.slack.take(&self.reception, kind, payload).await {
            Verdict::Acknowledged(None) => StatusCode::OK.into_response(),
            Verdict::Acknowledged(Some(answer)) => axum::Json(answer).into_response(),
            Verdict::Busy => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }

    /// The body, once it is known to come from Slack, now.
    async fn verified(&self, request: Request) -> Result<Vec<u8>, StatusCode> {
        let (parts, body) = request.into_parts();
        let signed = Signed::of(&parts.headers).ok_or(StatusCode::UNAUTHORIZED)?;
        if !signed.is_fresh(SystemTime::now()) {
            tracing::warn!("a request to Slack's routes was signed too long ago, or this machine's clock is wrong");
            return Err(StatusCode::UNAUTHORIZED);
        }
        let body = read(body).await?;
        if !signed.is_by(&self.key, &body) {
            tracing::warn!("a request to Slack's routes was not signed by Slack");
            return Err(StatusCode::UNAUTHORIZED);
        }
        Ok(body)
    }
}

async fn read(body: Body) -> Result<Vec<u8>, StatusCode> {
    let bytes = to_bytes(body, LARGEST_BODY).await;
    bytes.map(Into::into).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

/// What a request says about its signature.
struct Signed {
    timestamp: String,
    signature: Vec<u8>,
}

impl Signed {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let one = |name: &str| {
            let mut all = headers.get_all(name).iter();
            let first = all.next()?.to_str().ok()?;
            all.next().is_none().then_some(first)
        };
        let signature = one("x-slack-signature")?.strip_prefix(VERSION)?.strip_prefix('=')?;
        Some(Self {
            timestamp: one("x-slack-request-timestamp")?.to_owned(),
            signature: hex(signature)?,
        })
    }

    /// A recorded request is worth nothing later, nor is one from the future.
    fn is_fresh(&self, now: SystemTime) -> bool {
        let digits = self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let (Ok(at), Ok(now)) = (self.timestamp.parse::<u64>(), now.duration_since(UNIX_EPOCH)) else {
            return false;
        };
        digits && now.as_secs().abs_diff(at) <= SIGNED_WITHIN.as_secs()
    }

    /// Compared in constant time.
    fn is_by(&self, key: &hmac::Key, body: &[u8]) -> bool {
        let mut signed = format!("{VERSION}:{}:", self.timestamp).into_bytes();
        signed.extend_from_slice(body);
        hmac::verify(key, &signed, &self.signature).is_ok()
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// The example of Slack's documentation.
    #[test]
    fn slacks_own_example_is_verified() {
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"8f742231b10e8888abcd99yyyzzz85a5");
        let mut headers = HeaderMap::new();
        headers.insert("x-slack-request-timestamp", "1531420618".parse().unwrap());
        let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        headers.insert("x-slack-signature", signature.parse().unwrap());
        let signed = Signed::of(&headers).unwrap();
        assert!(signed.is_by(&key, body));
        assert!(!signed.is_by(&key, &body[1..]));
        let at = UNIX_EPOCH + Duration::from_secs(1_531_420_618);
        for (now, fresh) in [
            (at, true),
            (at + Duration::from_secs(300), true),
            (at + Duration::from_secs(301), false),
            (at - Duration::from_secs(300), true),
            (at - Duration::from_secs(301), false),
        ] {
            assert_eq!(signed.is_fresh(now), fresh);
        }
    }

    #[test]
    fn what_is_no_signature_is_none() {
        for (timestamp, signature) in [
            ("1531420618", "a2114d57"),
            ("1531420618", "v1=a2114d57"),
            ("1531420618", "v0=a2114d5"),
            ("1531420618", "v0=zz"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-slack-request-timestamp", timestamp.parse().unwrap());
            headers.insert("x-slack-signature", signature.parse().unwrap());
            assert!(Signed::of(&headers).is_none(), "{signature}");
            headers.insert("x-slack-signature", "v0=a2114d57".parse().unwrap());
            headers.append("x-slack-signature", "v0=a2114d57".parse().unwrap());
            assert!(Signed::of(&headers).is_none(), "two signatures");
        }
    }
}
