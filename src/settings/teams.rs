//! `[teams]`: the bot in Microsoft Teams. Without this section, Teams is off.

use url::Url;

use super::credential::{self, Credential, Names};
use super::development::LoopbackHttp;
use super::reader::{Found, Section};
use super::shape::{Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "teams",
    keys: &[
        Key::text("app_id"),
        Key::text("app_tenant_id"),
        Key::secret("app_password"),
        Key::secret("app_certificate"),
        Key::switch("workload_identity"),
        Key::text("federated_token_file"),
        Key::switch("managed_identity"),
        Key::text("admin_conversation"),
        Key::texts("answer_channels"),
        Key::texts("allowed_tenants"),
        Key::text("openid_url"),
        Key::text("login_url"),
    ],
};

/// How the bot proves who it is.
const CREDENTIAL: Names = Names {
    id: "app_id",
    secret: "app_password",
    certificate: "app_certificate",
    workload: "workload_identity",
    token_file: "federated_token_file",
    managed: Some("managed_identity"),
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
    /// How the application proves that it is itself.
    pub credential: Credential,
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
    // Everything is read before anything is given up, so that every fault is reported.
    let credential = credential::read(&mut section, &CREDENTIAL);
    let app_id = app_id(&mut section, credential.as_ref());
    let app_tenant_id = app_tenant_id(&mut section);
    let admin_conversation = admin_conversation(&mut section);
    let answer_channels = each(&mut section, "answer_channels", conversation_id);
    let allowed_tenants = each(&mut section, "allowed_tenants", values::guid);
    let openid_url = url(&mut section, ("openid_url", OPENID), loopback);
    let login_url = url(&mut section, ("login_url", LOGIN), loopback);
    let app_tenant_id = app_tenant_id?;
    let mut allowed_tenants = allowed_tenants?;
    if allowed_tenants.is_empty() {
        allowed_tenants.push(app_tenant_id.clone());
    }
    Some(Some(TeamsSettings {
        app_id: app_id?,
        app_tenant_id,
        credential: credential?,
        admin_conversation: admin_conversation?,
        answer_channels: answer_channels?,
        allowed_tenants,
        openid_url: openid_url?,
        login_url: login_url?,
    }))
}

fn is_set(section: &Section<'_>, key: &str) -> bool {
    section.is_set(key) || section.is_set(&format!("{key}_file"))
}

/// Tokens are held against it, so the machine's own identity needs to be named, too.
fn app_id(section: &mut Section<'_>, credential: Option<&Credential>) -> Option<String> {
    let id = credential?.client_id.clone();
    if id.is_none() {
        let place = section.own_place();
        section.fault(
            &place,
            "`teams.app_id` is missing: set it to the client id of the managed identity that the bot is registered with",
        );
    }
    id
}

fn app_tenant_id(section: &mut Section<'_>) -> Option<String> {
    if !section.is_set("app_tenant_id") {
        let place = section.own_place();
        section.fault(
            &place,
            "`teams.app_tenant_id` is missing: set it to the tenant in which the bot's application is registered, or take \
             out [teams] to leave Teams off",
        );
    }
    let text = section.text("app_tenant_id")?;
    values::guid(&text.value)
        .map_err(|why| section.fault(&text.place, format!("`teams.app_tenant_id` {why}")))
        .ok()
}

fn admin_conversation(section: &mut Section<'_>) -> Option<Option<String>> {
    if !section.is_set("admin_conversation") {
        return Some(None);
    }
    let text = section.text("admin_conversation")?;
    conversation_id(&text.value)
        .map(Some)
        .map_err(|why| section.fault(&text.place, format!("`teams.admin_conversation` {why}")))
        .ok()
}

fn each(section: &mut Section<'_>, key: &str, read: impl Fn(&str) -> Result<String, String>) -> Option<Vec<String>> {
    let mut found = Some(Vec::new());
    for Found { value, place } in section.texts(key) {
        match (read(&value), &mut found) {
            (Ok(value), Some(found)) => found.push(value),
            (Ok(_), None) => {}
            (Err(why), _) => {
                section.fault(&place, format!("`teams.{key}` holds something that {why}"));
                found = None;
            }
        }
    }
    found
}

/// A channel's or a chat's id. The link that Teams copies holds it percent-encoded, between two slashes.
fn conversation_id(text: &str) -> Result<String, String> {
    let why = if text.starts_with("https://") {
        "is a link: copy what stands in it between `/channel/` and the next slash, with %3A as `:` and %40 as `@`"
    // The emulator's ids are plain words; Teams' own begin with 19: and only then hold an @.
    } else if text.contains(char::is_whitespace) || (text.contains('@') && !text.starts_with("19:")) {
        "is no conversation of Teams: its id begins with `19:`, as in 19:a1b2c3@thread.tacv2"
    } else if text.contains(";messageid=") {
        "names one message: end it before `;messageid=`"
    } else {
        return Ok(text.to_owned());
    };
    Err(why.to_owned())
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
