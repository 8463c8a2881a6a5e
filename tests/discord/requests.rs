//! The requests: refused, limited, lost on the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use latchkey::chat::{Block, Conversation, DeliveryError, Gateway, Outgoing, Platform, Reply, Room, Text};
use latchkey::gateways::discord::Discord;
use serde_json::json;

use crate::conformance::{Stage, Who};
use crate::fake::{ADMINS, Fake, GUILD, SUPPORT, Scripted};
use crate::stage::DiscordStage;
use crate::wire::{down, shows};

fn support() -> Conversation {
    Conversation {
        platform: Platform::Discord,
        scope: GUILD.to_string(),
        id: SUPPORT.to_string(),
        thread: None,
        room: Room::Shared,
    }
}

fn post() -> Outgoing {
    let reply = Reply {
        language: "en".into(),
        blocks: vec![Block::Paragraph(Text::plain("hello"))],
        ..Reply::default()
    };
    Outgoing::Post { to: support(), reply }
}

fn limited(retry_after: f64) -> Scripted {
    Scripted {
        method: "POST",
        path: format!("/channels/{SUPPORT}/messages"),
        status: 429,
        body: json!({"message": "You are being rate limited.", "retry_after": retry_after, "global": false}),
        headers: vec![("retry-after", "1".into())],
        done: false,
    }
}

#[tokio::test]
async fn a_limit_is_waited_for_and_the_message_comes_once() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    fake.world().scripted.extend([limited(0.05), limited(0.05)]);
    discord.deliver(post()).await.unwrap();
    let world = fake.world();
    assert!(world.faults.is_empty(), "{:?}", world.faults);
    assert_eq!((world.requests.len(), world.messages.len()), (3, 1));
}

#[tokio::test]
async fn a_limit_beyond_all_patience_is_an_error_at_once_and_is_remembered() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    fake.world().scripted.push(limited(600.0));
    let begun = Instant::now();
    for _ in 0..2 {
        let refused = discord.deliver(post()).await.unwrap_err();
        assert!(
            matches!(&refused, DeliveryError::Refused { why, .. } if why.contains("limiting")),
            "{refused}"
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "it waited");
    assert_eq!(fake.world().requests.len(), 1, "a limited path was asked for again");
}

#[tokio::test]
async fn limits_without_end_are_given_up() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    fake.world().scripted.extend([0.01; 9].map(limited));
    assert!(discord.deliver(post()).await.is_err());
    assert_eq!(fake.world().requests.len(), 4);
}

#[tokio::test]
async fn a_bucket_that_is_used_up_is_left_alone() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    let id = json!({"id": "1190000000000000999"});
    let headers = vec![
        ("x-ratelimit-remaining", "0".into()),
        ("x-ratelimit-reset-after", "900".into()),
    ];
    fake.world().scripted.push(Scripted {
        status: 200,
        body: id,
        headers,
        ..limited(0.0)
    });
    discord.deliver(post()).await.unwrap();
    assert!(discord.deliver(post()).await.is_err());
    assert_eq!(fake.world().requests.len(), 1);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_stands_once() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    fake.world().scripted.push(Scripted {
        status: 502,
        body: json!({}),
        headers: Vec::new(),
        done: true,
        ..limited(0.0)
    });
    let standing = discord.deliver(post()).await.unwrap();
    let world = fake.world();
    assert_eq!(world.messages.len(), 1);
    assert_eq!(standing.id, world.messages[0].id.to_string());
}

#[tokio::test]
async fn what_is_missing_is_gone_and_what_is_forbidden_names_the_channel() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    let standing = discord.deliver(post()).await.unwrap();
    fake.world().messages[0].deleted = true;
    let replace = Outgoing::Replace {
        message: standing,
        reply: Reply::default(),
        answering: None,
    };
    let gone = discord.deliver(replace).await.unwrap_err();
    assert!(matches!(gone, DeliveryError::Gone { .. }), "{gone}");
    for code in [50001, 50013] {
        fake.world().channels.get_mut(&SUPPORT).unwrap().refuses = Some(code);
        let refused = discord.deliver(post()).await.unwrap_err();
        assert!(
            matches!(&refused, DeliveryError::Refused { why, .. } if why.contains(&SUPPORT.to_string())),
            "{refused}"
        );
    }
    fake.world().channels.remove(&SUPPORT);
    let gone = discord.deliver(post()).await.unwrap_err();
    assert!(matches!(gone, DeliveryError::Gone { .. }), "{gone}");
    assert_eq!(fake.world().requests.len(), 5, "a refusal was tried again");
}

#[tokio::test]
async fn the_administrators_room_is_a_channel_of_the_home_server() {
    let fake = Fake::start().await;
    let room = Discord::new(&fake.settings()).admin_conversation().unwrap();
    assert_eq!((room.scope, room.id), (GUILD.to_string(), ADMINS.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_on_the_whole_bot_holds_for_everything_but_interactions() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    let stage = DiscordStage::on(fake, Arc::clone(&discord)).await;
    let global = Scripted {
        body: json!({"message": "You are being rate limited.", "retry_after": 600.5, "global": true}),
        ..limited(0.0)
    };
    stage.fake.world().scripted.push(global);
    assert!(discord.deliver(post()).await.is_err());
    let asked = stage.fake.world().requests.len();
    let elsewhere = Outgoing::Post {
        to: Conversation {
            id: ADMINS.to_string(),
            ..support()
        },
        reply: Reply::default(),
    };
    assert!(discord.deliver(elsewhere).await.is_err());
    assert_eq!(
        stage.fake.world().requests.len(),
        asked,
        "another path was asked for all the same"
    );
    stage.fake.world().closed_until.clear();
    stage.commands(Who::Ana, "help").await;
    let help = stage.news(Who::Ana);
    assert!(help.len() == 1 && help[0].private, "{help:#?}");
}

#[tokio::test]
async fn whoever_is_stopped_at_the_door_knocks_nowhere_else() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    let banned = Scripted {
        body: json!(null),
        headers: vec![("retry-after", "1800".into())],
        ..limited(0.0)
    };
    fake.world().scripted.push(banned);
    assert!(discord.deliver(post()).await.is_err());
    let elsewhere = Outgoing::Post {
        to: Conversation {
            id: ADMINS.to_string(),
            ..support()
        },
        reply: Reply::default(),
    };
    assert!(discord.deliver(elsewhere).await.is_err());
    assert_eq!(fake.world().requests.len(), 1);
}

/// Discord bans whoever sends ten thousand requests that it must refuse.
#[tokio::test]
async fn who_is_refused_again_and_again_stops_asking() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    fake.world().channels.get_mut(&SUPPORT).unwrap().refuses = Some(50013);
    for _ in 0..1010 {
        assert!(discord.deliver(post()).await.is_err());
    }
    assert_eq!(fake.world().requests.len(), 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_revoked_while_the_bot_runs_is_fatal_and_used_no_more() {
    let fake = Fake::start().await;
    let gateway = Discord::new(&fake.settings());
    let stage = DiscordStage::on(fake, Arc::clone(&gateway)).await;
    stage.fake.world().token_revoked = true;
    assert!(gateway.deliver(post()).await.is_err());
    shows(&stage.house().health, "down", |condition| {
        down(condition, "Reset Token")
    })
    .await;
    let asked = stage.fake.world().requests.len();
    assert!(gateway.deliver(post()).await.is_err());
    assert_eq!(stage.fake.world().requests.len(), asked);
}
