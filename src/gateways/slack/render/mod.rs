//! Replies as Block Kit: messages, modals and the home tab, each within Slack's limits. What is too long goes on in the
//! next message; nothing is dropped, and no letter is cut.
//! <https://docs.slack.dev/block-kit/>

mod controls;
mod rich;
mod view;

use serde_json::Value;

use super::cutting;
use super::limits::{FALLBACK_TEXT, MESSAGE_BLOCKS, MESSAGE_TEXT, length};
use crate::chat::{Conversation, Reply};

pub use controls::shows;
pub use view::{Metadata, Shown, home, modal, placeholder};

/// A block, and the words in it.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    block: Value,
    words: String,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What is shown.
    pub blocks: Vec<Value>,
    /// What notifications and screen readers tell, escaped.
    pub text: String,
}

/// How much fits into one message or view.
#[derive(Debug, Clone, Copy)]
struct Room {
    blocks: usize,
    text: usize,
}

/// `&amp;`
const LONGEST_ESCAPE: usize = 5;

const IN_A_MESSAGE: Room = Room {
    blocks: MESSAGE_BLOCKS,
    text: MESSAGE_TEXT,
};

/// A reply as messages, in order. The last one holds the buttons. `at` is the conversation that they belong to.
pub fn messages(reply: &Reply, at: &Conversation) -> Vec<Page> {
    let pieces: Vec<Piece> = reply.blocks.iter().flat_map(rich::pieces).collect();
    let controls = controls::in_a_message(reply, at);
    let mut pages: Vec<Page> = fill(pieces, controls, IN_A_MESSAGE).into_iter().map(page).collect();
    if pages.is_empty() {
        pages.push(page(Vec::new()));
    }
    pages
}

/// Words that stand alone, as one message.
pub fn sentence(words: &str) -> Page {
    let block = crate::chat::Block::Paragraph(crate::chat::Text::plain(words));
    page(rich::pieces(&block))
}

/// Spreads `pieces` over as many pages as they need; `last` stays together, on the last one.
fn fill(pieces: Vec<Piece>, last: Vec<Piece>, room: Room) -> Vec<Vec<Piece>> {
    let size = |pieces: &[Piece]| pieces.iter().map(|piece| length(&piece.words) + 1).sum::<usize>();
    let fits =
        |page: &[Piece], more: &[Piece]| page.len() + more.len() <= room.blocks && size(page) + size(more) <= room.text;
    let mut pages: Vec<Vec<Piece>> = Vec::new();
    let mut page: Vec<Piece> = Vec::new();
    for piece in pieces {
        if !page.is_empty() && !fits(&page, std::slice::from_ref(&piece)) {
            pages.push(std::mem::take(&mut page));
        }
        page.push(piece);
    }
    if !page.is_empty() && !fits(&page, &last) {
        pages.push(std::mem::take(&mut page));
    }
    page.extend(last);
    if !page.is_empty() {
        pages.push(page);
    }
    pages
}

fn page(pieces: Vec<Piece>) -> Page {
    let words: Vec<&str> = pieces
        .iter()
        .map(|piece| piece.words.as_str())
        .filter(|words| !words.is_empty())
        .collect();
    let words = if words.is_empty() {
        view::TITLE.to_owned()
    } else {
        words.join("\n")
    };
    let mut text = rich::escaped(&cutting::shortened(&words, FALLBACK_TEXT));
    if length(&text) > FALLBACK_TEXT {
        text = rich::escaped(&cutting::shortened(&words, FALLBACK_TEXT / LONGEST_ESCAPE));
    }
    Page {
        text,
        blocks: pieces.into_iter().map(|piece| piece.block).collect(),
    }
}

/// What a reply looks like as a message, as a modal and on the home tab: for holding it against Slack's own description.
pub fn golden(reply: &Reply, at: &Conversation) -> Value {
    let messages: Vec<Value> = messages(reply, at)
        .into_iter()
        .map(|page| serde_json::json!({"text": page.text, "blocks": page.blocks}))
        .collect();
    let shown = Shown {
        reply,
        secret: None,
        above: None,
    };
    serde_json::json!({
        "messages": messages,
        "modal": modal(&shown, at).view,
        "home": home(reply, at).view,
    })
}
