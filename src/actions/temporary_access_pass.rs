//! Temporary Access Pass: a code that proves who signs in once, for somebody who lost their phone. The only one that an
//! account may have, so an earlier one ends.

use super::{Detail, Done, Outcome, ReadBack, Reading, Unfit, confirm};
use crate::access::Target;
use crate::tenant::account::{Kind, ObjectId};
use crate::tenant::{Tenant, TenantError};

/// How long a pass should live: long enough to meet and register a new phone, and no longer. The tenant's policy may
/// want it shorter or longer.
const MINUTES: u32 = 60;

/// A guest proves who they are at home.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    match target.account.kind {
        Kind::Member => Ok(()),
        Kind::Guest => Err(Unfit::Guest),
    }
}

/// The policy must allow it. Tells how long the pass would live.
pub async fn prepare(tenant: &Tenant) -> Result<Vec<Detail>, Unfit> {
    minutes(tenant)
        .await
        .map(|minutes| vec![Detail::PassLifetime { minutes }])
}

/// Makes the pass and reads back that there is one. A pass whose answer was lost is taken away: nobody has seen it.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    if let Err(unfit) = fits(target) {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let minutes = match minutes(tenant).await {
        Ok(minutes) => minutes,
        Err(unfit) => return Done::without_secret(Outcome::Unfit(unfit)),
    };
    let id = &target.account.id;
    if let Err(error) = void(tenant, id).await {
        return Done::without_secret(Outcome::Failed(error));
    }
    match tenant.issue_pass(id, minutes).await {
        Ok(pass) => {
            let outcome = confirm(Ok(()), read_back, || async {
                let there = !tenant.passes(id).await?.is_empty();
                Ok(if there { Reading::Shows } else { Reading::NotYet })
            });
            let outcome = outcome.await;
            Done {
                outcome,
                secret: Some(pass),
            }
        }
        Err(lost) if lost.outcome_is_unknown() => Done::without_secret(match void(tenant, id).await {
            Ok(()) => Outcome::Failed(TenantError::Unavailable {
                what: "the Temporary Access Pass".into(),
                why: "its answer was lost, so it was taken away again".into(),
            }),
            Err(_) => Outcome::Unknown(lost),
        }),
        Err(error) => Done::without_secret(Outcome::Failed(error)),
    }
}

/// Takes away whatever pass there is.
pub async fn void(tenant: &Tenant, target: &ObjectId) -> Result<(), TenantError> {
    for pass in tenant.passes(target).await? {
        tenant.delete_pass(target, &pass).await?;
    }
    Ok(())
}

async fn minutes(tenant: &Tenant) -> Result<u32, Unfit> {
    let policy = tenant.pass_policy().await.map_err(Unfit::CannotTell)?;
    if policy.enabled {
        Ok(policy.minutes(MINUTES))
    } else {
        Err(Unfit::NotEnabled)
    }
}
