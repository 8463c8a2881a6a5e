//! The statistical reading: small logistic regressions, trained together from the examples when a catalogue loads.
//!
//! Its features are concepts, pairs of neighbouring concepts, words, their beginnings, pairs of words, the first and the
//! last word, and which patterns fit. Concepts are the same in every language, so an example in English teaches Greek as well. Two families of outputs
//! share the features: for each scenario and for "asks something" whether it is so, each by itself; and a choice of one
//! among all scenarios and "nothing to answer", which tells best whether there is anything to answer at all.
//! Training visits the examples in a fixed order: the same files always give the same weights.

use super::codes::CodeHit;
use super::lexicon::{ByHash, finish, hash, step};
use super::pattern::{Hit, Patterns, Says};
use super::reading::Reading;

/// How often training goes over the examples.
const ROUNDS: usize = 7;

/// The first step of training; later ones shrink for features that are often seen.
const STEP: f32 = 0.35;

/// How strongly weights are drawn to nothing, a visit.
const DECAY: f32 = 2e-5;

/// An example that is understood as well as this teaches nothing more.
const LEARNT: f32 = 0.02;

/// How far apart two concepts may stand to count as neighbours.
const WINDOW: usize = 3;

/// Of a word the beginnings of these lengths count.
const BEGINNINGS: std::ops::RangeInclusive<usize> = 3..=6;

/// How many features a word brings, most often: room that is made ahead.
const FEATURES_A_WORD: usize = 16;

/// How many outputs are reckoned at once.
const LANES: usize = 8;

/// What a message shows.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// Its words, each once.
    words: Vec<Word>,
    /// Everything else.
    features: Vec<u64>,
}

/// A word as a feature, and its beginnings.
#[derive(Debug, Clone, Copy)]
struct Word {
    key: u64,
    beginnings: [u64; 4],
}

/// Something that training learns from.
pub(super) struct Lesson {
    /// What was seen in the message.
    pub seen: Seen,
    /// How right each scenario is, from 0 to 1.
    pub truth: Vec<f32>,
}

/// The weights: a row a feature, [`Model::stride`] numbers a row.
pub(super) struct Model {
    rows: ByHash<u32>,
    /// The rows of words that training met, each with its beginnings added in.
    words: ByHash<u32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    scenarios: usize,
}

fn feature(kind: u64, a: u64, b: u64) -> u64 {
    finish((kind << 56) ^ a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(31))
}

impl Word {
    fn of(spelling: &str) -> Self {
        let mut beginnings = [0; 4];
        let mut h = 0;
        for (i, b) in spelling.bytes().take(*BEGINNINGS.end()).enumerate() {
            h = step(h, b);
            if BEGINNINGS.contains(&(i + 1)) {
                beginnings[i + 1 - BEGINNINGS.start()] = feature(11, finish(h), i as u64);
            }
        }
        Self {
            key: feature(3, hash(spelling.as_bytes()), 0),
            beginnings,
        }
    }

    fn features(&self) -> impl Iterator<Item = u64> + '_ {
        std::iter::once(self.key).chain(self.beginnings.iter().copied().filter(|b| *b != 0))
    }
}

impl Seen {
    /// Looks at a message.
    pub fn see(&mut self, reading: &Reading, patterns: &Patterns, hits: &[Hit], codes: &[CodeHit]) {
        self.words.clear();
        self.words.reserve(reading.items.len());
        let out = &mut self.features;
        out.clear();
        out.reserve(FEATURES_A_WORD * reading.items.len());
        for code in codes {
            out.push(feature(9, u64::from(code.is_lockout()), u64::from(code.marked)));
        }
        if reading.cites {
            out.push(feature(10, 1, 0));
        }
        if reading.speech {
            out.push(feature(10, 3, 0));
        }
        let quoted = reading.items.iter().filter(|item| item.quoted).count();
        if quoted > 0 {
            out.push(feature(10, 2, u64::from(quoted * 2 > reading.items.len())));
        }
        let mut words = reading.items.iter().filter(|item| !item.stop);
        let first = words.next();
        // How a message begins and ends tells a request from a remark better than the same words in the middle.
        for (place, item) in [(0, first), (2, words.next_back().or(first))] {
            let Some(item) = item else { continue };
            out.push(feature(15, item.key, place));
            out.extend(
                reading
                    .meaning(item)
                    .iter()
                    .map(|c| feature(15, u64::from(*c), place + 1)),
            );
        }
        let mut recent: [Option<usize>; WINDOW] = [None; WINDOW];
        let mut last_key = 0;
        for (i, item) in reading.items.iter().enumerate() {
            if item.stop {
                recent = [None; WINDOW];
                last_key = 0;
                out.extend(reading.meaning(item).iter().map(|c| feature(1, u64::from(*c), 0)));
                continue;
            }
            let concepts = reading.meaning(item);
            for spelling in reading.spelled[item.spelled.clone()].split(' ') {
                let word = Word::of(spelling);
                if !self.words.iter().any(|w| w.key == word.key) {
                    self.words.push(word);
                }
            }
            if last_key != 0 {
                out.push(feature(5, last_key, item.key));
                // What stands beside a word says much about names that nobody listed: "my … account", «στο …».
                out.extend(concepts.iter().map(|c| feature(12, last_key, u64::from(*c))));
                let before = reading.meaning(&reading.items[i - 1]);
                out.extend(before.iter().map(|c| feature(13, u64::from(*c), item.key)));
            }
            if item.tokens.len() > 1 {
                out.push(feature(4, item.key, 0));
            }
            last_key = item.key;
            if concepts.is_empty() {
                continue;
            }
            for concept in concepts {
                out.push(feature(1, u64::from(*concept), 0));
                for before in recent.iter().flatten() {
                    for other in reading.meaning(&reading.items[*before]) {
                        out.push(feature(2, u64::from(*other), u64::from(*concept)));
                    }
                }
            }
            recent.rotate_left(1);
            recent[WINDOW - 1] = Some(i);
        }
        for hit in hits {
            let says = match patterns.written[hit.pattern].says {
                Says::Scenario(n) => n as u64,
                Says::Sign(n) => 1_000 + n as u64,
            };
            out.push(feature(6, says, 0));
            out.push(feature(7, hit.pattern as u64, 0));
        }
        let words = reading.items.iter().filter(|item| !item.stop).count();
        out.push(feature(8, (usize::BITS - words.leading_zeros()).into(), 0));
    }

    /// Leaves each feature once. What is only scored is spared that: there rows are counted once, which are fewer.
    pub fn without_repeats(mut self) -> Self {
        self.features.sort_unstable();
        self.features.dedup();
        self
    }

    fn all(&self) -> impl Iterator<Item = u64> + '_ {
        let words = self.words.iter().flat_map(Word::features);
        words.chain(self.features.iter().copied())
    }
}

/// What the model makes of a message.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// How right each scenario is, from 0 to 1.
    pub scenarios: Vec<f32>,
    /// How sure it is that there is anything to answer.
    pub asks: f32,
}

impl Model {
    /// How many numbers a row has: two families of outputs, filled up to whole lanes.
    fn stride(scenarios: usize) -> usize {
        (2 * (scenarios + 1)).next_multiple_of(LANES)
    }

    /// Learns from lessons, in their order.
    pub fn train(lessons: &[Lesson], scenarios: usize) -> Self {
        let mut count: ByHash<u32> = ByHash::default();
        for lesson in lessons {
            for f in lesson.seen.all() {
                *count.entry(f).or_insert(0) += 1;
            }
        }
        let mut rows: ByHash<u32> = ByHash::default();
        let mut compact: Vec<u32> = Vec::new();
        let mut ends: Vec<usize> = Vec::with_capacity(lessons.len());
        for lesson in lessons {
            for f in lesson.seen.all().filter(|f| count[f] > 1) {
                let next = rows.len() as u32;
                compact.push(*rows.entry(f).or_insert(next));
            }
            ends.push(compact.len());
        }
        let stride = Self::stride(scenarios);
        let mut model = Self {
            weights: vec![0.0; rows.len() * stride],
            bias: vec![0.0; stride],
            rows,
            words: ByHash::default(),
            scenarios,
        };
        model.bias[..=scenarios].fill(-2.0);
        let mut energy = vec![0.1f32; model.weights.len()];
        let mut error = vec![0.0f32; stride];
        let n = lessons.len();
        for round in 0..ROUNDS {
            for k in 0..n {
                // A stride that shares no factor with the count visits all, neighbours far apart.
                let i = (k * far(n) + round * 7) % n;
                let start = if i == 0 { 0 } else { ends[i - 1] };
                model.learn(&compact[start..ends[i]], &lessons[i].truth, &mut error, &mut energy);
            }
        }
        model.join_words(lessons);
        model
    }

    fn learn(&mut self, features: &[u32], truth: &[f32], error: &mut [f32], energy: &mut [f32]) {
        let stride = error.len();
        error.copy_from_slice(&self.bias);
        for f in features {
            add(error, &self.weights[*f as usize * stride..][..stride]);
        }
        if !self.errors(truth, error) {
            return;
        }
        for (bias, e) in self.bias.iter_mut().zip(error.iter()) {
            *bias -= 0.02 * e;
        }
        let step = STEP / (features.len() as f32).sqrt();
        for f in features {
            let at = *f as usize * stride;
            let weights = &mut self.weights[at..at + stride];
            let energy = &mut energy[at..at + stride];
            for ((w, n), e) in weights.iter_mut().zip(energy).zip(error.iter()) {
                let gradient = e + DECAY * *w;
                *n += gradient * gradient;
                *w -= step * gradient / n.sqrt();
            }
        }
    }

    /// Turns sums into how far each is from the truth. `false` where nothing is worth learning.
    fn errors(&self, truth: &[f32], sums: &mut [f32]) -> bool {
        let n = self.scenarios;
        let total: f32 = truth.iter().sum();
        for s in 0..n {
            sums[s] = sigmoid(sums[s]) - truth[s];
        }
        sums[n] = sigmoid(sums[n]) - if total > 0.0 { 1.0 } else { 0.0 };
        let (_, choice) = sums.split_at_mut(n + 1);
        softmax(&mut choice[..=n]);
        for s in 0..n {
            choice[s] -= if total > 0.0 { truth[s] / total } else { 0.0 };
        }
        choice[n] -= if total > 0.0 { 0.0 } else { 1.0 };
        choice[n + 1..].fill(0.0);
        let mut any = false;
        for e in sums.iter_mut() {
            if e.abs() < LEARNT {
                *e = 0.0;
            } else {
                any = true;
            }
        }
        any
    }

    /// Adds up the rows of each word that training met, so that a message needs one look for each.
    fn join_words(&mut self, lessons: &[Lesson]) {
        let stride = self.bias.len();
        for word in lessons.iter().flat_map(|l| &l.seen.words) {
            if self.words.contains_key(&word.key) {
                continue;
            }
            let mut sum = vec![0.0; stride];
            for row in word.features().filter_map(|f| self.rows.get(&f)) {
                add(&mut sum, &self.weights[*row as usize * stride..][..stride]);
            }
            self.words.insert(word.key, (self.weights.len() / stride) as u32);
            self.weights.extend_from_slice(&sum);
        }
    }

    /// Reads what was seen.
    pub fn scores(&self, seen: &Seen) -> Scores {
        let stride = self.bias.len();
        let mut rows: Vec<u32> = Vec::with_capacity(seen.words.len() + seen.features.len());
        for word in &seen.words {
            match self.words.get(&word.key) {
                Some(row) => rows.push(*row),
                None => rows.extend(word.features().filter_map(|f| self.rows.get(&f))),
            }
        }
        rows.extend(seen.features.iter().filter_map(|f| self.rows.get(f)));
        rows.sort_unstable();
        rows.dedup();
        let mut sums = self.bias.clone();
        for row in rows {
            add(&mut sums, &self.weights[row as usize * stride..][..stride]);
        }
        let n = self.scenarios;
        let by_itself = sums[n];
        let (each, choice) = sums.split_at_mut(n + 1);
        softmax(&mut choice[..=n]);
        let none = choice[n].clamp(1e-6, 1.0 - 1e-6);
        let asks = sigmoid((by_itself + ((1.0 - none) / none).ln()) / 2.0);
        each[..n].iter_mut().for_each(|sum| *sum = sigmoid(*sum));
        sums.truncate(n);
        Scores { scenarios: sums, asks }
    }
}

fn add(sums: &mut [f32], row: &[f32]) {
    for (sums, row) in sums.chunks_exact_mut(LANES).zip(row.chunks_exact(LANES)) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += weight;
        }
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn softmax(sums: &mut [f32]) {
    let top = sums.iter().copied().fold(f32::MIN, f32::max);
    let mut total = 0.0;
    for sum in sums.iter_mut() {
        *sum = (*sum - top).exp();
        total += *sum;
    }
    sums.iter_mut().for_each(|sum| *sum /= total);
}

fn far(count: usize) -> usize {
    [7_919, 104_729, 1_299_709]
        .into_iter()
        .find(|p| !count.is_multiple_of(*p))
        .unwrap_or(1)
}
