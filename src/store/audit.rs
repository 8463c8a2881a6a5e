//! The audit trail: append-only, each record holding the hash of the one before it. Carries no secret and no message text.
//!
//! # How to check an exported trail without Latchkey
//!
//! `latchkey audit export` prints one record a line, oldest first, as JSON without spaces:
//!
//! ```text
//! {"sequence":1,"at":…,"event":…,"who":{…},"who_entra":…,"action":…,"target":…,"operation":…,"note":…,"previous":"…","hash":"…"}
//! ```
//!
//! `hash` comes last. It is the SHA-256, in lower-case hex, of the line's own UTF-8 bytes (without the line's end) once
//! `,"hash":"<64 digits>"` is taken out, so that what was hashed ends in `"previous":"<64 digits>"}`. Nothing has to be
//! parsed and written again. `sequence` counts from 1 without gaps, `previous` is the `hash` of the line before, and
//! 64 zeros in the first line. In Python:
//!
//! ```text
//! previous = "0" * 64
//! for number, line in enumerate(sys.stdin.buffer, 1):
//!     line = line.rstrip(b"\n")
//!     record = json.loads(line)
//!     body = line[:-len(b',"hash":""}') - 64] + b"}"
//!     assert record["sequence"] == number and record["previous"] == previous
//!     assert record["hash"] == hashlib.sha256(body).hexdigest()
//!     previous = record["hash"]
//! ```
//!
//! Where old records were moved to a file by `latchkey audit archive`, the file holds such lines, and an export begins where
//! it ends: the files in their order and then the export are one chain.
//!
//! # What the chain shows, and what it can't
//!
//! A record that was changed, dropped, put in, moved, or cut off at the end is found: the store keeps the number and hash
//! of the last record apart from the trail. Somebody who may write to the file and writes *all* of it anew (records,
//! hashes and that last number), or puts back an older copy of the whole file, is not found from the file alone. Note the
//! head that `audit verify` prints somewhere else, or export regularly, and hold the two against each other.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, UtcOffset};

use super::retention::Floor;
use crate::chat::{ActionId, Identity};

/// What the first record holds in the place of a hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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
    /// Somebody proved which Entra account is theirs.
    Linked,
    /// Such a link was removed.
    Unlinked,
    /// An administrator would do something that takes a second person.
    Proposed,
    /// The second person said no.
    Rejected,
    /// An action went through all but the change itself.
    Rehearsed,
    /// A secret reached nobody and was made worthless.
    Voided,
    /// Somebody was asked to prove that the owner of an account is behind a request.
    ProofAsked,
    /// They proved it.
    Proved,
    /// They denied it, or failed to.
    Disproved,
    /// The owner of the account was told what was done to it.
    Notified,
    /// They were not, or nobody knows.
    NotNotified,
    /// All actions were stopped.
    Frozen,
    /// Actions run again.
    Thawed,
    /// Old records were moved to a file.
    Archived,
}

impl Event {
    /// The name in records.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Refused => "refused",
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Unconfirmed => "unconfirmed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
            Self::Proposed => "proposed",
            Self::Rejected => "rejected",
            Self::Rehearsed => "rehearsed",
            Self::Voided => "voided",
            Self::ProofAsked => "proof-asked",
            Self::Proved => "proved",
            Self::Disproved => "disproved",
            Self::Notified => "notified",
            Self::NotNotified => "not-notified",
            Self::Frozen => "frozen",
            Self::Thawed => "thawed",
            Self::Archived => "archived",
        }
    }
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
    /// What else is known. What is not known is left out of the record.
    #[serde(flatten)]
    pub detail: Detail,
}

/// What else is known of something that is recorded. Records from before there were details lack them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The request that it belongs to: the operation of its own record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What the request is about: the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why signs of an intruder were overridden, in an administrator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// The one for whom it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Identity>,
    /// Their Entra object id, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester_entra: Option<String>,
    /// The second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<Identity>,
    /// Their Entra object id, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver_entra: Option<String>,
    /// What proves that the owner of the account is behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The state of the account before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    /// And after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<serde_json::Value>,
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
    /// SHA-256, in hex, over sequence, entry and previous, as the head of this file says.
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

/// A record as it lies in the database.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) sequence: i64,
    pub(super) event: String,
    pub(super) operation: String,
    pub(super) body: String,
    pub(super) previous: String,
    pub(super) hash: String,
}

/// What is hashed: a [`Record`] without its hash, its fields in this order.
#[derive(Serialize, Deserialize)]
struct Body {
    sequence: i64,
    #[serde(flatten)]
    entry: Entry,
    previous: String,
}

impl Row {
    /// Shapes the record that follows `previous`.
    pub(super) fn after(head: &Head, entry: &Entry) -> Result<Self, serde_json::Error> {
        let mut entry = entry.clone();
        entry.at = entry.at.to_offset(UtcOffset::UTC);
        let (event, operation) = (entry.event.name().to_owned(), entry.operation.clone());
        let body = Body {
            sequence: head.sequence + 1,
            entry,
            previous: head.hash.clone(),
        };
        let text = serde_json::to_string(&body)?;
        let hash = hash_of(&text);
        Ok(Self {
            sequence: body.sequence,
            event,
            operation,
            body: text,
            previous: body.previous,
            hash,
        })
    }

    /// Reads a line of an export; `None` where it is none.
    fn of_line(line: &str) -> Option<Self> {
        const HASH: &str = ",\"hash\":\"";
        let (open, rest) = line.rsplit_once(HASH)?;
        let body = format!("{open}}}");
        let read: Body = serde_json::from_str(&body).ok()?;
        Some(Self {
            sequence: read.sequence,
            event: read.entry.event.name().to_owned(),
            operation: read.entry.operation,
            previous: read.previous,
            hash: rest.strip_suffix("\"}")?.to_owned(),
            body,
        })
    }

    /// Reads it back.
    pub(super) fn record(self) -> Result<Record, serde_json::Error> {
        let body: Body = serde_json::from_str(&self.body)?;
        Ok(Record {
            sequence: body.sequence,
            entry: body.entry,
            previous: body.previous,
            hash: self.hash,
        })
    }

    /// The line of an export: the text that was hashed, with its hash put in at the end.
    pub(super) fn line(&self) -> String {
        let open = self.body.strip_suffix('}').unwrap_or(&self.body);
        format!("{open},\"hash\":\"{}\"}}", self.hash)
    }
}

/// Where the trail ends.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Head {
    pub(super) sequence: i64,
    pub(super) hash: String,
}

/// Records that were moved to files, walked along from the first.
#[derive(Debug)]
pub struct Archives(Walk);

impl Default for Archives {
    fn default() -> Self {
        let genesis = Head {
            sequence: 0,
            hash: GENESIS.to_owned(),
        };
        Self(Walk::from(genesis))
    }
}

impl Archives {
    /// Begins with this line, whatever came before it: for a file whose beginning is vouched for elsewhere.
    pub fn after_what_it_names(line: &str) -> Self {
        Row::of_line(line).map_or_else(Self::default, |row| {
            Self(Walk::from(Head {
                sequence: row.sequence - 1,
                hash: row.previous,
            }))
        })
    }

    /// Holds the next line.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn step(&mut self, line: &str) -> Result<(), Verdict> {
        match Row::of_line(line) {
            Some(row) => self.0.step(&row),
            None => Err(self.0.broken("it can't be read")),
        }
    }

    /// The last record.
    pub fn end(self) -> Floor {
        self.0.last.into()
    }
}

/// Goes along the trail and holds each link.
#[derive(Debug)]
pub(super) struct Walk {
    last: Head,
    floor: Floor,
    vouched: bool,
}

impl Walk {
    /// Begins after this record. Where it is not the very beginning, a later record must say that what came before was
    /// moved.
    pub(super) fn from(floor: Head) -> Self {
        Self {
            vouched: floor.sequence == 0,
            last: floor.clone(),
            floor: floor.into(),
        }
    }

    /// Holds the next record, in the order of their numbers.
    pub(super) fn step(&mut self, row: &Row) -> Result<(), Verdict> {
        let expected = self.last.sequence + 1;
        if row.sequence > expected {
            return Err(self.broken("it is missing: the trail goes on after it"));
        }
        if row.sequence < expected {
            return Err(Verdict::Broken {
                sequence: row.sequence,
                why: "it does not belong in the trail".to_owned(),
            });
        }
        if hash_of(&row.body) != row.hash {
            return Err(self.broken("it was changed: its content does not give its hash"));
        }
        if row.previous != self.last.hash {
            return Err(self.broken("it does not follow the record before it"));
        }
        let Ok(body) = serde_json::from_str::<Body>(&row.body) else {
            return Err(self.broken("it can't be read"));
        };
        let repeated = body.sequence == row.sequence
            && body.previous == row.previous
            && body.entry.operation == row.operation
            && body.entry.event.name() == row.event;
        if !repeated {
            return Err(self.broken("it was changed: what it is found by is not what it says"));
        }
        self.vouched |= row.event == Event::Archived.name() && row.operation == self.floor.operation();
        self.last = Head {
            sequence: row.sequence,
            hash: row.hash.clone(),
        };
        Ok(())
    }

    /// Something other than a record stands where the next one should.
    pub(super) fn broken(&self, why: &str) -> Verdict {
        Verdict::Broken {
            sequence: self.last.sequence + 1,
            why: why.to_owned(),
        }
    }

    /// Holds the end against what the store knows of it.
    pub(super) fn end(self, head: Option<&Head>) -> Verdict {
        match head {
            Some(head) if *head == self.last && !self.vouched => Verdict::Broken {
                sequence: self.floor.sequence,
                why: "it and all before it are missing, and no record says that they were archived".to_owned(),
            },
            Some(head) if *head == self.last => Verdict::Whole {
                records: self.last.sequence,
                head: self.last.hash,
            },
            Some(head) if head.sequence > self.last.sequence => {
                self.broken(&format!("it is missing: {} records were written", head.sequence))
            }
            Some(head) if head.sequence < self.last.sequence => Verdict::Broken {
                sequence: head.sequence + 1,
                why: format!("it was put in: only {} records were written", head.sequence),
            },
            Some(_) => Verdict::Broken {
                sequence: self.last.sequence,
                why: "it is not the record that was written last".to_owned(),
            },
            None => self.broken("the note of where the trail ends is missing"),
        }
    }
}

fn hash_of(text: &str) -> String {
    use std::fmt::Write;

    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String can't fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
