//! `/_simulator/`: the switches over HTTP, for tests in other languages and for a curious newcomer.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::fault::FaultRule;
use super::world::World;

/// Answers a request below `/_simulator/`.
pub(super) fn answer(world: &mut World, call: &Call) -> Answer {
    let method = &call.method;
    match call.segments.get(1).map(String::as_str) {
        Some("faults") if method == Method::POST => inject(world, call),
        Some("faults") if method == Method::GET => Answer::ok(json!({"faults": world.faults})),
        Some("faults") if method == Method::DELETE => {
            world.faults.clear();
            Answer::empty(StatusCode::NO_CONTENT)
        }
        Some("requests") if method == Method::GET => Answer::ok(json!({"requests": world.requests()})),
        Some("state") if method == Method::GET => {
            Answer::ok(json!({"revision": world.revision, "people": world.snapshot()}))
        }
        Some("faults" | "requests" | "state") => Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
        _ => Answer::empty(StatusCode::NOT_FOUND),
    }
}

/// Takes one rule or a list of them. JSON alone is taken, so that no web page can send one unasked.
fn inject(world: &mut World, call: &Call) -> Answer {
    let rules = call.json().ok_or_else(|| "send JSON".to_owned()).and_then(|body| {
        let rules = match body {
            Value::Array(rules) => rules,
            one => vec![one],
        };
        let rules: Result<Vec<FaultRule>, _> = rules.into_iter().map(serde_json::from_value).collect();
        rules.map_err(|fault| fault.to_string())
    });
    match rules {
        Ok(rules) => {
            world.faults.extend(rules);
            Answer::with(StatusCode::CREATED, json!({"faults": world.faults}))
        }
        Err(why) => Answer::with(StatusCode::BAD_REQUEST, json!({"error": why})),
    }
}
