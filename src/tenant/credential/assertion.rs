//! What an application without a secret signs in with: a statement signed with its certificate's key, or a token that
//! the platform it runs on has given it.

use std::path::{Path, PathBuf};

use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::tenant::error::TenantError;

/// How long a statement is good for.
///
/// <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>: "5-10 minutes after nbf at most".
const GOOD_FOR: time::Duration = time::Duration::minutes(5);
/// Where the platform says that its token is (Azure Workload Identity).
const TOKEN_FILE_VARIABLE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// There is nothing to sign in with. Holds no secret and no path.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoAssertion(&'static str);

impl NoAssertion {
    pub(super) fn told(self) -> TenantError {
        TenantError::Credential { why: self.to_string() }
    }
}

/// A certificate whose key signs statements.
pub(super) struct Certificate {
    key: EncodingKey,
    /// SHA-256 of the certificate, by which Entra finds it.
    thumbprint: String,
    client_id: String,
    audience: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate")
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}

/// What an application says of itself.
#[derive(Serialize)]
struct Statement<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    iat: i64,
    exp: i64,
}

impl Certificate {
    /// Reads the private key, and of the certificates the one that belongs to it.
    pub(super) fn read(pem: &SecretString, client_id: &str, audience: &str) -> Result<Self, TenantError> {
        let pem = pem.expose_secret();
        let key = private_key(pem)
            .and_then(|block| EncodingKey::from_rsa_pem(block.as_bytes()).ok())
            .ok_or_else(|| NoAssertion("the certificate's file holds no RSA private key that can be read").told())?;
        let modulus = modulus(&key).ok_or_else(|| NoAssertion("the certificate's private key can't be used").told())?;
        let certificate = CertificateDer::pem_slice_iter(pem.as_bytes())
            .filter_map(Result::ok)
            .find(|certificate| holds(certificate, &modulus))
            .ok_or_else(|| NoAssertion("the private key belongs to none of the certificates in its file").told())?;
        Ok(Self {
            key,
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate)),
            client_id: client_id.to_owned(),
            audience: audience.to_owned(),
        })
    }

    /// Says who the application is.
    pub(super) fn statement(&self, now: OffsetDateTime) -> Result<String, NoAssertion> {
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(self.thumbprint.clone());
        let now_stamp = now.unix_timestamp();
        let statement = Statement {
            aud: &self.audience,
            iss: &self.client_id,
            sub: &self.client_id,
            jti: Uuid::new_v4().to_string(),
            nbf: now_stamp,
            iat: now_stamp,
            exp: (now + GOOD_FOR).unix_timestamp(),
        };
        jsonwebtoken::encode(&header, &statement, &self.key)
            .map_err(|_| NoAssertion("the certificate's private key can't sign"))
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Certificate {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.statement(OffsetDateTime::now_utc())
            .map_err(|none| azure_core::Error::new(ErrorKind::Credential, none))
    }
}

/// The text of the private key: the reader of keys takes one block alone.
fn private_key(pem: &str) -> Option<&str> {
    const END: &str = "PRIVATE KEY-----";
    let begin = pem.match_indices("-----BEGIN ").map(|(at, _)| at).find(|at| {
        pem[*at..]
            .lines()
            .next()
            .is_some_and(|line| line.trim_end().ends_with(END))
    })?;
    let end_line = begin + pem[begin..].find("-----END ")?;
    let end = end_line + pem[end_line..].find(END)? + END.len();
    Some(&pem[begin..end])
}

fn modulus(key: &EncodingKey) -> Option<Vec<u8>> {
    match Jwk::from_encoding_key(key, Algorithm::PS256).ok()?.algorithm {
        AlgorithmParameters::RSA(parameters) => URL_SAFE_NO_PAD.decode(parameters.n).ok(),
        _ => None,
    }
}

/// Whether a certificate is this key's: 2048 random bits stand in no other.
fn holds(certificate: &[u8], modulus: &[u8]) -> bool {
    certificate.windows(modulus.len()).any(|window| window == modulus)
}

/// A token of the platform, in a file. The platform replaces it about once an hour, so it is read whenever it is used.
#[derive(Debug)]
pub(super) struct FederatedToken {
    file: PathBuf,
}

impl FederatedToken {
    /// The file of this name, or else the one that the environment names.
    pub(super) fn named(file: Option<&Path>) -> Result<Self, TenantError> {
        let file = file
            .map(Path::to_owned)
            .or_else(|| std::env::var_os(TOKEN_FILE_VARIABLE).map(PathBuf::from))
            .ok_or_else(|| {
                NoAssertion("no file with the workload's token is named, and AZURE_FEDERATED_TOKEN_FILE is not set")
                    .told()
            })?;
        Ok(Self { file })
    }

    /// The token as it is now.
    pub(super) async fn read(&self) -> Result<String, NoAssertion> {
        let token = tokio::fs::read_to_string(&self.file)
            .await
            .map_err(|_| NoAssertion("the file with the workload's token can't be read"))?;
        match token.trim() {
            "" => Err(NoAssertion("the file with the workload's token is empty")),
            token => Ok(token.to_owned()),
        }
    }
}

#[async_trait::async_trait]
impl ClientAssertion for FederatedToken {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.read()
            .await
            .map_err(|none| azure_core::Error::new(ErrorKind::Credential, none))
    }
}
