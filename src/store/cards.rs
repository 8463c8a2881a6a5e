//! Where the cards of requests stand, and which of them are open.

use time::OffsetDateTime;

use super::{Store, StoreError, StoredTicket, TicketRow, sql, stamp, stored_ticket};
use crate::chat::{MessageRef, TicketId};

/// The columns of [`sql::OPEN_TICKETS`].
type OpenRow = (String, String, Option<String>, String, i64, Option<i64>);

impl Store {
    /// Remembers where the card that `ticket` settles stands now.
    pub async fn stands(&self, ticket: &TicketId, message: &MessageRef) -> Result<(), StoreError> {
        sqlx::query(sql::STANDS)
            .bind(&ticket.0)
            .bind(serde_json::to_string(message)?)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Where the card that `ticket` settles stands, if it was posted where several see it.
    pub async fn standing(&self, ticket: &TicketId) -> Result<Option<MessageRef>, StoreError> {
        let row: Option<(String,)> = sqlx::query_as(sql::STANDING)
            .bind(&ticket.0)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|(message,)| serde_json::from_str(&message)).transpose()?)
    }

    /// The newest `most` tickets whose content has `does` under `does` and which can be used now, newest first.
    pub async fn open_tickets(
        &self,
        does: &str,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<StoredTicket>, StoreError> {
        let rows: Vec<OpenRow> = sqlx::query_as(sql::OPEN_TICKETS)
            .bind(does)
            .bind(stamp(now))
            .bind(most)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter()
            .map(|(id, conversation, holder, content, expires, used)| {
                let row: TicketRow = (conversation, holder, content, expires, used);
                stored_ticket(TicketId(id), row)
            })
            .collect()
    }
}
