//! The issuers' keys, by what they sign for.

#[path = "../support/keys.rs"]
mod shared;

pub use shared::{Signer, encode, message, stranger};

pub fn bot_framework() -> &'static Signer {
    shared::first()
}

pub fn entra() -> &'static Signer {
    shared::second()
}
