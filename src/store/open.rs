//! Finding and opening the database: what an address means, and what must be true of a file before it is written to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::io::AsyncReadExt;

use super::{Store, StoreError, sql};

static MIGRATOR: Migrator = sqlx::migrate!("src/store/migrations");

/// How long a writer waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait before trying again where SQLite itself doesn't wait.
const BUSY_PAUSE: Duration = Duration::from_millis(25);

/// Readers beside the one writer; more would only wait for the disk.
const READERS: u32 = 4;

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What an address stands for.
#[derive(Debug, PartialEq, Eq)]
enum Address {
    Memory,
    File(PathBuf),
}

impl Address {
    fn parse(url: &str) -> Result<Self, StoreError> {
        if url == "sqlite::memory:" {
            return Ok(Self::Memory);
        }
        match url.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() && path != ":memory:" && !path.contains(['?', '#', '\0']) => {
                // "./" keeps SQLite from reading a name such as `file:x` as an address of its own.
                Ok(Self::File(Path::new(".").join(path)))
            }
            _ => Err(StoreError::Address(scheme_of(url))),
        }
    }
}

/// What of a wrong address can be repeated in a message: the rest may hold a password.
fn scheme_of(url: &str) -> String {
    match url.split_once(':') {
        Some((scheme, _)) => format!("{scheme}:…"),
        None if url.contains(['@', '=']) => "…".to_owned(),
        None => url.to_owned(),
    }
}

/// Opens a store for reading and writing, creating and migrating it.
pub(super) async fn open(url: &str) -> Result<Store, StoreError> {
    let path = match Address::parse(url)? {
        Address::Memory => {
            let options = settled(SqliteConnectOptions::new().in_memory(true));
            let only = lasting(1).connect_with(options).await?;
            return migrated(Store {
                write: only.clone(),
                read: only,
                anchor: None,
            })
            .await;
        }
        Address::File(path) => path,
    };
    if path_state(&path).await? == PathState::Missing {
        create(&path).await?;
    }
    // While another process turns a new file into a WAL database, SQLite answers "busy" at once, whatever the timeout.
    let begun = Instant::now();
    loop {
        match open_file(&path).await {
            Err(StoreError::Database(error)) if is_busy(&error) && begun.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

async fn open_file(path: &Path) -> Result<Store, StoreError> {
    inspect(path).await?;
    let options = settled(SqliteConnectOptions::new().filename(path))
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode NORMAL may lose the last transactions when the power fails; an audit record must not be.
        .synchronous(SqliteSynchronous::Full);
    let write = lasting(1).connect_with(options.clone()).await?;
    let read = lasting(READERS).connect_lazy_with(options);
    migrated(Store {
        write,
        read,
        anchor: None,
    })
    .await
}

/// Opens a store that exists, for reading alone. Creates, migrates and writes nothing.
pub(super) async fn open_existing(url: &str) -> Result<Store, StoreError> {
    let Address::File(path) = Address::parse(url)? else {
        return Err(StoreError::Missing(url.to_owned()));
    };
    if path_state(&path).await? == PathState::Missing {
        return Err(StoreError::Missing(shown(&path)));
    }
    if inspect(&path).await? == Schema::None {
        return Err(StoreError::NotAStore(shown(&path)));
    }
    let options = settled(SqliteConnectOptions::new().filename(&path)).read_only(true);
    let only = lasting(1).connect_with(options).await?;
    Ok(Store {
        write: only.clone(),
        read: only,
        anchor: None,
    })
}

/// A pool whose connections stay: a memory store lives in its only one.
fn lasting(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
}

fn settled(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .disable_statement_logging()
}

#[derive(PartialEq, Eq)]
enum PathState {
    Missing,
    Present,
}

async fn path_state(path: &Path) -> Result<PathState, StoreError> {
    match tokio::fs::metadata(path).await {
        Ok(found) if found.is_file() => Ok(PathState::Present),
        Ok(_) => Err(StoreError::NotAStore(shown(path))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(PathState::Missing),
        Err(error) => Err(StoreError::File {
            path: shown(path),
            source: error,
        }),
    }
}

/// Makes an empty file that its owner alone can read; SQLite gives the files beside it the same mode.
async fn create(path: &Path) -> Result<(), StoreError> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Ok(_) => Ok(()),
        // Another process was faster: it is as good.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(StoreError::Folder(path.parent().map(shown).unwrap_or_default()))
        }
        Err(error) => Err(StoreError::File {
            path: shown(path),
            source: error,
        }),
    }
}

#[derive(PartialEq, Eq)]
enum Schema {
    None,
    Ours,
}

/// Looks at a file without writing to it: refuses what is no database, another program's, or a newer version's.
async fn inspect(path: &Path) -> Result<Schema, StoreError> {
    let mut start = Vec::with_capacity(MAGIC.len());
    let reading = |error| StoreError::File {
        path: shown(path),
        source: error,
    };
    let file = tokio::fs::File::open(path).await.map_err(reading)?;
    file.take(MAGIC.len() as u64)
        .read_to_end(&mut start)
        .await
        .map_err(reading)?;
    if start.is_empty() {
        return Ok(Schema::None);
    }
    if start != MAGIC {
        return Err(StoreError::NotAStore(shown(path)));
    }
    let options = settled(SqliteConnectOptions::new().filename(path)).read_only(true);
    let looked = async {
        let mut connection = options.connect().await?;
        let schema = schema_of(&mut connection, path).await;
        connection.close().await?;
        schema
    };
    match looked.await {
        Err(StoreError::Database(sqlx::Error::Database(error))) if is_damage(error.code().as_deref()) => {
            Err(StoreError::Damaged(shown(path)))
        }
        looked => looked,
    }
}

/// A malformed file (11), or one that is no database behind its first bytes (26).
fn is_damage(code: Option<&str>) -> bool {
    matches!(kind_of(code), Some(11 | 26))
}

/// Another process holds a lock (5).
fn is_busy(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| kind_of(error.code().as_deref()) == Some(5))
}

/// SQLite's error codes hold the kind of the error in their lowest eight bits.
fn kind_of(code: Option<&str>) -> Option<u32> {
    Some(code?.parse::<u32>().ok()? & 0xff)
}

async fn schema_of(connection: &mut SqliteConnection, path: &Path) -> Result<Schema, StoreError> {
    let tables: i64 = sqlx::query_scalar(sql::COUNT_TABLES)
        .fetch_one(&mut *connection)
        .await?;
    if tables == 0 {
        return Ok(Schema::None);
    }
    let application: i64 = sqlx::query_scalar(sql::READ_APPLICATION_ID)
        .fetch_one(&mut *connection)
        .await?;
    if application != sql::APPLICATION_ID {
        return Err(StoreError::NotAStore(shown(path)));
    }
    let found: i64 = sqlx::query_scalar(sql::READ_VERSION)
        .fetch_one(&mut *connection)
        .await?;
    let known = known_version();
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    Ok(Schema::Ours)
}

/// Migrates under the write lock, so that two processes that start together do it once.
async fn migrated(store: Store) -> Result<Store, StoreError> {
    let mut transaction = store.write.begin_with(sql::BEGIN).await?;
    // `Migrator::run` does the same, but its future can't be sent to another thread.
    MIGRATOR
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(why_not_migrated)?;
    transaction.commit().await?;
    Ok(store)
}

fn why_not_migrated(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(found) => StoreError::Newer {
            found,
            known: known_version(),
        },
        MigrateError::VersionMismatch(version) => StoreError::Altered(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => StoreError::Database(error),
        other => StoreError::Database(sqlx::Error::Migrate(Box::new(other))),
    }
}

fn known_version() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    if path.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        path.display().to_string()
    }
}
