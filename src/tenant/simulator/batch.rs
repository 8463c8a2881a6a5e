//! `POST /v1.0/$batch`: up to twenty requests in one, each answered for itself.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde_json::{Map, Value, json};

use super::answer::{Answer, malformed, wrong_method};
use super::call::Call;
use super::graph;
use super::server::{Connection, Service, Shared, faulty};

/// The most parts.
const MOST_PARTS: usize = 20;

/// Whether the request is a batch.
pub(super) fn is_one(call: &Call) -> bool {
    call.path == "/v1.0/$batch"
}

/// Answers all parts, in the order in which they came.
pub(super) async fn answer(shared: &Shared, call: &Call) -> Answer {
    let parts = {
        let world = shared.world();
        graph::signed_in(&world, call).and_then(|()| parts(call))
    };
    let parts = match parts {
        Ok(parts) => parts,
        Err(refused) => return refused,
    };
    let mut responses = Vec::new();
    for (id, part) in parts {
        let answer = match part {
            Ok(part) => Box::pin(faulty(shared, &Connection::Part, &part, Service::Named)).await,
            Err(refused) => refused,
        };
        responses.push(answer.into_part(&id));
    }
    Answer::ok(json!({"responses": responses}))
}

type Part = (String, Result<Call, Answer>);

fn parts(call: &Call) -> Result<Vec<Part>, Answer> {
    if call.method != Method::POST {
        return Err(wrong_method());
    }
    let body = call.json().ok_or_else(|| malformed("Invalid batch payload format."))?;
    let requests = body
        .as_object()
        .filter(|body| body.len() == 1)
        .and_then(|body| body.get("requests")?.as_array())
        .ok_or_else(|| malformed("Invalid batch payload format."))?;
    if requests.is_empty() || requests.len() > MOST_PARTS {
        return Err(malformed(&format!(
            "Number of batch request steps exceeds the maximum value of {MOST_PARTS}."
        )));
    }
    let mut parts: Vec<Part> = Vec::new();
    for request in requests {
        let request = request
            .as_object()
            .ok_or_else(|| malformed("Invalid batch payload format."))?;
        let id = request
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| malformed("Request Id is missing."))?;
        if parts.iter().any(|(earlier, _)| earlier == id) {
            return Err(malformed("Request Ids must be unique."));
        }
        parts.push((id.to_owned(), part(call, request)));
    }
    Ok(parts)
}

/// A part as a request of its own, with the batch's token.
fn part(batch: &Call, request: &Map<String, Value>) -> Result<Call, Answer> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let method = text("method").and_then(|name| Method::from_bytes(name.as_bytes()).ok());
    let method = method.ok_or_else(|| malformed("The method of a batch step is missing."))?;
    let url = text("url").filter(|url| url.starts_with('/') && !url.starts_with("/$batch"));
    let uri: Option<Uri> = url.and_then(|url| format!("/v1.0{url}").parse().ok());
    let uri = uri.ok_or_else(|| malformed("The url of a batch step must be relative."))?;
    let mut headers = HeaderMap::new();
    for name in ["authorization", "host"] {
        if let Some(value) = batch.headers.get(name) {
            headers.insert(name, value.clone());
        }
    }
    let own = request.get("headers").and_then(Value::as_object);
    for (name, value) in own.into_iter().flatten() {
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        let (Ok(name), Some(value)) = (HeaderName::try_from(name), value) else {
            return Err(malformed("A header of a batch step is not valid."));
        };
        headers.insert(name, value);
    }
    let body = match request.get("body") {
        None => Bytes::new(),
        // A body without its type is refused in a batch.
        Some(_) if !headers.contains_key("content-type") => {
            return Err(malformed("Write request does not contain Content-Type header or body."));
        }
        Some(body) => Bytes::from(body.to_string()),
    };
    Call::new((method, uri, headers), body).ok_or_else(|| malformed("The request URI is not valid."))
}

impl Answer {
    /// The same as a part of a batch.
    fn into_part(self, id: &str) -> Value {
        let mut part = json!({"id": id, "status": self.status.as_u16(), "headers": self.part_headers()});
        if self.status != StatusCode::NO_CONTENT {
            part["body"] = self.into_body();
        }
        part
    }
}
