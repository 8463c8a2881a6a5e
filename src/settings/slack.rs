//! `[slack]`: the bot on Slack, how events reach it, and where it listens there.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::development::LoopbackHttp;
use super::reader::{Found, Section};
use super::shape::{self, Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "slack",
    keys: &[
        Key::text("mode"),
        Key::secret("bot_token"),
        Key::secret("app_token"),
        Key::secret("signing_secret"),
        Key::texts("team_ids"),
        Key::text("admin_channel"),
        Key::texts("answer_channels"),
        Key::number("connections"),
        Key::text("api_url"),
    ],
};

/// Every way in which something of the section can be written.
const ANY: [&str; 12] = [
    "mode",
    "bot_token",
    "bot_token_file",
    "app_token",
    "app_token_file",
    "signing_secret",
    "signing_secret_file",
    "team_ids",
    "admin_channel",
    "answer_channels",
    "connections",
    "api_url",
];

/// Where Slack's Web API is.
const SLACK: &str = "https://slack.com/api";
/// Two connections: while one is renewed, the other hears.
const USUAL_CONNECTIONS: u8 = 2;
/// Slack allows ten: <https://docs.slack.dev/apis/events-api/using-socket-mode/#connecting>.
const MOST_CONNECTIONS: u8 = 10;

/// `[slack]`: the bot on Slack, how events reach it, and where it listens there.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// How events reach the bot.
    pub mode: SlackMode,
    /// The bot's token, `xoxb-…`.
    pub bot_token: SecretString,
    /// The workspaces that are served. Empty: the one that the token belongs to.
    pub team_ids: Vec<String>,
    /// The channel in which administrators see requests.
    pub admin_channel: Option<String>,
    /// Channels in which the bot listens unasked.
    pub answer_channels: Vec<String>,
    /// Where the Web API is.
    pub api_url: Url,
    /// Whether Slack may be a fake on this machine.
    pub loopback: LoopbackHttp,
}

/// How events reach the bot.
#[derive(Debug, Clone)]
pub enum SlackMode {
    /// By connections that Latchkey opens: no public address is needed.
    Socket {
        /// The app's token, `xapp-…`.
        app_token: SecretString,
        /// How many connections are kept.
        connections: u8,
    },
    /// By requests to `/slack/events`, `/slack/interactions` and `/slack/commands`.
    Http {
        /// What Slack signs them with.
        signing_secret: SecretString,
    },
}

/// What is known of the app before there is any token: enough for its manifest.
#[derive(Debug, Clone)]
pub struct SlackApp {
    /// How events reach the bot.
    pub way: SlackWay,
    /// Channels in which the bot listens unasked.
    pub answer_channels: Vec<String>,
    /// Where Slack reaches Latchkey, of `[http]`.
    pub public_url: Option<Url>,
}

/// The mode, without what it needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SlackWay {
    /// By connections that Latchkey opens.
    #[default]
    Socket,
    /// By requests of Slack's.
    Http,
}

/// Reads the section. `Some(None)` where there is none: then there is no Slack.
pub(super) fn read(mut section: Section<'_>, loopback: LoopbackHttp) -> Option<Option<SlackSettings>> {
    if ANY.iter().all(|key| !section.is_set(key)) {
        return Some(None);
    }
    // Everything is read before anything is given up, so that every fault is reported.
    let way = way(&mut section);
    let bot_token = token(&mut section, ("bot_token", "xoxb-", BOT_TOKEN));
    let app_token = needed_token(&mut section, way, (SlackWay::Socket, "app_token"));
    let signing_secret = needed_token(&mut section, way, (SlackWay::Http, "signing_secret"));
    let connections = connections(&mut section);
    let team_ids = ids(&mut section, "team_ids", (&['T', 'E'], "a workspace"));
    let admin_channel = match section.is_set("admin_channel") {
        true => section
            .text("admin_channel")
            .and_then(|text| id(&mut section, "admin_channel", text, (&['C', 'G'], "a channel")))
            .map(Some),
        false => Some(None),
    };
    let answer_channels = ids(&mut section, "answer_channels", (&['C', 'G'], "a channel"));
    let api_url = match section.is_set("api_url") {
        true => url(&mut section, "api_url", loopback),
        false => Url::parse(SLACK).ok(),
    };
    let mode = match way? {
        SlackWay::Socket => SlackMode::Socket {
            app_token: app_token??,
            connections: connections?,
        },
        SlackWay::Http => SlackMode::Http {
            signing_secret: signing_secret??,
        },
    };
    Some(Some(SlackSettings {
        mode,
        bot_token: bot_token?,
        team_ids: team_ids?,
        admin_channel: admin_channel?,
        answer_channels: answer_channels?,
        api_url: api_url?,
        loopback,
    }))
}

/// Reads what the app's manifest is made of.
pub(super) fn app(mut section: Section<'_>, public_url: Option<Url>) -> Option<SlackApp> {
    let way = way(&mut section);
    let answer_channels = ids(&mut section, "answer_channels", (&['C', 'G'], "a channel"));
    Some(SlackApp {
        way: way?,
        answer_channels: answer_channels?,
        public_url,
    })
}

fn way(section: &mut Section<'_>) -> Option<SlackWay> {
    if !section.is_set("mode") {
        return Some(SlackWay::Socket);
    }
    let text = section.text("mode")?;
    match text.value.as_str() {
        "socket" => Some(SlackWay::Socket),
        "http" => Some(SlackWay::Http),
        other => {
            let known = shape::suggestion(other, ["socket", "http"].into_iter());
            section.fault(
                &text.place,
                format!("`slack.mode` is neither `socket` nor `http`: {known}"),
            );
            None
        }
    }
}

const BOT_TOKEN: &str = "api.slack.com/apps > your app > OAuth & Permissions > Bot User OAuth Token, best in a file that `bot_token_file` names";
const APP_TOKEN: &str = "the mode `socket` needs it: api.slack.com/apps > your app > Basic Information > App-Level Tokens, with the scope connections:write";
const SIGNING_SECRET: &str =
    "the mode `http` needs it: api.slack.com/apps > your app > Basic Information > Signing Secret";

/// What one mode needs: missing is a fault there, and nothing in the other. The inner one is what was read.
fn needed_token(
    section: &mut Section<'_>,
    way: Option<SlackWay>,
    (of, key): (SlackWay, &str),
) -> Option<Option<SecretString>> {
    let set = section.is_set(key) || section.is_set(&format!("{key}_file"));
    if !set && way != Some(of) {
        return Some(None);
    }
    let (prefix, how) = match of {
        SlackWay::Socket => ("xapp-", APP_TOKEN),
        SlackWay::Http => ("", SIGNING_SECRET),
    };
    token(section, (key, prefix, how)).map(Some)
}

/// Every kind of token, so that one in the wrong place is noticed before Slack answers `invalid_auth`.
const PREFIXES: [&str; 4] = ["xoxb-", "xapp-", "xoxp-", "xoxe"];

fn token(section: &mut Section<'_>, (key, prefix, how): (&str, &str, &str)) -> Option<SecretString> {
    if !section.is_set(key) && !section.is_set(&format!("{key}_file")) {
        let place = section.own_place();
        section.fault(&place, format!("`slack.{key}` is missing: {how}"));
        return None;
    }
    let Found { value, place } = section.secret(key)?;
    let text = value.expose_secret();
    let other = PREFIXES
        .iter()
        .find(|other| **other != prefix && text.starts_with(**other));
    let why = match other {
        Some(other) => Some(format!("begins with `{other}`, which is another kind of token: {how}")),
        None if text.bytes().any(|byte| !byte.is_ascii_graphic()) => {
            Some("holds something that no token holds: copy it again".to_owned())
        }
        None => None,
    };
    match why {
        None => Some(value),
        Some(why) => {
            section.fault(&place, format!("`slack.{key}` {why}"));
            None
        }
    }
}

fn connections(section: &mut Section<'_>) -> Option<u8> {
    if !section.is_set("connections") {
        return Some(USUAL_CONNECTIONS);
    }
    let number = section.number("connections", u32::from(MOST_CONNECTIONS))?;
    u8::try_from(number.value).ok()
}

fn ids(section: &mut Section<'_>, key: &str, kind: (&[char], &str)) -> Option<Vec<String>> {
    let texts = section.texts(key);
    let read: Vec<_> = texts.into_iter().map(|text| id(section, key, text, kind)).collect();
    read.into_iter().collect()
}

/// An id, not a name: anybody can take a name.
fn id(section: &mut Section<'_>, key: &str, text: Found<String>, (first, of): (&[char], &str)) -> Option<String> {
    let known = text.value.starts_with(first)
        && text.value.len() > 1
        && text
            .value
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if known {
        return Some(text.value);
    }
    let letters: Vec<String> = first.iter().map(char::to_string).collect();
    let what = format!(
        "`slack.{key}` holds what is no id of {of}: it begins with {} and is written in capitals and digits; names change hands",
        letters.join(" or ")
    );
    section.fault(&text.place, what);
    None
}

fn url(section: &mut Section<'_>, key: &str, loopback: LoopbackHttp) -> Option<Url> {
    let text = section.text(key)?;
    values::service_url(&text.value, loopback)
        .map_err(|why| section.fault(&text.place, format!("`slack.{key}` {why}")))
        .ok()
}
