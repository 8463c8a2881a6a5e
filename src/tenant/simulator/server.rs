//! Serves requests: reads one whole, lets a waiting fault strike, asks the service that the path names, and writes
//! the log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Response, StatusCode};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, exchange_error, graph_error, malformed, no_such_path};
use super::call::Call;
use super::connection::Wire;
use super::fault::{self, Fault};
use super::login::Resources;
use super::world::{RequestRecord, World};
use super::{batch, control, exchange, graph, login};

/// The longest body that is read.
const BODY_LIMIT: usize = 1024 * 1024;

/// What every request shares.
pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    pub(super) changed: watch::Sender<u64>,
    pub(super) stop: CancellationToken,
    pub(super) resources: Resources,
}

impl Shared {
    /// The state, for as long as the guard lives. A handler that panicked left it as it was.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who watch, if there is news.
    pub(super) fn tell(&self) {
        let revision = self.world().revision;
        self.changed.send_if_modified(|known| {
            let news = *known != revision;
            *known = revision;
            news
        });
    }

    async fn wait(&self, milliseconds: u64) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(milliseconds)) => {}
            () = self.stop.cancelled() => {}
        }
    }
}

/// Serves one request.
pub(super) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return Answer::empty(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let client_request_id = parts.headers.get("client-request-id").cloned();
    let Some(call) = Call::new((parts.method, parts.uri, parts.headers), body) else {
        return malformed("The request URI is not valid.").into_response();
    };
    let answer = if call.segments.first().is_some_and(|first| first == "_simulator") {
        control::answer(&mut shared.world(), &call)
    } else {
        let wire = &Connection::Own(wire);
        if batch::is_one(&call) {
            faulty(&shared, wire, &call, Service::Batch).await
        } else {
            faulty(&shared, wire, &call, Service::Named).await
        }
    };
    shared.tell();
    let mut response = answer.into_response();
    if let Some(id) = client_request_id {
        response.headers_mut().insert("client-request-id", id);
    }
    response
}

/// What a fault can cut.
pub(super) enum Connection {
    /// The client's.
    Own(Wire),
    /// None: a part of a batch has no connection of its own, and one that fails says so with a status.
    Part,
}

/// Who answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// The service that the path names.
    Named,
    /// Graph, which takes a batch apart.
    Batch,
}

impl Connection {
    fn cut(&self) -> Answer {
        match self {
            Self::Own(wire) => {
                wire.cut();
                Answer::empty(StatusCode::OK)
            }
            Self::Part => failing(504),
        }
    }
}

/// Answers a request to one of the services, unless a fault prevents it.
pub(super) async fn faulty(shared: &Shared, wire: &Connection, call: &Call, service: Service) -> Answer {
    let fault = fault::take(&mut shared.world().faults, call);
    let mut whole = true;
    let answer = match &fault {
        Some(Fault::Throttled { retry_after }) => {
            graph_error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too Many Requests").retry_after(*retry_after)
        }
        Some(Fault::Status { status, retry_after }) => failing(*status).retry_after(*retry_after),
        Some(Fault::Exception { exception }) => {
            let name = format!("Microsoft.Exchange.Data.{exception}");
            exchange_error(
                StatusCode::BAD_REQUEST,
                &name,
                "The server is too busy. Please try again later.",
            )
        }
        Some(Fault::DropBefore) => {
            whole = false;
            wire.cut()
        }
        Some(Fault::Delay { milliseconds }) => {
            shared.wait(*milliseconds).await;
            asked(shared, call)
        }
        Some(Fault::LateAnswer { milliseconds }) => {
            let answer = asked(shared, call);
            shared.tell();
            shared.wait(*milliseconds).await;
            answer
        }
        Some(Fault::DropAfter) => {
            asked(shared, call);
            whole = false;
            wire.cut()
        }
        Some(Fault::Truncated) => {
            let answer = asked(shared, call);
            whole = false;
            match (answer.body_length() / 2, wire) {
                (0, _) | (_, Connection::Part) => wire.cut(),
                (half, Connection::Own(own)) => {
                    own.cut_in_body(half);
                    answer
                }
            }
        }
        Some(Fault::ReplicationLag { reads }) => lagging(shared, call, *reads),
        None if service == Service::Batch => batch::answer(shared, call).await,
        None => asked(shared, call),
    };
    shared.world().record(RequestRecord {
        method: call.method.to_string(),
        path: call.path.clone(),
        cmdlet: call.cmdlet(),
        status: whole.then_some(answer.status.as_u16()),
        fault: fault.map(|fault| fault.name().to_owned()),
    });
    answer
}

/// What the service that the path names answers.
fn asked(shared: &Shared, call: &Call) -> Answer {
    let world = &mut shared.world();
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["v1.0", ..] => graph::answer(world, call),
        [first, ..] if first.eq_ignore_ascii_case("adminapi") => exchange::answer(world, call),
        [_, "oauth2", "v2.0", "token"] => login::answer(world, call, &shared.resources),
        ["common", "discovery", "instance"] => login::discovery(call, "common"),
        [tenant, "v2.0", ".well-known", "openid-configuration"] if login::is_tenant(tenant) => {
            login::discovery(call, tenant)
        }
        [first, ..] => no_such_path(first),
        [] => no_such_path(""),
    }
}

/// Does the request, and hides what it changed from the next reads.
fn lagging(shared: &Shared, call: &Call, reads: u32) -> Answer {
    let (people, restrictions) = {
        let world = shared.world();
        (world.people.clone(), world.restrictions.clone())
    };
    let answer = asked(shared, call);
    shared.world().lag_behind(people, restrictions, reads);
    answer
}

fn failing(status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (code, message) = match status {
        StatusCode::SERVICE_UNAVAILABLE => ("serviceNotAvailable", "The service is temporarily unavailable."),
        StatusCode::GATEWAY_TIMEOUT => ("UnknownError", "The request timed out."),
        StatusCode::FORBIDDEN => (
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ),
        _ => ("UnknownError", "An unexpected error occurred."),
    };
    graph_error(status, code, message)
}
