//! `latchkey audit export --format ecs`: the trail with the field names of the Elastic Common Schema
//! (<https://www.elastic.co/docs/reference/ecs>), which SIEMs read without a mapping. What the schema has no name for
//! stands under `latchkey`, the chain's number and hash included.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::store::Store;
use crate::store::audit::{Event, Record};

/// How many records are read at a time.
const PAGE: u32 = 500;

/// Prints every record. A trail that can't be read is an error.
pub async fn export(store: &Store, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut last = 0;
    loop {
        let records = store
            .records(last, PAGE)
            .await
            .context("the audit trail can't be read")?;
        let Some(newest) = records.last() else {
            return Ok(ExitCode::SUCCESS);
        };
        last = newest.sequence;
        for record in &records {
            writeln!(out, "{}", line(record)?)?;
        }
        out.flush()?;
    }
}

/// One record.
pub fn line(record: &Record) -> anyhow::Result<Value> {
    let entry = &record.entry;
    let detail = &entry.detail;
    Ok(json!({
        "@timestamp": entry.at.format(&Rfc3339)?,
        "ecs": {"version": "8.17"},
        "event": {
            "kind": "event",
            "module": "latchkey",
            "dataset": "latchkey.audit",
            "category": ["iam"],
            "type": [kind(&entry.event)],
            "action": entry.action.map_or_else(|| entry.event.name().to_owned(), |action| action.name().to_owned()),
            "outcome": outcome(&entry.event),
            "reason": entry.note,
            "sequence": record.sequence,
            "id": record.hash,
        },
        "user": {
            "id": entry.who_entra,
            "domain": entry.who.scope,
            "name": entry.who.user,
            "target": {"id": entry.target},
        },
        "service": {"name": "latchkey", "type": entry.who.platform.name()},
        "latchkey": {
            "state": entry.event.name(),
            "operation": entry.operation,
            "request": detail.request,
            "reason": detail.reason,
            "justification": detail.justification,
            "requester": {"id": detail.requester_entra, "identity": detail.requester},
            "approver": {"id": detail.approver_entra, "identity": detail.approver},
            "proof": detail.proof,
            "before": detail.before,
            "after": detail.after,
            "previous": record.previous,
            "hash": record.hash,
        },
    }))
}

/// `event.type` for the category `iam`.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Started | Event::Succeeded | Event::Unconfirmed | Event::Voided => "change",
        _ => "info",
    }
}

/// `event.outcome`: `unknown` is what is neither.
fn outcome(event: &Event) -> &'static str {
    match event {
        Event::Succeeded
        | Event::Closed
        | Event::Frozen
        | Event::Thawed
        | Event::Requested
        | Event::Proposed
        | Event::ProofAsked
        | Event::Proved
        | Event::Notified => "success",
        Event::Refused | Event::Failed | Event::Rejected | Event::Disproved | Event::NotNotified => "failure",
        _ => "unknown",
    }
}
