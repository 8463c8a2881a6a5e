//! Scores understanding against labelled messages: what was right, what was wrong, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Catalogue, Decision, IntentId};
use crate::chat::Addressed;

/// How many lines that follow one another are kept together when lines are parted.
const NEIGHBOURS: usize = 20;

/// A message and what a fair judge says about it.
#[derive(Debug, Clone, Deserialize)]
pub struct Labelled {
    /// The message.
    pub text: String,
    /// The scenarios of a right answer; none where silence is right.
    pub intents: Vec<String>,
    /// The language to answer in.
    #[serde(default)]
    pub lang: Option<String>,
    /// How it is written.
    #[serde(default)]
    pub spelling: Option<String>,
    /// What sort of message it is.
    #[serde(default)]
    pub kind: Option<String>,
    /// `direct` or `channel`.
    #[serde(default)]
    pub setting: Option<String>,
}

impl Labelled {
    /// Whether two people would answer it differently: a question is right, and so is one of the answers.
    pub(super) fn is_vague(&self) -> bool {
        self.kind.as_deref() == Some("vague")
    }
}

/// How an answer compares with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Answered, and rightly; or rightly silent.
    Right,
    /// Asked, and the right scenario was among the choices.
    RightQuestion,
    /// One of two problems was answered.
    Half,
    /// Silent where there was something to answer.
    Missed,
    /// Asked without the right choice, or where there was nothing to ask.
    WrongQuestion,
    /// Answered something else.
    Wrong,
    /// Answered where there was nothing to answer.
    FalseAnswer,
}

/// Counts of verdicts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    /// How many messages.
    pub messages: usize,
    /// How many of each verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
}

impl Tally {
    fn add(&mut self, verdict: Verdict) {
        self.messages += 1;
        *self.verdicts.entry(verdict).or_insert(0) += 1;
    }

    fn merge(&mut self, other: &Tally) {
        self.messages += other.messages;
        for (verdict, count) in &other.verdicts {
            *self.verdicts.entry(*verdict).or_insert(0) += count;
        }
    }

    /// The part of the messages with one of these verdicts; 1 where there are no messages.
    pub fn share(&self, verdicts: &[Verdict]) -> f64 {
        if self.messages == 0 {
            return 1.0;
        }
        let count: usize = verdicts.iter().filter_map(|v| self.verdicts.get(v)).sum();
        count as f64 / self.messages as f64
    }

    /// The part that was answered rightly or asked rightly.
    pub fn good(&self) -> f64 {
        self.share(&[Verdict::Right, Verdict::RightQuestion, Verdict::Half])
    }
}

/// A line that went wrong.
#[derive(Debug, Clone, Serialize)]
pub struct Miss {
    /// The message.
    pub text: String,
    /// What was right.
    pub expected: Vec<String>,
    /// What was decided, as `answer: a, b`.
    pub got: String,
    /// How it compares.
    pub verdict: Verdict,
    /// The score of the surest scenario.
    pub score: f64,
}

/// What an evaluation found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Messages with something to answer.
    pub requests: Tally,
    /// Those of them that leave no doubt what is asked.
    pub clear: Tally,
    /// Messages with nothing to answer.
    pub near_misses: Tally,
    /// How often the language was right, where one is given.
    pub language: Tally,
    /// By scenario.
    pub by_intent: BTreeMap<String, Tally>,
    /// By spelling, or by language where no spelling is given; requests only.
    pub by_spelling: BTreeMap<String, Tally>,
    /// By kind of message.
    pub by_kind: BTreeMap<String, Tally>,
    /// Expected scenario → decided → how often.
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
    /// The lines that went wrong, the surest mistakes first.
    pub worst: Vec<Miss>,
}

/// Compares a decision with a label.
pub fn judge(decision: &Decision, label: &Labelled) -> Verdict {
    let expected = |id: &IntentId| label.intents.contains(&id.0);
    match (decision, label.intents.as_slice()) {
        (Decision::Silent, []) => Verdict::Right,
        (Decision::Answer(_), []) => Verdict::FalseAnswer,
        (Decision::Clarify(_), []) => Verdict::WrongQuestion,
        (Decision::Silent, _) => match label.setting.as_deref() {
            Some("channel") if label.is_vague() => Verdict::Right,
            _ => Verdict::Missed,
        },
        (Decision::Clarify(ids), _) => {
            if ids.iter().any(expected) {
                Verdict::RightQuestion
            } else {
                Verdict::WrongQuestion
            }
        }
        (Decision::Answer(ids), all) => {
            let right = ids.iter().filter(|id| expected(id)).count();
            if right < ids.len() {
                Verdict::Wrong
            } else if label.is_vague() || right == all.len() {
                Verdict::Right
            } else {
                Verdict::Half
            }
        }
    }
}

/// Scores a catalogue. Without `addressed` each line is read in the setting that it names.
pub fn evaluate(catalogue: &Catalogue, lines: &[Labelled], addressed: Option<Addressed>) -> Report {
    let mut report = Report::default();
    for label in lines {
        let setting = addressed.unwrap_or(match label.setting.as_deref() {
            Some("channel") => Addressed::Ambient,
            _ => Addressed::Directly,
        });
        let understood = catalogue.understand(&label.text, setting, None);
        let verdict = judge(&understood.decision, label);
        report.count(label, verdict);
        let got = decided(&understood.decision);
        for intent in expected_names(label) {
            *report
                .confusion
                .entry(intent)
                .or_default()
                .entry(got.clone())
                .or_insert(0) += 1;
        }
        if let Some(lang) = &label.lang {
            let right = understood.language.tag() == lang;
            report.language.add(if right { Verdict::Right } else { Verdict::Wrong });
        }
        if !matches!(verdict, Verdict::Right | Verdict::RightQuestion) {
            report.worst.push(Miss {
                text: label.text.clone(),
                expected: label.intents.clone(),
                got,
                verdict,
                score: understood.matches.first().map_or(0.0, |m| m.score),
            });
        }
    }
    report.sort();
    report
}

/// Scores a catalogue as [`evaluate`] does in each of these settings, each of so many parts of the lines by one that was
/// not taught them. Parts are made of neighbouring lines: a story told in two spellings is taught by neither.
pub fn cross_validate(
    catalogue: &Catalogue,
    lines: &[Labelled],
    parts: usize,
    settings: &[Option<Addressed>],
) -> Vec<Report> {
    let mut reports = vec![Report::default(); settings.len()];
    for part in 0..parts {
        let mine = lines
            .iter()
            .enumerate()
            .filter(|(i, _)| (i / NEIGHBOURS) % parts == part);
        let mine: Vec<Labelled> = mine.map(|(_, line)| line.clone()).collect();
        let texts: BTreeSet<&str> = mine.iter().map(|line| line.text.as_str()).collect();
        let untaught = catalogue.untaught(&texts);
        for (report, setting) in reports.iter_mut().zip(settings) {
            report.add(evaluate(&untaught, &mine, *setting));
        }
    }
    reports.iter_mut().for_each(Report::sort);
    reports
}

impl Report {
    /// Adds what was found about other lines.
    fn add(&mut self, other: Report) {
        self.requests.merge(&other.requests);
        self.clear.merge(&other.clear);
        self.near_misses.merge(&other.near_misses);
        self.language.merge(&other.language);
        let tables = [
            (&mut self.by_intent, other.by_intent),
            (&mut self.by_spelling, other.by_spelling),
            (&mut self.by_kind, other.by_kind),
        ];
        for (mine, theirs) in tables {
            for (name, tally) in theirs {
                mine.entry(name).or_default().merge(&tally);
            }
        }
        for (expected, decided) in other.confusion {
            let mine = self.confusion.entry(expected).or_default();
            for (got, count) in decided {
                *mine.entry(got).or_insert(0) += count;
            }
        }
        self.worst.extend(other.worst);
    }

    fn sort(&mut self) {
        self.worst
            .sort_by(|a, b| b.verdict.cmp(&a.verdict).then(b.score.total_cmp(&a.score)));
    }

    fn count(&mut self, label: &Labelled, verdict: Verdict) {
        let kind = label.kind.clone().unwrap_or_else(|| "unnamed".to_owned());
        self.by_kind.entry(kind).or_default().add(verdict);
        if label.intents.is_empty() {
            return self.near_misses.add(verdict);
        }
        self.requests.add(verdict);
        if !label.is_vague() {
            self.clear.add(verdict);
        }
        for intent in &label.intents {
            self.by_intent.entry(intent.clone()).or_default().add(verdict);
        }
        if let Some(spelling) = label.spelling.as_ref().or(label.lang.as_ref()) {
            self.by_spelling.entry(spelling.clone()).or_default().add(verdict);
        }
    }
}

fn expected_names(label: &Labelled) -> Vec<String> {
    if label.intents.is_empty() {
        vec!["(none)".to_owned()]
    } else {
        label.intents.clone()
    }
}

fn decided(decision: &Decision) -> String {
    let names = |ids: &[IntentId]| ids.iter().map(|id| id.0.as_str()).collect::<Vec<_>>().join(" + ");
    match decision {
        Decision::Answer(ids) => names(ids),
        Decision::Clarify(ids) => format!("ask: {}", names(ids)),
        Decision::Silent => "(silent)".to_owned(),
    }
}
