//! The Web API of the fake, strict in what Slack's documentation is strict in.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded;

use super::blocks::{self, Surface};
use super::world::{BOT, TEAM, direct};
use super::{APP_TOKEN, BOT_TOKEN, Fake, Fault};

const TRIGGER_LIVES: Duration = Duration::from_secs(3);

pub fn router(fake: Arc<Fake>) -> Router {
    Router::new()
        .route("/api/{method}", post(call))
        .route("/response/{id}", post(respond))
        .with_state(fake)
}

async fn call(State(fake): State<Arc<Fake>>, Path(method): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let arguments = match arguments(&method, &headers, &body) {
        Ok(arguments) => arguments,
        Err(error) => return refused(error),
    };
    fake.called(&method, &arguments);
    fake.pass(&method).await;
    match fake.fault(&method) {
        Some(Fault::TooMany(seconds)) => {
            return (
                StatusCode::TOO_MANY_REQUESTS,
                [("retry-after", seconds.to_string())],
                Json(json!({"ok": false, "error": "ratelimited"})),
            )
                .into_response();
        }
        Some(Fault::Unwell) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(Fault::Says(error)) => return refused(error),
        None => {}
    }
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let wanted = if method == "apps.connections.open" {
        APP_TOKEN
    } else {
        BOT_TOKEN
    };
    match token {
        None => return refused("not_authed"),
        Some(token) if token != wanted => return refused("invalid_auth"),
        Some(_) => {}
    }
    match answer(&fake, &method, &arguments) {
        Ok(mut answer) => {
            answer["ok"] = json!(true);
            match fake.world().granted.clone() {
                Some(granted) => ([("x-oauth-scopes", granted)], Json(answer)).into_response(),
                None => Json(answer).into_response(),
            }
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &str) -> Response {
    Json(json!({"ok": false, "error": error})).into_response()
}

/// What only reads takes no JSON: <https://docs.slack.dev/apis/web-api/#slack-web-api__basics__post-bodies>.
fn arguments(method: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, &'static str> {
    let kind = headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let takes_json = method.starts_with("chat.") || method.starts_with("views.") || method == "conversations.open";
    if kind.starts_with("application/json") && takes_json {
        if !kind.contains("charset=utf-8") {
            return Err("missing_charset");
        }
        return serde_json::from_slice(body).map_err(|_| "invalid_json");
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        let fields = form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), json!(value)));
        return Ok(Value::Object(fields.collect()));
    }
    if body.is_empty() {
        return Ok(json!({}));
    }
    Err("invalid_post_type")
}

fn answer(fake: &Fake, method: &str, arguments: &Value) -> Result<Value, String> {
    match method {
        "auth.test" => Ok(
            json!({"url": "https://contoso.slack.com/", "team": "Contoso", "user": "latchkey", "team_id": TEAM, "user_id": BOT, "bot_id": "B0BOT", "enterprise_id": fake.world().enterprise}),
        ),
        "apps.connections.open" => {
            let elsewhere = fake.world().socket_elsewhere.clone();
            Ok(json!({"url": elsewhere.unwrap_or_else(|| fake.socket_url())}))
        }
        "chat.postMessage" => post_message(fake, arguments),
        "chat.postEphemeral" => post_ephemeral(fake, arguments),
        "chat.update" => update(fake, arguments),
        "chat.delete" => delete(fake, arguments),
        "views.open" => open(fake, arguments),
        "views.update" => {
            blocks::check_view(&arguments["view"]).map_err(|why| fake.invalid(&why))?;
            let id = text(arguments, "view_id")?;
            match fake.world().update_view(id, &arguments["view"]) {
                true => Ok(json!({"view": {"id": id}})),
                false => Err("not_found".into()),
            }
        }
        "views.publish" => {
            blocks::check_view(&arguments["view"]).map_err(|why| fake.invalid(&why))?;
            fake.world().published(text(arguments, "user_id")?, &arguments["view"]);
            Ok(json!({"view": {"id": "VHOME"}}))
        }
        "users.info" => {
            let world = fake.world();
            let id = text(arguments, "user")?;
            let user = world.users.get(id).ok_or("user_not_found")?;
            let mut profile = json!({"real_name": user.name, "display_name": user.name, "future_field": [1]});
            if let Some(email) = &user.email {
                profile["email"] = json!(email);
            }
            Ok(
                json!({"user": {"id": id, "team_id": user.team, "name": user.name, "locale": user.locale, "profile": profile}}),
            )
        }
        "users.getPresence" => {
            let world = fake.world();
            let user = world.users.get(text(arguments, "user")?).ok_or("user_not_found")?;
            Ok(json!({"presence": user.presence}))
        }
        "conversations.open" => Ok(json!({"channel": {"id": direct(text(arguments, "users")?)}})),
        "conversations.history" => {
            let world = fake.world();
            let channel = text(arguments, "channel")?;
            if !world.is_in(channel, BOT) {
                return Err("not_in_channel".into());
            }
            let said = world.messages.iter().rev();
            let said = said.filter(|message| message.channel == channel && message.only.is_none());
            let most = text(arguments, "limit")?.parse().map_err(|_| "invalid_limit")?;
            let said: Vec<_> = said
                .take(most)
                .map(|message| json!({"ts": message.ts, "text": message.text}))
                .collect();
            Ok(json!({"messages": said, "has_more": false}))
        }
        "conversations.info" => {
            let world = fake.world();
            let channel = text(arguments, "channel")?;
            let is_member = world.is_in(channel, BOT);
            // A private channel exists for its members alone.
            if !world.members.contains_key(channel) || (channel.starts_with('G') && !is_member) {
                return Err("channel_not_found".into());
            }
            let is_archived = world.archived.contains(channel);
            Ok(
                json!({"channel": {"id": channel, "is_channel": true, "is_member": is_member, "is_archived": is_archived}}),
            )
        }
        _ => Err("unknown_method".into()),
    }
}

fn text<'a>(arguments: &'a Value, key: &str) -> Result<&'a str, String> {
    arguments[key]
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("invalid_arguments: {key}"))
}

fn words<'a>(fake: &Fake, arguments: &'a Value) -> Result<&'a str, String> {
    blocks::check(&arguments["blocks"], Surface::Message).map_err(|why| fake.invalid(&why))?;
    let words = arguments["text"].as_str().unwrap_or_default();
    // Without it a notification says nothing.
    if words.is_empty() || words.chars().count() > 40_000 {
        return Err("no_text".into());
    }
    let unescaped = words.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
    if unescaped.contains(['<', '>', '&']) {
        return Err(fake.invalid("the text is not escaped"));
    }
    Ok(words)
}

fn post_message(fake: &Fake, arguments: &Value) -> Result<Value, String> {
    let words = words(fake, arguments)?;
    let mut world = fake.world();
    let channel = text(arguments, "channel")?.to_owned();
    if !world.members.contains_key(&channel) {
        return Err("channel_not_found".into());
    }
    if !world.is_in(&channel, BOT) {
        return Err("not_in_channel".into());
    }
    let thread = arguments["thread_ts"].as_str();
    if let Some(thread) = thread
        && !world
            .messages
            .iter()
            .any(|message| message.channel == channel && message.ts == thread)
    {
        return Err("thread_not_found".into());
    }
    if arguments["unfurl_links"] != false || arguments["unfurl_media"] != false {
        return Err(fake.invalid("links would be unfurled"));
    }
    let ts = world.said((&channel, thread, None), words, &arguments["blocks"]);
    Ok(json!({"channel": channel, "ts": ts, "message": {"text": words}}))
}

fn post_ephemeral(fake: &Fake, arguments: &Value) -> Result<Value, String> {
    let words = words(fake, arguments)?;
    let mut world = fake.world();
    let (channel, user) = (text(arguments, "channel")?, text(arguments, "user")?);
    if !world.members.contains_key(channel) {
        return Err("channel_not_found".into());
    }
    if !world.is_in(channel, BOT) {
        return Err("not_in_channel".into());
    }
    if !world.is_in(channel, user) {
        return Err("user_not_in_channel".into());
    }
    let to = (channel, arguments["thread_ts"].as_str(), Some(user));
    let ts = world.said(to, words, &arguments["blocks"]);
    Ok(json!({"message_ts": ts}))
}

fn update(fake: &Fake, arguments: &Value) -> Result<Value, String> {
    let words = words(fake, arguments)?;
    let (channel, ts) = (text(arguments, "channel")?, text(arguments, "ts")?);
    let mut world = fake.world();
    let found = world
        .messages
        .iter()
        .find(|message| message.channel == channel && message.ts == ts);
    match found {
        Some(message) if message.only.is_some() || !message.by_the_bot => return Err("cant_update_message".into()),
        None => return Err("message_not_found".into()),
        Some(_) => {}
    }
    world.updated((channel, ts), words, &arguments["blocks"]);
    Ok(json!({"channel": channel, "ts": ts}))
}

fn delete(fake: &Fake, arguments: &Value) -> Result<Value, String> {
    let (channel, ts) = (text(arguments, "channel")?, text(arguments, "ts")?);
    let mut world = fake.world();
    let found = world
        .messages
        .iter()
        .position(|message| message.channel == channel && message.ts == ts && message.only.is_none());
    match found {
        Some(index) if world.messages[index].by_the_bot => {
            world.messages.remove(index);
            Ok(json!({"channel": channel, "ts": ts}))
        }
        Some(_) => Err("cant_delete_message".into()),
        None => Err("message_not_found".into()),
    }
}

fn open(fake: &Fake, arguments: &Value) -> Result<Value, String> {
    blocks::check_view(&arguments["view"]).map_err(|why| fake.invalid(&why))?;
    let mut world = fake.world();
    let (now, closed) = (world.now, world.private_ways_closed);
    let trigger = world
        .triggers
        .get_mut(text(arguments, "trigger_id")?)
        .ok_or("invalid_trigger_id")?;
    if closed || now - trigger.at > TRIGGER_LIVES {
        return Err("expired_trigger_id".into());
    }
    if trigger.used {
        return Err("exchanged_trigger_id".into());
    }
    trigger.used = true;
    let trigger = trigger.clone();
    let id = world.open_view(&trigger, &arguments["view"]);
    Ok(json!({"view": {"id": id}}))
}

/// An address for answers: five times, for half an hour.
async fn respond(State(fake): State<Arc<Fake>>, Path(id): Path<String>, Json(message): Json<Value>) -> Response {
    let words = match words(&fake, &message) {
        Ok(words) => words.to_owned(),
        Err(error) => return (StatusCode::BAD_REQUEST, error).into_response(),
    };
    let mut world = fake.world();
    let closed = world.private_ways_closed;
    let Some(url) = world.response_urls.get_mut(&id).filter(|url| url.uses > 0 && !closed) else {
        return (StatusCode::NOT_FOUND, Json(json!({"ok": false, "error": "used_url"}))).into_response();
    };
    url.uses -= 1;
    let url = url.clone();
    let blocks = &message["blocks"];
    match (message["replace_original"] == true, &url.message) {
        (true, Some(ts)) => {
            world.updated((&url.channel, ts), &words, blocks);
        }
        _ if message["response_type"] == "ephemeral" => {
            let to = (
                url.channel.as_str(),
                message["thread_ts"].as_str(),
                Some(url.user.as_str()),
            );
            world.said(to, &words, blocks);
        }
        _ => {
            world.said((&url.channel, message["thread_ts"].as_str(), None), &words, blocks);
        }
    }
    "ok".into_response()
}
