//! What is heard: mentions, direct messages, channels, threads; and what is not.

use serde_json::json;

use crate::conformance::{Place, Stage, Who};
use crate::fake::{ADMINS, BOT, Channel, GUILD, LOUNGE, OTHER_GUILD, OWN_ROLE, SUPPORT};
use crate::stage::{DiscordStage, user};

fn thread(parent: u64) -> Channel {
    Channel {
        guild: Some(GUILD),
        kind: 11,
        parent: Some(parent),
        recipient: None,
        readers: None,
        refuses: None,
    }
}

/// Everything that was taken so far, after something that is certainly taken.
async fn taken_after_all(stage: &DiscordStage) -> u64 {
    stage.says(Who::Petros, Place::Direct, "hello").await;
    stage.house().so_far().taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_of_an_answer_channel_is_heard_and_answered_there() {
    let stage = DiscordStage::begin().await;
    let [below_support, below_lounge] = [SUPPORT, LOUNGE].map(|parent| {
        let mut world = stage.fake.world();
        let id = world.id();
        world.channels.insert(id, thread(parent));
        id
    });
    // Nothing announced them: Discord is asked.
    stage
        .fake
        .world()
        .says(user(Who::Kostas), below_lounge, "I can't send email");
    stage
        .happens(|fake| {
            fake.world().says(user(Who::Maria), below_support, "I can't send email");
        })
        .await;
    let world = stage.fake.world();
    let answer = world.messages.iter().rfind(|message| message.author == BOT).unwrap();
    assert_eq!(answer.channel, below_support);
    drop(world);
    assert_eq!(taken_after_all(&stage).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announced_thread_needs_no_question() {
    let stage = DiscordStage::begin().await;
    let id = {
        let mut world = stage.fake.world();
        let id = world.id();
        world.channels.insert(id, thread(SUPPORT));
        world.dispatch(
            "THREAD_CREATE",
            json!({
                "id": id.to_string(), "guild_id": GUILD.to_string(), "parent_id": SUPPORT.to_string(), "type": 11,
                "name": "a thread", "owner_id": user(Who::Maria).to_string(), "message_count": 0, "member_count": 1,
                "thread_metadata": {"archived": false, "auto_archive_duration": 1440, "archive_timestamp": "2026-11-22T10:00:00+00:00", "locked": false},
            }),
        );
        id
    };
    // By now it was taken in.
    stage.says(Who::Petros, Place::Direct, "hello").await;
    stage
        .happens(|fake| {
            fake.world().says(user(Who::Maria), id, "I can't send email");
        })
        .await;
    let asked = format!("/channels/{id}");
    assert!(
        !stage
            .fake
            .world()
            .requests
            .iter()
            .any(|one| one.method == "GET" && one.path == asked)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_for_the_bot_is_not_heard() {
    let stage = DiscordStage::begin().await;
    {
        let mut world = stage.fake.world();
        let kostas = user(Who::Kostas);
        world.says(kostas, LOUNGE, "I can't send email");
        world.says(kostas, ADMINS, "I can't send email");
        // The bot's own words, another bot's, a webhook's, and what nobody wrote.
        world.says(BOT, SUPPORT, "I can't send email");
        world.write(kostas, SUPPORT, json!({"content": "I can't send email", "type": 7}));
        world.write(kostas, SUPPORT, json!({"content": ""}));
        let id = world.says(kostas, LOUNGE, "x");
        let mut by_webhook = world.message_json(id);
        by_webhook["webhook_id"] = "1180000000000000555".into();
        by_webhook["channel_id"] = SUPPORT.to_string().into();
        by_webhook["content"] = "I can't send email".into();
        world.dispatch("MESSAGE_CREATE", by_webhook.clone());
        // An edit.
        by_webhook.as_object_mut().unwrap().remove("webhook_id");
        world.dispatch("MESSAGE_UPDATE", by_webhook);
        // Another server.
        world.join(OTHER_GUILD, kostas, "kostas");
        world.members.get_mut(&GUILD).unwrap().insert(kostas, Vec::new());
        let elsewhere = Channel {
            guild: Some(OTHER_GUILD),
            ..thread(SUPPORT)
        };
        world.channels.insert(42_000_000_000_000_000, elsewhere);
        world.mentions(kostas, 42_000_000_000_000_000, "I can't send email");
    }
    assert_eq!(taken_after_all(&stage).await, 1);
    stage.sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mentions_are_heard_everywhere_and_answered_as_a_reply() {
    let stage = DiscordStage::begin().await;
    let mut asked = 0;
    stage
        .happens(|fake| asked = fake.world().mentions(user(Who::Maria), LOUNGE, "I can't send email"))
        .await;
    let answer = stage.fake.world().messages.last().unwrap().body.clone();
    assert_eq!(answer["message_reference"]["message_id"], asked.to_string());
    assert_eq!(answer["message_reference"]["fail_if_not_exists"], false);
    // The bot's own role is what people often pick from the list.
    stage
        .happens(|fake| {
            let body = json!({"content": format!("<@&{OWN_ROLE}> hello"), "mention_roles": [OWN_ROLE.to_string()]});
            fake.world().write(user(Who::Kostas), LOUNGE, body);
        })
        .await;
    assert_eq!(
        stage
            .fake
            .world()
            .messages
            .iter()
            .filter(|message| message.author == BOT)
            .count(),
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_a_deleted_question_is_posted_all_the_same() {
    let stage = DiscordStage::begin().await;
    stage
        .happens(|fake| {
            let mut world = fake.world();
            let id = world.says(user(Who::Maria), SUPPORT, "I can't send email");
            world
                .messages
                .iter_mut()
                .find(|message| message.id == id)
                .unwrap()
                .deleted = true;
        })
        .await;
    assert_eq!(stage.news(Who::Maria).len(), 1);
}
