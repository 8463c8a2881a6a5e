//! `[teams]`: the bot in Microsoft Teams. Without this section, Teams is off.

use url::Url;

use super::cloud::{self, Cloud};
use super::credential::{self, Credential, Names};
use super::development::{Development, Emulator, LoopbackHttp};
use super::reader::{Found, Section};
use super::shape::{Key, Shape};
use super::source::Source;
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

/// What the emulator knows nothing of: it has neither tokens nor an application.
const NOT_OF_THE_EMULATOR: [&str; 12] = [
    "app_id",
    "app_tenant_id",
    "app_password",
    "app_password_file",
    "app_certificate",
    "app_certificate_file",
    "workload_identity",
    "federated_token_file",
    "managed_identity",
    "allowed_tenants",
    "openid_url",
    "login_url",
];

/// `[teams]`
#[derive(Debug, Clone)]
pub struct TeamsSettings {
    /// The bot's application id: a GUID. Empty where the other side is the emulator.
    pub app_id: String,
    /// The tenant in which the application is registered: a GUID. Empty where the other side is the emulator.
    pub app_tenant_id: String,
    /// Who is on the other side.
    pub counterpart: Counterpart,
    /// The channel or chat in which administrators see requests.
    pub admin_conversation: Option<String>,
    /// The channels and chats in which the bot answers unasked; empty means all that it hears.
    pub answer_channels: Vec<String>,
    /// The tenants that are served: the application's own where none is named.
    pub allowed_tenants: Vec<String>,
    /// The cloud that the tenant is in.
    pub cloud: Cloud,
    /// Where the Bot Framework's metadata is.
    pub openid_url: Url,
    /// Where tokens come from.
    pub login_url: Url,
}

/// Who is on the other side.
#[derive(Debug, Clone)]
pub enum Counterpart {
    /// Teams: it shows a token with every activity, and asks for one with every call. The application proves itself with
    /// this.
    Teams(Credential),
    /// Microsoft's emulator on this machine: nobody has a token.
    Emulator,
}

/// What other sections say that matters here.
pub(super) struct Beside {
    loopback: LoopbackHttp,
    emulator: Emulator,
    cloud: Cloud,
}

impl Beside {
    /// A cloud that there isn't is reported where the tenant is read.
    pub(super) fn of(source: &Source, development: &Development) -> Self {
        let cloud = cloud::read(&mut Section::new("tenant", source, &mut Vec::new()));
        Self {
            loopback: development.loopback_http,
            emulator: development.teams_emulator,
            cloud: cloud.unwrap_or(Cloud::GLOBAL),
        }
    }
}

pub(super) fn read(mut section: Section<'_>, beside: &Beside) -> Option<Option<TeamsSettings>> {
    if beside.emulator == Emulator::Allowed {
        return emulated(&mut section, beside.cloud).map(Some);
    }
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
    let openid_url = url(&mut section, ("openid_url", beside.cloud.bots_openid), beside.loopback);
    let login_url = url(&mut section, ("login_url", beside.cloud.login), beside.loopback);
    let app_tenant_id = app_tenant_id?;
    let mut allowed_tenants = allowed_tenants?;
    if allowed_tenants.is_empty() {
        allowed_tenants.push(app_tenant_id.clone());
    }
    Some(Some(TeamsSettings {
        app_id: app_id?,
        app_tenant_id,
        counterpart: Counterpart::Teams(credential?),
        admin_conversation: admin_conversation?,
        answer_channels: answer_channels?,
        allowed_tenants,
        cloud: beside.cloud,
        openid_url: openid_url?,
        login_url: login_url?,
    }))
}

fn emulated(section: &mut Section<'_>, cloud: Cloud) -> Option<TeamsSettings> {
    let mut fits = Some(());
    for key in NOT_OF_THE_EMULATOR {
        if section.is_set(key) {
            let place = section.place(key);
            section.fault(
                &place,
                format!(
                    "`teams.{key}` is for Teams itself: take it out, or take out `teams_emulator` under [development]"
                ),
            );
            fits = None;
        }
    }
    let admin_conversation = admin_conversation(section);
    let answer_channels = each(section, "answer_channels", conversation_id);
    fits?;
    Some(TeamsSettings {
        app_id: String::new(),
        app_tenant_id: String::new(),
        counterpart: Counterpart::Emulator,
        admin_conversation: admin_conversation?,
        answer_channels: answer_channels?,
        allowed_tenants: Vec::new(),
        cloud,
        openid_url: Url::parse(cloud.bots_openid).ok()?,
        login_url: Url::parse(cloud.login).ok()?,
    })
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
