//! The audit trail: append-only, each record holding the hash of the one before it. Carries no secret and no message text.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::chat::{ActionId, Identity};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// Somebody asked for an administrator.
    Requested,
    /// A click or command was refused.
    Refused,
    /// An action is about to change something.
    Started,
    /// It did, and reading back shows it.
    Succeeded,
    /// It did, but reading back does not show it yet.
    Unconfirmed,
    /// It did not.
    Failed,
    /// Nobody knows: the answer was lost.
    Unknown,
    /// An administrator closed a request without acting.
    Closed,
}

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub who: Identity,
    /// Their Entra object id, where known.
    pub who_entra: Option<String>,
    /// What they wanted to do.
    pub action: Option<ActionId>,
    /// On whom: an Entra object id.
    pub target: Option<String>,
    /// Ties the records of one action together.
    pub operation: String,
    /// Why, or how it ended, in words for operators: never a secret, never message text.
    pub note: String,
}

/// An entry in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its place, from 1, without gaps.
    pub sequence: i64,
    /// What is recorded.
    #[serde(flatten)]
    pub entry: Entry,
    /// The hash of the record before it; 64 zeros for the first.
    pub previous: String,
    /// SHA-256, in hex, over sequence, previous and the entry.
    pub hash: String,
}

/// How the chain stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Whole.
    Whole {
        /// How many records.
        records: i64,
        /// The hash of the last one.
        head: String,
    },
    /// Broken.
    Broken {
        /// The first record that is wrong.
        sequence: i64,
        /// What is wrong with it.
        why: String,
    },
}
