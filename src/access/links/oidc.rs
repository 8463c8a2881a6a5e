//! The way to Microsoft's sign-in and back: authorization code with PKCE (RFC 7636), state and nonce, and the ID token
//! at its end.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::{Account, IdClaims, LinkError, Links, below, once};
use crate::access::tokens::{LEEWAY, Metadata, Rules, verify};
use crate::tenant::transport::{self, Silence};

/// Who somebody is, and nothing else.
pub(super) const SCOPE: &str = "openid profile";
/// A token's answer is a few kilobytes.
const LARGEST_ANSWER: usize = 1 << 20;
/// Somebody waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What a sign-in is recognised by when it comes back. All but the challenge stay with us.
pub(super) struct Journey {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) browser: String,
}

impl Journey {
    pub(super) fn new() -> Self {
        Self {
            state: once::random(),
            nonce: once::random(),
            verifier: once::random(),
            browser: once::random(),
        }
    }

    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

/// An answer of the token endpoint.
#[derive(Deserialize)]
struct Answer {
    id_token: String,
}

/// A refusal of the token endpoint.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Links {
    /// What the issuer says of itself, if it is the issuer of our tenant.
    pub(super) async fn metadata(&self) -> Result<std::sync::Arc<Metadata>, LinkError> {
        let metadata = self.keys.metadata(self.now()).await?;
        if metadata.issuer != self.issuer {
            return Err(LinkError::Issuer("its metadata is another issuer's"));
        }
        Ok(metadata)
    }

    /// Where to send a browser.
    pub(super) async fn authorization(&self, journey: &Journey) -> Result<Url, LinkError> {
        let metadata = self.metadata().await?;
        let mut url = metadata
            .authorization_endpoint
            .clone()
            .ok_or(LinkError::Issuer("its metadata names no place to sign in"))?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("redirect_uri", self.redirect_uri()?.as_str())
            .append_pair("scope", SCOPE)
            .append_pair("state", &journey.state)
            .append_pair("nonce", &journey.nonce)
            .append_pair("code_challenge", &journey.challenge())
            .append_pair("code_challenge_method", "S256")
            // Nobody is linked to the account that a browser happens to be signed in to.
            .append_pair("prompt", "select_account");
        Ok(url)
    }

    /// Exchanges what the browser brought back for the account that was signed in to.
    pub(super) async fn exchange(&self, code: &str, verifier: &str, nonce: &str) -> Result<Account, LinkError> {
        let metadata = self.metadata().await?;
        let endpoint = metadata
            .token_endpoint
            .clone()
            .ok_or(LinkError::Issuer("its metadata names no place for tokens"))?;
        let application = self
            .application
            .as_ref()
            .ok_or(LinkError::Issuer("the application can't prove itself"))?;
        let redirect_uri = self.redirect_uri()?;
        let mut form = vec![
            ("grant_type", SecretString::from("authorization_code")),
            ("client_id", SecretString::from(self.client_id.as_str())),
            ("code", SecretString::from(code)),
            ("redirect_uri", SecretString::from(redirect_uri.as_str())),
            ("code_verifier", SecretString::from(verifier)),
        ];
        form.extend(application.proof().await?);
        let answer: Answer = self.post(&endpoint, &form).await?;
        let claims = self.id_token(&answer.id_token).await?;
        if claims.nonce.as_deref() != Some(nonce) {
            return Err(LinkError::NotForThis("its nonce is another sign-in's"));
        }
        claims.account().ok_or(LinkError::NotForThis("it names no account"))
    }

    /// Verifies an ID token of our tenant for our application.
    pub(super) async fn id_token(&self, token: &str) -> Result<IdClaims, LinkError> {
        let rules = Rules {
            issuers: vec![self.issuer.clone()],
            audiences: vec![self.client_id.clone()],
            leeway: LEEWAY,
        };
        let claims = verify::<IdClaims>(token, &rules, &self.keys, self.now()).await?.claims;
        if !claims.tid.eq_ignore_ascii_case(&self.tenant_id) {
            return Err(LinkError::NotForThis("it is another tenant's"));
        }
        Ok(claims)
    }

    /// Posts a form to the issuer and reads its answer.
    pub(super) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        endpoint: &Url,
        form: &[(&'static str, SecretString)],
    ) -> Result<T, LinkError> {
        let fields: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (*name, value.expose_secret()))
            .collect();
        let request = self.http.post(endpoint.clone()).timeout(TIMEOUT).form(&fields);
        let answer = transport::send_once(request, LARGEST_ANSWER)
            .await
            .map_err(|silence| match silence {
                Silence::NotSent(why) | Silence::Lost(why) => LinkError::Issuer(why),
                Silence::TooLarge => LinkError::Issuer("its answer is too large"),
            })?;
        if answer.status.is_success() {
            return serde_json::from_slice(&answer.body).map_err(|_| LinkError::Issuer("its answer can't be read"));
        }
        match serde_json::from_slice::<Refusal>(&answer.body) {
            Ok(refusal) if is_code(&refusal.error) => Err(LinkError::Refused(refusal.error)),
            _ => Err(LinkError::Issuer("it answered with an error")),
        }
    }

    pub(super) fn redirect_uri(&self) -> Result<Url, LinkError> {
        let base = self
            .public_url
            .as_ref()
            .ok_or(LinkError::Issuer("there is no public address"))?;
        Ok(below(base, "link/callback"))
    }
}

/// Whether this is an error code (RFC 6749 §5.2) and not something to keep out of logs.
pub(super) fn is_code(error: &str) -> bool {
    !error.is_empty() && error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
