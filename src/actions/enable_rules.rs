//! Enable rules: takes back the switching off of inbox rules that turned out to be their owner's own.

use super::{Detail, Done, ReadBack, Unfit, disable_rules};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::RuleState;

/// Every mailbox can have rules.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    disable_rules::fits(target)
}

/// There must be rules that are off. Tells which.
pub async fn prepare(tenant: &Tenant, target: &Target) -> Result<Vec<Detail>, Unfit> {
    disable_rules::prepare(tenant, target, RuleState::Enabled).await
}

/// Switches them on and reads it back.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    disable_rules::switch(tenant, target, (RuleState::Enabled, read_back)).await
}
