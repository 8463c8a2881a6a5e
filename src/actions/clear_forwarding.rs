//! Clear forwarding: the mailbox no longer sends its mail on by itself. Inbox rules that do are another action. What it
//! forwarded to is in the preview: whoever wants it back must set it up again.

use super::{Detail, Done, Outcome, ReadBack, Reading, Unfit, confirm};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::Forwarding;

/// Every mailbox can forward, wherever its password lives.
pub fn fits(_target: &Target) -> Result<(), Unfit> {
    Ok(())
}

/// There must be forwarding. Tells where to.
pub async fn prepare(tenant: &Tenant, target: &Target) -> Result<Vec<Detail>, Unfit> {
    match tenant.forwarding(&target.account).await {
        Ok(Forwarding { to }) if to.is_empty() => Err(Unfit::AlreadySo),
        Ok(Forwarding { to }) => Ok(vec![Detail::Forwarding(to)]),
        Err(error) => Err(Unfit::CannotTell(error)),
    }
}

/// Ends it and reads back that there is none.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    if let Err(unfit) = prepare(tenant, target).await {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let written = tenant.clear_forwarding(&target.account).await;
    let outcome = confirm(written, read_back, || async {
        let none = tenant.forwarding(&target.account).await?.to.is_empty();
        Ok(if none { Reading::Shows } else { Reading::NotYet })
    });
    Done::without_secret(outcome.await)
}
