//! The REST API. <https://docs.discord.com/developers/reference>

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request as Incoming, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::world::{APPLICATION, BOT, EPHEMERAL, GUILD, OTHER_GUILD, Request, Scripted, TOKEN, World};
use super::{Fake, check};

type Answer = (u16, Value);

pub fn router(fake: Fake) -> Router {
    Router::new().fallback(serve).with_state(fake)
}

async fn serve(State(fake): State<Fake>, request: Incoming) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let method = parts.method.as_str().to_owned();
    let uri = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let mut world = fake.world();
    let path = match uri.strip_prefix("/api/v10") {
        Some(path) => path.to_owned(),
        None => {
            world.faults.push(format!("outside of the API: {uri}"));
            return respond((404, json!({"message": "404: Not Found", "code": 0})), Vec::new());
        }
    };
    if let Some(refused) = formalities(&mut world, &parts.headers, (&method, &path)) {
        return respond(refused, Vec::new());
    }
    let scripted = world
        .scripted
        .iter()
        .position(|one| one.method == method && path.starts_with(&one.path))
        .map(|index| world.scripted.remove(index));
    let (answer, headers) = match scripted {
        Some(one) => {
            if one.done {
                answer(&mut world, (&method, &path), &body);
            }
            note_limit(&mut world, &path, &one);
            ((one.status, one.body), one.headers)
        }
        None => (answer(&mut world, (&method, &path), &body), Vec::new()),
    };
    // Answering an interaction twice is refused with 400, too, and no fault: a repeated event can't be told in advance.
    if answer.0 == 400 && answer.1["code"] != 40060 {
        let fault = format!("{method} {path}: {}", answer.1);
        world.faults.push(fault);
    }
    world.requests.push(Request { method, path, body });
    respond(answer, headers)
}

fn respond((status, body): Answer, headers: Vec<(&'static str, String)>) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    if status == 204 {
        return response.body(Body::empty()).unwrap();
    }
    response
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// Who asks, as whom, and whether it was told to wait.
fn formalities(world: &mut World, headers: &HeaderMap, (method, path): (&str, &str)) -> Option<Answer> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if !text("user-agent").starts_with("DiscordBot (") {
        world.faults.push(format!("{method} {path}: no valid User-Agent"));
    }
    let now = Instant::now();
    if let Some((closed, _)) = world
        .closed_until
        .iter()
        .find(|(closed, until)| path.starts_with(closed) && *until > now)
    {
        let fault = format!("{method} {path} came although {closed} is limited");
        world.faults.push(fault);
    }
    if world.token_revoked || text("authorization") != format!("Bot {TOKEN}") {
        return Some(error(401, 0, "401: Unauthorized"));
    }
    None
}

fn note_limit(world: &mut World, path: &str, one: &Scripted) {
    if one.status != 429 {
        return;
    }
    let header = one.headers.iter().find(|(name, _)| *name == "retry-after");
    let header = header.map(|(_, seconds)| seconds.parse().unwrap());
    let after = Duration::from_secs_f64(one.body["retry_after"].as_f64().or(header).unwrap());
    // Without JSON it comes from what stands before the API.
    let all = one.body["global"] == true || one.body.is_null();
    let what = if all { "/" } else { path };
    world.closed_until.push((what.to_owned(), Instant::now() + after));
}

fn error(status: u16, code: u64, message: &str) -> Answer {
    (status, json!({"code": code, "message": message}))
}

fn invalid(wrong: &[String]) -> Option<Answer> {
    (!wrong.is_empty()).then(|| {
        (
            400,
            json!({"code": 50035, "message": "Invalid Form Body", "errors": wrong}),
        )
    })
}

fn answer(world: &mut World, (method, path): (&str, &str), body: &Value) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let application = APPLICATION.to_string();
    match (method, parts.as_slice()) {
        ("GET", ["gateway"]) => (200, json!({"url": format!("ws://{}", world.socket)})),
        ("GET", ["gateway", "bot"]) => (
            200,
            json!({
                "url": format!("ws://{}", world.socket),
                "shards": 1,
                "session_start_limit": {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1},
            }),
        ),
        ("GET", ["users", "@me"]) => (200, world.user_json(BOT)),
        ("POST", ["users", "@me", "channels"]) => direct(world, body),
        ("GET", ["applications", "@me"]) => (
            200,
            json!({"id": APPLICATION.to_string(), "flags": world.application_flags}),
        ),
        ("GET", ["channels", id]) => channel(world, id),
        ("GET", ["channels", channel, "messages", message]) => look(world, (channel, message)),
        ("GET", ["guilds", guild, "members", user]) => member(world, guild, user),
        ("GET" | "PUT", ["applications", app, "guilds", guild, "commands"]) if *app == application => {
            commands(world, (method, guild), (query, body))
        }
        ("POST", ["channels", channel, "messages"]) => create(world, channel, body),
        ("PATCH", ["channels", channel, "messages", message]) => edit(world, (channel, message), body),
        ("DELETE", ["channels", channel, "messages", message]) => delete(world, (channel, message)),
        ("POST", ["interactions", id, token, "callback"]) => callback(world, (id, token), body),
        ("POST", ["webhooks", app, token]) if *app == application => follow_up(world, token, body),
        (method, ["webhooks", app, token, "messages", which]) if *app == application => {
            through_token(world, (method, token, which), body)
        }
        _ => {
            world.faults.push(format!("no such route: {method} {path}"));
            error(404, 0, "404: Not Found")
        }
    }
}

fn direct(world: &mut World, body: &Value) -> Answer {
    let user: u64 = body["recipient_id"].as_str().unwrap().parse().unwrap();
    if !world.users.contains_key(&user) {
        return error(400, 50033, "Invalid Recipient(s)");
    }
    let id = world.direct(user);
    (
        200,
        json!({"id": id.to_string(), "type": 1, "recipients": [world.user_json(user)]}),
    )
}

fn channel(world: &World, id: &str) -> Answer {
    let number: u64 = id.parse().unwrap();
    match world.channels.get(&number) {
        Some(found) => {
            let parent = found.parent.map(|parent| parent.to_string());
            let guild = found.guild.map(|guild| guild.to_string());
            (
                200,
                json!({"id": id, "type": found.kind, "guild_id": guild, "parent_id": parent}),
            )
        }
        None => error(404, 10003, "Unknown Channel"),
    }
}

fn member(world: &World, guild: &str, user: &str) -> Answer {
    let (guild, user): (u64, u64) = (guild.parse().unwrap(), user.parse().unwrap());
    let Some(members) = world.members.get(&guild) else {
        return error(403, 50001, "Missing Access");
    };
    match members.get(&user) {
        Some(roles) => {
            let mut member = super::world::member_json(roles);
            member["user"] = world.user_json(user);
            (200, member)
        }
        None => error(404, 10007, "Unknown Member"),
    }
}

fn commands(world: &mut World, (method, guild): (&str, &str), (query, body): (&str, &Value)) -> Answer {
    let guild: u64 = guild.parse().unwrap();
    if !world.members.contains_key(&guild) {
        return error(403, 50001, "Missing Access");
    }
    if method == "PUT" {
        if let Some(refused) = invalid(&check::commands(body)) {
            return refused;
        }
        let mut kept = body.clone();
        for command in kept.as_array_mut().unwrap() {
            command["id"] = world.id().to_string().into();
            command["application_id"] = APPLICATION.to_string().into();
            command["guild_id"] = guild.to_string().into();
            command["version"] = world.id().to_string().into();
            command["default_member_permissions"] = Value::Null;
            command["nsfw"] = false.into();
            // "Only for globally-scoped commands."
            for global in ["contexts", "integration_types"] {
                command.as_object_mut().unwrap().remove(global);
            }
            without_defaults(&mut command["options"]);
        }
        world.commands.insert(guild, kept);
    }
    let mut there = world.commands.get(&guild).cloned().unwrap_or_else(|| json!([]));
    if method == "GET" && !query.contains("with_localizations=true") {
        for command in there.as_array_mut().unwrap() {
            command.as_object_mut().unwrap().remove("name_localizations");
        }
    }
    (200, there)
}

/// Discord leaves out what is empty or false.
fn without_defaults(options: &mut Value) {
    for option in options.as_array_mut().into_iter().flatten() {
        without_defaults(&mut option["options"]);
        let option = option.as_object_mut().unwrap();
        option.retain(|key, value| !(key == "options" && value.as_array().is_none_or(Vec::is_empty)));
        option.retain(|key, value| !(key == "required" && *value == false));
    }
}

/// Whether the bot may write there.
fn refused(world: &World, channel: u64) -> Option<Answer> {
    let Some(found) = world.channels.get(&channel) else {
        return Some(error(404, 10003, "Unknown Channel"));
    };
    if let Some(code) = found.refuses {
        return Some(error(403, code, "Missing Access"));
    }
    let user = found.recipient?;
    let shared = [GUILD, OTHER_GUILD].iter().any(|guild| {
        world
            .members
            .get(guild)
            .is_some_and(|members| members.contains_key(&user))
    });
    if world.users[&user].closed || !shared {
        return Some(error(403, 50007, "Cannot send messages to this user"));
    }
    None
}

fn create(world: &mut World, channel: &str, body: &Value) -> Answer {
    let channel: u64 = channel.parse().unwrap();
    if let Some(refused) = refused(world, channel).or_else(|| invalid(&check::message(body))) {
        return refused;
    }
    let nonce = body["nonce"].as_str().filter(|_| body["enforce_nonce"] == true);
    if let Some(id) = nonce.and_then(|nonce| world.nonces.get(nonce)) {
        return (200, world.message_json(*id));
    }
    if let Some(reference) = body["message_reference"]["message_id"].as_str() {
        let id: u64 = reference.parse().unwrap();
        let there = world.message(id).is_some_and(|message| message.channel == channel);
        if !there && body["message_reference"]["fail_if_not_exists"] != false {
            return error(400, 50035, "Unknown message");
        }
    }
    let id = world.add(channel, body.clone(), None);
    if let Some(nonce) = nonce {
        world.nonces.insert(nonce.to_owned(), id);
    }
    (200, world.message_json(id))
}

fn look(world: &World, (channel, message): (&str, &str)) -> Answer {
    let (channel, id): (u64, u64) = (channel.parse().unwrap(), message.parse().unwrap());
    match world.message(id) {
        Some(found) if found.channel == channel && found.only.is_none() => {
            let mut json = world.message_json(id);
            if let Some(reference) = json["message_reference"]["message_id"].as_str() {
                let referenced: u64 = reference.parse().unwrap();
                json["referenced_message"] = match world.message(referenced) {
                    Some(_) => world.message_json(referenced),
                    None => Value::Null,
                };
            }
            (200, json)
        }
        _ => error(404, 10008, "Unknown Message"),
    }
}

fn own(world: &World, (channel, message): (&str, &str)) -> Result<u64, Answer> {
    let (channel, id): (u64, u64) = (channel.parse().unwrap(), message.parse().unwrap());
    if !world.channels.contains_key(&channel) {
        return Err(error(404, 10003, "Unknown Channel"));
    }
    if let Some(code) = world.channels[&channel].refuses {
        return Err(error(403, code, "Missing Access"));
    }
    match world.message(id) {
        Some(found) if found.channel == channel && found.only.is_none() => match found.author {
            BOT => Ok(id),
            _ => Err(error(403, 50005, "Cannot edit a message authored by another user")),
        },
        _ => Err(error(404, 10008, "Unknown Message")),
    }
}

fn edit(world: &mut World, place: (&str, &str), body: &Value) -> Answer {
    let id = match own(world, place) {
        Ok(id) => id,
        Err(refused) => return refused,
    };
    if let Some(refused) = invalid(&check::message(body)) {
        return refused;
    }
    world.edit(id, body);
    (200, world.message_json(id))
}

fn delete(world: &mut World, place: (&str, &str)) -> Answer {
    match own(world, place) {
        Ok(id) => {
            let message = world.messages.iter_mut().find(|message| message.id == id);
            message.unwrap().deleted = true;
            (204, Value::Null)
        }
        Err(refused) => refused,
    }
}

const FIRST_ANSWER: Duration = Duration::from_secs(3);
const TOKEN_LIVES: Duration = Duration::from_secs(15 * 60);

fn callback(world: &mut World, (id, token): (&str, &str), body: &Value) -> Answer {
    let now = world.clock;
    let Some(index) = world
        .interactions
        .iter()
        .position(|one| one.token == token && one.id.to_string() == id)
    else {
        return error(404, 10062, "Unknown interaction");
    };
    let open = world.interactions[index].clone();
    if now > open.created + FIRST_ANSWER {
        return error(404, 10062, "Unknown interaction");
    }
    if open.answered.is_some() {
        return error(400, 40060, "Interaction has already been acknowledged.");
    }
    let kind = body["type"].as_u64().unwrap();
    let (data, flags) = (&body["data"], body["data"]["flags"].as_u64().unwrap_or(0));
    let only = (flags & EPHEMERAL != 0).then_some(open.user);
    let from_a_message = open.source.is_some();
    let (wrong, original) = match kind {
        4 => {
            let wrong = check::message(data);
            let original = wrong.is_empty().then(|| world.add(open.channel, data.clone(), only));
            (wrong, original)
        }
        5 => (
            Vec::new(),
            Some(world.add(open.channel, json!({"loading": true}), only)),
        ),
        6 if from_a_message => (Vec::new(), open.source),
        9 if open.kind != 5 => (check::modal(data), None),
        other => (
            vec![format!(
                "an answer of type {other} to an interaction of type {}",
                open.kind
            )],
            None,
        ),
    };
    if let Some(refused) = invalid(&wrong) {
        return refused;
    }
    let open = &mut world.interactions[index];
    open.answered = Some(kind);
    open.original = original;
    open.modal = (kind == 9).then(|| data.clone());
    (204, Value::Null)
}

/// The interaction of a token that still works.
fn alive(world: &World, token: &str) -> Result<usize, Answer> {
    let Some(index) = world.interactions.iter().position(|one| one.token == token) else {
        return Err(error(404, 10015, "Unknown Webhook"));
    };
    let open = &world.interactions[index];
    if open.answered.is_none() {
        return Err(error(404, 10015, "Unknown Webhook"));
    }
    if world.tokens_dead || world.clock > open.created + TOKEN_LIVES {
        return Err(error(401, 50027, "Invalid Webhook Token"));
    }
    Ok(index)
}

fn follow_up(world: &mut World, token: &str, body: &Value) -> Answer {
    let index = match alive(world, token) {
        Ok(index) => index,
        Err(refused) => return refused,
    };
    if let Some(refused) = invalid(&check::message(body)) {
        return refused;
    }
    let open = world.interactions[index].clone();
    // The first one takes the place of a "thinking…".
    let loading = open
        .original
        .filter(|id| world.message(*id).is_some_and(|message| message.loading));
    if let Some(original) = loading {
        world.edit(original, body);
        return (200, world.message_json(original));
    }
    let alone = body["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0;
    let id = world.add(open.channel, body.clone(), alone.then_some(open.user));
    (200, world.message_json(id))
}

fn through_token(world: &mut World, (method, token, which): (&str, &str, &str), body: &Value) -> Answer {
    let index = match alive(world, token) {
        Ok(index) => index,
        Err(refused) => return refused,
    };
    let open = world.interactions[index].clone();
    let id = match which {
        "@original" => open.original,
        id => id.parse().ok(),
    };
    let Some(id) = id.filter(|id| world.message(*id).is_some()) else {
        return error(404, 10008, "Unknown Message");
    };
    // A token reaches what was shown through it, and the message whose button was pressed.
    let of_user = world.message(id).unwrap().only.is_none_or(|only| only == open.user);
    if !of_user {
        return error(404, 10008, "Unknown Message");
    }
    match method {
        "PATCH" => {
            if let Some(refused) = invalid(&check::message(body)) {
                return refused;
            }
            world.edit(id, body);
            (200, world.message_json(id))
        }
        "DELETE" => {
            let message = world.messages.iter_mut().find(|message| message.id == id);
            message.unwrap().deleted = true;
            (204, Value::Null)
        }
        _ => error(405, 0, "405: Method Not Allowed"),
    }
}
