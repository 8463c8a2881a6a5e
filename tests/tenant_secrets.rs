//! Canaries: the bot's secret, its tokens, a new password and people's addresses appear in no error, debug text or log.
//! Alone in its program: log levels are remembered for a whole process, and other tests would set them.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

#[path = "tenant/fake.rs"]
#[allow(dead_code, reason = "shared with the tests that need all of it")]
mod fake;
#[path = "tenant/people.rs"]
#[allow(dead_code, reason = "shared with the tests that need all of it")]
mod people;

use std::io;
use std::sync::{Arc, Mutex};

use latchkey::tenant::account::{BlockReason, BlockedSender};
use secrecy::SecretString;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use fake::{Fake, Reply, SECRET};
use people::{ELENI, id, search, user};

const PASSWORD: &str = "Canary-Password-2026";
const USER: &str = "users/aaaaaaaa-0000-4000-8000-000000000001";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Calls that fail in every way, with services that repeat whatever they were sent.
async fn everything_said(fake: &Fake) -> Vec<String> {
    let tenant = fake.tenant();
    let mut said = vec![format!("{tenant:?}")];
    let repeating = |what: &str| {
        let message = format!("You sent {what} for eleni@contoso.com with Bearer graph-canary-token-1");
        Reply::fault(400, "Request_BadRequest", &message)
    };
    let password = SecretString::from(PASSWORD.to_owned());
    for reply in [
        repeating(PASSWORD),
        Reply::HangUp,
        Reply::html(500),
        Reply::CutOff,
        Reply::html(404),
    ] {
        fake.graph("PATCH", USER, [reply]);
        let error = tenant.set_password(&id(ELENI), &password).await.unwrap_err();
        said.push(format!("{error} {error:?}"));
    }
    fake.graph("GET", &user("eleni%40contoso.com"), [repeating("it")]);
    fake.graph("GET", &search("eleni%40contoso.com"), [Reply::HangUp]);
    let error = tenant.find_account("eleni@contoso.com").await.unwrap_err();
    said.push(format!("{error} {error:?}"));
    let entry = BlockedSender {
        sender_address: "eleni@contoso.com".to_owned(),
        reason: BlockReason::Other,
        since: None,
    };
    for reply in [repeating("it"), Reply::HangUp, Reply::html(200)] {
        fake.exchange([reply]);
        let error = tenant.unblock_sender(&entry).await.unwrap_err();
        said.push(format!("{error} {error:?}"));
    }
    said
}

/// What the token endpoint can make us say.
async fn said_of_the_secret(fake: &Fake) -> Vec<String> {
    let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let mut said = Vec::new();
    for text in [SECRET, &form] {
        for reply in [
            Reply::json(
                401,
                &json!({"error": "invalid_client", "error_description": format!("AADSTS7: {text}")}),
            ),
            Reply::json(400, &json!({"error": text, "error_description": text})),
            Reply::json(200, &json!({"access_token": [text]})),
            Reply::html(404),
        ] {
            fake.next_token_replies([reply]);
            let error = fake.tenant_at(&fake.settings()).risk(&id(ELENI)).await.unwrap_err();
            said.push(format!("{error} {error:?}"));
        }
    }
    said
}

#[tokio::test]
async fn canaries_stay_where_they_are() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let fake = Fake::start().await;
    let mut said = everything_said(&fake).await;
    said.extend(said_of_the_secret(&fake).await);
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("tenant.operation") && log.contains("retry.attempt") && log.contains("http.status"));
    assert!(said.len() > 15);

    let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    // Other crates' lines too may hold none of these, at whatever level somebody turns on.
    for canary in [SECRET, &form, PASSWORD, "canary-token"] {
        assert!(!log.contains(canary), "{canary} in the log");
    }
    for canary in [SECRET, &form, PASSWORD, "canary-token", "eleni"] {
        for text in &said {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    }
    for line in log.lines().filter(|line| line.contains("latchkey::")) {
        for canary in ["eleni", "contoso", "$filter", "http://"] {
            assert!(!line.contains(canary), "{canary} in {line}");
        }
    }
}
