//! Adaptive Cards 1.5 from replies. A reply that is larger than Teams takes becomes several cards; buttons are on the
//! last of them.

use serde_json::{Value, json};

use super::clusters;
use super::limits::{
    KEPT_FOR_THE_REST, LARGEST_MESSAGE, LARGEST_TEXT, LONGEST_FALLBACK, LONGEST_INPUT, LONGEST_TITLE, LONGEST_TOAST,
    PRIMARY_ACTIONS,
};
use super::place::{self, Shown};
use super::text::{self, Style};
use crate::chat::{Block, Button, Conversation, Field, Look, Reply, Secret, Span, Text, TicketId};
use secrecy::ExposeSecret;

/// How an attachment says that it is an Adaptive Card.
pub const CONTENT_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// The verb of every button.
pub const PRESS: &str = "press";
/// The verb with which Teams asks for a person's own view.
pub const REFRESH: &str = "refresh";

/// Languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 5] = ["ar", "fa", "he", "ur", "yi"];

/// What surrounds a reply: where it belongs, how it is shown, and who has a view of their own.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The conversation that its buttons belong to.
    pub conversation: &'a Conversation,
    /// How it is shown.
    pub shown: Shown,
    /// The connector's ids of those who get a view of their own, and the ticket with which it is asked for.
    pub own_views: Option<(&'a TicketId, &'a [String])>,
}

impl<'a> Frame<'a> {
    /// A card that is the same for everybody.
    pub fn new(conversation: &'a Conversation, shown: Shown) -> Self {
        Self {
            conversation,
            shown,
            own_views: None,
        }
    }
}

/// How much one card may hold, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(LARGEST_MESSAGE - KEPT_FOR_THE_REST)
    }
}

impl Room {
    /// Half as much, for when Teams took less than it says; `None` where less would be of no use.
    pub fn halved(self) -> Option<Self> {
        (self.0 / 2 >= LARGEST_TEXT).then_some(Self(self.0 / 2))
    }
}

/// What of a reply is still to be sent. Its cards are made one by one, each as large as is known to be taken by then.
pub struct Rest<'a> {
    reply: &'a Reply,
    elements: Vec<Value>,
}

/// A card, and how many of the elements that are left it holds.
pub struct Piece {
    /// The card.
    pub card: Value,
    elements: usize,
}

impl<'a> Rest<'a> {
    /// All of it.
    pub fn of(reply: &'a Reply) -> Self {
        Self {
            reply,
            elements: elements(reply),
        }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// What it is the rest of.
    pub fn reply(&self) -> &'a Reply {
        self.reply
    }

    /// The next card. The one with which the reply ends has the buttons, unless there is no frame for them: then another
    /// card has them.
    pub fn first(&self, frame: Option<&Frame<'_>>, room: Room) -> Piece {
        let elements = fitting(self.elements.iter(), room);
        let mut card = envelope(self.reply, self.elements[..elements].to_vec());
        if let Some(frame) = frame.filter(|_| elements == self.elements.len()) {
            add_buttons(&mut card, self.reply, frame);
        }
        Piece { card, elements }
    }

    /// The card with which the reply ends.
    pub fn last(&self, frame: &Frame<'_>, room: Room) -> Piece {
        let elements = fitting(self.elements.iter().rev(), room);
        let start = self.elements.len() - elements;
        let mut card = envelope(self.reply, self.elements[start..].to_vec());
        add_buttons(&mut card, self.reply, frame);
        Piece { card, elements }
    }

    /// That was its beginning.
    pub fn without_first(&mut self, piece: &Piece) {
        self.elements.drain(..piece.elements);
    }

    /// That was its end.
    pub fn without_last(&mut self, piece: &Piece) {
        self.elements.truncate(self.elements.len() - piece.elements);
    }
}

/// How many elements one card holds: at least one, where there is one.
fn fitting<'a>(elements: impl Iterator<Item = &'a Value>, room: Room) -> usize {
    let mut size = 0;
    let fitting = elements.take_while(|element| {
        let first = size == 0;
        size += element.to_string().len() + 1;
        first || size <= room.0
    });
    fitting.count()
}

/// The cards of a reply, in the order in which they are sent. There is at least one.
pub fn cards(reply: &Reply, frame: &Frame<'_>, room: Room) -> Vec<Value> {
    let mut rest = Rest::of(reply);
    let mut cards = Vec::new();
    loop {
        let piece = rest.first(Some(frame), room);
        rest.without_first(&piece);
        cards.push(piece.card);
        if rest.is_empty() {
            return cards;
        }
    }
}

/// The card that everybody gets whose client can't wait: the last, with the buttons.
pub fn single(reply: &Reply, frame: &Frame<'_>) -> Value {
    Rest::of(reply).last(frame, Room::default()).card
}

/// A card that shows a value once: what was said about it, its label, and the value to be copied.
pub fn with_secret(reply: &Reply, frame: &Frame<'_>, secret: &Secret) -> Value {
    let mut card = single(reply, frame);
    let label = Text(vec![Span::Strong(secret.label.clone())]);
    let value = Text(vec![Span::Code(secret.value.expose_secret().to_owned())]);
    if let Some(body) = card["body"].as_array_mut() {
        body.push(text::element(&label, Style::Label));
        body.push(text::element(&value, Style::Body));
    }
    card
}

/// The reply as one passing message, if it is no more than a sentence with small print.
pub fn toast(reply: &Reply) -> Option<String> {
    if !reply.buttons.is_empty() || reply.field.is_some() {
        return None;
    }
    let mut sentences = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Paragraph(text) | Block::Note(text) => sentences.push(text.words()),
            Block::Heading(_) | Block::Steps(_) | Block::Bullets(_) | Block::Facts(_) => return None,
        }
    }
    let toast = sentences.join(" ");
    let length = toast.chars().count();
    (length > 0 && length <= LONGEST_TOAST).then_some(toast)
}

/// The words of a reply, for notifications, screen readers and clients that show no cards.
pub fn fallback(reply: &Reply) -> String {
    let mut words = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Heading(text) | Block::Paragraph(text) | Block::Note(text) => words.push(text.words()),
            Block::Steps(items) => {
                words.extend(
                    items
                        .iter()
                        .zip(1..)
                        .map(|(item, number)| format!("{number}. {}", item.words())),
                );
            }
            Block::Bullets(items) => words.extend(items.iter().map(Text::words)),
            Block::Facts(facts) => {
                words.extend(facts.iter().map(|(label, value)| format!("{label}: {}", value.words())))
            }
        }
    }
    clusters::shorten(&words.join("\n"), LONGEST_FALLBACK)
}

fn envelope(reply: &Reply, body: Vec<Value>) -> Value {
    let mut card = json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": body,
        "fallbackText": fallback(reply),
        "speak": fallback(reply),
        "msteams": {"width": "Full"},
    });
    if !reply.language.is_empty() {
        card["lang"] = json!(reply.language);
        let main = reply.language.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&main) {
            card["rtl"] = json!(true);
        }
    }
    card
}

fn add_buttons(card: &mut Value, reply: &Reply, frame: &Frame<'_>) {
    if let (Some(field), Some(body)) = (&reply.field, card["body"].as_array_mut()) {
        body.push(input(field));
    }
    let actions: Vec<Value> = reply
        .buttons
        .iter()
        .enumerate()
        .map(|(index, button)| action(button, frame, index))
        .collect();
    if !actions.is_empty() {
        card["actions"] = json!(actions);
    }
    if let Some((ticket, people)) = frame.own_views {
        card["refresh"] = json!({
            "action": {
                "type": "Action.Execute",
                "title": clusters::shorten(&fallback(reply), LONGEST_TITLE),
                "verb": REFRESH,
                "data": place::data(ticket, frame.conversation, Shown::AsView),
            },
            "userIds": people,
        });
    }
}

fn action(button: &Button, frame: &Frame<'_>, index: usize) -> Value {
    let mut action = json!({
        "type": "Action.Execute",
        "title": clusters::shorten(&button.label, LONGEST_TITLE),
        "verb": PRESS,
        "data": place::data(&button.ticket, frame.conversation, frame.shown),
    });
    match button.look {
        Look::Primary => action["style"] = json!("positive"),
        Look::Danger => action["style"] = json!("destructive"),
        Look::Ordinary => {}
    }
    if index >= PRIMARY_ACTIONS {
        action["mode"] = json!("secondary");
    }
    action
}

fn input(field: &Field) -> Value {
    json!({
        "type": "Input.Text",
        "id": field.name,
        "label": field.label,
        "placeholder": field.hint,
        "maxLength": LONGEST_INPUT,
    })
}

/// The elements of a reply, none with more than [`LARGEST_TEXT`] bytes of words.
fn elements(reply: &Reply) -> Vec<Value> {
    let most = LARGEST_TEXT;
    let mut elements = Vec::new();
    for block in &reply.blocks {
        let start = elements.len();
        match block {
            Block::Heading(text) => elements.extend(plain(text, Style::Heading, most)),
            Block::Paragraph(text) => elements.extend(plain(text, Style::Body, most)),
            Block::Note(text) => elements.extend(plain(text, Style::Note, most)),
            Block::Steps(items) => {
                for (item, number) in items.iter().zip(1_u32..) {
                    elements.extend(listed(&format!("{number}."), item, most));
                }
            }
            Block::Bullets(items) => {
                for item in items {
                    elements.extend(listed("•", item, most));
                }
            }
            Block::Facts(facts) => {
                for (label, value) in facts {
                    elements.extend(fact(label, value, most));
                }
            }
        }
        // Items of a list stand together.
        for element in elements.iter_mut().skip(start + 1) {
            element["spacing"] = json!("Small");
        }
    }
    elements
}

fn plain(text: &Text, style: Style, most: usize) -> Vec<Value> {
    let pieces = text::pieces(text, most);
    pieces.iter().map(|piece| text::element(piece, style)).collect()
}

fn listed(mark: &str, item: &Text, most: usize) -> Vec<Value> {
    let mark = text::element(&Text::plain(mark), Style::Body);
    let row = |piece: &Text| {
        json!({"type": "ColumnSet", "columns": [
            {"type": "Column", "width": "auto", "items": [mark]},
            {"type": "Column", "width": "stretch", "spacing": "Small", "items": [text::element(piece, Style::Body)]},
        ]})
    };
    text::pieces(item, most).iter().map(row).collect()
}

fn fact(label: &str, value: &Text, most: usize) -> Vec<Value> {
    let label = clusters::shorten(label, LONGEST_INPUT);
    let label = text::element(&Text(vec![Span::Plain(label)]), Style::Label);
    let row = |piece: &Text| {
        json!({"type": "ColumnSet", "columns": [
            {"type": "Column", "width": 1, "items": [label]},
            {"type": "Column", "width": 2, "items": [text::element(piece, Style::Body)]},
        ]})
    };
    text::pieces(value, most).iter().map(row).collect()
}
