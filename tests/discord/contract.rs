//! Every request that the gateway sends, judged by a contract server that knows Discord's own description of its API.
//! `tests/contract/run.mjs` starts that server and this test; without it the test is ignored.

use latchkey::gateways::discord::render;
use latchkey::tenant::transport::http_client;
use serde_json::{Value, json};

use crate::conformance::{Place, Stage, Who, replies};
use crate::fake::{APPLICATION, SUPPORT};
use crate::stage::DiscordStage;

/// Documented by Discord, but not among the paths that the contract has.
fn is_covered(method: &str, path: &str) -> bool {
    let member = path.starts_with("/guilds/") && path.contains("/members/");
    let channel = method == "GET" && path.starts_with("/channels/");
    !member && !channel
}

struct Judge {
    contract: String,
    http: reqwest::Client,
}

impl Judge {
    fn new() -> Self {
        Self {
            contract: std::env::var("LATCHKEY_CONTRACT_URL").expect("run.mjs sets LATCHKEY_CONTRACT_URL"),
            http: http_client(),
        }
    }

    async fn judge(&self, (method, path): (&str, &str), body: &Value) -> (u16, String) {
        let address = format!("{}/api/v10{path}", self.contract.trim_end_matches('/'));
        let mut request = self
            .http
            .request(method.parse().unwrap(), address)
            .header("authorization", "Bot token");
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

/// A story with everything in it: commands registered, a mention, a dialog, a card, a preview, an outcome, a password, a
/// direct message, and something taken away.
async fn everything() -> Vec<(String, String, Value)> {
    let stage = DiscordStage::begin().await;
    let say = |key: &str| stage.house().phrase("en", key);
    stage
        .mentions(Who::Kostas, Place::Support, "I forgot my password, please reset it")
        .await;
    stage.presses(Who::Kostas, &say("ask-administrator")).await;
    stage
        .fills(Who::Kostas, Who::Kostas.address().unwrap(), &say("send-request"))
        .await;
    stage.presses(Who::Ana, &say("action-reset-password")).await;
    stage.presses(Who::Ana, &say("confirm")).await;
    stage.presses(Who::Stranger, &say("reject")).await;
    stage.presses(Who::Petros, &say("approve")).await;
    let kostas = stage.house().identity(Who::Kostas);
    stage.house().gateway.own_chat(&kostas).await.unwrap();
    stage.commands(Who::Ana, "status maria.papadopoulou@contoso.com").await;
    stage.presses(Who::Ana, &say("look-again")).await;
    stage.repeats().await;
    stage.says(Who::Maria, Place::Direct, "I can't send email").await;
    let world = stage.fake.world();
    let sent = world
        .requests
        .iter()
        .map(|one| (one.method.clone(), one.path.clone(), one.body.clone()));
    sent.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the contract server: run tests/contract/run.mjs"]
async fn discord_takes_every_request() {
    let judge = Judge::new();
    let mut sent = everything().await;
    for (_, reply) in replies::all() {
        for message in render::messages(&reply, None, None) {
            sent.push(("POST".into(), format!("/channels/{SUPPORT}/messages"), message.clone()));
            sent.push((
                "PATCH".into(),
                format!("/channels/{SUPPORT}/messages/1180000000000000005"),
                message,
            ));
        }
    }
    let mut judged = Vec::new();
    let mut refused = String::new();
    for (method, path, body) in sent.iter().filter(|(method, path, _)| is_covered(method, path)) {
        let (status, said) = judge.judge((method, path), body).await;
        if !(200..300).contains(&status) {
            refused.push_str(&format!("{method} {path}\n  {status} {said}\n"));
        }
        judged.push(format!("{method} {path}"));
    }
    assert!(refused.is_empty(), "the contract refuses:\n{refused}");
    // Nothing that should have been judged was left out.
    for (method, part) in [
        ("GET", "/gateway/bot"),
        ("GET", "/users/@me"),
        ("GET", "/commands?with_localizations=true"),
        ("PUT", "/commands"),
        ("POST", "/callback"),
        ("POST", "/users/@me/channels"),
        ("PATCH", "/messages/@original"),
    ] {
        assert!(
            judged.iter().any(|one| one.starts_with(method) && one.contains(part)),
            "{method} …{part} was not judged"
        );
    }
    let follow_up = format!("POST /webhooks/{APPLICATION}/");
    assert!(
        judged.iter().any(|one| one.starts_with(&follow_up)),
        "no follow-up was judged"
    );
}

/// The judge is worth something only if it refuses what is wrong.
#[tokio::test]
#[ignore = "needs the contract server: run tests/contract/run.mjs"]
async fn what_is_wrong_is_refused() {
    let judge = Judge::new();
    let messages = format!("/channels/{SUPPORT}/messages");
    let long = json!({"embeds": [{"title": "x".repeat(257)}]});
    let button =
        |style: u8| json!({"components": [{"type": 1, "components": [{"type": 2, "style": style, "label": "x"}]}]});
    for (method, path, body) in [
        ("POST", messages.as_str(), long),
        ("POST", &messages, button(9)),
        ("POST", &messages, json!({"embeds": "none"})),
        ("POST", "/channels/abc/messages", json!({"content": "x"})),
        ("POST", "/users/@me/channels", json!({"recipient_id": {}})),
        ("PATCH", &messages, json!({"content": "x"})),
    ] {
        let (status, said) = judge.judge((method, path), &body).await;
        assert!(
            (400..500).contains(&status),
            "{method} {path} was taken: {status} {said}"
        );
    }
}
