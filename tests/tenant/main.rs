//! The tenant service layer on the wire, against a strict stand-in and against the practice tenant.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod fake;
mod people;

mod exchange;
mod finding;
mod reads;
mod remedies;
mod retries;
mod simulator;
mod together;
mod tokens;
mod writes;
