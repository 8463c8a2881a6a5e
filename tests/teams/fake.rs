//! Teams, as Microsoft documents it: the issuers' keys, the login service and a connector that keeps what stands in its
//! conversations, knows who is in them, checks who calls and what they send, and can be made to fail.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::keys;
use latchkey::settings::{Credential, TeamsSettings};

pub const APP: &str = "3f1c2b4a-5d6e-4f70-8a9b-0c1d2e3f4a5b";
pub const PASSWORD: &str = "a-password-of-the-bot";
pub const TENANT: &str = "72a1b0c9-d8e7-46f5-9a4b-3c2d1e0f9a8b";
pub const SUPPORT: &str = "19:support@thread.tacv2";
pub const ADMINS: &str = "19:admins@thread.tacv2";
pub const GROUP: &str = "19:group@thread.v2";
const LARGEST: usize = 28 * 1024;

/// Somebody in the organisation.
#[derive(Debug, Clone)]
pub struct Colleague {
    pub name: String,
    pub object: String,
    pub address: Option<String>,
}

impl Colleague {
    pub fn mri(&self) -> String {
        format!("29:{}", self.name)
    }

    pub fn chat(&self) -> String {
        format!("a:{}", self.name)
    }
}

/// What the connector did with a card.
#[derive(Debug, Clone)]
pub struct Line {
    pub conversation: String,
    pub id: String,
    pub activity: Value,
    pub replaces: bool,
    /// Whose view it is, where it is one: the answer to an invoke.
    pub only: Option<String>,
}

/// An answer to be given instead of the right one.
pub struct Mishap {
    pub method: Method,
    pub path: &'static str,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

#[derive(Default)]
pub struct World {
    pub colleagues: Vec<Colleague>,
    /// Who is in which conversation, by the conversation's id without a thread.
    pub members: BTreeMap<String, Vec<String>>,
    pub lines: Vec<Line>,
    pub calls: Vec<(Method, String)>,
    /// The bodies of the calls that had one, with where they went.
    pub sent: Vec<(Method, String, Value)>,
    pub mishaps: VecDeque<Mishap>,
    pub tokens: usize,
    pub refused_tokens: Vec<String>,
    pub token_life: u64,
    pub largest: usize,
    /// The people with whom the bot can't have a chat.
    pub unreachable: Vec<String>,
    pub without_ids: bool,
    pub endorsements: Option<Value>,
    next: usize,
}

#[derive(Clone)]
pub struct Fake {
    pub base: String,
    world: Arc<Mutex<World>>,
}

impl Fake {
    pub async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let world = World {
            token_life: 3600,
            largest: LARGEST,
            endorsements: Some(json!(["msteams", "webchat"])),
            next: 1_700_000_000_000,
            ..World::default()
        };
        let fake = Self {
            base,
            world: Arc::new(Mutex::new(world)),
        };
        let connector = Router::new()
            .route("/v3/conversations", post(begin))
            .route("/v3/conversations/{conversation}/activities", post(send))
            .route("/v3/conversations/{conversation}/activities/{id}", put(replace))
            .route("/v3/conversations/{conversation}/pagedmembers", get(roster))
            .route("/v3/conversations/{conversation}/members/{id}", get(member));
        let routes = Router::new()
            .route("/v1/.well-known/openidconfiguration", get(bot_framework))
            .route("/v1/keys", get(bot_framework_keys))
            .route("/{tenant}/v2.0/.well-known/openid-configuration", get(entra))
            .route("/{tenant}/discovery/v2.0/keys", get(entra_keys))
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .nest("/emea", connector)
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        fake
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Where the connector is.
    pub fn service(&self) -> String {
        format!("{}/emea/", self.base)
    }

    pub fn settings(&self) -> TeamsSettings {
        TeamsSettings {
            app_id: APP.into(),
            app_tenant_id: TENANT.into(),
            credential: Credential::with_secret(APP, SecretString::from(PASSWORD)),
            admin_conversation: Some(ADMINS.into()),
            answer_channels: vec![SUPPORT.into(), GROUP.into()],
            allowed_tenants: vec![TENANT.into()],
            openid_url: Url::parse(&format!("{}/v1/.well-known/openidconfiguration", self.base)).unwrap(),
            login_url: Url::parse(&self.base).unwrap(),
        }
    }

    /// Somebody joins the organisation, and these conversations.
    pub fn employ(&self, colleague: Colleague, conversations: &[&str]) {
        let mut world = self.world();
        for conversation in conversations {
            world
                .members
                .entry((*conversation).to_owned())
                .or_default()
                .push(colleague.mri());
        }
        let own = vec![colleague.mri()];
        world.members.insert(colleague.chat(), own);
        world.colleagues.push(colleague);
    }

    /// Claims that the Bot Framework would sign now.
    pub fn claims(&self) -> Value {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        json!({
            "iss": "https://api.botframework.com",
            "aud": APP,
            "nbf": now - 60,
            "exp": now + 3600,
            "serviceurl": self.service(),
        })
    }

    /// Claims that Entra would sign for the bot itself.
    pub fn own_claims(&self) -> Value {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            "aud": APP,
            "azp": APP,
            "nbf": now - 60,
            "exp": now + 3600,
        })
    }

    pub fn fails(&self, method: Method, path: &'static str, status: u16) {
        self.mishap(Mishap {
            method,
            path,
            status,
            headers: Vec::new(),
            body: Value::Null,
        });
    }

    pub fn mishap(&self, mishap: Mishap) {
        self.world().mishaps.push_back(mishap);
    }

    /// What stands in a conversation now, by its id without a thread.
    pub fn standing(&self, conversation: &str) -> Vec<Line> {
        let world = self.world();
        let mut standing: Vec<Line> = Vec::new();
        for line in world
            .lines
            .iter()
            .filter(|line| base_of(&line.conversation) == conversation && line.only.is_none())
        {
            match standing.iter_mut().find(|before| before.id == line.id) {
                Some(before) => *before = line.clone(),
                None => standing.push(line.clone()),
            }
        }
        standing
    }
}

impl World {
    fn stands(&self, conversation: &str, id: &str) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| line.id == id && base_of(&line.conversation) == base_of(conversation))
    }

    fn colleague(&self, id: &str) -> Option<&Colleague> {
        self.colleagues
            .iter()
            .find(|colleague| colleague.mri() == id || colleague.object == id)
    }

    fn new_id(&mut self) -> String {
        self.next += 1;
        self.next.to_string()
    }
}

pub fn base_of(conversation: &str) -> &str {
    conversation.split(";messageid=").next().unwrap()
}

/// What a member looks like in a roster.
fn member_of(colleague: &Colleague) -> Value {
    json!({
        "id": colleague.mri(),
        "name": colleague.name,
        "aadObjectId": colleague.object,
        "userPrincipalName": colleague.address,
        "tenantId": TENANT,
        "userRole": "user",
    })
}

fn error(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, Json(json!({"error": {"code": code, "message": code}}))).into_response()
}

async fn bot_framework(State(fake): State<Fake>) -> Json<Value> {
    Json(json!({"issuer": "https://api.botframework.com", "jwks_uri": format!("{}/v1/keys", fake.base)}))
}

async fn bot_framework_keys(State(fake): State<Fake>) -> Json<Value> {
    let mut key = keys::bot_framework().jwk();
    if let Some(endorsements) = &fake.world().endorsements {
        key["endorsements"] = endorsements.clone();
    }
    Json(json!({"keys": [key]}))
}

async fn entra(State(fake): State<Fake>, Path(tenant): Path<String>) -> Json<Value> {
    Json(json!({
        "issuer": format!("https://login.microsoftonline.com/{tenant}/v2.0"),
        "jwks_uri": format!("{}/{tenant}/discovery/v2.0/keys", fake.base),
    }))
}

async fn entra_keys() -> Json<Value> {
    Json(json!({"keys": [keys::entra().jwk()]}))
}

async fn token(
    State(fake): State<Fake>,
    Path(tenant): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let is = |name: &str, value: &str| form.get(name).is_some_and(|found| found == value);
    let right = tenant == TENANT
        && is("grant_type", "client_credentials")
        && is("client_id", APP)
        && is("client_secret", PASSWORD)
        && is("scope", "https://api.botframework.com/.default");
    if !right {
        let body = json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let mut world = fake.world();
    world.tokens += 1;
    let answer = json!({
        "token_type": "Bearer",
        "expires_in": world.token_life,
        "ext_expires_in": world.token_life,
        "access_token": format!("token-{}", world.tokens),
    });
    Json(answer).into_response()
}

/// What is the same for every call: it is noted, may be made to fail, and must carry one of our tokens.
#[allow(clippy::result_large_err, reason = "an answer of the fake, made once a call")]
fn received(fake: &Fake, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Response> {
    let mut world = fake.world();
    world.calls.push((method.clone(), uri.to_string()));
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer token-"));
    let known = token
        .and_then(|number| number.parse::<usize>().ok())
        .is_some_and(|number| (1..=world.tokens).contains(&number));
    let refused = token.is_some_and(|number| world.refused_tokens.contains(&number.to_owned()));
    if !known || refused {
        return Err(error(401, "Unauthorized"));
    }
    let fits = |mishap: &Mishap| mishap.method == *method && uri.path().contains(mishap.path);
    if let Some(at) = world.mishaps.iter().position(fits) {
        let mishap = world.mishaps.remove(at).unwrap();
        let mut response = (StatusCode::from_u16(mishap.status).unwrap(), Json(mishap.body)).into_response();
        for (name, value) in mishap.headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        return Err(response);
    }
    Ok(())
}

/// What Teams would refuse in an activity.
fn fault_of(world: &World, activity: &Value) -> Option<Response> {
    if activity.to_string().len() > world.largest {
        return Some(error(413, "MessageSizeTooBig"));
    }
    let attachments = activity["attachments"].as_array().map_or(&[][..], Vec::as_slice);
    let fine = activity["type"] == "message"
        && !attachments.is_empty()
        && attachments.iter().all(|attachment| {
            let card = &attachment["content"];
            attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
                && card["type"] == "AdaptiveCard"
                && card["version"] == "1.5"
                && card["body"].is_array()
        });
    (!fine).then(|| error(400, "BadSyntax"))
}

async fn begin(
    State(fake): State<Fake>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    Json(asked): Json<Value>,
) -> Result<Response, Response> {
    received(&fake, &method, &uri, &headers)?;
    let mut world = fake.world();
    world.sent.push((method, uri.to_string(), asked.clone()));
    if asked["bot"]["id"] != format!("28:{APP}").as_str() || asked["tenantId"] != TENANT {
        return Err(error(400, "BadArgument"));
    }
    if asked["isGroup"] == false {
        let members = asked["members"].as_array().map_or(&[][..], Vec::as_slice);
        let [one] = members else {
            return Err(error(400, "BadArgument"));
        };
        let Some(colleague) = world.colleague(one["id"].as_str().unwrap_or_default()).cloned() else {
            return Err(error(404, "UserNotFound"));
        };
        if world.unreachable.contains(&colleague.name) {
            return Err(error(403, "BotNotInConversationRoster"));
        }
        let answer = json!({"id": colleague.chat(), "serviceUrl": fake.service()});
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    }
    let channel = asked["channelData"]["channel"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if !world.members.contains_key(&channel) {
        return Err(error(404, "ConversationNotFound"));
    }
    if let Some(fault) = fault_of(&world, &asked["activity"]) {
        return Err(fault);
    }
    let id = world.new_id();
    let conversation = format!("{channel};messageid={id}");
    world.lines.push(Line {
        conversation: conversation.clone(),
        id: id.clone(),
        activity: asked["activity"].clone(),
        replaces: false,
        only: None,
    });
    Ok((StatusCode::CREATED, Json(json!({"id": conversation, "activityId": id}))).into_response())
}

async fn send(
    State(fake): State<Fake>,
    Path(conversation): Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    Json(activity): Json<Value>,
) -> Result<Response, Response> {
    received(&fake, &method, &uri, &headers)?;
    let mut world = fake.world();
    world.sent.push((method, uri.to_string(), activity.clone()));
    if !world.members.contains_key(base_of(&conversation)) {
        return Err(error(404, "ConversationNotFound"));
    }
    if world.unreachable.iter().any(|name| conversation == format!("a:{name}")) {
        return Err(error(403, "BotNotInConversationRoster"));
    }
    if let Some(fault) = fault_of(&world, &activity) {
        return Err(fault);
    }
    let id = world.new_id();
    world.lines.push(Line {
        conversation,
        id: id.clone(),
        activity,
        replaces: false,
        only: None,
    });
    if world.without_ids {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    Ok((StatusCode::CREATED, Json(json!({"id": id}))).into_response())
}

async fn replace(
    State(fake): State<Fake>,
    Path((conversation, id)): Path<(String, String)>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    Json(activity): Json<Value>,
) -> Result<Response, Response> {
    received(&fake, &method, &uri, &headers)?;
    let mut world = fake.world();
    world.sent.push((method, uri.to_string(), activity.clone()));
    if !world.stands(&conversation, &id) {
        return Err(error(404, "ActivityNotFoundInConversation"));
    }
    if let Some(fault) = fault_of(&world, &activity) {
        return Err(fault);
    }
    world.lines.push(Line {
        conversation,
        id: id.clone(),
        activity,
        replaces: true,
        only: None,
    });
    Ok(Json(json!({"id": id})).into_response())
}

async fn roster(
    State(fake): State<Fake>,
    Path(conversation): Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Response> {
    received(&fake, &method, &uri, &headers)?;
    let world = fake.world();
    let Some(members) = world.members.get(base_of(&conversation)) else {
        return Err(error(404, "ConversationNotFound"));
    };
    let size: usize = query.get("pageSize").and_then(|size| size.parse().ok()).unwrap_or(200);
    if !(1..=500).contains(&size) {
        return Err(error(400, "BadArgument"));
    }
    let start: usize = query
        .get("continuationToken")
        .and_then(|mark| mark.parse().ok())
        .unwrap_or(0);
    let page: Vec<Value> = members
        .iter()
        .skip(start)
        .take(size)
        .filter_map(|id| world.colleague(id))
        .map(member_of)
        .collect();
    let mut answer = json!({"members": page});
    if start + size < members.len() {
        answer["continuationToken"] = json!((start + size).to_string());
    }
    Ok(Json(answer).into_response())
}

async fn member(
    State(fake): State<Fake>,
    Path((conversation, id)): Path<(String, String)>,
    (method, uri, headers): (Method, Uri, HeaderMap),
) -> Result<Response, Response> {
    received(&fake, &method, &uri, &headers)?;
    let world = fake.world();
    let there = world.members.get(base_of(&conversation)).map_or(&[][..], Vec::as_slice);
    match world.colleague(&id) {
        Some(colleague) if there.contains(&colleague.mri()) => Ok(Json(member_of(colleague)).into_response()),
        _ => Err(error(404, "MemberNotFoundInConversation")),
    }
}
