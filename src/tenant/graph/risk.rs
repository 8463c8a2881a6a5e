//! What Identity Protection says of an account, which needs an Entra ID P2 licence.

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::{ObjectId, Risk};
use crate::tenant::error::TenantError;

const WHAT: &str = "the account's risk";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RiskyUser {
    risk_state: Option<String>,
}

impl Graph {
    /// The account's risk. An account that was never at risk is not listed.
    pub(in crate::tenant) async fn risk(&self, id: &ObjectId) -> Result<Risk, TenantError> {
        let found: Result<RiskyUser, TenantError> = self
            .get(&Read {
                operation: "graph.risk.get",
                what: WHAT,
                path: &format!("identityProtection/riskyUsers/{id}"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await;
        match found {
            Ok(user) => state(user.risk_state.as_deref()),
            Err(TenantError::NotFound { .. }) => Ok(Risk::None),
            Err(error) => Err(error),
        }
    }
}

fn state(text: Option<&str>) -> Result<Risk, TenantError> {
    match text {
        Some("none" | "confirmedSafe" | "remediated" | "dismissed") => Ok(Risk::None),
        Some("atRisk") => Ok(Risk::AtRisk),
        Some("confirmedCompromised") => Ok(Risk::Compromised),
        // A state that we don't know must not pass for "no risk".
        _ => Err(TenantError::unintelligible(WHAT, "its state is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_state_is_not_all_clear() {
        assert_eq!(state(Some("dismissed")).unwrap(), Risk::None);
        assert_eq!(state(Some("confirmedCompromised")).unwrap(), Risk::Compromised);
        for unknown in [None, Some(""), Some("unknownFutureValue"), Some("ATRISK")] {
            assert_eq!(state(unknown).unwrap_err().code(), "unavailable");
        }
    }
}
