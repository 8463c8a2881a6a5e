//! The audit trail: it only grows, and whatever is done to it by another way is found.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use latchkey::chat::{ActionId, Identity, Platform};
use latchkey::store::Store;
use latchkey::store::audit::{Entry, Event, GENESIS, Record, Verdict};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use time::OffsetDateTime;
use time::macros::datetime;

const NOON: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

/// What an intruder would do first.
const NO_TRIGGERS: &str = "
    DROP TRIGGER audit_only_grows; DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;
    DROP TRIGGER audit_head_follows; DROP TRIGGER audit_head_is_one; DROP TRIGGER audit_head_stays;";

fn entry(event: Event, operation: &str) -> Entry {
    Entry {
        at: NOON,
        event,
        who: Identity {
            platform: Platform::Teams,
            scope: "contoso".to_owned(),
            user: "29:1a".to_owned(),
        },
        who_entra: Some("5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11".to_owned()),
        action: Some(ActionId::UnblockSender),
        target: None,
        operation: operation.to_owned(),
        note: "ο λογαριασμός \"maria\"\nξεμπλόκαρε".to_owned(),
        detail: latchkey::store::audit::Detail::default(),
    }
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// A store in a file with `records` records, to be tampered with.
struct Victim {
    _folder: tempfile::TempDir,
    path: PathBuf,
    store: Store,
}

impl Victim {
    async fn with(records: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let store = Store::open(&url(&path)).await.unwrap();
        for number in 0..records {
            store
                .record(&entry(Event::Requested, &format!("op-{number}")))
                .await
                .unwrap();
        }
        Self {
            _folder: folder,
            path,
            store,
        }
    }

    async fn connection(&self) -> SqliteConnection {
        sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&self.path)
            .connect()
            .await
            .unwrap()
    }

    async fn run(&self, statement: &str) -> Result<(), sqlx::Error> {
        let mut connection = self.connection().await;
        let outcome = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await;
        connection.close().await.unwrap();
        outcome.map(drop)
    }

    /// Tampers as somebody would who owns the file.
    async fn tamper(&self, statement: &str) -> Verdict {
        self.run(&format!("{NO_TRIGGERS}{statement}")).await.unwrap();
        self.store.verify().await.unwrap()
    }
}

fn broken_at(verdict: &Verdict) -> i64 {
    match verdict {
        Verdict::Broken { sequence, .. } => *sequence,
        Verdict::Whole { .. } => panic!("nothing was found"),
    }
}

/// Checks exported lines as the head of `store/audit.rs` tells outsiders to, without the library's code.
fn check_lines(lines: &[String]) -> Result<String, usize> {
    let mut previous = "0".repeat(64);
    for (index, line) in lines.iter().enumerate() {
        let number = index + 1;
        let record: serde_json::Value = serde_json::from_str(line).map_err(|_| number)?;
        let body = line
            .len()
            .checked_sub(",\"hash\":\"\"}".len() + 64)
            .and_then(|end| line.get(..end));
        let hash: String = Sha256::digest(format!("{}}}", body.ok_or(number)?))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if record["sequence"] != number || record["previous"] != previous || record["hash"] != hash {
            return Err(number);
        }
        previous = hash;
    }
    Ok(previous)
}

async fn export(store: &Store) -> Vec<String> {
    store
        .lines(0, u32::MAX)
        .await
        .unwrap()
        .into_iter()
        .map(|(_, line)| line)
        .collect()
}

#[tokio::test]
async fn an_empty_trail_is_whole() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    assert_eq!(
        store.verify().await.unwrap(),
        Verdict::Whole {
            records: 0,
            head: GENESIS.to_owned()
        }
    );
    assert!(store.recent_records(5).await.unwrap().is_empty());
}

#[tokio::test]
async fn records_come_back_as_they_were_written() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let mut written = Vec::new();
    for number in 0..5 {
        let at = datetime!(2026-11-22 14:00:00.000000001 +2);
        let entry = Entry {
            at,
            ..entry(Event::Requested, &number.to_string())
        };
        let record = store.record(&entry).await.unwrap();
        assert_eq!(record.entry, entry);
        assert_eq!(record.sequence, number + 1);
        written.push(record);
    }
    assert_eq!(written[0].previous, GENESIS);
    assert_eq!(written[4].previous, written[3].hash);
    assert_eq!(store.recent_records(2).await.unwrap(), written[3..]);
    assert_eq!(store.records(0, 3).await.unwrap(), written[..3]);
    assert_eq!(store.records(3, 3).await.unwrap(), written[3..]);
    let whole = Verdict::Whole {
        records: 5,
        head: written[4].hash.clone(),
    };
    assert_eq!(store.verify().await.unwrap(), whole);
}

#[tokio::test]
async fn an_outsider_can_check_an_export() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    for number in 0..5 {
        store.record(&entry(Event::Started, &number.to_string())).await.unwrap();
    }
    let lines = export(&store).await;
    let last = store.recent_records(1).await.unwrap().remove(0);
    assert_eq!(check_lines(&lines), Ok(last.hash));
    for (line, record) in lines.iter().zip(store.records(0, 9).await.unwrap()) {
        assert_eq!(*line, serde_json::to_string(&record).unwrap());
        assert_eq!(serde_json::from_str::<Record>(line).unwrap(), record);
    }
}

/// The form must not change: trails that were written before would read as broken.
#[tokio::test]
async fn the_form_of_a_record_stays() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    store.record(&entry(Event::Succeeded, "op")).await.unwrap();
    insta::assert_snapshot!(export(&store).await[0]);
}

#[tokio::test]
async fn every_event_has_the_name_that_it_is_written_with() {
    for event in [
        Event::Requested,
        Event::Refused,
        Event::Started,
        Event::Succeeded,
        Event::Unconfirmed,
        Event::Failed,
        Event::Unknown,
        Event::Closed,
    ] {
        assert_eq!(serde_json::to_value(&event).unwrap(), event.name());
    }
}

#[tokio::test]
async fn what_was_started_and_has_no_end_is_unfinished() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    for (event, operation) in [
        (Event::Requested, "asked only"),
        (Event::Started, "lost"),
        (Event::Started, "done"),
        (Event::Started, "slow"),
        (Event::Started, "failed"),
        (Event::Started, "in doubt"),
        (Event::Succeeded, "done"),
        (Event::Unconfirmed, "slow"),
        (Event::Failed, "failed"),
        (Event::Unknown, "in doubt"),
        (Event::Refused, "lost"),
        (Event::Closed, "lost"),
        (Event::Failed, "again"),
        (Event::Started, "again"),
    ] {
        store.record(&entry(event, operation)).await.unwrap();
    }
    let unfinished = store.unfinished().await.unwrap();
    let operations: Vec<_> = unfinished
        .iter()
        .map(|record| record.entry.operation.as_str())
        .collect();
    assert_eq!(operations, ["lost", "again"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_write_one_chain() {
    let victim = Victim::with(0).await;
    let other = Store::open(&url(&victim.path)).await.unwrap();
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let store = if number % 2 == 0 {
                victim.store.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move {
                store
                    .record(&entry(Event::Requested, &number.to_string()))
                    .await
                    .unwrap()
                    .sequence
            })
        })
        .collect();
    let mut sequences = Vec::new();
    for task in tasks {
        sequences.push(task.await.unwrap());
    }
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=40).collect::<Vec<_>>());
    assert!(matches!(
        other.verify().await.unwrap(),
        Verdict::Whole { records: 40, .. }
    ));
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_trail() {
    let victim = Victim::with(3).await;
    let before = export(&victim.store).await;
    for statement in [
        "UPDATE audit SET body = '{}' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT sequence, event, operation, 'x', previous, hash FROM audit WHERE sequence = 2",
        "INSERT INTO audit SELECT 9, event, operation, body, previous, hash FROM audit WHERE sequence = 2",
        "UPDATE audit_head SET sequence = 2",
        "UPDATE audit_head SET sequence = 4",
        "UPDATE audit_head SET hash = 'x'",
        "DELETE FROM audit_head",
        "INSERT OR REPLACE INTO audit_head SELECT id, 2, hash FROM audit_head",
    ] {
        assert!(victim.run(statement).await.is_err(), "{statement}");
    }
    assert_eq!(export(&victim.store).await, before);
    assert!(matches!(
        victim.store.verify().await.unwrap(),
        Verdict::Whole { records: 3, .. }
    ));
}

#[tokio::test]
async fn tampering_is_found_where_it_was_done() {
    for (statement, at) in [
        (
            "UPDATE audit SET body = replace(body, 'maria', 'nikos') WHERE sequence = 3",
            3,
        ),
        ("UPDATE audit SET hash = previous WHERE sequence = 3", 3),
        ("UPDATE audit SET previous = hash WHERE sequence = 3", 3),
        ("UPDATE audit SET event = 'closed' WHERE sequence = 3", 3),
        ("UPDATE audit SET operation = 'another' WHERE sequence = 3", 3),
        ("UPDATE audit SET body = CAST(x'ff' AS TEXT) WHERE sequence = 3", 3),
        ("DELETE FROM audit WHERE sequence = 1", 1),
        ("DELETE FROM audit WHERE sequence = 3", 3),
        ("DELETE FROM audit WHERE sequence >= 4", 4),
        ("DELETE FROM audit", 1),
        (
            "INSERT INTO audit SELECT 0, event, operation, body, previous, hash FROM audit WHERE sequence = 1",
            0,
        ),
        (
            "INSERT INTO audit SELECT 6, event, operation, body, previous, hash FROM audit WHERE sequence = 5",
            6,
        ),
        // Two records in each other's place, and one dropped with those after it moved up.
        (
            "UPDATE audit SET sequence = 100 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3;
             UPDATE audit SET sequence = 3 WHERE sequence = 100",
            2,
        ),
        (
            "DELETE FROM audit WHERE sequence = 2; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 2",
            2,
        ),
        ("UPDATE audit_head SET sequence = 6", 6),
        ("UPDATE audit_head SET sequence = 4", 5),
        ("UPDATE audit_head SET hash = 'x'", 5),
        ("DELETE FROM audit_head", 6),
    ] {
        let victim = Victim::with(5).await;
        let verdict = victim.tamper(statement).await;
        assert_eq!(broken_at(&verdict), at, "{statement}: {verdict:?}");
    }
}

/// A record written anew with a hash that fits it is found by the record after it.
#[tokio::test]
async fn a_forged_record_does_not_fit_the_next() {
    let victim = Victim::with(5).await;
    let (_, line) = victim.store.lines(2, 1).await.unwrap().remove(0);
    let body = format!("{}}}", &line[..line.len() - 75]).replace("maria", "nikos");
    let hash: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut connection = victim.connection().await;
    sqlx::raw_sql(NO_TRIGGERS).execute(&mut connection).await.unwrap();
    sqlx::query("UPDATE audit SET body = $1, hash = $2 WHERE sequence = 3")
        .bind(body)
        .bind(hash)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(broken_at(&victim.store.verify().await.unwrap()), 4);
}

/// Nothing is appended to a trail whose end was cut off as though nothing had happened.
#[tokio::test]
async fn a_cut_trail_stays_broken_when_it_grows() {
    let victim = Victim::with(5).await;
    victim.tamper("DELETE FROM audit WHERE sequence > 3").await;
    victim.store.record(&entry(Event::Requested, "later")).await.unwrap();
    assert_eq!(broken_at(&victim.store.verify().await.unwrap()), 4);
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let text = "\\PC{0,20}|[\\x00-\\x1f\"\\\\}{,]{0,10}";
    let event = prop::sample::select(vec![Event::Requested, Event::Started, Event::Failed, Event::Closed]);
    let seconds = -62_000_000_000_i64..253_000_000_000;
    (event, text, text, prop::option::of(text), seconds, 0..1_000_000_000_u32).prop_map(
        |(event, operation, note, target, seconds, nanos)| Entry {
            at: OffsetDateTime::from_unix_timestamp(seconds).unwrap() + std::time::Duration::from_nanos(nanos.into()),
            event,
            target,
            note,
            ..entry(Event::Requested, &operation)
        },
    )
}

/// One change to an export.
#[derive(Debug, Clone)]
enum Change {
    Drop(prop::sample::Index),
    Repeat(prop::sample::Index),
    Swap(prop::sample::Index),
    Edit(prop::sample::Index, prop::sample::Index),
}

fn any_change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Change::Drop),
        index().prop_map(Change::Repeat),
        index().prop_map(Change::Swap),
        (index(), index()).prop_map(|(line, at)| Change::Edit(line, at)),
    ]
}

/// Changes the trail in the database through its rows, and says whether anything is different now.
async fn change(victim: &Victim, change: &Change, rows: usize) {
    let number = |index: &prop::sample::Index, of: usize| i64::try_from(index.index(of) + 1).unwrap();
    let statement = match change {
        Change::Drop(at) => {
            let at = number(at, rows);
            format!(
                "DELETE FROM audit WHERE sequence = {at}; UPDATE audit SET sequence = sequence - 1 WHERE sequence > {at};"
            )
        }
        Change::Repeat(at) => format!(
            "INSERT INTO audit SELECT {}, event, operation, body, previous, hash FROM audit WHERE sequence = {};",
            rows + 1,
            number(at, rows)
        ),
        Change::Swap(at) => {
            let at = number(at, rows - 1);
            format!(
                "UPDATE audit SET sequence = -1 WHERE sequence = {at};
                 UPDATE audit SET sequence = {at} WHERE sequence = {at} + 1;
                 UPDATE audit SET sequence = {at} + 1 WHERE sequence = -1;"
            )
        }
        Change::Edit(row, place) => {
            let row = number(row, rows);
            // A digit more at any place of the text that was hashed.
            format!(
                "UPDATE audit SET body = substr(body, 1, {place}) || '7' || substr(body, {place} + 1) WHERE sequence = {row};",
                place = place.index(200)
            )
        }
    };
    victim.run(&format!("{NO_TRIGGERS}{statement}")).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_trail_is_whole_and_any_change_is_found(
        entries in prop::collection::vec(any_entry(), 2..6),
        tampering in any_change(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let victim = Victim::with(0).await;
            for entry in &entries {
                let record = victim.store.record(entry).await.unwrap();
                prop_assert_eq!(&record.entry, entry);
            }
            let verdict = victim.store.verify().await.unwrap();
            let lines = export(&victim.store).await;
            let head = check_lines(&lines).unwrap();
            prop_assert_eq!(verdict, Verdict::Whole { records: i64::try_from(entries.len()).unwrap(), head });
            change(&victim, &tampering, entries.len()).await;
            let verdict = victim.store.verify().await.unwrap();
            prop_assert!(matches!(verdict, Verdict::Broken { .. }), "{tampering:?} was not found");
            if !matches!(tampering, Change::Drop(at) if at.index(entries.len()) + 1 == entries.len()) {
                prop_assert!(check_lines(&export(&victim.store).await).is_err());
            }
            Ok(())
        })?;
    }
}
