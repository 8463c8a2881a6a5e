//! Links between chat accounts and Entra accounts, and the sign-ins that lead to them. A sign-in goes through three
//! steps, each of which can be taken once: a ticket opens it, a state brings it back, a code ends it.

use serde_json::Value;
use sqlx::Row as _;
use time::OffsetDateTime;

use super::audit::Entry;
use super::{Store, StoreError, moment, sql, stamp, trail};
use crate::chat::Identity;

/// A link as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLink {
    /// Who, on the platform.
    pub person: Identity,
    /// The object id of their Entra account.
    pub entra: String,
    /// The address that it signed in with. For display.
    pub account: String,
    /// How it was proved.
    pub how: String,
    /// When.
    pub linked: OffsetDateTime,
    /// After this it counts for nothing.
    pub expires: OffsetDateTime,
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq)]
pub struct SignIn {
    /// Who began it, on the platform.
    pub person: Identity,
    /// What is known of it so far.
    pub content: Value,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq)]
pub enum Tried {
    /// There is none to be tried: none was given out, its time is over, or it was tried too often.
    Nothing,
    /// It was another one.
    Wrong {
        /// How often it can be tried still.
        left: i64,
    },
    /// It was this one, which is gone now.
    Right(Value),
}

impl Store {
    /// The link of this person, one that has expired included.
    pub async fn link(&self, person: &Identity) -> Result<Option<StoredLink>, StoreError> {
        let row = sqlx::query(sql::READ_LINK)
            .bind(serde_json::to_string(person)?)
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(stored_link).transpose()
    }

    /// Every link, those that have expired included, by person.
    pub async fn links(&self) -> Result<Vec<StoredLink>, StoreError> {
        let rows = sqlx::query(sql::READ_LINKS).fetch_all(&self.read).await?;
        rows.iter().map(stored_link).collect()
    }

    /// Stores a link in the place of any other of this person, together with its record in the audit trail.
    pub async fn put_link(&self, link: &StoredLink, record: &Entry) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        sqlx::query(sql::PUT_LINK)
            .bind(serde_json::to_string(&link.person)?)
            .bind(&link.entra)
            .bind(&link.account)
            .bind(&link.how)
            .bind(stamp(link.linked))
            .bind(stamp(link.expires))
            .execute(&mut *transaction)
            .await?;
        let record = trail::append(&mut transaction, record).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(())
    }

    /// Removes the link of this person together with a sign-in under way, and records that; `false` where there is no
    /// link.
    pub async fn remove_link(&self, person: &Identity, record: &Entry) -> Result<bool, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let who = serde_json::to_string(person)?;
        sqlx::query(sql::DROP_SIGN_IN)
            .bind(&who)
            .execute(&mut *transaction)
            .await?;
        let removed = sqlx::query(sql::DROP_LINK)
            .bind(&who)
            .execute(&mut *transaction)
            .await?;
        let found = removed.rows_affected() == 1;
        let record = match found {
            true => Some(trail::append(&mut transaction, record).await?),
            false => None,
        };
        transaction.commit().await?;
        if let Some(record) = record {
            self.anchored(&record).await;
        }
        Ok(found)
    }

    /// Begins a sign-in, in the place of any other of this person.
    pub async fn begin_sign_in(
        &self,
        sign_in: &SignIn,
        ticket: &str,
        expires: OffsetDateTime,
    ) -> Result<(), StoreError> {
        sqlx::query(sql::BEGIN_SIGN_IN)
            .bind(serde_json::to_string(&sign_in.person)?)
            .bind(ticket)
            .bind(sign_in.content.to_string())
            .bind(stamp(expires))
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The sign-in that this ticket opens. Uses nothing up.
    pub async fn sign_in_of(&self, ticket: &str, now: OffsetDateTime) -> Result<Option<SignIn>, StoreError> {
        let row: Option<(String, String)> = sqlx::query_as(sql::READ_SIGN_IN)
            .bind(ticket)
            .bind(stamp(now))
            .fetch_optional(&self.read)
            .await?;
        row.map(sign_in).transpose()
    }

    /// Opens a sign-in: its ticket is used up, and `state` brings it back. `false` where the ticket opens nothing.
    pub async fn open_sign_in(
        &self,
        ticket: &str,
        (state, content): (&str, &Value),
        (now, expires): (OffsetDateTime, OffsetDateTime),
    ) -> Result<bool, StoreError> {
        let opened = sqlx::query(sql::OPEN_SIGN_IN)
            .bind(ticket)
            .bind(state)
            .bind(content.to_string())
            .bind(stamp(now))
            .bind(stamp(expires))
            .execute(&self.write)
            .await?;
        Ok(opened.rows_affected() == 1)
    }

    /// Takes a sign-in back by its state, which is used up.
    pub async fn return_sign_in(&self, state: &str, now: OffsetDateTime) -> Result<Option<SignIn>, StoreError> {
        let row: Option<(String, String)> = sqlx::query_as(sql::RETURN_SIGN_IN)
            .bind(state)
            .bind(stamp(now))
            .fetch_optional(&self.write)
            .await?;
        row.map(sign_in).transpose()
    }

    /// Notes what a sign-in that came back has proved, and the code that ends it. `false` where the person has begun
    /// another meanwhile.
    pub async fn prove_sign_in(
        &self,
        sign_in: &SignIn,
        code: &str,
        expires: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let proved = sqlx::query(sql::PROVE_SIGN_IN)
            .bind(serde_json::to_string(&sign_in.person)?)
            .bind(code)
            .bind(sign_in.content.to_string())
            .bind(stamp(expires))
            .execute(&self.write)
            .await?;
        Ok(proved.rows_affected() == 1)
    }

    /// Tries a code, at most `most` times.
    pub async fn try_code(
        &self,
        person: &Identity,
        code: &str,
        (most, now): (i64, OffsetDateTime),
    ) -> Result<Tried, StoreError> {
        let who = serde_json::to_string(person)?;
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let row: Option<(String, i64, String)> = sqlx::query_as(sql::TRY_CODE)
            .bind(&who)
            .bind(most)
            .bind(stamp(now))
            .fetch_optional(&mut *transaction)
            .await?;
        let tried = match row {
            None => Tried::Nothing,
            Some((known, _, content)) if known == code => {
                sqlx::query(sql::DROP_SIGN_IN)
                    .bind(&who)
                    .execute(&mut *transaction)
                    .await?;
                Tried::Right(serde_json::from_str(&content)?)
            }
            Some((_, tries, _)) => Tried::Wrong { left: most - tries },
        };
        transaction.commit().await?;
        Ok(tried)
    }
}

fn sign_in((person, content): (String, String)) -> Result<SignIn, StoreError> {
    Ok(SignIn {
        person: serde_json::from_str(&person)?,
        content: serde_json::from_str(&content)?,
    })
}

fn stored_link(row: &sqlx::sqlite::SqliteRow) -> Result<StoredLink, StoreError> {
    Ok(StoredLink {
        person: serde_json::from_str(row.try_get("person")?)?,
        entra: row.try_get("entra")?,
        account: row.try_get("account")?,
        how: row.try_get("how")?,
        linked: moment(row.try_get("linked_at")?),
        expires: moment(row.try_get("expires_at")?),
    })
}
