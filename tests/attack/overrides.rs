//! Attacks on the gate: an intruder's account let go again by one administrator, without a reason, or by a reason that
//! nobody else has read.

use std::collections::BTreeMap;

use latchkey::chat::{Click, Person};
use latchkey::settings::AccessSettings;
use latchkey::store::audit::Event;

use super::support::*;
use super::*;

const REASON: &str = "Met Maria at her desk; the consent is our own archive";

/// These may do everything, and Lena may look.
fn policy_of(administrators: &[&str]) -> AccessSettings {
    let mut grants: Vec<_> = administrators.iter().map(|who| to(who, &ActionId::ALL)).collect();
    grants.push(to("lena", &[ActionId::LookUp]));
    AccessSettings {
        grants,
        ..AccessSettings::default()
    }
}

/// Petros may unblock as well, so that he can be the second person.
fn both() -> AccessSettings {
    policy_of(&["ana", "petros"])
}

/// Maria's account is restricted, and an application reaches her mail.
async fn gated(policy: &AccessSettings) -> Story {
    let bot = story(policy).await;
    bot.simulator.consent(MARIA, "Mail.ReadWrite");
    bot.request(&maria(), "I can't send mail, it says 550 5.1.8 bad outbound sender")
        .await;
    bot.clicks(&ana(), "action-unblock-sender").await;
    let refused = bot.last().text();
    assert!(refused.contains(&bot.phrase("en", "unfit-gated")), "{refused}");
    bot
}

/// Ana asks for it all the same, with this reason.
fn with_reason(bot: &Story, who: &Person, reason: &str) -> Click {
    Click {
        inputs: BTreeMap::from([("reason".to_owned(), reason.to_owned())]),
        ..bot.click(who, "override-propose")
    }
}

async fn press(bot: &Story, click: Click) {
    bot.assistant
        .answer_click(click, latchkey::assistant::Hearing::First)
        .await
        .unwrap();
}

fn still_restricted(bot: &Story) {
    assert!(bot.state(MARIA).restricted);
    assert_eq!(bot.state(MARIA).unblocked_times, 0);
}

#[tokio::test]
async fn one_administrator_alone_overrides_nothing() {
    let bot = gated(&both()).await;
    bot.clicks(&ana(), "override").await;
    bot.read_all();
    press(&bot, with_reason(&bot, &ana(), REASON)).await;
    still_restricted(&bot);
    let card = bot.next();
    assert!(card.in_conversation("C-admins"), "{}", card.text());
    for told in [REASON, &bot.phrase("en", "sign-consents")] {
        assert!(card.text().contains(told), "{}", card.text());
    }
    bot.read_all();
    bot.clicks(&ana(), "approve").await;
    assert_eq!(bot.next().text(), bot.phrase("en", "denied-same-person"));
    still_restricted(&bot);
    bot.clicks(&petros(), "approve").await;
    assert!(!bot.state(MARIA).restricted);
    let trail = bot.audit().await;
    for event in [Event::Proposed, Event::Started, Event::Succeeded] {
        let record = trail.iter().find(|record| record.entry.event == event).unwrap();
        assert_eq!(record.entry.detail.justification.as_deref(), Some(REASON), "{event:?}");
    }
}

#[tokio::test]
async fn without_a_reason_nothing_is_proposed() {
    let bot = gated(&both()).await;
    bot.clicks(&ana(), "override").await;
    bot.read_all();
    let too_long = "x ".repeat(200);
    for reason in ["", "   ", "ok", too_long.as_str()] {
        press(&bot, with_reason(&bot, &ana(), reason)).await;
        let told = bot.last();
        assert_eq!(told.how, How::Whispered("ana".into()));
        assert!(told.text().contains("10 to 300"), "{reason}: {}", told.text());
    }
    assert!(!bot.audit_events().await.contains(&Event::Proposed));
    still_restricted(&bot);
}

#[tokio::test]
async fn the_way_around_the_gate_is_for_whoever_was_refused_alone() {
    let bot = gated(&both()).await;
    let stolen = Click {
        person: petros(),
        event: bot.click(&ana(), "override").event,
        ..bot.click(&ana(), "override")
    };
    press(&bot, stolen).await;
    assert_eq!(bot.last().text(), bot.phrase("en", "ticket-not-yours"));
    // And who may not unblock can't approve the override either.
    bot.clicks(&ana(), "override").await;
    press(&bot, with_reason(&bot, &ana(), REASON)).await;
    bot.read_all();
    bot.clicks(&lena(), "approve").await;
    assert_eq!(bot.last().text(), bot.phrase("en", "denied-not-this-action"));
    still_restricted(&bot);
}

#[tokio::test]
async fn a_confirmed_preview_does_not_slip_past_a_gate_that_shut_meanwhile() {
    let bot = story(&both()).await;
    bot.request(&maria(), "I can't send mail, it says 550 5.1.8 bad outbound sender")
        .await;
    bot.clicks(&ana(), "action-unblock-sender").await;
    bot.simulator.consent(MARIA, "Mail.ReadWrite");
    bot.clicks(&ana(), "confirm").await;
    still_restricted(&bot);
}

#[tokio::test]
async fn an_override_dies_with_the_first_ones_grant() {
    let bot = gated(&both()).await;
    bot.clicks(&ana(), "override").await;
    press(&bot, with_reason(&bot, &ana(), REASON)).await;
    bot.read_all();
    let again = bot.again_with(bot.store.clone(), &policy_of(&["petros"])).await;
    again.clicks(&petros(), "approve").await;
    assert_eq!(again.last().text(), again.phrase("en", "first-may-not"));
    still_restricted(&again);
}
