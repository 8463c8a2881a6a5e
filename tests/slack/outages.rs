//! Tokens that work no more, outages, and what Slack refuses.

use std::time::Duration;

use latchkey::gateways::Condition;

use crate::common::{QUESTION, becomes, opened, say};
use crate::conformance::house::{House, Tenancy};
use crate::conformance::{Place, Stage, Who};
use crate::fake::world::{ADMINS, BOT, TEAM, direct, user};
use crate::fake::{Fake, Fault};
use crate::stage::{Http, SlackStage, Socket, furnish, identity, mode, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_works_no_more_is_fatal_and_says_what_to_do() {
    for (method, error, told) in [
        ("auth.test", "invalid_auth", "copy it again"),
        ("auth.test", "account_inactive", "install it again"),
        ("auth.test", "token_revoked", "revoked"),
        ("apps.connections.open", "not_allowed_token_type", "xapp-"),
        ("apps.connections.open", "missing_scope", "connections:write"),
    ] {
        let fake = Fake::start().await;
        fake.always_fails(method, Fault::Says(error));
        let house = opened::<Socket>(&fake).await;
        let down = becomes(&house, |now| matches!(now, Condition::Down(_))).await;
        let Condition::Down(why) = down else { unreachable!() };
        assert!(why.contains(told) && why.contains(error), "{why}");
        assert!(!why.contains("canary"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_passes() {
    let fake = Fake::start().await;
    furnish(&fake);
    fake.always_fails("apps.connections.open", Fault::Says("internal_error"));
    let house = opened::<Socket>(&fake).await;
    let troubled = becomes(&house, |now| matches!(now, Condition::Troubled(_))).await;
    assert!(matches!(troubled, Condition::Troubled(why) if why.contains("internal_error")));
    fake.works_again("apps.connections.open");
    becomes(&house, |now| *now == Condition::Up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_revoked_while_the_bot_runs_is_noticed() {
    let stage = SlackStage::<Http>::begin().await;
    becomes(stage.house(), |now| *now == Condition::Up).await;
    stage
        .fake
        .always_fails("chat.postMessage", Fault::Says("token_revoked"));
    let message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    stage.delivers(&message).await;
    let down = becomes(stage.house(), |now| matches!(now, Condition::Down(_))).await;
    assert!(matches!(down, Condition::Down(why) if why.contains("token_revoked")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspaces_token_is_refused() {
    let fake = Fake::start().await;
    let slack = latchkey::gateways::slack::Slack::new(&latchkey::settings::SlackSettings {
        team_ids: vec!["T0OTHER".into()],
        ..settings(&fake, mode::<Http>())
    });
    let house = House::open(Tenancy::begin(), slack, identity).await;
    let down = becomes(&house, |now| matches!(now, Condition::Down(_))).await;
    assert!(matches!(down, Condition::Down(why) if why.contains(TEAM)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_is_asked_again_when_it_says_and_no_sooner() {
    let stage = SlackStage::<Http>::begin().await;
    stage.fake.fails("chat.postMessage", Fault::TooMany(1));
    stage.fake.fails("chat.postMessage", Fault::Unwell);
    let asked = std::time::Instant::now();
    stage.says(Who::Maria, Place::Direct, QUESTION).await;
    assert!(asked.elapsed() >= Duration::from_secs(1));
    assert_eq!(stage.news(Who::Maria).len(), 1);
    assert_eq!(stage.fake.calls("chat.postMessage").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_is_not_asked_for_ever() {
    let stage = SlackStage::<Http>::begin().await;
    stage.fake.always_fails("chat.postMessage", Fault::TooMany(3600));
    stage.says(Who::Maria, Place::Direct, QUESTION).await;
    assert_eq!(stage.news(Who::Maria).len(), 0);
    assert_eq!(
        stage.fake.calls("chat.postMessage").len(),
        1,
        "an hour is longer than anybody waits"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_channel_without_the_bot_is_said() {
    let stage = SlackStage::<Http>::begin().await;
    stage.fake.world().members.get_mut(ADMINS).unwrap().remove(BOT);
    stage.says(Who::Maria, Place::Direct, QUESTION).await;
    stage.news(Who::Maria);
    stage.presses(Who::Maria, &say(&stage, "ask-administrator")).await;
    let told = stage.news(Who::Maria);
    assert!(
        told.iter().any(|seen| seen.text == say(&stage, "request-not-sent")),
        "{told:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_connects_to_nothing_that_others_can_read() {
    for elsewhere in ["ws://192.0.2.1/link", "http://127.0.0.1:9/link", "no address"] {
        let fake = Fake::start().await;
        fake.world().socket_elsewhere = Some(elsewhere.into());
        let house = opened::<Socket>(&fake).await;
        let troubled = becomes(&house, |now| matches!(now, Condition::Troubled(_))).await;
        assert!(
            matches!(&troubled, Condition::Troubled(why) if why.contains("no address")),
            "{elsewhere}: {troubled:?}"
        );
    }
}
