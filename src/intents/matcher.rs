//! From a reading to a decision: patterns and the statistical reading make one score for each scenario, and the scores
//! make an answer, a question, or silence.

use super::codes::CodeHit;
use super::model::{Model, Scores};
use super::pattern::{Hit, Patterns, Says};
use super::reading::Reading;
use super::seen::Seen;
use super::{Decision, IntentId, Match};
use crate::chat::Addressed;

/// From which scores an answer is given, a question asked. Chosen on `intents/examples/`, each part of it scored by a model
/// that had not seen it, some of them by one that had seen nothing of the same writer.
#[derive(Debug, Clone, Copy)]
struct Thresholds {
    /// The surest scenario is answered from here …
    answer: f32,
    /// … if it is this sure that there is anything to answer.
    asks: f32,
    /// A second one is answered too from here …
    second: f32,
    /// … and from here it is doubtful whether it is meant as well, or instead: a reason to ask.
    doubt: f32,
    /// From here on it is worth asking …
    clarify: f32,
    /// … if it is this sure that there is anything to answer.
    clarify_asks: f32,
    /// A scenario is among the choices from this part of the surest one's score.
    choice: f32,
}

/// For messages to the bot: silence would be rude, and a question costs little.
const DIRECT: Thresholds = Thresholds {
    answer: 0.66,
    asks: 0.60,
    second: 0.75,
    doubt: 0.20,
    clarify: 0.02,
    clarify_asks: 0.04,
    choice: 0.10,
};

/// What a question needs where nothing in the message names what it is about: how sure the best scenario …
const OFF_TOPIC_CLARIFY: f32 = 0.05;

/// … and how sure that there is anything to answer.
const OFF_TOPIC_ASKS: f32 = 0.09;

/// In a channel nothing is asked, and an answer needs this much certainty: the log-odds of the surest scenario, of there
/// being anything to answer, and of what is answered being chosen over the rest, together. One may make up for the other.
/// Chosen as [`DIRECT`] was, so that of a thousand near misses some two are answered …
const AMBIENT: f32 = 6.2;

/// … of which the last counts so much: it repeats in part what the others say …
const AMBIENT_CHOICE: f32 = 0.75;

/// … and this much more where the message is somebody's speech or meant for somebody …
const AMBIENT_SPEECH: f32 = 3.0;

/// … or where code or quoted lines stand beside the writer's own words …
const AMBIENT_CITES: f32 = 2.1;

/// … or where little of it names the matter: so much more for each part by which its topical words fall short of this
/// part. Long talk about something else collects odds from words that mean nothing by themselves.
const AMBIENT_TOPICAL: f32 = 0.2;
const AMBIENT_SPARSE: f32 = 30.0;

/// In any case the scenario itself must be this sure …
const AMBIENT_LEAST: f32 = 0.45;

/// … and this many times as sure as the next one, unless both are answered.
const AMBIENT_MARGIN: f32 = 1.5;

/// What the second of two problems needs in a channel.
const AMBIENT_SECOND: f32 = 0.75;

/// The scenario that is answered first, whatever else there is.
const URGENT: &str = "compromised-account";

/// How many scenarios are offered in a question.
const MAX_CHOICES: usize = 3;

/// What was found about a message.
pub(super) struct Found {
    /// The score of each scenario.
    pub scores: Vec<f32>,
    /// How likely each scenario is, where one must be chosen or none.
    pub choice: Vec<f32>,
    /// The patterns that fit.
    pub hits: Vec<Hit>,
    /// Whether there is a reason to keep out of it.
    pub signs: Vec<usize>,
    /// Whether a pattern of the surest scenario fits: in a channel the statistical reading alone is not enough.
    pub fits: bool,
    /// Whether the message tells what somebody said of themselves, or is meant for somebody by name.
    pub speech: bool,
    /// Whether code or quoted lines stand beside the writer's own words.
    pub cites: bool,
    /// How sure it is that there is anything to answer, whatever it may be.
    pub asks: f32,
    /// Which part of the words names what messages to the bot are about.
    pub topical: f32,
}

/// Scores a message.
pub(super) fn score(reading: &Reading, patterns: &Patterns, model: &Model, codes: &[CodeHit]) -> Found {
    let hits = patterns.hits(reading);
    let mut seen = Seen::default();
    seen.see(reading, patterns, &hits, codes);
    let Scores {
        scenarios: scores,
        asks,
        choice,
    } = model.scores(&seen);
    let mut signs: Vec<usize> = hits
        .iter()
        .filter_map(|hit| match patterns.written[hit.pattern].says {
            Says::Sign(sign) => Some(sign),
            Says::Scenario(_) => None,
        })
        .collect();
    signs.dedup();
    let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let fits = best.is_some_and(|best| {
        hits.iter()
            .any(|hit| patterns.written[hit.pattern].says == Says::Scenario(best))
    });
    Found {
        scores,
        choice,
        hits,
        signs,
        asks,
        fits,
        speech: reading.speech,
        cites: reading.cites,
        topical: 1.0,
    }
}

/// How sure a code alone makes.
const BY_CODE: f32 = 0.97;

/// How sure a code makes that two scenarios answer: sure enough to ask which.
const BY_SHARED_CODE: f32 = 0.5;

/// Raises the score of scenarios whose codes are in the message; codes that are no lockout lower them all.
pub(super) fn heed_codes(found: &mut Found, codes: &[CodeHit], scenarios: &[IntentId], addressed: Addressed) {
    if codes.is_empty() || (addressed == Addressed::Ambient && !found.signs.is_empty()) {
        return;
    }
    if codes.iter().all(|hit| !hit.is_lockout()) {
        found.scores.iter_mut().for_each(|score| *score *= 0.2);
        // Whoever pastes such a code asks about that code.
        found.asks *= 0.3;
    }
    for hit in codes {
        if found.asks < if hit.marked { 0.1 } else { 0.25 } {
            continue;
        }
        let sure = if hit.intents.len() == 1 {
            BY_CODE
        } else {
            BY_SHARED_CODE
        };
        for intent in &hit.intents {
            if let Some(n) = scenarios.iter().position(|s| s == intent) {
                found.scores[n] = found.scores[n].max(sure);
                found.choice[n] = found.choice[n].max(sure);
                found.fits = true;
            }
        }
    }
}

/// Decides. `matches` are in the order of their scores.
pub(super) fn decide(found: &Found, matches: &[Match], addressed: Addressed) -> Decision {
    let Some(best) = matches.first() else {
        return Decision::Silent;
    };
    let score = |n: usize| matches.get(n).map_or(0.0, |m| m.score as f32);
    let answer = |second: f32| {
        let mut ids = vec![best.id.clone()];
        ids.extend(matches.get(1).filter(|_| score(1) >= second).map(|m| m.id.clone()));
        urgent_first(&mut ids);
        Decision::Answer(ids)
    };
    if addressed == Addressed::Ambient {
        let clear = score(0) >= AMBIENT_MARGIN * score(1) || score(1) >= AMBIENT_SECOND;
        let sure = clear && score(0) >= AMBIENT_LEAST && certainty(found) >= needed(found);
        return if sure { answer(AMBIENT_SECOND) } else { Decision::Silent };
    }
    let doubtful = (DIRECT.doubt..DIRECT.second).contains(&score(1));
    if score(0) >= DIRECT.answer && found.asks >= DIRECT.asks && !doubtful {
        return answer(DIRECT.second);
    }
    let (least, least_asks) = if found.topical > 0.0 {
        (DIRECT.clarify, DIRECT.clarify_asks)
    } else {
        (OFF_TOPIC_CLARIFY, OFF_TOPIC_ASKS)
    };
    if score(0) < least || found.asks < least_asks {
        return Decision::Silent;
    }
    let near = matches
        .iter()
        .filter(|m| m.score as f32 >= DIRECT.choice * score(0))
        .count();
    let count = near.clamp(2, MAX_CHOICES);
    Decision::Clarify(matches.iter().take(count).map(|m| m.id.clone()).collect())
}

/// How certain an answer in a channel is.
fn certainty(found: &Found) -> f32 {
    let best = found.scores.iter().copied().fold(0.0, f32::max);
    let answered = |score: f32| score >= best.min(AMBIENT_SECOND);
    let choice = found.scores.iter().zip(&found.choice);
    let chosen: f32 = choice
        .filter(|(score, _)| answered(**score))
        .map(|(_, choice)| choice)
        .sum();
    odds(best) + odds(found.asks) + AMBIENT_CHOICE * odds(chosen)
}

/// The certainty that an answer in a channel needs.
fn needed(found: &Found) -> f32 {
    let more = |so: bool, much: f32| if so { much } else { 0.0 };
    let sparse = AMBIENT_SPARSE * (AMBIENT_TOPICAL - found.topical).max(0.0);
    AMBIENT + more(found.speech, AMBIENT_SPEECH) + more(found.cites, AMBIENT_CITES) + sparse
}

/// The logarithm of the odds of what is so sure.
fn odds(sure: f32) -> f32 {
    let sure = sure.clamp(1e-4, 1.0 - 1e-4);
    (sure / (1.0 - sure)).ln()
}

/// Somebody in the account comes before everything that follows from it.
fn urgent_first(ids: &mut [IntentId]) {
    ids.sort_by_key(|id| id.0 != URGENT);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Found {
        Found {
            scores: vec![0.93, 0.02],
            choice: vec![0.93, 0.01],
            hits: Vec::new(),
            signs: Vec::new(),
            fits: true,
            speech: false,
            cites: false,
            asks: 0.93,
            topical: 1.0,
        }
    }

    fn heard(found: &Found) -> bool {
        let matches: Vec<Match> = ["account-locked", "mfa-trouble"]
            .iter()
            .zip(&found.scores)
            .map(|(id, score)| Match {
                id: IntentId((*id).to_owned()),
                score: f64::from(*score),
                evidence: Vec::new(),
            })
            .collect();
        matches!(decide(found, &matches, Addressed::Ambient), Decision::Answer(_))
    }

    #[test]
    fn a_channel_hears_what_is_certain_enough_in_every_way() {
        assert!(heard(&found()));
        let less = [
            Found {
                scores: vec![0.8, 0.02],
                ..found()
            },
            Found { asks: 0.8, ..found() },
            Found {
                choice: vec![0.6, 0.3],
                ..found()
            },
            Found {
                speech: true,
                ..found()
            },
            Found { cites: true, ..found() },
            Found {
                topical: 0.15,
                ..found()
            },
        ];
        for (n, found) in less.iter().enumerate() {
            assert!(!heard(found), "{n}");
        }
    }

    #[test]
    fn of_two_problems_both_are_chosen() {
        let both = Found {
            scores: vec![0.97, 0.96],
            choice: vec![0.5, 0.45],
            ..found()
        };
        assert!(heard(&both));
    }
}
