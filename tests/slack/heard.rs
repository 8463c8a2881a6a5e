//! Who speaks, and where: what is heard, what is not, and where the answer stands.

use latchkey::settings::SlackSettings;
use latchkey::store::audit::Event;
use serde_json::{Value, json};

use crate::common::{QUESTION, requested, say};
use crate::conformance::{Stage, Who};
use crate::fake::Fake;
use crate::fake::world::{ADMINS, BOT, GENERAL, SUPPORT, direct, user};
use crate::stage::{Http, Sent, SlackStage, Socket, furnish, mode, settings};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_among_administrators_is_answered_for_all_of_them_in_its_thread() {
    let stage = SlackStage::<Socket>::begin().await;
    let text = format!("<@{BOT}> look up maria.papadopoulou@contoso.com");
    let message = stage.message(Who::Ana, ADMINS, (&text, None));
    stage.answers(&stage.as_mention(&message)).await;
    let card = stage.sights(Who::Petros).pop().unwrap();
    assert_eq!((card.kind, card.only.as_deref()), ("message", None), "{card:#?}");
    assert_eq!(card.thread.as_deref(), message.payload["event"]["ts"].as_str());
    // Elsewhere nobody else may read the state of somebody's account.
    let message = stage.message(Who::Ana, GENERAL, (&text, None));
    stage.answers(&stage.as_mention(&message)).await;
    assert!(stage.sights(Who::Kostas).is_empty());
    assert_eq!(stage.sights(Who::Ana).pop().unwrap().kind, "ephemeral");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_word_is_seen_where_the_thread_has_not_begun_and_in_it_once_it_has() {
    let stage = SlackStage::<Http>::begin().await;
    let text = format!("<@{BOT}> ελληνικά");
    let message = stage.message(Who::Kostas, GENERAL, (&text, None));
    stage.answers(&stage.as_mention(&message)).await;
    let told = stage.sights(Who::Kostas).pop().expect("it is seen");
    assert_eq!((told.kind, told.thread), ("ephemeral", None), "there is no thread yet");

    let ts = message.payload["event"]["ts"].as_str();
    let reply = stage.message(Who::Kostas, GENERAL, (&text, ts));
    stage.answers(&stage.as_mention(&reply)).await;
    let told = stage.sights(Who::Kostas).pop().expect("it is seen");
    assert_eq!((told.kind, told.thread.as_deref()), ("ephemeral", ts));

    // The bot's own answer begins a thread, too.
    let asked = stage.message(Who::Maria, SUPPORT, (&format!("<@{BOT}> {QUESTION}"), None));
    stage.answers(&stage.as_mention(&asked)).await;
    stage.sights(Who::Maria);
    stage.presses(Who::Maria, &say(&stage, "ask-administrator")).await;
    let told = stage.sights(Who::Maria);
    let told = told.iter().find(|sight| sight.kind == "ephemeral");
    let told = told.map(|sight| sight.thread.as_deref());
    assert!(told.is_none_or(|thread| thread == asked.payload["event"]["ts"].as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clarifying_question_stands_in_the_thread_and_whoever_asked_answers_it() {
    let stage = SlackStage::<Socket>::begin().await;
    let text = format!("<@{BOT}> my account is blocked");
    let message = stage.message(Who::Maria, GENERAL, (&text, None));
    stage.answers(&stage.as_mention(&message)).await;
    let question = stage.sights(Who::Maria).pop().unwrap();
    assert_eq!(
        (question.kind, question.buttons.len() > 1),
        ("message", true),
        "{question:#?}"
    );
    assert_eq!(question.thread.as_deref(), message.payload["event"]["ts"].as_str());
    stage.sights(Who::Kostas);
    stage.presses(Who::Kostas, &question.buttons[0]).await;
    let refused = stage.sights(Who::Kostas);
    assert!(refused.iter().all(|sight| sight.only.is_some()), "{refused:#?}");
    assert!(stage.sights(Who::Maria).is_empty(), "somebody else has chosen for her");
    stage.presses(Who::Maria, &question.buttons[0]).await;
    let answer = stage.sights(Who::Maria).pop().unwrap();
    assert_eq!(answer.buttons, [say(&stage, "ask-administrator")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lets_the_bot_into_a_channel_is_greeted_there_once() {
    let stage = SlackStage::<Http>::begin().await;
    stage.fake.world().users.get_mut(&user("kostas")).unwrap().locale = "el-GR".into();
    let joined = |who: &str| Sent {
        kind: "events_api",
        payload: stage
            .fake
            .event(json!({"type": "member_joined_channel", "user": who, "channel": GENERAL,
            "channel_type": "C", "team": "T024BE7LD", "inviter": user("kostas"), "event_ts": "1700000500.000100"})),
    };
    let before = stage.house().so_far();
    stage.delivers(&joined(&user("maria"))).await;
    assert_eq!(stage.house().so_far(), before, "that is no concern of the bot's");
    stage.answers(&joined(BOT)).await;
    stage.repeats().await;
    let greeting = stage.sights(Who::Maria);
    assert_eq!(greeting.len(), 1, "{greeting:#?}");
    assert_eq!((greeting[0].kind, greeting[0].thread.as_deref()), ("message", None));
    assert!(
        greeting[0].text.contains(&stage.house().phrase("el", "help-title")),
        "{greeting:#?}"
    );
    stage.fake.nothing_was_invalid();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_that_belongs_to_a_workspace_that_is_not_served_is_not_taken() {
    let stage = SlackStage::<Http>::begin().await;
    requested(&stage, Who::Maria, QUESTION).await;
    let before = stage.house().so_far();
    let press = stage.press(Who::Ana, &say(&stage, "action-unblock-sender"), None);
    let mut elsewhere = press.clone();
    let block = press.payload["actions"][0]["block_id"].as_str().unwrap();
    elsewhere.payload["actions"][0]["block_id"] = json!(block.replace("T024BE7LD", "T0OTHER"));
    stage.delivers(&elsewhere).await;
    assert_eq!(stage.house().so_far(), before);
    // One that stands in another channel than it belongs to is no good there.
    let mut moved = press.clone();
    moved.payload["actions"][0]["block_id"] = json!(block.replace(ADMINS, GENERAL));
    stage.answers(&moved).await;
    let preview = stage.sights(Who::Ana);
    assert!(
        preview
            .iter()
            .any(|sight| sight.buttons.contains(&say(&stage, "confirm"))),
        "it stands among administrators"
    );
    let mut away = press;
    away.payload["container"]["channel_id"] = json!(GENERAL);
    away.payload["channel"]["id"] = json!(GENERAL);
    away.payload["trigger_id"] = json!("another");
    stage.answers(&away).await;
    let refused = stage.sights(Who::Ana);
    assert!(
        refused
            .iter()
            .all(|sight| sight.only.is_some() && sight.buttons.is_empty()),
        "{refused:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_of_a_whole_organisation_is_heard_in_its_workspaces() {
    const ORGANISATION: &str = "E0CONTOSO";
    let fake = Fake::start().await;
    furnish(&fake);
    fake.world().enterprise = Some(ORGANISATION.into());
    let of_all = SlackSettings {
        team_ids: vec![ORGANISATION.into()],
        ..settings(&fake, mode::<Http>())
    };
    let stage = SlackStage::<Http>::with(fake, &of_all).await;
    let mut message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    message.payload["authorizations"][0] = json!({"enterprise_id": ORGANISATION, "team_id": null, "user_id": BOT, "is_bot": true, "is_enterprise_install": true});
    stage.answers(&message).await;
    stage.sights(Who::Maria);
    // Slack names no workspace for what is pressed in an app of the organisation.
    let mut press = stage.press(Who::Maria, &say(&stage, "ask-administrator"), None);
    press.payload["team"] = Value::Null;
    press.payload["enterprise"] = json!({"id": ORGANISATION, "name": "Contoso"});
    press.payload["is_enterprise_install"] = json!(true);
    let mut strange = press.clone();
    strange.payload["enterprise"]["id"] = json!("E0OTHER");
    let before = stage.house().so_far();
    stage.delivers(&strange).await;
    assert_eq!(stage.house().so_far(), before, "another organisation's");
    stage.answers(&press).await;
    let told = stage.sights(Who::Maria);
    assert!(
        told.iter()
            .any(|sight| sight.text.contains(Who::Maria.address().unwrap())),
        "{told:#?}"
    );
    let mut command = stage.command(Who::Kostas, (SUPPORT, "help"));
    command.payload["enterprise_id"] = json!(ORGANISATION);
    command.payload["is_enterprise_install"] = json!("true");
    stage.answers(&command).await;
    assert!(
        stage
            .sights(Who::Kostas)
            .pop()
            .unwrap()
            .text
            .contains(&say(&stage, "help-title"))
    );
}
