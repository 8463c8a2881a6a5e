//! Block sign-in: sets `accountEnabled` to false. It can take up to 24 hours to reach every service, so the outcome
//! points to revoking sessions and resetting the password as well.

use super::allow_sign_in::{fits_state, set};
use super::{Done, Outcome, ReadBack, Unfit};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::SignIn;

/// The state must be mastered in the cloud, and be another.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    fits_state(target, SignIn::Blocked)
}

/// Blocks sign-in and reads it back.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    if let Err(unfit) = fits(target) {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    Done::without_secret(set(tenant, &target.account.id, SignIn::Blocked, read_back).await)
}
