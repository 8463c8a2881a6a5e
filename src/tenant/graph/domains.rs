//! Domains: whether people of one sign in here or with another identity provider.

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::{Account, Origin};
use crate::tenant::error::TenantError;
use crate::tenant::wire;

const WHAT: &str = "the account's domain";

/// What the user principal name of somebody from elsewhere holds.
const EXTERNAL: &str = "#ext#@";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    authentication_type: Option<String>,
}

impl Graph {
    /// Where the account's password lives.
    pub(in crate::tenant) async fn origin(&self, account: &Account) -> Result<Origin, TenantError> {
        if account.synced {
            return Ok(Origin::Synced);
        }
        if let Some(domain) = home_of_guest(&account.upn) {
            return Ok(Origin::Federated { domain });
        }
        let domain = match account.upn.rsplit_once('@') {
            Some((_, domain)) if !domain.is_empty() && !domain.starts_with('.') => domain,
            _ => return Err(TenantError::unintelligible(WHAT, "the user principal name has none")),
        };
        let found: Domain = self
            .get(&Read {
                operation: "graph.domains.get",
                what: WHAT,
                path: &format!("domains/{}", wire::encode(domain)),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        match found.authentication_type.as_deref() {
            Some("Managed") => Ok(Origin::Cloud),
            Some("Federated") => Ok(Origin::Federated {
                domain: domain.to_owned(),
            }),
            // To take an unknown kind for ours would offer to reset a password that is not here.
            _ => Err(TenantError::unintelligible(WHAT, "how it signs in is not said")),
        }
    }
}

/// `nikos_example.gr#EXT#@contoso.com` has a password at example.gr, not here.
fn home_of_guest(upn: &str) -> Option<String> {
    let lower = upn.to_lowercase();
    let (name, _) = lower.split_once(EXTERNAL)?;
    let home = name.rsplit_once('_').map_or(name, |(_, domain)| domain);
    Some(home.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_at_home_elsewhere() {
        assert_eq!(
            home_of_guest("maria_k_example.gr#EXT#@contoso.com").as_deref(),
            Some("example.gr")
        );
        assert_eq!(home_of_guest("eleni@contoso.com"), None);
    }
}
