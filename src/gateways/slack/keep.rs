//! A map that forgets: what is older than its time, and the oldest when it is full.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Values by key, each for a while.
pub struct Keep<K, V> {
    values: HashMap<K, (u64, V)>,
    /// In the order in which they were put in. One that was taken out or put in again leaves a line without effect.
    order: VecDeque<(Instant, u64, K)>,
    next: u64,
    most: usize,
    lasts: Duration,
}

impl<K: Clone + Eq + Hash, V> Keep<K, V> {
    /// At most so many, each for so long.
    pub fn new(most: usize, lasts: Duration) -> Self {
        Self {
            values: HashMap::new(),
            order: VecDeque::new(),
            next: 0,
            most,
            lasts,
        }
    }

    /// Puts a value in, in the place of an older one.
    pub fn put(&mut self, key: K, value: V) {
        self.forget();
        self.next += 1;
        self.values.insert(key.clone(), (self.next, value));
        self.order.push_back((Instant::now(), self.next, key));
        while self.values.len() > self.most || self.order.len() > 2 * self.most {
            self.drop_oldest();
        }
    }

    /// A value that is still kept.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        self.forget();
        self.values.get_mut(key).map(|(_, value)| value)
    }

    /// Takes a value out.
    pub fn take(&mut self, key: &K) -> Option<V> {
        self.forget();
        self.values.remove(key).map(|(_, value)| value)
    }

    fn forget(&mut self) {
        while self.order.front().is_some_and(|(at, ..)| at.elapsed() >= self.lasts) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, number, key)) = self.order.pop_front()
            && self.values.get(&key).is_some_and(|(of, _)| *of == number)
        {
            self.values.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_it_is_full() {
        let mut keep = Keep::new(2, Duration::from_secs(60));
        keep.put("a", 1);
        keep.put("b", 2);
        keep.put("a", 3);
        keep.put("c", 4);
        assert_eq!((keep.get(&"a").copied(), keep.get(&"b").copied()), (Some(3), None));
        assert_eq!(keep.take(&"c"), Some(4));
        assert_eq!(keep.get(&"c"), None);
    }

    #[test]
    fn what_is_too_old_is_forgotten() {
        let mut keep = Keep::new(9, Duration::ZERO);
        keep.put("a", 1);
        assert_eq!(keep.get(&"a"), None);
        assert!(keep.values.is_empty() && keep.order.is_empty());
    }

    #[test]
    fn one_that_is_put_in_again_and_again_takes_no_more_room() {
        let mut keep = Keep::new(2, Duration::from_secs(60));
        for number in 0..100 {
            keep.put("a", number);
        }
        assert!(keep.order.len() <= 4);
        assert_eq!(keep.get(&"a").copied(), Some(99));
    }
}
