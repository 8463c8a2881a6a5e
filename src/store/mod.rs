//! What must outlive a restart: tickets, events seen, questions asked, requests, and the audit trail. SQLite.
//!
//! Callers speak in JSON values and ids; what a ticket means is not known here.

pub mod audit;

use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use crate::chat::{Conversation, EventId, Identity, TicketId};

/// Why the store could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file was written by a newer version of Latchkey.
    #[error(
        "the store was written by a newer version of Latchkey (schema {found}, this one knows {known}): use that version, or another file"
    )]
    Newer {
        /// The schema version found.
        found: i64,
        /// The newest this binary knows.
        known: i64,
    },
    /// The address names no store that we know.
    #[error("`{0}` is not a store: write sqlite://PATH or sqlite::memory:")]
    Address(String),
    /// The database failed.
    #[error("the store failed")]
    Database(#[from] sqlx::Error),
    /// A record can't be read back.
    #[error("a record in the store can't be read")]
    Record(#[from] serde_json::Error),
}

/// Whether an event was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Never: it is now.
    First,
    /// A repeat: drop it.
    Before,
}

/// A ticket as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTicket {
    /// Its id.
    pub id: TicketId,
    /// The conversation in which it may be used.
    pub conversation: Conversation,
    /// The only one who may use it, where it is bound to somebody.
    pub holder: Option<Identity>,
    /// What it stands for.
    pub content: Value,
    /// After this it is dead.
    pub expires: OffsetDateTime,
    /// When it was used, if it was.
    pub used: Option<OffsetDateTime>,
}

/// Whether a ticket could be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is ours, and nobody else's from now on.
    Won,
    /// Somebody was first, or it has expired.
    Lost,
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    /// Opens `sqlite://PATH` or `sqlite::memory:`, creating and migrating it.
    pub async fn open(_url: &str) -> Result<Self, StoreError> {
        unimplemented!()
    }

    /// Notes an event; tells whether it had been noted before. Forgets events older than a week.
    pub async fn see(&self, _event: &EventId, _now: OffsetDateTime) -> Result<Seen, StoreError> {
        unimplemented!()
    }

    /// Stores a ticket.
    pub async fn put_ticket(&self, _ticket: &StoredTicket) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Reads a ticket, used and expired ones included.
    pub async fn ticket(&self, _id: &TicketId) -> Result<Option<StoredTicket>, StoreError> {
        unimplemented!()
    }

    /// Claims every one of these tickets in one transaction, or none.
    pub async fn claim_tickets(&self, _ids: &[TicketId], _now: OffsetDateTime) -> Result<Claim, StoreError> {
        unimplemented!()
    }

    /// Remembers that `person` was asked something in `conversation`; one question each, the newest wins.
    pub async fn ask(
        &self,
        _conversation: &Conversation,
        _person: &Identity,
        _question: &Value,
        _expires: OffsetDateTime,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Takes the open question, if there is one: it is answered now.
    pub async fn take_question(
        &self,
        _conversation: &Conversation,
        _person: &Identity,
        _now: OffsetDateTime,
    ) -> Result<Option<Value>, StoreError> {
        unimplemented!()
    }

    /// Drops tickets, questions and events that have been dead for `age`.
    pub async fn sweep(&self, _now: OffsetDateTime, _age: Duration) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Appends to the audit trail. When this returns, it is on disk.
    pub async fn record(&self, _entry: &audit::Entry) -> Result<audit::Record, StoreError> {
        unimplemented!()
    }

    /// The newest `most` records, oldest first.
    pub async fn recent_records(&self, _most: u32) -> Result<Vec<audit::Record>, StoreError> {
        unimplemented!()
    }

    /// Records that say an action was started and of which no later record says how it ended.
    pub async fn unfinished(&self) -> Result<Vec<audit::Record>, StoreError> {
        unimplemented!()
    }

    /// Reads the whole trail and holds every link of the chain.
    pub async fn verify(&self) -> Result<audit::Verdict, StoreError> {
        unimplemented!()
    }
}
