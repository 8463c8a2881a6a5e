//! What Slack sends, read into the shared vocabulary. Payloads are read leniently: an unknown field, or one of another
//! type than expected, never loses an event.
//! <https://docs.slack.dev/reference/events/>

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::reading;
use super::spot::Spot;
use crate::chat::{Addressed, Command, Conversation, EventId, Identity, MessageRef, Platform, Room, Shows, TicketId};

/// Who the bot is, and where it listens.
#[derive(Debug, Clone, Copy)]
pub struct Ears<'a> {
    /// The bot's own user id, where it is known already.
    pub bot: Option<&'a str>,
    /// The workspaces that are served.
    pub teams: &'a [String],
    /// Channels in which it listens unasked.
    pub answer_channels: &'a [String],
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Somebody wrote.
    Message {
        /// Who, where.
        event: Happening,
        /// What.
        text: String,
        /// To whom.
        addressed: Addressed,
    },
    /// Somebody opened their direct messages with the bot, for the first time perhaps.
    Opened {
        /// Who, where.
        event: Happening,
    },
    /// Somebody opened the home tab or gave a command, or let the bot in.
    Command {
        /// Who, where.
        event: Happening,
        /// What is asked for.
        command: Command,
        /// Where the answer goes.
        handle: Handles,
    },
    /// Somebody pressed a button.
    Click {
        /// Who, where.
        event: Happening,
        /// What the button carried.
        ticket: TicketId,
        /// Where the button stands.
        spot: Spot,
        /// What was filled in.
        inputs: BTreeMap<String, String>,
        /// Where the answer goes.
        handle: Handles,
    },
}

/// Something that somebody did somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// The delivery.
    pub id: EventId,
    /// Where.
    pub conversation: Conversation,
    /// Who.
    pub who: Identity,
    /// What the payload calls them.
    pub name: Option<String>,
}

/// The ways to answer that came with an interaction. Never stored, never logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Handles {
    /// Opens a modal, for three seconds.
    pub trigger: Option<String>,
    /// Answers for half an hour.
    pub response_url: Option<String>,
    /// The modal or home tab in which it happened.
    pub view: Option<Spot>,
    /// Where the answer is shown.
    pub shows: Shows,
    /// Whether a modal was sent, which closes unless it is told not to.
    pub submits: Submits,
}

/// Whether an interaction sends a modal off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Submits {
    /// It was a button, or a command.
    #[default]
    Nothing,
    /// The modal's own button was pressed.
    AView,
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handles")
            .field("view", &self.view)
            .field("shows", &self.shows)
            .finish_non_exhaustive()
    }
}

/// Reads an `event_callback`.
pub fn event(payload: &Value, ears: &Ears<'_>) -> Option<Heard> {
    let team = installed_in(payload, ears.teams)?;
    let event = &payload["event"];
    match text(&event["type"])? {
        "message" | "app_mention" => message(payload, &team, ears),
        "app_home_opened" => match text(&event["tab"]) {
            Some("messages") => opened(payload, &team),
            Some("home") | None => home(payload, &team),
            Some(_) => None,
        },
        "member_joined_channel" => joined(payload, &team, ears),
        _ => None,
    }
}

/// The workspace that an event was delivered for, if it is served.
/// <https://docs.slack.dev/apis/events-api/#callback-field>
fn installed_in(payload: &Value, teams: &[String]) -> Option<String> {
    let authorized = &payload["authorizations"][0];
    let candidates = [
        text(&authorized["team_id"]),
        text(&payload["team_id"]),
        text(&authorized["enterprise_id"]),
        text(&payload["enterprise_id"]),
    ];
    let served = candidates
        .iter()
        .flatten()
        .any(|id| teams.iter().any(|team| team == id));
    served
        .then(|| candidates.into_iter().flatten().next().map(ToOwned::to_owned))
        .flatten()
}

fn message(payload: &Value, team: &str, ears: &Ears<'_>) -> Option<Heard> {
    let event = &payload["event"];
    let bot = own_user(payload, ears);
    let user = text(&event["user"])?;
    let by_a_person = text(&event["bot_id"]).is_none() && Some(user) != bot && user != "USLACKBOT";
    // An edit, a deletion, somebody joining: all have a subtype. These are messages still.
    let subtype = text(&event["subtype"]);
    let is_said = matches!(subtype, None | Some("file_share" | "thread_broadcast" | "me_message"));
    if !by_a_person || !is_said || event["hidden"] == true {
        return None;
    }
    let (channel, ts) = (text(&event["channel"])?, text(&event["ts"])?);
    let written = text(&event["text"]).unwrap_or_default();
    let room = match text(&event["channel_type"]) {
        Some("im") => Room::Direct,
        None if channel.starts_with('D') => Room::Direct,
        _ => Room::Shared,
    };
    let mentioned =
        text(&event["type"]) == Some("app_mention") || bot.is_some_and(|bot| reading::mentions(written, bot));
    let listens = ears.answer_channels.iter().any(|listened| listened == channel);
    let addressed = match (room, mentioned, listens) {
        (Room::Direct, ..) => Addressed::Directly,
        // Slack sends a mention twice, as `app_mention` and as `message`: where the second is not listened to, the first
        // is enough. Where it is, both have the same id, and whichever comes first is heard.
        (Room::Shared, true, _) if listens || text(&event["type"]) == Some("app_mention") => Addressed::Directly,
        (Room::Shared, false, true) => Addressed::Ambient,
        (Room::Shared, ..) => return None,
    };
    let thread = text(&event["thread_ts"]).or((room == Room::Shared).then_some(ts));
    let who = text(&event["user_team"]).or(text(&event["team"])).unwrap_or(team);
    Some(Heard::Message {
        event: Happening {
            id: event_id(format!("{channel}:{ts}")),
            conversation: Conversation {
                platform: Platform::Slack,
                scope: team.to_owned(),
                id: channel.to_owned(),
                thread: thread.map(ToOwned::to_owned),
                room,
            },
            who: identity(who, user),
            name: None,
        },
        text: reading::plain(written, bot),
        addressed,
    })
}

fn home(payload: &Value, team: &str) -> Option<Heard> {
    let event = &payload["event"];
    let user = text(&event["user"])?;
    let id =
        text(&payload["event_id"]).map_or_else(|| digest(&[user, &event["event_ts"].to_string()]), ToOwned::to_owned);
    Some(Heard::Command {
        event: Happening {
            id: event_id(id),
            conversation: Conversation {
                platform: Platform::Slack,
                scope: team.to_owned(),
                id: text(&event["channel"]).unwrap_or(user).to_owned(),
                thread: None,
                room: Room::Direct,
            },
            who: identity(team, user),
            name: None,
        },
        command: Command::Home,
        handle: Handles {
            view: Some(Spot::Home(user.to_owned())),
            ..Handles::default()
        },
    })
}

/// Which user the bot is in the workspace that an event was delivered for.
fn own_user<'a>(payload: &'a Value, ears: &Ears<'a>) -> Option<&'a str> {
    let authorized = &payload["authorizations"][0];
    match authorized["is_bot"].as_bool() {
        Some(true) => text(&authorized["user_id"]).or(ears.bot),
        _ => ears.bot,
    }
}

/// Somebody opened their direct messages with the bot. One welcome is enough: its id is always the same.
fn opened(payload: &Value, team: &str) -> Option<Heard> {
    let event = &payload["event"];
    let (user, channel) = (text(&event["user"])?, text(&event["channel"])?);
    Some(Heard::Opened {
        event: Happening {
            id: event_id(format!("welcome:{channel}")),
            conversation: Conversation {
                platform: Platform::Slack,
                scope: team.to_owned(),
                id: channel.to_owned(),
                thread: None,
                room: Room::Direct,
            },
            who: identity(team, user),
            name: None,
        },
    })
}

/// The bot itself joined a channel. Whoever let it in is welcomed in their language, for all.
/// <https://docs.slack.dev/reference/events/member_joined_channel/>
fn joined(payload: &Value, team: &str, ears: &Ears<'_>) -> Option<Heard> {
    let event = &payload["event"];
    let (bot, channel) = (own_user(payload, ears)?, text(&event["channel"])?);
    if text(&event["user"]) != Some(bot) {
        return None;
    }
    let id = text(&payload["event_id"]).map_or_else(
        || digest(&["joined", channel, &event["event_ts"].to_string()]),
        ToOwned::to_owned,
    );
    Some(Heard::Command {
        event: Happening {
            id: event_id(id),
            conversation: Conversation {
                platform: Platform::Slack,
                scope: team.to_owned(),
                id: channel.to_owned(),
                thread: None,
                room: Room::Shared,
            },
            who: identity(team, text(&event["inviter"]).unwrap_or(bot)),
            name: None,
        },
        command: Command::Welcome,
        handle: Handles::default(),
    })
}

/// Reads a slash command.
/// <https://docs.slack.dev/interactivity/implementing-slash-commands/>
pub fn command(form: &Value, ears: &Ears<'_>) -> Option<Heard> {
    let team = text(&form["team_id"]);
    let served = [team, text(&form["enterprise_id"])]
        .into_iter()
        .flatten()
        .any(|id| ears.teams.iter().any(|team| team == id));
    if !served {
        return None;
    }
    let (team, user) = (team.or(text(&form["enterprise_id"]))?, text(&form["user_id"])?);
    let typed = text(&form["text"]).unwrap_or_default();
    let id = digest(&[
        text(&form["trigger_id"]).unwrap_or_default(),
        text(&form["response_url"]).unwrap_or_default(),
        user,
        typed,
    ]);
    Some(Heard::Command {
        event: Happening {
            id: event_id(id),
            conversation: Conversation {
                platform: Platform::Slack,
                scope: team.to_owned(),
                id: text(&form["channel_id"]).unwrap_or(user).to_owned(),
                thread: None,
                // Also in direct messages, which may be those of two people: the answer is for one of them.
                room: Room::Shared,
            },
            who: identity(team, user),
            name: text(&form["user_name"]).map(ToOwned::to_owned),
        },
        command: Command::parse(&reading::plain(typed, ears.bot)),
        handle: Handles {
            trigger: text(&form["trigger_id"]).map(ToOwned::to_owned),
            response_url: text(&form["response_url"]).map(ToOwned::to_owned),
            ..Handles::default()
        },
    })
}

/// Where the button stands, for the shared vocabulary.
pub fn message_ref(conversation: &Conversation, spot: &Spot) -> MessageRef {
    MessageRef {
        conversation: conversation.clone(),
        id: spot.to_string(),
    }
}

pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

pub(super) fn identity(team: &str, user: &str) -> Identity {
    Identity {
        platform: Platform::Slack,
        scope: team.to_owned(),
        user: user.to_owned(),
    }
}

pub(super) fn event_id(id: String) -> EventId {
    EventId {
        platform: Platform::Slack,
        id,
    }
}

/// One id of several. What goes in can't be read out again: a trigger must not be stored.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let bytes = hash.finalize();
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
