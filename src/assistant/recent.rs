//! What was lately talked about with each person in each conversation, so that "still not working" is understood. Kept
//! in memory only: after a restart a follow-up is asked about instead of understood.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::{Duration, OffsetDateTime};

use crate::chat::{Conversation, Identity};
use crate::intents::IntentId;

/// After this, a message stands for itself again.
const FOLLOWS_WITHIN: Duration = Duration::minutes(30);
/// How many people are remembered at most; beyond it the oldest are forgotten.
const MOST: usize = 4096;

/// The topics of lately.
#[derive(Debug, Default)]
pub struct Recent(Mutex<HashMap<(Conversation, Identity), Topic>>);

#[derive(Debug, Clone)]
struct Topic {
    intents: Vec<IntentId>,
    at: OffsetDateTime,
}

impl Recent {
    /// Remembers what was answered, or offered in a question.
    pub fn remember(&self, place: (&Conversation, &Identity), intents: &[IntentId], now: OffsetDateTime) {
        let mut topics = self.topics();
        if topics.len() >= MOST {
            topics.retain(|_, topic| now - topic.at < FOLLOWS_WITHIN);
        }
        if topics.len() >= MOST
            && let Some(oldest) = topics.iter().min_by_key(|(_, topic)| topic.at).map(|(key, _)| key.clone())
        {
            topics.remove(&oldest);
        }
        let topic = Topic { intents: intents.to_vec(), at: now };
        topics.insert((place.0.clone(), place.1.clone()), topic);
    }

    /// What this person was lately told about here; empty where nothing was, or too long ago.
    pub fn recall(&self, place: (&Conversation, &Identity), now: OffsetDateTime) -> Vec<IntentId> {
        self.topics()
            .get(&(place.0.clone(), place.1.clone()))
            .filter(|topic| now - topic.at < FOLLOWS_WITHIN)
            .map(|topic| topic.intents.clone())
            .unwrap_or_default()
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<(Conversation, Identity), Topic>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::chat::{Platform, Room};

    #[test]
    fn a_topic_is_one_persons_in_one_conversation_and_fades() {
        let conversation = |id: &str| Conversation {
            platform: Platform::Slack,
            scope: "T1".into(),
            id: id.into(),
            thread: None,
            room: Room::Shared,
        };
        let person = |user: &str| Identity { platform: Platform::Slack, scope: "T1".into(), user: user.into() };
        let now = datetime!(2026-11-22 09:00 UTC);
        let recent = Recent::default();
        let mail = [IntentId("cannot-send-mail".into())];
        recent.remember((&conversation("C1"), &person("maria")), &mail, now);
        assert_eq!(recent.recall((&conversation("C1"), &person("maria")), now), mail);
        assert!(recent.recall((&conversation("C1"), &person("ana")), now).is_empty());
        assert!(recent.recall((&conversation("C2"), &person("maria")), now).is_empty());
        assert!(recent.recall((&conversation("C1"), &person("maria")), now + FOLLOWS_WITHIN).is_empty());
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let recent = Recent::default();
        let conversation = Conversation {
            platform: Platform::Slack,
            scope: "T1".into(),
            id: "C1".into(),
            thread: None,
            room: Room::Shared,
        };
        for n in 0..MOST + 10 {
            let person = Identity { platform: Platform::Slack, scope: "T1".into(), user: n.to_string() };
            recent.remember((&conversation, &person), &[], datetime!(2026-11-22 09:00 UTC));
        }
        assert_eq!(recent.topics().len(), MOST);
    }
}
