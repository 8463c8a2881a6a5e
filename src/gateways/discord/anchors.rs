//! Which message an answer in a channel answers, so that it can be shown as a reply to it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::chat::Conversation;

/// Messages that were heard and not settled yet. Those of one conversation are answered in order, so what is posted
/// there answers the oldest.
#[derive(Debug, Default)]
pub struct Anchors(Mutex<HashMap<Conversation, VecDeque<Anchor>>>);

#[derive(Debug)]
struct Anchor {
    event: String,
    message: u64,
    used: bool,
}

impl Anchors {
    /// A message waits for its answer.
    pub fn wait(&self, conversation: &Conversation, message: u64) {
        let anchor = Anchor {
            event: message.to_string(),
            message,
            used: false,
        };
        self.lock().entry(conversation.clone()).or_default().push_back(anchor);
    }

    /// The message that a post in this conversation answers; each is given once.
    pub fn take(&self, conversation: &Conversation) -> Option<u64> {
        let mut waiting = self.lock();
        let first = waiting.get_mut(conversation)?.front_mut()?;
        (!std::mem::replace(&mut first.used, true)).then_some(first.message)
    }

    /// Everything that there was to say to it is said.
    pub fn release(&self, event: &str) {
        self.lock().retain(|_, waiting| {
            waiting.retain(|anchor| anchor.event != event);
            !waiting.is_empty()
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Conversation, VecDeque<Anchor>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Platform, Room};

    #[test]
    fn the_oldest_is_answered_once_and_nothing_is_kept() {
        let place = Conversation {
            platform: Platform::Discord,
            scope: "1".into(),
            id: "2".into(),
            thread: None,
            room: Room::Shared,
        };
        let anchors = Anchors::default();
        anchors.wait(&place, 10);
        anchors.wait(&place, 11);
        assert_eq!(anchors.take(&place), Some(10));
        assert_eq!(anchors.take(&place), None);
        anchors.release("10");
        assert_eq!(anchors.take(&place), Some(11));
        anchors.release("11");
        assert_eq!(anchors.take(&place), None);
        assert!(anchors.lock().is_empty());
    }
}
