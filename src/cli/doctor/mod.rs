//! `latchkey doctor`: proves against the live services what works, and tells what mends the rest. Changes nothing.

mod local;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::access::links::{self, Links};
use crate::examination::{Examined, Found};
use crate::settings::{Settings, TenantSettings};
use crate::store::Store;
use crate::tenant::{Mode, Tenant};

/// Arguments of `latchkey doctor`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The settings file; without it, latchkey.toml in the current folder and the environment
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print JSON in the place of a table
    #[arg(long)]
    pub json: bool,
}

/// Looks at everything and prints it: 0 when nothing is missing, 1 otherwise. What can't be told is not missing.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(arguments.config.as_deref()).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(
            "{}\nmend these first; `latchkey check` shows them too",
            lines.join("\n")
        )
    })?;
    let seen = examine(&settings).await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&seen)?);
    } else {
        print!("{}", report::table(&seen));
    }
    let missing = seen.iter().any(|seen| matches!(seen.found, Found::Missing { .. }));
    Ok(if missing { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

async fn examine(settings: &Settings) -> anyhow::Result<Vec<Examined>> {
    let mut seen = local::store(&settings.store.url).await;
    seen.extend(tenant(settings).await?);
    // Looking needs nothing of what is kept, and must leave no store behind where there was none.
    let nothing_kept = Store::open("sqlite::memory:").await.context("no store could be made")?;
    let gateways = crate::serve::listeners(settings, &nothing_kept).context("a platform's settings can't be used")?;
    if gateways.is_empty() {
        seen.push(Examined::missing(
            "platforms",
            "platforms",
            "none is set, so nobody can talk to the bot",
            "Add [slack], [teams] or [discord] to the settings; deploy/ has a guide for each",
        ));
    }
    for gateway in gateways {
        seen.extend(gateway.examine().await);
    }
    seen.extend(linking(settings).await?);
    seen.extend(local::public_address(settings).await);
    Ok(seen)
}

/// How people on Slack and Discord prove which Entra account is theirs; nothing where nobody must.
async fn linking(settings: &Settings) -> anyhow::Result<Vec<Examined>> {
    let TenantSettings::Real(tenant) = &settings.tenant else {
        return Ok(Vec::new());
    };
    if settings.slack.is_none() && settings.discord.is_none() {
        return Ok(Vec::new());
    }
    let public_url = settings.http.public_url.as_ref();
    let links = Links::new(tenant, &settings.link, public_url, settings.development.loopback_http);
    Ok(match links.context("[link] can't be used")? {
        Some(links) => links.examine().await,
        None => vec![links::without_application()],
    })
}

async fn tenant(settings: &Settings) -> anyhow::Result<Vec<Examined>> {
    match &settings.tenant {
        TenantSettings::Simulated => Ok(vec![Examined::ok(
            "graph",
            "tenant",
            "[tenant] simulated = true: a practice tenant inside the process, nothing to look at",
        )]),
        TenantSettings::Real(real) => {
            let tenant = Tenant::connect(real, Mode::Real, settings.development.loopback_http);
            match tenant {
                Ok(tenant) => Ok(tenant.examine().await),
                Err(error) => bail!("[tenant] can't be used: {error}"),
            }
        }
    }
}
