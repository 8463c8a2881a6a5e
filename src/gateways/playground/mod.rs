//! The playground: a chat on one page, for trying Latchkey without any account. A gateway like any other, except that
//! whoever opens the page may speak as anybody in its cast. So it is bound to loopback and only the demo starts it.

mod api;
mod cast;
mod rooms;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use api::{Backstage, router};
pub use cast::{SCOPE, access};
use rooms::{Line, Rooms};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::sync::Notify;

use crate::chat::{
    Conversation, DeliveryError, Gateway, Identity, MessageRef, Outgoing, Person, Platform, Room, Secret,
};

/// The shared channel in which the bot listens unasked.
pub const SUPPORT: &str = "support";
/// The administrators' conversation.
pub const ADMINS: &str = "admins";

/// The rooms of the page and everybody who is looking at them.
pub struct Playground {
    rooms: Mutex<Rooms>,
    changed: Notify,
}

impl Playground {
    /// Empty rooms.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            rooms: Mutex::new(Rooms::new()),
            changed: Notify::new(),
        })
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A person of the cast spoke.
    fn hear(&self, person: &Person, conversation: &str, text: &str) {
        let line = Line::person(person, text.to_owned());
        self.rooms().add(conversation, None, line);
    }

    fn show(&self, to: &Conversation, line: Line, only: Option<&Identity>) -> Result<MessageRef, DeliveryError> {
        let id = self.rooms().add(&to.id, only.map(|person| person.user.clone()), line);
        self.changed.notify_one();
        Ok(MessageRef {
            conversation: to.clone(),
            id,
        })
    }
}

#[async_trait::async_trait]
impl Gateway for Playground {
    fn platform(&self) -> Platform {
        Platform::Playground
    }

    fn admin_conversation(&self) -> Option<Conversation> {
        conversation(ADMINS)
    }

    async fn deliver(&self, outgoing: Outgoing) -> Result<MessageRef, DeliveryError> {
        match outgoing {
            Outgoing::Post { to, reply } => self.show(&to, Line::bot(reply), None),
            Outgoing::Whisper {
                to,
                person,
                reply,
                secret: None,
                ..
            } => self.show(&to, Line::bot(reply), Some(&person)),
            Outgoing::Whisper {
                to,
                person,
                reply,
                secret: Some(secret),
                ..
            } => self.reveal(to, &person, Line::bot(reply), &secret),
            Outgoing::Replace { message, reply, .. } => {
                let replaced = self.rooms().replace(&message.id, reply);
                self.changed.notify_one();
                if replaced {
                    Ok(message)
                } else {
                    Err(DeliveryError::Gone {
                        platform: Platform::Playground,
                        what: "the message".into(),
                    })
                }
            }
        }
    }
}

impl Playground {
    /// Shows a line with a secret to whoever is looking as this person now. The secret is no part of the history.
    fn reveal(
        &self,
        to: Conversation,
        person: &Identity,
        line: Line,
        secret: &Secret,
    ) -> Result<MessageRef, DeliveryError> {
        let value = json!({"label": secret.label, "value": secret.value.expose_secret()});
        let shown = self.rooms().add_secret(&to.id, &person.user, line, value);
        self.changed.notify_one();
        match shown {
            Some(id) => Ok(MessageRef { conversation: to, id }),
            None => {
                let why = "nobody is looking at the page as this person".into();
                Err(DeliveryError::Refused {
                    platform: Platform::Playground,
                    why,
                })
            }
        }
    }
}

/// A conversation of the page by its id; `None` where there is no such.
fn conversation(id: &str) -> Option<Conversation> {
    let room = match id {
        SUPPORT | ADMINS => Room::Shared,
        _ => {
            cast::person(id.strip_prefix("dm-")?)?;
            Room::Direct
        }
    };
    Some(Conversation {
        platform: Platform::Playground,
        scope: SCOPE.into(),
        id: id.into(),
        thread: None,
        room,
    })
}
