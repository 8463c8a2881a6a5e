//! Latchkey recognises Microsoft 365 lockouts in chat, answers with the documented steps, and lets authorised
//! administrators fix them.
//!
//! The modules stand in reading order, and each imports only what stands below it. Two paths lead through them.
//!
//! # One message
//!
//! A gateway verifies, turns the payload into [`chat::IncomingMessage`] (mention removed; own and other bots' messages
//! dropped), acknowledges, and hands it to the bounded [`assistant::Inbox`] → [`assistant::Assistant::answer_message`]
//! drops an event seen before → [`intents::Catalogue::understand`] folds and reads it → answer, clarify (at most three
//! choices), or nothing → [`chat::Outgoing`] → the gateway renders it within the platform's limits and sends it.
//!
//! # One click
//!
//! verify → [`chat::Click`] with an opaque ticket → acknowledged now → [`assistant::Assistant::answer_click`] → the
//! ticket is read (unused, unexpired, same conversation, same person) → [`access::Access::authorise`], on the target as
//! it is now → first click: a preview that says exactly what will happen, with Confirm and Cancel; second: authorised
//! again, the ticket and its card claimed together, once → audit "started" → [`actions::run`] consumes the
//! [`access::Permit`] → Graph or Exchange → read back → audit outcome → the card loses its buttons and says who did what
//! and when → the person who asked is told.

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
pub mod examination;
pub mod telemetry;
