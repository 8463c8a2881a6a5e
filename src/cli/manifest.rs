//! `latchkey manifest`: what a platform must be told about the bot, made from the settings.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::gateways::{discord, slack, teams};
use crate::settings::{Draft, SettingsFault};

/// Where the package for Teams goes where nothing else is said.
const TEAMS_PACKAGE: &str = "latchkey-teams.zip";

/// Arguments of `latchkey manifest`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(subcommand)]
    platform: Platform,
}

#[derive(Debug, Clone, Subcommand)]
enum Platform {
    /// The app's manifest for Slack, as YAML
    Slack(Output),
    /// The invite for Discord with the least permissions, and the commands, as JSON
    Discord(Output),
    /// The app package for Teams, as a zip to upload
    Teams(Output),
}

/// From which settings, and where to.
#[derive(Debug, Clone, Args)]
pub struct Output {
    /// The settings file; without it, latchkey.toml in the current folder (if there is one) and the environment
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The file to write; without it, the manifest is printed, and the package for Teams gets a name of its own
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
}

/// Makes the manifest of a platform.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.platform {
        Platform::Slack(output) => slack(&output),
        Platform::Discord(output) => discord(&output),
        Platform::Teams(output) => teams(&output),
    }
}

fn slack(output: &Output) -> anyhow::Result<ExitCode> {
    match Draft::load(output.config.as_deref()).slack_app() {
        Ok(app) => write(output.out.as_deref(), &slack::manifest::yaml(&app)?),
        Err(faults) => Ok(faulty(&faults)),
    }
}

fn discord(output: &Output) -> anyhow::Result<ExitCode> {
    match Draft::load(output.config.as_deref()).discord_application() {
        Ok(application) => {
            let manifest = serde_json::to_string_pretty(&discord::manifest::manifest(application))?;
            write(output.out.as_deref(), &format!("{manifest}\n"))
        }
        Err(faults) => Ok(faulty(&faults)),
    }
}

fn teams(output: &Output) -> anyhow::Result<ExitCode> {
    let settings = match Draft::load(output.config.as_deref()).teams() {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            anyhow::bail!(
                "[teams] is not in the settings: write its `app_id` there first, as deploy/teams/README.md shows"
            )
        }
        Err(faults) => return Ok(faulty(&faults)),
    };
    let path = output.out.clone().unwrap_or_else(|| PathBuf::from(TEAMS_PACKAGE));
    let package = teams::manifest::package(&settings)?;
    std::fs::write(&path, package).with_context(|| format!("{} could not be written", path.display()))?;
    println!("Written to {}", path.display());
    Ok(ExitCode::SUCCESS)
}

fn faulty(faults: &[SettingsFault]) -> ExitCode {
    for fault in faults {
        eprintln!("{fault}");
    }
    ExitCode::from(1)
}

fn write(out: Option<&Path>, manifest: &str) -> anyhow::Result<ExitCode> {
    match out {
        Some(path) => {
            std::fs::write(path, manifest).with_context(|| format!("{} could not be written", path.display()))?;
            println!("Written to {}", path.display());
        }
        None => print!("{manifest}"),
    }
    Ok(ExitCode::SUCCESS)
}
