//! Signed tokens that others hand us: whether an issuer that we trust made them, for us, for now.
//!
//! Two kinds come in: what the Bot Framework puts before an activity, and what an Entra sign-in ends with. Both are
//! JSON Web Tokens (RFC 7519) signed with RS256, and nothing else is taken: which algorithm counts is ours to say, never
//! the token's.

mod documents;
mod keys;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::OffsetDateTime;

pub use documents::Metadata;
pub use keys::{COOL_DOWN, COOL_DOWN_AFTER_FAILURE, FRESH_FOR, KEPT_AT_MOST, SigningKeys};

/// How far an issuer's clock may be from ours.
///
/// <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication>: "industry-standard
/// clock-skew is 5 minutes".
pub const LEEWAY: Duration = Duration::from_secs(5 * 60);

/// Longer than any token that Microsoft gives out; a header line is rarely allowed to be longer.
const LONGEST_TOKEN: usize = 16 * 1024;
/// Longer than any key id.
const LONGEST_KEY_ID: usize = 256;
/// The one algorithm, by its name in a token.
const ALGORITHM: &str = "RS256";

/// What a token must say.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The issuers that may have made it: its `iss` is one of them, to the letter. None means that no token is good.
    pub issuers: Vec<String>,
    /// Who it may be for: its `aud` is one of them. None means that no token is good.
    pub audiences: Vec<String>,
    /// How far apart the clocks may be; [`LEEWAY`] almost always.
    pub leeway: Duration,
}

/// A token that is good.
#[derive(Debug, Clone)]
pub struct Verified<C> {
    /// What it says.
    pub claims: C,
    /// The channels for which the Bot Framework vouches with the key that signed it; empty where it names none.
    pub endorsements: Vec<String>,
}

/// Which check a token failed. Safe to log: it holds nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token: not three parts, too long, or not what stands in a token.
    #[error("the token is malformed")]
    Malformed,
    /// It is signed with something else than RS256, or not at all.
    #[error("the token's algorithm is not RS256")]
    Algorithm,
    /// It says that it is something else than a JWT.
    #[error("the token is of another type")]
    Kind,
    /// It demands that something be understood which nobody here understands.
    #[error("the token has a critical extension")]
    Critical,
    /// It names no key.
    #[error("the token names no key")]
    NoKeyId,
    /// The issuer has no key of this name.
    #[error("the token's key is not one of the issuer's")]
    UnknownKey,
    /// The issuer's keys could not be had.
    #[error("the issuer's keys could not be had: {0}")]
    NoKeys(&'static str),
    /// The signature is not the key's.
    #[error("the token's signature is wrong")]
    Signature,
    /// Another issuer, or none.
    #[error("the token's issuer is not accepted")]
    Issuer,
    /// For somebody else, for several, or for nobody.
    #[error("the token is for another audience")]
    Audience,
    /// Its time is over, or it does not say when that is.
    #[error("the token has expired or does not say when it does")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// It lacks a claim that the caller needs.
    #[error("the token lacks a claim")]
    Claims,
}

impl TokenError {
    /// A short name that does not change, for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::Kind => "type",
            Self::Critical => "critical",
            Self::NoKeyId => "no-key-id",
            Self::UnknownKey => "unknown-key",
            Self::NoKeys(_) => "no-keys",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::Claims => "claims",
        }
    }

    /// Whether the same token may be good later, because the issuer could not be asked.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::NoKeys(_))
    }
}

/// Holds a token against the rules. What it does not prove is not looked at: nothing of its claims is told before its
/// signature is known to be the issuer's.
///
/// # Errors
///
/// The first check that it failed.
pub async fn verify<C: DeserializeOwned>(
    token: &str,
    rules: &Rules,
    keys: &SigningKeys,
    now: OffsetDateTime,
) -> Result<Verified<C>, TokenError> {
    let key_id = header(token)?;
    let key = keys.key(&key_id, now).await?;
    let signed = jsonwebtoken::decode::<Map<String, Value>>(token, key.decoding(), &validation(rules))
        .map_err(|error| meaning(error.kind()))?;
    stricter(&signed.claims, rules, now)?;
    let claims = serde_json::from_value(Value::Object(signed.claims)).map_err(|_| TokenError::Claims)?;
    Ok(Verified {
        claims,
        endorsements: key.endorsements().to_vec(),
    })
}

/// What matters in a token's header. Keys that it brings along (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Reads the header, and gives the name of the key.
fn header(token: &str) -> Result<String, TokenError> {
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let [header, _, _] = parts.as_slice() else {
        return Err(TokenError::Malformed);
    };
    if token.len() > LONGEST_TOKEN {
        return Err(TokenError::Malformed);
    }
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenError::Malformed)?;
    let header: Header = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
    if header.alg != ALGORITHM {
        return Err(TokenError::Algorithm);
    }
    if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err(TokenError::Kind);
    }
    // RFC 7515 §4.1.11: what is critical and not understood makes the token invalid, and we understand no extension.
    if header.crit.is_some() {
        return Err(TokenError::Critical);
    }
    match header.kid {
        Some(id) if !id.is_empty() && id.len() <= LONGEST_KEY_ID => Ok(id),
        _ => Err(TokenError::NoKeyId),
    }
}

/// The library's checks. By itself it would require neither issuer nor audience; and its clock is not ours, so times
/// are looked at afterwards.
fn validation(rules: &Rules) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_required_spec_claims(&["iss", "aud", "exp"]);
    validation.set_issuer(&rules.issuers);
    validation.set_audience(&rules.audiences);
    validation.validate_aud = true;
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

fn meaning(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::MissingRequiredClaim(name) | ErrorKind::InvalidClaimFormat(name) => match name.as_str() {
            "iss" => TokenError::Issuer,
            "aud" => TokenError::Audience,
            _ => TokenError::Expired,
        },
        _ => TokenError::Malformed,
    }
}

/// What the library leaves open: one issuer and one audience, where it takes lists of which one fits, and the times.
fn stricter(claims: &Map<String, Value>, rules: &Rules, now: OffsetDateTime) -> Result<(), TokenError> {
    if !claims.get("iss").is_some_and(Value::is_string) {
        return Err(TokenError::Issuer);
    }
    // For several audiences a token would have to say which of them it was made for (OpenID Connect Core §3.1.3.7).
    let one = match claims.get("aud") {
        Some(Value::Array(several)) => several.len() == 1,
        other => other.is_some_and(Value::is_string),
    };
    if !one {
        return Err(TokenError::Audience);
    }
    let leeway = i128::from(rules.leeway.as_secs());
    let now = i128::from(now.unix_timestamp());
    let expires = seconds(claims.get("exp")).ok_or(TokenError::Expired)?;
    if now >= expires + leeway {
        return Err(TokenError::Expired);
    }
    match claims.get("nbf") {
        None => Ok(()),
        Some(begins) => match seconds(Some(begins)) {
            Some(begins) if now + leeway >= begins => Ok(()),
            _ => Err(TokenError::NotYet),
        },
    }
}

/// A NumericDate: seconds since 1970, perhaps with a fraction.
fn seconds(value: Option<&Value>) -> Option<i128> {
    let number = value?.as_number()?;
    if let Some(whole) = number.as_i64() {
        return Some(i128::from(whole));
    }
    // Beyond what a clock shows, so that "for ever" is no number either.
    #[allow(clippy::cast_possible_truncation, reason = "within what an i64 holds")]
    number
        .as_f64()
        .filter(|seconds| seconds.abs() < 1e15)
        .map(|seconds| seconds.floor() as i128)
}
