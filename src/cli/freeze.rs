//! `latchkey freeze` and `latchkey thaw`: stop all actions at once, and let them run again. They work on the store, so a
//! Latchkey that is running obeys at its next step.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use time::OffsetDateTime;

use super::audit::store_url;
use crate::chat::{Identity, Platform};
use crate::settings::Draft;
use crate::store::audit::{Detail, Entry, Event};
use crate::store::brakes::Freeze;
use crate::store::{Claim, Store};

/// The longest reason that is kept.
const LONGEST_REASON: usize = 200;

/// Arguments of `latchkey freeze`.
#[derive(Debug, Clone, Args)]
pub struct FreezeArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// Why; kept in the audit trail and shown to administrators. No names and no secrets
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
}

/// Which store.
#[derive(Debug, Clone, Args)]
pub struct StoreArguments {
    /// The settings file that names the store; without it, latchkey.toml in the current folder and the environment
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The store itself, as in sqlite://latchkey.sqlite
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    store: Option<String>,
}

/// Stops all actions.
pub async fn freeze(arguments: FreezeArguments) -> anyhow::Result<ExitCode> {
    let reason = arguments
        .reason
        .map(|reason| reason.chars().take(LONGEST_REASON).collect::<String>());
    let store = open(arguments.store).await?;
    let now = OffsetDateTime::now_utc();
    let entry = entry(now, Event::Frozen, reason.as_deref().unwrap_or("from the command line"));
    let freeze = Freeze {
        since: now,
        who: entry.who.to_string(),
        reason,
    };
    let done = store.freeze(&freeze, &entry).await?;
    println!(
        "{}",
        match done {
            Claim::Won => "All actions are stopped. `latchkey thaw` lets them run again.",
            Claim::Lost => "All actions were stopped already.",
        }
    );
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Lets actions run again.
pub async fn thaw(arguments: StoreArguments) -> anyhow::Result<ExitCode> {
    let store = open(arguments).await?;
    let entry = entry(OffsetDateTime::now_utc(), Event::Thawed, "from the command line");
    let done = store.thaw(&entry).await?;
    println!(
        "{}",
        match done {
            Claim::Won => "Actions run again.",
            Claim::Lost => "Actions were not stopped.",
        }
    );
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Opens a store that exists: a wrong name must not make a new one, whose switch nobody looks at.
async fn open(arguments: StoreArguments) -> anyhow::Result<Store> {
    let (url, anchor) = match arguments.store {
        Some(url) => (url, None),
        None => {
            let config = arguments.config.as_deref();
            (store_url(config)?, Draft::load(config).audit().anchor)
        }
    };
    Store::open_existing(&url).await?.close().await;
    let store = Store::open(&url).await?;
    Ok(match anchor {
        Some(anchor) => store.with_anchor(&anchor),
        None => store,
    })
}

/// Whoever may run commands here is named by their account on this machine.
fn entry(at: OffsetDateTime, event: Event, note: &str) -> Entry {
    let named = |variable: &str| std::env::var(variable).ok().filter(|name| !name.is_empty());
    Entry {
        at,
        event,
        who: Identity {
            platform: Platform::Console,
            scope: named("HOSTNAME").unwrap_or_else(|| "localhost".to_owned()),
            user: named("SUDO_USER")
                .or_else(|| named("USER"))
                .unwrap_or_else(|| "unknown".to_owned()),
        },
        who_entra: None,
        action: None,
        target: None,
        operation: format!("console-{}", at.unix_timestamp_nanos()),
        note: note.to_owned(),
        detail: Detail::default(),
    }
}
