//! What is rendered: golden files of every canonical reply, held against Slack's limits here and against its own
//! description in tests/contract. LATCHKEY_GOLDEN=write writes them anew.

use latchkey::chat::{Conversation, Platform, Reply, Room};
use latchkey::gateways::slack::golden;
use serde_json::Value;

use crate::conformance::replies::{self, HOSTILE};
use crate::fake::blocks::{self, Surface};
use crate::fake::world::{SUPPORT, TEAM};

fn support() -> Conversation {
    Conversation {
        platform: Platform::Slack,
        scope: TEAM.into(),
        id: SUPPORT.into(),
        thread: Some("1700000000.000100".into()),
        room: Room::Shared,
    }
}

fn rendered(reply: &Reply) -> Value {
    golden(reply, &support())
}

fn messages(rendered: &Value) -> &Vec<Value> {
    rendered["messages"].as_array().unwrap()
}

/// Everything that a person reads of it, message after message.
fn words(rendered: &Value) -> String {
    let words = messages(rendered)
        .iter()
        .map(|message| blocks::words(&message["blocks"]));
    words.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_reply_looks_as_it_did() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slack/golden");
    for (name, reply) in replies::all() {
        let file = folder.join(format!("{name}.json"));
        let now = match name {
            // Its messages alone, which are long enough.
            "too-long" => format!("{}\n", serde_json::json!({"messages": rendered(&reply)["messages"]})),
            _ => format!("{}\n", serde_json::to_string_pretty(&rendered(&reply)).unwrap()),
        };
        if std::env::var("LATCHKEY_GOLDEN").is_ok_and(|what| what == "write") {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &now).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            golden == now,
            "{name} looks different: look at the difference, then run with LATCHKEY_GOLDEN=write"
        );
    }
}

#[test]
fn slack_takes_every_reply_everywhere() {
    for (name, reply) in replies::all() {
        let rendered = rendered(&reply);
        for message in messages(&rendered) {
            blocks::check(&message["blocks"], Surface::Message).unwrap_or_else(|why| panic!("{name}: {why}"));
            let text = message["text"].as_str().unwrap();
            assert!(!text.is_empty() && text.chars().count() <= 4000, "{name}");
        }
        for view in ["modal", "home"] {
            blocks::check_view(&rendered[view]).unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }
}

#[test]
fn what_is_too_long_goes_on_and_nothing_is_missing() {
    let reply = replies::too_long();
    let rendered = rendered(&reply);
    assert!(messages(&rendered).len() > 1);
    let words = words(&rendered);
    let mut from = 0;
    for number in replies::too_long_numbers() {
        let found = words[from..].find(&format!("[{number}]"));
        from += found.unwrap_or_else(|| panic!("[{number}] is missing, or out of order"));
    }
    for button in &reply.buttons {
        assert!(
            words.contains(&button.label),
            "a label that is too long is said in full"
        );
    }
    let families = |text: &str| text.matches("👩‍👩‍👧‍👦").count();
    let said: String = reply.blocks.iter().map(|block| format!("{block:?}")).collect();
    let labels: String = reply.buttons.iter().map(|button| button.label.clone()).collect();
    assert_eq!(
        families(&words),
        families(&said.replace("\\u{200d}", "\u{200d}")) + families(&labels),
        "no family is torn apart"
    );
    let last = messages(&rendered).last().unwrap();
    let with_buttons = |message: &Value| !blocks::buttons(&message["blocks"]).is_empty();
    assert!(
        with_buttons(last)
            && messages(&rendered)
                .iter()
                .filter(|message| with_buttons(message))
                .count()
                == 1
    );
}

/// Every place in which Slack would read markup.
fn markup<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            if object.get("type").is_some_and(|kind| kind == "mrkdwn") {
                found.extend(value["text"].as_str());
            }
            object.values().for_each(|value| markup(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| markup(value, found)),
        _ => {}
    }
}

#[test]
fn words_of_a_stranger_are_words() {
    let rendered = rendered(&replies::hostile());
    for message in messages(&rendered) {
        let mut found = Vec::new();
        markup(&message["blocks"], &mut found);
        assert!(found.is_empty(), "read as markup: {found:#?}");
        let text = message["text"].as_str().unwrap();
        assert!(!text.contains(['<', '>']), "{text}");
    }
    let json = rendered.to_string();
    for element in [
        "\"user\"",
        "\"broadcast\"",
        "\"usergroup\"",
        "\"emoji\":true",
        "\"type\":\"emoji\"",
    ] {
        assert!(!json.contains(element), "{element}");
    }
    let places = replies::hostile().blocks.len();
    assert!(
        words(&rendered).matches(HOSTILE).count() >= places,
        "every word is there"
    );
}
