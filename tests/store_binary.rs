//! What the command `latchkey audit` does as a program: its exit codes, and what goes where.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use latchkey::chat::{Identity, Platform};
use latchkey::store::Store;
use latchkey::store::audit::{Entry, Event};
use sqlx::ConnectOptions;
use time::macros::datetime;

fn audit(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.arg("audit").args(words);
    command
}

fn run(words: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = audit(words).output().unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

async fn store(path: &Path, records: usize) -> String {
    let url = format!("sqlite://{}", path.display());
    let store = Store::open(&url).await.unwrap();
    for number in 0..records {
        let entry = Entry {
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
            operation: number.to_string(),
            note: "a note that makes the line longer than it would be without one".repeat(10),
            detail: latchkey::store::audit::Detail::default(),
        };
        store.record(&entry).await.unwrap();
    }
    store.close().await;
    url
}

#[tokio::test]
async fn a_trail_is_whole_or_broken_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let url = store(&path, 2).await;
    let (code, out, _) = run(&["verify", "--store", &url]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("whole: 2 records"), "{out}");

    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    let cut = sqlx::raw_sql("DROP TRIGGER audit_is_not_cut; DELETE FROM audit WHERE sequence = 2");
    cut.execute(&mut connection).await.unwrap();
    let (code, out, _) = run(&["verify", "--store", &url]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("broken at record 2"), "{out}");

    let (code, out, errors) = run(&["verify", "--store", "sqlite:///no/such/store.sqlite"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(errors.contains("no store"), "{errors}");
    assert_eq!(run(&["shorten"]).0, Some(2));
}

#[tokio::test]
async fn an_export_ends_well_when_its_reader_leaves() {
    let folder = tempfile::tempdir().unwrap();
    // More than a pipe holds.
    let url = store(&folder.path().join("store.sqlite"), 200).await;
    let mut export = audit(&["export", "--store", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(export.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.starts_with("{\"sequence\":1,"), "{first}");
    let ended = export.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}
