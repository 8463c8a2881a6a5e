//! Keys made at run time, and tokens signed with them, right and wrong.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key pair with its name.
pub struct Signer {
    pub id: &'static str,
    pair: KeyPair,
}

/// Making one takes a while, so all tests share three: two of the issuer's, and one of somebody else's.
pub fn signers() -> &'static [Signer; 3] {
    static SIGNERS: OnceLock<[Signer; 3]> = OnceLock::new();
    SIGNERS.get_or_init(|| {
        ["key-one", "key-two", "key-of-a-stranger"].map(|id| Signer {
            id,
            pair: KeyPair::generate(KeySize::Rsa2048).unwrap(),
        })
    })
}

pub fn first() -> &'static Signer {
    &signers()[0]
}

pub fn second() -> &'static Signer {
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

    /// The private half in PEM.
    pub fn private_pem(&self) -> String {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().unwrap();
        pem("PRIVATE KEY", der.as_ref())
    }

    /// Stands for a certificate: it holds the public half, and nobody here reads more of it.
    pub fn certificate(&self) -> Vec<u8> {
        [
            b"0\x82a certificate of ".as_slice(),
            self.id.as_bytes(),
            &self.public_bytes(),
        ]
        .concat()
    }

    /// Whether this is our PS256 signature.
    pub fn signed_with_ps256(&self, message: &str, signature: &[u8]) -> bool {
        let public = self.pair.public_key();
        let components = RsaPublicKeyComponents {
            n: public.modulus().big_endian_without_leading_zero(),
            e: public.exponent().big_endian_without_leading_zero(),
        };
        components
            .verify(&RSA_PSS_2048_8192_SHA256, message.as_bytes(), signature)
            .is_ok()
    }

    /// A good token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"typ": "JWT", "alg": "RS256", "kid": self.id}), claims)
    }

    /// A token whose header says this; signed as its `alg` says, where that is an RSA one, and with RS256 otherwise.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let algorithm: &'static dyn RsaEncoding = match header["alg"].as_str() {
            Some("RS512") => &RSA_PKCS1_SHA512,
            Some("PS256") => &RSA_PSS_SHA256,
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
    format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    )
}

pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A block of PEM.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
