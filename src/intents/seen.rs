//! What a message shows the statistical reading: its features, each a hash.
//!
//! They are pairs of neighbouring concepts, words, their beginnings, pairs of words, how the message begins and ends, and
//! which patterns fit. Concepts are the same in every language, so an example in English teaches Greek as well.

use super::codes::CodeHit;
use super::lexicon::{finish, hash, step};
use super::pattern::{Hit, Patterns, Says};
use super::reading::{Item, Reading};
use crate::language::fold::Kind;

/// How far apart two concepts may stand to count as neighbours.
const WINDOW: usize = 3;

/// Of a word the beginnings of these lengths count.
const BEGINNINGS: std::ops::RangeInclusive<usize> = 3..=6;

/// How many features a word has by itself, at the most: the whole, and its beginnings.
const WORD_FEATURES: usize = 5;

/// How many features a word brings, most often: room that is made ahead.
const FEATURES_A_WORD: usize = 16;

/// Up to so many words a message is short, and up to so many it is of middling length.
const SHORT: usize = 4;
const MIDDLING: usize = 10;

/// What a message shows.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// Its words, each once.
    pub words: Vec<Word>,
    /// Everything else; a feature may stand here twice.
    pub features: Vec<u64>,
}

/// A word as a feature, and its beginnings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// The whole word.
    pub key: u64,
    beginnings: [u64; WORD_FEATURES - 1],
}

fn feature(kind: u64, a: u64, b: u64) -> u64 {
    finish((kind << 56) ^ a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(31))
}

impl Word {
    fn of(spelling: &[u8]) -> Self {
        let mut beginnings = [0; WORD_FEATURES - 1];
        let mut h = 0;
        for (i, b) in spelling.iter().take(*BEGINNINGS.end()).enumerate() {
            h = step(h, *b);
            if BEGINNINGS.contains(&(i + 1)) {
                beginnings[i + 1 - BEGINNINGS.start()] = feature(11, finish(h), i as u64);
            }
        }
        Self {
            key: feature(3, hash(spelling), 0),
            beginnings,
        }
    }

    /// The word and its beginnings.
    pub fn features(&self) -> impl Iterator<Item = u64> + '_ {
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
        self.note(feature(8, (usize::BITS - words.leading_zeros()).into(), 0));
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

    fn note(&mut self, feature: u64) {
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

    /// The first and the last word, and the two that a message begins with: they tell a request from a remark better than
    /// the same words in the middle.
    fn see_ends(&mut self, reading: &Reading) {
        let words = || reading.items.iter().filter(|item| !item.stop);
        let mut forwards = words();
        let (Some(first), Some(last)) = (forwards.next(), words().next_back()) else {
            return;
        };
        for (place, item) in [(0, first), (2, last)] {
            self.note(feature(15, item.key, place));
            for concept in reading.meaning(item) {
                self.note(feature(15, u64::from(*concept), place + 1));
            }
        }
        if let Some(second) = forwards.next() {
            self.note(feature(16, first.key, second.key));
        }
    }

    /// Words, their meaning, and what stands beside them. `count` is how many there are: a word says more among few.
    fn see_words(&mut self, reading: &Reading, count: usize) {
        let length = u64::from(count > SHORT) + u64::from(count > MIDDLING);
        let mut recent: [Option<&Item>; WINDOW] = [None; WINDOW];
        let mut last: Option<&Item> = None;
        for item in &reading.items {
            let concepts = reading.meaning(item);
            if item.stop {
                recent = [None; WINDOW];
                last = None;
                continue;
            }
            self.see_spellings(&reading.spelled[item.spelled.clone()]);
            self.note(feature(14, item.key, length));
            if let Some(last) = last {
                self.note(feature(5, last.key, item.key));
                // What stands beside a word says much about names that nobody listed: "my … account", «στο …».
                for concept in concepts {
                    self.note(feature(12, last.key, u64::from(*concept)));
                }
            }
            last = Some(item);
            if concepts.is_empty() {
                continue;
            }
            for other in recent.iter().flatten().flat_map(|before| reading.meaning(before)) {
                for concept in concepts {
                    self.note(feature(2, u64::from(*other), u64::from(*concept)));
                }
            }
            recent.rotate_left(1);
            recent[WINDOW - 1] = Some(item);
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

    /// All that was seen, each feature once.
    pub fn features(&self) -> Vec<u64> {
        let words = self.words.iter().flat_map(Word::features);
        let mut all = Vec::with_capacity(WORD_FEATURES * self.words.len() + self.features.len());
        all.extend(words.chain(self.features.iter().copied()));
        all.sort_unstable();
        all.dedup();
        all
    }
}
