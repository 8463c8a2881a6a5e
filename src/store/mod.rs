//! What must outlive a restart: tickets, events seen, questions asked, requests, and the audit trail. SQLite.
//!
//! Callers speak in JSON values and ids; what a ticket means is not known here. One connection writes, a few read, and
//! other processes may do the same with the same file.

mod anchor;
pub mod audit;
pub mod brakes;
mod cards;
pub mod links;
pub mod notices;
mod open;
pub mod proofs;
mod references;
pub mod retention;
mod sql;
mod trail;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use audit::Entry;
use serde_json::Value;
use sqlx::{Sqlite, SqliteExecutor, SqlitePool, Transaction};
use time::OffsetDateTime;

use crate::chat::{Conversation, EventId, Identity, TicketId};
use crate::language::Language;

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
    /// There is no such store, and none was to be made.
    #[error("there is no store at `{0}`: check the address, or start Latchkey once to make it")]
    Missing(String),
    /// The folder that the file should be in does not exist.
    #[error("there is no folder `{0}` for the store: make it, or choose another in [store] url")]
    Folder(String),
    /// The file is something else.
    #[error("`{0}` is not a store of Latchkey, and was left as it is: choose another file in [store] url")]
    NotAStore(String),
    /// The file began as a database and is none any more.
    #[error("`{0}` is damaged, and was left as it is: put a backup in its place")]
    Damaged(String),
    /// The system does not let us at the file.
    #[error("`{path}` can't be opened: see that the file and its folder can be read and written by Latchkey")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A migration that the store went through is not the one that this binary holds.
    #[error("the store went through another version of migration {0}: use the version of Latchkey that wrote it")]
    Altered(i64),
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

/// How long an event is remembered: longer than any platform repeats one.
const EVENTS_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long runs are remembered: longer than any limit looks back.
const RUNS_KEPT: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// The columns of a ticket, in the order of [`sql::READ_TICKET`].
type TicketRow = (String, Option<String>, String, i64, Option<i64>);

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    write: SqlitePool,
    read: SqlitePool,
    anchor: Option<Arc<Path>>,
}

impl Store {
    /// Opens `sqlite://PATH` or `sqlite::memory:`, creating and migrating it.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        open::open(url).await
    }

    /// Opens a store that exists, for reading alone: nothing is created, migrated or written.
    pub async fn open_existing(url: &str) -> Result<Self, StoreError> {
        open::open_existing(url).await
    }

    /// Lets go of the file once running work is done. Dropping the last clone does so too, but does not wait.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Notes an event; tells whether it had been noted before. Forgets events older than a week.
    pub async fn see(&self, event: &EventId, now: OffsetDateTime) -> Result<Seen, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        sqlx::query(sql::FORGET_EVENTS)
            .bind(before(now, EVENTS_KEPT))
            .execute(&mut *transaction)
            .await?;
        let noted = sqlx::query(sql::NOTE_EVENT)
            .bind(event.platform.name())
            .bind(&event.id)
            .bind(stamp(now))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(if noted.rows_affected() == 1 {
            Seen::First
        } else {
            Seen::Before
        })
    }

    /// Keeps an event until it is [`Store::answered`]. One that is kept already stays as it is.
    pub async fn keep_waiting(&self, event: &EventId, content: &Value) -> Result<(), StoreError> {
        sqlx::query(sql::KEEP_WAITING)
            .bind(event.platform.name())
            .bind(&event.id)
            .bind(content.to_string())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The events that wait to be answered, oldest first.
    pub async fn waiting(&self) -> Result<Vec<(EventId, Value)>, StoreError> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(sql::WAITING).fetch_all(&self.read).await?;
        rows.into_iter()
            .map(|(platform, id, content)| {
                let platform = serde_json::from_value(Value::String(platform))?;
                Ok((EventId { platform, id }, serde_json::from_str(&content)?))
            })
            .collect()
    }

    /// Puts away an event that was kept.
    pub async fn answered(&self, event: &EventId) -> Result<(), StoreError> {
        sqlx::query(sql::ANSWERED)
            .bind(event.platform.name())
            .bind(&event.id)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Stores a ticket. An id that is known already is refused: a ticket that was used must not come back.
    pub async fn put_ticket(&self, ticket: &StoredTicket) -> Result<(), StoreError> {
        insert_ticket(&self.write, ticket).await
    }

    /// Reads a ticket, used and expired ones included.
    pub async fn ticket(&self, id: &TicketId) -> Result<Option<StoredTicket>, StoreError> {
        let row: Option<TicketRow> = sqlx::query_as(sql::READ_TICKET)
            .bind(&id.0)
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| stored_ticket(id.clone(), row)).transpose()
    }

    /// Claims every one of these tickets in one transaction, or none. No tickets at all can't be claimed.
    pub async fn claim_tickets(&self, ids: &[TicketId], now: OffsetDateTime) -> Result<Claim, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let claim = claim(&mut transaction, ids, now).await?;
        finish(transaction, claim).await
    }

    /// Claims every one of these tickets and appends to the audit trail, in one transaction, or does neither: what was
    /// claimed is on record even if the process stops right after.
    pub async fn claim_and_record(
        &self,
        ids: &[TicketId],
        entry: &Entry,
        now: OffsetDateTime,
    ) -> Result<Claim, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let claim = claim(&mut transaction, ids, now).await?;
        let record = match claim {
            Claim::Won => Some(trail::append(&mut transaction, entry).await?),
            Claim::Lost => None,
        };
        let claim = finish(transaction, claim).await?;
        if let Some(record) = record {
            self.anchored(&record).await;
        }
        Ok(claim)
    }

    /// Remembers that `person` was asked something in `conversation`; one question each, the newest wins.
    pub async fn ask(
        &self,
        conversation: &Conversation,
        person: &Identity,
        question: &Value,
        expires: OffsetDateTime,
    ) -> Result<(), StoreError> {
        sqlx::query(sql::ASK)
            .bind(place_key(conversation)?)
            .bind(serde_json::to_string(person)?)
            .bind(question.to_string())
            .bind(stamp(expires))
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Remembers the language in which this person wants to be answered.
    pub async fn prefer(&self, person: &Identity, language: &Language) -> Result<(), StoreError> {
        sqlx::query(sql::PREFER)
            .bind(serde_json::to_string(person)?)
            .bind(language.tag())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The language in which this person wants to be answered, if they said so.
    pub async fn preference(&self, person: &Identity) -> Result<Option<Language>, StoreError> {
        let row: Option<(String,)> = sqlx::query_as(sql::READ_PREFERENCE)
            .bind(serde_json::to_string(person)?)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|(tag,)| Language::new(&tag)))
    }

    /// Takes the open question, if there is one: it is answered now.
    pub async fn take_question(
        &self,
        conversation: &Conversation,
        person: &Identity,
        now: OffsetDateTime,
    ) -> Result<Option<Value>, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(sql::TAKE_QUESTION)
            .bind(place_key(conversation)?)
            .bind(serde_json::to_string(person)?)
            .fetch_optional(&self.write)
            .await?;
        match row {
            Some((question, expires)) if expires > stamp(now) => Ok(Some(serde_json::from_str(&question)?)),
            _ => Ok(None),
        }
    }

    /// Drops tickets, questions and events that have been dead for `age`. A ticket is dead when it was used or has
    /// expired, an event when it is a week old.
    pub async fn sweep(&self, now: OffsetDateTime, age: Duration) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        for (statement, age) in [
            (sql::DROP_TICKETS, age),
            (sql::DROP_QUESTIONS, age),
            (sql::DROP_DEAD_LINKS, age),
            (sql::DROP_SIGN_INS, age),
            (sql::DROP_RUNS, age.max(RUNS_KEPT)),
            (sql::DROP_PROOFS, age.max(RUNS_KEPT)),
            (sql::FORGET_EVENTS, age.saturating_add(EVENTS_KEPT)),
        ] {
            sqlx::query(statement)
                .bind(before(now, age))
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(sql::DROP_CARDS).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn insert_ticket(to: impl SqliteExecutor<'_>, ticket: &StoredTicket) -> Result<(), StoreError> {
    let holder = ticket.holder.as_ref().map(serde_json::to_string).transpose()?;
    sqlx::query(sql::PUT_TICKET)
        .bind(&ticket.id.0)
        .bind(serde_json::to_string(&ticket.conversation)?)
        .bind(holder)
        .bind(ticket.content.to_string())
        .bind(stamp(ticket.expires))
        .bind(ticket.used.map(stamp))
        .execute(to)
        .await?;
    Ok(())
}

/// Claims all of these tickets; after a loss the transaction must be rolled back.
async fn claim(
    transaction: &mut Transaction<'_, Sqlite>,
    ids: &[TicketId],
    now: OffsetDateTime,
) -> Result<Claim, StoreError> {
    let wanted: BTreeSet<&str> = ids.iter().map(|id| id.0.as_str()).collect();
    if wanted.is_empty() {
        return Ok(Claim::Lost);
    }
    for id in wanted {
        let claimed = sqlx::query(sql::CLAIM_TICKET)
            .bind(id)
            .bind(stamp(now))
            .execute(&mut **transaction)
            .await?;
        if claimed.rows_affected() != 1 {
            return Ok(Claim::Lost);
        }
    }
    Ok(Claim::Won)
}

async fn finish(transaction: Transaction<'_, Sqlite>, claim: Claim) -> Result<Claim, StoreError> {
    match claim {
        Claim::Won => transaction.commit().await?,
        Claim::Lost => transaction.rollback().await?,
    }
    Ok(claim)
}

fn stored_ticket(id: TicketId, row: TicketRow) -> Result<StoredTicket, StoreError> {
    let (conversation, holder, content, expires, used) = row;
    Ok(StoredTicket {
        id,
        conversation: serde_json::from_str(&conversation)?,
        holder: holder.as_deref().map(serde_json::from_str).transpose()?,
        content: serde_json::from_str(&content)?,
        expires: moment(expires),
        used: used.map(moment),
    })
}

/// What makes a conversation the same one. Who can read it is left out: that may change while a question is open.
fn place_key(conversation: &Conversation) -> Result<String, serde_json::Error> {
    serde_json::to_string(&(
        conversation.platform,
        &conversation.scope,
        &conversation.id,
        &conversation.thread,
    ))
}

/// Nanoseconds since 1970; what lies beyond the years 1677 to 2262 is taken for the end of them.
fn stamp(at: OffsetDateTime) -> i64 {
    let end = if at < OffsetDateTime::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    };
    i64::try_from(at.unix_timestamp_nanos()).unwrap_or(end)
}

fn moment(stamp: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(stamp)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn before(now: OffsetDateTime, age: Duration) -> i64 {
    stamp(now).saturating_sub(i64::try_from(age.as_nanos()).unwrap_or(i64::MAX))
}
