//! The audit trail in the database: appending to it, reading it, and walking along it.

use futures::TryStreamExt;
use sqlx::{Sqlite, Transaction};

use super::audit::{Entry, Head, Record, Row, Verdict, Walk};
use super::{Store, StoreError, sql};
use crate::chat::ActionId;

impl Store {
    /// Appends to the audit trail. When this returns, it is on disk.
    pub async fn record(&self, entry: &Entry) -> Result<Record, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let record = append(&mut transaction, entry).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(record)
    }

    /// The newest `most` records, oldest first.
    pub async fn recent_records(&self, most: u32) -> Result<Vec<Record>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sql::READ_NEWEST)
            .bind(most)
            .fetch_all(&self.read)
            .await?;
        read_back(rows.into_iter().rev())
    }

    /// Up to `most` records after number `sequence`, oldest first: `records(0, 500)` begins at the beginning.
    pub async fn records(&self, sequence: i64, most: u32) -> Result<Vec<Record>, StoreError> {
        read_back(self.page(sequence, most).await?.into_iter())
    }

    /// The same as [`Store::records`], each as its number and its line of an export, exactly as it was hashed. Works on a
    /// broken trail too.
    pub async fn lines(&self, sequence: i64, most: u32) -> Result<Vec<(i64, String)>, StoreError> {
        let rows = self.page(sequence, most).await?;
        Ok(rows.iter().map(|row| (row.sequence, row.line())).collect())
    }

    /// Records that say an action was started and of which no later record says how it ended.
    pub async fn unfinished(&self) -> Result<Vec<Record>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sql::READ_UNFINISHED).fetch_all(&self.read).await?;
        read_back(rows.into_iter())
    }

    /// How often this was done to the account with this object id, or may have been.
    pub async fn times_done(&self, action: ActionId, target: &str) -> Result<u32, StoreError> {
        let (times,): (u32,) = sqlx::query_as(sql::TIMES_DONE)
            .bind(action.name())
            .bind(target)
            .fetch_one(&self.read)
            .await?;
        Ok(times)
    }

    /// Everything that is recorded of one operation, oldest first.
    pub async fn operation(&self, operation: &str) -> Result<Vec<Record>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sql::READ_OPERATION)
            .bind(operation)
            .fetch_all(&self.read)
            .await?;
        read_back(rows.into_iter())
    }

    /// Reads the whole trail and holds every link of the chain.
    pub async fn verify(&self) -> Result<Verdict, StoreError> {
        // One transaction sees one state, whatever is appended meanwhile.
        let mut transaction = self.read.begin().await?;
        let head: Option<Head> = sqlx::query_as(sql::READ_HEAD).fetch_optional(&mut *transaction).await?;
        let floor: Head = sqlx::query_as(sql::READ_FLOOR).fetch_one(&mut *transaction).await?;
        let mut walk = Walk::from(floor);
        let mut rows = sqlx::query_as::<_, Row>(sql::READ_TRAIL).fetch(&mut *transaction);
        loop {
            match rows.try_next().await {
                Ok(Some(row)) => {
                    if let Err(verdict) = walk.step(&row) {
                        return Ok(verdict);
                    }
                }
                Ok(None) => return Ok(walk.end(head.as_ref())),
                Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                    return Ok(walk.broken("it can't be read"));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn page(&self, sequence: i64, most: u32) -> Result<Vec<Row>, StoreError> {
        Ok(sqlx::query_as(sql::READ_AFTER)
            .bind(sequence)
            .bind(most)
            .fetch_all(&self.read)
            .await?)
    }
}

/// Appends within a transaction that began with [`sql::BEGIN`].
pub(super) async fn append(transaction: &mut Transaction<'_, Sqlite>, entry: &Entry) -> Result<Record, StoreError> {
    let head: Head = sqlx::query_as(sql::READ_HEAD).fetch_one(&mut **transaction).await?;
    let row = Row::after(&head, entry)?;
    sqlx::query(sql::APPEND)
        .bind(row.sequence)
        .bind(&row.event)
        .bind(&row.operation)
        .bind(&row.body)
        .bind(&row.previous)
        .bind(&row.hash)
        .execute(&mut **transaction)
        .await?;
    sqlx::query(sql::MOVE_HEAD)
        .bind(row.sequence)
        .bind(&row.hash)
        .execute(&mut **transaction)
        .await?;
    Ok(row.record()?)
}

fn read_back(rows: impl Iterator<Item = Row>) -> Result<Vec<Record>, StoreError> {
    Ok(rows.map(Row::record).collect::<Result<_, _>>()?)
}
