//! A stateful fake of Slack on free ports: its Web API, Socket Mode, and the requests that it signs. It follows Slack's
//! documentation, not our gateway.

#![allow(dead_code, reason = "each test uses a part of it")]

mod api;
pub mod blocks;
mod socket;
pub mod world;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::form_urlencoded;

pub use socket::Sockets;
use world::World;

pub const BOT_TOKEN: &str = "xoxb-canary-bot";
pub const APP_TOKEN: &str = "xapp-canary-app";
pub const SIGNING_SECRET: &str = "canary-signing-secret";

/// Longer than anything on loopback takes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a method does instead of its work, once.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// 429 with `Retry-After`.
    TooMany(u64),
    /// 502.
    Unwell,
    /// `{"ok": false, "error": …}`
    Says(&'static str),
}

pub struct Fake {
    world: Mutex<World>,
    faults: Mutex<BTreeMap<String, VecDeque<Fault>>>,
    always: Mutex<BTreeMap<String, Fault>>,
    calls: watch::Sender<Vec<(String, Value)>>,
    /// Methods that wait until they are let go on.
    held: watch::Sender<Vec<String>>,
    invalid: Mutex<Vec<String>>,
    api: SocketAddr,
    pub sockets: Sockets,
    http: reqwest::Client,
    events: Mutex<u64>,
}

impl Fake {
    pub async fn start() -> Arc<Self> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let fake = Arc::new(Self {
            world: Mutex::default(),
            faults: Mutex::default(),
            always: Mutex::default(),
            calls: watch::Sender::new(Vec::new()),
            held: watch::Sender::new(Vec::new()),
            invalid: Mutex::default(),
            api: listener.local_addr().unwrap(),
            sockets: Sockets::open().await,
            http: latchkey::tenant::transport::http_client(),
            events: Mutex::default(),
        });
        let router = api::router(Arc::clone(&fake));
        tokio::spawn(axum::serve(listener, router).into_future());
        fake
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn api_url(&self) -> String {
        format!("http://{}/api", self.api)
    }

    pub fn response_url(&self, id: &str) -> String {
        format!("http://{}/response/{id}", self.api)
    }

    fn socket_url(&self) -> String {
        self.sockets.url()
    }

    /// What `method` does next instead of its work.
    pub fn fails(&self, method: &str, fault: Fault) {
        self.faults
            .lock()
            .unwrap()
            .entry(method.to_owned())
            .or_default()
            .push_back(fault);
    }

    /// What `method` does from now on instead of its work.
    pub fn always_fails(&self, method: &str, fault: Fault) {
        self.always.lock().unwrap().insert(method.to_owned(), fault);
    }

    pub fn works_again(&self, method: &str) {
        self.always.lock().unwrap().remove(method);
    }

    fn fault(&self, method: &str) -> Option<Fault> {
        let next = self
            .faults
            .lock()
            .unwrap()
            .get_mut(method)
            .and_then(VecDeque::pop_front);
        next.or_else(|| self.always.lock().unwrap().get(method).copied())
    }

    /// Has `method` wait until [`Fake::lets_go`].
    pub fn holds(&self, method: &str) {
        self.held.send_modify(|held| held.push(method.to_owned()));
    }

    pub fn lets_go(&self, method: &str) {
        self.held.send_modify(|held| held.retain(|name| name != method));
    }

    async fn pass(&self, method: &str) {
        let mut held = self.held.subscribe();
        held.wait_for(|held| !held.iter().any(|name| name == method))
            .await
            .unwrap();
    }

    fn called(&self, method: &str, arguments: &Value) {
        self.calls
            .send_modify(|calls| calls.push((method.to_owned(), arguments.clone())));
    }

    /// The arguments of every call of `method`.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        let calls = self.calls.borrow();
        let of = calls.iter().filter(|(name, _)| name == method);
        of.map(|(_, arguments)| arguments.clone()).collect()
    }

    /// Waits until `method` was called so often.
    pub async fn was_called(&self, method: &str, times: usize) {
        let mut calls = self.calls.subscribe();
        let reached = calls.wait_for(|calls| calls.iter().filter(|(name, _)| name == method).count() >= times);
        drop(
            tokio::time::timeout(PATIENCE, reached)
                .await
                .expect("it is never called")
                .unwrap(),
        );
    }

    fn invalid(&self, why: &str) -> String {
        self.invalid.lock().unwrap().push(why.to_owned());
        "invalid_blocks".into()
    }

    /// Nothing was sent that Slack would refuse for its form.
    pub fn nothing_was_invalid(&self) {
        let invalid = self.invalid.lock().unwrap();
        assert!(invalid.is_empty(), "Slack refuses: {invalid:#?}");
    }

    /// An event of the Events API.
    pub fn event(&self, event: Value) -> Value {
        let mut events = self.events.lock().unwrap();
        *events += 1;
        json!({
            "token": "verification-canary",
            "team_id": world::TEAM,
            "api_app_id": "A0LATCHKEY",
            "event": event,
            "type": "event_callback",
            "event_id": format!("Ev{:08}", *events),
            "event_time": 1_700_000_000,
            "authorizations": [{"enterprise_id": null, "team_id": world::TEAM, "user_id": world::BOT, "is_bot": true, "is_enterprise_install": false}],
            "is_ext_shared_channel": false,
            "some_field_of_the_future": {"deep": [1, null]},
        })
    }

    /// Sends a request as Slack does. Gives status and body.
    pub async fn request(&self, to: SocketAddr, path: &str, body: &str) -> (u16, String) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let signed = Signing {
            timestamp: now.to_string(),
            secret: SIGNING_SECRET,
            retry: None,
        };
        self.request_signed(to, (path, body), &signed).await
    }

    pub async fn request_signed(&self, to: SocketAddr, (path, body): (&str, &str), signing: &Signing) -> (u16, String) {
        let kind = if path.ends_with("events") {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let mut request = self
            .http
            .post(format!("http://{to}{path}"))
            .header("content-type", kind)
            .header("x-slack-request-timestamp", &signing.timestamp)
            .header("x-slack-signature", signing.sign(body))
            .body(body.to_owned());
        if let Some(number) = signing.retry {
            request = request
                .header("x-slack-retry-num", number)
                .header("x-slack-retry-reason", "http_timeout");
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub async fn request_plain(&self, to: SocketAddr, path: &str, body: &str) -> u16 {
        let request = self.http.post(format!("http://{to}{path}")).body(body.to_owned());
        request.send().await.unwrap().status().as_u16()
    }
}

/// How a request is signed.
pub struct Signing {
    pub timestamp: String,
    pub secret: &'static str,
    pub retry: Option<u32>,
}

impl Signing {
    fn sign(&self, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let tag = hmac::sign(&key, format!("v0:{}:{body}", self.timestamp).as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("v0={hex}")
    }
}

/// Fields as a form.
pub fn form(fields: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.as_object().unwrap() {
        form.append_pair(name, value.as_str().unwrap_or_default());
    }
    form.finish()
}
