//! `latchkey freeze` and `latchkey thaw`: stop all actions at once, and let them run again. They work on the store, so a
//! Latchkey that is running obeys at its next step.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use time::OffsetDateTime;

use super::console::{self, entry};
use crate::store::audit::Event;
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

impl StoreArguments {
    async fn open(&self) -> anyhow::Result<Store> {
        console::open(self.config.as_deref(), self.store.as_deref()).await
    }
}

/// Stops all actions.
pub async fn freeze(arguments: FreezeArguments) -> anyhow::Result<ExitCode> {
    let reason = arguments
        .reason
        .map(|reason| reason.chars().take(LONGEST_REASON).collect::<String>());
    let store = arguments.store.open().await?;
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
    let store = arguments.open().await?;
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
