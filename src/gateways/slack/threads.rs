//! Messages that nobody has replied to: an answer to one alone, in a thread that is yet to begin, would be seen by nobody.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::keep::Keep;

/// How long it is remembered. What is answered later was answered before, by somebody.
const FOR: Duration = Duration::from_secs(24 * 3600);
const MOST: usize = 20_000;

/// Where a thread may begin, by channel and message.
pub struct Threads(Mutex<Keep<(String, String), ()>>);

impl Default for Threads {
    fn default() -> Self {
        Self(Mutex::new(Keep::new(MOST, FOR)))
    }
}

impl Threads {
    /// Somebody wrote a message outside of any thread.
    pub fn may_begin(&self, channel: &str, message: &str) {
        self.keep().put((channel.to_owned(), message.to_owned()), ());
    }

    /// Somebody replied to it.
    pub fn answered(&self, channel: &str, message: &str) {
        self.keep().take(&(channel.to_owned(), message.to_owned()));
    }

    /// Whether nobody has replied to it, as far as is known.
    pub fn has_no_answer(&self, channel: &str, message: &str) -> bool {
        self.keep().get(&(channel.to_owned(), message.to_owned())).is_some()
    }

    fn keep(&self) -> MutexGuard<'_, Keep<(String, String), ()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_begins_with_the_first_reply() {
        let threads = Threads::default();
        assert!(
            !threads.has_no_answer("C1", "1.0"),
            "of what is not known, nothing is said"
        );
        threads.may_begin("C1", "1.0");
        assert!(threads.has_no_answer("C1", "1.0") && !threads.has_no_answer("C2", "1.0"));
        threads.answered("C1", "1.0");
        assert!(!threads.has_no_answer("C1", "1.0"));
    }
}
