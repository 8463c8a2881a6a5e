//! The interactions that are open: the private ways to people, which Discord gives for fifteen minutes. Kept in memory
//! alone, bounded, and never logged.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as AsyncMutex;

use super::limits::{TOKEN_LIVES, TOKEN_MARGIN};

/// How many of each kind are kept; the oldest go first.
const KEPT: usize = 4096;

/// The token of an interaction. Whoever has it can speak there as the bot, so it prints as redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Wraps what Discord gave.
    pub fn new(token: &str) -> Self {
        Self(token.to_owned())
    }

    /// For the path of a request.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How an interaction was answered so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Not at all, or it could not be: nothing can be said through it.
    Not,
    /// "Thinking…", for the person alone, and nobody has filled it yet.
    Thinking,
    /// With a first answer. More can follow.
    Filled,
    /// Quietly: the message whose button was pressed can be changed.
    Quietly,
}

/// An interaction.
#[derive(Debug)]
pub struct Open {
    /// Its token.
    pub token: Token,
    /// Who pressed or wrote.
    pub user: u64,
    /// The channel in which they did.
    pub channel: u64,
    /// The message whose button was pressed.
    pub message: Option<u64>,
    /// Locked while something is said through it, so that one thing is said after another.
    pub answered: AsyncMutex<Answered>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Handles {
    open: Mutex<Expiring<String, Arc<Open>>>,
    whispers: Mutex<Expiring<u64, Whisper>>,
}

/// A private answer.
#[derive(Debug, Clone)]
pub struct Whisper {
    /// Of the interaction through which it was shown: it can be changed through that one alone.
    pub token: Token,
    /// Its messages, in order.
    pub parts: Vec<u64>,
}

impl Handles {
    /// Keeps an interaction, by its event's id. One that is there already stays as it is.
    pub fn keep(&self, event: &str, open: &Arc<Open>) -> Known {
        let mut held = lock(&self.open);
        if held.get(event, Instant::now()).is_some() {
            return Known::Before;
        }
        held.insert(event.to_owned(), Arc::clone(open), Instant::now());
        Known::First
    }

    /// The interaction of an event, while it can be used.
    pub fn find(&self, event: &str) -> Option<Arc<Open>> {
        lock(&self.open).get(event, Instant::now())
    }

    /// Lets go of an interaction.
    pub fn take(&self, event: &str) -> Option<Arc<Open>> {
        lock(&self.open).remove(event)
    }

    /// Remembers how a private answer was shown, by its last message.
    pub fn shown(&self, message: u64, whisper: Whisper) {
        lock(&self.whispers).insert(message, whisper, Instant::now());
    }

    /// How a private answer was shown.
    pub fn showed(&self, message: u64) -> Option<Whisper> {
        lock(&self.whispers).get(&message, Instant::now())
    }
}

/// Whether something is heard of for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    First,
    Before,
}

/// A map that forgets what Discord forgets.
#[derive(Debug)]
struct Expiring<K, V>(HashMap<K, (V, Instant)>);

impl<K, V> Default for Expiring<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Expiring<K, V> {
    fn insert(&mut self, key: K, value: V, now: Instant) {
        if self.0.len() >= KEPT {
            self.0.retain(|_, (_, since)| is_alive(*since, now));
        }
        if self.0.len() >= KEPT {
            let oldest = self.0.iter().min_by_key(|(_, (_, since))| *since);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.0.remove(&oldest);
            }
        }
        self.0.insert(key, (value, now));
    }

    fn get<Q>(&self, key: &Q, now: Instant) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (value, since) = self.0.get(key)?;
        is_alive(*since, now).then(|| value.clone())
    }

    fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.remove(key).map(|(value, _)| value)
    }
}

fn is_alive(since: Instant, now: Instant) -> bool {
    const USABLE: Duration = TOKEN_LIVES.saturating_sub(TOKEN_MARGIN);
    now.saturating_duration_since(since) < USABLE
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_used_when_its_time_is_over() {
        let mut map = Expiring::default();
        let now = Instant::now();
        map.insert(1_u64, "token", now);
        assert_eq!(map.get(&1, now + Duration::from_secs(14 * 60)), Some("token"));
        assert_eq!(map.get(&1, now + Duration::from_secs(15 * 60)), None);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_goes() {
        let mut map = Expiring::default();
        let now = Instant::now();
        for key in 0..=KEPT as u64 {
            map.insert(key, (), now + Duration::from_millis(key));
        }
        assert_eq!(map.0.len(), KEPT);
        assert!(map.get(&0, now).is_none() && map.get(&1, now).is_some());
    }

    #[test]
    fn a_token_is_not_printed() {
        assert!(!format!("{:?}", Token::new("canary")).contains("canary"));
    }
}
