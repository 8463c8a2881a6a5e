//! What Discord refuses, by its documentation.

use std::collections::BTreeSet;

use serde_json::Value;

/// As JavaScript counts, which is the strictest way.
fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.encode_utf16().count())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A message to create or to edit. <https://docs.discord.com/developers/resources/message>
pub fn message(body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    for key in body.as_object().unwrap().keys() {
        let known = [
            "content",
            "embeds",
            "components",
            "allowed_mentions",
            "flags",
            "message_reference",
            "nonce",
            "enforce_nonce",
        ];
        check(known.contains(&key.as_str()), format!("unknown key {key}"));
    }
    let (embeds, content) = (list(&body["embeds"]), length(&body["content"]));
    check(content > 0 || !embeds.is_empty(), "an empty message".into());
    check(content <= 2000, "content is too long".into());
    check(embeds.len() <= 10, "too many embeds".into());
    check(length(&body["nonce"]) <= 25, "nonce is too long".into());
    // Discord would take others; this project pings nobody, ever.
    check(
        body["allowed_mentions"] == serde_json::json!({"parse": []}),
        "allowed_mentions must be there and empty".into(),
    );
    let mut total = 0;
    for embed in embeds {
        let fields = list(&embed["fields"]);
        total += length(&embed["title"]) + length(&embed["description"]) + length(&embed["footer"]["text"]);
        total += fields
            .iter()
            .map(|field| length(&field["name"]) + length(&field["value"]))
            .sum::<usize>();
        check(length(&embed["title"]) <= 256, "a title is too long".into());
        check(
            length(&embed["description"]) <= 4096,
            "a description is too long".into(),
        );
        check(fields.len() <= 25, "too many fields".into());
        for field in fields {
            check(
                (1..=256).contains(&length(&field["name"])),
                "a field's name is empty or too long".into(),
            );
            check(
                (1..=1024).contains(&length(&field["value"])),
                "a field's value is empty or too long".into(),
            );
        }
    }
    check(total <= 6000, format!("embeds of {total} characters"));
    wrong.extend(components(&body["components"]));
    wrong
}

/// Rows of buttons. <https://docs.discord.com/developers/components/reference>
fn components(components: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let rows = list(components);
    let mut ids = BTreeSet::new();
    if rows.len() > 5 {
        wrong.push("too many rows".to_owned());
    }
    for row in rows {
        let buttons = list(&row["components"]);
        if row["type"] != 1 || !(1..=5).contains(&buttons.len()) {
            wrong.push("a row that is none".to_owned());
        }
        for button in buttons {
            let id = button["custom_id"].as_str().unwrap_or_default();
            if button["type"] != 2 || !(1..=4).contains(&button["style"].as_u64().unwrap_or(0)) {
                wrong.push("a button that is none".to_owned());
            }
            if !(1..=80).contains(&length(&button["label"])) {
                wrong.push("a label that is empty or too long".to_owned());
            }
            if !(1..=100).contains(&id.chars().count()) || !ids.insert(id.to_owned()) {
                wrong.push(format!("a custom id that is empty, too long or there twice: {id}"));
            }
        }
    }
    wrong
}

/// A dialog. <https://docs.discord.com/developers/interactions/receiving-and-responding>
pub fn modal(data: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let rows = list(&data["components"]);
    if !(1..=100).contains(&length(&data["custom_id"])) || !(1..=45).contains(&length(&data["title"])) {
        wrong.push("a dialog's id or title is empty or too long".to_owned());
    }
    if !(1..=5).contains(&rows.len()) {
        wrong.push("a dialog without rows, or with too many".to_owned());
    }
    for row in rows {
        let inputs = list(&row["components"]);
        if row["type"] != 1 || inputs.len() != 1 {
            wrong.push("a dialog's row must hold one input".to_owned());
        }
        for input in inputs {
            let limits = length(&input["placeholder"]) <= 100
                && (1..=45).contains(&length(&input["label"]))
                && (1..=100).contains(&length(&input["custom_id"]))
                && input["max_length"]
                    .as_u64()
                    .is_none_or(|most| (1..=4000).contains(&most));
            if input["type"] != 4 || !limits {
                wrong.push(format!("an input that is none: {input}"));
            }
        }
    }
    wrong
}

/// Commands to register. <https://docs.discord.com/developers/interactions/application-commands>
pub fn commands(commands: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for command in list(commands) {
        described(command, &mut wrong);
        let options = list(&command["options"]);
        if options.len() > 25 {
            wrong.push("too many options".to_owned());
        }
        let kinds: BTreeSet<bool> = options.iter().map(|option| option["type"] == 1).collect();
        if kinds.len() > 1 {
            wrong.push("subcommands beside other options".to_owned());
        }
        for option in options {
            described(option, &mut wrong);
            let mut optional = false;
            for inner in list(&option["options"]) {
                described(inner, &mut wrong);
                if inner["required"] == true && optional {
                    wrong.push("a required option after an optional one".to_owned());
                }
                optional |= inner["required"] != true;
            }
        }
    }
    wrong
}

fn described(one: &Value, wrong: &mut Vec<String>) {
    let localised = |key: &str| one[key].as_object().cloned().unwrap_or_default();
    let names = localised("name_localizations");
    for locale in names.keys().chain(localised("description_localizations").keys()) {
        // Some of <https://docs.discord.com/developers/reference#locales>.
        if !["el", "de", "fr", "en-GB", "en-US"].contains(&locale.as_str()) {
            wrong.push(format!("no such locale: {locale}"));
        }
    }
    for name in names.values().chain([&one["name"]]) {
        let name = name.as_str().unwrap_or_default();
        let letters = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if !(1..=32).contains(&name.chars().count()) || !letters || name.to_lowercase() != name {
            wrong.push(format!("a name that breaks the rule: {name}"));
        }
    }
    let descriptions = localised("description_localizations");
    for description in descriptions.values().chain([&one["description"]]) {
        if !(1..=100).contains(&length(description)) {
            wrong.push(format!("a description that is empty or too long: {description}"));
        }
    }
}
