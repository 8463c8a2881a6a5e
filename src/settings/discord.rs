//! `[discord]`: the bot on Discord, and where it listens there.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::development::LoopbackHttp;
use super::reader::{Found, Section};
use super::shape::{Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "discord",
    keys: &[
        Key::secret("token"),
        Key::text("application_id"),
        Key::texts("guild_ids"),
        Key::text("admin_channel"),
        Key::texts("answer_channels"),
        Key::text("api_url"),
    ],
};

/// Every way in which something of the section can be written.
const ANY: [&str; 7] = [
    "token",
    "token_file",
    "application_id",
    "guild_ids",
    "admin_channel",
    "answer_channels",
    "api_url",
];

/// Where Discord is, without `/api/v10`.
const DISCORD: &str = "https://discord.com";

/// `[discord]`: the bot on Discord, and where it listens there. Ids are Discord's snowflakes.
#[derive(Debug, Clone)]
pub struct DiscordSettings {
    /// The bot's token.
    pub token: SecretString,
    /// The application's id.
    pub application_id: u64,
    /// The servers that are served, the home server first. Never empty: nobody else is answered.
    pub guild_ids: Vec<u64>,
    /// The channel of the home server in which administrators see requests.
    pub admin_channel: Option<u64>,
    /// Channels in which the bot listens unasked.
    pub answer_channels: Vec<u64>,
    /// Where the REST API is, without `/api/v10`.
    pub api_url: Url,
}

/// Reads the section. `Some(None)` where there is none: then there is no Discord.
pub(super) fn read(mut section: Section<'_>, loopback: LoopbackHttp) -> Option<Option<DiscordSettings>> {
    if ANY.iter().all(|key| !section.is_set(key)) {
        return Some(None);
    }
    report_missing(&mut section);
    // Everything is read before anything is given up, so that every fault is reported.
    let token = token(&mut section);
    let application_id = one_id(&mut section, "application_id");
    let guild_ids = ids(&mut section, "guild_ids");
    let admin_channel = match section.is_set("admin_channel") {
        true => one_id(&mut section, "admin_channel").map(Some),
        false => Some(None),
    };
    let answer_channels = ids(&mut section, "answer_channels");
    let api_url = api_url(&mut section, loopback);
    let guild_ids = guild_ids.filter(|ids| !ids.is_empty())?;
    Some(Some(DiscordSettings {
        token: token?,
        application_id: application_id?,
        guild_ids,
        admin_channel: admin_channel?,
        answer_channels: answer_channels?,
        api_url: api_url?,
    }))
}

/// Reads the application's id alone.
pub(super) fn read_application(mut section: Section<'_>) -> Option<u64> {
    if !section.is_set("application_id") {
        let place = section.own_place();
        section.fault(&place, missing("application_id", OF_APPLICATION));
    }
    one_id(&mut section, "application_id")
}

const OF_APPLICATION: &str = "Developer Portal > your application > General Information";

fn missing(key: &str, how: &str) -> String {
    format!("`discord.{key}` is missing: {how}")
}

fn report_missing(section: &mut Section<'_>) {
    let place = section.own_place();
    for (key, how) in [
        ("token", "the bot's token, best in a file that `token_file` names"),
        ("application_id", OF_APPLICATION),
        (
            "guild_ids",
            "the ids of the servers that are served; nobody else is answered",
        ),
    ] {
        let file = key == "token" && section.is_set("token_file");
        if !section.is_set(key) && !file {
            section.fault(&place, missing(key, how));
        }
    }
    if section.is_set("guild_ids") && section.texts("guild_ids").is_empty() {
        let place = section.place("guild_ids");
        section.fault(
            &place,
            "`discord.guild_ids` names no server: list the ids of the servers that are served",
        );
    }
}

fn token(section: &mut Section<'_>) -> Option<SecretString> {
    let Found { value, place } = section.secret("token")?;
    let text = value.expose_secret();
    let why = if text.starts_with("Bot ") {
        Some("begins with `Bot `: write the token alone")
    } else if text.bytes().any(|byte| !byte.is_ascii_graphic()) {
        Some("holds something that no token holds: copy it again")
    } else if !text.contains('.') {
        // The portal shows the id, the public key and the client secret near it, and none of them works.
        Some("is no bot token: copy the one under Developer Portal > your application > Bot > Reset Token")
    } else {
        None
    };
    match why {
        None => Some(value),
        Some(why) => {
            section.fault(&place, format!("`discord.token` {why}"));
            None
        }
    }
}

fn one_id(section: &mut Section<'_>, key: &str) -> Option<u64> {
    let Found { value, place } = section.text(key)?;
    let id = snowflake(&value);
    if id.is_none() {
        section.fault(&place, no_snowflake(key));
    }
    id
}

/// A list of ids; `None` where one of them is faulty.
fn ids(section: &mut Section<'_>, key: &str) -> Option<Vec<u64>> {
    let mut ids = Vec::new();
    let mut whole = true;
    for Found { value, place } in section.texts(key) {
        let fault = match snowflake(&value) {
            Some(id) if ids.contains(&id) => format!("`discord.{key}` names {id} twice: take one out"),
            Some(id) => {
                ids.push(id);
                continue;
            }
            None => no_snowflake(key),
        };
        section.fault(&place, fault);
        whole = false;
    }
    whole.then_some(ids)
}

fn no_snowflake(key: &str) -> String {
    format!(
        "`discord.{key}` holds something that is no id of Discord: switch on Developer Mode, right-click it there, and choose \"Copy ID\""
    )
}

/// An id: 17 to 20 digits since Discord began, <https://docs.discord.com/developers/reference#snowflakes>.
fn snowflake(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    (digits && (17..=20).contains(&text.len()))
        .then(|| text.parse().ok())
        .flatten()
}

fn api_url(section: &mut Section<'_>, loopback: LoopbackHttp) -> Option<Url> {
    if !section.is_set("api_url") {
        return Url::parse(DISCORD).ok();
    }
    let text = section.text("api_url")?;
    values::service_url(&text.value, loopback)
        .map_err(|why| section.fault(&text.place, format!("`discord.api_url` {why}")))
        .ok()
}
