//! An OpenID issuer as Entra's is for one tenant: strict about every parameter, each code good once, and able to give out
//! tokens with one thing wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use url::Url;

use crate::keys::{Signer, encode, first, second, stranger};
use crate::login::{CLIENT, SECRET, TENANT, statement_holds};

pub type Clock = Arc<Mutex<OffsetDateTime>>;
type Fields = BTreeMap<String, String>;
type Answer = (StatusCode, Json<Value>);

/// Somebody who signs in.
#[derive(Debug, Clone)]
pub struct User {
    pub id: String,
    pub address: String,
    pub name: String,
}

struct Granted {
    user: User,
    challenge: String,
    redirect_uri: String,
    nonce: String,
}

#[derive(Default)]
struct Device {
    code: String,
    signed_in: Option<User>,
    slow_down: bool,
    declined: bool,
}

struct World {
    codes: BTreeMap<String, Granted>,
    devices: Vec<Device>,
    /// Put over the claims of the tokens given out next; null takes one out.
    tampered: Fields2,
    signer: &'static Signer,
    issuer: String,
    requests: Vec<Fields>,
    /// The only token of a cluster that is believed.
    federated: Option<String>,
    statements_seen: BTreeSet<String>,
}

type Fields2 = BTreeMap<String, Value>;

#[derive(Clone)]
struct Shared {
    base: String,
    world: Arc<Mutex<World>>,
    clock: Clock,
}

/// The running issuer.
pub struct Issuer {
    shared: Shared,
}

impl Issuer {
    pub async fn start(clock: Clock) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared {
            world: Arc::new(Mutex::new(World {
                codes: BTreeMap::new(),
                devices: Vec::new(),
                tampered: BTreeMap::new(),
                signer: first(),
                issuer: format!("{base}/{TENANT}/v2.0"),
                requests: Vec::new(),
                federated: None,
                statements_seen: BTreeSet::new(),
            })),
            base,
            clock,
        };
        let routes = Router::new()
            .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata))
            .route("/{tenant}/discovery/v2.0/keys", get(keys))
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { shared }
    }

    pub fn url(&self) -> Url {
        Url::parse(&self.shared.base).unwrap()
    }

    /// Somebody signs in at the address to which their browser was sent. Gives what the browser brings back.
    pub fn sign_in(&self, at: &Url, user: &User) -> Fields {
        let asked: Fields = at.query_pairs().into_owned().collect();
        assert_eq!(at.path(), format!("/{TENANT}/oauth2/v2.0/authorize"));
        assert_eq!(at.origin(), self.url().origin());
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["response_mode"], "query");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(
            asked["code_challenge"].len(),
            43,
            "SHA-256 in base64url without padding"
        );
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        assert!(
            asked["state"].len() >= 22 && asked["nonce"].len() >= 22,
            "at least 128 bits"
        );
        assert!(!asked.contains_key("code_verifier"), "the verifier stays where it is");
        let mut world = self.shared.world.lock().unwrap();
        let code = format!("code-{}", world.codes.len());
        let granted = Granted {
            user: user.clone(),
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            nonce: asked["nonce"].clone(),
        };
        world.codes.insert(code.clone(), granted);
        [("code".to_owned(), code), ("state".to_owned(), asked["state"].clone())].into()
    }

    /// Somebody types the newest device code at Microsoft, and signs in.
    pub fn sign_in_device(&self, user: &User) {
        self.shared.world.lock().unwrap().devices.last_mut().unwrap().signed_in = Some(user.clone());
    }

    pub fn decline_device(&self) {
        self.shared.world.lock().unwrap().devices.last_mut().unwrap().declined = true;
    }

    /// The next question about the newest device code was too early.
    pub fn slow_down(&self) {
        self.shared.world.lock().unwrap().devices.last_mut().unwrap().slow_down = true;
    }

    /// Puts something else into the tokens given out from now on, or takes a claim out.
    pub fn tamper(&self, claim: &str, value: Value) {
        self.shared.world.lock().unwrap().tampered.insert(claim.into(), value);
    }

    /// From now on tokens are signed by somebody else, in the name of the issuer's key.
    pub fn sign_as_stranger(&self) {
        self.shared.world.lock().unwrap().signer = stranger();
    }

    /// From now on the metadata names another issuer.
    pub fn pose_as(&self, issuer: &str) {
        self.shared.world.lock().unwrap().issuer = issuer.into();
    }

    /// From now on a token of the cluster proves the application.
    pub fn believe(&self, federated: &str) {
        self.shared.world.lock().unwrap().federated = Some(federated.into());
    }

    /// What the token and device endpoints were asked.
    pub fn requests(&self) -> Vec<Fields> {
        self.shared.world.lock().unwrap().requests.clone()
    }
}

async fn metadata(State(shared): State<Shared>, Path(tenant): Path<String>) -> Json<Value> {
    assert_eq!(tenant, TENANT);
    let base = format!("{}/{TENANT}", shared.base);
    Json(json!({
        "issuer": shared.world.lock().unwrap().issuer,
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
    }))
}

async fn keys() -> Json<Value> {
    Json(json!({"keys": [first().jwk(), second().jwk()]}))
}

fn refuse(error: &str) -> Answer {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"error": error, "error_description": "AADSTS: no."})),
    )
}

async fn token(State(shared): State<Shared>, Form(form): Form<Fields>) -> Answer {
    let mut world = shared.world.lock().unwrap();
    world.requests.push(form.clone());
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("client_id") != CLIENT {
        return refuse("unauthorized_client");
    }
    match field("grant_type") {
        "authorization_code" => {
            if !proves_itself(&mut world, &form, &shared.base) {
                return refuse("invalid_client");
            }
            // Good once, whatever comes of it.
            let Some(granted) = world.codes.remove(field("code")) else {
                return refuse("invalid_grant");
            };
            let challenge = encode(&Sha256::digest(field("code_verifier").as_bytes()));
            if challenge != granted.challenge || field("redirect_uri") != granted.redirect_uri {
                return refuse("invalid_grant");
            }
            let nonce = json!(granted.nonce);
            id_token(&shared, &world, &granted.user, nonce)
        }
        "urn:ietf:params:oauth:grant-type:device_code" => {
            assert!(!form.contains_key("client_secret"), "a public flow");
            let Some(device) = world
                .devices
                .iter_mut()
                .find(|device| device.code == field("device_code"))
            else {
                return refuse("bad_verification_code");
            };
            if std::mem::take(&mut device.slow_down) {
                return refuse("slow_down");
            }
            if device.declined {
                return refuse("authorization_declined");
            }
            match device.signed_in.clone() {
                None => refuse("authorization_pending"),
                Some(user) => id_token(&shared, &world, &user, Value::Null),
            }
        }
        _ => refuse("unsupported_grant_type"),
    }
}

/// One proof, and a good one: the secret, or a statement by the application's certificate or its cluster.
fn proves_itself(world: &mut World, form: &Fields, base: &str) -> bool {
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), None) => secret == SECRET,
        (None, Some(statement)) => {
            form.get("client_assertion_type")
                .is_some_and(|kind| kind == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                && (world.federated.as_ref() == Some(statement)
                    || statement_holds(&mut world.statements_seen, statement, base))
        }
        _ => false,
    }
}

async fn device_code(State(shared): State<Shared>, Form(form): Form<Fields>) -> Answer {
    let mut world = shared.world.lock().unwrap();
    world.requests.push(form.clone());
    if form.get("client_id").is_none_or(|id| id != CLIENT) || !form.contains_key("scope") {
        return refuse("invalid_request");
    }
    let code = format!("secret-device-code-{}", world.devices.len());
    world.devices.push(Device {
        code: code.clone(),
        ..Device::default()
    });
    let body = json!({
        "device_code": code, "user_code": "ABC-DEF", "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": 900, "interval": 5, "message": "To sign in, use a web browser",
    });
    (StatusCode::OK, Json(body))
}

fn id_token(shared: &Shared, world: &World, user: &User, nonce: Value) -> Answer {
    let now = shared.clock.lock().unwrap().unix_timestamp();
    let mut claims = json!({
        "iss": format!("{}/{TENANT}/v2.0", shared.base),
        "aud": CLIENT,
        "tid": TENANT,
        "oid": user.id,
        "sub": format!("pairwise-{}", user.id),
        "preferred_username": user.address,
        "name": user.name,
        "iat": now, "nbf": now, "exp": now + 3600,
        "ver": "2.0",
    });
    if !nonce.is_null() {
        claims["nonce"] = nonce;
    }
    for (name, value) in &world.tampered {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": first().id});
    let token = world.signer.sign(&header, &claims);
    let body = json!({"token_type": "Bearer", "expires_in": 3600, "access_token": "opaque", "id_token": token});
    (StatusCode::OK, Json(body))
}
