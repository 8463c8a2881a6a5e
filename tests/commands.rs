//! Commands, the bot's own page, views for administrators, and events that a restart takes up.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod support;

use latchkey::assistant::{Hearing, Inbox};
use latchkey::chat::{Command, Invocation, Shows};
use latchkey::store::audit::Event;
use support::*;

#[tokio::test]
async fn a_command_is_answered_for_the_person_alone() {
    let bot = Story::begin().await;
    bot.commands(&stranger(), "help").await;
    let help = bot.next();
    assert_eq!(help.how, How::Whispered("stranger".into()));
    bot.commands(&stranger(), "δεν μπορώ να στείλω mail").await;
    let answer = bot.next();
    assert_eq!(answer.how, How::Whispered("stranger".into()));
    assert_eq!(answer.reply.language, "el");
    bot.quiet();
}

#[tokio::test]
async fn an_administrators_command_shows_the_account_and_anybody_elses_is_a_request() {
    let bot = Story::begin().await;
    bot.commands(&ana(), "unblock maria.papadopoulou@contoso.com").await;
    let card = bot.next();
    assert_eq!(card.how, How::Whispered("ana".into()));
    assert_eq!(card.reply.buttons[0].label, bot.phrase("en", "action-unblock-sender"));
    assert_eq!(card.reply.buttons[0].shows, Shows::Privately);
    bot.quiet();

    bot.commands(&maria(), "unblock").await;
    assert!(bot.next().in_conversation("C-admins"));
    assert_eq!(bot.next().how, How::Whispered("maria".into()));
    bot.quiet();

    bot.commands(&stranger(), "status maria.papadopoulou@contoso.com").await;
    let refusal = bot.next();
    assert_eq!(refusal.text(), bot.phrase("en", "denied-not-linked"));
    bot.quiet();
}

#[tokio::test]
async fn a_request_opened_from_the_page_is_settled_wherever_it_stands() {
    let bot = Story::begin().await;
    bot.request(&maria(), "I can't send email").await;
    bot.commands(&petros(), "home").await;
    let page = bot.next();
    assert_eq!(page.reply.buttons.len(), 1, "{}", page.text());
    assert!(page.text().contains("maria.papadopoulou@contoso.com"));

    bot.commands(&ana(), "home").await;
    bot.next();
    bot.clicks(&ana(), "maria.papadopoulou@contoso.com").await;
    assert_eq!(bot.next().how, How::Whispered("ana".into()));
    bot.clicks(&ana(), "action-unblock-sender").await;
    bot.next();
    bot.clicks(&ana(), "confirm").await;
    let delivered = bot.everything();
    let on_desk: Vec<_> = delivered
        .iter()
        .filter(|delivered| delivered.in_conversation("C-admins"))
        .collect();
    let card = &on_desk[0].message;
    let outcome = on_desk.last().unwrap();
    assert_eq!(
        (&outcome.message, &outcome.how),
        (card, &How::Replaced),
        "the public card tells it"
    );
    assert!(outcome.reply.buttons.is_empty());
    bot.last();

    bot.commands(&petros(), "home").await;
    assert!(bot.next().reply.buttons.is_empty(), "nothing is open any more");
}

#[tokio::test]
async fn a_page_shows_no_request_to_whoever_may_not_look() {
    let bot = Story::begin().await;
    bot.request(&maria(), "I can't send email").await;
    bot.commands(&stranger(), "home").await;
    let page = bot.next();
    assert!(page.reply.buttons.is_empty());
    assert!(!page.text().contains("maria"), "{}", page.text());
}

#[tokio::test]
async fn an_address_from_a_profile_is_shown_as_no_proof() {
    let bot = Story::begin().await;
    let mut maria = person("maria", None);
    maria.suggestion = Some("maria.papadopoulou@contoso.com".into());
    bot.says(&maria, "I can't send email").await;
    bot.clicks(&maria, "ask-administrator").await;
    let card = bot
        .everything()
        .into_iter()
        .find(|delivered| delivered.in_conversation("C-admins"))
        .unwrap();
    assert!(card.text().contains("maria.papadopoulou@contoso.com"));
    assert!(
        card.text().contains(&bot.phrase("en", "address-suggested")),
        "{}",
        card.text()
    );

    bot.request(&support::maria(), "I can't send email").await;
    let vouched = bot
        .everything()
        .into_iter()
        .rfind(|delivered| delivered.in_conversation("C-admins"))
        .unwrap();
    assert!(!vouched.text().contains(&bot.phrase("en", "address-suggested")));
}

#[tokio::test]
async fn administrators_have_a_view_of_a_shared_answer_and_settle_it_once() {
    let bot = Story::begin().await;
    bot.says_in_channel(
        &maria(),
        "help, I can't send email since this morning, everything bounces",
    )
    .await;
    let answer = bot.next();
    let view = answer.reply.for_administrators.clone().expect("a view");
    assert_eq!(view.people, [ANA_ENTRA]);

    let by = |who: &latchkey::chat::Person| bot.click_on(who, &answer.message, &view.ticket);
    bot.assistant
        .answer_click(by(&stranger()), Hearing::First)
        .await
        .unwrap();
    assert_eq!(bot.next().text(), bot.phrase("en", "denied-not-linked"));
    for who in [ana(), petros()] {
        bot.assistant.answer_click(by(&who), Hearing::First).await.unwrap();
        let card = bot.next();
        assert_eq!(card.how, How::Whispered(who.identity.user.clone()));
        assert!(card.text().contains("maria.papadopoulou@contoso.com"));
    }
    bot.clicks(&ana(), "action-unblock-sender").await;
    bot.clicks(&ana(), "confirm").await;
    bot.last();
    bot.assistant.answer_click(by(&petros()), Hearing::First).await.unwrap();
    assert_eq!(bot.next().text(), bot.phrase("en", "ticket-used"));

    bot.says(&maria(), "I can't send email").await;
    assert!(
        bot.next().reply.for_administrators.is_none(),
        "nobody else is in a direct conversation"
    );
}

#[tokio::test]
async fn a_click_that_was_taken_and_not_answered_is_taken_up_after_a_restart() {
    let bot = Story::begin().await;
    bot.says(&maria(), "I can't send email").await;
    let click = bot.click(&maria(), "ask-administrator");
    bot.last();
    // What a process leaves that stops between storing and answering, having already seen the event.
    let stored = serde_json::json!({"click": click});
    bot.store.keep_waiting(&click.event, &stored).await.unwrap();
    bot.store
        .see(&click.event, time::OffsetDateTime::now_utc())
        .await
        .unwrap();

    let inbox = Inbox::open(bot.assistant.clone());
    inbox.resume().await.unwrap();
    inbox.clone().drain().await;
    assert!(
        bot.everything()
            .iter()
            .any(|delivered| delivered.in_conversation("C-admins"))
    );
    assert!(bot.store.waiting().await.unwrap().is_empty());
    assert_eq!(bot.audit_events().await, [Event::Requested]);
    assert!(inbox.click(click).await.is_err(), "a drained inbox takes nothing");
}

#[tokio::test]
async fn a_command_is_stored_until_it_is_answered() {
    let bot = Story::begin().await;
    let inbox = Inbox::open(bot.assistant.clone());
    let before = *inbox.traffic().borrow();
    let invocation = bot.invocation(&maria(), Command::Help);
    inbox.command(Invocation { ..invocation.clone() }).await.unwrap();
    assert_eq!(inbox.traffic().borrow().taken, before.taken + 1);
    inbox.clone().drain().await;
    assert!(bot.store.waiting().await.unwrap().is_empty());
    assert_eq!(bot.next().how, How::Whispered("maria".into()));
    bot.quiet();
}

#[tokio::test]
async fn whoever_asks_for_somebody_else_is_asked_for_that_account() {
    let bot = Story::begin().await;
    bot.says(
        &maria(),
        "Kostas from accounting forgot his password, can you reset it?",
    )
    .await;
    bot.next();
    bot.clicks(&maria(), "ask-administrator").await;
    let question = bot.last();
    assert!(
        question.text().contains("Kostas from accounting"),
        "{}",
        question.text()
    );
    assert!(question.reply.field.is_some());
    bot.says(&maria(), "kostas.dimitriou@contoso.com").await;
    let card = bot.next();
    assert!(card.in_conversation("C-admins"));
    assert!(card.text().contains("kostas.dimitriou@contoso.com"), "{}", card.text());
    assert!(
        !card.text().contains("maria.papadopoulou@contoso.com ("),
        "{}",
        card.text()
    );
}
