//! The sign-in log, which needs an Entra ID P1 or P2 licence.

use serde::Deserialize;
use time::OffsetDateTime;

use super::{Consistency, Graph, Page, Read, seconds};
use crate::tenant::account::{ObjectId, SignInEvent};
use crate::tenant::error::TenantError;
use crate::tenant::wire;

const WHAT: &str = "the sign-in log";
const MOST: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    created_date_time: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    error_code: Option<u32>,
    failure_reason: Option<String>,
}

impl Graph {
    /// Sign-ins since then, newest first. One page is all there is to show.
    pub(in crate::tenant) async fn sign_ins(
        &self,
        id: &ObjectId,
        since: OffsetDateTime,
    ) -> Result<Vec<SignInEvent>, TenantError> {
        let since = seconds(since, WHAT)?;
        let filter = format!("userId eq '{id}' and createdDateTime ge {since}");
        let page: Page<Entry> = self
            .get(&Read {
                operation: "graph.sign_ins.list",
                what: WHAT,
                path: "auditLogs/signIns",
                query: &[
                    ("$filter", &filter),
                    ("$top", "20"),
                    ("$orderby", "createdDateTime desc"),
                ],
                consistency: Consistency::Current,
            })
            .await?;
        let mut events: Vec<SignInEvent> = page.value.into_iter().filter_map(event).collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        events.truncate(MOST);
        Ok(events)
    }
}

/// An entry without a time or a code tells nothing, so it is left out rather than read as a success.
fn event(entry: Entry) -> Option<SignInEvent> {
    let status = entry.status?;
    Some(SignInEvent {
        at: wire::date(&entry.created_date_time)?,
        code: status.error_code?,
        reason: status
            .failure_reason
            .map(|reason| wire::tidy(&reason))
            .filter(|reason| !reason.is_empty() && reason != "Other."),
    })
}
