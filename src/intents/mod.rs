//! What people ask and what is answered: the scenarios in `intents/`, and which of them a message means.

pub mod reload;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

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

/// All that is known about answering. Immutable; a changed folder makes a new one.
pub struct Catalogue {}

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
    /// Ask which of these (two or three) is meant.
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
}

impl Catalogue {
    /// The catalogue that is built into the binary.
    pub fn embedded() -> Result<Self, Vec<Fault>> {
        unimplemented!()
    }

    /// Reads a folder laid out as `intents/` is. Every fault is reported, not the first alone.
    pub fn load(_folder: &Path) -> Result<Self, Vec<Fault>> {
        unimplemented!()
    }

    /// The scenarios, by id.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        std::iter::empty()
    }

    /// One scenario.
    pub fn scenario(&self, _id: &IntentId) -> Option<&Scenario> {
        unimplemented!()
    }

    /// The languages that every scenario has.
    pub fn languages(&self) -> &[Language] {
        unimplemented!()
    }

    /// A sentence of the interface (`intents/interface/<lang>.ftl`), with its arguments put in. Falls back to English.
    pub fn phrase(&self, _language: &Language, _key: &str, _arguments: &[(&str, &str)]) -> String {
        unimplemented!()
    }

    /// Reads a message. `preferred` is a language that the person chose or the platform reports; it decides only
    /// where the text itself does not.
    pub fn understand(&self, _text: &str, _addressed: Addressed, _preferred: Option<&Language>) -> Understanding {
        unimplemented!()
    }
}
