//! What a button carries, and what comes back of it.
//!
//! The ticket is the only thing in it that means something, and it is an opaque id of the store. The rest says how the
//! button was shown, so that the click can tell the assistant where it belongs: a card of a channel may have been shown
//! to one person in their own chat, and a card that began a thread is clicked inside that thread. All of it comes back
//! from the client, which may write anything. Nothing is decided by it: the store holds a ticket against its
//! conversation and its holder, and a conversation other than the one in which the click happened is believed only if
//! the gateway itself brought that conversation's cards to this very person (see [`super::references`]).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::clusters;
use super::limits::LONGEST_INPUT;
use crate::chat::{Conversation, Room, TicketId};

/// The one key that is ours in an action's data; all other keys are fields.
const KEY: &str = "latchkey";

/// What the button carries that leads from a view back to the card under it. No ticket of the store is called so.
const BACK: &str = "back:";

/// What Teams itself puts into the data.
const OF_TEAMS: &str = "msteams";

/// How a card is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As a message of its own.
    AsMessage,
    /// To one person, over a message that others see as it was.
    AsView,
}

/// What a pressed button carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pressed {
    /// What the button stands for.
    pub ticket: TicketId,
    /// How the card was shown that holds it.
    pub shown: Shown,
    /// What was typed into the card's fields.
    pub inputs: BTreeMap<String, String>,
    conversation: Option<(String, Option<String>)>,
}

/// The name of the way back from a view to the card under it.
pub fn back() -> TicketId {
    TicketId(BACK.to_owned())
}

/// The data of a button in a card of this conversation.
pub fn data(ticket: &TicketId, conversation: &Conversation, shown: Shown) -> Value {
    let mut ours = json!({"ticket": ticket.0, "in": [conversation.id, conversation.thread]});
    if shown == Shown::AsView {
        ours["view"] = json!(true);
    }
    json!({KEY: ours})
}

/// Reads what came back.
pub fn read(data: &Map<String, Value>) -> Option<Pressed> {
    let ours = data.get(KEY)?;
    let ticket = ours["ticket"].as_str()?;
    let shown = if ours["view"] == true {
        Shown::AsView
    } else {
        Shown::AsMessage
    };
    let conversation = ours["in"][0]
        .as_str()
        .map(|id| (id.to_owned(), ours["in"][1].as_str().map(str::to_owned)));
    let inputs = data
        .iter()
        .filter(|(name, _)| *name != KEY && *name != OF_TEAMS)
        .filter_map(|(name, value)| Some((name.clone(), clusters::shorten(value.as_str()?, LONGEST_INPUT))))
        .collect();
    Some(Pressed {
        ticket: TicketId(ticket.to_owned()),
        shown,
        inputs,
        conversation,
    })
}

/// Where a click belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Belongs {
    /// Certainly there.
    To(Conversation),
    /// There, if the gateway brought that conversation's cards to whoever clicked; else to where it happened.
    Perhaps {
        /// The conversation that the button names.
        named: Conversation,
        /// The one in which it was pressed.
        actual: Conversation,
    },
}

impl Pressed {
    /// Where the click belongs that happened in `actual`.
    pub fn belongs(&self, actual: &Conversation) -> Belongs {
        let Some((id, thread)) = &self.conversation else {
            return Belongs::To(actual.clone());
        };
        if *id == actual.id {
            // A card that began a thread is clicked inside it. Another thread is another place.
            let here = thread.is_none() || *thread == actual.thread;
            let thread = if here { thread } else { &actual.thread };
            return Belongs::To(Conversation {
                thread: thread.clone(),
                ..actual.clone()
            });
        }
        // Only a person's own chat shows cards of other conversations.
        if actual.room != Room::Direct {
            return Belongs::To(actual.clone());
        }
        Belongs::Perhaps {
            named: Conversation {
                id: id.clone(),
                thread: thread.clone(),
                room: Room::Shared,
                ..actual.clone()
            },
            actual: actual.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Platform;

    fn place(id: &str, thread: Option<&str>, room: Room) -> Conversation {
        Conversation {
            platform: Platform::Teams,
            scope: "t".into(),
            id: id.into(),
            thread: thread.map(Into::into),
            room,
        }
    }

    fn pressed(conversation: &Conversation, shown: Shown) -> Pressed {
        let data = data(&TicketId("abc".into()), conversation, shown);
        read(data.as_object().unwrap()).unwrap()
    }

    #[test]
    fn a_click_in_the_thread_that_its_card_began_belongs_to_the_channel() {
        let channel = place("19:a", None, Room::Shared);
        let inside = place("19:a", Some("5"), Room::Shared);
        let click = pressed(&channel, Shown::AsMessage);
        assert_eq!(click.belongs(&inside), Belongs::To(channel));
        let click = pressed(&inside, Shown::AsView);
        assert_eq!(click.shown, Shown::AsView);
        assert_eq!(click.belongs(&inside), Belongs::To(inside.clone()));
        let elsewhere = place("19:a", Some("6"), Room::Shared);
        assert_eq!(click.belongs(&elsewhere), Belongs::To(elsewhere));
    }

    #[test]
    fn another_conversation_is_only_perhaps_meant_and_only_from_a_direct_one() {
        let channel = place("19:a", Some("5"), Room::Shared);
        let own = place("a:maria", None, Room::Direct);
        let click = pressed(&channel, Shown::AsMessage);
        assert_eq!(
            click.belongs(&own),
            Belongs::Perhaps {
                named: channel,
                actual: own
            }
        );
        let other = place("19:b", None, Room::Shared);
        assert_eq!(click.belongs(&other), Belongs::To(other));
    }

    #[test]
    fn fields_come_back_and_what_is_none_does_not() {
        let data = json!({"latchkey": {"ticket": "abc"}, "account": "x@contoso.com", "n": 5, "msteams": {"type": "task/fetch"}});
        let read = read(data.as_object().unwrap()).unwrap();
        assert_eq!(read.inputs.len(), 1);
        assert_eq!(read.inputs["account"], "x@contoso.com");
        assert!(super::read(json!({"latchkey": {}}).as_object().unwrap()).is_none());
        assert!(super::read(json!({"ticket": "x"}).as_object().unwrap()).is_none());
    }
}
