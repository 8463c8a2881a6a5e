//! The kill switch, limits and rehearsals, tried by somebody in a hurry.

use latchkey::settings::{AccessSettings, Limits, Rehearsal};
use latchkey::store::Claim;
use latchkey::store::audit::{Detail, Entry, Event};
use time::{Duration, OffsetDateTime};

use super::support::*;
use super::*;

fn thaw() -> Entry {
    Entry {
        at: OffsetDateTime::now_utc(),
        event: Event::Thawed,
        who: ana().identity,
        who_entra: None,
        action: None,
        target: None,
        operation: "thaw".into(),
        note: "by hand".into(),
        detail: Detail::default(),
    }
}

#[tokio::test]
async fn the_kill_switch_stops_what_waits_for_a_second_person() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    bot.commands(&lena(), "freeze").await;
    assert!(bot.next().in_conversation("C-admins"), "the others hear of it");
    bot.next();
    bot.clicks(&petros(), "approve").await;
    assert!(bot.next().text().contains("All actions are stopped"));
    bot.quiet();
    assert_eq!(writes(&bot), 0);
    assert_eq!(bot.store.thaw(&thaw()).await.unwrap(), Claim::Won);
    bot.clicks(&petros(), "approve").await;
    assert_eq!(writes(&bot), 1);
    let events = bot.audit_events().await;
    assert!(events.contains(&Event::Frozen) && events.contains(&Event::Thawed));
}

#[tokio::test]
async fn the_kill_switch_stops_previews_and_confirmations_but_not_looking() {
    let bot = story(&policy()).await;
    bot.request(&maria(), "I can't send email").await;
    bot.clicks(&ana(), "action-unblock-sender").await;
    bot.commands(&ana(), "freeze").await;
    bot.commands(&ana(), "freeze").await;
    assert_eq!(bot.last().text(), bot.phrase("en", "frozen-already"));
    for button in ["confirm", "action-unblock-sender"] {
        bot.clicks(&ana(), button).await;
        assert!(bot.next().text().contains("All actions are stopped"), "{button}");
        bot.quiet();
    }
    assert!(bot.state(MARIA).restricted);
    bot.says(&ana(), &format!("look up {MARIA}")).await;
    assert!(
        bot.last().text().contains("All actions are stopped"),
        "the card says so"
    );
}

#[tokio::test]
async fn nobody_but_an_administrator_stops_anything_and_nobody_in_chat_lets_it_run_again() {
    let bot = story(&policy()).await;
    bot.commands(&stranger(), "freeze").await;
    assert_eq!(bot.next().text(), bot.phrase("en", "denied-not-linked"));
    link(&bot.store, &stranger().identity, &bot.state("john.smith@contoso.com")).await;
    bot.commands(&stranger(), "freeze").await;
    assert_eq!(bot.next().text(), bot.phrase("en", "denied-not-an-administrator"));
    assert_eq!(bot.store.frozen().await.unwrap(), None);
    bot.commands(&ana(), "freeze").await;
    bot.commands(&ana(), "thaw").await;
    assert!(bot.store.frozen().await.unwrap().is_some());
}

/// Ana unblocks one account after another; gives what was said last.
async fn unblocks(bot: &Story, account: &str) -> String {
    bot.says(&ana(), &format!("block sign-in for {account}")).await;
    bot.clicks(&ana(), "action-block-sign-in").await;
    if bot.last().reply.buttons.is_empty() {
        return bot.everything().last().unwrap().text();
    }
    bot.clicks(&ana(), "confirm").await;
    bot.read_all();
    String::new()
}

#[tokio::test]
async fn a_taken_over_administrator_is_slowed_down_and_told_until_when() {
    let tight = AccessSettings {
        limits: Limits {
            administrator_per_hour: 2,
            ..Limits::default()
        },
        ..policy()
    };
    let bot = story(&tight).await;
    assert_eq!(unblocks(&bot, MARIA).await, "");
    assert_eq!(unblocks(&bot, KOSTAS).await, "");
    let refusal = unblocks(&bot, "john.smith@contoso.com").await;
    assert!(refusal.contains("There is room again at"), "{refusal}");
    assert!(bot.state("john.smith@contoso.com").sign_in_allowed);
    bot.wait(Duration::hours(1) + Duration::seconds(1));
    assert_eq!(unblocks(&bot, "john.smith@contoso.com").await, "");
}

#[tokio::test]
async fn the_tenant_as_a_whole_has_a_limit_of_its_own() {
    let tight = AccessSettings {
        limits: Limits {
            tenant_per_hour: 1,
            ..Limits::default()
        },
        ..policy()
    };
    let bot = story(&tight).await;
    proposed(&bot, &ana()).await;
    let approve = bot.click(&petros(), "approve");
    assert_eq!(unblocks(&bot, MARIA).await, "");
    let press = bot.click_on(&petros(), &approve.message, &approve.ticket);
    bot.assistant
        .answer_click(press, latchkey::assistant::Hearing::First)
        .await
        .unwrap();
    assert!(bot.last().text().contains("As many accounts as are allowed"));
    assert_eq!(writes(&bot), 1);
}

#[tokio::test]
async fn the_same_change_to_the_same_account_must_cool_down() {
    let bot = story(&policy()).await;
    for (wait, goes) in [(0, true), (1, false), (5, true)] {
        bot.wait(Duration::minutes(wait));
        bot.says(&ana(), &format!("sign out {MARIA}")).await;
        bot.says(&ana(), &format!("look up {MARIA}")).await;
        let before = bot.state(MARIA).sessions_valid_from;
        bot.commands(&ana(), &format!("revoke {MARIA}")).await;
        bot.clicks(&ana(), "action-revoke-sessions").await;
        if goes {
            bot.clicks(&ana(), "confirm").await;
            assert!(bot.state(MARIA).sessions_valid_from > before);
        } else {
            assert!(bot.last().text().contains("a moment ago"));
        }
    }
}

#[tokio::test]
async fn a_rehearsal_does_everything_but_the_change_and_says_so() {
    let rehearsal = AccessSettings {
        rehearsal: Rehearsal::On,
        ..policy()
    };
    let bot = story(&rehearsal).await;
    proposed(&bot, &ana()).await;
    bot.clicks(&petros(), "approve").await;
    assert_eq!(writes(&bot), 0);
    assert!(!bot.state(KOSTAS).must_change_password);
    assert!(bot.everything().iter().all(|said| said.secret.is_none()));
    let note = bot.phrase("en", "rehearsal-note");
    let noted = |said: &Delivered| said.text().contains(&note) || said.text().contains("dry_run");
    let cards: Vec<_> = bot
        .everything()
        .into_iter()
        .filter(|said| !said.reply.buttons.is_empty() && said.message.conversation.id == "C-admins")
        .collect();
    assert!(cards.len() >= 3 && cards.iter().all(noted), "{}", bot.said());
    assert_eq!(*bot.audit_events().await.last().unwrap(), Event::Rehearsed);
}

#[tokio::test]
async fn a_grant_for_one_domain_is_no_grant_for_another_not_even_as_a_second_person() {
    let mut narrow = policy();
    let of_petros = narrow
        .grants
        .iter_mut()
        .find(|grant| grant.who == to("petros", &[]).who);
    of_petros.unwrap().domains = vec!["example.gr".into()];
    let bot = story(&narrow).await;
    proposed(&bot, &ana()).await;
    bot.clicks(&petros(), "approve").await;
    assert_eq!(bot.next().text(), bot.phrase("en", "denied-not-this-target"));
    assert_eq!(writes(&bot), 0);
}
