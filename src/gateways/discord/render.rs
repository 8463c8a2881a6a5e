//! A reply as Discord shows it: embeds with the steps and links, buttons under the last of them, within every limit.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::cut::{cut, cut_measured, label};
use super::limits::{
    BUTTON_LABEL, BUTTONS_IN_A_ROW, DESCRIPTION, EMBEDS, EMBEDS_IN_ALL, FIELD_NAME, FIELD_VALUE, FIELDS, INPUT_LABEL,
    INPUT_LENGTH, INPUT_PLACEHOLDER, MODAL_TITLE, ROWS, TITLE, length,
};
use super::markdown;
use super::tag::{Home, Tag};
use crate::chat::{Block, Button, Field, Look, Reply, Secret, Span, Text};

/// What the name of a field that goes on from the one above it is.
const GOES_ON: &str = "…";
/// A value this short shares its line with others.
const SHORT: usize = 40;
/// Small print, <https://support.discord.com/hc/en-us/articles/210298617>.
const SMALL: &str = "-# ";

/// The messages of a reply, in order: at least one. Each is the body of a message to create or to edit. `home` is given
/// where it stands in another conversation than it belongs to.
pub fn messages(reply: &Reply, secret: Option<&Secret>, home: Option<Home>) -> Vec<Value> {
    let mut pages = Pages::default();
    for block in &reply.blocks {
        pages.block(block);
    }
    if let Some(secret) = secret {
        let value = Text(vec![Span::Code(secret.value.expose_secret().to_owned())]);
        pages.fact(&secret.label, &value);
    }
    if let Some(field) = &reply.field {
        pages.field(field);
    }
    let mut bodies: Vec<Value> = pages.finish().into_iter().map(body).collect();
    for (index, buttons) in reply.buttons.chunks(ROWS * BUTTONS_IN_A_ROW).enumerate() {
        if index > 0 {
            let mut more = Embed::default();
            more.description.push_str(GOES_ON);
            bodies.push(body(vec![more]));
        }
        if let Some(last) = bodies.last_mut() {
            last["components"] = rows(buttons, reply.field.as_ref(), home);
        }
    }
    bodies
}

/// The dialog that asks for a field. What is asked is read from the message whose button was pressed.
pub fn modal(custom_id: &str, title: &str, field: &Field) -> Value {
    let input = json!({
        "type": 4,
        "custom_id": field.name,
        "style": 1,
        "label": label(&field.label, INPUT_LABEL),
        "placeholder": label(&field.hint, INPUT_PLACEHOLDER),
        "required": true,
        "max_length": INPUT_LENGTH,
    });
    json!({
        "custom_id": custom_id,
        "title": label(title, MODAL_TITLE),
        "components": [{"type": 1, "components": [input]}],
    })
}

fn body(embeds: Vec<Embed>) -> Value {
    let embeds: Vec<Value> = embeds.into_iter().map(Embed::json).collect();
    json!({"embeds": embeds, "components": [], "allowed_mentions": {"parse": []}})
}

fn rows(buttons: &[Button], field: Option<&Field>, home: Option<Home>) -> Value {
    let drawn: Vec<Value> = buttons.iter().filter_map(|one| button(one, field, home)).collect();
    drawn
        .chunks(BUTTONS_IN_A_ROW)
        .map(|row| json!({"type": 1, "components": row}))
        .collect()
}

fn button(button: &Button, field: Option<&Field>, home: Option<Home>) -> Option<Value> {
    let tag = Tag {
        ticket: button.ticket.clone(),
        shows: button.shows,
        field: field.map(|field| field.name.clone()),
        home,
    };
    let Some(custom_id) = tag.write() else {
        tracing::error!("a button was left out, because what it carries is too long for Discord");
        return None;
    };
    // https://docs.discord.com/developers/components/reference#button-button-styles
    let style = match button.look {
        Look::Primary => 1,
        Look::Ordinary => 2,
        Look::Danger => 4,
    };
    let words: String = button.label.chars().filter(|c| !c.is_control()).collect();
    let words = if words.trim().is_empty() { GOES_ON } else { &words };
    Some(json!({"type": 2, "style": style, "label": label(words, BUTTON_LABEL), "custom_id": custom_id}))
}

/// A box: a title, a text, and facts below it.
#[derive(Default)]
struct Embed {
    title: String,
    description: String,
    facts: Vec<(String, String)>,
}

impl Embed {
    fn size(&self) -> usize {
        let facts: usize = self
            .facts
            .iter()
            .map(|(name, value)| length(name) + length(value))
            .sum();
        length(&self.title) + length(&self.description) + facts
    }

    fn is_empty(&self) -> bool {
        self.title.is_empty() && self.description.is_empty() && self.facts.is_empty()
    }

    fn json(self) -> Value {
        let mut embed = json!({});
        if !self.title.is_empty() {
            embed["title"] = self.title.into();
        }
        if !self.description.is_empty() {
            embed["description"] = self.description.into();
        }
        if !self.facts.is_empty() {
            let field = |(name, value): (String, String)| {
                let inline = length(&value) <= SHORT;
                json!({"name": name, "value": value, "inline": inline})
            };
            embed["fields"] = self.facts.into_iter().map(field).collect();
        }
        embed
    }
}

/// Fills boxes and messages from the top.
#[derive(Default)]
struct Pages {
    full: Vec<Vec<Embed>>,
    page: Vec<Embed>,
    embed: Embed,
}

/// How far a line stands from the one above it.
#[derive(Clone, Copy)]
enum Gap {
    Line,
    Block,
}

impl Gap {
    const fn text(self) -> &'static str {
        match self {
            Self::Line => "\n",
            Self::Block => "\n\n",
        }
    }
}

impl Pages {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.heading(text),
            Block::Paragraph(text) => self.line("", text, Gap::Block),
            Block::Note(text) => {
                let follows = self
                    .embed
                    .description
                    .lines()
                    .last()
                    .is_some_and(|l| l.starts_with(SMALL));
                self.line(SMALL, text, if follows { Gap::Line } else { Gap::Block });
            }
            Block::Steps(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.line(&format!("{}. ", index + 1), item, gap(index));
                }
            }
            Block::Bullets(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.line("- ", item, gap(index));
                }
            }
            Block::Facts(facts) => {
                for (name, value) in facts {
                    self.fact(name, value);
                }
            }
        }
    }

    fn heading(&mut self, text: &Text) {
        let title = markdown::line(text);
        if !self.embed.is_empty() || length(&title) > TITLE {
            let words = Text(vec![Span::Strong(text.words())]);
            self.line("", &words, Gap::Block);
        } else {
            self.embed.title = title;
        }
    }

    /// A line of the text; what is too long goes on in the next box or message.
    fn line(&mut self, mark: &str, text: &Text, gap: Gap) {
        let line = format!("{mark}{}", markdown::line(text));
        if line.len() == mark.len() {
            return;
        }
        // Facts stand below the text of their box, so what comes after them begins another.
        if !self.embed.facts.is_empty() {
            self.next_embed();
        }
        if self.write(&line, gap) {
            return;
        }
        if !self.embed.description.is_empty() {
            self.next_embed();
        }
        if self.write(&line, gap) {
            return;
        }
        self.next_page();
        if self.write(&line, gap) {
            return;
        }
        for piece in pieces(mark, text) {
            if !self.write(&piece, gap) {
                self.next_page();
                self.write(&piece, gap);
            }
        }
    }

    fn write(&mut self, line: &str, gap: Gap) -> bool {
        let gap = if self.embed.description.is_empty() {
            ""
        } else {
            gap.text()
        };
        let more = length(gap) + length(line);
        let fits = length(&self.embed.description) + more <= DESCRIPTION && self.has_room(more);
        if fits {
            self.embed.description.push_str(gap);
            self.embed.description.push_str(line);
        }
        fits
    }

    fn fact(&mut self, name: &str, value: &Text) {
        let shown = markdown::escape(name);
        if shown.trim().is_empty() || length(&shown) > FIELD_NAME {
            let mut line = vec![Span::Strong(name.to_owned()), Span::Plain(" ".into())];
            line.extend(value.0.iter().cloned());
            return self.line("", &Text(line), Gap::Line);
        }
        let mut name = shown;
        for value in values(value) {
            let more = length(&name) + length(&value);
            if self.embed.facts.len() == FIELDS {
                self.next_embed();
            }
            if !self.has_room(more) {
                self.next_page();
            }
            self.embed.facts.push((name, value));
            name = GOES_ON.to_owned();
        }
    }

    /// What is asked for: its label, and an example of an answer. The dialog reads both from here, so they stand last.
    fn field(&mut self, field: &Field) {
        let name = label(&markdown::escape(&field.label), FIELD_NAME);
        let hint = markdown::span(&Span::Code(label(&field.hint, INPUT_PLACEHOLDER)));
        let hint = if hint.is_empty() { GOES_ON.to_owned() } else { hint };
        if self.embed.facts.len() == FIELDS || !self.has_room(length(&name) + length(&hint)) {
            self.next_page();
        }
        self.embed.facts.push((name, hint));
    }

    fn has_room(&self, more: usize) -> bool {
        let before: usize = self.page.iter().map(Embed::size).sum();
        before + self.embed.size() + more <= EMBEDS_IN_ALL
    }

    fn next_embed(&mut self) {
        if !self.embed.is_empty() {
            self.page.push(std::mem::take(&mut self.embed));
        }
        if self.page.len() == EMBEDS {
            self.full.push(std::mem::take(&mut self.page));
        }
    }

    fn next_page(&mut self) {
        self.next_embed();
        if !self.page.is_empty() {
            self.full.push(std::mem::take(&mut self.page));
        }
    }

    fn finish(mut self) -> Vec<Vec<Embed>> {
        self.next_page();
        if self.full.is_empty() {
            // Discord takes no empty message.
            let mut nothing = Embed::default();
            nothing.description.push_str(GOES_ON);
            self.full.push(vec![nothing]);
        }
        self.full
    }
}

const fn gap(index: usize) -> Gap {
    if index == 0 { Gap::Block } else { Gap::Line }
}

/// A line that fits nowhere, in pieces that do.
fn pieces(mark: &str, text: &Text) -> Vec<String> {
    let mut pieces = Pieces {
        done: Vec::new(),
        current: mark.to_owned(),
        room: DESCRIPTION,
    };
    for span in &text.0 {
        pieces.add(span);
    }
    pieces.finish()
}

/// The value of a fact, in parts that each fit a field.
fn values(value: &Text) -> Vec<String> {
    let mut pieces = Pieces {
        done: Vec::new(),
        current: String::new(),
        room: FIELD_VALUE,
    };
    for span in &value.0 {
        pieces.add(span);
    }
    let mut values = pieces.finish();
    values.retain(|value| !value.trim().is_empty());
    if values.is_empty() {
        values.push(GOES_ON.to_owned());
    }
    values
}

/// Breaks spans between letters, each piece with its own marks.
struct Pieces {
    done: Vec<String>,
    current: String,
    room: usize,
}

impl Pieces {
    fn add(&mut self, span: &Span) {
        let rendered = markdown::span(span);
        if length(&self.current) + length(&rendered) <= self.room {
            self.current.push_str(&rendered);
            return;
        }
        match span {
            Span::Plain(words) => self.broken(words, |part| Span::Plain(part.to_owned())),
            Span::Strong(words) => self.broken(words, |part| Span::Strong(part.to_owned())),
            Span::Code(words) => self.broken(words, |part| Span::Code(part.to_owned())),
            Span::Link { text, .. } => {
                self.flush();
                if length(&rendered) <= self.room {
                    self.current = rendered;
                } else {
                    // A link in pieces leads nowhere; its words remain.
                    self.broken(text, |part| Span::Plain(part.to_owned()));
                }
            }
        }
    }

    fn broken(&mut self, words: &str, look: impl Fn(&str) -> Span) {
        /// The marks around a piece of code or of bold words.
        const MARKS: usize = 6;
        let mut rest = words;
        while !rest.is_empty() {
            let left = self.room.saturating_sub(length(&self.current) + MARKS);
            let (mut part, mut after) = cut_measured(rest, left, markdown::escaped_length);
            if part.is_empty() && self.current.is_empty() {
                // A letter that is longer than a message: cut it all the same.
                (part, after) = cut(rest, self.room / 4);
                if part.is_empty() {
                    (part, after) = rest.split_at(rest.chars().next().map_or(rest.len(), char::len_utf8));
                }
            }
            self.current.push_str(&markdown::span(&look(part)));
            rest = after;
            if !rest.is_empty() {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        if !self.current.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.flush();
        self.done
    }
}
