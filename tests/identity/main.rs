//! Who somebody is: signed tokens, the bot's own credentials, and the links between chat accounts and Entra accounts.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod keys;
mod login;
mod publisher;

mod credentials;
mod rotation;
mod tokens;
