//! Retention: old records leave the store for a file, and the chain stays provable. The trail goes on from the last record
//! that was moved, whose hash the next one names; and a record of its own, in the chain like any other, says up to where
//! the beginning was moved. A beginning that is missing without such a record is found.

use time::OffsetDateTime;

use super::audit::{Entry, Event, Head, Record};
use super::{Store, StoreError, sql, trail};

/// How many records are looked at at a time.
const PAGE: u32 = 500;

/// The last record that was moved; number 0 where none was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// Its number.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
}

impl Floor {
    /// The operation of the record that says so.
    pub fn operation(&self) -> String {
        format!("archive:{}:{}", self.sequence, self.hash)
    }
}

impl From<Head> for Floor {
    fn from(Head { sequence, hash }: Head) -> Self {
        Self { sequence, hash }
    }
}

impl Store {
    /// Up to where records were moved to a file.
    pub async fn floor(&self) -> Result<Floor, StoreError> {
        let floor: Head = sqlx::query_as(sql::READ_FLOOR).fetch_one(&self.read).await?;
        Ok(floor.into())
    }

    /// The last of the records that are older than this, one after another from the beginning, as far as every action
    /// among them has ended. `None` where there is none.
    pub async fn archivable(&self, before: OffsetDateTime) -> Result<Option<Floor>, StoreError> {
        let open = self.unfinished().await?;
        let first_open = open.first().map_or(i64::MAX, |record| record.sequence);
        let mut last: Option<Floor> = None;
        loop {
            let from = match &last {
                Some(last) => last.sequence,
                None => self.floor().await?.sequence,
            };
            let page = self.records(from, PAGE).await?;
            if page.is_empty() {
                return Ok(last);
            }
            for record in page {
                if record.entry.at >= before || record.sequence >= first_open {
                    return Ok(last);
                }
                last = Some(Floor {
                    sequence: record.sequence,
                    hash: record.hash,
                });
            }
        }
    }

    /// Takes away the records up to this one, which must lie in a file by now, and records that. `entry` says who did it;
    /// its event and operation are set here.
    pub async fn archive(&self, floor: &Floor, entry: &Entry) -> Result<Record, StoreError> {
        let entry = Entry {
            event: Event::Archived,
            operation: floor.operation(),
            ..entry.clone()
        };
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let record = trail::append(&mut transaction, &entry).await?;
        sqlx::query(sql::RAISE_FLOOR)
            .bind(floor.sequence)
            .bind(&floor.hash)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(sql::DROP_ARCHIVED).execute(&mut *transaction).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(record)
    }
}
