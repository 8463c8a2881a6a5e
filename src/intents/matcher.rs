//! From a reading to a decision: patterns and the statistical reading make one score for each scenario, and the scores
//! make an answer, a question, or silence.

use super::codes::CodeHit;
use super::model::{Model, features};
use super::pattern::{Patterns, Says};
use super::reading::Reading;
use super::{Decision, IntentId, Match};
use crate::chat::Addressed;

/// From which score an answer is given, a question asked. Chosen on `tests/corpus/dev.jsonl`, with each part of it scored
/// by a model that had not seen it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thresholds {
    /// The surest scenario is answered from here.
    pub answer: f32,
    /// A second one is answered too from here.
    pub second: f32,
    /// From here on it is worth asking.
    pub clarify: f32,
    /// A scenario is among the choices from this part of the surest one's score.
    pub choice: f32,
}

const DIRECT: Thresholds = Thresholds {
    answer: 0.60,
    second: 0.60,
    clarify: 0.22,
    choice: 0.30,
};
const AMBIENT: Thresholds = Thresholds {
    answer: 0.85,
    second: 0.75,
    clarify: 2.0,
    choice: 1.0,
};

/// How many scenarios are offered in a question.
const MAX_CHOICES: usize = 3;

/// What was found about a message.
pub(super) struct Found {
    /// The score of each scenario.
    pub scores: Vec<f32>,
    /// The patterns that fit.
    pub hits: Vec<usize>,
    /// Whether there is a reason to keep out of it.
    pub signs: Vec<usize>,
}

/// Scores a message.
pub(super) fn score(reading: &Reading, patterns: &Patterns, model: &Model) -> Found {
    let hits = patterns.hits(reading);
    let mut seen = Vec::with_capacity(128);
    features(reading, patterns, &hits, &mut seen);
    let mut scores = Vec::new();
    model.scores(&seen, &mut scores);
    let mut signs: Vec<usize> = hits
        .iter()
        .filter_map(|hit| match patterns.written[*hit].says {
            Says::Sign(sign) => Some(sign),
            Says::Scenario(_) => None,
        })
        .collect();
    signs.dedup();
    Found { scores, hits, signs }
}

/// Raises the score of scenarios whose codes are in the message.
pub(super) fn heed_codes(found: &mut Found, codes: &[CodeHit], scenarios: &[IntentId], addressed: Addressed) {
    if found.signs.is_empty() || addressed == Addressed::Directly {
        for hit in codes {
            if let Some(n) = hit
                .intent
                .as_ref()
                .and_then(|id| scenarios.iter().position(|s| s == id))
            {
                found.scores[n] = found.scores[n].max(0.97);
            }
        }
    }
}

/// Decides. `matches` are in the order of their scores.
pub(super) fn decide(found: &Found, matches: &[Match], patterns: &Patterns, addressed: Addressed) -> Decision {
    let limits = match addressed {
        Addressed::Directly => DIRECT,
        Addressed::Ambient => AMBIENT,
    };
    let Some(best) = matches.first() else {
        return Decision::Silent;
    };
    let scores: Vec<f32> = matches.iter().map(|m| m.score as f32).collect();
    if addressed == Addressed::Ambient {
        let hit = found
            .hits
            .iter()
            .any(|hit| matches!(patterns.written[*hit].says, Says::Scenario(_)));
        if !found.signs.is_empty() || !(hit || scores[0] >= 0.97) {
            return Decision::Silent;
        }
    }
    if scores[0] >= limits.answer {
        let mut answered = vec![best.id.clone()];
        if let Some(second) = matches.get(1).filter(|_| scores[1] >= limits.second) {
            answered.push(second.id.clone());
        }
        return Decision::Answer(answered);
    }
    if scores[0] < limits.clarify {
        return Decision::Silent;
    }
    let choices: Vec<IntentId> = matches
        .iter()
        .zip(&scores)
        .filter(|(_, score)| **score >= limits.choice * scores[0])
        .take(MAX_CHOICES)
        .map(|(m, _)| m.id.clone())
        .collect();
    match choices.len() {
        0 => Decision::Silent,
        1 => Decision::Clarify(matches.iter().take(2).map(|m| m.id.clone()).collect()),
        _ => Decision::Clarify(choices),
    }
}
