//! The connector: it keeps what stands in its conversations, knows who is in them, checks who calls and what they send, and
//! can be made to fail.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{APP, Colleague, Fake, Line, Mishap, TENANT, World, base_of};

pub fn routes() -> Router<Fake> {
    Router::new()
        .route("/v3/conversations", post(begin))
        .route("/v3/conversations/{conversation}/activities", post(send))
        .route("/v3/conversations/{conversation}/activities/{id}", put(replace))
        .route("/v3/conversations/{conversation}/pagedmembers", get(roster))
        .route("/v3/conversations/{conversation}/members/{id}", get(member))
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

/// What is the same for every call: it is noted, may be made to fail, and must carry one of our tokens.
#[allow(clippy::result_large_err, reason = "an answer of the fake, made once a call")]
fn received(fake: &Fake, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Response> {
    let mut world = fake.world();
    world.calls.push((method.clone(), uri.to_string()));
    if world.emulated {
        assert!(
            !headers.contains_key("authorization"),
            "a token is brought to the emulator"
        );
        return world.mishap(method, uri).map_or(Ok(()), Err);
    }
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
    world.mishap(method, uri).map_or(Ok(()), Err)
}

impl World {
    /// The answer that was to be given instead of the right one.
    fn mishap(&mut self, method: &Method, uri: &Uri) -> Option<Response> {
        let fits = |mishap: &Mishap| mishap.method == *method && uri.path().contains(mishap.path);
        let at = self.mishaps.iter().position(fits)?;
        let mishap = self.mishaps.remove(at)?;
        let mut response = (StatusCode::from_u16(mishap.status).unwrap(), Json(mishap.body)).into_response();
        for (name, value) in mishap.headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        Some(response)
    }

    fn take(&mut self, line: Line) {
        self.lines.push(line);
        self.largest = self.then_largest.take().unwrap_or(self.largest);
    }
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
    let tenant = asked["tenantId"] == TENANT || world.emulated;
    if asked["bot"]["id"] != format!("28:{APP}").as_str() || !tenant {
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
    world.take(Line {
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
    world.take(Line {
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
    world.take(Line {
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
