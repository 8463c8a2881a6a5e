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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clarifying_question_stands_where_it_was_asked_and_whoever_asked_answers_it() {
    let stage = DiscordStage::begin().await;
    stage
        .mentions(Who::Maria, Place::Support, "my account is blocked")
        .await;
    let question = stage.news(Who::Maria).pop().unwrap();
    assert_eq!(
        (question.place, question.private),
        (Place::Support, false),
        "{question:#?}"
    );
    assert!(question.buttons.len() > 1, "{question:#?}");
    stage.news(Who::Kostas);
    stage.presses(Who::Kostas, &question.buttons[0]).await;
    assert!(stage.news(Who::Kostas).iter().all(|seen| seen.private));
    assert!(stage.news(Who::Maria).is_empty(), "somebody else has chosen for her");
    stage.presses(Who::Maria, &question.buttons[0]).await;
    let answer = stage.news(Who::Maria).pop().unwrap();
    assert_eq!(answer.buttons, [stage.house().phrase("en", "ask-administrator")]);
}

/// The server as Discord tells of it when the bot has just come in.
fn joined(at: time::OffsetDateTime) -> serde_json::Value {
    let mut guild = crate::fake::guild();
    let at = at.format(&time::format_description::well_known::Rfc3339).unwrap();
    guild["joined_at"] = at.into();
    guild["preferred_locale"] = "el".into();
    guild["system_channel_id"] = LOUNGE.to_string().into();
    guild["members"] = json!([{
        "user": {"id": BOT.to_string(), "username": "latchkey", "discriminator": "0001", "avatar": null, "bot": true},
        "roles": [OWN_ROLE.to_string()], "joined_at": guild["joined_at"], "deaf": false, "mute": false, "flags": 0,
    }]);
    guild
}

/// Where the bot has said hello, since this was asked last.
fn greeted(stage: &DiscordStage) -> Vec<(u64, String)> {
    let world = stage.fake.world();
    let said = world
        .messages
        .iter()
        .filter(|message| message.author == BOT && !message.deleted);
    said.map(|message| (message.channel, crate::fake::shown(&message.body).text))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_the_bot_came_into_is_greeted_once_where_it_listens() {
    let stage = DiscordStage::begin().await;
    assert!(greeted(&stage).is_empty(), "it has been here for long");
    let guild = joined(time::OffsetDateTime::now_utc());
    stage
        .happens(|fake| fake.world().dispatch("GUILD_CREATE", guild.clone()))
        .await;
    let hello = greeted(&stage);
    assert_eq!(hello.len(), 1, "{hello:#?}");
    assert_eq!(hello[0].0, SUPPORT);
    assert!(
        hello[0].1.contains(&stage.house().phrase("el", "help-title")),
        "in the server's language"
    );
    // Discord tells of every server again with each new session.
    stage
        .happens(|fake| fake.world().dispatch("GUILD_CREATE", guild.clone()))
        .await;
    assert_eq!(greeted(&stage).len(), 1);
    stage.sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_says_hello_only_where_it_may_write() {
    let stage = DiscordStage::begin().await;
    let mut guild = joined(time::OffsetDateTime::now_utc());
    let closed = |channel: u64| {
        json!({"id": channel.to_string(), "type": 0, "name": "closed", "position": 1,
            "permission_overwrites": [{"id": GUILD.to_string(), "type": 0, "allow": "0", "deny": "2048"}]})
    };
    guild["channels"][0] = closed(SUPPORT);
    stage
        .happens(|fake| fake.world().dispatch("GUILD_CREATE", guild.clone()))
        .await;
    assert_eq!(greeted(&stage)[0].0, LOUNGE, "where the server greets its newcomers");
    let mut nowhere = joined(time::OffsetDateTime::now_utc() + time::Duration::seconds(1));
    nowhere["channels"] = json!([closed(SUPPORT), closed(ADMINS), closed(LOUNGE)]);
    stage.fake.world().dispatch("GUILD_CREATE", nowhere);
    assert_eq!(taken_after_all(&stage).await, 2, "nothing was to be said");
    stage.sound();
}
