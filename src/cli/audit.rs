//! `latchkey audit`: checks the chain of the audit trail, and prints the trail.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use time::OffsetDateTime;

use super::console;
use crate::settings::Draft;
use crate::store::Store;
use crate::store::audit::{Event, Verdict};

/// How many records are read at a time.
const PAGE: u32 = 500;

/// Arguments of `latchkey audit`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The settings file that names the store; without it, latchkey.toml in the current folder and the environment
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The store itself, as in sqlite://latchkey.sqlite
    #[arg(long, value_name = "URL", global = true, conflicts_with = "config")]
    store: Option<String>,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Check that no record was changed, dropped, put in, moved or cut off
    ///
    /// Somebody who may write to the file and writes all of it anew, or puts an older copy in its place, is not found from
    /// the file alone. Note the head that this prints somewhere else, and give it back later with --noted.
    Verify {
        /// A head that an earlier `verify` printed: the trail must still hold it
        #[arg(long, value_name = "NUMBER:HASH")]
        noted: Option<Noted>,
        /// The file that [audit] anchor names: the trail must hold every head that is noted there
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
        /// The files of `archive`, oldest first: they must be whole and lead to the trail
        #[arg(long, value_name = "FILE", num_args = 1..)]
        archive: Vec<PathBuf>,
    },
    /// Move old records to a file, and record that; the chain stays whole
    ///
    /// The file holds the records as `export` prints them. Keep it as long as you must keep the trail. Records of the last
    /// 30 days stay, and so do those of actions that have not ended.
    Archive {
        /// The day before which records are old, as in 2026-01-31
        #[arg(long, value_name = "DAY", value_parser = super::archive::day)]
        before: OffsetDateTime,
        /// The file to write, which must not exist yet
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Print the trail as JSON Lines, oldest first
    Export {
        /// As it was hashed, or with the names of the Elastic Common Schema, for a SIEM
        #[arg(long, value_enum, default_value = "plain")]
        format: Format,
    },
}

/// What an export looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// As it was hashed.
    #[default]
    Plain,
    /// With the names of the Elastic Common Schema.
    Ecs,
}

/// The number and hash of a record, noted when it was the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    sequence: i64,
    hash: String,
}

impl FromStr for Noted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once(':')
            .and_then(|(sequence, hash)| Some((sequence.parse::<i64>().ok().filter(|number| *number > 0)?, hash)))
            .filter(|(_, hash)| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .map(|(sequence, hash)| Self {
                sequence,
                hash: hash.to_ascii_lowercase(),
            })
            .ok_or_else(|| {
                "write the number, a colon and the 64 digits of the hash, as `verify` prints them".to_owned()
            })
    }
}

/// Opens the store without making one, and does what is asked.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut out = io::BufWriter::new(io::stdout());
    if let Command::Archive { before, to } = &arguments.command {
        let store = console::open(arguments.config.as_deref(), arguments.store.as_deref()).await?;
        let entry = console::entry(OffsetDateTime::now_utc(), Event::Archived, "");
        let done = super::archive::archive(&store, (*before, to), &entry, &mut out).await;
        store.close().await;
        return done;
    }
    let url = match arguments.store {
        Some(url) => url,
        None => store_url(arguments.config.as_deref())?,
    };
    let store = Store::open_existing(&url).await?;
    let done = match arguments.command {
        Command::Verify { noted, anchor, archive } => {
            let checks = Checks { noted, anchor, archive };
            verify_all(&store, &checks, &mut out).await
        }
        Command::Archive { .. } => Ok(ExitCode::FAILURE),
        Command::Export { format: Format::Plain } => export(&store, &mut out).await,
        Command::Export { format: Format::Ecs } => super::ecs::export(&store, &mut out).await,
    };
    store.close().await;
    unless_closed(done)
}

/// What a trail is held against.
struct Checks {
    noted: Option<Noted>,
    anchor: Option<PathBuf>,
    archive: Vec<PathBuf>,
}

/// One check after another, up to the first that fails.
async fn verify_all(store: &Store, checks: &Checks, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut code = verify(store, checks.noted.as_ref(), out).await?;
    if code == ExitCode::SUCCESS
        && let Some(file) = &checks.anchor
    {
        code = verify_anchor(store, file, out).await?;
    }
    if code == ExitCode::SUCCESS && !checks.archive.is_empty() {
        code = super::archive::verify(store, &checks.archive, out).await?;
    }
    Ok(code)
}

/// Takes it for fine that whoever reads the output has read enough, as `head` does.
pub fn unless_closed(done: anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    match done {
        Err(error) if is_closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        done => done,
    }
}

/// Says whether the trail is whole: 0 if it is, 1 if not.
pub async fn verify(store: &Store, noted: Option<&Noted>, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let (text, code) = match store.verify().await.context("the audit trail can't be read")? {
        Verdict::Broken { sequence, why } => (
            format!("The audit trail is broken at record {sequence}: {why}."),
            ExitCode::from(1),
        ),
        Verdict::Whole { records, head } => match noted {
            Some(noted) if !holds(store, noted).await? => (
                format!(
                    "The audit trail is another one: record {} is not the one that was noted.",
                    noted.sequence
                ),
                ExitCode::from(1),
            ),
            _ => {
                let count = match records {
                    0 => "no records yet".to_owned(),
                    1 => format!("1 record, head 1:{head}"),
                    _ => format!("{records} records, head {records}:{head}"),
                };
                (format!("The audit trail is whole: {count}"), ExitCode::SUCCESS)
            }
        },
    };
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(code)
}

/// Says whether the trail holds every head in the anchor: 0 if it does, 1 if not.
pub async fn verify_anchor(store: &Store, file: &Path, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    let mut last = 0;
    let archived = store.floor().await?;
    for (index, line) in text.lines().enumerate() {
        let held = match line.trim().parse::<Noted>() {
            Ok(noted) => {
                last = last.max(noted.sequence);
                // What lies below the floor is proved by the files of the archive.
                let below = noted.sequence < archived.sequence;
                let at_floor = noted.sequence == archived.sequence && noted.hash == archived.hash;
                below || at_floor || holds(store, &noted).await?
            }
            Err(_) => false,
        };
        if !held {
            let number = index + 1;
            writeln!(
                out,
                "The audit trail is another one: line {number} of {} is not in it.",
                file.display()
            )?;
            out.flush()?;
            return Ok(ExitCode::from(1));
        }
    }
    writeln!(
        out,
        "It holds every head in {}, the last of record {last}.",
        file.display()
    )?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints every record, broken trail or not.
pub async fn export(store: &Store, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut last = i64::MIN;
    loop {
        let lines = store.lines(last, PAGE).await.context("the audit trail can't be read")?;
        let Some((sequence, _)) = lines.last() else {
            return Ok(ExitCode::SUCCESS);
        };
        last = *sequence;
        for (_, line) in &lines {
            writeln!(out, "{line}")?;
        }
        out.flush()?;
    }
}

async fn holds(store: &Store, noted: &Noted) -> anyhow::Result<bool> {
    let records = store.records(noted.sequence - 1, 1).await?;
    Ok(records
        .first()
        .is_some_and(|record| record.sequence == noted.sequence && record.hash == noted.hash))
}

/// Where the settings say the store is.
pub fn store_url(config: Option<&Path>) -> anyhow::Result<String> {
    match Draft::load(config).store() {
        Ok(store) => Ok(store.url),
        Err(faults) => {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            bail!("the settings don't say where the store is:\n{}", faults.join("\n"))
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
