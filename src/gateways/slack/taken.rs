//! Which events were taken already, so that a repeated delivery is acknowledged and not heard again. After a restart
//! the store knows them still.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::keep::Keep;

/// Slack repeats for about an hour: <https://docs.slack.dev/apis/events-api/#retries>.
const FOR: Duration = Duration::from_secs(2 * 3600);
const MOST: usize = 50_000;

/// The events of the last hours.
pub struct Taken(Mutex<Keep<String, State>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Taking,
    Taken,
}

/// Whether an event is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Nobody has taken it.
    Yes,
    /// It was taken: acknowledge it.
    No,
    /// It is being taken right now, and may yet not be.
    Underway,
}

impl Default for Taken {
    fn default() -> Self {
        Self(Mutex::new(Keep::new(MOST, FOR)))
    }
}

impl Taken {
    /// Begins to take an event.
    pub fn begin(&self, event: &str) -> First {
        let mut keep = self.keep();
        match keep.get(&event.to_owned()) {
            Some(State::Taken) => First::No,
            Some(State::Taking) => First::Underway,
            None => {
                keep.put(event.to_owned(), State::Taking);
                First::Yes
            }
        }
    }

    /// It was taken.
    pub fn done(&self, event: &str) {
        if let Some(state) = self.keep().get(&event.to_owned()) {
            *state = State::Taken;
        }
    }

    /// It was not taken: the next delivery is the first again.
    pub fn not(&self, event: &str) {
        self.keep().take(&event.to_owned());
    }

    fn keep(&self) -> std::sync::MutexGuard<'_, Keep<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
