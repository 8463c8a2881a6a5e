//! What an issuer publishes of itself: its metadata, and the keys that it signs with.

use std::collections::BTreeMap;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// What an issuer says of itself (OpenID Connect Discovery 1.0, RFC 8414).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// What its tokens hold as `iss`.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where somebody is sent to sign in.
    #[serde(default)]
    pub authorization_endpoint: Option<Url>,
    /// Where a code is exchanged for a token.
    #[serde(default)]
    pub token_endpoint: Option<Url>,
    /// Where a sign-in on another device begins (RFC 8628).
    #[serde(default)]
    pub device_authorization_endpoint: Option<Url>,
}

/// A key that an issuer signs with.
pub(super) struct Key {
    decoding: DecodingKey,
    endorsements: Vec<String>,
}

impl Key {
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    pub(super) fn endorsements(&self) -> &[String] {
        &self.endorsements
    }
}

/// One entry of a key set, as far as it concerns us.
#[derive(Deserialize)]
struct Entry {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    #[serde(default)]
    endorsements: Vec<String>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// Reads metadata. Every address in it must be where the metadata itself is: secrets and codes are sent there.
pub(super) fn metadata(from: &Url, text: &[u8]) -> Result<Metadata, &'static str> {
    let metadata: Metadata = serde_json::from_slice(text).map_err(|_| "its metadata can't be read")?;
    let elsewhere = [
        Some(&metadata.jwks_uri),
        metadata.authorization_endpoint.as_ref(),
        metadata.token_endpoint.as_ref(),
        metadata.device_authorization_endpoint.as_ref(),
    ]
    .into_iter()
    .flatten()
    .any(|url| url.origin() != from.origin() || !url.username().is_empty() || url.password().is_some());
    if elsewhere {
        return Err("its metadata names an address on another server");
    }
    Ok(metadata)
}

/// Reads a key set. What is no RSA key for RS256 signatures is passed over: issuers add kinds of keys over time.
pub(super) fn keys(text: &[u8]) -> Result<BTreeMap<String, Key>, &'static str> {
    let set: KeySet = serde_json::from_slice(text).map_err(|_| "its keys can't be read")?;
    let keys: BTreeMap<String, Key> = set.keys.into_iter().filter_map(key).collect();
    if keys.is_empty() {
        return Err("it publishes no key that is of use");
    }
    Ok(keys)
}

fn key(value: Value) -> Option<(String, Key)> {
    let entry: Entry = serde_json::from_value(value).ok()?;
    let signs = entry.purpose.is_none_or(|purpose| purpose == "sig");
    let fits = entry.alg.is_none_or(|alg| alg == super::ALGORITHM);
    if entry.kty != "RSA" || !signs || !fits || entry.kid.is_empty() {
        return None;
    }
    let decoding = DecodingKey::from_rsa_components(&entry.n, &entry.e).ok()?;
    let key = Key {
        decoding,
        endorsements: entry.endorsements,
    };
    Some((entry.kid, key))
}
