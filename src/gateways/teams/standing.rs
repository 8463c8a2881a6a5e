//! Where a message stands, in the one text that the rest of the house keeps of it. The conversation beside it is the one
//! that its buttons belong to; the message itself may stand in a person's own chat, at the head of a thread, or be a
//! view that one person has of a message that others see as it was.

use super::activity::connector_id;
use crate::chat::{Conversation, MessageRef};

const ELSEWHERE: &str = "at:";
const VIEW: &str = "view:";
const BETWEEN: char = '|';

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// In this conversation, by the connector's ids.
    Message {
        /// The conversation, with the thread.
        conversation: String,
        /// The message.
        id: String,
    },
    /// Before one person, over a message.
    View {
        /// Whose view it is.
        user: String,
        /// The message under it.
        over: String,
    },
}

impl Standing {
    /// Reads what was kept.
    pub fn of(message: &MessageRef) -> Self {
        let kept = message.id.as_str();
        let pair = |text: &str| {
            text.rsplit_once(BETWEEN)
                .map(|(first, second)| (first.to_owned(), second.to_owned()))
        };
        if let Some((user, over)) = kept.strip_prefix(VIEW).and_then(pair) {
            return Self::View { user, over };
        }
        if let Some((conversation, id)) = kept.strip_prefix(ELSEWHERE).and_then(pair) {
            return Self::Message { conversation, id };
        }
        Self::Message {
            conversation: connector_id(&message.conversation),
            id: kept.to_owned(),
        }
    }

    /// What is kept of it, beside the conversation that its buttons belong to.
    pub fn kept(&self, belongs: &Conversation) -> MessageRef {
        let id = match self {
            Self::View { user, over } => format!("{VIEW}{user}{BETWEEN}{over}"),
            Self::Message { conversation, id } if *conversation == connector_id(belongs) => id.clone(),
            Self::Message { conversation, id } => format!("{ELSEWHERE}{conversation}{BETWEEN}{id}"),
        };
        MessageRef {
            conversation: belongs.clone(),
            id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Platform, Room};

    #[test]
    fn what_is_kept_is_read_back() {
        let channel = Conversation {
            platform: Platform::Teams,
            scope: "t".into(),
            id: "19:a@thread.tacv2".into(),
            thread: None,
            room: Room::Shared,
        };
        for standing in [
            Standing::Message {
                conversation: "19:a@thread.tacv2".into(),
                id: "5".into(),
            },
            Standing::Message {
                conversation: "19:a@thread.tacv2;messageid=5".into(),
                id: "5".into(),
            },
            Standing::View {
                user: "29:x".into(),
                over: "5".into(),
            },
        ] {
            assert_eq!(Standing::of(&standing.kept(&channel)), standing);
        }
    }
}
