//! What Identity Protection says of an account, which needs an Entra ID P2 licence.

use std::time::Duration;

use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::writes::json;
use super::{Consistency, Graph, Read};
use crate::tenant::account::{ObjectId, Risk, RiskVerdict};
use crate::tenant::error::TenantError;
use crate::tenant::service::{Call, Effect};

const WHAT: &str = "the account's risk";

/// Identity Protection takes one change a second from a tenant, and says no `Retry-After` when there are more.
/// Source: "Microsoft Graph service-specific throttling limits", identity protection and conditional access.
const BETWEEN_CHANGES: Duration = Duration::from_secs(1);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged<'a> {
    user_ids: [&'a str; 1],
}

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

    /// Tells Identity Protection what became of the account.
    pub(in crate::tenant) async fn judge_risk(&self, id: &ObjectId, verdict: RiskVerdict) -> Result<(), TenantError> {
        let action = match verdict {
            RiskVerdict::Compromised => "confirmCompromised",
            RiskVerdict::Safe => "confirmSafe",
            RiskVerdict::Dismissed => "dismiss",
        };
        let body = json(&Judged {
            user_ids: [id.as_str()],
        })?;
        let path = format!("identityProtection/riskyUsers/{action}");
        let call = self.write(Method::POST, &path, Some(body))?;
        self.service.take_turn(BETWEEN_CHANGES).await;
        self.change(Call {
            operation: "graph.risk.judge",
            what: "the change of the account's risk",
            effect: Effect::Set,
            ..call
        })
        .await
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
