//! RSA keys made at run time, and tokens signed with them, right and wrong.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key pair with its name.
pub struct Signer {
    pub id: &'static str,
    pair: KeyPair,
}

/// Making one takes a while, so all tests share three: the Bot Framework's, Entra's, and a stranger's.
fn signers() -> &'static [Signer; 3] {
    static SIGNERS: OnceLock<[Signer; 3]> = OnceLock::new();
    SIGNERS.get_or_init(|| {
        ["bot-framework", "entra", "stranger"].map(|id| Signer {
            id,
            pair: KeyPair::generate(KeySize::Rsa2048).unwrap(),
        })
    })
}

pub fn bot_framework() -> &'static Signer {
    &signers()[0]
}

pub fn entra() -> &'static Signer {
    &signers()[1]
}

pub fn stranger() -> &'static Signer {
    &signers()[2]
}

impl Signer {
    /// The public half as a JWK.
    pub fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.id,
            "n": encode(public.modulus().big_endian_without_leading_zero()),
            "e": encode(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// The public half as whoever tries HS256 with it would use it.
    pub fn public_bytes(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"typ": "JWT", "alg": "RS256", "kid": self.id}), claims)
    }

    /// A token whose header says this; signed with RS512 where it says so, and with RS256 otherwise.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let algorithm: &'static dyn RsaEncoding = match header["alg"].as_str() {
            Some("RS512") => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let message = message(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(algorithm, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .unwrap();
        format!("{message}.{}", encode(&signature))
    }
}

/// Header and claims, as they are signed.
pub fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| encode(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
