//! Allow sign-in: sets `accountEnabled` to true.

use super::{Done, Outcome, ReadBack, Reading, Unfit, confirm};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::{ObjectId, Origin, SignIn};

/// The state must be mastered in the cloud, and be another.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    fits_state(target, SignIn::Allowed)
}

/// Allows sign-in and reads it back.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    if let Err(unfit) = fits(target) {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    Done::without_secret(set(tenant, &target.account.id, SignIn::Allowed, read_back).await)
}

/// Shared with blocking: a synced account's state comes from on-premises and would be overwritten.
pub(super) fn fits_state(target: &Target, wanted: SignIn) -> Result<(), Unfit> {
    if target.account.synced || target.origin == Origin::Synced {
        Err(Unfit::Synced)
    } else if target.account.sign_in == wanted {
        Err(Unfit::AlreadySo)
    } else {
        Ok(())
    }
}

pub(super) async fn set(tenant: &Tenant, id: &ObjectId, wanted: SignIn, read_back: &ReadBack) -> Outcome {
    let written = tenant.set_sign_in(id, wanted).await;
    confirm(written, read_back, || async {
        let now = tenant.account(id).await?.sign_in;
        Ok(if now == wanted { Reading::Shows } else { Reading::NotYet })
    })
    .await
}
