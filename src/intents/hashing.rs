//! Hashes that serve as keys: of forms in 64 bits, of features in 32. They are made with care once, and never again when
//! they are looked up.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Looks a number up that already is a good hash.
#[derive(Default)]
pub(super) struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = step(self.0, *b);
        }
    }
    fn write_u32(&mut self, n: u32) {
        self.0 = u64::from(n).wrapping_mul(SPREAD);
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// A map from hashes.
pub(super) type ByHash<T, K = u64> = HashMap<K, T, BuildHasherDefault<Ready>>;

/// An odd number whose bits are mixed (2^64 divided by the golden ratio).
pub(super) const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Takes one more byte into a hash.
pub(super) fn step(hash: u64, byte: u8) -> u64 {
    (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Spreads the bits, so that the map may use any of them.
pub(super) fn finish(hash: u64) -> u64 {
    let h = hash ^ (hash >> 32);
    h.wrapping_mul(SPREAD)
}

/// The hash of a form.
pub(super) fn hash(form: &[u8]) -> u64 {
    finish(form.iter().fold(0, |h, b| step(h, *b)))
}

/// Numbers, each once, in the order in which they came.
#[derive(Default)]
pub(super) struct Once {
    pub list: Vec<u32>,
    /// A bit for the last digits of each that was added: where it is not set, a number is new.
    added: [u64; 32],
}

impl Once {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.list.clear();
        self.added = [0; 32];
    }

    /// Adds a number, if it is new.
    pub fn add(&mut self, number: u32) {
        let (at, bit) = (number as usize / 64 % self.added.len(), 1 << (number % 64));
        if self.added[at] & bit == 0 || !self.list.contains(&number) {
            self.added[at] |= bit;
            self.list.push(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_added_once_even_where_others_share_its_bit() {
        let mut once = Once::default();
        for number in [5, 2_053, 5, 2_053, 4_101, 7] {
            once.add(number);
        }
        assert_eq!(once.list, [5, 2_053, 4_101, 7]);
        once.clear();
        once.add(5);
        assert_eq!(once.list, [5]);
    }

    #[test]
    fn numbers_are_spread_over_the_whole_hash() {
        let spread = |n: u32| {
            let mut hasher = Ready::default();
            hasher.write_u32(n);
            hasher.finish()
        };
        let high: std::collections::BTreeSet<u64> = (0..1_000).map(|n| spread(n) >> 57).collect();
        assert_eq!(high.len(), 128);
    }
}
