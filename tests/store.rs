//! What the store promises: it keeps what it was given, lets a ticket be used once, and touches no file that isn't its own.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use latchkey::chat::{Conversation, EventId, Identity, Platform, Room, TicketId};
use latchkey::store::{Claim, Seen, Store, StoreError, StoredTicket};
use serde_json::json;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use time::OffsetDateTime;
use time::macros::datetime;

const NOON: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn maria() -> Identity {
    Identity {
        platform: Platform::Slack,
        scope: "T01".to_owned(),
        user: "U01".to_owned(),
    }
}

fn helpdesk() -> Conversation {
    Conversation {
        platform: Platform::Slack,
        scope: "T01".to_owned(),
        id: "C01".to_owned(),
        thread: None,
        room: Room::Shared,
    }
}

fn ticket(id: &str) -> StoredTicket {
    StoredTicket {
        id: TicketId(id.to_owned()),
        conversation: helpdesk(),
        holder: Some(maria()),
        content: json!({"action": "unblock-sender", "note": "δεν μπορώ"}),
        expires: NOON + MINUTE,
        used: None,
    }
}

fn event(id: &str) -> EventId {
    EventId {
        platform: Platform::Teams,
        id: id.to_owned(),
    }
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

async fn memory() -> Store {
    Store::open("sqlite::memory:").await.unwrap()
}

async fn claim(store: &Store, ids: &[&str], now: OffsetDateTime) -> Claim {
    let ids: Vec<_> = ids.iter().map(|id| TicketId((*id).to_owned())).collect();
    store.claim_tickets(&ids, now).await.unwrap()
}

async fn direct(path: &Path) -> SqliteConnection {
    sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}

async fn run(path: &Path, statement: &'static str) {
    let mut connection = direct(path).await;
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_ticket_comes_back_as_it_was_put() {
    let store = memory().await;
    let bound = StoredTicket {
        expires: NOON + Duration::from_nanos(123_456_789),
        ..ticket("a")
    };
    let free = StoredTicket {
        holder: None,
        used: Some(NOON),
        ..ticket("b")
    };
    store.put_ticket(&bound).await.unwrap();
    store.put_ticket(&free).await.unwrap();
    assert_eq!(store.ticket(&bound.id).await.unwrap(), Some(bound));
    assert_eq!(store.ticket(&free.id).await.unwrap(), Some(free));
    assert_eq!(store.ticket(&TicketId("c".to_owned())).await.unwrap(), None);
}

#[tokio::test]
async fn a_used_ticket_can_not_be_put_again() {
    let store = memory().await;
    store.put_ticket(&ticket("a")).await.unwrap();
    assert_eq!(claim(&store, &["a"], NOON).await, Claim::Won);
    assert!(store.put_ticket(&ticket("a")).await.is_err());
    assert_eq!(claim(&store, &["a"], NOON).await, Claim::Lost);
}

#[tokio::test]
async fn a_claimed_ticket_says_when() {
    let store = memory().await;
    store.put_ticket(&ticket("a")).await.unwrap();
    assert_eq!(claim(&store, &["a"], NOON).await, Claim::Won);
    let used = store.ticket(&TicketId("a".to_owned())).await.unwrap().unwrap().used;
    assert_eq!(used, Some(NOON));
}

#[tokio::test]
async fn expired_and_unknown_tickets_and_no_tickets_are_lost() {
    let store = memory().await;
    store.put_ticket(&ticket("a")).await.unwrap();
    assert_eq!(claim(&store, &["a"], NOON + MINUTE).await, Claim::Lost);
    assert_eq!(claim(&store, &["b"], NOON).await, Claim::Lost);
    assert_eq!(claim(&store, &[], NOON).await, Claim::Lost);
    assert_eq!(claim(&store, &["a"], NOON).await, Claim::Won);
}

#[tokio::test]
async fn several_tickets_are_claimed_together_or_not_at_all() {
    let store = memory().await;
    for id in ["confirm", "cancel", "other"] {
        store.put_ticket(&ticket(id)).await.unwrap();
    }
    assert_eq!(claim(&store, &["other"], NOON).await, Claim::Won);
    assert_eq!(claim(&store, &["confirm", "other"], NOON).await, Claim::Lost);
    assert_eq!(claim(&store, &["confirm", "missing"], NOON).await, Claim::Lost);
    assert_eq!(claim(&store, &["confirm", "cancel", "confirm"], NOON).await, Claim::Won);
    assert_eq!(claim(&store, &["cancel"], NOON).await, Claim::Lost);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_claim_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let address = url(&folder.path().join("store.sqlite"));
    // Two handles, as two processes would have.
    let stores = [
        Store::open(&address).await.unwrap(),
        Store::open(&address).await.unwrap(),
    ];
    stores[0].put_ticket(&ticket("confirm")).await.unwrap();
    stores[0].put_ticket(&ticket("cancel")).await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let store = stores[number % 2].clone();
            // Half name the pair the other way round.
            let ids = if number % 4 < 2 {
                ["confirm", "cancel"]
            } else {
                ["cancel", "confirm"]
            };
            tokio::spawn(async move { claim(&store, &ids, NOON).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap() == Claim::Won);
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn an_event_is_new_once_for_a_week() {
    let store = memory().await;
    assert_eq!(store.see(&event("1"), NOON).await.unwrap(), Seen::First);
    assert_eq!(store.see(&event("1"), NOON).await.unwrap(), Seen::Before);
    assert_eq!(store.see(&event("2"), NOON).await.unwrap(), Seen::First);
    let slack = EventId {
        platform: Platform::Slack,
        id: "1".to_owned(),
    };
    assert_eq!(store.see(&slack, NOON).await.unwrap(), Seen::First);
    assert_eq!(store.see(&event("1"), NOON + 7 * DAY).await.unwrap(), Seen::Before);
    assert_eq!(store.see(&event("1"), NOON + 8 * DAY).await.unwrap(), Seen::First);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_see_an_event_or_take_a_question_one_is_first() {
    let folder = tempfile::tempdir().unwrap();
    let address = url(&folder.path().join("store.sqlite"));
    let stores = [
        Store::open(&address).await.unwrap(),
        Store::open(&address).await.unwrap(),
    ];
    let later = NOON + MINUTE;
    stores[0].ask(&helpdesk(), &maria(), &json!(1), later).await.unwrap();
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move {
                let seen = store.see(&event("1"), NOON).await.unwrap();
                let taken = store.take_question(&helpdesk(), &maria(), NOON).await.unwrap();
                (usize::from(seen == Seen::First), usize::from(taken.is_some()))
            })
        })
        .collect();
    let mut firsts = (0, 0);
    for task in tasks {
        let (seen, taken) = task.await.unwrap();
        firsts = (firsts.0 + seen, firsts.1 + taken);
    }
    assert_eq!(firsts, (1, 1));
}

#[tokio::test]
async fn a_question_is_taken_once_and_the_newest_wins() {
    let store = memory().await;
    let later = NOON + MINUTE;
    store
        .ask(&helpdesk(), &maria(), &json!("which account?"), later)
        .await
        .unwrap();
    store
        .ask(&helpdesk(), &maria(), &json!("which of these?"), later)
        .await
        .unwrap();
    let somebody = Identity {
        user: "U02".to_owned(),
        ..maria()
    };
    let thread = Conversation {
        thread: Some("9".to_owned()),
        ..helpdesk()
    };
    assert_eq!(store.take_question(&helpdesk(), &somebody, NOON).await.unwrap(), None);
    assert_eq!(store.take_question(&thread, &maria(), NOON).await.unwrap(), None);
    let taken = store.take_question(&helpdesk(), &maria(), NOON).await.unwrap();
    assert_eq!(taken, Some(json!("which of these?")));
    assert_eq!(store.take_question(&helpdesk(), &maria(), NOON).await.unwrap(), None);
}

#[tokio::test]
async fn an_expired_question_is_not_open() {
    let store = memory().await;
    store.ask(&helpdesk(), &maria(), &json!(1), NOON).await.unwrap();
    assert_eq!(store.take_question(&helpdesk(), &maria(), NOON).await.unwrap(), None);
}

#[tokio::test]
async fn sweeping_drops_what_has_been_dead_for_long_enough() {
    let store = memory().await;
    let living = StoredTicket {
        expires: NOON + 9 * DAY,
        ..ticket("living")
    };
    let used = StoredTicket {
        used: Some(NOON),
        ..living.clone()
    };
    let used = StoredTicket {
        id: TicketId("used".to_owned()),
        ..used
    };
    for kept in [&living, &used, &ticket("expired")] {
        store.put_ticket(kept).await.unwrap();
    }
    store.see(&event("1"), NOON).await.unwrap();
    store.sweep(NOON + DAY, DAY).await.unwrap();
    for id in ["living", "used", "expired"] {
        assert!(
            store.ticket(&TicketId(id.to_owned())).await.unwrap().is_some(),
            "{id} was dropped too soon"
        );
    }
    store.sweep(NOON + 2 * DAY, DAY).await.unwrap();
    assert!(store.ticket(&living.id).await.unwrap().is_some());
    assert!(store.ticket(&used.id).await.unwrap().is_none());
    assert!(store.ticket(&ticket("expired").id).await.unwrap().is_none());
    assert_eq!(store.see(&event("1"), NOON + 2 * DAY).await.unwrap(), Seen::Before);
}

#[tokio::test]
async fn a_file_keeps_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = Store::open(&url(&path)).await.unwrap();
    store.put_ticket(&ticket("a")).await.unwrap();
    store.close().await;
    let store = Store::open(&url(&path)).await.unwrap();
    assert_eq!(
        store.ticket(&TicketId("a".to_owned())).await.unwrap(),
        Some(ticket("a"))
    );
}

#[tokio::test]
async fn two_memory_stores_are_two() {
    let (one, other) = (memory().await, memory().await);
    one.put_ticket(&ticket("a")).await.unwrap();
    assert_eq!(one.clone().ticket(&ticket("a").id).await.unwrap(), Some(ticket("a")));
    assert_eq!(other.ticket(&ticket("a").id).await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = Store::open(&url(&path)).await.unwrap();
    store.put_ticket(&ticket("a")).await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_together_migrate_once() {
    let folder = tempfile::tempdir().unwrap();
    let address = url(&folder.path().join("store.sqlite"));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let address = address.clone();
            tokio::spawn(async move { Store::open(&address).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    Store::open(&url(&path)).await.unwrap().close().await;
    run(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'from the future', TRUE, x'00', 0);
         PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .await;
    let before = std::fs::read(&path).unwrap();
    for opened in [Store::open(&url(&path)).await, Store::open_existing(&url(&path)).await] {
        match opened {
            Err(StoreError::Newer { found: 9000, known }) => assert!(known < 9000),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_store_of_another_lineage_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    Store::open(&url(&path)).await.unwrap().close().await;
    run(&path, "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let opened = Store::open(&url(&path)).await;
    assert!(matches!(opened, Err(StoreError::Altered(1))), "{opened:?}");
}

#[tokio::test]
async fn what_is_no_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("letter.txt");
    std::fs::write(&text, "Dear Nikos, this is a letter and no database.").unwrap();
    let short = folder.path().join("short");
    std::fs::write(&short, "SQLite").unwrap();
    let foreign = folder.path().join("foreign.sqlite");
    std::fs::write(&foreign, "").unwrap();
    run(&foreign, "CREATE TABLE orders (id INTEGER)").await;
    for path in [&text, &short, &foreign] {
        let before = std::fs::read(path).unwrap();
        for opened in [Store::open(&url(path)).await, Store::open_existing(&url(path)).await] {
            assert!(matches!(opened, Err(StoreError::NotAStore(_))), "{opened:?}");
        }
        assert_eq!(
            std::fs::read(path).unwrap(),
            before,
            "{} was written to",
            path.display()
        );
    }
    assert!(matches!(
        Store::open(&url(folder.path())).await,
        Err(StoreError::NotAStore(_))
    ));
}

#[tokio::test]
async fn a_damaged_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.sqlite");
    Store::open(&url(&whole)).await.unwrap().close().await;
    let whole = std::fs::read(&whole).unwrap();
    let mut garbled = whole.clone();
    garbled[100..].fill(0xa5);
    for content in [&whole[..100], &whole[..whole.len() / 2], &garbled] {
        let path = folder.path().join("damaged.sqlite");
        std::fs::write(&path, content).unwrap();
        for opened in [Store::open(&url(&path)).await, Store::open_existing(&url(&path)).await] {
            assert!(matches!(opened, Err(StoreError::Damaged(_))), "{opened:?}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/such/store.sqlite");
    let error = Store::open(&url(&path)).await.unwrap_err();
    assert!(matches!(error, StoreError::Folder(_)), "{error:?}");
    assert!(error.to_string().contains("no/such`"), "{error}");
    assert!(!folder.path().join("no").exists());
}

#[tokio::test]
async fn an_existing_store_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let opened = Store::open_existing(&url(&path)).await;
    assert!(matches!(opened, Err(StoreError::Missing(_))), "{opened:?}");
    assert!(!path.exists());
    assert!(matches!(
        Store::open_existing("sqlite::memory:").await,
        Err(StoreError::Missing(_))
    ));
    std::fs::write(&path, "").unwrap();
    assert!(matches!(
        Store::open_existing(&url(&path)).await,
        Err(StoreError::NotAStore(_))
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"");
}

#[tokio::test]
async fn an_existing_store_is_only_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = Store::open(&url(&path)).await.unwrap();
    store.put_ticket(&ticket("a")).await.unwrap();
    // Beside one that is running, and alone.
    let reader = Store::open_existing(&url(&path)).await.unwrap();
    assert_eq!(reader.ticket(&ticket("a").id).await.unwrap(), Some(ticket("a")));
    assert!(reader.put_ticket(&ticket("b")).await.is_err());
    reader.close().await;
    store.close().await;
    let before = std::fs::read(&path).unwrap();
    let reader = Store::open_existing(&url(&path)).await.unwrap();
    assert_eq!(reader.ticket(&ticket("a").id).await.unwrap(), Some(ticket("a")));
    reader.close().await;
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn other_addresses_are_refused_without_their_passwords() {
    for address in [
        "",
        "latchkey.sqlite",
        "sqlite:",
        "sqlite://",
        "sqlite://:memory:",
        "sqlite:latchkey.sqlite",
        "sqlite://a.sqlite?mode=memory",
        "postgres://bot:canary@db.example.gr/latchkey",
        "bot:canary@db",
        "password=canary",
    ] {
        let error = Store::open(address).await.unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{address}: {error:?}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}
