//! Dismiss risk: tells Identity Protection that the risk of this account has been dealt with. It can be told the
//! contrary afterwards.

use super::{Done, Outcome, ReadBack, Reading, Unfit, confirm};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::{Kind, Risk, RiskVerdict};

/// A guest's risk is judged at home.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    match target.account.kind {
        Kind::Member => Ok(()),
        Kind::Guest => Err(Unfit::Guest),
    }
}

/// There must be a risk.
pub async fn prepare(tenant: &Tenant, target: &Target) -> Result<(), Unfit> {
    match tenant.risk(&target.account.id).await {
        Ok(Risk::None) => Err(Unfit::AlreadySo),
        Ok(Risk::AtRisk | Risk::Compromised) => Ok(()),
        Err(error) => Err(Unfit::CannotTell(error)),
    }
}

/// Dismisses it and reads back that there is none.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    let fit = match fits(target) {
        Ok(()) => prepare(tenant, target).await,
        unfit => unfit,
    };
    if let Err(unfit) = fit {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let id = &target.account.id;
    let written = tenant.judge_risk(id, RiskVerdict::Dismissed).await;
    let outcome = confirm(written, read_back, || async {
        let none = tenant.risk(id).await? == Risk::None;
        Ok(if none { Reading::Shows } else { Reading::NotYet })
    });
    Done::without_secret(outcome.await)
}
