//! The private ways to somebody that came with what they did: a trigger that opens a modal, a modal that stands open, an
//! address for answers. Kept by event for as long as they work, in memory alone, and never logged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use super::api::{Api, ApiError, Method, Patience, ResponseUrl};
use super::keep::Keep;
use super::limits::RESPONSE_URL_FOR;
use super::receive::{Handles, Submits};
use super::spot::Spot;
use crate::chat::{EventId, Identity, Reply, Shows};

/// A trigger lives for three seconds: <https://docs.slack.dev/interactivity/handling-user-interaction/#modal_responses>.
const TRIGGER_LIVES: Duration = Duration::from_secs(3);
/// Slack puts the answer to a submission in the modal's place when it reads our acknowledgement; what is put there
/// earlier would be overwritten.
const AFTER_ACKNOWLEDGEMENT: Duration = Duration::from_millis(250);
const MOST: usize = 10_000;

/// An answer's address, shared by all who may use it up.
pub type Address = Arc<AsyncMutex<ResponseUrl>>;

/// Every way that is open.
pub struct Ways {
    events: Mutex<Keep<EventId, Arc<Way>>>,
    /// Private messages in which somebody pressed something: only this can write over them.
    ephemerals: Mutex<Keep<Spot, Address>>,
}

/// The ways to whoever caused one event.
pub struct Way {
    /// Who: nobody else may be answered here.
    pub person: Identity,
    /// An address for answers.
    pub response_url: Option<Address>,
    /// What they did: only a command can come from a place in which the bot is not.
    pub by: By,
    /// Their home tab, where they opened it.
    pub home: Option<String>,
    /// A modal that is open, or can be opened.
    pub modal: Option<Modal>,
}

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Gave a command, or opened the home tab.
    Command,
    /// Pressed something.
    Press,
}

/// A modal.
pub struct Modal {
    view: OnceCell<Option<String>>,
    opening: Option<Opening>,
    /// Which answers it is for.
    pub for_what: ForWhat,
    not_before: Instant,
    /// Held while the modal is written, so that two answers don't overtake each other.
    pub state: AsyncMutex<Content>,
}

/// Which answers a modal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForWhat {
    /// All: it is open, or is opened at once.
    Everything,
    /// All that is for the person alone, and opened only then.
    Private,
    /// Opened only where there is a secret to show.
    Secrets,
}

/// What stands in a modal.
#[derive(Debug, Default)]
pub struct Content {
    /// The sentence that stands in for an answer, and what is said in its place if none comes.
    pub unanswered: Option<Unanswered>,
    /// What this event put there, below which later answers to it stand.
    pub above: Option<Reply>,
    /// There is a secret in it: nothing writes over it before the person is done.
    pub sealed: bool,
}

/// An answer that has not come.
#[derive(Debug)]
pub struct Unanswered {
    /// The modal that says that the answer is elsewhere.
    pub instead: Value,
}

struct Opening {
    trigger: String,
    at: Instant,
    view: Value,
}

/// What stands in a modal until the answer comes, and what if none does.
pub struct Placeholders {
    /// "Working on it…"
    pub waiting: Value,
    /// "My answer is in the conversation."
    pub elsewhere: Value,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            events: Mutex::new(Keep::new(MOST, RESPONSE_URL_FOR)),
            ephemerals: Mutex::new(Keep::new(MOST, RESPONSE_URL_FOR)),
        }
    }
}

impl Ways {
    /// Keeps the ways to whoever caused this event.
    pub fn keep(&self, event: &EventId, way: Arc<Way>) {
        lock(&self.events).put(event.clone(), way);
    }

    /// The ways to whoever caused this event, if they are this person.
    pub fn to(&self, event: &EventId, person: &Identity) -> Option<Arc<Way>> {
        self.of(event).filter(|way| way.person == *person)
    }

    /// The ways to whoever caused this event.
    pub fn of(&self, event: &EventId) -> Option<Arc<Way>> {
        lock(&self.events).get(event).cloned()
    }

    /// Lets go of them.
    pub fn let_go(&self, event: &EventId) -> Option<Arc<Way>> {
        lock(&self.events).take(event)
    }

    /// Keeps the address of a private message.
    pub fn keep_ephemeral(&self, spot: &Spot, address: &Address) {
        lock(&self.ephemerals).put(spot.clone(), Arc::clone(address));
    }

    /// The address of a private message.
    pub fn ephemeral(&self, spot: &Spot) -> Option<Address> {
        lock(&self.ephemerals).get(spot).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Way {
    /// The ways that came with an interaction.
    pub fn new(person: Identity, by: By, handles: Handles, placeholders: Placeholders) -> Self {
        let in_home = matches!(handles.view, Some(Spot::Home(_)));
        let modal = match (&handles.view, handles.trigger) {
            (Some(Spot::View(view)), _) => Some(Modal::standing(view, handles.submits, placeholders)),
            (_, Some(trigger)) => {
                let for_what = match (handles.shows, in_home) {
                    (Shows::Privately, _) => ForWhat::Everything,
                    (Shows::Openly, true) => ForWhat::Private,
                    (Shows::Openly, false) => ForWhat::Secrets,
                };
                Some(Modal::to_open(trigger, for_what, placeholders))
            }
            _ => None,
        };
        let response_url = handles.response_url.as_deref().map(ResponseUrl::new);
        Self {
            person,
            response_url: response_url.map(|address| Arc::new(AsyncMutex::new(address))),
            by,
            home: match handles.view {
                Some(Spot::Home(user)) if by == By::Command => Some(user),
                _ => None,
            },
            modal,
        }
    }
}

impl Modal {
    fn standing(view: &str, submits: Submits, placeholders: Placeholders) -> Self {
        let unanswered = (submits == Submits::AView).then_some(Unanswered {
            instead: placeholders.elsewhere,
        });
        Self {
            view: OnceCell::new_with(Some(Some(view.to_owned()))),
            opening: None,
            for_what: ForWhat::Everything,
            not_before: match submits {
                Submits::AView => Instant::now() + AFTER_ACKNOWLEDGEMENT,
                Submits::Nothing => Instant::now(),
            },
            state: AsyncMutex::new(Content {
                unanswered,
                ..Content::default()
            }),
        }
    }

    fn to_open(trigger: String, for_what: ForWhat, placeholders: Placeholders) -> Self {
        let unanswered = (for_what == ForWhat::Everything).then_some(Unanswered {
            instead: placeholders.elsewhere,
        });
        Self {
            view: OnceCell::new(),
            opening: Some(Opening {
                trigger,
                at: Instant::now(),
                view: placeholders.waiting,
            }),
            for_what,
            not_before: Instant::now(),
            state: AsyncMutex::new(Content {
                unanswered,
                ..Content::default()
            }),
        }
    }

    /// The open modal; opens it where it can still be. `None` where it can't.
    pub async fn view(&self, api: &Api) -> Option<String> {
        let view = self.view.get_or_init(|| self.open(api)).await.clone();
        tokio::time::sleep_until(self.not_before.into()).await;
        view
    }

    /// Whether it is this one.
    pub fn is(&self, view: &str) -> bool {
        self.view.get().and_then(Option::as_deref) == Some(view)
    }

    async fn open(&self, api: &Api) -> Option<String> {
        let opening = self.opening.as_ref()?;
        let left = TRIGGER_LIVES.checked_sub(opening.at.elapsed())?;
        let arguments = json!({"trigger_id": opening.trigger, "view": opening.view});
        match api
            .call_within(Method::ViewsOpen, &arguments, Patience::Once(left))
            .await
        {
            Ok(answer) => answer["view"]["id"].as_str().map(ToOwned::to_owned),
            Err(error) => {
                tracing::info!(slack.error = %error, "a modal could not be opened; the answer goes another way");
                None
            }
        }
    }

    /// Puts `view` in its place.
    pub async fn put(&self, api: &Api, view: &Value) -> Result<String, ApiError> {
        let gone = || ApiError::Refused {
            method: Method::ViewsUpdate.name(),
            error: "not_found".into(),
            needed: None,
        };
        let id = self.view(api).await.ok_or_else(gone)?;
        api.call(Method::ViewsUpdate, &json!({"view_id": id, "view": view}))
            .await?;
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Platform;

    #[test]
    fn nobody_is_answered_where_somebody_else_pressed() {
        let person = |user: &str| Identity {
            platform: Platform::Slack,
            scope: "T1".into(),
            user: user.into(),
        };
        let event = EventId {
            platform: Platform::Slack,
            id: "1".into(),
        };
        let placeholders = Placeholders {
            waiting: Value::Null,
            elsewhere: Value::Null,
        };
        let ways = Ways::default();
        let way = Way::new(person("U1"), By::Press, Handles::default(), placeholders);
        ways.keep(&event, Arc::new(way));
        assert!(ways.to(&event, &person("U1")).is_some());
        assert!(ways.to(&event, &person("U2")).is_none());
    }
}
