//! What a button's custom id carries: the ticket, and what is needed to show the right thing at once. None of it gives
//! anybody any power: what a ticket may do is decided where it is read.

use super::limits::CUSTOM_ID;
use crate::chat::{Conversation, Platform, Room, Shows, TicketId};

/// A custom id: a letter, the ticket, the field that is asked for, and the conversation that the button belongs to.
///
/// `p` and `o` tell where what follows is shown; capital, that pressing it asks for something first. The conversation
/// is carried where the button stands in another one: a private message sent in the place of an ephemeral one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What the button stands for.
    pub ticket: TicketId,
    /// Where what it leads to is shown.
    pub shows: Shows,
    /// The field whose content comes with it.
    pub field: Option<String>,
    /// The conversation that it belongs to.
    pub home: Option<Home>,
}

/// A channel of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// The server.
    pub guild: u64,
    /// The channel.
    pub channel: u64,
}

impl Home {
    /// The home of what is said in `conversation` but stands elsewhere.
    pub fn of(conversation: &Conversation) -> Option<Self> {
        Some(Self {
            guild: conversation.scope.parse().ok()?,
            channel: conversation.id.parse().ok()?,
        })
    }

    /// The conversation.
    pub fn conversation(self) -> Conversation {
        Conversation {
            platform: Platform::Discord,
            scope: self.guild.to_string(),
            id: self.channel.to_string(),
            thread: None,
            room: Room::Shared,
        }
    }
}

impl Tag {
    /// As a custom id; `None` where it doesn't fit.
    pub fn write(&self) -> Option<String> {
        let letter = match (self.shows, &self.field) {
            (Shows::Privately, None) => 'p',
            (Shows::Openly, None) => 'o',
            (Shows::Privately, Some(_)) => 'P',
            (Shows::Openly, Some(_)) => 'O',
        };
        let mut id = format!("{letter}{}", self.ticket.0);
        if let Some(field) = &self.field {
            id.push(':');
            id.push_str(field);
        }
        if let Some(home) = self.home {
            id.push_str(&format!("@{}.{}", home.guild, home.channel));
        }
        let parts = [Some(&self.ticket.0), self.field.as_ref()];
        let clean = parts.into_iter().flatten().all(|part| !part.contains([':', '@']));
        (clean && id.chars().count() <= CUSTOM_ID).then_some(id)
    }

    /// Reads a custom id; `None` for one that is none of ours.
    pub fn read(id: &str) -> Option<Self> {
        let mut letters = id.chars();
        let (shows, asks) = match letters.next()? {
            'p' => (Shows::Privately, Asks::Nothing),
            'o' => (Shows::Openly, Asks::Nothing),
            'P' => (Shows::Privately, Asks::First),
            'O' => (Shows::Openly, Asks::First),
            _ => return None,
        };
        let (rest, home) = match letters.as_str().split_once('@') {
            Some((rest, home)) => {
                let (guild, channel) = home.split_once('.')?;
                let home = Home {
                    guild: guild.parse().ok()?,
                    channel: channel.parse().ok()?,
                };
                (rest, Some(home))
            }
            None => (letters.as_str(), None),
        };
        let (ticket, field) = match (asks, rest.split_once(':')) {
            (Asks::First, Some((ticket, field))) if !field.is_empty() => (ticket, Some(field.to_owned())),
            (Asks::Nothing, None) => (rest, None),
            _ => return None,
        };
        (!ticket.is_empty()).then(|| Self {
            ticket: TicketId(ticket.to_owned()),
            shows,
            field,
            home,
        })
    }
}

/// Whether pressing it asks for something.
enum Asks {
    Nothing,
    First,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let home = Home {
            guild: u64::MAX,
            channel: u64::MAX,
        };
        for shows in [Shows::Openly, Shows::Privately] {
            for field in [None, Some("account".to_owned())] {
                for home in [None, Some(home)] {
                    let tag = Tag {
                        ticket: TicketId("A_-3456789012345678901".into()),
                        shows,
                        field: field.clone(),
                        home,
                    };
                    let id = tag.write().unwrap();
                    assert!(id.len() <= CUSTOM_ID, "{id}");
                    assert_eq!(Tag::read(&id), Some(tag));
                }
            }
        }
    }

    #[test]
    fn what_is_none_of_ours_is_not_read() {
        for id in [
            "",
            "p",
            "x123",
            "P123",
            "p123:account",
            "p123@1",
            "p123@a.b",
            "πabc",
            "P123:",
        ] {
            assert_eq!(Tag::read(id), None, "{id}");
        }
        let long = Tag {
            ticket: TicketId("A".repeat(CUSTOM_ID)),
            shows: Shows::Openly,
            field: None,
            home: None,
        };
        assert_eq!(long.write(), None);
    }
}
