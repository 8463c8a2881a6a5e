//! `latchkey doctor` as an operator runs it, against the simulated tenant over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

use std::net::SocketAddr;
use std::process::{Command, Output};

use latchkey::settings::RealTenant;
use latchkey::tenant::simulator::Simulator;
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;

/// An operator's folder with settings for a simulated tenant.
struct Desk {
    folder: TempDir,
    simulator: Simulator,
}

impl Desk {
    fn open() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let simulator = Simulator::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let desk = Self { folder, simulator };
        desk.write("");
        desk
    }

    fn write(&self, more: &str) {
        let tenant = self.simulator.settings();
        let word = secret(&tenant);
        let text = format!(
            "[store]\nurl = \"sqlite://{}/latchkey.sqlite\"\n[development]\nloopback_http = true\n\
             [tenant]\nid = \"{}\"\nclient_id = \"{}\"\nclient_secret = \"{word}\"\nlogin_url = \"{}\"\n\
             graph_url = \"{}\"\nexchange_url = \"{}\"\n{more}",
            self.folder.path().display(),
            tenant.id,
            tenant.credential.client_id.as_deref().unwrap(),
            tenant.login_url,
            tenant.graph_url,
            tenant.exchange_url,
        );
        std::fs::write(self.folder.path().join("latchkey.toml"), text).unwrap();
    }

    async fn doctor(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
        command
            .arg("doctor")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear();
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// What was found, by name.
    async fn found(&self, what: &str) -> (Option<i32>, Value) {
        let output = self.doctor(&["--json"]).await;
        let seen: Vec<Value> = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let one = seen.into_iter().find(|seen| seen["what"] == what);
        (
            output.status.code(),
            one.unwrap_or_else(|| panic!("nothing about {what}")),
        )
    }
}

/// The secret of the simulated tenant's application.
fn secret(tenant: &RealTenant) -> String {
    tenant.credential.secret().unwrap().expose_secret().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_granted_is_ok_and_what_is_not_comes_with_the_command_that_mends_it() {
    let desk = Desk::open();
    for what in [
        "token",
        "clock",
        "User.Read.All",
        "User.RevokeSessions.All",
        "Remove-BlockedSenderAddress",
    ] {
        let (_, seen) = desk.found(what).await;
        assert_eq!(seen["found"], "ok", "{seen}");
    }
    desk.simulator.revoke_permission("Domain.Read.All");
    desk.simulator.revoke_permission("Remove-BlockedSenderAddress");
    desk.simulator.expire_tokens();
    let (code, seen) = desk.found("Domain.Read.All").await;
    assert_eq!((code, seen["found"].as_str()), (Some(1), Some("missing")));
    assert!(
        seen["mend"]
            .as_str()
            .unwrap()
            .contains("New-MgServicePrincipalAppRoleAssignment"),
        "{seen}"
    );
    let (_, seen) = desk.found("Remove-BlockedSenderAddress").await;
    assert_eq!(seen["found"], "missing");
    assert!(seen["unlocks"].as_str().unwrap().contains("Unblock"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_changed_and_no_secret_is_printed() {
    let desk = Desk::open();
    let output = desk.doctor(&[]).await;
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(printed.contains("User.Read.All"), "{printed}");
    assert!(!printed.contains(&secret(&desk.simulator.settings())), "{printed}");
    let requests = desk.simulator.requests();
    let token = |path: &str| path.ends_with("/oauth2/v2.0/token");
    let writes: Vec<_> = requests
        .iter()
        .filter(|request| request.method != "GET" && !token(&request.path))
        .collect();
    assert!(!requests.is_empty() && writes.is_empty(), "{writes:?}");
    assert!(
        !desk.folder.path().join("latchkey.sqlite").exists(),
        "a doctor makes no store"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_named_and_a_tenant_that_does_not_answer_is_not_taken_for_missing() {
    let desk = Desk::open();
    let path = desk.folder.path().join("latchkey.toml");
    let right = std::fs::read_to_string(&path).unwrap();
    let word = secret(&desk.simulator.settings());
    std::fs::write(&path, right.replace(&word, "rolled-over")).unwrap();
    let (code, seen) = desk.found("token").await;
    assert_eq!((code, seen["found"].as_str()), (Some(1), Some("missing")), "{seen}");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let graph = desk.simulator.settings().graph_url.to_string();
    let unreachable = right.replace(
        &format!("graph_url = \"{graph}\""),
        &format!("graph_url = \"http://{nobody}/\""),
    );
    std::fs::write(&path, unreachable).unwrap();
    let (_, seen) = desk.found("token").await;
    assert_ne!(seen["found"], "ok", "a token for another resource is not given: {seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_address_must_lead_to_a_latchkey() {
    let desk = Desk::open();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    desk.write(&format!("[http]\npublic_url = \"http://{nobody}\"\n"));
    let (_, seen) = desk.found("public_url").await;
    assert_eq!(seen["found"], "cant-tell", "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn linking_is_looked_at_where_somebody_must_link() {
    const DISCORD: &str = "[discord]\ntoken = \"canary.bot.token\"\napplication_id = \"1180000000000000001\"\n\
                           guild_ids = [\"1180000000000000002\"]\napi_url = \"http://127.0.0.1:9\"\n";
    let desk = Desk::open();
    desk.write("[http]\npublic_url = \"https://latchkey.contoso.com/bot\"\n");
    let output = desk.doctor(&["--json"]).await;
    let seen: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(seen.iter().all(|one| one["area"] != "link"), "nobody must: {seen:#?}");

    desk.write(&format!(
        "[http]\npublic_url = \"https://latchkey.contoso.com/bot\"\n{DISCORD}"
    ));
    let (_, issuer) = desk.found("issuer").await;
    // The practice tenant has no sign-in for people.
    assert_ne!(issuer["found"], "ok", "{issuer}");
    let (_, credential) = desk.found("credential").await;
    assert_eq!(credential["found"], "ok", "{credential}");
    let (_, back) = desk.found("redirect URI").await;
    assert_eq!(back["found"], "cant-tell", "{back}");
    let mend = back["mend"].as_str().unwrap();
    assert!(
        mend.contains("https://latchkey.contoso.com/bot/link/callback"),
        "{mend}"
    );
    assert!(
        mend.contains(desk.simulator.settings().credential.client_id.as_deref().unwrap()),
        "{mend}"
    );

    desk.write(DISCORD);
    let (_, without) = desk.found("public_url").await;
    assert_eq!(
        (without["area"].as_str(), without["found"].as_str()),
        (Some("link"), Some("cant-tell"))
    );
    assert!(
        without["mend"].as_str().unwrap().contains("Allow public client flows"),
        "{without}"
    );
}
