//! The command line of Latchkey: one subcommand a function, no logic.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use latchkey::cli;

/// Recognises Microsoft 365 lockouts in chat, answers with the documented steps, and lets authorised administrators fix them.
///
/// Without a command it starts the demo: a chat page with a simulated tenant, no account needed.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 fine, 1 found something wrong, 2 could not run."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: a chat page and a simulated tenant, no credentials
    Demo(cli::demo::Arguments),
    /// Run the gateways that the settings enable
    Serve(cli::serve::Arguments),
    /// Validate settings and intents, and name every fault with its line
    Check(cli::check::Arguments),
    /// Show how a message is understood
    Explain(cli::explain::Arguments),
    /// Score labelled messages (JSON Lines) against what would be answered
    Evaluate(cli::evaluate::Arguments),
    /// Prove against the live services what works, and tell what mends the rest
    Doctor(cli::doctor::Arguments),
    /// List or remove links between chat accounts and Entra accounts
    Links(cli::links::Arguments),
    /// Verify or export the audit trail
    Audit(cli::audit::Arguments),
    /// Write what a platform must be told about the bot
    Manifest(cli::manifest::Arguments),
    /// Stop all actions at once, those that wait for a second person included
    Freeze(cli::freeze::FreezeArguments),
    /// Let actions run again
    Thaw(cli::freeze::StoreArguments),
    /// Run the simulated tenant alone
    Simulator(cli::simulator::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    latchkey::telemetry::start();
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("latchkey: another TLS provider is installed already");
        return ExitCode::from(2);
    }
    match run(CommandLine::parse()
        .command
        .unwrap_or(Command::Demo(cli::demo::Arguments::default())))
    .await
    {
        Ok(code) => code,
        Err(error) => {
            eprintln!("latchkey: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(arguments) => cli::demo::run(arguments).await,
        Command::Serve(arguments) => cli::serve::run(arguments).await,
        Command::Check(arguments) => cli::check::run(arguments),
        Command::Explain(arguments) => cli::explain::run(arguments),
        Command::Evaluate(arguments) => cli::evaluate::run(arguments),
        Command::Doctor(arguments) => cli::doctor::run(arguments).await,
        Command::Links(arguments) => cli::links::run(arguments).await,
        Command::Audit(arguments) => cli::audit::run(arguments).await,
        Command::Manifest(arguments) => cli::manifest::run(arguments),
        Command::Freeze(arguments) => cli::freeze::freeze(arguments).await,
        Command::Thaw(arguments) => cli::freeze::thaw(arguments).await,
        Command::Simulator(arguments) => cli::simulator::run(arguments).await,
    }
}
