//! `latchkey simulator`: the practice tenant alone, for trying the bot against it or for tests in other languages.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use secrecy::ExposeSecret;

use crate::tenant::simulator::Simulator;

/// Arguments of `latchkey simulator`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Where it listens; loopback addresses only, port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8788")]
    pub listen: SocketAddr,
}

/// Runs until interrupted.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let listen = arguments.listen;
    if !listen.ip().is_loopback() {
        bail!("the simulated tenant listens on loopback addresses only, and {listen} is none: try 127.0.0.1:8788");
    }
    let simulator =
        Simulator::start(listen).with_context(|| format!("the simulated tenant can't listen on {listen}"))?;
    print!("{}", introduction(&simulator));
    crate::serve::interrupted().await;
    simulator.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// What a newcomer needs: the address, the settings that lead to it, who is there, and the switches. The secret may be
/// shown, because it opens nothing but this practice tenant, and that only until it ends.
fn introduction(simulator: &Simulator) -> String {
    let base = format!("http://{}", simulator.address());
    let people: String = simulator
        .people()
        .iter()
        .map(|person| format!("  {}\n", person.upn))
        .collect();
    format!(
        "Simulated tenant: {base}/\n\
         Nothing here is real, and it forgets everything when it ends. Ctrl-C ends it.\n\
         \n\
         In latchkey.toml:\n\
         \n\
         {settings}\n\
         People:\n\
         {people}\n\
         Make it fail:   curl -X POST {base}/_simulator/faults -H 'content-type: application/json' \\\n\
         \x20                 -d '{{\"method\":\"PATCH\",\"times\":1,\"fault\":{{\"kind\":\"throttled\",\"retry_after\":5}}}}'\n\
         What was asked: curl {base}/_simulator/requests\n\
         How it stands:  curl {base}/_simulator/state\n",
        settings = settings(simulator),
    )
}

fn settings(simulator: &Simulator) -> String {
    let tenant = simulator.settings();
    let secret = tenant.credential.secret().map_or("", |secret| secret.expose_secret());
    format!(
        "[tenant]\n\
         id = \"{}\"\n\
         client_id = \"{}\"\n\
         client_secret = \"{}\"\n\
         login_url = \"{}\"\n\
         graph_url = \"{}\"\n\
         exchange_url = \"{}\"\n\
         \n\
         [development]\n\
         loopback_http = true\n",
        tenant.id,
        tenant.credential.client_id.as_deref().unwrap_or_default(),
        secret,
        tenant.login_url,
        tenant.graph_url,
        tenant.exchange_url,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TenantSettings;

    #[tokio::test]
    async fn what_it_prints_can_be_put_into_a_settings_file() {
        let simulator = Simulator::start(([127, 0, 0, 1], 0).into()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("latchkey.toml");
        std::fs::write(&file, settings(&simulator)).unwrap();
        let read = crate::settings::Settings::load(Some(&file)).unwrap();
        let TenantSettings::Real(read) = read.tenant else {
            panic!("a tenant of its own");
        };
        let meant = simulator.settings();
        assert_eq!(read.id, meant.id);
        assert_eq!(read.credential.client_id, meant.credential.client_id);
        let secret = |credential: &crate::settings::Credential| credential.secret().unwrap().expose_secret().to_owned();
        assert_eq!(secret(&read.credential), secret(&meant.credential));
        assert_eq!(read.exchange_url, meant.exchange_url);
    }

    #[tokio::test]
    async fn it_listens_to_this_machine_alone() {
        let listen = SocketAddr::from(([0, 0, 0, 0], 0));
        let refused = run(Arguments { listen }).await.unwrap_err();
        assert!(refused.to_string().contains("loopback addresses only"));
    }

    #[tokio::test]
    async fn it_introduces_everybody() {
        let simulator = Simulator::start(([127, 0, 0, 1], 0).into()).unwrap();
        let text = introduction(&simulator);
        assert!(simulator.people().iter().all(|person| text.contains(&person.upn)));
        assert!(text.contains(&simulator.address().to_string()));
    }
}
