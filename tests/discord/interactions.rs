//! Clicks, commands and dialogs: acknowledged in time, answered privately, and what happens when the way is closed.

use std::time::Duration;

use latchkey::assistant::Traffic;
use latchkey::chat::{Block, DeliveryError, EventId, Gateway, Outgoing, Platform, Reply, Room, Secret, Text};
use latchkey::gateways::discord::Discord;
use serde_json::json;

use crate::conformance::{Place, Stage, Who};
use crate::fake::{ADMINS, Fake, GUILD, OTHER_GUILD, SUPPORT, Scripted};
use crate::stage::{DiscordStage, identity, user};

async fn request(stage: &DiscordStage) {
    stage.says(Who::Maria, Place::Direct, "I can't send email").await;
    stage.presses(Who::Maria, &phrase(stage, "ask-administrator")).await;
    let send = phrase(stage, "send-request");
    stage.fills(Who::Maria, Who::Maria.address().unwrap(), &send).await;
    for who in Who::ALL {
        stage.news(who);
    }
}

fn phrase(stage: &DiscordStage, key: &str) -> String {
    stage.house().phrase("en", key)
}

fn callback(status: u16, body: serde_json::Value) -> Scripted {
    Scripted {
        method: "POST",
        path: "/interactions/".into(),
        status,
        body,
        headers: Vec::new(),
        done: false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_interaction_is_deferred_first_and_answered_in_its_place() {
    let stage = DiscordStage::begin().await;
    request(&stage).await;
    stage.presses(Who::Ana, &phrase(&stage, "action-unblock-sender")).await;
    stage.presses(Who::Ana, &phrase(&stage, "cancel")).await;
    let world = stage.fake.world();
    let types: Vec<_> = world.interactions.iter().map(|one| (one.kind, one.answered)).collect();
    // Ask (told in the direct conversation itself), the button of the question (a dialog), the dialog, preview, cancel.
    assert_eq!(
        types,
        [(3, Some(6)), (3, Some(9)), (5, Some(6)), (3, Some(5)), (3, Some(6))],
        "{types:?}"
    );
    assert!(
        world.messages.iter().all(|message| !message.loading || message.deleted),
        "somebody still waits"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interaction_that_was_not_answered_in_time_still_ends_well() {
    let stage = DiscordStage::begin().await;
    request(&stage).await;
    let late = json!({"code": 10062, "message": "Unknown interaction"});
    stage.fake.world().scripted.push(callback(404, late));
    stage.presses(Who::Ana, &phrase(&stage, "action-unblock-sender")).await;
    let news = stage.news(Who::Ana);
    assert_eq!(news.len(), 1, "{news:#?}");
    assert_eq!(
        (news[0].place, news[0].private),
        (Place::Direct, false),
        "it comes in a direct message"
    );
    assert!(news[0].buttons.contains(&phrase(&stage, "confirm")));
    // The button in the direct message belongs to the administrators' room and works all the same.
    stage.presses(Who::Ana, &phrase(&stage, "confirm")).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    let outcome = stage.news(Who::Ana);
    assert!(
        outcome.iter().any(|seen| seen.place == Place::Admins && seen.replaces),
        "{outcome:#?}"
    );
    assert!(
        outcome.iter().any(|seen| seen.place == Place::Direct && seen.replaces),
        "{outcome:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_that_is_limited_or_whose_answer_is_lost_is_sent_again() {
    let stage = DiscordStage::begin().await;
    request(&stage).await;
    let limited = json!({"message": "limited", "retry_after": 0.02, "global": false});
    let lost = Scripted {
        done: true,
        ..callback(502, json!({}))
    };
    stage.fake.world().scripted.extend([callback(429, limited), lost]);
    stage.presses(Who::Ana, &phrase(&stage, "action-unblock-sender")).await;
    let news = stage.news(Who::Ana);
    assert!(news.len() == 1 && news[0].private, "{news:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expired_meanwhile_gives_way_to_a_direct_message() {
    let stage = DiscordStage::begin().await;
    request(&stage).await;
    stage.presses(Who::Ana, &phrase(&stage, "action-unblock-sender")).await;
    stage.news(Who::Ana);
    // The preview was shown through an interaction that is over; the click on it is a new one.
    stage.fake.world().clock += Duration::from_secs(16 * 60);
    stage.presses(Who::Ana, &phrase(&stage, "confirm")).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    let news = stage.news(Who::Ana);
    assert!(news.iter().any(|seen| seen.private && seen.replaces), "{news:#?}");
    // From here on no token works at all.
    stage.close_private_ways();
    stage.commands(Who::Kostas, "help").await;
    let help = stage.news(Who::Kostas);
    let loading = help.iter().filter(|seen| seen.text.contains("thinking")).count();
    assert_eq!(help.len() - loading, 1, "{help:#?}");
    assert_eq!(help[0].place, Place::Direct);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_reaches_whoever_asked_in_a_channel_directly_and_their_closed_door_stops_nobody() {
    let stage = DiscordStage::begin().await;
    stage.mentions(Who::Maria, Place::Support, "I can't send email").await;
    stage.presses(Who::Maria, &phrase(&stage, "ask-administrator")).await;
    let send = phrase(&stage, "send-request");
    stage.fills(Who::Maria, Who::Maria.address().unwrap(), &send).await;
    for who in Who::ALL {
        stage.news(who);
    }
    stage.fake.world().users.get_mut(&user(Who::Maria)).unwrap().closed = true;
    stage.presses(Who::Ana, &phrase(&stage, "action-unblock-sender")).await;
    stage.presses(Who::Ana, &phrase(&stage, "confirm")).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    assert!(
        stage.news(Who::Maria).is_empty(),
        "nothing may be posted in the place of a private word"
    );
    assert!(
        stage
            .news(Who::Ana)
            .iter()
            .any(|seen| seen.place == Place::Admins && seen.replaces)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_pressed_twice_at_once_is_answered_once() {
    let stage = DiscordStage::begin().await;
    request(&stage).await;
    let before = stage.house().so_far();
    {
        let mut world = stage.fake.world();
        world.presses(user(Who::Ana), &stage.house().phrase("en", "action-unblock-sender"));
        let (kind, data) = world.last_dispatch.clone().unwrap();
        world.dispatch(&kind, data);
    }
    stage.house().answered_since(before).await;
    let news = stage.news(Who::Ana);
    assert_eq!(news.len(), 1, "{news:#?}");
    stage.sound();
    let world = stage.fake.world();
    let pressed = format!("/interactions/{}/", world.interactions.last().unwrap().id);
    let answers = world.requests.iter().filter(|one| one.path.starts_with(&pressed));
    assert_eq!(answers.count(), 1, "it was answered again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_from_elsewhere_is_not_heard() {
    let stage = DiscordStage::begin().await;
    let passer_by = 1_180_000_000_000_009_999;
    {
        let mut world = stage.fake.world();
        world.join(OTHER_GUILD, passer_by, "passer-by");
        let direct = world.direct(passer_by);
        world.says(passer_by, direct, "I can't send email");
    }
    stage
        .fake
        .until("their membership was looked up", |world| {
            world
                .requests
                .iter()
                .any(|one| one.path.contains(&passer_by.to_string()))
        })
        .await;
    stage.says(Who::Maria, Place::Direct, "I can't send email").await;
    assert!(stage.fake.world().news(passer_by).is_empty());
    assert_eq!(stage.house().so_far(), Traffic { taken: 1, answered: 1 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_the_server_can_not_use_a_button_in_a_direct_message() {
    let stage = DiscordStage::begin().await;
    request(&stage).await;
    stage
        .says(Who::Ana, Place::Direct, "look up maria.papadopoulou@contoso.com")
        .await;
    let card = stage.news(Who::Ana).pop().unwrap();
    let unblock = phrase(&stage, "action-unblock-sender");
    assert!(
        card.buttons.contains(&unblock),
        "grants hold in direct messages: {card:#?}"
    );
    stage
        .fake
        .world()
        .members
        .get_mut(&GUILD)
        .unwrap()
        .remove(&user(Who::Ana));
    stage.fake.world().join(OTHER_GUILD, user(Who::Ana), "ana");
    let before = stage.house().so_far();
    let pressed = stage.fake.world().presses(user(Who::Ana), &unblock);
    stage
        .fake
        .until("it is answered", |world| {
            world
                .interactions
                .iter()
                .any(|one| one.token == pressed && one.answered == Some(4))
        })
        .await;
    assert_eq!(stage.house().so_far(), before, "it was taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_inbox_says_so_to_the_person_alone() {
    let stage = DiscordStage::begin().await;
    request(&stage).await;
    let inbox = stage.house().inbox.clone();
    inbox.drain().await;
    let pressed = stage
        .fake
        .world()
        .presses(user(Who::Ana), &phrase(&stage, "action-unblock-sender"));
    stage
        .fake
        .until("it is answered", |world| {
            world
                .interactions
                .iter()
                .any(|one| one.token == pressed && one.answered.is_some())
        })
        .await;
    let news = stage.news(Who::Ana);
    assert!(
        news.len() == 1 && news[0].private && news[0].text == phrase(&stage, "busy"),
        "{news:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_who_is_not_linked_may_nothing_and_hears_how_to_link() {
    let stage = DiscordStage::begin().await;
    stage.commands(Who::Ana, "unlink").await;
    request(&stage).await;
    stage.presses(Who::Ana, &phrase(&stage, "action-unblock-sender")).await;
    let news = stage.news(Who::Ana);
    assert_eq!(news.len(), 1, "{news:#?}");
    assert!(news[0].private && news[0].buttons.is_empty(), "{news:#?}");
    assert_eq!(news[0].text, phrase(&stage, "denied-not-linked"));
    assert!(
        news[0].text.contains("/latchkey link"),
        "it says where to go: {news:#?}"
    );
    assert!(stage.house().state(Who::Maria).restricted, "nothing was done");
    let records = stage.house().store.recent_records(10).await.unwrap();
    let refused = records
        .iter()
        .any(|record| record.entry.event == latchkey::store::audit::Event::Refused);
    assert!(refused, "{records:#?}");
    // Nor by a command, and nobody else sees the refusal.
    stage.commands(Who::Ana, "status maria.papadopoulou@contoso.com").await;
    let news = stage.news(Who::Ana);
    assert!(
        news.iter().all(|seen| seen.private && !seen.text.contains("Maria")),
        "{news:#?}"
    );
    assert!(stage.news(Who::Petros).is_empty());
    stage.sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thinking_that_nothing_could_fill_is_taken_away() {
    let stage = DiscordStage::begin().await;
    let broken = || Scripted {
        method: "PATCH",
        path: "/webhooks/".into(),
        ..callback(403, json!({"code": 50013, "message": "Missing Permissions"}))
    };
    // Neither the answer nor the apology for it.
    stage.fake.world().scripted.extend([broken(), broken()]);
    stage.commands(Who::Kostas, "help").await;
    stage
        .fake
        .until("nobody waits any more", |world| {
            world.messages.iter().all(|message| !message.loading || message.deleted)
        })
        .await;
}

// Straight to the gateway.

fn whisper(secret: Option<Secret>, answering: Option<EventId>) -> Outgoing {
    Outgoing::Whisper {
        to: latchkey::chat::Conversation {
            platform: Platform::Discord,
            scope: GUILD.to_string(),
            id: SUPPORT.to_string(),
            thread: None,
            room: Room::Shared,
        },
        person: identity(Who::Ana),
        reply: Reply {
            language: "en".into(),
            blocks: vec![Block::Paragraph(Text::plain("for you"))],
            ..Reply::default()
        },
        secret,
        answering,
    }
}

fn canary() -> Option<Secret> {
    Some(Secret {
        label: "Temporary password".into(),
        value: "canary-password".to_owned().into(),
    })
}

#[tokio::test]
async fn a_secret_never_goes_into_a_direct_message() {
    let fake = Fake::start().await;
    fake.world().join(GUILD, user(Who::Ana), "ana");
    let discord = Discord::new(&fake.settings());
    let unknown = EventId {
        platform: Platform::Discord,
        id: "1190000000000000001".into(),
    };
    for answering in [None, Some(unknown)] {
        let refused = discord.deliver(whisper(canary(), answering)).await.unwrap_err();
        assert!(matches!(refused, DeliveryError::Refused { .. }));
        assert!(!refused.to_string().contains("canary"));
    }
    assert!(fake.world().requests.is_empty());
    discord.deliver(whisper(None, None)).await.unwrap();
    let world = fake.world();
    assert_eq!(world.messages.len(), 1);
    let channel = &world.channels[&world.messages[0].channel];
    assert_eq!(channel.recipient, Some(user(Who::Ana)));
}

#[tokio::test]
async fn a_private_message_from_before_a_restart_is_gone() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    let message = latchkey::chat::MessageRef {
        conversation: latchkey::chat::Conversation {
            platform: Platform::Discord,
            scope: GUILD.to_string(),
            id: ADMINS.to_string(),
            thread: None,
            room: Room::Shared,
        },
        id: "~1190000000000000001".into(),
    };
    let replace = Outgoing::Replace {
        message,
        reply: Reply::default(),
        answering: None,
    };
    assert!(matches!(
        discord.deliver(replace).await,
        Err(DeliveryError::Gone { .. })
    ));
    assert!(fake.world().requests.is_empty());
}
