//! The whole path: a person asks, gets the documented steps, asks for an administrator, and the administrator changes
//! the account in the simulated tenant.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod support;

use latchkey::assistant::Hearing;
use latchkey::chat::{Block, Room};
use latchkey::store::audit::{Event, Verdict};
use support::*;

/// The story in one language: what the person writes, and the language of everything after it.
async fn unblocks(question: &str, language: &str) {
    let bot = Story::begin().await;
    let say = |key: &str| bot.phrase(language, key);

    bot.says(&maria(), question).await;
    let answer = bot.next();
    assert_eq!(answer.how, How::Posted);
    assert_eq!(answer.reply.language, language);
    assert!(
        answer.reply.blocks.iter().any(|block| matches!(block, Block::Steps(_))),
        "{}",
        answer.text()
    );
    assert!(links(&answer.reply).iter().all(|url| url.starts_with("https://")));
    bot.quiet();

    bot.clicks(&maria(), "ask-administrator").await;
    let settled = bot.next();
    assert_eq!((settled.how, settled.message.id), (How::Replaced, answer.message.id));
    assert!(settled.reply.buttons.is_empty(), "the used button goes");
    let card = bot.next();
    assert!(card.in_conversation("C-admins"));
    assert!(
        card.text().contains("maria.papadopoulou@contoso.com"),
        "{}",
        card.text()
    );
    let told = bot.next();
    assert!(told.in_conversation("D-maria"));
    bot.quiet();

    bot.clicks(&ana(), "action-unblock-sender").await;
    let preview = bot.next();
    assert_eq!(preview.how, How::Whispered("ana".into()));
    assert!(preview.text().contains(&say("delay-unblock-sender")));
    assert!(
        bot.state("maria.papadopoulou@contoso.com").restricted,
        "a preview changes nothing"
    );
    bot.quiet();

    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state("maria.papadopoulou@contoso.com").restricted);
    assert_eq!(bot.next().text(), say("working"));
    let outcome = bot.next();
    assert_eq!(
        (outcome.how.clone(), outcome.message.id.clone()),
        (How::Replaced, card.message.id)
    );
    assert!(outcome.reply.buttons.is_empty(), "the card loses its buttons");
    assert!(outcome.text().contains("ana"), "{}", outcome.text());
    assert_eq!(bot.next().message.id, preview.message.id);
    let news = bot.next();
    assert!(news.in_conversation("D-maria"));
    assert!(news.text().contains("24"), "honest about the delay: {}", news.text());
    bot.quiet();

    assert_eq!(
        bot.audit_events().await,
        [Event::Requested, Event::Started, Event::Succeeded]
    );
    assert!(matches!(
        bot.store.verify().await.unwrap(),
        Verdict::Whole { records: 5, .. }
    ));
}

#[tokio::test]
async fn a_greek_question_leads_to_an_unblocked_sender() {
    unblocks("δεν μπορώ να στείλω mail", "el").await;
}

#[tokio::test]
async fn an_english_question_leads_to_an_unblocked_sender() {
    unblocks("I can't send email", "en").await;
}

#[tokio::test]
async fn a_greeklish_question_is_answered_in_greek_and_leads_to_an_unblocked_sender() {
    unblocks("den mporw na steilw mail", "el").await;
}

#[tokio::test]
async fn a_new_password_works_and_only_the_administrator_who_approved_it_ever_sees_it() {
    let bot = Story::begin().await;
    let kostas = person("kostas", Some("kostas.dimitriou@contoso.com"));
    bot.request(&kostas, "I forgot my password, please reset it").await;
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;

    let shown: Vec<_> = bot
        .everything()
        .into_iter()
        .filter(|delivered| delivered.secret.is_some())
        .collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].how, How::Whispered("petros".into()));
    let password = shown[0].secret.clone().unwrap();
    assert!(bot.simulator.password_is("kostas.dimitriou@contoso.com", &password));
    assert!(bot.state("kostas.dimitriou@contoso.com").must_change_password);

    let said: String = bot.everything().iter().map(Delivered::text).collect();
    assert!(!said.contains(&password));
    let trail = serde_json::to_string(&bot.audit().await).unwrap();
    assert!(!trail.contains(&password));
}

#[tokio::test]
async fn a_password_that_cannot_be_shown_is_made_worthless_and_that_is_said() {
    let bot = Story::begin().await;
    let kostas = person("kostas", Some("kostas.dimitriou@contoso.com"));
    bot.request(&kostas, "I forgot my password, please reset it").await;
    bot.refuse_secrets();
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    let said: Vec<String> = bot.everything().iter().map(Delivered::text).collect();
    assert!(said.iter().any(|text| text.contains("made it worthless")), "{said:#?}");
    assert!(bot.everything().iter().all(|delivered| delivered.secret.is_none()));
}

#[tokio::test]
async fn sign_in_is_allowed_again_and_then_blocked() {
    let bot = Story::begin().await;
    let giorgos = person("giorgos", Some("giorgos.nikolaou@contoso.com"));
    bot.request(&giorgos, "AADSTS50057: The user account is disabled").await;
    bot.clicks(&ana(), "action-allow-sign-in").await;
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    assert!(bot.state("giorgos.nikolaou@contoso.com").sign_in_allowed);

    bot.clicks(&ana(), "look-again").await;
    let fresh = bot.last();
    assert!(
        fresh.in_conversation("C-admins"),
        "a settled card stays as it is, and a new one is posted"
    );
    assert!(
        !fresh
            .reply
            .buttons
            .iter()
            .any(|button| button.label == bot.phrase("en", "action-allow-sign-in"))
    );

    bot.says(&ana(), "block sign-in for giorgos.nikolaou@contoso.com").await;
    bot.clicks(&ana(), "action-block-sign-in").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state("giorgos.nikolaou@contoso.com").sign_in_allowed);
}

#[tokio::test]
async fn sessions_are_revoked_and_a_compromised_account_is_secured_before_it_sends_again() {
    let bot = Story::begin().await;
    let sofia = person("sofia", Some("sofia.alexiou@contoso.com"));
    bot.request(&sofia, "I think my account was hacked").await;
    let before = bot.state("sofia.alexiou@contoso.com").sessions_valid_from;
    bot.clicks(&ana(), "action-revoke-sessions").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(bot.state("sofia.alexiou@contoso.com").sessions_valid_from > before);

    bot.says(&ana(), "look up sofia.alexiou@contoso.com").await;
    let card = bot.last();
    let findings = card.text();
    let at = |words: &str| {
        findings
            .find(words)
            .unwrap_or_else(|| panic!("`{words}` is missing in:\n{findings}"))
    };
    assert!(
        at("at risk") < at("Sending is blocked"),
        "signs of a compromise come first"
    );
    assert!(at("forwards its mail") < at("Sending is blocked"));
}

#[tokio::test]
async fn an_unknown_account_is_asked_for_and_then_brought_before_the_administrators() {
    let bot = Story::begin().await;
    let visitor = person("visitor", None);
    bot.says(&visitor, "I can't send email").await;
    bot.clicks(&visitor, "ask-administrator").await;
    let question = bot.last();
    assert!(question.in_conversation("D-visitor"));
    assert!(question.reply.field.is_some());

    bot.says(&visitor, "maria.papadopoulou@contoso.com").await;
    let card = bot.next();
    assert!(card.in_conversation("C-admins"));
    assert!(card.text().contains("not verified"), "{}", card.text());
    bot.next();
    bot.quiet();
}

#[tokio::test]
async fn the_account_can_be_given_in_the_field_and_nonsense_is_asked_again() {
    let bot = Story::begin().await;
    let visitor = person("visitor", None);
    bot.says(&visitor, "I can't send email").await;
    bot.clicks(&visitor, "ask-administrator").await;
    let mut click = bot.click(&visitor, "send-request");
    click.inputs.insert("account".into(), "my account".into());
    bot.assistant.answer_click(click, Hearing::First).await.unwrap();
    assert!(bot.last().reply.field.is_some(), "asked again");

    let mut click = bot.click(&visitor, "send-request");
    click
        .inputs
        .insert("account".into(), " Maria.Papadopoulou@contoso.com ".into());
    bot.assistant.answer_click(click, Hearing::First).await.unwrap();
    assert!(bot.next().reply.field.is_none(), "the used field goes");
    assert!(bot.next().in_conversation("C-admins"));
}

#[tokio::test]
async fn a_stranger_learns_nothing_about_which_accounts_exist() {
    let bot = Story::begin().await;
    let mut told = Vec::new();
    for account in [
        "maria.papadopoulou@contoso.com",
        "nobody.at.all@contoso.com",
        "info@contoso.com",
    ] {
        let visitor = person("visitor", Some(account));
        bot.says(&visitor, "I can't send email").await;
        bot.clicks(&visitor, "ask-administrator").await;
        told.push(bot.last().text().replace(account, "…"));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

#[tokio::test]
async fn an_ambiguous_address_names_nobody() {
    let bot = Story::begin().await;
    bot.says(&ana(), "look up info@contoso.com").await;
    let card = bot.last();
    assert!(card.text().contains("2 accounts share"), "{}", card.text());
    assert!(
        !card
            .reply
            .buttons
            .iter()
            .any(|b| b.label == bot.phrase("en", "action-unblock-sender"))
    );
}

#[tokio::test]
async fn an_administrators_look_up_in_a_shared_channel_is_seen_by_them_alone() {
    let bot = Story::begin().await;
    let message = bot.message(
        &ana(),
        support(),
        "look up maria.papadopoulou@contoso.com",
        latchkey::chat::Addressed::Directly,
    );
    bot.assistant.answer_message(message).await.unwrap();
    assert_eq!(bot.next().how, How::Whispered("ana".into()));
    bot.quiet();
}

#[tokio::test]
async fn a_request_is_closed_without_acting_and_the_person_is_told() {
    let bot = Story::begin().await;
    bot.request(&maria(), "I can't send email").await;
    bot.clicks(&ana(), "close-request").await;
    assert!(bot.next().reply.buttons.is_empty());
    assert!(bot.next().in_conversation("D-maria"));
    bot.quiet();
    assert!(bot.state("maria.papadopoulou@contoso.com").restricted);
    assert_eq!(bot.audit_events().await, [Event::Requested, Event::Closed]);
}

#[tokio::test]
async fn the_steps_are_shown_to_an_administrator_alone() {
    let bot = Story::begin().await;
    bot.request(&maria(), "I can't send email").await;
    bot.clicks(&ana(), "show-steps").await;
    let steps = bot.next();
    assert_eq!(steps.how, How::Whispered("ana".into()));
    assert!(links(&steps.reply).iter().any(|url| url.contains("restrictedentities")));
    bot.quiet();
}

#[tokio::test]
async fn addressed_it_always_answers_and_ambient_it_answers_only_when_sure() {
    let bot = Story::begin().await;
    for text in ["help", "βοήθεια", "good morning", "🙂", "?"] {
        bot.says(&maria(), text).await;
        let reply = bot.next();
        assert!(!reply.text().is_empty());
        bot.quiet();
    }
    for text in [
        "who wants coffee?",
        "I can't send the parcel, the post office is closed",
        "locked",
        "help",
    ] {
        bot.says_in_channel(&maria(), text).await;
        bot.quiet();
    }
    bot.says_in_channel(
        &maria(),
        "I can't send email, it says my account is blocked from sending mail",
    )
    .await;
    let answer = bot.next();
    assert_eq!(answer.message.conversation.room, Room::Shared);
    bot.quiet();
}

#[tokio::test]
async fn what_cannot_be_told_apart_is_asked_with_at_most_three_buttons() {
    let bot = Story::begin().await;
    bot.says(&maria(), "blocked").await;
    let question = bot.next();
    assert!((2..=3).contains(&question.reply.buttons.len()), "{}", question.text());
    let first = question.reply.buttons[0].label.clone();
    bot.clicks(&maria(), &first).await;
    assert!(
        bot.next()
            .reply
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Heading(_)))
    );
    bot.quiet();
}

#[tokio::test]
async fn a_practice_tenant_says_so_on_every_card() {
    let bot = Story::begin_in(latchkey::assistant::Practice::Simulated).await;
    bot.request(&maria(), "I can't send email").await;
    bot.clicks(&ana(), "action-unblock-sender").await;
    bot.clicks(&ana(), "confirm").await;
    let note = bot.phrase("en", "practice-tenant");
    for delivered in bot.everything() {
        assert!(delivered.text().contains(&note), "{}", delivered.text());
    }
}

#[tokio::test]
async fn a_language_that_was_chosen_wins_over_the_one_that_is_written() {
    let bot = Story::begin().await;
    bot.says(&maria(), "Στα ελληνικά, παρακαλώ!").await;
    assert_eq!(bot.next().text(), bot.phrase("el", "speak-chosen"));
    bot.says(&maria(), "I can't send email").await;
    assert_eq!(bot.next().reply.language, "el");
    let somebody_else = person("giorgos", None);
    bot.says(&somebody_else, "I can't send email").await;
    assert_eq!(bot.next().reply.language, "en", "it is one person's choice");
    bot.says(&maria(), "english").await;
    bot.next();
    bot.says(&maria(), "δεν μπορώ να στείλω mail").await;
    assert_eq!(bot.next().reply.language, "en");
}

#[tokio::test]
async fn a_follow_up_is_understood_in_its_conversation_and_offers_an_administrator() {
    let bot = Story::begin().await;
    bot.says(&maria(), "I can't send email").await;
    bot.next();
    bot.says(&maria(), "still not working").await;
    let reply = bot.next();
    assert!(reply.text().contains("If it didn't help"), "{}", reply.text());
    assert_eq!(reply.reply.buttons.len(), 1);
    bot.says(&stranger(), "still not working").await;
    assert!(!bot.next().text().contains("If it didn't help"), "nobody else's topic");
    bot.wait(time::Duration::hours(1));
    bot.says(&maria(), "still not working").await;
    assert!(!bot.next().text().contains("If it didn't help"), "a topic fades");
}

#[tokio::test]
async fn a_clarifying_choice_can_be_typed() {
    let bot = Story::begin().await;
    bot.says(&maria(), "blocked").await;
    let question = bot.next();
    let label = question.reply.buttons[0].label.clone();
    bot.says(&maria(), &label).await;
    let answer = bot.next();
    assert!(
        answer
            .reply
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Heading(_))),
        "{}",
        answer.text()
    );
    assert_eq!(answer.reply.buttons.len(), 1);
}

#[tokio::test]
async fn a_code_is_explained_also_when_it_is_no_lockout() {
    let bot = Story::begin().await;
    bot.says(&maria(), "my mail bounced with 550 5.2.3").await;
    let reply = bot.next();
    assert!(
        reply.text().contains("5.2.3") && reply.text().contains("not a lockout"),
        "{}",
        reply.text()
    );
    assert!(reply.reply.buttons.is_empty());
    bot.says(&maria(), "AADSTS50053: Your account is locked").await;
    let reply = bot.next();
    assert!(
        links(&reply.reply).iter().any(|url| url.ends_with("error?code=50053")),
        "{}",
        reply.text()
    );
}
