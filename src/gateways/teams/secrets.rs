//! New passwords on their way to the administrator who set them.
//!
//! A message in Teams stands: it is kept in the chat, in search and in compliance copies, and deleting it takes it out
//! of none of the latter. So a password is never part of one. The administrator's own chat gets a card with a button;
//! pressing it is an invoke, and the password is in the invoke's answer alone, which Teams shows to whoever pressed and
//! does not keep. Until then it waits here, in memory, for ten minutes at most, and is given once.
//!
//! <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views>

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::bounded::Bounded;
use super::limits::SECRET_WAITS;
use crate::actions::tickets;
use crate::chat::{Identity, TicketId};

/// More than are set in ten minutes.
const MOST: usize = 64;

/// How the names of what waits begin: no ticket of the store does.
const PREFIX: &str = "show:";

/// What waits to be looked at.
#[derive(Clone)]
pub struct Secrets {
    waiting: Arc<Mutex<Bounded<TicketId, (Identity, Shown)>>>,
}

/// The card that shows a secret. Prints as nothing.
pub struct Shown(pub Value);

impl Default for Secrets {
    fn default() -> Self {
        Self {
            waiting: Arc::new(Mutex::new(Bounded::new(MOST, SECRET_WAITS))),
        }
    }
}

impl Secrets {
    /// Keeps a card for this person, until it is shown or has waited too long. Must be called within a runtime.
    pub fn keep(&self, person: &Identity, card: Value) -> TicketId {
        let name = TicketId(format!("{PREFIX}{}", tickets::new_id().0));
        self.lock().put(name.clone(), (person.clone(), Shown(card)));
        let (waiting, forgotten) = (self.clone(), name.clone());
        tokio::spawn(async move {
            tokio::time::sleep(SECRET_WAITS).await;
            waiting.drop_card(&forgotten);
        });
        name
    }

    /// Whether this is the name of a secret, waiting or not, and no ticket.
    pub fn is_name(ticket: &TicketId) -> bool {
        ticket.0.starts_with(PREFIX)
    }

    /// Gives it to the one it is for, once.
    pub fn give(&self, name: &TicketId, person: &Identity) -> Option<Value> {
        let mut waiting = self.lock();
        // Somebody else's pressing must not use it up.
        waiting.get(name).filter(|(holder, _)| holder == person)?;
        waiting.take(name).map(|(_, card)| card.0)
    }

    /// It could not be announced, so nobody will ask for it.
    pub fn drop_card(&self, name: &TicketId) {
        self.lock().take(name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Bounded<TicketId, (Identity, Shown)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Platform;
    use serde_json::json;

    fn person(user: &str) -> Identity {
        Identity {
            platform: Platform::Teams,
            scope: "t".into(),
            user: user.into(),
        }
    }

    #[tokio::test]
    async fn a_secret_is_given_once_and_to_nobody_else() {
        let secrets = Secrets::default();
        let name = secrets.keep(&person("ana"), json!("x"));
        assert_eq!(secrets.give(&name, &person("petros")), None);
        assert_eq!(secrets.give(&name, &person("ana")), Some(json!("x")));
        assert_eq!(secrets.give(&name, &person("ana")), None);
    }
}
