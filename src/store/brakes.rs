//! What holds actions back: the kill switch, and limits on how often accounts are changed. Both are asked once more in the
//! very transaction in which an action is begun, so that nothing slips through between a look and a write.

use std::time::Duration;

use serde::Serialize;
use sqlx::{Sqlite, Transaction};
use time::OffsetDateTime;

use super::audit::Entry;
use super::{Claim, Store, StoreError, StoredTicket, before, claim, insert_ticket, moment, sql, stamp, trail};
use crate::chat::TicketId;
use crate::settings::Limits;

/// The window of the hourly limits.
const HOUR: Duration = Duration::from_secs(3600);

/// The kill switch is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Freeze {
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Whoever did it, as the audit trail names them.
    pub who: String,
    /// Why, where it was said.
    pub reason: Option<String>,
}

/// What a change counts against.
#[derive(Debug, Clone)]
pub struct Toll<'a> {
    /// Who begins it: their Entra object id, or else their identity.
    pub administrator: String,
    /// What.
    pub action: &'a str,
    /// To whom: an object id.
    pub target: &'a str,
    /// How much there may be.
    pub limits: Limits,
}

/// A limit that is reached, and when it no longer will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Which.
    pub limit: Limit,
    /// When there is room again.
    pub until: OffsetDateTime,
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The changes of one administrator.
    Administrator,
    /// The changes of everybody.
    Tenant,
    /// The same change to the same account.
    Target,
}

impl Limit {
    /// A short, stable name for phrases and audit records.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Tenant => "tenant",
            Self::Target => "target",
        }
    }
}

/// One step of an action, taken whole or not at all.
#[derive(Debug)]
pub struct Step<'a> {
    /// Tickets that it uses up.
    pub claim: &'a [TicketId],
    /// Tickets that it brings into the world.
    pub put: &'a [StoredTicket],
    /// What is recorded of it.
    pub entry: &'a Entry,
    /// What it counts against, where it begins a change.
    pub toll: Option<&'a Toll<'a>>,
    /// What is owed to the owner of the account from then on, if anything is.
    pub owes: Option<&'a serde_json::Value>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is taken, recorded, and nobody else's.
    Won,
    /// Somebody was first, or a ticket has expired.
    Lost,
    /// The kill switch is on.
    Frozen(Freeze),
    /// A limit is reached.
    Over(Over),
}

impl Store {
    /// Stops all actions and records it. Where they are stopped already, that stays as it is.
    pub async fn freeze(&self, freeze: &Freeze, entry: &Entry) -> Result<Claim, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let done = sqlx::query(sql::FREEZE)
            .bind(stamp(freeze.since))
            .bind(&freeze.who)
            .bind(&freeze.reason)
            .execute(&mut *transaction)
            .await?;
        self.recorded_if(done.rows_affected(), transaction, entry).await
    }

    /// Lets actions run again and records it. Lost where they were not stopped.
    pub async fn thaw(&self, entry: &Entry) -> Result<Claim, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let done = sqlx::query(sql::THAW).execute(&mut *transaction).await?;
        self.recorded_if(done.rows_affected(), transaction, entry).await
    }

    /// Whether the kill switch is on.
    pub async fn frozen(&self) -> Result<Option<Freeze>, StoreError> {
        let row: Option<FreezeRow> = sqlx::query_as(sql::FROZEN).fetch_optional(&self.read).await?;
        Ok(row.map(freeze_of))
    }

    /// The limit that this change would exceed now.
    pub async fn over(&self, toll: &Toll<'_>, now: OffsetDateTime) -> Result<Option<Over>, StoreError> {
        let mut transaction = self.read.begin().await?;
        over(&mut transaction, toll, now).await
    }

    /// Takes a step in one transaction, unless the kill switch or a limit forbids it.
    pub async fn take(&self, step: &Step<'_>, now: OffsetDateTime) -> Result<Taken, StoreError> {
        let mut transaction = self.write.begin_with(sql::BEGIN).await?;
        let frozen: Option<FreezeRow> = sqlx::query_as(sql::FROZEN).fetch_optional(&mut *transaction).await?;
        if let Some(row) = frozen {
            return Ok(Taken::Frozen(freeze_of(row)));
        }
        // What is settled already is not too much of anything: whoever is second hears that first.
        if claim(&mut transaction, step.claim, now).await? == Claim::Lost {
            transaction.rollback().await?;
            return Ok(Taken::Lost);
        }
        if let Some(toll) = step.toll
            && let Some(over) = over(&mut transaction, toll, now).await?
        {
            transaction.rollback().await?;
            return Ok(Taken::Over(over));
        }
        for ticket in step.put {
            insert_ticket(&mut *transaction, ticket).await?;
        }
        if let Some(toll) = step.toll {
            sqlx::query(sql::BEGIN_RUN)
                .bind(&step.entry.operation)
                .bind(stamp(now))
                .bind(&toll.administrator)
                .bind(toll.action)
                .bind(toll.target)
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(notice) = step.owes {
            sqlx::query(sql::OWE_NOTICE)
                .bind(&step.entry.operation)
                .bind(notice.to_string())
                .execute(&mut *transaction)
                .await?;
        }
        let record = trail::append(&mut transaction, step.entry).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(Taken::Won)
    }

    /// A run changed nothing: it may be begun again at once.
    pub async fn need_not_cool(&self, operation: &str) -> Result<(), StoreError> {
        sqlx::query(sql::NEED_NOT_COOL)
            .bind(operation)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    async fn recorded_if(
        &self,
        changed: u64,
        mut transaction: Transaction<'_, Sqlite>,
        entry: &Entry,
    ) -> Result<Claim, StoreError> {
        if changed == 0 {
            transaction.rollback().await?;
            return Ok(Claim::Lost);
        }
        let record = trail::append(&mut transaction, entry).await?;
        transaction.commit().await?;
        self.anchored(&record).await;
        Ok(Claim::Won)
    }
}

/// The columns of [`sql::FROZEN`].
type FreezeRow = (i64, String, Option<String>);

fn freeze_of((since, who, reason): FreezeRow) -> Freeze {
    Freeze {
        since: moment(since),
        who,
        reason,
    }
}

async fn over(
    transaction: &mut Transaction<'_, Sqlite>,
    toll: &Toll<'_>,
    now: OffsetDateTime,
) -> Result<Option<Over>, StoreError> {
    let cool_down = Duration::from_secs(u64::from(toll.limits.cool_down_minutes) * 60);
    let last: Option<i64> = sqlx::query_scalar(sql::LAST_RUN_ON)
        .bind(toll.target)
        .bind(toll.action)
        .bind(before(now, cool_down))
        .fetch_one(&mut **transaction)
        .await?;
    if let Some(at) = last {
        return Ok(Some(Over {
            limit: Limit::Target,
            until: moment(at) + cool_down,
        }));
    }
    let limits = [
        (
            Limit::Administrator,
            toll.administrator.as_str(),
            toll.limits.administrator_per_hour,
        ),
        (Limit::Tenant, "", toll.limits.tenant_per_hour),
    ];
    for (limit, administrator, most) in limits {
        // The run that must leave the window before there is room: the `most`th newest.
        let blocking: Option<i64> = sqlx::query_scalar(sql::NTH_RUN)
            .bind(administrator)
            .bind(before(now, HOUR))
            .bind(i64::from(most.max(1)) - 1)
            .fetch_optional(&mut **transaction)
            .await?;
        if let Some(at) = blocking {
            return Ok(Some(Over {
                limit,
                until: moment(at) + HOUR,
            }));
        }
    }
    Ok(None)
}
