//! Attacks on the second person: being both, being the one who asked, being the target, being nobody, coming late, coming
//! twice.

use latchkey::assistant::Hearing;
use latchkey::chat::Person;
use latchkey::settings::{AccessSettings, Approvers};
use latchkey::store::Store;
use latchkey::store::audit::Event;
use time::Duration;

use super::support::*;
use super::*;

/// Presses Approve and gives the refusal, which nobody else sees and after which nothing has changed.
async fn refused(bot: &Story, who: &Person) -> String {
    bot.clicks(who, "approve").await;
    let refusal = bot.next();
    assert_eq!(
        refusal.how,
        How::Whispered(who.identity.user.clone()),
        "{}",
        refusal.text()
    );
    bot.quiet();
    assert_eq!(writes(bot), 0);
    assert!(!bot.audit_events().await.contains(&Event::Started));
    refusal.text()
}

#[tokio::test]
async fn nobody_is_their_own_second_person() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    assert_eq!(refused(&bot, &ana()).await, bot.phrase("en", "denied-same-person"));
    // Another identity of the same human: Entra tells.
    assert_eq!(refused(&bot, &twin()).await, bot.phrase("en", "denied-same-person"));
    bot.clicks(&petros(), "approve").await;
    assert_eq!(writes(&bot), 1);
}

#[tokio::test]
async fn who_may_not_do_it_may_not_approve_it() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    let asked = bot.simulator.requests().len();
    assert_eq!(refused(&bot, &stranger()).await, bot.phrase("en", "denied-not-linked"));
    link(&bot.store, &stranger().identity, &bot.state("john.smith@contoso.com")).await;
    assert_eq!(
        refused(&bot, &stranger()).await,
        bot.phrase("en", "denied-not-an-administrator")
    );
    assert_eq!(refused(&bot, &lena()).await, bot.phrase("en", "denied-not-this-action"));
    assert_eq!(bot.simulator.requests().len(), asked, "the tenant was not even asked");
    bot.clicks(&stranger(), "reject").await;
    assert_eq!(bot.next().text(), bot.phrase("en", "denied-not-an-administrator"));
    bot.clicks(&petros(), "approve").await;
    assert_eq!(writes(&bot), 1, "a stranger's press used nothing up");
}

#[tokio::test]
async fn who_asked_for_it_may_not_approve_it() {
    let bot = story(&policy()).await;
    // Petros asks under another name, and is known by his link when he approves.
    let other_name = person("alt", None);
    bot.says(&other_name, "I forgot my password, please reset it").await;
    bot.clicks(&other_name, "ask-administrator").await;
    bot.says(&other_name, KOSTAS).await;
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "confirm").await;
    bot.read_all();
    link(
        &bot.store,
        &other_name.identity,
        &bot.state("petros.markou@contoso.com"),
    )
    .await;
    assert_eq!(refused(&bot, &petros()).await, bot.phrase("en", "denied-own-request"));
}

#[tokio::test]
async fn the_target_may_not_approve_it() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    let by_hint = Person {
        suggestion: Some(KOSTAS.into()),
        ..petros()
    };
    assert_eq!(refused(&bot, &by_hint).await, bot.phrase("en", "denied-own-account"));
    // Once Entra tells that an administrator is Kostas, nobody in chat changes his account any more.
    link(&bot.store, &petros().identity, &bot.state(KOSTAS)).await;
    assert_eq!(refused(&bot, &petros()).await, bot.phrase("en", "protected-operator"));
}

#[tokio::test]
async fn where_nobody_knows_who_is_who_the_answer_is_no() {
    let linked = AccessSettings {
        approvers: Approvers::Linked,
        ..policy()
    };
    let bot = story(&linked).await;
    proposed(&bot, &ana()).await;
    assert_eq!(
        refused(&bot, &petros()).await,
        bot.phrase("en", "denied-cannot-tell-apart")
    );
}

#[tokio::test]
async fn an_approval_lapses() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    bot.wait(Duration::minutes(30));
    assert_eq!(refused(&bot, &petros()).await, bot.phrase("en", "ticket-expired"));
}

#[tokio::test]
async fn a_target_that_became_an_administrator_meanwhile_is_refused() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    bot.simulator.make_eligible(KOSTAS, "User Administrator");
    assert!(refused(&bot, &petros()).await.contains("User Administrator"));
}

#[tokio::test]
async fn when_the_check_cannot_be_made_at_approval_the_answer_is_no() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    bot.simulator
        .revoke_permission("RoleEligibilitySchedule.Read.Directory");
    assert!(
        refused(&bot, &petros())
            .await
            .contains("make sure that this is allowed")
    );
}

#[tokio::test]
async fn what_the_first_may_not_do_any_more_cannot_be_approved() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
    let bot = Story::begin_with(Store::open(&url).await.unwrap()).await;
    proposed(&bot, &ana()).await;
    let mut without_ana = policy();
    without_ana.grants.remove(0);
    let after = bot.again_with(Store::open(&url).await.unwrap(), &without_ana).await;
    assert_eq!(refused(&after, &petros()).await, after.phrase("en", "first-may-not"));
}

#[tokio::test]
async fn two_approvals_at_once_and_replays_run_it_once() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    let (one, two) = (bot.click(&petros(), "approve"), bot.click(&petros(), "approve"));
    let (first, second) = tokio::join!(
        bot.assistant.answer_click(one.clone(), Hearing::First),
        bot.assistant.answer_click(two, Hearing::First)
    );
    first.unwrap();
    second.unwrap();
    let replay = bot.click_on(&petros(), &one.message, &one.ticket);
    bot.assistant.answer_click(replay, Hearing::First).await.unwrap();
    assert_eq!(writes(&bot), 1);
    let secrets = bot
        .everything()
        .into_iter()
        .filter(|said| said.secret.is_some())
        .count();
    assert_eq!(secrets, 1);
}

#[tokio::test]
async fn two_proposals_for_one_request_run_once() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    let first = bot.click(&petros(), "approve");
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "confirm").await;
    let second = bot.click(&petros(), "approve");
    assert_ne!(first.ticket, second.ticket);
    bot.assistant.answer_click(first, Hearing::First).await.unwrap();
    bot.assistant.answer_click(second, Hearing::First).await.unwrap();
    assert_eq!(writes(&bot), 1);
}

#[tokio::test]
async fn what_was_rejected_cannot_be_approved() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    let approve = bot.click(&petros(), "approve");
    bot.clicks(&petros(), "reject").await;
    let card = bot.last();
    assert!(card.reply.buttons.is_empty());
    assert!(
        card.text().contains("ana") && card.text().contains("petros"),
        "{}",
        card.text()
    );
    bot.assistant.answer_click(approve, Hearing::First).await.unwrap();
    assert_eq!(bot.next().text(), bot.phrase("en", "ticket-used"));
    assert_eq!(writes(&bot), 0);
    assert_eq!(*bot.audit_events().await.last().unwrap(), Event::Refused);
}

#[tokio::test]
async fn an_approval_works_only_among_the_administrators() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    let mut click = bot.click(&petros(), "approve");
    click.conversation = support();
    bot.assistant.answer_click(click, Hearing::First).await.unwrap();
    assert_eq!(bot.next().text(), bot.phrase("en", "ticket-elsewhere"));
    assert_eq!(writes(&bot), 0);
}

#[tokio::test]
async fn allowing_sign_in_takes_two_and_blocking_it_takes_one() {
    let bot = story(&policy()).await;
    let giorgos = person("giorgos", Some("giorgos.nikolaou@contoso.com"));
    bot.request(&giorgos, "AADSTS50057: The user account is disabled").await;
    bot.clicks(&ana(), "action-allow-sign-in").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state("giorgos.nikolaou@contoso.com").sign_in_allowed);
    bot.clicks(&petros(), "approve").await;
    assert!(bot.state("giorgos.nikolaou@contoso.com").sign_in_allowed);
    bot.says(&ana(), "block sign-in for giorgos.nikolaou@contoso.com").await;
    bot.clicks(&ana(), "action-block-sign-in").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state("giorgos.nikolaou@contoso.com").sign_in_allowed);
}

#[tokio::test]
async fn settings_can_ask_two_people_for_more() {
    let mut stricter = AccessSettings {
        two_people: vec!["unblock-sender".into()],
        ..policy()
    };
    stricter.grants.push(to("vasilis", &ActionId::ALL));
    let vasilis = person("vasilis", None);
    let bot = story(&stricter).await;
    link(&bot.store, &vasilis.identity, &bot.state(KOSTAS)).await;
    bot.request(&maria(), "I can't send email").await;
    bot.clicks(&ana(), "action-unblock-sender").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(bot.state(MARIA).restricted);
    bot.clicks(&twin(), "approve").await;
    assert!(bot.state(MARIA).restricted, "the twin is Ana");
    bot.clicks(&vasilis, "approve").await;
    assert!(!bot.state(MARIA).restricted);
}

#[tokio::test]
async fn both_people_are_named_in_the_outcome_and_in_the_audit_trail() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    bot.clicks(&petros(), "approve").await;
    let outcomes: Vec<_> = bot
        .everything()
        .into_iter()
        .filter(|said| said.text().contains("ana, approved by petros"))
        .collect();
    assert!(
        outcomes
            .iter()
            .any(|said| said.in_conversation("C-admins") && said.how == How::Replaced)
    );
    let records = bot.audit().await;
    let events: Vec<_> = records.iter().map(|record| record.entry.event.clone()).collect();
    assert_eq!(
        events,
        [Event::Requested, Event::Proposed, Event::Started, Event::Succeeded]
    );
    for record in &records[2..] {
        let entry = &record.entry;
        assert_eq!(
            (&entry.who, &entry.who_entra),
            (&ana().identity, &Some(ANA_ENTRA.into()))
        );
        assert_eq!(entry.detail.approver, Some(petros().identity));
        assert_eq!(entry.detail.requester, Some(kostas().identity));
        assert_eq!(entry.detail.request.as_ref(), Some(&records[0].entry.operation));
        assert_eq!(entry.operation, records[1].entry.operation);
    }
    let (before, after) = (&records[2].entry.detail.before, &records[3].entry.detail.after);
    assert!(before.is_some() && after.is_some() && before != after);
}
