//! What a message shows the statistical reading: its features, each a hash.
//!
//! They are words, their beginnings, pairs of words and of concepts that stand near each other, how the message begins
//! and ends, and which patterns fit. Concepts are the same in every language, so an example in English teaches Greek as well.

use super::codes::CodeHit;
use super::hashing::{Once, SPREAD, finish, hash};
use super::pattern::{Hit, Patterns, Says};
use super::reading::{Item, Reading};
use crate::language::fold::Kind;

/// Of a word the beginnings of these lengths count.
const BEGINNINGS: [usize; 2] = [3, 5];

/// How many features a word brings, most often: room that is made ahead.
const FEATURES_A_WORD: usize = 16;

/// Up to so many words a message is short, and up to so many it is of middling length.
const SHORT: usize = 4;
const MIDDLING: usize = 10;

/// A feature: the hash of what was seen.
pub(super) type Feature = u32;

/// What a message shows.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// Its words, each once.
    pub words: Vec<Word>,
    /// Everything else; a feature may stand here twice.
    pub features: Vec<Feature>,
}

/// A word as a feature, and its beginnings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// The whole word.
    pub key: Feature,
    beginnings: [Feature; BEGINNINGS.len()],
}

fn feature(kind: u64, a: u64, b: u64) -> Feature {
    let b = b.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(31);
    (finish((kind << 56) ^ a.wrapping_mul(SPREAD) ^ b) >> 32) as Feature
}

impl Word {
    fn of(spelling: &[u8]) -> Self {
        let beginnings = BEGINNINGS.map(|length| match spelling.get(..length) {
            Some(beginning) => feature(11, hash(beginning), length as u64),
            None => 0,
        });
        Self {
            key: feature(3, hash(spelling), 0),
            beginnings,
        }
    }

    /// The word and its beginnings.
    pub fn features(&self) -> impl Iterator<Item = Feature> + '_ {
        std::iter::once(self.key).chain(self.beginnings.iter().copied().filter(|b| *b != 0))
    }
}

impl Seen {
    /// Looks at a message.
    pub fn see(&mut self, reading: &Reading, patterns: &Patterns, hits: &[Hit], codes: &[CodeHit]) {
        self.words.clear();
        self.words.reserve(reading.items.len());
        self.features.clear();
        self.features.reserve(FEATURES_A_WORD * reading.items.len());
        for code in codes {
            self.note(feature(9, u64::from(code.is_lockout()), u64::from(code.marked)));
        }
        let words = reading.items.iter().filter(|item| !item.stop).count();
        self.see_marks(reading);
        self.see_ends(reading);
        self.see_words(reading, words);
        for hit in hits {
            let says = match patterns.written[hit.pattern].says {
                Says::Scenario(n) => n as u64,
                Says::Sign(n) => 1_000 + n as u64,
            };
            self.note(feature(6, says, 0));
        }
    }

    fn note(&mut self, feature: Feature) {
        self.features.push(feature);
    }

    /// What stands around the words: code, somebody's speech, quotation marks, a question mark.
    fn see_marks(&mut self, reading: &Reading) {
        if reading.cites {
            self.note(feature(10, 1, 0));
        }
        if reading.speech {
            self.note(feature(10, 3, 0));
        }
        let quoted = reading.items.iter().filter(|item| item.quoted).count();
        if quoted > 0 {
            self.note(feature(10, 2, u64::from(quoted * 2 > reading.items.len())));
        }
        let asks = reading.folded.tokens.last().is_some_and(|t| t.kind == Kind::Question);
        self.note(feature(10, 4, u64::from(asks)));
    }

    /// The first and the last word: they tell a request from a remark better than the same words in the middle.
    fn see_ends(&mut self, reading: &Reading) {
        let words = || reading.items.iter().filter(|item| !item.stop);
        let (Some(first), Some(last)) = (words().next(), words().next_back()) else {
            return;
        };
        for (place, item) in [(0, first), (2, last)] {
            self.note(feature(15, item.key, place));
            for concept in reading.meaning(item) {
                self.note(feature(15, u64::from(*concept), place + 1));
            }
        }
    }

    /// Words, their meaning, and what stands beside them. `count` is how many there are: a word says more among few.
    fn see_words(&mut self, reading: &Reading, count: usize) {
        let length = u64::from(count > SHORT) + u64::from(count > MIDDLING);
        let (mut before, mut last): (Option<&Item>, Option<&Item>) = (None, None);
        for item in &reading.items {
            if item.stop {
                (before, last) = (None, None);
                continue;
            }
            self.see_spellings(&reading.spelled[item.spelled.clone()]);
            self.note(feature(14, item.key, length));
            if let Some(last) = last {
                self.see_neighbours(reading, last, item);
            }
            if let Some(before) = before {
                self.note(feature(16, before.key, item.key));
                self.see_concepts(reading, before, item);
            }
            (before, last) = (last, Some(item));
        }
    }

    /// Two words that stand side by side, and each with the meaning of the other: it says much about names that nobody
    /// listed ("my … account", «στο …»).
    fn see_neighbours(&mut self, reading: &Reading, last: &Item, item: &Item) {
        self.note(feature(5, last.key, item.key));
        for concept in reading.meaning(item) {
            self.note(feature(12, last.key, u64::from(*concept)));
        }
        for concept in reading.meaning(last) {
            self.note(feature(13, item.key, u64::from(*concept)));
        }
        self.see_concepts(reading, last, item);
    }

    /// The meanings of two words that stand near each other.
    fn see_concepts(&mut self, reading: &Reading, one: &Item, other: &Item) {
        for first in reading.meaning(one) {
            for second in reading.meaning(other) {
                self.note(feature(2, u64::from(*first), u64::from(*second)));
            }
        }
    }

    fn see_spellings(&mut self, spelled: &[u8]) {
        for spelling in spelled.split(|b| *b == b' ') {
            let word = Word::of(spelling);
            if !self.words.iter().any(|w| w.key == word.key) {
                self.words.push(word);
            }
        }
    }

    /// Writes down all that was seen, each feature once.
    pub fn features(&self, all: &mut Once) {
        all.clear();
        let words = self.words.iter().flat_map(Word::features);
        words.chain(self.features.iter().copied()).for_each(|f| all.add(f));
    }
}
