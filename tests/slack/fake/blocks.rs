//! What Slack takes as blocks, by its documentation: <https://docs.slack.dev/reference/block-kit/blocks/>. Anything
//! else is refused as Slack refuses it, with `invalid_blocks` and a reason.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Message,
    Modal,
    Home,
}

type Checked = Result<(), String>;

pub fn check(blocks: &Value, surface: Surface) -> Checked {
    let blocks = blocks.as_array().ok_or("blocks is no array")?;
    let most = if surface == Surface::Message { 50 } else { 100 };
    if blocks.len() > most {
        return Err(format!("{} blocks", blocks.len()));
    }
    let mut ids = BTreeSet::new();
    let mut words = 0;
    for block in blocks {
        if let Some(id) = block["block_id"].as_str() {
            fits(id, 255, "block_id")?;
            if !ids.insert(id.to_owned()) {
                return Err(format!("the block_id {id} is there twice"));
            }
        }
        check_block(block)?;
        words += block.to_string().chars().count();
    }
    if surface == Surface::Message && words > 100_000 {
        return Err("msg_blocks_too_long".into());
    }
    Ok(())
}

pub fn check_view(view: &Value) -> Checked {
    let surface = match view["type"].as_str() {
        Some("modal") => Surface::Modal,
        Some("home") => Surface::Home,
        other => return Err(format!("the view has the type {other:?}")),
    };
    known(
        view,
        &[
            "type",
            "title",
            "blocks",
            "close",
            "submit",
            "private_metadata",
            "callback_id",
            "clear_on_close",
            "notify_on_close",
            "external_id",
        ],
    )?;
    check(&view["blocks"], surface)?;
    if view.to_string().len() > 250_000 {
        return Err("view_too_large".into());
    }
    if let Some(metadata) = view["private_metadata"].as_str() {
        fits(metadata, 3000, "private_metadata")?;
    }
    if surface == Surface::Modal {
        plain(&view["title"], 24)?;
        if !view["submit"].is_null() {
            plain(&view["submit"], 24)?;
        }
        let has_input = view["blocks"]
            .as_array()
            .is_some_and(|blocks| blocks.iter().any(|block| block["type"] == "input"));
        if has_input && view["submit"].is_null() {
            return Err("a view with an input needs `submit`".into());
        }
    }
    Ok(())
}

fn check_block(block: &Value) -> Checked {
    match block["type"].as_str() {
        Some("header") => {
            known(block, &["type", "block_id", "text"])?;
            plain(&block["text"], 150)
        }
        Some("divider") => known(block, &["type", "block_id"]),
        Some("context") => {
            known(block, &["type", "block_id", "elements"])?;
            for element in several(&block["elements"], 10)? {
                text(element, 3000)?;
            }
            Ok(())
        }
        Some("section") => {
            known(block, &["type", "block_id", "text", "fields", "accessory"])?;
            text(&block["text"], 3000)
        }
        Some("actions") => {
            known(block, &["type", "block_id", "elements"])?;
            let mut ids = BTreeSet::new();
            for element in several(&block["elements"], 25)? {
                button(element)?;
                if !ids.insert(element["action_id"].as_str()) {
                    return Err("an action_id is there twice".into());
                }
            }
            Ok(())
        }
        Some("input") => input(block),
        Some("rich_text") => {
            known(block, &["type", "block_id", "elements"])?;
            let mut length = 0;
            for element in several(&block["elements"], usize::MAX)? {
                length += rich(element)?;
            }
            if length > 4000 {
                return Err(format!("rich text of {length} letters"));
            }
            Ok(())
        }
        other => Err(format!("there is no block of the type {other:?}")),
    }
}

fn rich(element: &Value) -> Result<usize, String> {
    match element["type"].as_str() {
        Some("rich_text_section") => {
            known(element, &["type", "elements"])?;
            let mut length = 0;
            for part in several(&element["elements"], usize::MAX)? {
                length += part["text"].as_str().map_or(0, |text| text.chars().count());
                match part["type"].as_str() {
                    Some("text") => {
                        known(part, &["type", "text", "style"])?;
                        if part["text"].as_str().is_none_or(str::is_empty) {
                            return Err("an empty text".into());
                        }
                    }
                    Some("link") => {
                        known(part, &["type", "url", "text", "style", "unsafe"])?;
                        let url = part["url"].as_str().unwrap_or_default();
                        if !url.starts_with("https://") {
                            return Err(format!("{url} is no link"));
                        }
                    }
                    other => return Err(format!("rich text holds a {other:?}")),
                }
            }
            Ok(length)
        }
        Some("rich_text_list") => {
            known(element, &["type", "elements", "style", "indent", "border"])?;
            if !matches!(element["style"].as_str(), Some("bullet" | "ordered")) {
                return Err("a list without style".into());
            }
            several(&element["elements"], usize::MAX)?.iter().map(rich).sum()
        }
        other => Err(format!("rich text holds a {other:?}")),
    }
}

fn input(block: &Value) -> Checked {
    known(
        block,
        &[
            "type",
            "block_id",
            "label",
            "element",
            "dispatch_action",
            "hint",
            "optional",
        ],
    )?;
    plain(&block["label"], 2000)?;
    let element = &block["element"];
    known(
        element,
        &[
            "type",
            "action_id",
            "placeholder",
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
        ],
    )?;
    if element["type"] != "plain_text_input" {
        return Err("an input of another kind".into());
    }
    if !element["placeholder"].is_null() {
        plain(&element["placeholder"], 150)?;
    }
    Ok(())
}

fn button(element: &Value) -> Checked {
    known(
        element,
        &[
            "type",
            "text",
            "action_id",
            "value",
            "style",
            "url",
            "confirm",
            "accessibility_label",
        ],
    )?;
    if element["type"] != "button" {
        return Err("no button".into());
    }
    plain(&element["text"], 75)?;
    fits(
        element["action_id"].as_str().ok_or("a button without action_id")?,
        255,
        "action_id",
    )?;
    fits(element["value"].as_str().unwrap_or("x"), 2000, "value")?;
    match element["style"].as_str() {
        None | Some("primary" | "danger") => Ok(()),
        Some(other) => Err(format!("there is no style {other}")),
    }
}

fn text(element: &Value, most: usize) -> Checked {
    match element["type"].as_str() {
        Some("plain_text") => plain(element, most),
        Some("mrkdwn") => {
            known(element, &["type", "text", "verbatim"])?;
            fits(element["text"].as_str().unwrap_or_default(), most, "text")
        }
        other => Err(format!("{other:?} is no text")),
    }
}

fn plain(element: &Value, most: usize) -> Checked {
    known(element, &["type", "text", "emoji"])?;
    if element["type"] != "plain_text" {
        return Err(format!("{element} is no plain text"));
    }
    fits(element["text"].as_str().unwrap_or_default(), most, "text")
}

fn fits(text: &str, most: usize, what: &str) -> Checked {
    let length = text.encode_utf16().count();
    if length == 0 || length > most {
        return Err(format!("{what} has {length} letters, and may have 1 to {most}"));
    }
    Ok(())
}

fn several(elements: &Value, most: usize) -> Result<&Vec<Value>, String> {
    let elements = elements.as_array().ok_or("elements is no array")?;
    if elements.is_empty() || elements.len() > most {
        return Err(format!("{} elements", elements.len()));
    }
    Ok(elements)
}

fn known(value: &Value, keys: &[&str]) -> Checked {
    let object = value.as_object().ok_or_else(|| format!("{value} is no object"))?;
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(format!("{key} is unknown here")),
        None => Ok(()),
    }
}

/// What a person reads: one block a line, markup and escapes undone.
pub fn words(blocks: &Value) -> String {
    let blocks = blocks.as_array().into_iter().flatten();
    blocks
        .map(block_words)
        .filter(|words| !words.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn block_words(block: &Value) -> String {
    match block["type"].as_str() {
        Some("rich_text") => lines(&block["elements"], rich_words, "\n"),
        Some("context") => lines(&block["elements"], text_words, " "),
        Some("header" | "section") => text_words(&block["text"]),
        Some("input") => text_words(&block["label"]),
        _ => String::new(),
    }
}

fn rich_words(element: &Value) -> String {
    let between = if element["type"] == "rich_text_list" { "\n" } else { "" };
    match element["type"].as_str() {
        Some("text") => element["text"].as_str().unwrap_or_default().to_owned(),
        Some("link") => element["text"]
            .as_str()
            .or(element["url"].as_str())
            .unwrap_or_default()
            .to_owned(),
        _ => lines(&element["elements"], rich_words, between),
    }
}

fn lines(elements: &Value, words: fn(&Value) -> String, between: &str) -> String {
    let elements = elements.as_array().into_iter().flatten();
    elements.map(words).collect::<Vec<_>>().join(between)
}

fn text_words(text: &Value) -> String {
    let words = text["text"].as_str().unwrap_or_default();
    if text["type"] != "mrkdwn" {
        return words.to_owned();
    }
    let mut read = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('<') {
        read.push_str(before);
        let (inside, after) = after.split_once('>').expect("what is opened is closed");
        read.push_str(inside.split_once('|').map_or(inside, |(_, label)| label));
        rest = after;
    }
    read.push_str(rest);
    read.replace(['*', '`'], "")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Every button with the id of its block.
pub fn buttons(blocks: &Value) -> Vec<(String, Value)> {
    let blocks = blocks.as_array().into_iter().flatten();
    blocks
        .filter(|block| block["type"] == "actions")
        .flat_map(|block| {
            let id = block["block_id"].as_str().unwrap_or_default().to_owned();
            let elements = block["elements"].as_array().cloned().unwrap_or_default();
            elements.into_iter().map(move |element| (id.clone(), element))
        })
        .collect()
}

/// The field, as `state.values` names it.
pub fn field(blocks: &Value) -> Option<(String, String)> {
    let blocks = blocks.as_array()?;
    let input = blocks.iter().find(|block| block["type"] == "input")?;
    Some((
        input["block_id"].as_str()?.to_owned(),
        input["element"]["action_id"].as_str()?.to_owned(),
    ))
}
