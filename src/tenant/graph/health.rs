//! Faults of Microsoft 365 itself, to be looked at before an account is blamed.

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::ServiceIssue;
use crate::tenant::error::TenantError;
use crate::tenant::wire;

/// The services whose faults look like a lockout.
const CONCERNED: [&str; 4] = [
    "Exchange Online",
    "Microsoft Entra",
    "Identity Service",
    "Microsoft 365 suite",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    id: String,
    service: Option<String>,
    title: Option<String>,
    is_resolved: Option<bool>,
    classification: Option<String>,
}

impl Graph {
    /// What is broken now at the services that sign people in and carry their mail.
    pub(in crate::tenant) async fn service_issues(&self) -> Result<Vec<ServiceIssue>, TenantError> {
        let issues: Vec<Issue> = self
            .list(&Read {
                operation: "graph.health.list",
                what: "the health of Microsoft 365",
                path: "admin/serviceAnnouncement/issues",
                query: &[("$filter", "isResolved eq false")],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(issues.into_iter().filter_map(concerned).collect())
    }
}

/// Advisories are about nuisances and plans; incidents stop people.
fn concerned(issue: Issue) -> Option<ServiceIssue> {
    let service = issue.service?;
    let open = issue.is_resolved != Some(true) && issue.classification.as_deref() != Some("advisory");
    let ours = CONCERNED.iter().any(|name| service.eq_ignore_ascii_case(name));
    (open && ours).then(|| ServiceIssue {
        id: wire::tidy(&issue.id),
        service,
        title: wire::tidy(issue.title.as_deref().unwrap_or_default()),
    })
}
