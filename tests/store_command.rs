//! What `latchkey audit` says about a trail, and that asking about one makes none.

#![allow(clippy::unwrap_used)]

use std::io::{self, Write};
use std::path::Path;

use clap::Parser;
use latchkey::chat::{Identity, Platform};
use latchkey::cli::archive;
use latchkey::cli::audit::{self, Arguments, Noted};
use latchkey::store::Store;
use latchkey::store::audit::{Entry, Event};
use sqlx::ConnectOptions;
use time::macros::datetime;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    arguments: Arguments,
}

fn arguments(words: &[&str]) -> Arguments {
    CommandLine::try_parse_from([&["audit"], words].concat())
        .unwrap()
        .arguments
}

fn entry(number: usize) -> Entry {
    Entry {
        at: datetime!(2026-11-22 12:00 UTC),
        event: Event::Requested,
        who: Identity {
            platform: Platform::Slack,
            scope: "T01".to_owned(),
            user: "U01".to_owned(),
        },
        who_entra: None,
        action: None,
        target: None,
        operation: format!("op-{number}"),
        note: String::new(),
        detail: latchkey::store::audit::Detail::default(),
    }
}

async fn store(path: &Path, records: usize) -> Store {
    let store = Store::open(&format!("sqlite://{}", path.display())).await.unwrap();
    for number in 0..records {
        store.record(&entry(number)).await.unwrap();
    }
    store
}

/// What was printed, and whether all was well.
async fn verify(store: &Store, noted: Option<&Noted>) -> (String, bool) {
    let mut out = Vec::new();
    let code = audit::verify(store, noted, &mut out).await.unwrap();
    (String::from_utf8(out).unwrap(), code == std::process::ExitCode::SUCCESS)
}

#[tokio::test]
async fn a_whole_trail_is_said_to_be_whole_and_has_a_head_to_note() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder.path().join("store.sqlite"), 3).await;
    let (said, fine) = verify(&store, None).await;
    assert!(fine && said.contains("3 records, head 3:"), "{said}");
    let noted: Noted = said.trim().rsplit_once(' ').unwrap().1.parse().unwrap();
    store.record(&entry(4)).await.unwrap();
    assert!(verify(&store, Some(&noted)).await.1);
}

#[tokio::test]
async fn a_trail_that_was_written_anew_does_not_hold_what_was_noted() {
    let folder = tempfile::tempdir().unwrap();
    let one = store(&folder.path().join("one.sqlite"), 3).await;
    let noted: Noted = verify(&one, None)
        .await
        .0
        .trim()
        .rsplit_once(' ')
        .unwrap()
        .1
        .parse()
        .unwrap();
    let shorter = store(&folder.path().join("shorter.sqlite"), 2).await;
    let (said, fine) = verify(&shorter, Some(&noted)).await;
    assert!(!fine && said.contains("record 3"), "{said}");
    let other = store(&folder.path().join("other.sqlite"), 0).await;
    for number in [0, 1, 9, 3] {
        other.record(&entry(number)).await.unwrap();
    }
    assert!(!verify(&other, Some(&noted)).await.1);
}

#[tokio::test]
async fn a_broken_trail_is_said_to_be_broken_and_is_exported_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = store(&path, 3).await;
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql("DROP TRIGGER audit_is_not_changed; UPDATE audit SET body = 'x' WHERE sequence = 2")
        .execute(&mut connection)
        .await
        .unwrap();
    let (said, fine) = verify(&store, None).await;
    assert!(
        !fine && said.starts_with("The audit trail is broken at record 2: it was changed"),
        "{said}"
    );
    let mut out = Vec::new();
    audit::export(&store, &mut out).await.unwrap();
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn an_export_has_every_record_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    // More than are read at a time.
    let store = store(&folder.path().join("store.sqlite"), 501).await;
    let mut out = Vec::new();
    audit::export(&store, &mut out).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    for (index, line) in text.lines().enumerate() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["sequence"], index + 1);
    }
    assert_eq!(text.lines().count(), 501);
}

/// A pipe whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_who_has_read_enough_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder.path().join("store.sqlite"), 3).await;
    let code = audit::unless_closed(audit::export(&store, &mut Closed).await).unwrap();
    assert_eq!(code, std::process::ExitCode::SUCCESS);
    assert!(audit::unless_closed(Err(anyhow::anyhow!("another failure"))).is_err());
}

#[tokio::test]
async fn asking_about_a_store_that_is_not_there_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let url = format!("sqlite://{}", path.display());
    for command in ["verify", "export"] {
        let error = audit::run(arguments(&[command, "--store", &url])).await.unwrap_err();
        assert!(error.to_string().contains("there is no store"), "{error}");
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn the_settings_name_the_store_even_when_the_rest_is_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    store(&path, 1).await.close().await;
    let config = folder.path().join("latchkey.toml");
    std::fs::write(&config, format!("[store]\nurl = \"sqlite://{}\"", path.display())).unwrap();
    let config = config.display().to_string();
    let code = audit::run(arguments(&["verify", "--config", &config])).await.unwrap();
    assert_eq!(code, std::process::ExitCode::SUCCESS);
    std::fs::write(&config, "[store]\nurk = \"x\"").unwrap();
    let error = audit::run(arguments(&["verify", "--config", &config]))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("latchkey.toml:2: `urk`"), "{error}");
    let error = audit::run(arguments(&["verify", "--config", "/no/such.toml"]))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no such file"), "{error}");
}

#[test]
fn what_can_not_be_noted_is_refused() {
    let hash = "a".repeat(64);
    assert!(format!("3:{hash}").parse::<Noted>().is_ok());
    for text in [
        hash.clone(),
        format!("0:{hash}"),
        format!("-1:{hash}"),
        format!("3:{hash}a"),
        "3:".to_owned(),
    ] {
        assert!(text.parse::<Noted>().is_err(), "{text}");
    }
    assert!(CommandLine::try_parse_from(["audit", "verify", "--store", "x", "--config", "y"]).is_err());
}

#[tokio::test]
async fn an_anchor_shows_that_a_trail_was_cut_off_or_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let anchor = folder.path().join("anchor");
    let one = Store::open(&format!("sqlite://{}", folder.path().join("one").display()))
        .await
        .unwrap()
        .with_anchor(&anchor);
    for number in 0..3 {
        one.record(&entry(number)).await.unwrap();
    }
    let held = async |store: &Store| {
        let mut out = Vec::new();
        let code = audit::verify_anchor(store, &anchor, &mut out).await.unwrap();
        (String::from_utf8(out).unwrap(), code == std::process::ExitCode::SUCCESS)
    };
    let (said, fine) = held(&one).await;
    assert!(fine && said.contains("the last of record 3"), "{said}");
    // An older copy of the store, and one that was written anew with as many records: both are whole in themselves.
    let older = store(&folder.path().join("older"), 2).await;
    let anew = store(&folder.path().join("anew"), 2).await;
    anew.record(&entry(7)).await.unwrap();
    for (other, line) in [(older, "line 3"), (anew, "line 3")] {
        assert!(verify(&other, None).await.1);
        let (said, fine) = held(&other).await;
        assert!(!fine && said.contains(line), "{said}");
    }
}

#[tokio::test]
async fn an_export_for_a_siem_carries_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder.path().join("one"), 2).await;
    let mut out = Vec::new();
    latchkey::cli::ecs::export(&store, &mut out).await.unwrap();
    let lines: Vec<serde_json::Value> = String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["event"]["action"], "requested");
    assert_eq!(lines[0]["@timestamp"], "2026-11-22T12:00:00Z");
    assert_eq!(lines[1]["latchkey"]["previous"], lines[0]["latchkey"]["hash"]);
}

/// Somebody at the machine, months after the records of [`entry`].
fn months_later(note: &str) -> Entry {
    Entry {
        at: datetime!(2027-03-01 12:00 UTC),
        note: note.to_owned(),
        ..entry(0)
    }
}

async fn archives(store: &Store, before: &str, to: &Path) -> Result<String, String> {
    let mut out = Vec::new();
    let before = archive::day(before).unwrap();
    archive::archive(store, (before, to), &months_later(""), &mut out)
        .await
        .map_err(|error| format!("{error:#}"))?;
    Ok(String::from_utf8(out).unwrap())
}

async fn proves(store: &Store, files: &[&Path]) -> (String, bool) {
    let mut out = Vec::new();
    let files: Vec<_> = files.iter().map(|file| file.to_path_buf()).collect();
    let code = archive::verify(store, &files, &mut out).await.unwrap();
    (String::from_utf8(out).unwrap(), code == std::process::ExitCode::SUCCESS)
}

#[tokio::test]
async fn old_records_are_moved_and_the_chain_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.jsonl"), folder.path().join("second.jsonl"));
    let anchor = folder.path().join("anchor");
    let store = store(&folder.path().join("store.sqlite"), 3).await.with_anchor(&anchor);
    store.record(&entry(3)).await.unwrap();
    let said = archives(&store, "2026-12-01", &first).await.unwrap();
    assert!(said.starts_with("Moved records 1 to 4"), "{said}");
    assert_eq!(std::fs::read_to_string(&first).unwrap().lines().count(), 4);
    let left = store.records(0, 100).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].sequence, &left[0].entry.event), (5, &Event::Archived));
    let (said, fine) = verify(&store, None).await;
    assert!(fine && said.contains("5 records, head 5:"), "{said}");
    let mut out = Vec::new();
    let code = audit::verify_anchor(&store, &anchor, &mut out).await.unwrap();
    assert_eq!(code, std::process::ExitCode::SUCCESS);

    // And once more, later: the two files in their order are the beginning.
    let mut later = months_later("");
    later.at = datetime!(2027-09-01 12:00 UTC);
    let before = archive::day("2027-04-01").unwrap();
    archive::archive(&store, (before, &second), &later, &mut Vec::new())
        .await
        .unwrap();
    assert!(verify(&store, None).await.1);
    let (said, fine) = proves(&store, &[&first, &second]).await;
    assert!(fine && said.contains("records 1 to 5"), "{said}");
    for wrong in [&[first.as_path()][..], &[&second], &[&second, &first]] {
        assert!(!proves(&store, wrong).await.1, "{wrong:?}");
    }
    let text = std::fs::read_to_string(&first).unwrap().replace("op-1", "op-9");
    std::fs::write(&first, text).unwrap();
    let (said, fine) = proves(&store, &[&first, &second]).await;
    assert!(!fine && said.contains("record 2"), "{said}");
}

#[tokio::test]
async fn what_is_young_or_has_not_ended_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder.path().join("store.sqlite"), 2).await;
    let started = Entry {
        event: Event::Started,
        ..entry(2)
    };
    store.record(&started).await.unwrap();
    store.record(&entry(3)).await.unwrap();
    let to = folder.path().join("a.jsonl");
    let refused = archives(&store, "2027-02-10", &to).await.unwrap_err();
    assert!(refused.contains("last 30 days"), "{refused}");
    let said = archives(&store, "2026-11-01", &to).await.unwrap();
    assert!(said.contains("nothing was moved") && !to.exists(), "{said}");
    let said = archives(&store, "2026-12-01", &to).await.unwrap();
    assert!(said.starts_with("Moved records 1 to 2 "), "{said}");
    let again = archives(&store, "2026-12-01", &to).await.unwrap();
    assert!(again.contains("nothing was moved"), "{again}");
}

#[tokio::test]
async fn an_archive_is_a_new_file_and_nothing_leaves_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder.path().join("store.sqlite"), 3).await;
    let to = folder.path().join("there.jsonl");
    std::fs::write(&to, "mine").unwrap();
    let refused = archives(&store, "2026-12-01", &to).await.unwrap_err();
    assert!(refused.contains("an archive is a new file"), "{refused}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "mine");
    assert_eq!(store.records(0, 100).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_beginning_that_is_missing_without_a_record_of_it_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = store(&path, 4).await;
    let hash = store.records(1, 1).await.unwrap()[0].hash.clone();
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    let raise = format!("UPDATE audit_floor SET sequence = 2, hash = '{hash}'");
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(raise.clone()))
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("must say itself"), "{refused}");
    let refused = sqlx::raw_sql("DELETE FROM audit WHERE sequence = 1")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    // Whoever owns the file can take the triggers out; the chain still tells.
    let forced = format!("DROP TRIGGER audit_floor_rises; {raise}; DELETE FROM audit WHERE sequence <= 2");
    sqlx::raw_sql(sqlx::AssertSqlSafe(forced))
        .execute(&mut connection)
        .await
        .unwrap();
    let (said, fine) = verify(&store, None).await;
    assert!(
        !fine && said.contains("no record says that they were archived"),
        "{said}"
    );
}
