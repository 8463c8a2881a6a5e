//! Everything that Discord knows: people, servers, channels, messages, interactions, and what the bot asked of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;

pub const TOKEN: &str = "canary.bot.token";
pub const APPLICATION: u64 = 1_180_000_000_000_000_001;
/// Old applications have a bot of another id.
pub const BOT: u64 = 1_180_000_000_000_000_009;
pub const GUILD: u64 = 1_180_000_000_000_000_100;
/// A server that the bot is in and that the settings don't name.
pub const OTHER_GUILD: u64 = 1_180_000_000_000_000_200;
pub const SUPPORT: u64 = 1_180_000_000_000_000_101;
pub const ADMINS: u64 = 1_180_000_000_000_000_102;
pub const LOUNGE: u64 = 1_180_000_000_000_000_103;
pub const OWN_ROLE: u64 = 1_180_000_000_000_000_110;
/// <https://docs.discord.com/developers/events/gateway#list-of-intents>
pub const MESSAGE_CONTENT: u64 = 1 << 15;
pub const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;

#[derive(Debug, Clone)]
pub struct User {
    pub name: String,
    pub bot: bool,
    /// Takes no direct messages.
    pub closed: bool,
}

#[derive(Debug, Clone)]
pub struct Channel {
    pub guild: Option<u64>,
    pub kind: u8,
    pub parent: Option<u64>,
    /// In a direct conversation, the other one.
    pub recipient: Option<u64>,
    /// `None` where every member reads it.
    pub readers: Option<BTreeSet<u64>>,
    /// What the bot is refused there, as Discord's code.
    pub refuses: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub id: u64,
    pub channel: u64,
    pub author: u64,
    pub body: Value,
    /// The only one who sees it.
    pub only: Option<u64>,
    pub loading: bool,
    pub deleted: bool,
}

#[derive(Debug, Clone)]
pub struct Interaction {
    pub id: u64,
    pub token: String,
    pub kind: u8,
    pub user: u64,
    pub channel: u64,
    pub created: Duration,
    /// The type of the first answer.
    pub answered: Option<u64>,
    /// The message of the first answer.
    pub original: Option<u64>,
    /// The message that holds the button.
    pub source: Option<u64>,
    pub modal: Option<Value>,
}

/// What the bot asked for.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub body: Value,
}

/// Something that became visible.
#[derive(Debug, Clone)]
pub struct Change {
    pub message: u64,
    pub body: Value,
    pub replaces: bool,
}

/// An answer that is given in the place of the right one.
#[derive(Debug, Clone)]
pub struct Scripted {
    pub method: &'static str,
    pub path: String,
    pub status: u16,
    pub body: Value,
    pub headers: Vec<(&'static str, String)>,
    /// Whether the request is done all the same, as when an answer is lost.
    pub done: bool,
}

/// What the test does to a connection.
#[derive(Debug, Clone)]
pub enum Frame {
    Send(Value),
    Close(u16),
    Drop,
}

#[derive(Debug, Default)]
pub struct Session {
    pub id: String,
    pub intents: u64,
    pub sent: Vec<Value>,
    pub live: Option<mpsc::UnboundedSender<Frame>>,
}

pub struct World {
    pub clock: Duration,
    pub users: BTreeMap<u64, User>,
    /// Server → member → roles.
    pub members: BTreeMap<u64, BTreeMap<u64, Vec<u64>>>,
    pub channels: BTreeMap<u64, Channel>,
    pub messages: Vec<Message>,
    pub interactions: Vec<Interaction>,
    pub commands: HashMap<u64, Value>,
    pub requests: Vec<Request>,
    pub changes: Vec<Change>,
    pub scripted: Vec<Scripted>,
    /// Paths that must not be asked for before this.
    pub closed_until: Vec<(String, Instant)>,
    pub faults: Vec<String>,
    pub sessions: Vec<Session>,
    pub identified: usize,
    pub heartbeats: usize,
    /// The gateway no longer takes the token.
    pub refuse_token: bool,
    /// The REST API no longer takes it.
    pub token_revoked: bool,
    /// <https://docs.discord.com/developers/resources/application#application-object-application-flags>
    pub application_flags: u64,
    pub resumed: usize,
    pub closed_with: Vec<u16>,
    pub granted_intents: u64,
    pub tokens_dead: bool,
    pub refuse_connections: bool,
    pub nonces: HashMap<String, u64>,
    pub reads: HashMap<u64, usize>,
    pub last_dispatch: Option<(String, Value)>,
    pub socket: SocketAddr,
    next: u64,
}

impl World {
    pub fn new(socket: SocketAddr) -> Self {
        let channel = |readers| Channel {
            guild: Some(GUILD),
            kind: 0,
            parent: None,
            recipient: None,
            readers,
            refuses: None,
        };
        let bot = User {
            name: "latchkey".into(),
            bot: true,
            closed: false,
        };
        Self {
            clock: Duration::ZERO,
            users: BTreeMap::from([(BOT, bot)]),
            members: BTreeMap::from([(GUILD, BTreeMap::new()), (OTHER_GUILD, BTreeMap::new())]),
            channels: BTreeMap::from([
                (SUPPORT, channel(None)),
                (LOUNGE, channel(None)),
                (ADMINS, channel(Some(BTreeSet::new()))),
            ]),
            messages: Vec::new(),
            interactions: Vec::new(),
            commands: HashMap::new(),
            requests: Vec::new(),
            changes: Vec::new(),
            scripted: Vec::new(),
            closed_until: Vec::new(),
            faults: Vec::new(),
            sessions: Vec::new(),
            identified: 0,
            heartbeats: 0,
            refuse_token: false,
            token_revoked: false,
            application_flags: 1 << 19,
            resumed: 0,
            closed_with: Vec::new(),
            granted_intents: u64::MAX,
            tokens_dead: false,
            refuse_connections: false,
            nonces: HashMap::new(),
            reads: HashMap::new(),
            last_dispatch: None,
            socket,
            next: 1_190_000_000_000_000_000,
        }
    }

    pub fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Somebody joins the server.
    pub fn join(&mut self, guild: u64, user: u64, name: &str) {
        let known = User {
            name: name.to_owned(),
            bot: false,
            closed: false,
        };
        self.users.insert(user, known);
        self.members.entry(guild).or_default().insert(user, Vec::new());
    }

    pub fn is_connected(&self) -> bool {
        self.sessions.iter().any(|session| session.live.is_some())
    }

    /// The direct conversation with somebody.
    pub fn direct(&mut self, user: u64) -> u64 {
        let found = self
            .channels
            .iter()
            .find(|(_, channel)| channel.recipient == Some(user));
        if let Some((id, _)) = found {
            return *id;
        }
        let id = self.id();
        let channel = Channel {
            guild: None,
            kind: 1,
            parent: None,
            recipient: Some(user),
            readers: Some(BTreeSet::from([user])),
            refuses: None,
        };
        self.channels.insert(id, channel);
        id
    }

    pub fn reads_channel(&self, user: u64, channel: u64) -> bool {
        let Some(channel) = self.channels.get(&channel) else {
            return false;
        };
        match (&channel.readers, channel.guild) {
            (Some(readers), _) => readers.contains(&user),
            (None, Some(guild)) => self.members[&guild].contains_key(&user),
            (None, None) => false,
        }
    }

    pub fn sees(&self, user: u64, message: &Message) -> bool {
        self.reads_channel(user, message.channel) && message.only.is_none_or(|only| only == user)
    }

    pub fn message(&self, id: u64) -> Option<&Message> {
        self.messages
            .iter()
            .find(|message| message.id == id && !message.deleted)
    }

    /// The bot says something.
    pub fn add(&mut self, channel: u64, body: Value, only: Option<u64>) -> u64 {
        let id = self.id();
        let loading = body.get("loading").is_some();
        self.messages.push(Message {
            id,
            channel,
            author: BOT,
            body: body.clone(),
            only,
            loading,
            deleted: false,
        });
        if !loading {
            self.changes.push(Change {
                message: id,
                body,
                replaces: false,
            });
        }
        id
    }

    /// The bot changes what it said. What a body leaves out stays as it was.
    pub fn edit(&mut self, id: u64, body: &Value) {
        let Some(message) = self.messages.iter_mut().find(|message| message.id == id) else {
            return;
        };
        let replaces = !std::mem::replace(&mut message.loading, false);
        if !replaces {
            message.body = json!({});
        }
        for (key, value) in body.as_object().unwrap() {
            message.body[key] = value.clone();
        }
        let change = Change {
            message: id,
            body: message.body.clone(),
            replaces,
        };
        self.changes.push(change);
    }

    /// A message as Discord's events have it.
    pub fn message_json(&self, id: u64) -> Value {
        let message = self.messages.iter().find(|message| message.id == id).unwrap();
        let author = self.user_json(message.author);
        let guild = self.channels[&message.channel].guild;
        let list = |key: &str| message.body.get(key).cloned().unwrap_or_else(|| json!([]));
        let mut embeds = list("embeds");
        for embed in embeds.as_array_mut().unwrap() {
            embed["type"] = "rich".into();
        }
        let mut flags = if message.only.is_some() { EPHEMERAL } else { 0 };
        if message.loading {
            flags |= LOADING;
        }
        let mut json = json!({
            "id": id.to_string(),
            "channel_id": message.channel.to_string(),
            "author": author,
            "content": message.body.get("content").cloned().unwrap_or_else(|| "".into()),
            "timestamp": "2026-11-22T10:00:00.000000+00:00",
            "edited_timestamp": null,
            "tts": false,
            "mention_everyone": false,
            "mentions": list("mentions"),
            "mention_roles": list("mention_roles"),
            "attachments": [],
            "embeds": embeds,
            "components": list("components"),
            "pinned": false,
            "type": message.body.get("type").cloned().unwrap_or_else(|| 0.into()),
            "flags": flags,
        });
        if let Some(reference) = message.body.get("message_reference") {
            json["message_reference"] =
                json!({"type": 0, "channel_id": message.channel.to_string(), "message_id": reference["message_id"]});
            json["type"] = 19.into();
        }
        if let Some(guild) = guild {
            json["guild_id"] = guild.to_string().into();
            if let Some(roles) = self.members[&guild].get(&message.author) {
                json["member"] = member_json(roles);
            }
        }
        json
    }

    pub fn user_json(&self, user: u64) -> Value {
        let known = &self.users[&user];
        json!({
            "id": user.to_string(),
            "username": known.name,
            "global_name": known.name,
            "discriminator": if known.bot { "0001" } else { "0" },
            "avatar": null,
            "bot": known.bot,
        })
    }

    /// Sends an event, or keeps it for the resumed connection.
    pub fn dispatch(&mut self, kind: &str, data: Value) {
        self.last_dispatch = Some((kind.to_owned(), data.clone()));
        let Some(session) = self.sessions.last_mut() else {
            self.faults.push(format!("nobody is there to hear {kind}"));
            return;
        };
        let data = without_content(kind, data, session.intents);
        let frame = json!({"op": 0, "t": kind, "s": session.sent.len() + 1, "d": data});
        session.sent.push(frame.clone());
        if let Some(live) = &session.live {
            let _ = live.send(Frame::Send(frame));
        }
    }

    /// Does something to the connection.
    pub fn connection(&mut self, frame: Frame) {
        let live = self.sessions.last_mut().and_then(|session| session.live.take());
        live.unwrap().send(frame).unwrap();
    }
}

pub fn member_json(roles: &[u64]) -> Value {
    let roles: Vec<String> = roles.iter().map(ToString::to_string).collect();
    json!({
        "roles": roles,
        "joined_at": "2026-01-01T10:00:00.000000+00:00",
        "deaf": false,
        "mute": false,
        "nick": null,
        "avatar": null,
        "flags": 0,
        "pending": false,
        "premium_since": null,
        "communication_disabled_until": null,
    })
}

/// Without the intent, what people write is left out, except in direct messages and where the bot is mentioned.
fn without_content(kind: &str, mut data: Value, intents: u64) -> Value {
    let is_message = kind == "MESSAGE_CREATE" && intents & MESSAGE_CONTENT == 0;
    if is_message && data.get("guild_id").is_some() {
        let mentions = data["mentions"].as_array().unwrap();
        if !mentions
            .iter()
            .any(|user| user["id"].as_str().is_some_and(|id| id.parse() == Ok(BOT)))
        {
            data["content"] = "".into();
        }
    }
    data
}
