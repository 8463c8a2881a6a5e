//! Discord: the gateway over a fake of Discord's REST API and websocket gateway, which serenity itself connects to.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

#[path = "../conformance/mod.rs"]
mod conformance;
mod contract;
mod doctor;
mod fake;
mod interactions;
mod messages;
mod parts;
mod rendering;
mod requests;
mod stage;
mod wire;

conformance!(stage::DiscordStage);
