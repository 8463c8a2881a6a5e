//! The wire: what Slack sends twice, late, out of order, cut off or not at all, and what it refuses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use latchkey::gateways::Condition;
use latchkey::store::audit::Event;
use serde_json::{Value, json};

use crate::conformance::house::House;
use crate::conformance::{Place, Stage, Who};
use crate::fake::world::{ADMINS, BOT, GENERAL, SUPPORT, TEAM, direct, user};
use crate::fake::{Fake, Fault, PATIENCE, SIGNING_SECRET, Signing, form};
use crate::stage::{Http, Mode, Sent, SlackStage, Socket, furnish, identity, mode, settings};

const QUESTION: &str = "I can't send email";

/// Waits until the gateway is in a condition.
async fn becomes(house: &House, wanted: impl Fn(&Condition) -> bool) -> Condition {
    let reached = async {
        loop {
            let now = house.health.report().condition;
            if wanted(&now) {
                return now;
            }
            tokio::task::yield_now().await;
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reached).await;
    reached.unwrap_or_else(|_| panic!("it stays {:?}", house.health.report()))
}

fn say<M: Mode>(stage: &SlackStage<M>, key: &str) -> String {
    stage.house().phrase("en", key)
}

/// A request stands before the administrators, and everybody has read everything.
async fn requested<M: Mode>(stage: &SlackStage<M>, who: Who, text: &str) {
    stage.says(who, Place::Direct, text).await;
    stage.presses(who, &say(stage, "ask-administrator")).await;
    for who in Who::ALL {
        stage.news(who);
    }
}

// Socket Mode

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_envelope_that_cannot_be_read_is_acknowledged() {
    let stage = SlackStage::<Socket>::begin().await;
    let sockets = &stage.fake.sockets;
    let number = sockets.numbers()[0];
    for (id, text) in [
        (
            "cut",
            r#"{"envelope_id": "cut", "type": "events_api", "payload": {"event": {"te"#,
        ),
        (
            "text",
            r#"{"envelope_id": "text", "type": "events_api", "payload": "no object"}"#,
        ),
        (
            "list",
            r#"{"envelope_id": "list", "type": "interactive", "payload": {"type": 5, "actions": "none"}}"#,
        ),
        (
            "kind",
            r#"{"envelope_id": "kind", "type": "of_the_future", "payload": {}}"#,
        ),
        (
            "event",
            r#"{"envelope_id": "event", "type": "events_api", "payload": {"team_id": "T024BE7LD", "event": {"type": "message", "user": 5, "text": []}}}"#,
        ),
        (
            "command",
            r#"{"envelope_id": "command", "type": "slash_commands", "payload": {}}"#,
        ),
    ] {
        sockets.says(number, text);
        sockets.acknowledged(id).await;
    }
    sockets.says(number, "no envelope at all");
    stage.says(Who::Maria, Place::Direct, QUESTION).await;
    assert_eq!(stage.news(Who::Maria).len(), 1, "it hears on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_acknowledged_before_anything_else_is_asked_of_slack() {
    let stage = SlackStage::<Socket>::begin().await;
    stage.fake.holds("users.info");
    let before = stage.house().so_far();
    let message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    stage.delivers(&message).await;
    assert_eq!(stage.house().so_far(), before, "nobody has been asked who wrote it");
    stage.fake.lets_go("users.info");
    stage.house().answered_since(before).await;
    assert_eq!(stage.news(Who::Maria).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_envelope_is_acknowledged_on_the_connection_that_brought_it() {
    let stage = SlackStage::<Socket>::begin().await;
    for number in stage.fake.sockets.numbers() {
        let message = stage.message(Who::Kostas, SUPPORT, ("coffee?", None));
        let id = stage.fake.sockets.sends_on(number, message.kind, &message.payload);
        stage.fake.sockets.acknowledged(&id).await;
        assert_eq!(stage.fake.sockets.acknowledged_on(&id), number);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_connection_is_opened_again_and_what_it_brought_is_answered_once() {
    let stage = SlackStage::<Socket>::begin().await;
    let message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    stage.answers(&message).await;
    assert_eq!(stage.news(Who::Maria).len(), 1);
    for number in stage.fake.sockets.numbers() {
        stage.fake.sockets.drops(number);
    }
    stage.fake.sockets.were_opened(4).await;
    stage.fake.sockets.are_open(2).await;
    becomes(stage.house(), |now| *now == Condition::Up).await;
    // Slack did not hear the acknowledgement, and delivers it on another connection.
    stage.repeats().await;
    stage.says(Who::Kostas, Place::Direct, QUESTION).await;
    assert_eq!(stage.news(Who::Maria).len(), 0);
    assert_eq!(stage.news(Who::Kostas).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_slack_will_close_hears_until_another_does() {
    let stage = SlackStage::<Socket>::begin().await;
    for reason in ["warning", "refresh_requested"] {
        let leaving = stage.fake.sockets.numbers()[0];
        let disconnect = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}});
        stage.fake.sockets.says(leaving, &disconnect.to_string());
        // The new one is there before the old one goes.
        stage.fake.sockets.are_open(3).await;
        let message = stage.message(Who::Kostas, SUPPORT, ("coffee?", None));
        let id = stage.fake.sockets.sends_on(leaving, message.kind, &message.payload);
        stage.fake.sockets.acknowledged(&id).await;
        stage.fake.sockets.drops(leaving);
        stage.fake.sockets.are_open(2).await;
        assert_eq!(stage.house().health.report().condition, Condition::Up);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switched_off_socket_mode_is_said_and_not_tried_again() {
    let stage = SlackStage::<Socket>::begin().await;
    let number = stage.fake.sockets.numbers()[0];
    let disconnect = json!({"type": "disconnect", "reason": "link_disabled"});
    stage.fake.sockets.says(number, &disconnect.to_string());
    let down = becomes(stage.house(), |now| matches!(now, Condition::Down(_))).await;
    assert!(matches!(down, Condition::Down(why) if why.contains("Socket Mode")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn envelopes_out_of_order_and_twice_are_answered_once_each() {
    let stage = SlackStage::<Socket>::begin().await;
    let before = stage.house().so_far();
    let first = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    let second = stage.message(Who::Kostas, &direct(&user("kostas")), ("I forgot my password", None));
    let mut ids = Vec::new();
    for sent in [&second, &first, &second, &first, &first] {
        ids.push(stage.fake.sockets.sends(sent.kind, &sent.payload).await);
    }
    for id in &ids {
        stage.fake.sockets.acknowledged(id).await;
    }
    stage.house().answered_since(before).await;
    assert_eq!(stage.house().so_far().taken, before.taken + 2);
    assert_eq!(stage.news(Who::Maria).len(), 1);
    assert_eq!(stage.news(Who::Kostas).len(), 1);
}

// Tokens and outages

async fn opened<M: Mode>(fake: &std::sync::Arc<Fake>) -> House {
    let slack = latchkey::gateways::slack::Slack::new(&settings(fake, mode::<M>()));
    House::open(crate::conformance::house::Tenancy::begin(), slack, identity).await
}

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
    let house = House::open(crate::conformance::house::Tenancy::begin(), slack, identity).await;
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

// Signed requests

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_did_not_sign_just_now_is_refused() {
    let stage = SlackStage::<Http>::begin().await;
    let house = stage.house();
    let before = house.so_far();
    let message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    let body = message.payload.to_string();
    for path in ["/slack/events", "/slack/interactions", "/slack/commands"] {
        for (timestamp, secret) in [
            (now().to_string(), "another secret"),
            ((now() - 301).to_string(), SIGNING_SECRET),
            ((now() + 302).to_string(), SIGNING_SECRET),
            (format!("+{}", now()), SIGNING_SECRET),
            (String::new(), SIGNING_SECRET),
        ] {
            let signing = Signing {
                timestamp,
                secret,
                retry: None,
            };
            let (status, _) = stage.fake.request_signed(house.address, (path, &body), &signing).await;
            assert_eq!(status, 401, "{path} {}", signing.timestamp);
        }
        assert_eq!(
            stage.fake.request_plain(house.address, path, &body).await,
            401,
            "unsigned"
        );
    }
    let signing = Signing {
        timestamp: (now() - 290).to_string(),
        secret: SIGNING_SECRET,
        retry: None,
    };
    assert_eq!(house.so_far(), before, "nothing of it was taken");
    let (status, _) = stage
        .fake
        .request_signed(house.address, ("/slack/events", &body), &signing)
        .await;
    assert_eq!(status, 200, "five minutes are allowed");
    house.answered_since(before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_can_verify_the_address_and_too_much_is_refused() {
    let stage = SlackStage::<Http>::begin().await;
    let address = stage.house().address;
    let verification = json!({"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "type": "url_verification"});
    let (status, body) = stage
        .fake
        .request(address, "/slack/events", &verification.to_string())
        .await;
    assert_eq!(
        (status, body.as_str()),
        (200, verification["challenge"].as_str().unwrap())
    );
    let check = form(&json!({"ssl_check": "1", "token": "x"}));
    assert_eq!(stage.fake.request(address, "/slack/commands", &check).await.0, 200);
    let (status, _) = stage.fake.request(address, "/slack/events", "{ no JSON").await;
    assert_eq!(status, 200, "it would be no better the next time");
    let huge = " ".repeat(3 * 1024 * 1024);
    assert_eq!(stage.fake.request(address, "/slack/events", &huge).await.0, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_retry_is_recognised() {
    let stage = SlackStage::<Http>::begin().await;
    let message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    stage.answers(&message).await;
    let before = stage.house().so_far();
    for retry in 1..=3 {
        let signing = Signing {
            timestamp: now().to_string(),
            secret: SIGNING_SECRET,
            retry: Some(retry),
        };
        let body = message.payload.to_string();
        let sent = stage
            .fake
            .request_signed(stage.house().address, ("/slack/events", &body), &signing);
        assert_eq!(sent.await.0, 200);
    }
    assert_eq!(stage.house().so_far(), before);
    assert_eq!(stage.news(Who::Maria).len(), 1);
}

// Who speaks, and where

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_person_said_to_it_is_left_alone() {
    let stage = SlackStage::<Http>::begin().await;
    let before = stage.house().so_far();
    let said = |change: Value| {
        let mut sent = stage.message(Who::Maria, SUPPORT, (QUESTION, None));
        for (key, value) in change.as_object().unwrap() {
            sent.payload["event"][key] = value.clone();
        }
        sent
    };
    for change in [
        json!({"bot_id": "B0OTHER"}),
        json!({"user": BOT}),
        json!({"user": null}),
        json!({"subtype": "message_changed", "message": {"text": QUESTION, "user": "U0MARIA"}, "hidden": true}),
        json!({"subtype": "message_deleted"}),
        json!({"subtype": "bot_message"}),
        json!({"subtype": "channel_join"}),
        json!({"channel": GENERAL}),
        json!({"type": "reaction_added"}),
    ] {
        stage.delivers(&said(change)).await;
    }
    let mut elsewhere = said(json!({}));
    elsewhere.payload["team_id"] = json!("T0OTHER");
    elsewhere.payload["authorizations"][0]["team_id"] = json!("T0OTHER");
    stage.delivers(&elsewhere).await;
    let mut command = stage.command(Who::Maria, (SUPPORT, "help"));
    command.payload["team_id"] = json!("T0OTHER");
    stage.delivers(&command).await;
    assert_eq!(stage.house().so_far(), before);
    for change in [json!({"subtype": "file_share"}), json!({"subtype": "thread_broadcast"})] {
        stage.answers(&said(change)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_stands_in_the_thread_of_what_it_answers() {
    let stage = SlackStage::<Socket>::begin().await;
    let text = format!("<@{BOT}> {QUESTION}");
    let message = stage.message(Who::Maria, GENERAL, (&text, None));
    stage.answers(&stage.as_mention(&message)).await;
    let ts = message.payload["event"]["ts"].as_str();
    let answer = stage.sights(Who::Kostas).pop().unwrap();
    assert_eq!(answer.thread.as_deref(), ts, "{answer:#?}");
    let reply = stage.message(Who::Kostas, GENERAL, (&text, ts));
    stage.answers(&stage.as_mention(&reply)).await;
    let answer = stage.sights(Who::Maria).pop().unwrap();
    assert_eq!(answer.thread.as_deref(), ts, "a thread goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_away_hears_the_outcome_in_their_direct_messages() {
    let stage = SlackStage::<Socket>::begin().await;
    let message = stage.message(
        Who::Maria,
        SUPPORT,
        (
            "I can't send any email since this morning, everything bounces back",
            None,
        ),
    );
    stage.answers(&message).await;
    stage.presses(Who::Maria, &say(&stage, "ask-administrator")).await;
    stage.sights(Who::Maria);
    for presence in ["active", "away"] {
        stage.fake.world().users.get_mut(&user("maria")).unwrap().presence = presence;
        let told = if presence == "active" {
            "look-again"
        } else {
            "close-request"
        };
        stage.presses(Who::Ana, &say(&stage, told)).await;
    }
    let news = stage.sights(Who::Maria).pop().unwrap();
    assert_eq!(news.channel, Some(direct(&user("maria"))), "{news:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outcome_is_told_in_the_thread_to_whoever_asked_alone() {
    let stage = SlackStage::<Socket>::begin().await;
    let message = stage.message(
        Who::Maria,
        SUPPORT,
        (
            "I can't send any email since this morning, everything bounces back",
            None,
        ),
    );
    stage.answers(&message).await;
    stage.presses(Who::Maria, &say(&stage, "ask-administrator")).await;
    stage.sights(Who::Maria);
    stage.sights(Who::Kostas);
    stage.presses(Who::Ana, &say(&stage, "close-request")).await;
    let news = stage.sights(Who::Maria);
    assert_eq!(news.len(), 1, "{news:#?}");
    assert_eq!(news[0].kind, "ephemeral");
    assert_eq!(news[0].thread.as_deref(), message.payload["event"]["ts"].as_str());
    assert!(stage.sights(Who::Kostas).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_of_another_workspace_is_somebody_else() {
    let stage = SlackStage::<Socket>::begin().await;
    requested(&stage, Who::Maria, QUESTION).await;
    // The same user id, of another workspace, in a channel that both share.
    stage.fake.world().users.get_mut(&user("ana")).unwrap().team = "T0OTHER".into();
    stage.presses(Who::Ana, &say(&stage, "action-unblock-sender")).await;
    let seen = stage.news(Who::Ana);
    assert!(
        seen.iter()
            .all(|seen| seen.private && !seen.buttons.contains(&say(&stage, "confirm"))),
        "{seen:#?}"
    );
    let records = stage.house().store.recent_records(10).await.unwrap();
    let refused = records
        .iter()
        .find(|record| record.entry.event == Event::Refused)
        .unwrap();
    assert_eq!(refused.entry.who.scope, "T0OTHER");
}

// Private ways

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_trigger_leaves_a_private_message() {
    let stage = SlackStage::<Socket>::begin().await;
    requested(&stage, Who::Maria, QUESTION).await;
    let press = stage.press(Who::Ana, &say(&stage, "action-unblock-sender"), None);
    stage.fake.world().now += Duration::from_secs(4);
    stage.answers(&press).await;
    let preview = stage.sights(Who::Ana).pop().unwrap();
    assert_eq!(preview.kind, "ephemeral", "{preview:#?}");
    assert!(preview.buttons.contains(&say(&stage, "confirm")));
    stage.presses(Who::Ana, &say(&stage, "confirm")).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    stage.fake.nothing_was_invalid();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_modal_is_open_before_its_answer_is_known() {
    let stage = SlackStage::<Socket>::begin().await;
    requested(&stage, Who::Maria, QUESTION).await;
    stage.fake.holds("views.update");
    let before = stage.house().so_far();
    let press = stage.press(Who::Ana, &say(&stage, "action-unblock-sender"), None);
    stage.delivers(&press).await;
    stage.fake.was_called("views.open", 1).await;
    let opened = &stage.fake.calls("views.open")[0];
    assert_eq!(opened["trigger_id"], press.payload["trigger_id"]);
    assert!(opened["view"].to_string().contains(&say(&stage, "working")));
    stage.fake.lets_go("views.update");
    stage.house().answered_since(before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_closes_the_modal_hears_the_outcome_all_the_same() {
    let stage = SlackStage::<Socket>::begin().await;
    requested(&stage, Who::Maria, QUESTION).await;
    stage.presses(Who::Ana, &say(&stage, "action-unblock-sender")).await;
    let confirm = stage.press(Who::Ana, &say(&stage, "confirm"), None);
    stage.sights(Who::Ana);
    for view in &mut stage.fake.world().views {
        view.open = false;
    }
    stage.answers(&confirm).await;
    assert!(!stage.house().state(Who::Maria).restricted);
    let seen = stage.sights(Who::Ana);
    let broke = say(&stage, "something-broke");
    assert!(seen.iter().all(|sight| sight.text != broke), "{seen:#?}");
    assert!(seen.iter().any(|sight| sight.kind == "ephemeral"), "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_shown_in_no_modal_but_that_of_whoever_ran_it() {
    let stage = SlackStage::<Http>::begin().await;
    requested(&stage, Who::Kostas, "I forgot my password, please reset it").await;
    stage.presses(Who::Ana, &say(&stage, "action-reset-password")).await;
    stage.presses(Who::Ana, &say(&stage, "confirm")).await;
    let simulator = &stage.house().tenancy.simulator;
    let holds = |text: &str| {
        let words = text.split(|c: char| c.is_whitespace() || c == '"');
        words
            .into_iter()
            .any(|word| simulator.password_is(Who::Kostas.address().unwrap(), word))
    };
    let updates = stage.fake.calls("views.update");
    assert!(updates.iter().any(|call| holds(&call.to_string())));
    for method in [
        "chat.postMessage",
        "chat.postEphemeral",
        "chat.update",
        "views.publish",
        "views.open",
    ] {
        assert!(
            stage.fake.calls(method).iter().all(|call| !holds(&call.to_string())),
            "{method}"
        );
    }
    let seen = stage.sights(Who::Ana);
    let last = seen.iter().rfind(|sight| sight.kind == "modal").unwrap();
    assert!(
        last.text.contains(&say(&stage, "action-reset-password")),
        "the outcome stands above: {last:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_home_tab_is_filled_when_it_is_opened() {
    let stage = SlackStage::<Socket>::begin().await;
    requested(&stage, Who::Maria, QUESTION).await;
    let opened = |who: Who, tab: &str| {
        Sent {
        kind: "events_api",
        payload: stage.fake.event(json!({"type": "app_home_opened", "user": user(who.name()), "channel": direct(&user(who.name())), "tab": tab, "event_ts": "1515449522.000016"})),
    }
    };
    let before = stage.house().so_far();
    stage.delivers(&opened(Who::Ana, "messages")).await;
    assert_eq!(stage.house().so_far(), before, "that is no home tab");
    stage.answers(&opened(Who::Ana, "home")).await;
    let home = stage.sights(Who::Ana).pop().unwrap();
    assert_eq!(home.kind, "home");
    assert!(
        home.text.contains(Who::Maria.address().unwrap()),
        "open requests: {home:#?}"
    );
    stage.answers(&opened(Who::Kostas, "home")).await;
    let home = stage.sights(Who::Kostas).pop().unwrap();
    assert!(!home.text.contains(Who::Maria.address().unwrap()), "{home:#?}");
    stage.fake.nothing_was_invalid();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_in_a_place_without_the_bot_is_answered_there() {
    let stage = SlackStage::<Http>::begin().await;
    stage.fake.world().join("C0WITHOUT", &user("kostas"));
    stage.answers(&stage.command(Who::Kostas, ("C0WITHOUT", "help"))).await;
    let help = stage.sights(Who::Kostas).pop().unwrap();
    assert_eq!((help.kind, help.channel.as_deref()), ("ephemeral", Some("C0WITHOUT")));
    // Its address is used up: then in their direct messages.
    let command = stage.command(Who::Kostas, ("C0WITHOUT", "help"));
    for url in stage.fake.world().response_urls.values_mut() {
        url.uses = 0;
    }
    stage.answers(&command).await;
    let help = stage.sights(Who::Kostas).pop().unwrap();
    assert_eq!((help.kind, help.channel), ("message", Some(direct(&user("kostas")))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_handle_and_no_token_is_kept() {
    let stage = SlackStage::<Http>::begin().await;
    requested(&stage, Who::Maria, QUESTION).await;
    stage.presses(Who::Ana, &say(&stage, "action-unblock-sender")).await;
    stage.presses(Who::Ana, &say(&stage, "confirm")).await;
    let trail = serde_json::to_string(&stage.house().store.recent_records(100).await.unwrap()).unwrap();
    for canary in ["trigger-canary", "response-canary", "canary-bot", "canary-signing"] {
        assert!(!trail.contains(canary), "{canary}");
    }
}
