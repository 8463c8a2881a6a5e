//! The statistical reading: one small logistic regression a scenario, trained from the examples when a catalogue loads.
//!
//! Its features are concepts, pairs of neighbouring concepts, plain words, beginnings of unknown words, and which patterns
//! fit. Concepts are the same in every language, so an example in English teaches Greek as well. Training visits the
//! examples in a fixed order: the same files always give the same weights.

use super::codes::CodeHit;
use super::lexicon::{ByHash, finish};
use super::pattern::{Patterns, Says};
use super::reading::Reading;

/// How often training goes over the examples.
const ROUNDS: usize = 20;

/// The first step of training; later ones shrink for features that are often seen.
const STEP: f32 = 0.35;

/// How strongly weights are drawn to nothing, a visit.
const DECAY: f32 = 2e-5;

/// How far apart two concepts may stand to count as neighbours.
const WINDOW: usize = 3;

/// Something that training learns from.
pub(super) struct Lesson {
    /// What was seen in the message.
    pub features: Vec<u64>,
    /// How right each scenario is, from 0 to 1, and last whether there is anything to answer at all.
    pub truth: Vec<f32>,
}

/// The weights.
pub(super) struct Model {
    rows: ByHash<u32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    outputs: usize,
}

fn feature(kind: u64, a: u64, b: u64) -> u64 {
    finish((kind << 56) ^ a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(31))
}

/// What a message shows, without repeats.
pub(super) fn features(reading: &Reading, patterns: &Patterns, hits: &[usize], codes: &[CodeHit], out: &mut Vec<u64>) {
    out.clear();
    for code in codes {
        out.push(feature(9, u64::from(code.is_lockout()), u64::from(code.marked)));
    }
    if reading.cites {
        out.push(feature(10, 1, 0));
    }
    let quoted = reading.items.iter().filter(|item| item.quoted).count();
    if quoted > 0 {
        out.push(feature(10, 2, u64::from(quoted * 2 > reading.items.len())));
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
        out.push(feature(3, item.key, 0));
        if last_key != 0 {
            out.push(feature(5, last_key, item.key));
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
        let says = match patterns.written[*hit].says {
            Says::Scenario(n) => n as u64,
            Says::Sign(n) => 1_000 + n as u64,
        };
        out.push(feature(6, says, 0));
        out.push(feature(7, *hit as u64, 0));
    }
    let words = reading.items.iter().filter(|item| !item.stop).count();
    out.push(feature(8, (usize::BITS - words.leading_zeros()).into(), 0));
    out.sort_unstable();
    out.dedup();
}

impl Model {
    /// Learns from lessons, in their order.
    pub fn train(lessons: &[Lesson], outputs: usize) -> Self {
        let mut rows: ByHash<u32> = ByHash::default();
        let mut seen: ByHash<u32> = ByHash::default();
        for lesson in lessons {
            for f in &lesson.features {
                *seen.entry(*f).or_insert(0) += 1;
            }
        }
        let compact: Vec<Vec<u32>> = lessons
            .iter()
            .map(|lesson| {
                let known = lesson.features.iter().filter(|f| seen[*f] > 1);
                known
                    .map(|f| {
                        let next = rows.len() as u32;
                        *rows.entry(*f).or_insert(next)
                    })
                    .collect()
            })
            .collect();
        let mut model = Self {
            weights: vec![0.0; rows.len() * outputs],
            bias: vec![-2.0; outputs],
            rows,
            outputs,
        };
        let mut energy = vec![0.1f32; model.weights.len()];
        for round in 0..ROUNDS {
            for k in 0..lessons.len() {
                // A stride that shares no factor with the count visits all, neighbours far apart.
                let i = (k * stride(lessons.len()) + round * 7) % lessons.len();
                model.learn(&compact[i], &lessons[i].truth, &mut energy);
            }
        }
        model
    }

    fn learn(&mut self, features: &[u32], truth: &[f32], energy: &mut [f32]) {
        let n = self.outputs;
        for (s, truth) in truth.iter().enumerate() {
            let mut sum = self.bias[s];
            for f in features {
                sum += self.weights[*f as usize * n + s];
            }
            let error = sigmoid(sum) - truth;
            if error.abs() < 0.01 {
                continue;
            }
            self.bias[s] -= 0.02 * error;
            for f in features {
                let at = *f as usize * n + s;
                let gradient = error + DECAY * self.weights[at];
                energy[at] += gradient * gradient;
                self.weights[at] -= STEP * gradient / (energy[at].sqrt() * (features.len() as f32).sqrt());
            }
        }
    }

    /// How right each scenario is, from 0 to 1, and last whether there is anything to answer.
    pub fn scores(&self, features: &[u64], out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(&self.bias);
        for f in features {
            if let Some(row) = self.rows.get(f) {
                let at = *row as usize * self.outputs;
                for (sum, weight) in out.iter_mut().zip(&self.weights[at..at + self.outputs]) {
                    *sum += weight;
                }
            }
        }
        out.iter_mut().for_each(|sum| *sum = sigmoid(*sum));
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn stride(count: usize) -> usize {
    [7_919, 104_729, 1_299_709]
        .into_iter()
        .find(|p| !count.is_multiple_of(*p))
        .unwrap_or(1)
}
