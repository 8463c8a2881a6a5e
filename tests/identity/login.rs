//! The token endpoint of Entra, and the place where an Azure machine asks for its identity's tokens: strict about how
//! an application proves itself, and counting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use latchkey::settings::{Credential, LoopbackHttp};
use latchkey::tenant::credential::Tokens;
use latchkey::tenant::transport::Pause;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use url::Url;

use crate::keys::{decode, encode, first};

pub const TENANT: &str = "cccccccc-0000-4000-8000-000000000001";
pub const CLIENT: &str = "cccccccc-0000-4000-8000-000000000002";
pub const SECRET: &str = "canary~secret+of/the=bot";
pub const SCOPE: &str = "https://api.botframework.com/.default";

type Fields = BTreeMap<String, String>;

#[derive(Default)]
struct World {
    requests: Vec<Fields>,
    /// What each next token is good for, in seconds; the last one stays.
    lifetimes: Vec<u64>,
    federated: String,
    statements_seen: BTreeSet<String>,
}

#[derive(Clone)]
struct Shared {
    base: String,
    world: Arc<Mutex<World>>,
    gate: Arc<Semaphore>,
}

/// The running fake.
pub struct Login {
    shared: Shared,
}

impl Login {
    pub async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Shared {
            base: format!("http://{}", listener.local_addr().unwrap()),
            world: Arc::new(Mutex::new(World {
                lifetimes: vec![3599],
                federated: "token-of-the-cluster-1".into(),
                ..World::default()
            })),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        let routes = Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .route("/metadata/identity/oauth2/token", get(machine))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { shared }
    }

    pub fn url(&self) -> Url {
        Url::parse(&self.shared.base).unwrap()
    }

    /// An application that signs in here, and that notes its waits instead of waiting.
    pub fn tokens(&self, credential: &Credential) -> Tokens {
        Tokens::new(credential, &self.url(), TENANT, LoopbackHttp::Allowed)
            .unwrap()
            .pausing(Pause::Note(Arc::default()))
    }

    /// The requests that came, whatever was answered.
    pub fn requests(&self) -> Vec<Fields> {
        self.shared.world.lock().unwrap().requests.clone()
    }

    /// What the next tokens are good for; the last one stays.
    pub fn lifetimes(&self, seconds: &[u64]) {
        self.shared.world.lock().unwrap().lifetimes = seconds.to_vec();
    }

    /// The only token of the cluster that is believed from now on.
    pub fn believe_only(&self, federated: &str) {
        self.shared.world.lock().unwrap().federated = federated.into();
    }

    pub fn close_gate(&self) {
        self.shared.gate.forget_permits(usize::MAX);
    }

    pub fn open_gate(&self) {
        self.shared.gate.add_permits(Semaphore::MAX_PERMITS);
    }

    pub async fn until_asked(&self, times: usize) {
        while self.requests().len() < times {
            tokio::task::yield_now().await;
        }
    }
}

type Answer = (StatusCode, Json<Value>);

fn refuse(error: &str, code: u32, text: &str) -> Answer {
    let body = json!({"error": error, "error_description": format!("AADSTS{code}: {text} Trace ID: x"), "error_codes": [code]});
    (StatusCode::UNAUTHORIZED, Json(body))
}

async fn token(State(shared): State<Shared>, Path(tenant): Path<String>, Form(form): Form<Fields>) -> Answer {
    shared.world.lock().unwrap().requests.push(form.clone());
    shared.gate.acquire().await.unwrap().forget();
    let is = |name: &str, value: &str| form.get(name).is_some_and(|field| field == value);
    if tenant != TENANT || !is("grant_type", "client_credentials") || !is("client_id", CLIENT) {
        return refuse("unauthorized_client", 700_016, "The application was not found.");
    }
    let mut world = shared.world.lock().unwrap();
    let proved = match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), None) => secret == SECRET,
        (None, Some(assertion)) => {
            is(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ) && (*assertion == world.federated || statement_holds(&mut world.statements_seen, assertion, &shared.base))
        }
        _ => false,
    };
    if !proved {
        return refuse(
            "invalid_client",
            7_000_215,
            "Invalid client secret or assertion provided.",
        );
    }
    let lifetime = next(&mut world.lifetimes);
    let number = world.requests.len();
    let scope = &form["scope"];
    let body = json!({"token_type": "Bearer", "expires_in": lifetime, "access_token": format!("{scope}#{number}")});
    (StatusCode::OK, Json(body))
}

/// As <https://learn.microsoft.com/entra/identity-platform/certificate-credentials> has it.
pub fn statement_holds(seen: &mut BTreeSet<String>, assertion: &str, base: &str) -> bool {
    let parts: Vec<&str> = assertion.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return false;
    };
    let read = |part: &str| serde_json::from_slice::<Value>(&decode(part)).unwrap();
    let (header, claims) = (read(header), read(claims));
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let (begins, ends) = (claims["nbf"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    header["alg"] == "PS256"
        && header["typ"] == "JWT"
        && header["x5t#S256"] == encode(&Sha256::digest(first().certificate()))
        && first().signed_with_ps256(&assertion[..assertion.rfind('.').unwrap()], &decode(signature))
        && claims["aud"] == format!("{base}/{TENANT}/oauth2/v2.0/token")
        && claims["iss"] == CLIENT
        && claims["sub"] == CLIENT
        && begins <= now
        && now < ends
        && ends - begins <= 600
        && seen.insert(claims["jti"].as_str().unwrap().to_owned())
}

/// As <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token> has it.
async fn machine(State(shared): State<Shared>, headers: HeaderMap, Query(query): Query<Fields>) -> Answer {
    let mut world = shared.world.lock().unwrap();
    world.requests.push(query.clone());
    let asked_right = headers.get("metadata").is_some_and(|value| value == "true")
        && query
            .get("api-version")
            .is_some_and(|version| version == "2018-02-01" || version == "2019-08-01");
    let assigned = query.get("client_id").is_none_or(|id| id == CLIENT);
    if !asked_right || !assigned {
        let body = json!({"error": "invalid_request", "error_description": "Identity not found"});
        return (StatusCode::BAD_REQUEST, Json(body));
    }
    let lifetime = next(&mut world.lifetimes);
    let ends = OffsetDateTime::now_utc().unix_timestamp() + i64::try_from(lifetime).unwrap();
    let resource = query["resource"].clone();
    let body = json!({
        "access_token": format!("{resource}#{}", world.requests.len()),
        "client_id": CLIENT, "expires_in": lifetime.to_string(), "expires_on": ends.to_string(),
        "not_before": "0", "resource": resource, "token_type": "Bearer",
    });
    (StatusCode::OK, Json(body))
}

fn next(lifetimes: &mut Vec<u64>) -> u64 {
    if lifetimes.len() > 1 {
        lifetimes.remove(0)
    } else {
        lifetimes[0]
    }
}
