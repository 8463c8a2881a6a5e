//! Buttons and the line to fill in. A button's value is its ticket; its id tells whether a private place is to be
//! opened for the answer, and its block's id where it belongs. None of that is a permission.

use serde_json::{Value, json};

use super::Piece;
use super::rich::{self, plain_text};
use crate::chat::{Block, Button, Conversation, Field, Look, Reply, Shows, Text};
use crate::gateways::slack::limits::{ACTION_ID, ACTIONS, BUTTON_TEXT, INPUT_LABEL, PLACEHOLDER, length};
use crate::gateways::slack::{cutting, place};

/// What the id of a button begins with whose answer is for whoever presses it alone.
pub const PRIVATELY: &str = "privately-";
/// What the id of any other button begins with.
pub const OPENLY: &str = "openly-";

/// Where the answer to a button is shown, by its id.
pub fn shows(action_id: &str) -> Shows {
    if action_id.starts_with(PRIVATELY) {
        Shows::Privately
    } else {
        Shows::Openly
    }
}

/// What stands below a message: the line to fill in, and every button.
pub fn in_a_message(reply: &Reply, at: &Conversation) -> Vec<Piece> {
    let mut pieces = whole_labels(&reply.buttons, BUTTON_TEXT);
    pieces.extend(reply.field.as_ref().map(input));
    pieces.extend(buttons(&reply.buttons, at));
    pieces
}

/// The labels that are too long for a button, said in full above it.
pub fn whole_labels(buttons: &[Button], longest: usize) -> Vec<Piece> {
    let long: Vec<Text> = buttons
        .iter()
        .filter(|button| length(&button.label) > longest)
        .map(|button| Text::plain(&button.label))
        .collect();
    if long.is_empty() {
        return Vec::new();
    }
    rich::pieces(&Block::Bullets(long))
}

/// The line to fill in. Its content comes with the press of a button, not by itself.
pub fn input(field: &Field) -> Piece {
    let mut element = json!({
        "type": "plain_text_input",
        "action_id": cutting::shortened(&field.name, ACTION_ID),
    });
    if !field.hint.is_empty() {
        element["placeholder"] = plain_text(&cutting::shortened(&field.hint, PLACEHOLDER));
    }
    Piece {
        block: json!({
            "type": "input",
            "block_id": "field",
            "dispatch_action": false,
            "label": plain_text(&cutting::shortened(&field.label, INPUT_LABEL)),
            "element": element,
        }),
        words: field.label.clone(),
    }
}

/// The buttons, in as many rows as they need.
pub fn buttons(buttons: &[Button], at: &Conversation) -> Vec<Piece> {
    let rows = buttons.chunks(ACTIONS).enumerate();
    rows.map(|(row, buttons)| {
        let elements: Vec<Value> = buttons
            .iter()
            .enumerate()
            .map(|(index, button)| element(button, row * ACTIONS + index))
            .collect();
        Piece {
            block: json!({"type": "actions", "block_id": place::write(at, row), "elements": elements}),
            words: String::new(),
        }
    })
    .collect()
}

fn element(button: &Button, number: usize) -> Value {
    let prefix = match button.shows {
        Shows::Privately => PRIVATELY,
        Shows::Openly => OPENLY,
    };
    let label = if button.label.is_empty() { "…" } else { &button.label };
    let mut element = json!({
        "type": "button",
        "action_id": format!("{prefix}{number}"),
        "text": plain_text(&cutting::shortened(label, BUTTON_TEXT)),
        "value": button.ticket.0,
    });
    match button.look {
        Look::Primary => element["style"] = json!("primary"),
        Look::Danger => element["style"] = json!("danger"),
        Look::Ordinary => {}
    }
    element
}
