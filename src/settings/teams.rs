//! `[teams]`: the bot in Microsoft Teams. Without this section, Teams is off.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::development::LoopbackHttp;
use super::reader::Section;
use super::shape::{Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "teams",
    keys: &[
        Key::text("app_id"),
        Key::text("app_tenant_id"),
        Key::secret("app_password"),
        Key::text("admin_conversation"),
        Key::texts("answer_channels"),
        Key::texts("allowed_tenants"),
        Key::text("openid_url"),
        Key::text("login_url"),
    ],
};

/// Where the Bot Framework publishes its keys.
/// <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication>
const OPENID: &str = "https://login.botframework.com/v1/.well-known/openidconfiguration";
/// Where tokens come from.
const LOGIN: &str = "https://login.microsoftonline.com";

/// `[teams]`
#[derive(Debug, Clone)]
pub struct TeamsSettings {
    /// The bot's application id: a GUID.
    pub app_id: String,
    /// The tenant in which the application is registered: a GUID.
    pub app_tenant_id: String,
    /// The application's secret.
    pub app_password: SecretString,
    /// The channel or chat in which administrators see requests.
    pub admin_conversation: Option<String>,
    /// The channels and chats in which the bot answers unasked; empty means all that it hears.
    pub answer_channels: Vec<String>,
    /// The tenants that are served: the application's own where none is named.
    pub allowed_tenants: Vec<String>,
    /// Where the Bot Framework's metadata is.
    pub openid_url: Url,
    /// Where tokens come from.
    pub login_url: Url,
}

pub(super) fn read(mut section: Section<'_>, loopback: LoopbackHttp) -> Option<Option<TeamsSettings>> {
    if SHAPE.keys.iter().all(|key| !is_set(&section, key.name)) {
        return Some(None);
    }
    report_missing(&mut section);
    // Everything is read before anything is given up, so that every fault is reported.
    let app_id = guid(&mut section, "app_id");
    let app_tenant_id = guid(&mut section, "app_tenant_id");
    let app_password = app_password(&mut section);
    let admin_conversation = conversation(&mut section);
    let answer_channels = channels(&mut section);
    let allowed_tenants = tenants(&mut section);
    let openid_url = url(&mut section, ("openid_url", OPENID), loopback);
    let login_url = url(&mut section, ("login_url", LOGIN), loopback);
    let app_tenant_id = app_tenant_id?;
    let allowed_tenants = allowed_tenants?;
    Some(Some(TeamsSettings {
        app_id: app_id?,
        app_password: app_password?,
        admin_conversation: admin_conversation?,
        answer_channels: answer_channels?,
        allowed_tenants: if allowed_tenants.is_empty() {
            vec![app_tenant_id.clone()]
        } else {
            allowed_tenants
        },
        app_tenant_id,
        openid_url: openid_url?,
        login_url: login_url?,
    }))
}

fn is_set(section: &Section<'_>, key: &str) -> bool {
    section.is_set(key) || section.is_set(&format!("{key}_file"))
}

fn report_missing(section: &mut Section<'_>) {
    let place = section.own_place();
    for (key, how) in [
        ("app_id", "the application id of the bot's registration"),
        (
            "app_tenant_id",
            "the tenant in which the bot's application is registered",
        ),
        (
            "app_password",
            "the secret of the bot's application, or `app_password_file`",
        ),
    ] {
        if !is_set(section, key) {
            section.fault(
                &place,
                format!("`teams.{key}` is missing: {how}; or take out [teams] to leave Teams off"),
            );
        }
    }
}

fn guid(section: &mut Section<'_>, key: &str) -> Option<String> {
    let text = section.text(key)?;
    values::guid(&text.value)
        .map_err(|why| section.fault(&text.place, format!("`teams.{key}` {why}")))
        .ok()
}

fn app_password(section: &mut Section<'_>) -> Option<SecretString> {
    let secret = section.secret("app_password")?;
    // The portal shows both side by side, and signing in with the id fails with a message that names neither.
    if values::guid(secret.value.expose_secret()).is_ok() {
        section.fault(
            &secret.place,
            "`teams.app_password` is the id of a secret: copy the secret's value, which the portal shows once",
        );
        return None;
    }
    Some(secret.value)
}

fn conversation(section: &mut Section<'_>) -> Option<Option<String>> {
    if !section.is_set("admin_conversation") {
        return Some(None);
    }
    let text = section.text("admin_conversation")?;
    match conversation_id(&text.value) {
        Ok(id) => Some(Some(id)),
        Err(why) => {
            section.fault(&text.place, format!("`teams.admin_conversation` {why}"));
            None
        }
    }
}

fn channels(section: &mut Section<'_>) -> Option<Vec<String>> {
    let mut ids = Some(Vec::new());
    for text in section.texts("answer_channels") {
        match conversation_id(&text.value) {
            Ok(id) => {
                if let Some(ids) = &mut ids {
                    ids.push(id);
                }
            }
            Err(why) => {
                section.fault(
                    &text.place,
                    format!("`teams.answer_channels` holds something that {why}"),
                );
                ids = None;
            }
        }
    }
    ids
}

/// A channel's or a chat's id. The link that Teams copies holds it percent-encoded, between two slashes.
fn conversation_id(text: &str) -> Result<String, &'static str> {
    if text.starts_with("https://") {
        return Err(
            "is a link: copy what stands in it between `/channel/` and the next slash, with %3A as `:` and %40 as `@`",
        );
    }
    // The emulator's ids are plain words; Teams' own begin with 19: and only then hold an @.
    if text.contains(char::is_whitespace) || (text.contains('@') && !text.starts_with("19:")) {
        return Err("is no conversation of Teams: its id begins with `19:`, as in 19:a1b2c3@thread.tacv2");
    }
    if text.contains(";messageid=") {
        return Err("names one message: end it before `;messageid=`");
    }
    Ok(text.to_owned())
}

fn tenants(section: &mut Section<'_>) -> Option<Vec<String>> {
    let mut ids = Some(Vec::new());
    for text in section.texts("allowed_tenants") {
        match values::guid(&text.value) {
            Ok(id) => {
                if let Some(ids) = &mut ids {
                    ids.push(id);
                }
            }
            Err(why) => {
                section.fault(
                    &text.place,
                    format!("`teams.allowed_tenants` holds something that {why}"),
                );
                ids = None;
            }
        }
    }
    ids
}

fn url(section: &mut Section<'_>, (key, usual): (&str, &str), loopback: LoopbackHttp) -> Option<Url> {
    if !section.is_set(key) {
        return Url::parse(usual).ok();
    }
    let text = section.text(key)?;
    values::service_url(&text.value, loopback)
        .map_err(|why| section.fault(&text.place, format!("`teams.{key}` {why}")))
        .ok()
}
