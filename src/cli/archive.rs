//! `latchkey audit archive`: moves old records to a file, without breaking the chain; and the check of such files.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use crate::store::Store;
use crate::store::audit::{Archives, Entry, Event, Verdict};
use crate::store::retention::Floor;

/// Records younger than this stay: limits, counts of unblocks and open requests rest on them.
const YOUNGEST: Duration = Duration::days(30);
/// How many records are read at a time.
const PAGE: u32 = 500;

/// Reads the day of `--before`.
pub fn day(text: &str) -> Result<OffsetDateTime, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(|day| day.midnight().assume_utc())
        .map_err(|_| "write a day such as 2026-01-31".to_owned())
}

/// Moves what is older than `before` to a new file. Nothing leaves the store before the file is on disk.
pub async fn archive(
    store: &Store,
    (before, to): (OffsetDateTime, &Path),
    entry: &Entry,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let youngest = (entry.at - YOUNGEST).date();
    if before.date() > youngest {
        bail!("records of the last 30 days stay in the store: write --before {youngest} or an earlier day");
    }
    if let Verdict::Broken { sequence, why } = store.verify().await.context("the audit trail can't be read")? {
        bail!(
            "the audit trail is broken at record {sequence}: {why}. Nothing was moved; keep the file as it is and find out why"
        );
    }
    let Some(last) = store.archivable(before).await? else {
        writeln!(out, "No record is older than {}: nothing was moved.", before.date())?;
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    };
    let first = store.floor().await?.sequence + 1;
    write(store, (first, &last), to).await?;
    let moved = Entry {
        event: Event::Archived,
        note: format!("records {first} to {} were moved to a file", last.sequence),
        ..entry.clone()
    };
    store.archive(&last, &moved).await?;
    let (to, end) = (to.display(), last.sequence);
    writeln!(
        out,
        "Moved records {first} to {end} to {to}. Keep it: `latchkey audit verify --archive {to}` proves it."
    )?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the records to a file that must not exist yet, and waits until they are on disk.
async fn write(store: &Store, (first, last): (i64, &Floor), to: &Path) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options
        .open(to)
        .with_context(|| format!("{} can't be made: an archive is a new file", to.display()))?;
    let mut after = first - 1;
    while after < last.sequence {
        for (sequence, line) in store.lines(after, PAGE).await? {
            if sequence <= last.sequence {
                writeln!(file, "{line}")?;
            }
            after = sequence;
        }
    }
    file.sync_all()?;
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder).and_then(|folder| folder.sync_all())?;
    }
    // What can't be proved from the file must not leave the store.
    let written = fs::canonicalize(to)?;
    match walk(&[written], first)? {
        Ok(end) if end == *last => Ok(()),
        _ => bail!(
            "{} does not hold what was written to it; nothing was moved",
            to.display()
        ),
    }
}

/// Says whether these files, in their order, are the beginning of the trail: 0 if they are, 1 if not.
pub async fn verify(store: &Store, files: &[PathBuf], out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let (text, code) = match walk(files, 1)? {
        Err(Verdict::Broken { sequence, why }) => (
            format!("The archive is broken at record {sequence}: {why}."),
            ExitCode::from(1),
        ),
        Ok(end) if end == store.floor().await? => (
            format!(
                "The archive is whole and leads to the trail: records 1 to {}.",
                end.sequence
            ),
            ExitCode::SUCCESS,
        ),
        Ok(end) => (
            format!(
                "The archive ends with record {}, and the trail does not begin after it: give all files, oldest first.",
                end.sequence
            ),
            ExitCode::from(1),
        ),
        Err(Verdict::Whole { .. }) => bail!("the archive can't be judged"),
    };
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(code)
}

/// Walks along files whose first record has this number; a walk that does not begin at the beginning takes the first line's
/// word for what came before, because the store vouches for that.
fn walk(files: &[PathBuf], first: i64) -> anyhow::Result<Result<Floor, Verdict>> {
    let mut archives: Option<Archives> = (first == 1).then(Archives::default);
    for path in files {
        let file = File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
        for line in BufReader::new(file).lines() {
            let line = line.with_context(|| format!("{} can't be read", path.display()))?;
            let walked = archives
                .get_or_insert_with(|| Archives::after_what_it_names(&line))
                .step(&line);
            if let Err(verdict) = walked {
                return Ok(Err(verdict));
            }
        }
    }
    Ok(Ok(archives.unwrap_or_default().end()))
}
