//! Latchkey recognises Microsoft 365 lockouts in chat, answers with the documented steps, and lets authorised
//! administrators fix them.

pub mod chat;
pub mod intents;
pub mod language;
pub mod settings;
pub mod store;
pub mod tenant;
