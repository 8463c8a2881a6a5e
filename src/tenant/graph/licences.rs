//! Licences: whether the account has a plan that gives it a mailbox.

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::{MailPlan, ObjectId};
use crate::tenant::error::TenantError;

/// Service plans whose names begin like a mailbox's and that give none: directory objects, archives, analytics.
const NO_MAILBOX: [&str; 3] = ["FOUNDATION", "ARCHIVE", "ANALYTICS"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Licence {
    service_plans: Vec<Plan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    service_plan_name: Option<String>,
    provisioning_status: Option<String>,
}

impl Graph {
    /// Whether a licence gives the account a mailbox.
    pub(in crate::tenant) async fn mail_plan(&self, id: &ObjectId) -> Result<MailPlan, TenantError> {
        let licences: Vec<Licence> = self
            .list(&Read {
                operation: "graph.licences.list",
                what: "the account's licences",
                path: &format!("users/{id}/licenseDetails"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        let found = licences
            .iter()
            .flat_map(|licence| &licence.service_plans)
            .any(gives_mailbox);
        Ok(if found { MailPlan::Present } else { MailPlan::Missing })
    }
}

fn gives_mailbox(plan: &Plan) -> bool {
    let name = plan
        .service_plan_name
        .as_deref()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let provisioned = plan
        .provisioning_status
        .as_deref()
        .is_some_and(|status| status.eq_ignore_ascii_case("Success"));
    provisioned && name.starts_with("EXCHANGE") && !NO_MAILBOX.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_comes_with_a_provisioned_exchange_plan() {
        for (name, status, expected) in [
            ("EXCHANGE_S_ENTERPRISE", "Success", true),
            ("EXCHANGE_S_STANDARD", "success", true),
            ("EXCHANGE_S_STANDARD", "Disabled", false),
            ("EXCHANGE_S_STANDARD", "PendingProvisioning", false),
            ("EXCHANGE_S_FOUNDATION", "Success", false),
            ("EXCHANGE_ANALYTICS", "Success", false),
            ("EXCHANGE_S_ARCHIVE_ADDON", "Success", false),
            ("TEAMS1", "Success", false),
        ] {
            let plan = Plan {
                service_plan_name: Some(name.to_owned()),
                provisioning_status: Some(status.to_owned()),
            };
            assert_eq!(gives_mailbox(&plan), expected, "{name} {status}");
        }
    }
}
