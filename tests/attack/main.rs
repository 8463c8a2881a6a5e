//! The bot attacked: by people who pose as employees, by administrators who were taken over or talked into something, and
//! by a process that stops at the worst moment. Everything goes through the assistant, so it holds on every platform.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod approval;
mod brakes;
mod code;
mod crash;
mod members;
mod notices;
mod overrides;
mod proof;
mod rules;
mod secrets;
#[path = "../support/mod.rs"]
mod support;

use latchkey::chat::{ActionId, Person};
use latchkey::settings::AccessSettings;
use support::*;

const MARIA: &str = "maria.papadopoulou@contoso.com";
const KOSTAS: &str = "kostas.dimitriou@contoso.com";

fn kostas() -> Person {
    person("kostas", Some(KOSTAS))
}

/// An administrator who may only look.
fn lena() -> Person {
    person("lena", None)
}

/// Ana's other identity in the same workspace.
fn twin() -> Person {
    person("twin", None)
}

/// The usual policy, with Lena, who may only look, and with Ana's second identity, which may do everything.
fn policy() -> AccessSettings {
    let mut policy = grants();
    policy.grants.push(to("lena", &[ActionId::LookUp]));
    policy.grants.push(to("twin", &ActionId::ALL));
    policy
}

/// Begins under this policy, with everybody in it linked to their account: the twin to Ana's.
async fn story(policy: &AccessSettings) -> Story {
    let bot = Story::begin_under(policy).await;
    for (who, account) in [
        (twin(), "ana.admin@contoso.com"),
        (lena(), "eleni.georgiou@contoso.com"),
    ] {
        link(&bot.store, &who.identity, &bot.state(account)).await;
    }
    bot
}

/// How often a password was written, or sign-in switched.
fn writes(bot: &Story) -> usize {
    bot.simulator
        .requests()
        .iter()
        .filter(|request| request.method == "PATCH")
        .count()
}

/// A reset that Ana has confirmed stands before the administrators; everything is read.
async fn proposed(bot: &Story, first: &Person) {
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    bot.clicks(first, "action-reset-password").await;
    bot.clicks(first, "confirm").await;
    bot.read_all();
    assert_eq!(writes(bot), 0, "one administrator is not enough");
}
