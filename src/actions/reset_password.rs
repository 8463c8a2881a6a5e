//! Reset password: sets a temporary password that must be changed at the next sign-in. Only for accounts whose password
//! lives in Entra: an application can't write back on-premises.

use super::{Done, Outcome, ReadBack, Reading, Unfit, confirm, password};
use crate::access::Target;
use crate::tenant::account::{Kind, ObjectId, Origin};
use crate::tenant::{Tenant, TenantError};

/// The password must be mastered in this tenant.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    match (target.account.kind, &target.origin) {
        (Kind::Guest, _) => Err(Unfit::Guest),
        (Kind::Member, Origin::Synced) => Err(Unfit::Synced),
        (Kind::Member, Origin::Federated { domain }) => Err(Unfit::Federated { domain: domain.clone() }),
        (Kind::Member, Origin::Cloud) if target.account.synced => Err(Unfit::Synced),
        (Kind::Member, Origin::Cloud) => Ok(()),
    }
}

/// Sets a new password and reads back that the moment of the last change has moved. Where nobody can know whether the
/// password came into force, it is dropped unseen.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    if let Err(unfit) = fits(target) {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let secret = password::generate();
    let before = target.account.password_changed;
    let written = tenant.set_password(&target.account.id, &secret).await;
    let outcome = confirm(written, read_back, || async {
        let now = tenant.account(&target.account.id).await?.password_changed;
        Ok(if now > before { Reading::Shows } else { Reading::NotYet })
    });
    let outcome = outcome.await;
    let secret = matches!(outcome, Outcome::Succeeded | Outcome::Unconfirmed).then_some(secret);
    Done { outcome, secret }
}

/// Sets another password, which nobody ever sees.
pub async fn void(tenant: &Tenant, target: &ObjectId) -> Result<(), TenantError> {
    tenant.set_password(target, &password::generate()).await
}
