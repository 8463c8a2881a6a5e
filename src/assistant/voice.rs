//! The interface's sentences in one language.

use crate::chat::{Block, Look, Reply, Text};
use crate::intents::Catalogue;
use crate::language::Language;

/// Speaks one language with the catalogue's phrases.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// Where the phrases are.
    pub catalogue: &'a Catalogue,
    /// Which language.
    pub language: &'a Language,
}

impl Voice<'_> {
    /// A phrase with its arguments.
    pub fn say(&self, key: &str, arguments: &[(&str, &str)]) -> String {
        self.catalogue.phrase(self.language, key, arguments)
    }

    /// A phrase as text.
    pub fn text(&self, key: &str, arguments: &[(&str, &str)]) -> Text {
        Text::plain(self.say(key, arguments))
    }

    /// A phrase as a paragraph.
    pub fn paragraph(&self, key: &str, arguments: &[(&str, &str)]) -> Block {
        Block::Paragraph(self.text(key, arguments))
    }

    /// A phrase as a heading.
    pub fn heading(&self, key: &str, arguments: &[(&str, &str)]) -> Block {
        Block::Heading(self.text(key, arguments))
    }

    /// A reply of these parts, without buttons.
    pub fn reply(&self, blocks: Vec<Block>) -> Reply {
        Reply {
            language: self.language.tag().to_owned(),
            blocks,
            field: None,
            buttons: Vec::new(),
            for_administrators: None,
        }
    }

    /// A reply of one sentence.
    pub fn sentence(&self, key: &str, arguments: &[(&str, &str)]) -> Reply {
        self.reply(vec![self.paragraph(key, arguments)])
    }

    /// A button with a phrase on it.
    pub fn button(&self, key: &str, look: Look, ticket: crate::chat::TicketId) -> crate::chat::Button {
        crate::chat::Button {
            label: self.say(key, &[]),
            look,
            ticket,
            shows: crate::chat::Shows::Openly,
        }
    }

    /// A button with a phrase on it, whose answer is for whoever presses it alone.
    pub fn private_button(&self, key: &str, look: Look, ticket: crate::chat::TicketId) -> crate::chat::Button {
        crate::chat::Button {
            shows: crate::chat::Shows::Privately,
            ..self.button(key, look, ticket)
        }
    }
}
