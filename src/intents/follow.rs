//! Follow-ups: a message that means something only after what was said before. "Still not working", «και στο κινητό;», and
//! the words of a clarifying button, typed.

use super::hashing::hash;
use super::reading::{Reading, read};
use super::{Catalogue, Decision, IntentId, Understanding};
use crate::chat::Addressed;
use crate::language::Language;

/// A follow-up has at most this many words; a longer message speaks for itself.
const MAX_WORDS: usize = 14;

/// How sure a message must be by itself to leave what was talked about.
const NEW_TOPIC: f64 = 0.80;

/// A message that carries on and means nothing more surely than this by itself is about what was talked about.
const HINT: f64 = 0.40;

/// How sure a choice that was typed, or a topic that goes on, is said to be.
const FOLLOWED: f64 = 0.90;

impl Catalogue {
    /// Reads a message that may follow others. `context` are the scenarios that were answered or offered before in the
    /// conversation, the latest first; with none this is [`Catalogue::understand`].
    pub fn understand_in_context(
        &self,
        text: &str,
        addressed: Addressed,
        preferred: Option<&Language>,
        context: &[IntentId],
    ) -> Understanding {
        let mut understood = self.understand(text, addressed, preferred);
        if context.is_empty() {
            return understood;
        }
        let reading = read(&self.inner.loaded.lexicon, text);
        if let Some(chosen) = self.choice(&reading, context) {
            settle(&mut understood, chosen.clone());
            return understood;
        }
        let sure = understood.matches.first().is_some_and(|m| m.score >= NEW_TOPIC);
        let words = reading.items.iter().filter(|item| !item.stop).count();
        if sure || words > MAX_WORDS || self.is_over(&reading) || self.is_elsewhere(&reading) {
            return understood;
        }
        let vague = understood.matches.first().is_none_or(|m| m.score < HINT);
        match &understood.decision {
            Decision::Clarify(_) if vague && self.goes_on(&reading) => settle(&mut understood, context[0].clone()),
            // Of several that it may be, the one that was talked about.
            Decision::Clarify(choices) => {
                if let Some(known) = context.iter().find(|id| choices.contains(id)) {
                    settle(&mut understood, known.clone());
                }
            }
            Decision::Silent if self.goes_on(&reading) => settle(&mut understood, context[0].clone()),
            _ => {}
        }
        understood
    }

    /// The scenario whose button says what was typed: its words, or the number or place of it among those offered.
    fn choice<'a>(&self, reading: &Reading, context: &'a [IntentId]) -> Option<&'a IntentId> {
        let lexicon = &self.inner.loaded.lexicon;
        let said = meaning(reading);
        if said.is_empty() {
            return None;
        }
        context.iter().find(|id| {
            let labels = self.scenario(id).into_iter().flat_map(|s| s.words.values());
            labels
                .flat_map(|words| [&words.choice, &words.title])
                .any(|label| meaning(&read(lexicon, label)) == said)
        })
    }

    fn has(&self, reading: &Reading, names: &[&str]) -> bool {
        let lexicon = &self.inner.loaded.lexicon;
        names
            .iter()
            .filter_map(|name| lexicon.find_concept(name))
            .any(|c| reading.concepts.contains(&c))
    }

    /// Whether the message says that it works again.
    fn is_over(&self, reading: &Reading) -> bool {
        self.has(reading, &["resolved", "thanks"]) && !self.has(reading, &["not", "cannot", "fail"])
    }

    fn is_elsewhere(&self, reading: &Reading) -> bool {
        self.has(reading, &["elsewhere", "developer", "announcement"])
    }

    /// Whether the message carries on: the same trouble, another device, what to do next.
    fn goes_on(&self, reading: &Reading) -> bool {
        self.has(
            reading,
            &[
                "again", "not", "cannot", "fail", "work", "how", "phone", "product", "want",
            ],
        )
    }
}

/// What the words of a message are, in order, without stops.
fn meaning(reading: &Reading) -> Vec<u64> {
    let words = reading.items.iter().filter(|item| !item.stop);
    words
        .map(|item| if item.key == 0 { hash(b"") } else { item.key })
        .collect()
}

fn settle(understood: &mut Understanding, id: IntentId) {
    let evidence = understood
        .matches
        .iter()
        .find(|m| m.id == id)
        .map(|m| m.evidence.clone())
        .unwrap_or_default();
    understood.matches.retain(|m| m.id != id);
    understood.matches.insert(
        0,
        super::Match {
            id: id.clone(),
            score: FOLLOWED,
            evidence,
        },
    );
    understood.decision = Decision::Answer(vec![id]);
}
