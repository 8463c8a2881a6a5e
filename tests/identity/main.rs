//! Who somebody is: signed tokens, the bot's own credentials, and the links between chat accounts and Entra accounts.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

#[path = "../support/mod.rs"]
mod support;

mod issuer;
#[path = "../support/keys.rs"]
mod keys;
mod login;
mod publisher;

mod bench;
mod credentials;
mod device;
mod guards;
mod linking;
mod rotation;
mod tokens;
