//! A strict, stateful stand-in for the token endpoint, Graph and the Exchange gateway, on a port of its own.
//!
//! It follows the services' documentation and nothing else: a request that a test did not announce, to the letter of
//! its path and query, gets an answer that no client should take for Graph's. Every call must carry a token that was
//! given out for that service and is still good.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use latchkey::settings::{Credential, LoopbackHttp, RealTenant};
use latchkey::tenant::transport::Pause;
use latchkey::tenant::{Mode, Tenant};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

pub const TENANT: &str = "cccccccc-0000-4000-8000-000000000001";
pub const CLIENT: &str = "cccccccc-0000-4000-8000-000000000002";
/// Must appear in no error, log or debug text.
pub const SECRET: &str = "canary~secret+of/the=bot";

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// What the fake does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Reads the request and closes the connection.
    HangUp,
    /// Sends half of the answer and closes the connection.
    CutOff,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }

    pub fn empty(status: u16) -> Self {
        Self::Answer {
            status,
            headers: vec![],
            body: vec![],
        }
    }

    pub fn html(status: u16) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type", "text/html".to_owned())],
            body: b"<html>not the service</html>".to_vec(),
        }
    }

    /// An error body as Graph's.
    pub fn fault(status: u16, code: &str, message: &str) -> Self {
        Self::json(
            status,
            &json!({"error": {"code": code, "message": message, "innerError": {"request-id": "x"}}}),
        )
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    token_requests: usize,
    good_tokens: HashSet<String>,
    token_replies: VecDeque<Reply>,
    /// Seconds that a token says it is good for.
    lifetime: u64,
    /// By method and target; the last reply stays.
    routes: HashMap<(String, String), VecDeque<Reply>>,
}

/// The running fake.
pub struct Fake {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    waits: Arc<Mutex<Vec<Duration>>>,
    tenant: OnceLock<Tenant>,
}

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            lifetime: 3599,
            ..State::default()
        }));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, address, shared.clone()));
            }
        });
        Self {
            address,
            state,
            waits: Arc::default(),
            tenant: OnceLock::new(),
        }
    }

    /// Where everything is. Graph, Exchange and login have different paths here, as they have different hosts.
    pub fn settings(&self) -> RealTenant {
        let url = |path: &str| Url::parse(&format!("http://{}/{path}", self.address)).unwrap();
        RealTenant {
            id: TENANT.to_owned(),
            credential: Credential::with_secret(CLIENT, SecretString::from(SECRET.to_owned())),
            login_url: url("login"),
            graph_url: url("graph"),
            exchange_url: url("exchange/"),
        }
    }

    /// A tenant that is here, and that notes its waits instead of waiting. Always the same one.
    pub fn tenant(&self) -> Tenant {
        self.tenant.get_or_init(|| self.tenant_at(&self.settings())).clone()
    }

    /// Another one.
    pub fn tenant_at(&self, settings: &RealTenant) -> Tenant {
        let pause = Pause::Note(self.waits.clone());
        Tenant::connect_with(settings, Mode::Real, LoopbackHttp::Allowed, pause).unwrap()
    }

    /// Announces a Graph request and its answers, the last of which stays.
    pub fn graph(&self, method: &str, target: &str, replies: impl IntoIterator<Item = Reply>) {
        self.on(method, &format!("/graph/v1.0/{target}"), replies);
    }

    /// Announces a cmdlet's answers.
    pub fn exchange(&self, replies: impl IntoIterator<Item = Reply>) {
        self.on(
            "POST",
            &format!("/exchange/adminapi/beta/{TENANT}/InvokeCommand"),
            replies,
        );
    }

    pub fn on(&self, method: &str, target: &str, replies: impl IntoIterator<Item = Reply>) {
        let route = (method.to_owned(), target.to_owned());
        self.state().routes.insert(route, replies.into_iter().collect());
    }

    /// What the token endpoint does next, before it goes on giving tokens.
    pub fn next_token_replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state().token_replies.extend(replies);
    }

    pub fn token_lifetime(&self, seconds: u64) {
        self.state().lifetime = seconds;
    }

    /// Tokens that were given out are good no more.
    pub fn forget_tokens(&self) {
        self.state().good_tokens.clear();
    }

    /// The requests to the services, tokens aside.
    pub fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    pub fn token_requests(&self) -> usize {
        self.state().token_requests
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, address: SocketAddr, state: Arc<Mutex<State>>) {
    while let Some(seen) = read_request(&mut stream).await {
        let reply = decide(&mut state.lock().unwrap(), address, seen);
        match reply {
            Reply::HangUp => return,
            Reply::CutOff => {
                let half =
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"value\":";
                let _ = stream.write_all(half).await;
                return;
            }
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} X\r\n");
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                if status != 204 {
                    head.push_str(&format!("content-length: {}\r\n", body.len()));
                }
                head.push_str("\r\n");
                if stream.write_all(head.as_bytes()).await.is_err() || stream.write_all(&body).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        let mut chunk = [0_u8; 4096];
        match stream.read(&mut chunk).await {
            Ok(read @ 1..) => bytes.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut body = bytes[end + 4..].to_vec();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
    while body.len() < length {
        let mut chunk = [0_u8; 4096];
        match stream.read(&mut chunk).await {
            Ok(read @ 1..) => body.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
    Some(Seen {
        method,
        target,
        headers,
        body,
    })
}

fn decide(state: &mut State, address: SocketAddr, seen: Seen) -> Reply {
    if seen.target == format!("/login/{TENANT}/oauth2/v2.0/token") {
        return token(state, address, &seen);
    }
    let service = seen.target.split('/').nth(1).unwrap_or_default().to_owned();
    let authorised = seen
        .headers
        .get("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|token| token.starts_with(&service) && state.good_tokens.contains(token));
    let route = (seen.method.clone(), seen.target.clone());
    let fault = shape_fault(&service, &seen);
    state.seen.push(seen);
    if !authorised {
        return Reply::fault(
            401,
            "InvalidAuthenticationToken",
            "Access token is empty, expired or for another service.",
        );
    }
    if let Some(fault) = fault {
        return Reply::fault(400, "TestFault", fault);
    }
    match state.routes.get_mut(&route) {
        Some(replies) if replies.len() > 1 => replies.pop_front().unwrap(),
        Some(replies) => replies.front().unwrap().clone(),
        None => Reply::html(404),
    }
}

/// What every request to a service must look like.
fn shape_fault(service: &str, seen: &Seen) -> Option<&'static str> {
    let has = |name: &str, value: &str| seen.headers.get(name).is_some_and(|found| found == value);
    let id = seen.headers.get("client-request-id");
    if id.is_none_or(|id| uuid::Uuid::try_parse(id).is_err()) {
        return Some("no client-request-id");
    }
    if !has("user-agent", concat!("latchkey/", env!("CARGO_PKG_VERSION"))) {
        return Some("no user agent");
    }
    if !seen.body.is_empty() && !has("content-type", "application/json; charset=utf-8") {
        return Some("no content type");
    }
    if seen.method == "POST" && !seen.headers.contains_key("content-length") {
        return Some("411 in real life: no content-length");
    }
    if service == "graph" && !has("x-ms-throttle-priority", "high") {
        return Some("no throttle priority");
    }
    if service == "exchange"
        && !(has("prefer", "odata.maxpagesize=1000") && seen.headers.contains_key("x-anchormailbox"))
    {
        return Some("no page size or anchor mailbox");
    }
    None
}

fn token(state: &mut State, address: SocketAddr, seen: &Seen) -> Reply {
    state.token_requests += 1;
    if let Some(reply) = state.token_replies.pop_front() {
        return reply;
    }
    let form: HashMap<String, String> = url::form_urlencoded::parse(&seen.body).into_owned().collect();
    let is = |name: &str, value: &str| form.get(name).is_some_and(|found| found == value);
    let service = ["graph", "exchange"]
        .into_iter()
        .find(|service| is("scope", &format!("http://{address}/{service}/.default")));
    let refusal = match service {
        _ if seen.method != "POST" || !is("grant_type", "client_credentials") || !is("client_id", CLIENT) => {
            Some(("invalid_request", "AADSTS900144: The request body is wrong."))
        }
        _ if !is("client_secret", SECRET) => Some((
            "invalid_client",
            "AADSTS7000215: Invalid client secret provided. Trace ID: 0 Correlation ID: 0 Timestamp: 0",
        )),
        None => Some((
            "invalid_scope",
            "AADSTS70011: The provided value for scope is not valid.",
        )),
        Some(_) => None,
    };
    if let Some((error, description)) = refusal {
        let body = json!({"error": error, "error_description": description, "error_codes": [7_000_215]});
        return Reply::json(if error == "invalid_client" { 401 } else { 400 }, &body);
    }
    let token = format!("{}-canary-token-{}", service.unwrap(), state.token_requests);
    state.good_tokens.insert(token.clone());
    Reply::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": state.lifetime, "ext_expires_in": state.lifetime,
            "access_token": token}),
    )
}
