//! What `latchkey doctor` looked at, and what it found: the vocabulary of the rooms that can be looked at.

use serde::Serialize;

/// One thing that was looked at. Nothing in it is a secret, an address of a person, or a message's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// Where it belongs: `graph`, `exchange`, `slack` …
    pub area: &'static str,
    /// What it is, by the name under which an operator finds it: `User.Read.All`, `chat:write`, the clock.
    pub what: String,
    /// What works with it, in a few words.
    pub unlocks: String,
    /// What was found.
    #[serde(flatten)]
    pub found: Found,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Found {
    /// It is there and works.
    Ok {
        /// What shows it; may be empty.
        detail: String,
    },
    /// It is not there, or does not work.
    Missing {
        /// What was seen.
        detail: String,
        /// The exact command or the path through a portal that mends it.
        mend: String,
    },
    /// It could not be looked at, which is neither good nor bad.
    CantTell {
        /// Why not.
        detail: String,
        /// How to find out by hand.
        mend: String,
    },
}

impl Examined {
    /// Something that is there and works.
    pub fn ok(area: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        let found = Found::Ok { detail: detail.into() };
        Self::new(area, what, found)
    }

    /// Something that is not there, with what mends it.
    pub fn missing(
        area: &'static str,
        what: impl Into<String>,
        detail: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let (detail, mend) = (detail.into(), mend.into());
        Self::new(area, what, Found::Missing { detail, mend })
    }

    /// Something that could not be looked at, with how to find out.
    pub fn cant_tell(
        area: &'static str,
        what: impl Into<String>,
        detail: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let (detail, mend) = (detail.into(), mend.into());
        Self::new(area, what, Found::CantTell { detail, mend })
    }

    /// The same, with what works by it.
    pub fn unlocking(self, unlocks: impl Into<String>) -> Self {
        Self {
            unlocks: unlocks.into(),
            ..self
        }
    }

    fn new(area: &'static str, what: impl Into<String>, found: Found) -> Self {
        Self {
            area,
            what: what.into(),
            unlocks: String::new(),
            found,
        }
    }
}
