//! Unblock sender: removes the account's entry from Exchange's restricted entities. Works for synced and federated
//! accounts too, because the list is Exchange Online's own.

use super::{Done, Known, Outcome, ReadBack, Reading, Unfit, confirm};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::BlockedSender;

/// There must be an entry to remove.
pub fn fits(restricted: Known<&BlockedSender>) -> Result<(), Unfit> {
    match restricted {
        Known::Absent => Err(Unfit::AlreadySo),
        Known::Present(_) | Known::Unknown => Ok(()),
    }
}

/// Removes exactly the entry that the list holds now, and reads the list again.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    let entry = match tenant.blocked_sender(&target.account).await {
        Ok(Some(entry)) => entry,
        Ok(None) => return Done::without_secret(Outcome::Unfit(Unfit::AlreadySo)),
        Err(error) => return Done::without_secret(Outcome::Unfit(Unfit::CannotTell(error))),
    };
    let written = tenant.unblock_sender(&entry).await;
    let outcome = confirm(written, read_back, || async {
        let still = tenant.blocked_sender(&target.account).await?;
        Ok(if still.is_none() {
            Reading::Shows
        } else {
            Reading::NotYet
        })
    });
    Done::without_secret(outcome.await)
}
