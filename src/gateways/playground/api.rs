//! The page's HTTP side: the files, what was said, and what a person says or presses. Answers only to loopback names,
//! so that a web page elsewhere can't reach it through a borrowed name.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::{Stream, StreamExt};
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::{Playground, cast, conversation};
use crate::assistant::Inbox;
use crate::chat::{Addressed, Click, EventId, IncomingMessage, MessageRef, Person, Platform, Room, TicketId};
use crate::store::Store;

static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/gateways/playground/page");

/// The largest body that the page sends.
const LARGEST_BODY: usize = 64 * 1024;
/// How many audit records the page shows.
const RECORDS: u32 = 200;
/// A header that a form on another page can't send.
const OWN_HEADER: &str = "x-latchkey";
/// Nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What the panels beside the chat show: the accounts' state and the audit trail.
pub struct Backstage {
    /// Where the audit trail is.
    pub store: Store,
    /// The accounts as they are now, as the page reads them.
    pub accounts: Box<dyn Fn() -> Value + Send + Sync>,
}

#[derive(Clone)]
struct Server {
    playground: Arc<Playground>,
    inbox: Inbox,
    closing: CancellationToken,
}

/// The page and its API, until `closing`: then the panels rest and every open stream ends.
pub fn router(playground: Arc<Playground>, inbox: Inbox, backstage: Backstage, closing: CancellationToken) -> Router {
    let panels = keep_panels(Arc::clone(&playground), backstage);
    tokio::spawn(closing.clone().run_until_cancelled_owned(panels));
    Router::new()
        .route("/", get(|| async { file("index.html") }))
        .route("/{name}", get(|Path(name): Path<String>| async move { file(&name) }))
        .route("/api/world", get(|| async { Json(cast::world()) }))
        .route("/api/events", get(events))
        .route("/api/messages", post(message))
        .route("/api/clicks", post(click))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn(guard))
        .with_state(Server {
            playground,
            inbox,
            closing,
        })
}

impl Playground {
    /// Has the panels read again: something outside the chat has changed.
    pub fn refresh(&self) {
        self.changed.notify_one();
    }
}

async fn keep_panels(playground: Arc<Playground>, backstage: Backstage) {
    loop {
        let accounts = (backstage.accounts)();
        playground
            .rooms()
            .panel("state", json!({"type": "state", "accounts": accounts}));
        match (
            backstage.store.recent_records(RECORDS).await,
            backstage.store.verify().await,
        ) {
            (Ok(records), Ok(verdict)) => {
                let trail = json!({"type": "audit", "records": records, "verdict": verdict});
                playground.rooms().panel("audit", trail);
            }
            (Err(error), _) | (_, Err(error)) => tracing::error!(error = %error, "the audit trail could not be read"),
        }
        playground.changed.notified().await;
    }
}

/// Refuses names that are not loopback's, and writes that a foreign page could have made.
async fn guard(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    if !is_loopback_name(host) {
        return problem(
            StatusCode::MISDIRECTED_REQUEST,
            "open this page by the address that the demo printed",
        )
        .into_response();
    }
    if request.method() == axum::http::Method::POST && !request.headers().contains_key(OWN_HEADER) {
        return problem(
            StatusCode::FORBIDDEN,
            "this is the page's own interface: send the header x-latchkey: 1",
        )
        .into_response();
    }
    let mut response = next.run(request).await;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "[::1]")
        || name
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

fn file(name: &str) -> Response {
    let Some(file) = PAGE.get_file(name) else {
        return problem(StatusCode::NOT_FOUND, "there is no such page").into_response();
    };
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind)], file.contents()).into_response()
}

#[derive(Deserialize)]
struct Viewer {
    r#as: String,
}

async fn events(
    State(server): State<Server>,
    Query(viewer): Query<Viewer>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let person = known(&viewer.r#as)?;
    let (past, live) = server.playground.rooms().watch(&person.identity.user);
    let live = ReceiverStream::new(live);
    let stream = futures::stream::iter(past)
        .chain(live)
        .map(|value| Ok(Event::default().data(value.to_string())));
    let stream = stream.take_until(server.closing.clone().cancelled_owned());
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saying {
    r#as: String,
    conversation: String,
    text: String,
    #[serde(default)]
    mention: bool,
    event: String,
}

async fn message(
    State(server): State<Server>,
    headers: HeaderMap,
    body: Result<Json<Saying>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(saying) = body.map_err(|error| problem(error.status(), &error.body_text()))?;
    let sender = known(&saying.r#as)?;
    let conversation = reachable(&saying.conversation, &sender)?;
    if saying.text.trim().is_empty() {
        return Err(problem(StatusCode::BAD_REQUEST, "write something first"));
    }
    let addressed = match (conversation.room, saying.mention) {
        (Room::Direct, _) | (_, true) => Addressed::Directly,
        (Room::Shared, false) => Addressed::Ambient,
    };
    let text = saying.text.clone();
    let message = IncomingMessage {
        event: event(saying.event),
        conversation,
        sender: sender.clone(),
        text: saying.text,
        addressed,
        locale: locale(&headers),
    };
    if server.playground.rooms().first(&message.event.id) {
        server.playground.hear(&sender, &message.conversation.id, &text);
    }
    server.inbox.message(message).map_err(busy)?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pressing {
    r#as: String,
    conversation: String,
    message: String,
    ticket: String,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    event: String,
}

async fn click(
    State(server): State<Server>,
    headers: HeaderMap,
    body: Result<Json<Pressing>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(pressing) = body.map_err(|error| problem(error.status(), &error.body_text()))?;
    let person = known(&pressing.r#as)?;
    let conversation = reachable(&pressing.conversation, &person)?;
    if !server
        .playground
        .rooms()
        .stands(&conversation.id, &pressing.message, &person.identity.user)
    {
        return Err(problem(
            StatusCode::NOT_FOUND,
            "there is no such message in this conversation",
        ));
    }
    let click = Click {
        event: event(pressing.event),
        message: MessageRef {
            conversation: conversation.clone(),
            id: pressing.message,
        },
        conversation,
        person,
        ticket: TicketId(pressing.ticket),
        inputs: pressing.inputs,
        locale: locale(&headers),
    };
    server.inbox.click(click).await.map_err(busy)?;
    Ok(StatusCode::ACCEPTED)
}

/// The first language that the browser asks for.
fn locale(headers: &HeaderMap) -> Option<String> {
    let tags = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = tags.split([',', ';']).next()?.trim();
    (!first.is_empty()).then(|| first.to_owned())
}

fn event(id: String) -> EventId {
    EventId {
        platform: Platform::Playground,
        id,
    }
}

fn known(id: &str) -> Result<Person, Problem> {
    cast::person(id).ok_or_else(|| problem(StatusCode::NOT_FOUND, "nobody of that name is in the cast"))
}

/// A conversation, if this person can be in it: one's own direct room, and the shared ones. The administrators' room is
/// open to all here, so that one can try what a stranger's click does.
fn reachable(id: &str, person: &Person) -> Result<crate::chat::Conversation, Problem> {
    conversation(id)
        .filter(|found| found.room == Room::Shared || found.id == format!("dm-{}", person.identity.user))
        .ok_or_else(|| problem(StatusCode::NOT_FOUND, "there is no such conversation for this person"))
}

fn busy(_: crate::assistant::NotTaken) -> Problem {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "too much at once: try again in a moment",
    )
}

/// What was wrong with a request, for whoever sent it.
struct Problem(StatusCode, String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn problem(status: StatusCode, what: &str) -> Problem {
    Problem(status, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_answered() {
        for name in [
            "127.0.0.1:8787",
            "localhost:8787",
            "localhost",
            "[::1]:8787",
            "127.0.0.1",
        ] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in [
            "example.gr",
            "127.0.0.1.example.gr:8787",
            "localhost.example.gr",
            "192.0.2.1:80",
            "",
        ] {
            assert!(!is_loopback_name(name), "{name}");
        }
    }
}
