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
pub struct Recent(Mutex<HashMap<(Conversation, Identity), (Topic, OffsetDateTime)>>);

/// What was talked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// These were answered.
    Answered(Vec<IntentId>),
    /// It was asked which of these is meant.
    Offered(Vec<IntentId>),
}

impl Topic {
    /// The scenarios, the latest first.
    pub fn intents(&self) -> &[IntentId] {
        match self {
            Self::Answered(intents) | Self::Offered(intents) => intents,
        }
    }
}

impl Recent {
    /// Remembers what was answered, or offered in a question.
    pub fn remember(&self, place: (&Conversation, &Identity), topic: Topic, now: OffsetDateTime) {
        let mut topics = self.topics();
        if topics.len() >= MOST {
            topics.retain(|_, (_, at)| now - *at < FOLLOWS_WITHIN);
        }
        if topics.len() >= MOST
            && let Some(oldest) = topics.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| key.clone())
        {
            topics.remove(&oldest);
        }
        topics.insert((place.0.clone(), place.1.clone()), (topic, now));
    }

    /// What was lately talked about with this person here; `None` where nothing was, or too long ago.
    pub fn recall(&self, place: (&Conversation, &Identity), now: OffsetDateTime) -> Option<Topic> {
        let topics = self.topics();
        let (topic, at) = topics.get(&(place.0.clone(), place.1.clone()))?;
        (now - *at < FOLLOWS_WITHIN).then(|| topic.clone())
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<(Conversation, Identity), (Topic, OffsetDateTime)>> {
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
        let person = |user: &str| Identity {
            platform: Platform::Slack,
            scope: "T1".into(),
            user: user.into(),
        };
        let now = datetime!(2026-11-22 09:00 UTC);
        let recent = Recent::default();
        let mail = Topic::Answered(vec![IntentId("cannot-send-mail".into())]);
        recent.remember((&conversation("C1"), &person("maria")), mail.clone(), now);
        assert_eq!(recent.recall((&conversation("C1"), &person("maria")), now), Some(mail));
        assert_eq!(recent.recall((&conversation("C1"), &person("ana")), now), None);
        assert_eq!(recent.recall((&conversation("C2"), &person("maria")), now), None);
        assert_eq!(
            recent.recall((&conversation("C1"), &person("maria")), now + FOLLOWS_WITHIN),
            None
        );
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
            let person = Identity {
                platform: Platform::Slack,
                scope: "T1".into(),
                user: n.to_string(),
            };
            recent.remember(
                (&conversation, &person),
                Topic::Answered(vec![]),
                datetime!(2026-11-22 09:00 UTC),
            );
        }
        assert_eq!(recent.topics().len(), MOST);
    }
}
