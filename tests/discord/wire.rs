//! The connection and the requests: resumed, refused, limited, renewed, ended.

use std::sync::Arc;
use std::time::Duration;

use latchkey::gateways::discord::Discord;
use latchkey::gateways::{Condition, Health};
use serde_json::json;

use crate::conformance::Stage;
use crate::conformance::house::{House, Tenancy};
use crate::conformance::{Place, Who};
use crate::fake::{Fake, Frame, GUILD, MESSAGE_CONTENT, PATIENCE, SUPPORT, Scripted};
use crate::stage::{DiscordStage, identity, user};

/// Waits until a condition is shown. It is looked at often, because nothing tells when it changes.
pub async fn shows(health: &Health, what: &str, is: impl Fn(&Condition) -> bool) {
    let looking = async {
        while !is(&health.report().condition) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let shown = tokio::time::timeout(PATIENCE, looking).await;
    assert!(shown.is_ok(), "not {what}: {:?}", health.report());
}

fn is_up(condition: &Condition) -> bool {
    *condition == Condition::Up
}

pub fn down(condition: &Condition, remedy: &str) -> bool {
    matches!(condition, Condition::Down(why) if why.contains(remedy) && !why.contains("canary"))
}

pub async fn open(gateway: &Arc<Discord>) -> House {
    House::open(Tenancy::begin(), Arc::clone(gateway) as _, identity).await
}

/// Somebody asks, and hears what to do.
async fn is_heard(stage: &DiscordStage, text: &str) {
    stage.says(Who::Maria, Place::Direct, text).await;
    assert_eq!(stage.news(Who::Maria).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_connection_is_resumed_and_nothing_is_lost_or_answered_twice() {
    let stage = DiscordStage::begin().await;
    shows(&stage.house().health, "up", is_up).await;
    is_heard(&stage, "I can't send email").await;
    let before = stage.house().so_far();
    {
        let mut world = stage.fake.world();
        world.connection(Frame::Drop);
        // Said while nobody listens.
        let direct = world.direct(user(Who::Kostas));
        world.says(user(Who::Kostas), direct, "my password expired");
    }
    stage.house().answered_since(before).await;
    assert_eq!(stage.news(Who::Kostas).len(), 1);
    assert!(stage.news(Who::Maria).is_empty());
    stage.sound();
    let world = stage.fake.world();
    assert_eq!((world.identified, world.resumed), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_come_again_after_a_resume_are_answered_once() {
    let stage = DiscordStage::begin().await;
    is_heard(&stage, "I can't send email").await;
    stage.fake.world().connection(Frame::Close(4000));
    stage.fake.until("it is resumed", |world| world.resumed == 1).await;
    stage.repeats().await;
    assert!(stage.news(Who::Maria).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_shown_until_it_is_back() {
    let stage = DiscordStage::begin().await;
    shows(&stage.house().health, "up", is_up).await;
    {
        let mut world = stage.fake.world();
        world.refuse_connections = true;
        world.connection(Frame::Drop);
    }
    let troubled =
        |condition: &Condition| matches!(condition, Condition::Troubled(why) if why.contains("reconnecting"));
    shows(&stage.house().health, "troubled", troubled).await;
    stage.fake.world().refuse_connections = false;
    shows(&stage.house().health, "up again", is_up).await;
    is_heard(&stage, "I can't send email").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_no_longer_known_is_begun_anew() {
    let stage = DiscordStage::begin().await;
    {
        let mut world = stage.fake.world();
        world.sessions.last_mut().unwrap().id = "forgotten".into();
        world.connection(Frame::Close(4000));
    }
    stage
        .fake
        .until("it identified again", |world| world.identified == 2)
        .await;
    stage.fake.connected().await;
    is_heard(&stage, "I can't send email").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_are_sent_and_answered() {
    let stage = DiscordStage::begin().await;
    stage
        .fake
        .until("two heartbeats came", |world| world.heartbeats >= 2)
        .await;
    stage.sound();
    assert_eq!(stage.fake.world().identified, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_intent_is_fatal_and_tells_the_remedy() {
    let fake = Fake::start().await;
    fake.world().granted_intents = !MESSAGE_CONTENT;
    let house = open(&Discord::new(&fake.settings())).await;
    let remedy = "Message Content Intent";
    shows(&house.health, "down", |condition| down(condition, remedy)).await;
    assert_eq!(fake.world().identified, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_answer_channels_no_privileged_intent_is_asked_for() {
    let fake = Fake::start().await;
    fake.world().granted_intents = !MESSAGE_CONTENT;
    let settings = latchkey::settings::DiscordSettings {
        answer_channels: Vec::new(),
        ..fake.settings()
    };
    let stage = DiscordStage::on(fake, Discord::new(&settings)).await;
    stage.mentions(Who::Maria, Place::Support, "I can't send email").await;
    assert_eq!(stage.news(Who::Maria).len(), 1);
    stage
        .fake
        .world()
        .says(user(Who::Kostas), SUPPORT, "I can't send email");
    is_heard(&stage, "my password expired").await;
    assert!(stage.news(Who::Kostas).iter().all(|seen| seen.place != Place::Direct));
    assert_eq!(stage.house().so_far().taken, 2, "what isn't said to the bot was taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_fatal_and_is_not_shown() {
    let fake = Fake::start().await;
    let settings = latchkey::settings::DiscordSettings {
        token: "canary.other.token".to_owned().into(),
        ..fake.settings()
    };
    let house = open(&Discord::new(&settings)).await;
    shows(&house.health, "down", |condition| down(condition, "Reset Token")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_revoked_while_connecting_is_fatal() {
    let fake = Fake::start().await;
    fake.world().refuse_token = true;
    let house = open(&Discord::new(&fake.settings())).await;
    shows(&house.health, "down", |condition| down(condition, "Reset Token")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_is_down_is_tried_again() {
    let fake = Fake::start().await;
    let broken = || Scripted {
        method: "GET",
        path: "/gateway/bot".into(),
        status: 503,
        body: json!({}),
        headers: Vec::new(),
        done: false,
    };
    fake.world().scripted.extend([(); 5].map(|()| broken()));
    let _house = open(&Discord::new(&fake.settings())).await;
    fake.connected().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connection_is_ended_properly() {
    let stage = DiscordStage::begin().await;
    let DiscordStage { fake, house } = stage;
    drop(house);
    fake.until("the bot said good-bye", |world| world.closed_with == [1000])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_resumed_is_ended_properly_too() {
    let stage = DiscordStage::begin().await;
    stage.fake.world().connection(Frame::Close(4000));
    stage.fake.until("it is resumed", |world| world.resumed == 1).await;
    is_heard(&stage, "I can't send email").await;
    let DiscordStage { fake, house } = stage;
    fake.world().closed_with.clear();
    drop(house);
    fake.until("the bot said good-bye", |world| world.closed_with == [1000])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_registered_once_and_again_only_when_they_differ() {
    let fake = Fake::start().await;
    let puts = |fake: &Fake| fake.world().requests.iter().filter(|one| one.method == "PUT").count();
    let first = open(&Discord::new(&fake.settings())).await;
    fake.connected().await;
    assert_eq!(puts(&fake), 1);
    drop(first);
    fake.until("the first is gone", |world| !world.is_connected()).await;
    let second = open(&Discord::new(&fake.settings())).await;
    fake.connected().await;
    assert_eq!(puts(&fake), 1, "nothing had changed");
    drop(second);
    fake.until("the second is gone", |world| !world.is_connected()).await;
    fake.world().commands.get_mut(&GUILD).unwrap()[0]["options"][0]["description"] = "old".into();
    let _third = open(&Discord::new(&fake.settings())).await;
    fake.connected().await;
    assert_eq!(puts(&fake), 2);
    assert!(fake.world().faults.is_empty(), "{:?}", fake.world().faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_the_bot_is_not_in_is_shown_and_the_others_are_served() {
    let fake = Fake::start().await;
    let elsewhere = 1_180_000_000_000_000_777;
    let settings = latchkey::settings::DiscordSettings {
        guild_ids: vec![GUILD, elsewhere],
        ..fake.settings()
    };
    let stage = DiscordStage::on(fake, Discord::new(&settings)).await;
    let missing = |condition: &Condition| matches!(condition, Condition::Troubled(why) if why.contains(&elsewhere.to_string()) && why.contains("invite"));
    shows(&stage.house().health, "troubled", missing).await;
    is_heard(&stage, "I can't send email").await;
}
