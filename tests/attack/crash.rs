//! kill -9 at every point of an action at which the process waits for something: the store, the tenant, a platform. What
//! was awaited is dropped, as a dead process drops it; then Latchkey starts again on the same file. Nothing happens twice,
//! nothing is lost, and what is known is said.

use std::pin::pin;
use std::task::Poll;

use latchkey::assistant::Hearing;
use latchkey::chat::Click;
use latchkey::store::Store;
use latchkey::store::audit::{Event, Verdict};

use super::support::*;
use super::*;

/// More than any click waits.
const MOST_POINTS: usize = 2000;

#[derive(PartialEq)]
enum Life {
    Died,
    Finished,
}

/// Answers a click, and stops for good once it has gone on `points` times.
async fn dies_after(bot: &Story, click: &Click, points: usize) -> Life {
    let mut answering = pin!(bot.assistant.answer_click(click.clone(), Hearing::First));
    let mut passed = 0;
    std::future::poll_fn(|context| {
        if passed == points {
            return Poll::Ready(Life::Died);
        }
        passed += 1;
        answering.as_mut().poll(context).map(|_| Life::Finished)
    })
    .await
}

/// As `serve` does: what is unfinished is reported, and the click that was stored is answered.
async fn starts_again(bot: &Story, url: &str, click: &Click) -> Story {
    let after = bot.again_with(Store::open(url).await.unwrap(), &policy()).await;
    after.read_all();
    after.assistant.report_unfinished().await.unwrap();
    after
        .assistant
        .answer_click(click.clone(), Hearing::Again)
        .await
        .unwrap();
    after
}

async fn count(bot: &Story, event: Event) -> usize {
    bot.audit_events().await.iter().filter(|found| **found == event).count()
}

/// What must hold however far it got.
async fn is_honest(after: &Story) {
    assert!(
        after.store.unfinished().await.unwrap().is_empty(),
        "every beginning has an end"
    );
    assert!(count(after, Event::Started).await <= 1, "begun once");
    assert!(matches!(after.store.verify().await.unwrap(), Verdict::Whole { .. }));
    assert!(!after.chat.is_silent(), "something is said");
}

#[tokio::test]
async fn an_action_of_one_person() {
    for points in 1..MOST_POINTS {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
        let bot = Story::begin_with(Store::open(&url).await.unwrap()).await;
        bot.request(&maria(), "I can't send email").await;
        bot.clicks(&ana(), "action-unblock-sender").await;
        let click = bot.click(&ana(), "confirm");
        if dies_after(&bot, &click, points).await == Life::Finished {
            assert!(points > 10, "there are points to die at");
            return;
        }
        let after = starts_again(&bot, &url, &click).await;
        is_honest(&after).await;
        let state = after.state(MARIA);
        assert!(state.unblocked_times <= 1, "done twice, stopped at {points}");
        let unknown = count(&after, Event::Unknown).await == 1;
        assert!(!state.restricted || unknown, "lost, stopped at {points}");
        if unknown {
            let said = after.said();
            assert!(said.contains("I don't know whether it happened"), "{said}");
        }
    }
    panic!("it never finished");
}

#[tokio::test]
async fn a_proposal_to_a_second_person() {
    for points in 1..MOST_POINTS {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
        let bot = Story::begin_with(Store::open(&url).await.unwrap()).await;
        bot.request(&kostas(), "I forgot my password, please reset it").await;
        bot.clicks(&ana(), "action-reset-password").await;
        let click = bot.click(&ana(), "confirm");
        if dies_after(&bot, &click, points).await == Life::Finished {
            assert!(points > 10, "there are points to die at");
            return;
        }
        let after = starts_again(&bot, &url, &click).await;
        is_honest(&after).await;
        assert_eq!(writes(&after), 0);
        assert_eq!(count(&after, Event::Proposed).await, 1, "stopped at {points}");
        after.clicks(&petros(), "approve").await;
        assert_eq!(writes(&after), 1, "lost, stopped at {points}");
    }
    panic!("it never finished");
}

#[tokio::test]
async fn an_action_of_two_people_with_a_secret() {
    for points in 1..MOST_POINTS {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
        let bot = Story::begin_with(Store::open(&url).await.unwrap()).await;
        proposed(&bot, &ana()).await;
        let click = bot.click(&petros(), "approve");
        if dies_after(&bot, &click, points).await == Life::Finished {
            assert!(points > 10, "there are points to die at");
            return;
        }
        let after = starts_again(&bot, &url, &click).await;
        is_honest(&after).await;
        assert!(writes(&after) <= 1, "done twice, stopped at {points}");
        let shown = after
            .everything()
            .into_iter()
            .filter(|said| said.secret.is_some())
            .count();
        let unknown = count(&after, Event::Unknown).await == 1;
        let told = after.said().contains("If nobody was shown the password");
        assert!(shown <= 1);
        assert!(shown == 1 || unknown || told, "lost, stopped at {points}");
    }
    panic!("it never finished");
}
