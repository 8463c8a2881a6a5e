//! What people ask and what is answered: the scenarios in `intents/`, and which of them a message means.

mod automaton;
pub mod codes;
mod course;
pub mod evaluate;
mod folder;
mod follow;
mod hashing;
mod interface;
mod known;
mod labelled;
mod lexicon;
mod lint;
mod load;
mod markdown;
mod matcher;
mod model;
mod named;
mod parallel;
mod pattern;
mod reading;
pub mod reload;
mod scenario;
mod seen;
mod slips;
mod teach;
mod toml_file;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use self::codes::CodeHit;
use self::known::Known;
use self::load::{Example, Loaded};
use self::matcher::Found;
use self::model::Model;
use self::pattern::Says;
use self::reading::{Reading, read};

use crate::chat::{ActionId, Addressed, Block};
use crate::language::Language;

/// The id of a scenario, which is also the name of its folder: `cannot-send-mail`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub String);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A fault in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, relative to the folder that was loaded.
    pub file: String,
    /// The line, from 1; 0 where the fault is of the whole file.
    pub line: usize,
    /// What is wrong, and how to mend it.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// A page that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// An absolute https address.
    pub url: String,
    /// What it is called, by language.
    pub titles: BTreeMap<Language, String>,
    /// When somebody last held the answer against it, as `2026-11-20`.
    pub reviewed: String,
}

/// What is said about a scenario in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The heading of the answer.
    pub title: String,
    /// How a person would put it, for a clarifying button: "I can't send mail".
    pub choice: String,
    /// What the person can do.
    pub person: Vec<Block>,
    /// What an administrator does.
    pub administrator: Vec<Block>,
}

/// One way of being locked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Its id.
    pub id: IntentId,
    /// What an administrator can do about it, the most fitting first.
    pub actions: Vec<ActionId>,
    /// The bounce and sign-in codes that mean it.
    pub codes: Vec<String>,
    /// The pages it rests on.
    pub sources: Vec<Source>,
    /// What is said, by language. English is always there.
    pub words: BTreeMap<Language, Words>,
}

/// All that is known about answering. Immutable; a changed folder makes a new one. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    inner: Arc<Inner>,
}

struct Inner {
    loaded: Arc<Loaded>,
    ids: Vec<IntentId>,
    model: Model,
    known: Known,
}

/// A scenario that a message may mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// Which.
    pub id: IntentId,
    /// How sure, from 0 to 1.
    pub score: f64,
    /// The words of the message that say so.
    pub evidence: Vec<String>,
}

/// What to do about a message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Say what is known about these: nearly always one, the most urgent first.
    Answer(Vec<IntentId>),
    /// Ask which of these (three at most) is meant, or whether this one is.
    Clarify(Vec<IntentId>),
    /// Say nothing; when addressed, say what can be asked.
    Silent,
}

/// A message as it was understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Understanding {
    /// The language to answer in.
    pub language: Language,
    /// The text in the form that patterns see.
    pub folded: String,
    /// What it may mean, surest first.
    pub matches: Vec<Match>,
    /// What to do.
    pub decision: Decision,
    /// Addresses of accounts that the message names, in order, lower case.
    pub accounts: Vec<String>,
    /// People whom the message names without an address, as written: "Maria from accounting".
    pub named: Vec<String>,
    /// The bounce and sign-in codes in it.
    pub codes: Vec<CodeHit>,
    /// How sure it is that there is anything to answer at all, from 0 to 1.
    pub asks: f64,
    /// The reasons to keep out of it in a channel, by the names that the vocabulary gives them.
    pub signs: Vec<String>,
}

impl Catalogue {
    /// The catalogue that is built into the binary.
    pub fn embedded() -> Result<Self, Vec<Fault>> {
        static ONCE: OnceLock<Result<Catalogue, Vec<Fault>>> = OnceLock::new();
        ONCE.get_or_init(|| Self::from_files(&folder::embedded())).clone()
    }

    /// Reads a folder laid out as `intents/` is. Every fault is reported, not the first alone.
    pub fn load(folder: &Path) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let files = folder::read(folder, &mut faults);
        if faults.is_empty() {
            Self::from_files(&files)
        } else {
            Err(faults)
        }
    }

    fn from_files(files: &folder::Files) -> Result<Self, Vec<Fault>> {
        let loaded = Arc::new(load::load(files)?);
        Ok(Self::trained(loaded, |_| true))
    }

    /// The same catalogue, trained without the examples of these texts: how it reads what it was not taught.
    pub fn untaught(&self, texts: &BTreeSet<&str>) -> Self {
        Self::trained(Arc::clone(&self.inner.loaded), |text| !texts.contains(text))
    }

    fn trained(loaded: Arc<Loaded>, taught: impl Fn(&str) -> bool) -> Self {
        let ids: Vec<IntentId> = loaded.scenarios.iter().map(|s| s.id.clone()).collect();
        let examples: Vec<&Example> = loaded.examples.iter().filter(|example| taught(&example.text)).collect();
        let (model, known) = teach::teach(&loaded, &examples);
        Self {
            inner: Arc::new(Inner {
                loaded,
                ids,
                model,
                known,
            }),
        }
    }

    /// The scenarios, by id.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.inner.loaded.scenarios.iter()
    }

    /// One scenario.
    pub fn scenario(&self, id: &IntentId) -> Option<&Scenario> {
        self.scenarios().find(|s| s.id == *id)
    }

    /// The languages that every scenario has.
    pub fn languages(&self) -> &[Language] {
        &self.inner.loaded.languages
    }

    /// A sentence of the interface (`intents/interface/<lang>.ftl`), with its arguments put in. Falls back to English.
    pub fn phrase(&self, language: &Language, key: &str, arguments: &[(&str, &str)]) -> String {
        self.inner.loaded.interface.phrase(language, key, arguments)
    }

    /// Reads a message. `preferred` is a language that the person chose or the platform reports; it decides only
    /// where the text itself does not.
    pub fn understand(&self, text: &str, addressed: Addressed, preferred: Option<&Language>) -> Understanding {
        let loaded = &self.inner.loaded;
        let reading = read(&loaded.lexicon, text);
        let mut understood = Understanding {
            language: self.language(&reading, preferred),
            folded: String::new(),
            matches: Vec::new(),
            decision: Decision::Silent,
            accounts: accounts(&reading),
            named: named::names(&loaded.lexicon, &reading, text),
            codes: loaded.codes.find(text, &reading.folded),
            asks: 0.0,
            signs: Vec::new(),
        };
        // Most talk in a channel is about something else and is not looked at further; what is said to the bot always is.
        let topical = if understood.codes.is_empty() {
            self.topical(&reading)
        } else {
            1.0
        };
        if topical > 0.0 || (addressed.to_the_bot() && reading.items.iter().any(|item| !item.stop)) {
            let mut found = matcher::score(&reading, &loaded.patterns, &self.inner.model, &understood.codes);
            found.topical = topical;
            self.inner.known.heed(&reading, &mut found);
            matcher::heed_codes(&mut found, &understood.codes, &self.inner.ids, addressed);
            understood.matches = self.matches(&reading, &found, text);
            understood.decision = matcher::decide(&found, &understood.matches, addressed);
            understood.asks = rounded(found.asks);
            understood.signs = found.signs.iter().map(|sign| loaded.signs[*sign].clone()).collect();
        }
        understood.folded = reading.forms;
        understood
    }

    /// Which part of the words names what messages to the bot are about.
    fn topical(&self, reading: &Reading) -> f32 {
        let topics = &self.inner.loaded.topics;
        let names = |item: &&reading::Item| reading.meaning(item).iter().any(|c| topics.contains(c));
        let words = reading.items.iter().filter(|item| !item.stop).count();
        reading.items.iter().filter(names).count() as f32 / words.max(1) as f32
    }

    fn matches(&self, reading: &Reading, found: &Found, text: &str) -> Vec<Match> {
        let mut order: Vec<usize> = (0..found.scores.len()).filter(|s| found.scores[*s] >= 0.01).collect();
        order.sort_by(|a, b| found.scores[*b].total_cmp(&found.scores[*a]));
        order
            .into_iter()
            .map(|s| Match {
                id: self.inner.ids[s].clone(),
                score: rounded(found.scores[s]),
                evidence: if found.scores[s] >= 0.1 {
                    self.evidence(reading, found, s, text)
                } else {
                    Vec::new()
                },
            })
            .collect()
    }

    fn evidence(&self, reading: &Reading, found: &Found, scenario: usize, text: &str) -> Vec<String> {
        let patterns = &self.inner.loaded.patterns;
        let mut words = Vec::new();
        for hit in found
            .hits
            .iter()
            .filter(|hit| patterns.written[hit.pattern].says == Says::Scenario(scenario))
        {
            if let Some(span) = reading.span(hit.items.clone()) {
                let said = text[span].to_owned();
                if !words.contains(&said) {
                    words.push(said);
                }
            }
        }
        words
    }

    /// The language that most of a message is written in.
    fn language(&self, reading: &Reading, preferred: Option<&Language>) -> Language {
        let tongues = &self.inner.loaded.tongues;
        let best = (0..tongues.len()).max_by(|a, b| reading.votes[*a].total_cmp(&reading.votes[*b]).then(b.cmp(a)));
        match best {
            Some(best) if reading.votes[best] > 0.2 => {
                let tied = (0..tongues.len()).filter(|t| reading.votes[*t] >= reading.votes[best] * 0.95);
                let tied: Vec<&Language> = tied.map(|t| &tongues[t]).collect();
                match preferred {
                    Some(preferred) if tied.contains(&preferred) => preferred.clone(),
                    _ if tied.contains(&&Language::english()) => Language::english(),
                    _ => tongues[best].clone(),
                }
            }
            _ => preferred.cloned().unwrap_or_else(Language::english),
        }
    }
}

fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1e3).round() / 1e3
}

/// The addresses in a message, in order, each once.
fn accounts(reading: &Reading) -> Vec<String> {
    let mut accounts: Vec<String> = Vec::new();
    for token in reading
        .folded
        .tokens
        .iter()
        .filter(|t| t.kind == crate::language::fold::Kind::Address)
    {
        let address = reading.folded.form(token).to_owned();
        if !accounts.contains(&address) {
            accounts.push(address);
        }
    }
    accounts
}
