//! Mail: what became of what the account sent, and a message from the service mailbox.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use super::writes::json as written;
use super::{Consistency, Graph, Page, Read, seconds};
use crate::tenant::account::SentMail;
use crate::tenant::error::TenantError;
use crate::tenant::service::Call;
use crate::tenant::wire;

const WHAT: &str = "the account's sent mail";

/// A message in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address that it is for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    received_date_time: Option<String>,
    status: Option<String>,
}

impl Graph {
    /// What this address sent between the two moments. One page is all there is to show.
    pub(in crate::tenant) async fn sent_mail(
        &self,
        sender: &str,
        (from, until): (OffsetDateTime, OffsetDateTime),
    ) -> Result<Vec<SentMail>, TenantError> {
        let filter = format!(
            "senderAddress eq {} and receivedDateTime ge {} and receivedDateTime le {}",
            wire::literal(sender),
            seconds(from, WHAT)?,
            seconds(until, WHAT)?
        );
        let page: Page<Trace> = self
            .get(&Read {
                operation: "graph.traces.list",
                what: WHAT,
                path: "admin/exchange/tracing/messageTraces",
                query: &[("$filter", &filter)],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(page
            .value
            .into_iter()
            .filter_map(|trace| {
                Some(SentMail {
                    at: wire::date(&trace.received_date_time?)?,
                    status: trace.status?,
                })
            })
            .collect())
    }

    /// Sends a letter from a mailbox of the tenant. Never repeated blindly: two such letters would frighten people.
    pub(in crate::tenant) async fn send_mail(&self, sender: &str, letter: &Letter) -> Result<(), TenantError> {
        let body = written(&json!({
            "message": {
                "subject": letter.subject,
                "body": {"contentType": "text", "content": letter.text},
                "toRecipients": [{"emailAddress": {"address": letter.to}}],
            },
            "saveToSentItems": true,
        }))?;
        let path = format!("users/{}/sendMail", wire::encode(sender));
        let call = self.write(Method::POST, &path, Some(body))?;
        self.change(Call {
            operation: "graph.mail.send",
            what: "the letter",
            ..call
        })
        .await
    }
}
