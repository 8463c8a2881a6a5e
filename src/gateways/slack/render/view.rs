//! Modals and the home tab. A modal is the only place in which a secret is shown: it is gone when it is closed.
//! <https://docs.slack.dev/surfaces/modals/>

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Page, Piece, Room, controls, fill, page, rich};
use crate::chat::{Conversation, Reply, Secret, TicketId};
use crate::gateways::slack::limits::{PRIVATE_METADATA, VIEW_BLOCKS, VIEW_TEXT, VIEW_TITLE};
use crate::gateways::slack::{cutting, place};

/// What stands at the top of every modal.
pub const TITLE: &str = "Latchkey";

const IN_A_VIEW: Room = Room {
    blocks: VIEW_BLOCKS,
    text: VIEW_TEXT,
};

/// A view to hand to Slack, and the messages that must go before it because it has no room for them.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The view itself.
    pub view: Value,
    /// What did not fit.
    pub before: Vec<Page>,
}

/// What a modal shows.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What is said.
    pub reply: &'a Reply,
    /// A value to show once.
    pub secret: Option<&'a Secret>,
    /// What the modal showed before and goes on showing, above.
    pub above: Option<&'a Reply>,
}

/// What Slack carries with a view and gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The conversation that the view belongs to.
    pub at: String,
    /// What the view's own button stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
}

/// A modal.
pub fn modal(shown: &Shown<'_>, at: &Conversation) -> View {
    let (reply, above) = (shown.reply, shown.above);
    let mut pieces: Vec<Piece> = Vec::new();
    if let Some(above) = above.filter(|above| !above.blocks.is_empty()) {
        pieces.extend(above.blocks.iter().flat_map(rich::pieces));
        pieces.push(Piece {
            block: json!({"type": "divider"}),
            words: String::new(),
        });
    }
    pieces.extend(reply.blocks.iter().flat_map(rich::pieces));
    if let Some(secret) = shown.secret {
        pieces.extend(rich::labelled(&secret.label, secret.value.expose_secret()));
    }
    let mut buttons = reply.buttons.clone();
    // A view with a line to fill in must have a button of its own, which sends it.
    let submit = (reply.field.is_some() && !buttons.is_empty()).then(|| buttons.remove(0));
    buttons.extend(above.into_iter().flat_map(|above| above.buttons.iter().cloned()));
    let mut last = controls::whole_labels(&buttons, crate::gateways::slack::limits::BUTTON_TEXT);
    last.extend(controls::whole_labels(submit.as_slice(), VIEW_TITLE));
    if submit.is_some() {
        last.extend(reply.field.as_ref().map(controls::input));
    }
    last.extend(controls::buttons(&buttons, at));
    let mut pages = fill(pieces, last, IN_A_VIEW);
    let pieces = pages.pop().unwrap_or_default();
    let metadata = Metadata {
        at: place::write(at, 0),
        ticket: submit.as_ref().map(|button| button.ticket.clone()),
    };
    let mut view = json!({
        "type": "modal",
        "title": rich::plain_text(TITLE),
        "private_metadata": written(&metadata),
        "blocks": blocks(pieces),
    });
    if let Some(button) = submit {
        view["submit"] = rich::plain_text(&cutting::shortened(&button.label, VIEW_TITLE));
    }
    View {
        view,
        before: pages.into_iter().map(page).collect(),
    }
}

/// A modal of one sentence, until there is more to say.
pub fn placeholder(words: &str, at: &Conversation) -> Value {
    let metadata = Metadata {
        at: place::write(at, 0),
        ticket: None,
    };
    json!({
        "type": "modal",
        "title": rich::plain_text(TITLE),
        "private_metadata": written(&metadata),
        "blocks": super::sentence(words).blocks,
    })
}

/// The home tab.
pub fn home(reply: &Reply, at: &Conversation) -> View {
    let pieces = reply.blocks.iter().flat_map(rich::pieces).collect();
    let mut pages = fill(pieces, controls::in_a_message(reply, at), IN_A_VIEW);
    let pieces = pages.pop().unwrap_or_default();
    let metadata = Metadata {
        at: place::write(at, 0),
        ticket: None,
    };
    View {
        view: json!({"type": "home", "private_metadata": written(&metadata), "blocks": blocks(pieces)}),
        before: pages.into_iter().map(page).collect(),
    }
}

/// A view without a block is refused.
fn blocks(pieces: Vec<Piece>) -> Vec<Value> {
    if pieces.is_empty() {
        return super::sentence(TITLE).blocks;
    }
    pieces.into_iter().map(|piece| piece.block).collect()
}

fn written(metadata: &Metadata) -> String {
    let written = json!(metadata).to_string();
    debug_assert!(written.len() <= PRIVATE_METADATA, "ids and tickets are short");
    written
}
