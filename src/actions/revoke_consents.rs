//! Revoke consents: applications that the account itself let into its mail, files or directory lose that. A new password
//! does not do this. Whoever needs one of them can let it in again.

use super::steps::Steps;
use super::{Detail, Done, Outcome, ReadBack, Reading, Unfit};
use crate::access::Target;
use crate::tenant::account::Consent;
use crate::tenant::{Tenant, TenantError};

/// Every account can have let applications in.
pub fn fits(_target: &Target) -> Result<(), Unfit> {
    Ok(())
}

/// There must be one. Tells which, and what each may do.
pub async fn prepare(tenant: &Tenant, target: &Target) -> Result<Vec<Detail>, Unfit> {
    let consents = reaching(tenant, target).await.map_err(Unfit::CannotTell)?;
    if consents.is_empty() {
        return Err(Unfit::AlreadySo);
    }
    Ok(vec![Detail::Consents(consents)])
}

/// Takes them back and reads back that none is left.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    let consents = match reaching(tenant, target).await {
        Ok(consents) if consents.is_empty() => return Done::without_secret(Outcome::Unfit(Unfit::AlreadySo)),
        Ok(consents) => consents,
        Err(error) => return Done::without_secret(Outcome::Unfit(Unfit::CannotTell(error))),
    };
    let mut steps = Steps::of(consents.len());
    for consent in &consents {
        steps.note(tenant.revoke_consent(consent).await);
    }
    let outcome = steps.outcome(read_back, || async {
        let left = reaching(tenant, target).await?;
        Ok(if left.is_empty() {
            Reading::Shows
        } else {
            Reading::NotYet
        })
    });
    Done::without_secret(outcome.await)
}

async fn reaching(tenant: &Tenant, target: &Target) -> Result<Vec<Consent>, TenantError> {
    let mut consents = tenant.consents(&target.account.id).await?;
    consents.retain(Consent::reaches_data);
    Ok(consents)
}
