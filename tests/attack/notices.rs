//! The owner of an account hears of it on a way of their own when somebody is given access to it: once, whatever happens
//! in between, and where they can't be told, that is said and recorded.

use std::pin::pin;
use std::task::Poll;

use latchkey::assistant::Hearing;
use latchkey::chat::Click;
use latchkey::settings::{AccessSettings, Rehearsal};
use latchkey::store::Store;
use latchkey::store::audit::{Event, Verdict};
use latchkey::tenant::simulator::{Fault, FaultRule, PostedLetter};

use super::support::*;
use super::*;

const ALTERNATE: &str = "kostas@example.gr";
const RECEPTION: &str = "reception@contoso.com";

async fn bot_with_mailbox(policy: &AccessSettings) -> Story {
    let bot = Story::begin_with_mailbox(Store::open("sqlite::memory:").await.unwrap(), policy).await;
    bot.simulator.set_other_mails(KOSTAS, &[ALTERNATE]);
    bot
}

/// A reset for Kostas, proposed by Ana and approved by Petros.
async fn reset(bot: &Story) {
    proposed(bot, &ana()).await;
    bot.clicks(&petros(), "approve").await;
}

fn letters_to(bot: &Story, address: &str) -> Vec<PostedLetter> {
    let letters = bot.simulator.letters();
    letters.into_iter().filter(|letter| letter.to == address).collect()
}

/// What the audit trail says of telling the owner.
async fn told(bot: &Story) -> Vec<(Event, String)> {
    let records = bot.audit().await.into_iter();
    records
        .filter(|record| matches!(record.entry.event, Event::Notified | Event::NotNotified))
        .map(|record| (record.entry.event, record.entry.note))
        .collect()
}

#[tokio::test]
async fn the_owner_is_told_in_their_mailbox_and_at_the_address_that_the_directory_knows() {
    let bot = bot_with_mailbox(&policy()).await;
    reset(&bot).await;
    assert_eq!(bot.simulator.letters().len(), 2);
    for address in [KOSTAS, ALTERNATE] {
        let letters = letters_to(&bot, address);
        let [letter] = letters.as_slice() else {
            panic!("{} letters to {address}", letters.len())
        };
        assert_eq!(letter.from, HELP_DESK);
        for word in [
            "password",
            KOSTAS,
            "ana",
            "petros",
            "UTC",
            "the number that you already know",
            "reply",
        ] {
            assert!(letter.text.contains(word), "{word} is not in:\n{}", letter.text);
        }
        for nothing in ["http", "aka.ms", "www."] {
            assert!(!letter.text.contains(nothing), "{}", letter.text);
        }
        let secrets = bot.everything().into_iter().filter_map(|said| said.secret);
        for secret in secrets {
            assert!(!letter.text.contains(&secret) && !letter.subject.contains(&secret));
        }
    }
    assert_eq!(
        told(&bot).await,
        [(Event::Notified, "by mail: their mailbox, another address".into())]
    );
    let outcome = bot.said();
    assert!(
        outcome.contains("told by mail: their own mailbox, k•••@example.gr"),
        "{outcome}"
    );
    assert!(!outcome.contains(ALTERNATE), "the address itself is said nowhere");
    assert!(bot.store.notices().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_letter_speaks_the_owner_s_language() {
    let bot = bot_with_mailbox(&policy()).await;
    bot.simulator.set_language(KOSTAS, "el-GR");
    reset(&bot).await;
    let letter = letters_to(&bot, KOSTAS).remove(0);
    assert!(
        letter.text.contains("επαναφορά του κωδικού πρόσβασης"),
        "{}",
        letter.text
    );
    assert!(letter.text.contains("στον αριθμό που γνωρίζετε ήδη"), "{}", letter.text);
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_undoes_nothing_and_is_said() {
    let bot = bot_with_mailbox(&policy()).await;
    bot.simulator.revoke_permission("Mail.Send");
    reset(&bot).await;
    assert_eq!(writes(&bot), 1, "done once, and not taken back");
    let said = bot.said();
    assert!(said.contains("Owner not notified: Microsoft 365 refused"), "{said}");
    assert_eq!(told(&bot).await, [(Event::NotNotified, "by mail: denied".into())]);
    let events = bot.audit_events().await;
    assert!(events.contains(&Event::Succeeded));
}

#[tokio::test]
async fn an_owner_without_any_address_is_said_to_be_told_nothing() {
    let bot = bot_with_mailbox(&policy()).await;
    bot.says(&ana(), &format!("reset password for {RECEPTION}")).await;
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    assert!(bot.simulator.letters().is_empty());
    assert_eq!(told(&bot).await, [(Event::NotNotified, "by mail: no address".into())]);
    assert!(
        bot.said()
            .contains("Owner not notified: The directory knows no address")
    );
}

#[tokio::test]
async fn allowing_sign_in_is_told_and_blocking_it_is_not() {
    let bot = bot_with_mailbox(&policy()).await;
    let giorgos = "giorgos.nikolaou@contoso.com";
    bot.says(&ana(), &format!("status {giorgos}")).await;
    bot.clicks(&ana(), "action-allow-sign-in").await;
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    assert!(letters_to(&bot, giorgos)[0].text.contains("signing in"));
    bot.says(&ana(), &format!("block sign-in for {giorgos}")).await;
    bot.clicks(&ana(), "action-block-sign-in").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state(giorgos).sign_in_allowed);
    assert_eq!(bot.simulator.letters().len(), 1);
}

#[tokio::test]
async fn a_secret_that_was_voided_is_told_as_such() {
    let bot = bot_with_mailbox(&policy()).await;
    bot.refuse_secrets();
    reset(&bot).await;
    let letter = letters_to(&bot, KOSTAS).remove(0);
    assert!(letter.text.contains("made worthless"), "{}", letter.text);
}

#[tokio::test]
async fn what_did_not_happen_is_told_to_nobody() {
    let bot = bot_with_mailbox(&policy()).await;
    bot.simulator.revoke_permission("User-PasswordProfile.ReadWrite.All");
    reset(&bot).await;
    assert!(bot.audit_events().await.contains(&Event::Failed));
    let rehearsal = AccessSettings {
        rehearsal: Rehearsal::On,
        ..policy()
    };
    let rehearsing = bot_with_mailbox(&rehearsal).await;
    reset(&rehearsing).await;
    assert!(rehearsing.audit_events().await.contains(&Event::Rehearsed));
    for bot in [bot, rehearsing] {
        assert!(bot.simulator.letters().is_empty());
        assert!(told(&bot).await.is_empty());
        assert!(bot.store.notices().await.unwrap().is_empty(), "nothing is owed");
    }
}

#[tokio::test]
async fn what_may_have_happened_is_told_as_that() {
    let bot = bot_with_mailbox(&policy()).await;
    proposed(&bot, &ana()).await;
    bot.simulator.inject(FaultRule::new(Fault::DropBefore).method("PATCH"));
    bot.clicks(&petros(), "approve").await;
    assert!(bot.audit_events().await.contains(&Event::Unknown));
    let letter = letters_to(&bot, KOSTAS).remove(0);
    assert!(letter.text.contains("may not have happened"), "{}", letter.text);
}

#[tokio::test]
async fn without_a_mailbox_the_preview_says_that_nobody_is_told() {
    let bot = story(&policy()).await;
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    bot.clicks(&ana(), "action-reset-password").await;
    assert!(bot.last().text().contains(&bot.phrase("en", "notice-nobody")));
    let with = bot_with_mailbox(&policy()).await;
    with.request(&kostas(), "I forgot my password, please reset it").await;
    with.clicks(&ana(), "action-reset-password").await;
    assert!(!with.last().text().contains(&with.phrase("en", "notice-nobody")));
}

/// More than any click waits.
const MOST_POINTS: usize = 3000;

/// Answers a click, and stops for good once it has gone on `points` times; tells whether it finished before.
async fn finished_within(bot: &Story, click: &Click, points: usize) -> bool {
    let mut answering = pin!(bot.assistant.answer_click(click.clone(), Hearing::First));
    let mut passed = 0;
    std::future::poll_fn(|context| {
        if passed == points {
            return Poll::Ready(false);
        }
        passed += 1;
        answering.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn kill_at_any_moment_and_it_is_sent_or_said_and_never_sent_twice() {
    let mut in_between = 0;
    for points in 1..MOST_POINTS {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
        let bot = Story::begin_with_mailbox(Store::open(&url).await.unwrap(), &policy()).await;
        proposed(&bot, &ana()).await;
        let click = bot.click(&petros(), "approve");
        if finished_within(&bot, &click, points).await {
            assert!(in_between > 0, "it was stopped between the change and the letter");
            return;
        }
        let sent_before = letters_to(&bot, KOSTAS).len();
        let after = bot.again_with(Store::open(&url).await.unwrap(), &policy()).await;
        after.assistant.report_unfinished().await.unwrap();
        after
            .assistant
            .answer_click(click.clone(), Hearing::Again)
            .await
            .unwrap();
        // And once more: nothing is left that would be sent again.
        let again = after.again_with(Store::open(&url).await.unwrap(), &policy()).await;
        again.assistant.report_unfinished().await.unwrap();
        let sent = letters_to(&again, KOSTAS).len();
        assert!(sent <= 1, "sent twice, stopped at {points}");
        let honest = again.said().contains("don't know whether the mail went out");
        if writes(&again) == 1 {
            assert!(sent == 1 || honest, "neither sent nor said, stopped at {points}");
            assert_eq!(told(&again).await.len(), 1, "recorded once, stopped at {points}");
            in_between += usize::from(sent_before == 0 && sent == 1);
        }
        assert!(again.store.notices().await.unwrap().is_empty());
        assert!(matches!(again.store.verify().await.unwrap(), Verdict::Whole { .. }));
    }
    panic!("it never finished");
}
