//! A server that publishes an issuer's metadata and keys, and counts how often it is asked.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use latchkey::access::tokens::SigningKeys;
use latchkey::settings::LoopbackHttp;
use latchkey::tenant::transport::http_client;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::Url;

use crate::keys::first;

/// Where the keys are, below the server's address.
const KEYS: &str = "/v1/keys";
const METADATA: &str = "/v1/.well-known/openidconfiguration";

struct State {
    metadata: Value,
    keys: Value,
    status: StatusCode,
    asked_for_metadata: usize,
    asked_for_keys: usize,
}

/// The running server.
pub struct Publisher {
    pub base: String,
    state: Arc<Mutex<State>>,
    /// An answer with keys takes one of these; there are enough unless a test takes them away.
    gate: Arc<Semaphore>,
}

impl Publisher {
    /// Publishes the first key.
    pub async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            metadata: json!({"issuer": "https://api.botframework.com", "jwks_uri": format!("{base}{KEYS}")}),
            keys: json!({"keys": [first().jwk()]}),
            status: StatusCode::OK,
            asked_for_metadata: 0,
            asked_for_keys: 0,
        }));
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let (for_metadata, for_keys, at_gate) = (state.clone(), state.clone(), gate.clone());
        let routes = Router::new()
            .route(
                METADATA,
                get(move || async move {
                    let mut state = for_metadata.lock().unwrap();
                    state.asked_for_metadata += 1;
                    (state.status, Json(state.metadata.clone()))
                }),
            )
            .route(
                KEYS,
                get(move || async move {
                    for_keys.lock().unwrap().asked_for_keys += 1;
                    at_gate.acquire().await.unwrap().forget();
                    let state = for_keys.lock().unwrap();
                    (state.status, Json(state.keys.clone()))
                }),
            );
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { base, state, gate }
    }

    pub fn metadata_url(&self) -> Url {
        Url::parse(&format!("{}{METADATA}", self.base)).unwrap()
    }

    /// A reader of what is published here.
    pub fn reader(&self) -> SigningKeys {
        SigningKeys::new(&self.metadata_url(), http_client(), LoopbackHttp::Allowed).unwrap()
    }

    pub fn publish(&self, keys: &[Value]) {
        self.state.lock().unwrap().keys = json!({"keys": keys});
    }

    pub fn set_metadata(&self, name: &str, value: &str) {
        self.state.lock().unwrap().metadata[name] = json!(value);
    }

    /// From now on every answer has this status.
    pub fn answer_with(&self, status: u16) {
        self.state.lock().unwrap().status = StatusCode::from_u16(status).unwrap();
    }

    /// How often metadata and keys were asked for.
    pub fn asked(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.asked_for_metadata, state.asked_for_keys)
    }

    /// Lets no answer with keys out.
    pub fn close_gate(&self) {
        self.gate.forget_permits(usize::MAX);
    }

    /// Lets all out.
    pub fn open_gate(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS);
    }

    /// Waits until the keys were asked for so often.
    pub async fn until_asked(&self, times: usize) {
        while self.asked().1 < times {
            tokio::task::yield_now().await;
        }
    }
}
