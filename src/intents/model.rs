//! The statistical reading: small logistic regressions, trained from the examples when a catalogue loads.
//!
//! Its features are those of [`Seen`]. Two families of outputs read them: for each scenario and for "asks something" whether
//! it is so, each by itself; and a choice of one among all scenarios and "nothing to answer", which tells best whether
//! there is anything to answer at all. The families share no weight, so each is trained on a thread of its own.
//! Training visits the examples in a fixed order: the same files always give the same weights.

use super::course::Course;
use super::hashing::{ByHash, Once, SPREAD, finish};
use super::parallel::both;
use super::seen::{Feature, Seen, Word};

/// How often training goes over the examples.
const ROUNDS: usize = 3;

/// About half of an example's features are left out at each visit: no word may be relied on alone, because other people
/// use other words. Those that are there count for so much more. Of two visits the second takes what the first left out,
/// so that both together show the whole example.
const HALF: f32 = 2.0;

/// The first step of training; later ones shrink for features that are often seen.
const STEP: f32 = 0.8;

/// How strongly weights are drawn to nothing, a visit.
const DECAY: f32 = 3e-3;

/// How much a weight counts as moved before it is.
const START_ENERGY: f32 = 0.1;

/// The step of what every message has in common.
const BIAS_STEP: f32 = 0.02;

/// An example that is understood as well as this teaches nothing more, and is left out of the next round.
const LEARNT: f32 = 0.04;

/// A feature all of whose weights are smaller than this is forgotten.
const SMALLEST: f32 = 0.03;

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

/// The weights: a row a feature, both families of outputs in each line.
pub(super) struct Model {
    rows: ByHash<u32, Feature>,
    /// The rows of words that training met, each with its beginnings added in.
    words: ByHash<u32, Feature>,
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
    /// How likely each scenario is the one that is meant, all of them and "nothing" together 1.
    pub choice: Vec<f32>,
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
    /// Learns from lessons. `words` are those of the lessons.
    pub fn train(course: &Course, words: &[Word]) -> Self {
        let (each, choice) = both(
            || Family::train(Outputs::Each, course),
            || Family::train(Outputs::Choice, course),
        );
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
            scenarios: course.scenarios,
        };
        for (row, feature) in (0..).zip(&course.features) {
            let lines = each.row(row).iter().zip(choice.row(row));
            let lines = lines.map(|(each, choice)| Line([each.0[0], choice.0[0]]));
            if lines
                .clone()
                .any(|line| line.0.as_flattened().iter().any(|weight| weight.abs() >= SMALLEST))
            {
                let next = model.next_row();
                model.rows.insert(*feature, next);
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
    fn join_words(&mut self, words: &[Word]) {
        for word in words {
            if self.words.contains_key(&word.key) {
                continue;
            }
            let mut sum = vec![Line::ZERO; self.bias.len()];
            for row in word.features().filter_map(|f| self.rows.get(&f)) {
                let row = self.row(*row);
                sum.iter_mut().zip(row).for_each(|(sum, line)| add(sum, line));
            }
            self.words.insert(word.key, self.next_row());
            self.weights.extend_from_slice(&sum);
        }
    }

    /// Adds one line of each of these rows to that of the bias.
    fn sum(&self, line: usize, rows: &[u32]) -> Line {
        let lines = self.bias.len();
        let mut sum = self.bias[line];
        for row in rows {
            add(&mut sum, &self.weights[*row as usize * lines + line]);
        }
        sum
    }

    fn add_row(&self, feature: Feature, rows: &mut Once) {
        if let Some(row) = self.rows.get(&feature) {
            rows.add(*row);
        }
    }

    /// Reads what was seen.
    pub fn scores(&self, seen: &Seen) -> Scores {
        let mut rows = Once::default();
        rows.list.reserve(seen.words.len() + seen.features.len());
        for word in &seen.words {
            match self.words.get(&word.key) {
                Some(row) => rows.add(*row),
                None => word.features().for_each(|f| self.add_row(f, &mut rows)),
            }
        }
        seen.features.iter().for_each(|f| self.add_row(*f, &mut rows));
        let sums: Vec<Line> = (0..self.bias.len()).map(|line| self.sum(line, &rows.list)).collect();
        let n = self.scenarios;
        let output = |family: usize, n: usize| sums[n / LANES].0[family][n % LANES];
        let top = (0..=n).map(|s| output(1, s)).fold(f32::MIN, f32::max);
        let total: f32 = (0..=n).map(|s| (output(1, s) - top).exp()).sum();
        let choice = |s: usize| (output(1, s) - top).exp() / total;
        let none = choice(n).clamp(1e-6, 1.0 - 1e-6);
        Scores {
            scenarios: (0..n).map(|s| sigmoid(output(0, s))).collect(),
            choice: (0..n).map(choice).collect(),
            asks: sigmoid((output(0, n) + ((1.0 - none) / none).ln()) / 2.0),
        }
    }
}

impl Family {
    fn train(outputs: Outputs, course: &Course) -> Self {
        let lines = (course.scenarios + 1).div_ceil(LANES);
        let mut family = Self {
            outputs,
            rows: vec![Line([[0.0; LANES], [START_ENERGY; LANES]]); course.features.len() * lines],
            bias: vec![[0.0; LANES]; lines],
        };
        if matches!(outputs, Outputs::Each) {
            family.bias.as_flattened_mut()[..=course.scenarios].fill(-2.0);
        }
        let mut error = family.bias.clone();
        let mut kept = Vec::new();
        let mut rests = vec![false; course.count];
        for round in 0..ROUNDS {
            for (i, (rows, truth)) in course.lessons().enumerate() {
                if std::mem::take(&mut rests[i]) {
                    continue;
                }
                let mut chance = Chance::of(outputs, i, round);
                rests[i] = !family.learn(chance.some_of(rows, &mut kept), truth, &mut error);
            }
        }
        family
    }

    fn row(&self, row: u32) -> &[Line] {
        &self.rows[row as usize * self.bias.len()..][..self.bias.len()]
    }

    /// Learns from an example, if there is anything left to learn from it.
    fn learn(&mut self, rows: &[u32], truth: &[f32], error: &mut [[f32; LANES]]) -> bool {
        error.copy_from_slice(&self.bias);
        for row in rows {
            for (sums, Line([weights, _])) in error.iter_mut().zip(self.row(*row)) {
                *sums = each(|k| sums[k] + HALF * weights[k]);
            }
        }
        if !self.outputs.errors(truth, error.as_flattened_mut()) {
            return false;
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
        true
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

fn add(sum: &mut Line, line: &Line) {
    let Line([each_sum, choice_sum]) = sum;
    let Line([each_line, choice_line]) = line;
    *each_sum = each(|k| each_sum[k] + each_line[k]);
    *choice_sum = each(|k| choice_sum[k] + choice_line[k]);
}

/// What looks like chance and is the same every time (xorshift64).
struct Chance {
    state: u64,
    /// Whether what would be left out is taken, and the other way round.
    turned: bool,
}

impl Chance {
    /// What a lesson meets in a round. Of two rounds the second takes what the first left out.
    fn of(outputs: Outputs, lesson: usize, round: usize) -> Self {
        let pair = (lesson as u64 + 1) ^ ((outputs as u64) << 50) ^ ((round as u64 / 2) << 40) ^ 0x1234_5678_9abc_def1;
        Self {
            state: finish(pair.wrapping_mul(SPREAD)),
            turned: round % 2 == 1,
        }
    }

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
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        if self.turned { !self.state } else { self.state }
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
