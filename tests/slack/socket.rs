//! Socket Mode: what Slack sends twice, out of order, cut off or on a connection that it drops.

use latchkey::gateways::Condition;
use serde_json::json;

use crate::common::{QUESTION, becomes};
use crate::conformance::{Place, Stage, Who};
use crate::fake::world::{SUPPORT, direct, user};
use crate::stage::{SlackStage, Socket};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_is_answered_with_its_acknowledgement_only_where_it_takes_an_answer() {
    let stage = SlackStage::<Socket>::begin().await;
    let text = "I can't send any email since this morning, everything bounces back";
    let message = stage.message(Who::Stranger, SUPPORT, (text, None));
    stage.answers(&message).await;
    let say = |key: &str| stage.house().phrase("en", key);
    // Nothing is known of their account, so a modal asks which it is.
    stage.presses(Who::Stranger, &say("ask-administrator")).await;
    // A modal's own button has room for 24 letters.
    let label = stage.fake.world().views.last().unwrap().view["submit"]["text"].clone();
    let sent = stage.press(
        Who::Stranger,
        label.as_str().unwrap(),
        Some("maria.papadopoulou@contoso.com"),
    );
    assert_eq!(sent.payload["type"], "view_submission");
    let number = stage.fake.sockets.numbers()[0];
    for (id, takes, answered) in [("one", json!(true), true), ("two", json!(false), false)] {
        let mut payload = sent.payload.clone();
        payload["trigger_id"] = json!(format!("trigger-{id}"));
        payload["view"]["hash"] = json!(id);
        let envelope =
            json!({"envelope_id": id, "type": sent.kind, "payload": payload, "accepts_response_payload": takes});
        stage.fake.sockets.says(number, &envelope.to_string());
        let answer = stage.fake.sockets.acknowledged(id).await;
        assert_eq!(answer["response_action"] == "update", answered, "{answer}");
    }
}
