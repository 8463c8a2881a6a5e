//! Invokes that wait for their answer. Teams holds a request open until we answer it, and its answer is seen by
//! whoever pressed the button alone: that is the private way to them. What the assistant says to the event becomes the
//! answer; what it says after Teams was answered goes another way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::bounded::Bounded;
use super::card::CONTENT_TYPE;
use super::words::Words;
use crate::chat::EventId;

/// How many invokes are remembered, open ones and answered ones, for when Teams repeats one.
const REMEMBERED: usize = 4096;
/// For how long.
const REMEMBERED_FOR: Duration = Duration::from_secs(10 * 60);

/// What an invoke is answered with.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A card in the place of the one that was pressed, for this person alone.
    Card(Value),
    /// A passing message.
    Toast(String),
    /// A card that must not be given twice.
    Once(Value),
}

/// What kind of answer Teams expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `adaptiveCard/action`: a card, or a passing message.
    Card,
    /// `task/fetch` and `task/submit`: what a dialog shows next.
    Dialog,
}

/// How good an offered answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// The card as everybody sees it: given if there is nothing better.
    Standing,
    /// What the person's own view shows for now: given when nothing newer comes.
    View,
    /// What was said to the person: given at once.
    Said,
}

/// Whether an offered answer will be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It will, or a better one.
    Taken,
    /// Teams was answered already, or never asked.
    TooLate,
}

/// The invokes.
pub struct Invokes {
    known: Mutex<Bounded<EventId, Arc<Invoke>>>,
}

/// One invoke.
pub struct Invoke {
    kind: Kind,
    state: Mutex<State>,
    closed: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    best: Option<(Worth, Answer)>,
    closed: bool,
}

/// Whether an invoke was known already.
pub enum Opened {
    /// It is new: its click must be handed on.
    New(Arc<Invoke>),
    /// Teams repeats it: it gets the same answer.
    Again(Arc<Invoke>),
}

impl Default for Invokes {
    fn default() -> Self {
        Self {
            known: Mutex::new(Bounded::new(REMEMBERED, REMEMBERED_FOR)),
        }
    }
}

impl Invokes {
    /// Begins to wait for what will be said to `event`.
    pub fn open(&self, event: &EventId, kind: Kind) -> Opened {
        let mut known = lock(&self.known);
        if let Some(invoke) = known.get(event) {
            return Opened::Again(Arc::clone(invoke));
        }
        let invoke = Arc::new(Invoke {
            kind,
            state: Mutex::default(),
            closed: watch::Sender::new(false),
        });
        known.put(event.clone(), Arc::clone(&invoke));
        Opened::New(invoke)
    }

    /// An invoke that still waits.
    pub fn waiting(&self, event: &EventId) -> Option<Arc<Invoke>> {
        let invoke = lock(&self.known).get(event).cloned()?;
        let open = !lock(&invoke.state).closed;
        open.then_some(invoke)
    }

    /// Forgets one that was not taken, so that Teams' repeat is new.
    pub fn forget(&self, event: &EventId) {
        lock(&self.known).take(event);
    }

    /// Nothing more will be said to this event.
    pub fn settle(&self, event: &EventId) {
        if let Some(invoke) = self.waiting(event) {
            invoke.close();
        }
    }
}

impl Invoke {
    /// What kind of answer Teams expects.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Offers an answer. A newer one of the same worth takes the place of the older.
    pub fn offer(&self, worth: Worth, answer: Answer) -> Offered {
        {
            let mut state = lock(&self.state);
            if state.closed {
                return Offered::TooLate;
            }
            if state.best.as_ref().is_none_or(|(best, _)| *best <= worth) {
                state.best = Some((worth, answer));
            }
        }
        if worth == Worth::Said {
            self.close();
        }
        Offered::Taken
    }

    /// Waits for the best answer, for at most `patience`. `None` means that there was nothing to say; an answer that is
    /// still being worked on is said to be so.
    pub async fn answered(&self, patience: Duration, locale: Option<&str>) -> Option<Answer> {
        let mut closed = self.closed.subscribe();
        // What it waited for must not be held on to: it is a lock.
        let in_time = tokio::time::timeout(patience, closed.wait_for(|closed| *closed))
            .await
            .is_ok();
        let mut state = lock(&self.state);
        state.closed = true;
        let answer = match &mut state.best {
            // It is given once; Teams' repeat hears that it is gone.
            Some((_, Answer::Once(card))) => {
                let card = card.clone();
                state.best = Some((Worth::Said, Answer::Toast(Words::SecretGone.said(locale).to_owned())));
                Some(Answer::Once(card))
            }
            Some((_, answer)) => Some(answer.clone()),
            None if !in_time => Some(Answer::Toast(Words::OnIt.said(locale).to_owned())),
            None => None,
        };
        drop(state);
        self.closed.send_replace(true);
        answer
    }

    fn close(&self) {
        lock(&self.state).closed = true;
        self.closed.send_replace(true);
    }
}

/// The body of the answer, as Teams expects it. An empty one would be shown as an error, and the invoke repeated.
/// <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards>
pub fn body(kind: Kind, answer: Answer) -> Value {
    match (kind, answer) {
        (Kind::Card, Answer::Card(card) | Answer::Once(card)) => {
            json!({"statusCode": 200, "type": CONTENT_TYPE, "value": card})
        }
        (Kind::Card, Answer::Toast(words)) => {
            json!({"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": words})
        }
        (Kind::Dialog, Answer::Card(card) | Answer::Once(card)) => json!({"task": {"type": "continue", "value": {
            "title": Words::Title.said(None),
            "height": "medium",
            "width": "medium",
            "card": {"contentType": CONTENT_TYPE, "content": card},
        }}}),
        (Kind::Dialog, Answer::Toast(words)) => json!({"task": {"type": "message", "value": words}}),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Platform;

    const LONG: Duration = Duration::from_secs(600);

    fn event(id: &str) -> EventId {
        EventId {
            platform: Platform::Teams,
            id: id.into(),
        }
    }

    fn new(invokes: &Invokes, id: &str) -> Arc<Invoke> {
        match invokes.open(&event(id), Kind::Card) {
            Opened::New(invoke) => invoke,
            Opened::Again(_) => panic!("it was known"),
        }
    }

    fn toast(words: &str) -> Answer {
        Answer::Toast(words.into())
    }

    #[tokio::test]
    async fn what_was_said_is_given_at_once_and_a_repeat_gets_the_same() {
        let invokes = Invokes::default();
        let invoke = new(&invokes, "1");
        assert_eq!(invoke.offer(Worth::View, toast("view")), Offered::Taken);
        assert_eq!(invoke.offer(Worth::Said, toast("said")), Offered::Taken);
        assert_eq!(invoke.offer(Worth::Said, toast("late")), Offered::TooLate);
        assert_eq!(invoke.answered(LONG, None).await, Some(toast("said")));
        let Opened::Again(again) = invokes.open(&event("1"), Kind::Card) else {
            panic!("it is known");
        };
        assert_eq!(again.answered(LONG, None).await, Some(toast("said")));
        assert!(invokes.waiting(&event("1")).is_none());
    }

    #[tokio::test]
    async fn the_newest_view_is_given_when_nothing_more_comes_and_beats_the_standing_card() {
        let invokes = Invokes::default();
        let invoke = new(&invokes, "1");
        for (worth, words) in [
            (Worth::View, "working"),
            (Worth::Standing, "card"),
            (Worth::View, "done"),
        ] {
            assert_eq!(invoke.offer(worth, toast(words)), Offered::Taken);
        }
        invokes.settle(&event("1"));
        assert_eq!(invoke.answered(LONG, None).await, Some(toast("done")));
    }

    #[tokio::test]
    async fn what_takes_too_long_is_said_to_be_so_and_what_has_nothing_to_say_is_not() {
        let invokes = Invokes::default();
        let slow = new(&invokes, "1");
        let answer = slow.answered(Duration::ZERO, Some("en")).await;
        assert_eq!(answer, Some(toast(Words::OnIt.said(None))));
        assert_eq!(slow.offer(Worth::Said, toast("late")), Offered::TooLate);
        let silent = new(&invokes, "2");
        invokes.settle(&event("2"));
        assert_eq!(silent.answered(LONG, None).await, None);
    }

    #[tokio::test]
    async fn what_may_be_given_once_is_given_once() {
        let invokes = Invokes::default();
        let invoke = new(&invokes, "1");
        invoke.offer(Worth::Said, Answer::Once(json!("secret")));
        assert_eq!(invoke.answered(LONG, None).await, Some(Answer::Once(json!("secret"))));
        assert_eq!(
            invoke.answered(LONG, None).await,
            Some(toast(Words::SecretGone.said(None)))
        );
    }
}
