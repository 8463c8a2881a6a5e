//! `latchkey links`: which chat accounts are linked to which Entra accounts, and the removal of a link.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::audit::{store_url, unless_closed};
use crate::access::links::unlink;
use crate::chat::Identity;
use crate::store::Store;

/// Arguments of `latchkey links`.
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
    /// Print every link: who, to which account, since when and until when, and how it was proved
    List,
    /// Remove a link, which the audit trail records
    Remove {
        /// Whose, as `list` prints it: PLATFORM:SCOPE:USER
        #[arg(value_name = "WHO")]
        who: String,
    },
}

/// Does what is asked.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let url = match arguments.store {
        Some(url) => url,
        None => store_url(arguments.config.as_deref())?,
    };
    let mut out = io::BufWriter::new(io::stdout());
    let now = OffsetDateTime::now_utc();
    match arguments.command {
        Command::List => {
            let store = Store::open_existing(&url).await?;
            let done = list(&store, now, &mut out).await;
            store.close().await;
            unless_closed(done)
        }
        Command::Remove { who } => {
            // Looked at first, so that a wrong address makes no new store.
            Store::open_existing(&url).await?.close().await;
            let store = Store::open(&url).await?;
            let done = remove(&store, &who, (now, &mut out)).await;
            store.close().await;
            unless_closed(done)
        }
    }
}

/// Prints every link, one a line.
pub async fn list(store: &Store, now: OffsetDateTime, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let links = store.links().await.context("the links can't be read")?;
    if links.is_empty() {
        writeln!(out, "Nobody is linked.")?;
    }
    for link in links {
        let state = if link.expires > now { "until" } else { "EXPIRED" };
        writeln!(
            out,
            "{}  {}  {}  {}  since {}  {state} {}",
            link.person,
            link.entra,
            link.account,
            link.how,
            link.linked.format(&Rfc3339)?,
            link.expires.format(&Rfc3339)?
        )?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Removes a link: 0 if there was one, 1 if not.
pub async fn remove(
    store: &Store,
    who: &str,
    (now, out): (OffsetDateTime, &mut impl Write),
) -> anyhow::Result<ExitCode> {
    let links = store.links().await.context("the links can't be read")?;
    let known: Option<Identity> = links
        .into_iter()
        .map(|link| link.person)
        .find(|person| person.to_string() == who);
    let removed = match known {
        Some(person) => unlink(store, &person, now, "removed on the command line").await?,
        None => false,
    };
    let (text, code) = if removed {
        ("The link is removed.", ExitCode::SUCCESS)
    } else {
        ("There is no such link: see `latchkey links list`.", ExitCode::from(1))
    };
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(code)
}
