//! Confirm compromised: tells Identity Protection that somebody else had this account, so that policies treat it as
//! high risk until its password is changed safely. Dismissing the risk takes it back.

use super::dismiss_risk;
use super::{Done, Outcome, ReadBack, Reading, Unfit, confirm};
use crate::access::Target;
use crate::tenant::Tenant;
use crate::tenant::account::{Risk, RiskVerdict};

/// A guest's risk is judged at home.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    dismiss_risk::fits(target)
}

/// It must not be confirmed already.
pub async fn prepare(tenant: &Tenant, target: &Target) -> Result<(), Unfit> {
    match tenant.risk(&target.account.id).await {
        Ok(Risk::Compromised) => Err(Unfit::AlreadySo),
        Ok(Risk::None | Risk::AtRisk) => Ok(()),
        Err(error) => Err(Unfit::CannotTell(error)),
    }
}

/// Confirms it and reads it back.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    let fit = match fits(target) {
        Ok(()) => prepare(tenant, target).await,
        unfit => unfit,
    };
    if let Err(unfit) = fit {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let id = &target.account.id;
    let written = tenant.judge_risk(id, RiskVerdict::Compromised).await;
    let outcome = confirm(written, read_back, || async {
        let confirmed = tenant.risk(id).await? == Risk::Compromised;
        Ok(if confirmed { Reading::Shows } else { Reading::NotYet })
    });
    Done::without_secret(outcome.await)
}
