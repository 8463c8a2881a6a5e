//! Revoke sessions: everybody who is signed in as this account must sign in again, within about an hour.

use super::{Done, Outcome, ReadBack, Reading, Unfit, confirm};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::Kind;

/// A guest's sessions belong to the home organisation.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    match target.account.kind {
        Kind::Member => Ok(()),
        Kind::Guest => Err(Unfit::Guest),
    }
}

/// Revokes and reads back that the moment from which sessions are valid has moved.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    if let Err(unfit) = fits(target) {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let before = target.account.sessions_valid_from;
    let written = tenant.revoke_sessions(&target.account.id).await;
    let outcome = confirm(written, read_back, || async {
        let now = tenant.account(&target.account.id).await?.sessions_valid_from;
        Ok(if now > before { Reading::Shows } else { Reading::NotYet })
    });
    Done::without_secret(outcome.await)
}
