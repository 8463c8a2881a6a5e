//! The gateway: hello, identify, heartbeats, dispatches, resume, invalid sessions.
//! <https://docs.discord.com/developers/events/gateway>

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::Fake;
use super::world::{ADMINS, APPLICATION, BOT, Frame, GUILD, LOUNGE, OWN_ROLE, SUPPORT, Session, TOKEN};

type Socket = WebSocketStream<TcpStream>;

/// As short as a test needs to see one.
const HEARTBEAT_MS: u64 = 2000;

pub async fn serve(listener: TcpListener, fake: Fake) {
    while let Ok((stream, _)) = listener.accept().await {
        if fake.world().refuse_connections {
            continue;
        }
        let fake = fake.clone();
        tokio::spawn(async move {
            if let Ok(socket) = accept_async(stream).await {
                connection(socket, fake).await;
            }
        });
    }
}

async fn connection(mut socket: Socket, fake: Fake) {
    let hello = json!({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}, "s": null, "t": null});
    if send(&mut socket, &hello).await.is_err() {
        return;
    }
    let (sender, mut frames) = mpsc::unbounded_channel();
    let mut session: Option<usize> = None;
    loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                Some(Frame::Send(frame)) => {
                    if send(&mut socket, &frame).await.is_err() {
                        break;
                    }
                }
                Some(Frame::Close(code)) => {
                    let frame = CloseFrame { code: code.into(), reason: "".into() };
                    let _ = socket.close(Some(frame)).await;
                    break;
                }
                Some(Frame::Drop) | None => break,
            },
            received = socket.next() => match received {
                Some(Ok(Message::Text(text))) => {
                    let payload: Value = serde_json::from_str(text.as_str()).unwrap();
                    answer(&fake, &payload, (&mut session, &sender));
                }
                Some(Ok(Message::Close(frame))) => {
                    if let Some(frame) = frame {
                        fake.world().closed_with.push(frame.code.into());
                    }
                    break;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    if let Some(index) = session {
        let mut world = fake.world();
        let held = &mut world.sessions[index];
        if held.live.as_ref().is_some_and(|live| live.same_channel(&sender)) {
            held.live = None;
        }
    }
}

fn answer(fake: &Fake, payload: &Value, (session, sender): (&mut Option<usize>, &mpsc::UnboundedSender<Frame>)) {
    let mut world = fake.world();
    let data = &payload["d"];
    let reply = |value: Value| sender.send(Frame::Send(value)).unwrap();
    match payload["op"].as_u64() {
        Some(1) => {
            world.heartbeats += 1;
            let sent = session.map_or(0, |index| world.sessions[index].sent.len());
            if data.as_u64().is_some_and(|seen| seen > sent as u64) {
                world
                    .faults
                    .push(format!("a heartbeat has seen {data}, and {sent} were sent"));
            }
            reply(json!({"op": 11, "d": null, "s": null, "t": null}));
        }
        Some(2) => {
            let intents = data["intents"].as_u64().unwrap();
            if world.refuse_token || (data["token"] != TOKEN && data["token"] != format!("Bot {TOKEN}")) {
                sender.send(Frame::Close(4004)).unwrap();
                return;
            }
            if intents & !world.granted_intents != 0 {
                sender.send(Frame::Close(4014)).unwrap();
                return;
            }
            world.identified += 1;
            let id = format!("session-{}", world.identified);
            let begun = Session {
                id: id.clone(),
                intents,
                sent: Vec::new(),
                live: Some(sender.clone()),
            };
            world.sessions.push(begun);
            *session = Some(world.sessions.len() - 1);
            let ready = ready(&world.user_json(BOT), &id, &world.socket.to_string());
            world.dispatch("READY", ready);
            world.dispatch("GUILD_CREATE", guild());
            world.last_dispatch = None;
        }
        Some(6) => {
            let found = world
                .sessions
                .iter()
                .position(|held| data["session_id"] == held.id.as_str());
            let Some(index) = found else {
                reply(json!({"op": 9, "d": false, "s": null, "t": null}));
                return;
            };
            *session = Some(index);
            world.resumed += 1;
            let seen = usize::try_from(data["seq"].as_u64().unwrap()).unwrap();
            let missed: Vec<Value> = world.sessions[index].sent.iter().skip(seen).cloned().collect();
            missed.into_iter().for_each(reply);
            world.sessions[index].live = Some(sender.clone());
            let last = world.last_dispatch.clone();
            world.dispatch("RESUMED", json!({"_trace": []}));
            world.last_dispatch = last;
        }
        Some(3) => {}
        other => world
            .faults
            .push(format!("an opcode that a bot does not send: {other:?}")),
    }
}

async fn send(socket: &mut Socket, payload: &Value) -> Result<(), ()> {
    socket
        .send(Message::Text(payload.to_string().into()))
        .await
        .map_err(|_| ())
}

fn ready(bot: &Value, session: &str, socket: &str) -> Value {
    let mut bot = bot.clone();
    bot["verified"] = true.into();
    bot["mfa_enabled"] = false.into();
    json!({
        "v": 10,
        "user": bot,
        "guilds": [{"id": GUILD.to_string(), "unavailable": true}],
        "session_id": session,
        "resume_gateway_url": format!("ws://{socket}"),
        "shard": [0, 1],
        "application": {"id": APPLICATION.to_string(), "flags": 0},
        // Something that came with a later version of the API.
        "invented_later": {"a": [1, 2]},
    })
}

/// The server, as Discord tells of it.
pub fn guild() -> Value {
    let channel = |id: u64, name: &str| json!({"id": id.to_string(), "type": 0, "name": name, "position": 1, "permission_overwrites": []});
    json!({
        "id": GUILD.to_string(),
        "name": "Contoso",
        "owner_id": "1180000000000000099",
        "afk_timeout": 300,
        "verification_level": 1,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [{
            "id": GUILD.to_string(), "name": "@everyone", "color": 0,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
            "hoist": false, "managed": false, "mentionable": false, "permissions": "274877991936", "position": 0, "flags": 0,
        }, {
            "id": OWN_ROLE.to_string(), "name": "Latchkey", "color": 0,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
            "hoist": false, "managed": true, "mentionable": true, "permissions": "0", "position": 1,
            "tags": {"bot_id": BOT.to_string()}, "flags": 0,
        }],
        "emojis": [], "features": [], "mfa_level": 0, "system_channel_flags": 0, "premium_tier": 0,
        "preferred_locale": "en-US", "nsfw_level": 0, "stickers": [], "premium_progress_bar_enabled": false,
        "joined_at": "2026-01-01T10:00:00.000000+00:00", "large": false, "member_count": 6, "voice_states": [],
        "members": [], "channels": [channel(SUPPORT, "support"), channel(ADMINS, "admins"), channel(LOUNGE, "lounge")],
        "threads": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [],
    })
}
