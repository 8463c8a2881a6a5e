//! `latchkey demo`: the playground page and a simulated tenant, without any account.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;

/// Arguments of `latchkey demo`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Where the page is served; loopback addresses only, port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
        }
    }
}

/// Runs until interrupted.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let running = crate::serve::demo(arguments.listen).await?;
    println!("Latchkey demo: http://{}/", running.address());
    println!(
        "Chat as one of several people, and press the buttons as an administrator. Nothing here is real. Ctrl-C ends it."
    );
    running.until(crate::serve::interrupted()).await?;
    Ok(ExitCode::SUCCESS)
}
