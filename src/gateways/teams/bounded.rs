//! A map that forgets: after a while, and the oldest first when it is full. For handles and copies that nobody misses.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// A map with a capacity and an age.
pub struct Bounded<K, V> {
    held: HashMap<K, (Instant, V)>,
    order: VecDeque<(Instant, K)>,
    capacity: usize,
    age: Duration,
}

impl<K: Hash + Eq + Clone, V> Bounded<K, V> {
    /// An empty one.
    pub fn new(capacity: usize, age: Duration) -> Self {
        Self {
            held: HashMap::new(),
            order: VecDeque::new(),
            capacity,
            age,
        }
    }

    /// Puts a value in, in the place of the one that was there.
    pub fn put(&mut self, key: K, value: V) {
        let now = Instant::now();
        self.held.insert(key.clone(), (now, value));
        self.order.push_back((now, key));
        self.tidy(now);
    }

    /// The value, if it is not forgotten.
    pub fn get(&self, key: &K) -> Option<&V> {
        let (since, value) = self.held.get(key)?;
        (since.elapsed() < self.age).then_some(value)
    }

    /// Takes the value out.
    pub fn take(&mut self, key: &K) -> Option<V> {
        let (since, value) = self.held.remove(key)?;
        (since.elapsed() < self.age).then_some(value)
    }

    fn tidy(&mut self, now: Instant) {
        while let Some((since, key)) = self.order.front() {
            let stale = now.duration_since(*since) >= self.age;
            // What was put in again later stands further back in the order, too.
            let current = self.held.get(key).is_some_and(|(held, _)| held == since);
            if current && !stale && self.held.len() <= self.capacity && self.order.len() <= 2 * self.capacity {
                return;
            }
            if current {
                self.held.remove(key);
            }
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_it_is_full() {
        let mut map = Bounded::new(2, Duration::from_secs(60));
        map.put("a", 1);
        map.put("b", 2);
        map.put("a", 3);
        map.put("c", 4);
        assert_eq!(
            (map.get(&"a"), map.get(&"b"), map.get(&"c")),
            (Some(&3), None, Some(&4))
        );
        assert_eq!((map.take(&"a"), map.get(&"a")), (Some(3), None));
    }

    #[test]
    fn what_is_too_old_is_gone() {
        let mut map = Bounded::new(2, Duration::ZERO);
        map.put("a", 1);
        assert_eq!(map.get(&"a"), None);
        assert!(map.held.is_empty());
    }

    #[test]
    fn one_key_put_in_again_and_again_takes_no_room() {
        let mut map = Bounded::new(2, Duration::from_secs(60));
        for round in 0..100 {
            map.put("a", round);
        }
        assert_eq!(map.get(&"a"), Some(&99));
        assert!(map.order.len() <= 4);
    }
}
