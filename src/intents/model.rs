//! The statistical reading: small logistic regressions, trained from the examples when a catalogue loads.
//!
//! Its features are those of [`Seen`]. Two families of outputs read them: for each scenario and for "asks something" whether
//! it is so, each by itself; and a choice of one among all scenarios and "nothing to answer", which tells best whether
//! there is anything to answer at all. The families share no weight, so each is trained on a thread of its own.
//! Training visits the examples in a fixed order: the same files always give the same weights.

use std::panic::resume_unwind;
use std::thread;

use super::lexicon::ByHash;
use super::seen::Seen;

/// How often training goes over the examples.
const ROUNDS: usize = 5;

/// From this round on the weights are averaged, which takes away what the last examples happened to be.
const AVERAGED: usize = 2;

/// About half of an example's features are left out at each visit, others each time: no word may be relied on alone,
/// because other people use other words. Those that are there count for so much more.
const HALF: f32 = 2.0;

/// The first step of training; later ones shrink for features that are often seen.
const STEP: f32 = 1.2;

/// How strongly weights are drawn to nothing, a visit.
const DECAY: f32 = 1e-3;

/// How much a weight counts as moved before it is.
const START_ENERGY: f32 = 0.1;

/// The step of what every message has in common.
const BIAS_STEP: f32 = 0.02;

/// An example that is understood as well as this teaches nothing more.
const LEARNT: f32 = 0.02;

/// A feature all of whose weights are smaller than this is forgotten.
const SMALLEST: f32 = 0.03;

/// Among more lessons than this a feature must be met three times, among fewer twice.
const MANY_LESSONS: usize = 10_000;

/// How many outputs are reckoned at once.
const LANES: usize = 8;

/// Two times as many numbers as are reckoned at once, in one line of the processor's cache. A row of numbers is as many
/// lines as its outputs need.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Line([[f32; LANES]; 2]);

impl Line {
    const ZERO: Self = Self([[0.0; LANES]; 2]);
}

/// Something that training learns from.
pub(super) struct Lesson {
    /// What was seen in the message: its features, each once.
    pub features: Vec<u64>,
    /// How right each scenario is, from 0 to 1.
    pub truth: Vec<f32>,
}

/// The weights: a row a feature, both families of outputs in each line.
pub(super) struct Model {
    rows: ByHash<u32>,
    /// The rows of words that training met, each with its beginnings added in.
    words: ByHash<u32>,
    weights: Vec<Line>,
    bias: Vec<Line>,
    scenarios: usize,
}

/// What the model makes of a message.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// How right each scenario is, from 0 to 1.
    pub scenarios: Vec<f32>,
    /// How sure it is that there is anything to answer.
    pub asks: f32,
}

/// The lessons with numbers in the place of features.
struct Course<'a> {
    lessons: &'a [Lesson],
    rows: ByHash<u32>,
    /// The rows of each lesson, one lesson after the other, and where each ends.
    compact: Vec<u32>,
    ends: Vec<usize>,
    scenarios: usize,
}

/// What a family of outputs tells.
#[derive(Clone, Copy)]
enum Outputs {
    /// Whether each scenario is meant, and whether anything is asked.
    Each,
    /// Which one of the scenarios and "nothing to answer" it is.
    Choice,
}

/// A family while it is trained.
struct Family {
    outputs: Outputs,
    /// For each row its weights and, beside them because both are needed at once, how much each was moved.
    rows: Vec<Line>,
    bias: Vec<[f32; LANES]>,
}

impl Model {
    /// Learns from lessons, in their order. `words` are those of the lessons, each with its beginnings.
    pub fn train<'a>(lessons: &[Lesson], words: impl Iterator<Item = &'a Seen>, scenarios: usize) -> Self {
        let course = Course::of(lessons, scenarios);
        let (each, choice) = thread::scope(|scope| {
            let choice = scope.spawn(|| Family::train(Outputs::Choice, &course));
            let each = Family::train(Outputs::Each, &course);
            (each, choice.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let bias = each
            .bias
            .iter()
            .zip(&choice.bias)
            .map(|(each, choice)| Line([*each, *choice]));
        let mut model = Self {
            rows: ByHash::default(),
            words: ByHash::default(),
            weights: Vec::new(),
            bias: bias.collect(),
            scenarios,
        };
        let mut rows: Vec<(u64, u32)> = course.rows.into_iter().collect();
        rows.sort_unstable_by_key(|(_, row)| *row);
        for (feature, row) in rows {
            let lines = each.row(row).iter().zip(choice.row(row));
            let lines = lines.map(|(each, choice)| Line([each.0[0], choice.0[0]]));
            if lines
                .clone()
                .any(|line| line.0.as_flattened().iter().any(|weight| weight.abs() >= SMALLEST))
            {
                let next = model.next_row();
                model.rows.insert(feature, next);
                model.weights.extend(lines);
            }
        }
        model.join_words(words);
        model
    }

    fn next_row(&self) -> u32 {
        (self.weights.len() / self.bias.len()) as u32
    }

    fn row(&self, row: u32) -> &[Line] {
        &self.weights[row as usize * self.bias.len()..][..self.bias.len()]
    }

    /// Adds up the rows of each word that training met, so that a message needs one look for each.
    fn join_words<'a>(&mut self, seen: impl Iterator<Item = &'a Seen>) {
        for word in seen.flat_map(|seen| &seen.words) {
            if self.words.contains_key(&word.key) {
                continue;
            }
            let mut sum = vec![Line::ZERO; self.bias.len()];
            for row in word.features().filter_map(|f| self.rows.get(&f)) {
                add(&mut sum, self.row(*row));
            }
            self.words.insert(word.key, self.next_row());
            self.weights.extend_from_slice(&sum);
        }
    }

    /// Reads what was seen.
    pub fn scores(&self, seen: &Seen) -> Scores {
        let mut sum = Sum {
            model: self,
            sums: self.bias.clone(),
            rows: Vec::with_capacity(seen.words.len() + seen.features.len()),
            added: [0; 16],
        };
        for word in &seen.words {
            match self.words.get(&word.key) {
                Some(row) => sum.add(*row),
                None => word.features().for_each(|f| sum.add_feature(f)),
            }
        }
        seen.features.iter().for_each(|f| sum.add_feature(*f));
        let n = self.scenarios;
        let output = |family: usize, n: usize| sum.sums[n / LANES].0[family][n % LANES];
        let top = (0..=n).map(|s| output(1, s)).fold(f32::MIN, f32::max);
        let total: f32 = (0..=n).map(|s| (output(1, s) - top).exp()).sum();
        let none = ((output(1, n) - top).exp() / total).clamp(1e-6, 1.0 - 1e-6);
        Scores {
            scenarios: (0..n).map(|s| sigmoid(output(0, s))).collect(),
            asks: sigmoid((output(0, n) + ((1.0 - none) / none).ln()) / 2.0),
        }
    }
}

/// The sums of a message, to which each row is added once.
struct Sum<'a> {
    model: &'a Model,
    sums: Vec<Line>,
    rows: Vec<u32>,
    /// A bit for the last digits of each row that was added: where it is not set, the row is new.
    added: [u64; 16],
}

impl Sum<'_> {
    fn add_feature(&mut self, feature: u64) {
        if let Some(row) = self.model.rows.get(&feature) {
            self.add(*row);
        }
    }

    fn add(&mut self, row: u32) {
        let (at, bit) = (row as usize / 64 % 16, 1 << (row % 64));
        if self.added[at] & bit != 0 && self.rows.contains(&row) {
            return;
        }
        self.added[at] |= bit;
        self.rows.push(row);
        add(&mut self.sums, self.model.row(row));
    }
}

impl<'a> Course<'a> {
    /// Numbers the features that several lessons have; from the others little can be learned for other messages.
    fn of(lessons: &'a [Lesson], scenarios: usize) -> Self {
        let mut met: ByHash<u32> = ByHash::default();
        let mut counts: Vec<u32> = Vec::new();
        let mut all = Vec::with_capacity(lessons.iter().map(|l| l.features.len()).sum());
        for feature in lessons.iter().flat_map(|lesson| &lesson.features) {
            let number = *met.entry(*feature).or_insert(counts.len() as u32);
            match counts.get_mut(number as usize) {
                Some(count) => *count += 1,
                None => counts.push(1),
            }
            all.push(number);
        }
        let least = if lessons.len() > MANY_LESSONS { 3 } else { 2 };
        let mut next = 0..;
        let rows: Vec<Option<u32>> = counts
            .iter()
            .map(|count| if *count >= least { next.next() } else { None })
            .collect();
        let mut course = Self {
            lessons,
            rows: met
                .into_iter()
                .filter_map(|(feature, number)| Some((feature, rows[number as usize]?)))
                .collect(),
            compact: Vec::with_capacity(all.len()),
            ends: Vec::with_capacity(lessons.len()),
            scenarios,
        };
        let mut all = all.into_iter();
        for lesson in lessons {
            let numbers = all.by_ref().take(lesson.features.len());
            course
                .compact
                .extend(numbers.filter_map(|number| rows[number as usize]));
            course.ends.push(course.compact.len());
        }
        course
    }

    fn rows_of(&self, lesson: usize) -> &[u32] {
        let start = lesson.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.compact[start..self.ends[lesson]]
    }
}

impl Family {
    fn train(outputs: Outputs, course: &Course<'_>) -> Self {
        let lines = (course.scenarios + 1).div_ceil(LANES);
        let mut family = Self {
            outputs,
            rows: vec![Line([[0.0; LANES], [START_ENERGY; LANES]]); course.rows.len() * lines],
            bias: vec![[0.0; LANES]; lines],
        };
        if matches!(outputs, Outputs::Each) {
            family.bias.as_flattened_mut()[..=course.scenarios].fill(-2.0);
        }
        let mut error = family.bias.clone();
        let mut kept = Vec::new();
        let mut chance = Chance(0x1234_5678_9abc_def1);
        let mut sums = vec![[0.0; LANES]; family.rows.len()];
        let n = course.lessons.len();
        for round in 0..ROUNDS {
            for k in 0..n {
                // A stride that shares no factor with the count visits all, neighbours far apart.
                let i = (k * far(n) + round * 7) % n;
                let some = chance.some_of(course.rows_of(i), &mut kept);
                family.learn(some, &course.lessons[i].truth, &mut error);
            }
            if round >= AVERAGED {
                let rows = sums.as_flattened_mut().iter_mut().zip(family.weights());
                rows.for_each(|(sum, weight)| *sum += *weight);
            }
        }
        let rows = sums.as_flattened().iter().zip(family.weights());
        rows.for_each(|(sum, weight)| *weight = sum / (ROUNDS - AVERAGED) as f32);
        family
    }

    fn weights(&mut self) -> impl Iterator<Item = &mut f32> {
        self.rows.iter_mut().flat_map(|line| line.0[0].iter_mut())
    }

    fn row(&self, row: u32) -> &[Line] {
        &self.rows[row as usize * self.bias.len()..][..self.bias.len()]
    }

    fn learn(&mut self, rows: &[u32], truth: &[f32], error: &mut [[f32; LANES]]) {
        error.copy_from_slice(&self.bias);
        for row in rows {
            for (sums, Line([weights, _])) in error.iter_mut().zip(self.row(*row)) {
                *sums = each(|k| sums[k] + HALF * weights[k]);
            }
        }
        if !self.outputs.errors(truth, error.as_flattened_mut()) {
            return;
        }
        for (bias, error) in self.bias.iter_mut().zip(error.iter()) {
            *bias = each(|k| bias[k] - BIAS_STEP * error[k]);
        }
        let step = STEP / (rows.len() as f32).sqrt();
        let lines = self.bias.len();
        for row in rows {
            let row = &mut self.rows[*row as usize * lines..][..lines];
            for (Line([weights, moved]), error) in row.iter_mut().zip(error.iter()) {
                let gradient = each(|k| error[k] + DECAY * weights[k]);
                *moved = each(|k| moved[k] + gradient[k] * gradient[k]);
                *weights = each(|k| weights[k] - step * gradient[k] / moved[k].sqrt());
            }
        }
    }
}

/// The numbers of a line reckoned side by side, which a processor does at once.
#[inline(always)]
fn each(number: impl FnMut(usize) -> f32) -> [f32; LANES] {
    std::array::from_fn(number)
}

impl Outputs {
    /// Turns sums into how far each is from the truth. `false` where nothing is worth learning.
    fn errors(self, truth: &[f32], sums: &mut [f32]) -> bool {
        let n = truth.len();
        let total: f32 = truth.iter().sum();
        match self {
            Self::Each => {
                sums[..=n].iter_mut().for_each(|sum| *sum = sigmoid(*sum));
                sums.iter_mut().zip(truth).for_each(|(sum, truth)| *sum -= truth);
                sums[n] -= if total > 0.0 { 1.0 } else { 0.0 };
            }
            Self::Choice => {
                softmax(&mut sums[..=n]);
                if total > 0.0 {
                    sums.iter_mut()
                        .zip(truth)
                        .for_each(|(sum, truth)| *sum -= truth / total);
                } else {
                    sums[n] -= 1.0;
                }
            }
        }
        sums[n + 1..].fill(0.0);
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
}

fn add(sums: &mut [Line], row: &[Line]) {
    for (Line([each_sum, choice_sum]), Line([each_row, choice_row])) in sums.iter_mut().zip(row) {
        *each_sum = each(|k| each_sum[k] + each_row[k]);
        *choice_sum = each(|k| choice_sum[k] + choice_row[k]);
    }
}

/// What looks like chance and is the same every time (xorshift64).
struct Chance(u64);

impl Chance {
    /// About half of some rows, in their order, written into `kept`. Written without a choice for each row, which no
    /// processor could foresee.
    fn some_of<'a>(&mut self, rows: &[u32], kept: &'a mut Vec<u32>) -> &'a [u32] {
        kept.resize(rows.len(), 0);
        let mut count = 0;
        for part in rows.chunks(64) {
            let mut bits = self.next();
            for row in part {
                kept[count] = *row;
                count += (bits & 1) as usize;
                bits >>= 1;
            }
        }
        &kept[..count]
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
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
