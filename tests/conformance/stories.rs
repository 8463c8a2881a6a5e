//! The stories.

use latchkey::actions::tickets::{self, Purpose, Terms};
use latchkey::chat::{Block, Button, Look, Outgoing, Reply, Shows, Text};
use latchkey::language::Language;
use latchkey::store::audit::Event;

use super::{Accounts, Place, Seen, Stage, Who};

/// The one thing that somebody sees newly.
fn only<S: Stage>(stage: &S, who: Who) -> Seen {
    let mut news = stage.news(who);
    assert_eq!(news.len(), 1, "{who:?} sees {news:#?}");
    news.remove(0)
}

/// The newest thing that somebody sees.
fn newest<S: Stage>(stage: &S, who: Who) -> Seen {
    stage
        .news(who)
        .pop()
        .unwrap_or_else(|| panic!("{who:?} sees nothing new"))
}

/// Everybody has looked at everything.
fn read_all<S: Stage>(stage: &S) {
    for who in Who::ALL {
        stage.news(who);
    }
}

/// Nothing is left that nobody has looked at.
fn quiet<S: Stage>(stage: &S) {
    for who in Who::ALL {
        let news = stage.news(who);
        assert!(news.is_empty(), "{who:?} sees {news:#?}");
    }
}

fn has(seen: &Seen, words: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(&seen.text).contains(&plain(words))
}

fn phrase<S: Stage>(stage: &S, language: &str, key: &str) -> String {
    stage.house().phrase(language, key)
}

async fn presses<S: Stage>(stage: &S, who: Who, (language, key): (&str, &str)) {
    stage.presses(who, &phrase(stage, language, key)).await;
}

/// Somebody who has the steps asks an administrator, and says which account it is where the platform can't tell.
async fn asks_an_administrator<S: Stage>(stage: &S, who: Who, language: &str) {
    presses(stage, who, (language, "ask-administrator")).await;
    if S::ACCOUNTS == Accounts::Unknown {
        let question = newest(stage, who);
        assert!(
            has(&question, &phrase(stage, language, "which-account")),
            "{question:#?}"
        );
        let send = phrase(stage, language, "send-request");
        stage.fills(who, who.address().unwrap(), &send).await;
    }
}

/// A request stands before the administrators, and everything is read.
async fn request<S: Stage>(stage: &S, who: Who, text: &str) {
    stage.says(who, Place::Direct, text).await;
    asks_an_administrator(stage, who, "en").await;
    read_all(stage);
}

async fn audited<S: Stage>(stage: &S) -> Vec<Event> {
    let records = stage.house().store.recent_records(1000).await.unwrap();
    // The links with which every house opens are no part of the story.
    let events = records.into_iter().map(|record| record.entry.event);
    events.filter(|event| *event != Event::Linked).collect()
}

/// Question, steps, request, preview, confirmation, outcome, news.
async fn unblocks<S: Stage>(place: Place, question: &str, language: &str) {
    let stage = S::begin().await;
    stage.says(Who::Maria, place, question).await;
    let answer = only(&stage, Who::Maria);
    assert_eq!((answer.place, answer.private), (place, false), "{answer:#?}");
    assert!(has(&answer, "24"), "it says how long things take: {answer:#?}");
    read_all(&stage);

    asks_an_administrator(&stage, Who::Maria, language).await;
    let card = newest(&stage, Who::Ana);
    assert_eq!((card.place, card.private), (Place::Admins, false));
    assert!(has(&card, Who::Maria.address().unwrap()), "{card:#?}");
    let told = newest(&stage, Who::Maria);
    assert!(has(&told, Who::Maria.address().unwrap()), "{told:#?}");
    assert_eq!(told.private, place == Place::Support, "{told:#?}");
    read_all(&stage);

    presses(&stage, Who::Ana, (language, "action-unblock-sender")).await;
    let preview = newest(&stage, Who::Ana);
    assert!(preview.private, "{preview:#?}");
    assert!(
        has(&preview, &phrase(&stage, language, "delay-unblock-sender")),
        "{preview:#?}"
    );
    assert!(stage.house().state(Who::Maria).restricted, "a preview changes nothing");
    quiet(&stage);

    presses(&stage, Who::Ana, (language, "confirm")).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    let seen = stage.news(Who::Ana);
    let outcome = seen
        .iter()
        .find(|seen| seen.place == Place::Admins && !seen.private)
        .unwrap_or_else(|| panic!("no outcome in {seen:#?}"));
    assert!(outcome.replaces && outcome.buttons.is_empty(), "{outcome:#?}");
    let result = seen.iter().rfind(|seen| seen.private).unwrap();
    assert!(result.replaces, "the preview becomes the result: {seen:#?}");
    let news = only(&stage, Who::Maria);
    assert!(has(&news, "24"), "honest about the delay: {news:#?}");
    read_all(&stage);
    quiet(&stage);
    assert_eq!(
        audited(&stage).await,
        [Event::Requested, Event::Started, Event::Succeeded]
    );
}

pub async fn an_english_question_ends_with_an_unblocked_sender<S: Stage>() {
    unblocks::<S>(Place::Direct, "I can't send email", "en").await;
}

pub async fn a_greek_question_ends_with_an_unblocked_sender<S: Stage>() {
    unblocks::<S>(Place::Direct, "δεν μπορώ να στείλω mail", "el").await;
}

pub async fn a_greeklish_question_in_the_channel_ends_with_an_unblocked_sender<S: Stage>() {
    unblocks::<S>(
        Place::Support,
        "den mporw na steilw mail apo to prwi, mou girnane ola piso",
        "el",
    )
    .await;
}

pub async fn a_question_that_can_mean_several_things_is_answered_by_choosing<S: Stage>() {
    let stage = S::begin().await;
    stage.says(Who::Maria, Place::Direct, "my account is blocked").await;
    let question = only(&stage, Who::Maria);
    assert!((2..=3).contains(&question.buttons.len()), "{question:#?}");
    stage.presses(Who::Maria, &question.buttons[0]).await;
    let answer = newest(&stage, Who::Maria);
    assert_eq!(
        answer.buttons,
        [phrase(&stage, "en", "ask-administrator")],
        "{answer:#?}"
    );
    quiet(&stage);
}

pub async fn ordinary_talk_is_left_alone<S: Stage>() {
    let stage = S::begin().await;
    for text in [
        "morning all, coffee?",
        "fixed, thanks, mail works again",
        "τα λέμε στο meeting",
    ] {
        stage.says(Who::Kostas, Place::Support, text).await;
    }
    quiet(&stage);
}

pub async fn whoever_mentions_the_bot_is_answered<S: Stage>() {
    let stage = S::begin().await;
    stage.mentions(Who::Kostas, Place::Support, "hello there").await;
    let help = only(&stage, Who::Kostas);
    assert!(has(&help, &phrase(&stage, "en", "help-title")), "{help:#?}");
    read_all(&stage);
    quiet(&stage);
}

pub async fn what_is_delivered_twice_is_answered_once<S: Stage>() {
    let stage = S::begin().await;
    stage.says(Who::Maria, Place::Direct, "I can't send email").await;
    only(&stage, Who::Maria);
    stage.repeats().await;
    quiet(&stage);
    presses(&stage, Who::Maria, ("en", "ask-administrator")).await;
    read_all(&stage);
    stage.repeats().await;
    quiet(&stage);
}

pub async fn a_confirmation_delivered_twice_acts_once<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Maria, "I can't send email").await;
    presses(&stage, Who::Ana, ("en", "action-unblock-sender")).await;
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    read_all(&stage);
    stage.repeats().await;
    quiet(&stage);
    assert_eq!(
        audited(&stage).await,
        [Event::Requested, Event::Started, Event::Succeeded]
    );
}

pub async fn a_settled_request_offers_no_second_confirmation<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Maria, "I can't send email").await;
    presses(&stage, Who::Ana, ("en", "action-unblock-sender")).await;
    let first = newest(&stage, Who::Ana);
    assert!(first.private);
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    read_all(&stage);
    let confirm = phrase(&stage, "en", "confirm");
    assert!(
        !newest_buttons(&stage, Who::Ana).contains(&confirm),
        "the result offers no second confirmation"
    );
    assert_eq!(
        audited(&stage).await,
        [Event::Requested, Event::Started, Event::Succeeded]
    );
}

fn newest_buttons<S: Stage>(stage: &S, who: Who) -> Vec<String> {
    stage.news(who).pop().map(|seen| seen.buttons).unwrap_or_default()
}

pub async fn a_strangers_click_changes_nothing_and_uses_nothing_up<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Maria, "I can't send email").await;
    presses(&stage, Who::Stranger, ("en", "action-unblock-sender")).await;
    let refusal = newest(&stage, Who::Stranger);
    assert!(refusal.private, "{refusal:#?}");
    quiet(&stage);
    assert!(stage.house().state(Who::Maria).restricted);
    presses(&stage, Who::Ana, ("en", "action-unblock-sender")).await;
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    assert_eq!(
        audited(&stage).await,
        [Event::Requested, Event::Refused, Event::Started, Event::Succeeded]
    );
}

pub async fn an_administrator_without_the_grant_is_refused<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Maria, "I can't send email").await;
    presses(&stage, Who::Petros, ("en", "action-unblock-sender")).await;
    let refusal = newest(&stage, Who::Petros);
    assert!(refusal.private, "{refusal:#?}");
    assert!(
        has(&refusal, &phrase(&stage, "en", "denied-not-this-action")),
        "{refusal:#?}"
    );
    quiet(&stage);
    assert!(stage.house().state(Who::Maria).restricted);
}

pub async fn an_expired_button_says_so<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Maria, "I can't send email").await;
    stage.house().wait(time::Duration::hours(25));
    presses(&stage, Who::Ana, ("en", "action-unblock-sender")).await;
    let said = newest(&stage, Who::Ana);
    assert!(
        said.private && has(&said, &phrase(&stage, "en", "ticket-expired")),
        "{said:#?}"
    );
    quiet(&stage);
    assert!(stage.house().state(Who::Maria).restricted);
}

pub async fn a_new_password_is_seen_once_by_whoever_approved_it<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Kostas, "I forgot my password, please reset it").await;
    presses(&stage, Who::Ana, ("en", "action-reset-password")).await;
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    assert!(
        !stage.house().state(Who::Kostas).must_change_password,
        "one is not enough"
    );
    let proposal = newest(&stage, Who::Petros);
    assert_eq!((proposal.place, proposal.private), (Place::Admins, false));
    stage.news(Who::Ana);
    presses(&stage, Who::Petros, ("en", "approve")).await;
    assert!(stage.house().state(Who::Kostas).must_change_password);
    let is_new = |word: &str| {
        let simulator = &stage.house().tenancy.simulator;
        simulator.password_is(Who::Kostas.address().unwrap(), word)
    };
    let shown: Vec<Seen> = stage.news(Who::Petros);
    let password = shown
        .iter()
        .filter(|seen| seen.private)
        .flat_map(|seen| seen.text.split_whitespace())
        .find(|word| is_new(word))
        .unwrap_or_else(|| panic!("no password in {shown:#?}"))
        .to_owned();
    let holding: Vec<&Seen> = shown.iter().filter(|seen| seen.text.contains(&password)).collect();
    assert!(holding.len() == 1 && holding[0].private, "{holding:#?}");
    for who in Who::ALL {
        assert!(
            stage.news(who).iter().all(|seen| !seen.text.contains(&password)),
            "{who:?}"
        );
    }
    assert!(!stage.standing().contains(&password), "it stands somewhere");
    let trail = serde_json::to_string(&stage.house().store.recent_records(1000).await.unwrap()).unwrap();
    assert!(!trail.contains(&password));
}

pub async fn a_password_that_cannot_be_shown_privately_is_shown_to_nobody<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Kostas, "I forgot my password, please reset it").await;
    presses(&stage, Who::Ana, ("en", "action-reset-password")).await;
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    stage.close_private_ways();
    presses(&stage, Who::Petros, ("en", "approve")).await;
    let simulator = &stage.house().tenancy.simulator;
    for who in Who::ALL {
        for seen in stage.news(who) {
            let leaked = seen
                .text
                .split_whitespace()
                .any(|word| simulator.password_is(Who::Kostas.address().unwrap(), word));
            assert!(!leaked, "{who:?} sees {seen:#?}");
        }
    }
}

pub async fn nobody_approves_what_they_confirmed<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Kostas, "I forgot my password, please reset it").await;
    presses(&stage, Who::Ana, ("en", "action-reset-password")).await;
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    read_all(&stage);
    for who in [Who::Ana, Who::Stranger] {
        presses(&stage, who, ("en", "approve")).await;
        let refusal = newest(&stage, who);
        assert!(refusal.private, "{refusal:#?}");
    }
    assert!(!stage.house().state(Who::Kostas).must_change_password);
    presses(&stage, Who::Petros, ("en", "approve")).await;
    assert!(stage.house().state(Who::Kostas).must_change_password);
}

pub async fn two_people_override_what_speaks_against_it<S: Stage>() {
    const GIORGOS: &str = "giorgos.nikolaou@contoso.com";
    const REASON: &str = "Met him at his desk, the application is our archive";
    let stage = S::begin().await;
    let simulator = &stage.house().tenancy.simulator;
    simulator.consent(GIORGOS, "Mail.ReadWrite");
    let allowed = || simulator.person(GIORGOS).unwrap().sign_in_allowed;
    stage.commands(Who::Ana, &format!("allow {GIORGOS}")).await;
    presses(&stage, Who::Ana, ("en", "action-allow-sign-in")).await;
    let refusal = newest(&stage, Who::Ana);
    assert!(
        refusal.private && has(&refusal, &phrase(&stage, "en", "sign-consents")),
        "{refusal:#?}"
    );
    presses(&stage, Who::Ana, ("en", "override")).await;
    read_all(&stage);
    let propose = phrase(&stage, "en", "override-propose");
    stage.fills(Who::Ana, REASON, &propose).await;
    assert!(!allowed(), "one is not enough");
    let proposal = newest(&stage, Who::Petros);
    assert!(
        has(&proposal, REASON) && has(&proposal, &phrase(&stage, "en", "sign-consents")),
        "{proposal:#?}"
    );
    presses(&stage, Who::Petros, ("en", "approve")).await;
    assert!(allowed());
}

pub async fn the_kill_switch_stops_what_waits_for_a_second_person<S: Stage>() {
    let stage = S::begin().await;
    request(&stage, Who::Kostas, "I forgot my password, please reset it").await;
    presses(&stage, Who::Ana, ("en", "action-reset-password")).await;
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    stage.commands(Who::Stranger, "freeze").await;
    assert_eq!(stage.house().store.frozen().await.unwrap(), None);
    stage.commands(Who::Ana, "freeze").await;
    read_all(&stage);
    presses(&stage, Who::Petros, ("en", "approve")).await;
    let refusal = newest(&stage, Who::Petros);
    assert!(refusal.private, "{refusal:#?}");
    assert!(!stage.house().state(Who::Kostas).must_change_password);
}

pub async fn a_command_is_answered_for_the_person_alone<S: Stage>() {
    let stage = S::begin().await;
    stage.commands(Who::Kostas, "help").await;
    let help = newest(&stage, Who::Kostas);
    assert!(
        help.private && has(&help, &phrase(&stage, "en", "help-title")),
        "{help:#?}"
    );
    quiet(&stage);
}

pub async fn an_administrator_looks_at_an_account_by_command<S: Stage>() {
    let stage = S::begin().await;
    stage.commands(Who::Ana, "status maria.papadopoulou@contoso.com").await;
    let card = newest(&stage, Who::Ana);
    assert!(
        card.private && has(&card, "maria.papadopoulou@contoso.com"),
        "{card:#?}"
    );
    quiet(&stage);
    presses(&stage, Who::Ana, ("en", "action-unblock-sender")).await;
    presses(&stage, Who::Ana, ("en", "confirm")).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    read_all(&stage);
    stage
        .commands(Who::Stranger, "status maria.papadopoulou@contoso.com")
        .await;
    let refusal = newest(&stage, Who::Stranger);
    assert!(
        refusal.private && !has(&refusal, &phrase(&stage, "en", "fact-sign-in")),
        "{refusal:#?}"
    );
    quiet(&stage);
}

/// An address is the one thing that a person types and others read.
pub async fn words_of_a_stranger_are_shown_as_words<S: Stage>() {
    let stage = S::begin().await;
    let address = "*x*_<!channel>_@everyone@contoso.com";
    stage.says(Who::Stranger, Place::Direct, "I can't send email").await;
    read_all(&stage);
    presses(&stage, Who::Stranger, ("en", "ask-administrator")).await;
    let question = newest(&stage, Who::Stranger);
    assert!(has(&question, &phrase(&stage, "en", "which-account")), "{question:#?}");
    stage
        .fills(Who::Stranger, address, &phrase(&stage, "en", "send-request"))
        .await;
    let card = newest(&stage, Who::Ana);
    assert!(has(&card, address), "{card:#?}");
}

/// The bot writes to somebody of its own accord, in the chat that they have alone: what they press there counts there.
pub async fn a_button_in_somebodys_own_chat_is_pressed_there<S: Stage>() {
    let stage = S::begin().await;
    stage.says(Who::Maria, Place::Direct, "I can't send email").await;
    read_all(&stage);
    let house = stage.house();
    let maria = house.identity(Who::Maria);
    let account = house.state(Who::Maria).id;
    if let Some(member) = house.gateway.member(&account) {
        assert_eq!(member, maria, "who has an Entra account is told as who they are");
    }
    let chat = house.gateway.own_chat(&maria).await.unwrap();
    let terms = Terms {
        conversation: &chat,
        holder: Some(&maria),
        expires: house.now() + time::Duration::minutes(5),
    };
    let language = Language::english();
    let ticket = tickets::issue(&house.store, &terms, &Purpose::Cancel { language })
        .await
        .unwrap();
    let button = Button {
        label: "Put it away".into(),
        look: Look::Ordinary,
        ticket,
        shows: Shows::Openly,
    };
    let reply = Reply {
        language: "en".into(),
        blocks: vec![Block::Paragraph(Text::plain("Something of the bot's own"))],
        buttons: vec![button],
        ..Reply::default()
    };
    house.gateway.deliver(Outgoing::Post { to: chat, reply }).await.unwrap();
    assert!(has(&only(&stage, Who::Maria), "Something of the bot's own"));
    stage.presses(Who::Maria, "Put it away").await;
    assert!(has(&newest(&stage, Who::Maria), &house.phrase("en", "cancelled")));
    quiet(&stage);
}
