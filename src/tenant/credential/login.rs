//! Carries the credential library's requests over our own HTTP client.
//!
//! The library takes only https addresses. So for a plain one, which [`Endpoint`] allows for loopback alone, it is given
//! a made-up https name, and what it sends there goes to the loopback address. So does what it sends to the address at
//! which Azure machines find their managed identity, and which it lets nobody change.

use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Method, Request};
use azure_core::{Error, Result, error::ErrorKind};
use serde::Deserialize;
use url::Url;

use crate::tenant::endpoint::Endpoint;
use crate::tenant::transport::{self, Again, Silence};

/// A token's answer is a few kilobytes.
const LARGEST_ANSWER: usize = 1 << 20;
/// Never looked up: everything for it is sent to the loopback address.
const MADE_UP: &str = "https://login.invalid";
/// Where an Azure machine asks for its identity's tokens; it leads nowhere outside of one.
const MACHINE: &str = "http://169.254.169.254";

/// The library's way to the login service.
#[derive(Debug)]
pub(super) struct LoginTransport {
    http: reqwest::Client,
    login: Endpoint,
}

/// Why no token came.
#[derive(Debug, thiserror::Error)]
#[error("no token")]
pub(super) enum LoginFailure {
    Unanswered(&'static str),
    Answered {
        status: u16,
        again: Again,
        /// `invalid_client`, or empty where the answer is not the login service's.
        code: String,
        /// `AADSTS7000215: …`, without the trace ids.
        description: String,
    },
}

/// The error body of the token endpoint.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: String,
    error_description: String,
}

impl LoginTransport {
    pub(super) fn new(http: reqwest::Client, login: Endpoint) -> Self {
        Self { http, login }
    }

    /// The https name that the library is given for this address.
    pub(super) fn authority(login: &Endpoint) -> String {
        if login.is_plain() {
            MADE_UP.to_owned()
        } else {
            login.as_str().to_owned()
        }
    }

    /// Where a request of the library's really goes: as it says, but for the made-up name.
    fn destination(&self, url: &Url) -> Result<Url> {
        if !self.login.is_plain() {
            return Ok(url.clone());
        }
        let tail = url
            .as_str()
            .strip_prefix(MADE_UP)
            .or_else(|| url.as_str().strip_prefix(MACHINE))
            .map(|tail| tail.trim_start_matches('/'))
            .ok_or_else(|| failure(LoginFailure::Unanswered("the address is not the login service's")))?;
        self.login
            .at(tail)
            .map_err(|_| failure(LoginFailure::Unanswered("the address can't be put together")))
    }
}

#[async_trait::async_trait]
impl HttpClient for LoginTransport {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        let method = match request.method() {
            Method::Post => reqwest::Method::POST,
            _ => reqwest::Method::GET,
        };
        let mut out = self.http.request(method, self.destination(request.url())?);
        for (name, value) in request.headers().iter() {
            // Ours is set on the client.
            if name.as_str() != "user-agent" {
                out = out.header(name.as_str(), value.as_str());
            }
        }
        if let Body::Bytes(bytes) = request.body() {
            out = out.body(bytes.clone());
        }
        let answer = transport::send_once(out, LARGEST_ANSWER)
            .await
            .map_err(|silence| match silence {
                // Asking for a token twice does no harm, so both are alike.
                Silence::NotSent(why) | Silence::Lost(why) => failure(LoginFailure::Unanswered(why)),
                Silence::TooLarge => failure(LoginFailure::Unanswered("the answer is too large")),
            })?;
        if !answer.status.is_success() {
            let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
            let description = body.error_description.split("Trace ID").next().unwrap_or_default();
            return Err(failure(LoginFailure::Answered {
                status: answer.status.as_u16(),
                again: Again::asked_by(&answer.headers),
                code: body.error,
                description: description.trim().to_owned(),
            }));
        }
        let mut headers = Headers::new();
        for (name, value) in &answer.headers {
            if let Ok(value) = value.to_str() {
                headers.insert(
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value.to_owned()),
                );
            }
        }
        Ok(AsyncRawResponse::from_bytes(
            answer.status.as_u16().into(),
            headers,
            answer.body,
        ))
    }
}

fn failure(failure: LoginFailure) -> Error {
    Error::new(ErrorKind::Other, failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LoopbackHttp;

    fn login(url: &str) -> LoginTransport {
        let endpoint = Endpoint::check(&Url::parse(url).unwrap(), LoopbackHttp::Allowed).unwrap();
        LoginTransport::new(transport::http_client(), endpoint)
    }

    #[test]
    fn only_a_loopback_address_takes_the_place_of_the_made_up_name() {
        let asked = Url::parse("https://login.invalid/tenant/oauth2/v2.0/token").unwrap();
        let sent = login("http://127.0.0.1:4010/base").destination(&asked).unwrap();
        assert_eq!(sent.as_str(), "http://127.0.0.1:4010/base/tenant/oauth2/v2.0/token");

        let real = login("https://login.microsoftonline.com");
        assert_eq!(
            LoginTransport::authority(&real.login),
            "https://login.microsoftonline.com"
        );
        assert_eq!(real.destination(&asked).unwrap(), asked);
    }

    #[test]
    fn another_name_is_not_sent_to_loopback() {
        let asked = Url::parse("https://login.microsoftonline.com/tenant/oauth2/v2.0/token").unwrap();
        assert!(login("http://127.0.0.1:4010").destination(&asked).is_err());
    }
}
