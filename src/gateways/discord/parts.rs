//! Which messages are one answer: what is too long for one goes on in the next, and is replaced as a whole.
//!
//! Each part after the first is posted as a reply to the one before it. So Discord itself knows what belongs together,
//! also after a restart, and people see it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::Discord;
use super::rest::{Ask, Fault};

/// How many answers are remembered. Of one that is forgotten, Discord is asked.
const KEPT: usize = 10_000;
/// How far Discord is asked back. No answer is that long.
const FURTHEST: usize = 10;

/// The parts of each answer, in order, by the message that it was last known by.
#[derive(Debug, Default)]
pub struct Parts(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    parts: HashMap<u64, Vec<u64>>,
    order: VecDeque<u64>,
}

impl Parts {
    /// What is known by `message` stands as these.
    pub fn keep(&self, message: u64, parts: Vec<u64>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.parts.insert(message, parts).is_none() {
            known.order.push_back(message);
        }
        if known.order.len() > KEPT
            && let Some(oldest) = known.order.pop_front()
        {
            known.parts.remove(&oldest);
        }
    }

    fn of(&self, message: u64) -> Option<Vec<u64>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.parts.get(&message).cloned()
    }
}

impl Discord {
    /// All parts of the answer that is known by this message, in order.
    async fn parts_of(&self, channel: u64, message: u64) -> Vec<u64> {
        match self.parts.of(message) {
            Some(parts) => parts,
            None => self.asked_back(channel, message).await,
        }
    }

    /// Goes back from the last part along the replies, as long as they are the bot's own.
    async fn asked_back(&self, channel: u64, last: u64) -> Vec<u64> {
        let mut parts = VecDeque::from([last]);
        while parts.len() < FURTHEST {
            let this = parts.front().copied().unwrap_or(last);
            let found = self
                .rest
                .send(Ask::get(format!("/channels/{channel}/messages/{this}")))
                .await;
            let before = match &found {
                Ok(found) => self.own(&found["referenced_message"]),
                Err(fault) => {
                    tracing::debug!(chat.platform = "discord", error = %fault, "it could not be seen whether an answer has more parts");
                    None
                }
            };
            match before {
                Some(before) => parts.push_front(before),
                None => break,
            }
        }
        parts.into()
    }

    /// The id of a message, if it is the bot's own.
    fn own(&self, message: &Value) -> Option<u64> {
        let number = |value: &Value| value.as_str()?.parse::<u64>().ok();
        let author = number(&message["author"]["id"])?;
        (Some(author) == self.ears.places.bot()).then(|| number(&message["id"]))?
    }

    /// Says it in a channel, after what stands there already of it. Gives the last part.
    pub(super) async fn say(&self, channel: u64, messages: Vec<Value>, mut parts: Vec<u64>) -> Result<u64, Fault> {
        let path = format!("/channels/{channel}/messages");
        for mut message in messages {
            if let Some(before) = parts.last() {
                message["message_reference"] = json!({"message_id": before.to_string(), "fail_if_not_exists": false});
            }
            parts.push(self.say_once(&path, message).await?);
        }
        let last = parts.last().copied().unwrap_or_default();
        self.parts.keep(last, parts);
        Ok(last)
    }

    /// Puts messages in the place of an answer: its first parts are written over, those that are not needed any more are
    /// deleted, and what they have no room for follows. Gives the last part.
    pub(super) async fn write_over(&self, channel: u64, message: u64, messages: Vec<Value>) -> Result<u64, Fault> {
        let standing = self.parts_of(channel, message).await;
        let (kept, spare) = standing.split_at(standing.len().min(messages.len()));
        let mut messages = messages.into_iter();
        for (part, body) in kept.iter().zip(messages.by_ref()) {
            let path = format!("/channels/{channel}/messages/{part}");
            self.rest.send(Ask::patch(path, &body)).await?;
        }
        for part in spare {
            let path = format!("/channels/{channel}/messages/{part}");
            if let Err(fault) = self.rest.send(Ask::delete(path)).await {
                tracing::warn!(chat.platform = "discord", error = %fault, "a part of what was replaced still stands");
            }
        }
        let last = self.say(channel, messages.collect(), kept.to_vec()).await?;
        // Whoever knew it by its old last part finds it still.
        if let Some(parts) = self.parts.of(last) {
            self.parts.keep(message, parts);
        }
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let parts = Parts::default();
        for message in 0..=KEPT as u64 {
            parts.keep(message, vec![message]);
            parts.keep(message, vec![message, message]);
        }
        assert_eq!((parts.of(0), parts.of(1)), (None, Some(vec![1, 1])));
    }
}
