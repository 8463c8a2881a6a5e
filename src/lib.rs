//! Latchkey recognises Microsoft 365 lockouts in chat, answers with the documented steps, and lets authorised
//! administrators fix them.

pub mod cli;
pub mod serve;
pub mod gateways;
pub mod assistant;
pub mod diagnosis;
pub mod actions;
pub mod access;
pub mod tenant;
pub mod store;
pub mod intents;
pub mod language;
pub mod chat;
pub mod settings;
pub mod telemetry;
