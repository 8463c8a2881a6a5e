//! `latchkey serve`: runs the gateways that the settings enable.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use crate::settings::Settings;

/// Arguments of `latchkey serve`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The settings file; without it, latchkey.toml in the current folder and the environment
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Runs until interrupted.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = match Settings::load(arguments.config.as_deref()) {
        Ok(settings) => settings,
        Err(faults) => {
            for fault in &faults {
                eprintln!("{fault}");
            }
            bail!(
                "the settings have {} fault(s); `latchkey check` shows them too",
                faults.len()
            );
        }
    };
    let running = crate::serve::serve(settings).await?;
    println!("Latchkey listens on http://{}/", running.address());
    running.until(crate::serve::interrupted()).await?;
    Ok(ExitCode::SUCCESS)
}
