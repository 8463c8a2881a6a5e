//! Languages: which there are, which one a message is written in, and the one form in which its spellings meet.

pub mod fold;
pub mod keyboard;
mod letters;
pub mod sound;

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language that Latchkey answers in, by its BCP 47 primary tag: `en`, `el`.
///
/// Which languages exist is decided by the files in `intents/`, not here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language(String);

impl Language {
    /// Takes the primary tag of `tag`: `el-GR` is `el`.
    pub fn new(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        Self(primary.to_ascii_lowercase())
    }

    /// English, the language that every scenario must have and that others fall back to.
    pub fn english() -> Self {
        Self::new("en")
    }

    /// The tag.
    pub fn tag(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
