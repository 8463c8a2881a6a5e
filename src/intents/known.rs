//! Messages that are examples themselves: whoever writes word for word what a writer labelled is understood as the label
//! says. The commonest requests are short, and written alike by many.

use super::hashing::{ByHash, SPREAD, finish};
use super::matcher::Found;
use super::reading::Reading;

/// How sure a label makes, at the least.
const SURE: f32 = 0.97;

/// The labels of the examples, by their words.
#[derive(Default)]
pub(super) struct Known {
    /// How right each scenario is; nothing where the same words have several labels.
    truths: ByHash<Option<Vec<f32>>>,
}

impl Known {
    /// Notes the label of an example.
    pub fn note(&mut self, words: u64, truth: &[f32]) {
        let known = self.truths.entry(words).or_insert_with(|| Some(truth.to_vec()));
        if known.as_deref() != Some(truth) {
            *known = None;
        }
    }

    /// Raises what the label says, and lowers the rest. What two people would label differently is left as it was found.
    pub fn heed(&self, reading: &Reading, found: &mut Found) {
        let Some(Some(truth)) = self.truths.get(&words(reading)) else {
            return;
        };
        if truth.iter().any(|right| *right > 0.0 && *right < 1.0) {
            return;
        }
        let asks = truth.contains(&1.0);
        found.asks = at_least(found.asks, asks);
        for (n, right) in truth.iter().enumerate() {
            found.scores[n] = at_least(found.scores[n], *right == 1.0);
            found.choice[n] = at_least(found.choice[n], *right == 1.0);
        }
    }
}

fn at_least(score: f32, right: bool) -> f32 {
    if right { score.max(SURE) } else { score.min(1.0 - SURE) }
}

/// The words of a message, without stops, in one number.
pub(super) fn words(reading: &Reading) -> u64 {
    let words = reading.items.iter().filter(|item| !item.stop);
    finish(words.fold(0, |all, item| (all.rotate_left(7) ^ item.key).wrapping_mul(SPREAD)))
}
