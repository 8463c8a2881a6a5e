//! Whether the owner of an account was proved to be behind a request. There is one attempt for each request and account,
//! and it is answered once; what the answers mean is not known here.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row as _;
use time::OffsetDateTime;

use super::audit::Entry;
use super::{Claim, Store, StoreError, before, claim, moment, sql, stamp, trail};
use crate::chat::TicketId;

/// The window of [`Most`].
const HOUR: Duration = Duration::from_secs(3600);

/// How far an attempt got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofState {
    /// Somebody was asked and has not answered.
    Asked,
    /// It is proved.
    Proved,
    /// It was denied.
    Denied,
}

impl ProofState {
    const ALL: [Self; 3] = [Self::Asked, Self::Proved, Self::Denied];

    const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Proved => "proved",
            Self::Denied => "denied",
        }
    }
}

/// Which request, about which account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter<'a> {
    /// The request's id.
    pub request: &'a str,
    /// The account's object id.
    pub target: &'a str,
}

/// An attempt as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredProof {
    /// How it is proved.
    pub how: String,
    /// How far it got.
    pub state: ProofState,
    /// What is known of it.
    pub content: Value,
    /// The hash of the code that proves it.
    pub code: Option<String>,
    /// After this it counts for nothing.
    pub expires: OffsetDateTime,
}

/// How many attempts there may be within an hour.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// For one account.
    pub of_one: i64,
    /// For all of them.
    pub of_all: i64,
}

/// What became of the wish to begin an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It is begun.
    Now,
    /// There was one already.
    Before,
    /// There were too many lately.
    TooMany,
}

/// What is known of a code that somebody tries.
#[derive(Debug, Clone, PartialEq)]
pub struct Trying {
    /// The hash of the right one.
    pub code: String,
    /// How often it can be tried after this.
    pub left: i64,
}

impl Store {
    /// Begins an attempt and records that, unless there was one or there were too many.
    pub async fn begin_proof(
        &self,
        matter: Matter<'_>,
        proof: &StoredProof,
        (most, now): (Most, OffsetDateTime),
        entry: &Entry,
    ) -> Result<Begun, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        for (target, most) in [(matter.target, most.of_one), ("", most.of_all)] {
            let lately: i64 = sqlx::query_scalar(sql::PROOFS_LATELY)
                .bind(target)
                .bind(before(now, HOUR))
                .fetch_one(&mut *transaction)
                .await?;
            if lately >= most {
                transaction.rollback().await?;
                return Ok(Begun::TooMany);
            }
        }
        let begun = sqlx::query(sql::BEGIN_PROOF)
            .bind(matter.request)
            .bind(matter.target)
            .bind(&proof.how)
            .bind(proof.state.name())
            .bind(proof.content.to_string())
            .bind(&proof.code)
            .bind(stamp(now))
            .bind(stamp(proof.expires))
            .execute(&mut *transaction)
            .await?;
        if begun.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(Begun::Before);
        }
        let record = trail::append(&mut transaction, entry).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(Begun::Now)
    }

    /// The attempt, however far it got and however old it is.
    pub async fn proof(&self, matter: Matter<'_>) -> Result<Option<StoredProof>, StoreError> {
        let row = sqlx::query(sql::READ_PROOF)
            .bind(matter.request)
            .bind(matter.target)
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(stored_proof).transpose()
    }

    /// Nobody could be asked: there was no attempt. What was asked for counts all the same.
    pub async fn void_proof(&self, matter: Matter<'_>) -> Result<(), StoreError> {
        sqlx::query(sql::VOID_PROOF)
            .bind(matter.request)
            .bind(matter.target)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Answers an attempt, once and in time, records it, and uses up `closes`, if that can still be used: what was
    /// denied stops the request. Lost where it was answered, or its time is over.
    pub async fn answer_proof(
        &self,
        matter: Matter<'_>,
        (to, expires): (ProofState, OffsetDateTime),
        (closes, now): (Option<&TicketId>, OffsetDateTime),
        entry: &Entry,
    ) -> Result<Claim, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let answered = sqlx::query(sql::ANSWER_PROOF)
            .bind(matter.request)
            .bind(matter.target)
            .bind(to.name())
            .bind(stamp(expires))
            .bind(stamp(now))
            .execute(&mut *transaction)
            .await?;
        if answered.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(Claim::Lost);
        }
        if let Some(card) = closes {
            // Whoever was first with it has settled the request, which is as good.
            claim(&mut transaction, std::slice::from_ref(card), now).await?;
        }
        let record = trail::append(&mut transaction, entry).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(Claim::Won)
    }

    /// Counts a try of a code, and gives what it is held against; `None` where it can't be tried (any more).
    pub async fn try_proof(
        &self,
        matter: Matter<'_>,
        (most, now): (i64, OffsetDateTime),
    ) -> Result<Option<Trying>, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(sql::TRY_PROOF)
            .bind(matter.request)
            .bind(matter.target)
            .bind(most)
            .bind(stamp(now))
            .fetch_optional(&self.write)
            .await?;
        Ok(row.map(|(code, tries)| Trying {
            code,
            left: most - tries,
        }))
    }
}

fn stored_proof(row: &sqlx::sqlite::SqliteRow) -> Result<StoredProof, StoreError> {
    let state: &str = row.try_get("state")?;
    let state = ProofState::ALL.into_iter().find(|known| known.name() == state);
    Ok(StoredProof {
        how: row.try_get("how")?,
        // A state of another version proves nothing.
        state: state.unwrap_or(ProofState::Denied),
        content: serde_json::from_str(row.try_get("content")?)?,
        code: row.try_get("code")?,
        expires: moment(row.try_get("expires_at")?),
    })
}
