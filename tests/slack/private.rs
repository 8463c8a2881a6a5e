//! The private ways: modals, private messages, the home tab, and what is said where they are closed.

use std::time::Duration;

use latchkey::chat::{Block, Conversation, DeliveryError, Gateway, Outgoing, Platform, Reply, Room, Secret, Text};
use serde_json::json;

use crate::common::{QUESTION, requested, say};
use crate::conformance::{Place, Stage, Who};
use crate::fake::Fault;
use crate::fake::world::{SUPPORT, TEAM, direct, user};
use crate::stage::{Http, Sent, SlackStage, Socket, identity};

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
async fn a_secret_is_shown_in_no_modal_but_that_of_whoever_approved_it() {
    let stage = SlackStage::<Http>::begin().await;
    requested(&stage, Who::Kostas, "I forgot my password, please reset it").await;
    stage.presses(Who::Ana, &say(&stage, "action-reset-password")).await;
    stage.presses(Who::Ana, &say(&stage, "confirm")).await;
    stage.presses(Who::Petros, &say(&stage, "approve")).await;
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
    let seen = stage.sights(Who::Petros);
    let last = seen.iter().rfind(|sight| sight.kind == "modal").unwrap();
    assert!(holds(&last.text), "{last:#?}");
    assert!(stage.sights(Who::Ana).iter().all(|sight| !holds(&sight.text)));
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
    stage.delivers(&opened(Who::Ana, "about")).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_to_the_bot_for_the_first_time_is_greeted_and_nobody_else() {
    let stage = SlackStage::<Socket>::begin().await;
    let opened = |who: Who| Sent {
        kind: "events_api",
        payload: stage
            .fake
            .event(json!({"type": "app_home_opened", "user": user(who.name()),
            "channel": direct(&user(who.name())), "tab": "messages", "event_ts": "1515449522.000016"})),
    };
    stage.answers(&opened(Who::Kostas)).await;
    let greeting = stage.news(Who::Kostas);
    assert_eq!(greeting.len(), 1, "{greeting:#?}");
    assert!(greeting[0].text.contains(&say(&stage, "help-title")));
    stage.delivers(&opened(Who::Kostas)).await;
    // Maria has spoken to it before, perhaps with another process.
    stage.says(Who::Maria, Place::Direct, QUESTION).await;
    stage.news(Who::Maria);
    stage.delivers(&opened(Who::Maria)).await;
    // Where Slack does not say whether something was said already, nothing is.
    stage
        .fake
        .always_fails("conversations.history", Fault::Says("missing_scope"));
    stage.delivers(&opened(Who::Petros)).await;
    stage.fake.was_called("conversations.history", 3).await;
    stage.says(Who::Ana, Place::Direct, QUESTION).await;
    for who in [Who::Kostas, Who::Maria, Who::Petros] {
        assert!(stage.news(who).is_empty(), "{who:?}");
    }
    assert_eq!(stage.house().so_far().taken, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_takes_no_other_way_than_a_modal() {
    let stage = SlackStage::<Http>::begin().await;
    let asked = stage.fake.calls("chat.postEphemeral").len();
    let whisper = |secret: Option<Secret>| Outgoing::Whisper {
        to: Conversation {
            platform: Platform::Slack,
            scope: TEAM.into(),
            id: SUPPORT.into(),
            thread: None,
            room: Room::Shared,
        },
        person: identity(Who::Ana),
        reply: Reply {
            blocks: vec![Block::Paragraph(Text::plain("for you"))],
            ..Reply::default()
        },
        secret,
        answering: None,
    };
    let secret = Secret {
        label: "Temporary password".into(),
        value: "canary-password".to_owned().into(),
    };
    let refused = stage.slack.deliver(whisper(Some(secret))).await.unwrap_err();
    assert!(matches!(&refused, DeliveryError::Refused { .. }), "{refused}");
    assert!(!refused.to_string().contains("canary"));
    assert_eq!(stage.fake.calls("chat.postEphemeral").len(), asked);
    stage.slack.deliver(whisper(None)).await.unwrap();
    assert_eq!(stage.sights(Who::Ana).pop().unwrap().kind, "ephemeral");
}
