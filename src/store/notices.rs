//! What must be told to the owner of an account. It is owed in the very transaction in which an action is begun, and taken
//! in hand by one alone, before anything is sent: so it is neither forgotten nor told twice.

use serde_json::Value;

use super::audit::Entry;
use super::{Claim, Store, StoreError, sql, trail};

/// Something that is owed to somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredNotice {
    /// The action that it is about.
    pub operation: String,
    /// What is to be told.
    pub content: Value,
    /// How far it got.
    pub stage: Stage,
}

/// How far a notice got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has begun to tell it.
    Owed,
    /// Somebody has, and may have got anywhere.
    InHand,
}

/// The columns of [`sql::READ_NOTICES`].
type NoticeRow = (String, String, i64);

impl Store {
    /// Takes a notice in hand. Lost where there is none, or somebody has it already.
    pub async fn take_notice(&self, operation: &str) -> Result<Claim, StoreError> {
        let taken = sqlx::query(sql::TAKE_NOTICE)
            .bind(operation)
            .execute(&self.write)
            .await?;
        Ok(if taken.rows_affected() == 1 {
            Claim::Won
        } else {
            Claim::Lost
        })
    }

    /// Nothing is owed any more, and how that came about is recorded.
    pub async fn settle_notice(&self, operation: &str, entry: &Entry) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        sqlx::query(sql::DROP_NOTICE)
            .bind(operation)
            .execute(&mut *transaction)
            .await?;
        let record = trail::append(&mut transaction, entry).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(())
    }

    /// Nothing happened of which anybody must be told.
    pub async fn drop_notice(&self, operation: &str) -> Result<(), StoreError> {
        sqlx::query(sql::DROP_NOTICE)
            .bind(operation)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Everything that is owed.
    pub async fn notices(&self) -> Result<Vec<StoredNotice>, StoreError> {
        let rows: Vec<NoticeRow> = sqlx::query_as(sql::READ_NOTICES).fetch_all(&self.read).await?;
        rows.into_iter()
            .map(|(operation, content, in_hand)| {
                Ok(StoredNotice {
                    operation,
                    content: serde_json::from_str(&content)?,
                    stage: if in_hand == 0 { Stage::Owed } else { Stage::InHand },
                })
            })
            .collect()
    }
}
