//! Reset MFA: takes every registered sign-in method away but the password, so that they must be registered again. What
//! is taken away can't be given back: only its owner can register it.

use super::steps::Steps;
use super::{Detail, Done, Outcome, ReadBack, Reading, Unfit};
use crate::access::Target;
use crate::tenant::account::{AuthMethod, Kind};
use crate::tenant::{Tenant, TenantError};

/// A guest's methods are at home.
pub fn fits(target: &Target) -> Result<(), Unfit> {
    match target.account.kind {
        Kind::Member => Ok(()),
        Kind::Guest => Err(Unfit::Guest),
    }
}

/// There must be something to take away. Tells what.
pub async fn prepare(tenant: &Tenant, target: &Target) -> Result<Vec<Detail>, Unfit> {
    let methods = removable(tenant, target).await.map_err(Unfit::CannotTell)?;
    if methods.is_empty() {
        return Err(Unfit::AlreadySo);
    }
    let kinds = methods.iter().map(|method| method.kind).collect();
    Ok(vec![Detail::Methods(kinds)])
}

/// Takes the methods away, the default one last, and reads back that none is left.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    if let Err(unfit) = fits(target) {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let methods = match removable(tenant, target).await {
        Ok(methods) if methods.is_empty() => return Done::without_secret(Outcome::Unfit(Unfit::AlreadySo)),
        Ok(methods) => methods,
        Err(error) => return Done::without_secret(Outcome::Unfit(Unfit::CannotTell(error))),
    };
    let mut steps = Steps::of(methods.len());
    let mut again = Vec::new();
    for method in &methods {
        match tenant.delete_method(&target.account.id, method).await {
            // The default can't go before the others, and which one it is can't always be read.
            Err(TenantError::Rejected { .. }) => again.push(method),
            result => steps.note(result),
        }
    }
    for method in again {
        steps.note(tenant.delete_method(&target.account.id, method).await);
    }
    let outcome = steps.outcome(read_back, || async {
        let left = removable(tenant, target).await?;
        Ok(if left.is_empty() {
            Reading::Shows
        } else {
            Reading::NotYet
        })
    });
    Done::without_secret(outcome.await)
}

async fn removable(tenant: &Tenant, target: &Target) -> Result<Vec<AuthMethod>, TenantError> {
    let mut methods = tenant.auth_methods(&target.account.id).await?;
    methods.retain(|method| method.kind.is_removable());
    Ok(methods)
}
