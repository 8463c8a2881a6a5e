//! The Teams gateway against Teams as Microsoft documents it: who may speak, what is heard, what is sent, and the stories
//! that hold on every platform.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod buttons;
mod client;
#[path = "../conformance/mod.rs"]
mod conformance;
mod contract;
mod door;
mod emulator;
mod fake;
mod golden;
mod hearing;
mod keys;
mod stage;
mod views;
mod wire;
