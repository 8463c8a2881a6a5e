//! `[tenant]`: which Microsoft 365 tenant, and how to sign in to it.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::development::LoopbackHttp;
use super::reader::{Found, Section, Switch};
use super::shape::{self, Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "tenant",
    keys: &[
        Key::switch("simulated"),
        Key::text("id"),
        Key::text("client_id"),
        Key::secret("client_secret"),
        Key::text("cloud"),
        Key::text("login_url"),
        Key::text("graph_url"),
        Key::text("exchange_url"),
    ],
};

/// What belongs to a real tenant alone.
const OF_A_REAL_ONE: [&str; 8] = [
    "id",
    "client_id",
    "client_secret",
    "client_secret_file",
    "cloud",
    "login_url",
    "graph_url",
    "exchange_url",
];

/// `[tenant]`: which Microsoft 365 tenant, and how to sign in to it.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
pub enum TenantSettings {
    /// `simulated = true`: the practice tenant, in this process.
    Simulated,
    /// A real one.
    Real(RealTenant),
}

/// A real tenant.
#[derive(Debug, Clone)]
pub struct RealTenant {
    /// Its id: a GUID.
    pub id: String,
    /// The bot's application id: a GUID.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
    /// Where tokens come from.
    pub login_url: Url,
    /// Where Graph is.
    pub graph_url: Url,
    /// Where the Exchange gateway is.
    pub exchange_url: Url,
}

/// One of Microsoft's clouds.
struct Cloud {
    name: &'static str,
    login: &'static str,
    graph: &'static str,
    exchange: &'static str,
}

/// The first is meant where none is named.
const CLOUDS: [Cloud; 4] = [
    Cloud {
        name: "global",
        login: "https://login.microsoftonline.com",
        graph: "https://graph.microsoft.com",
        exchange: "https://outlook.office365.com",
    },
    Cloud {
        name: "gcc-high",
        login: "https://login.microsoftonline.us",
        graph: "https://graph.microsoft.us",
        exchange: "https://outlook.office365.us",
    },
    Cloud {
        name: "dod",
        login: "https://login.microsoftonline.us",
        graph: "https://dod-graph.microsoft.us",
        exchange: "https://webmail.apps.mil",
    },
    Cloud {
        name: "china",
        login: "https://login.partner.microsoftonline.cn",
        graph: "https://microsoftgraph.chinacloudapi.cn",
        exchange: "https://partner.outlook.cn",
    },
];

pub(super) fn read(mut section: Section<'_>, loopback: LoopbackHttp) -> Option<TenantSettings> {
    match section.switch("simulated") {
        Some(Found { value: Switch::On, .. }) => simulated(&mut section),
        _ => real(&mut section, loopback).map(TenantSettings::Real),
    }
}

fn simulated(section: &mut Section<'_>) -> Option<TenantSettings> {
    let mut only = Some(TenantSettings::Simulated);
    for key in OF_A_REAL_ONE {
        if section.is_set(key) {
            let place = section.place(key);
            let what = format!("`tenant.{key}` is for a real tenant: take it out, or take out `simulated = true`");
            section.fault(&place, what);
            only = None;
        }
    }
    only
}

fn real(section: &mut Section<'_>, loopback: LoopbackHttp) -> Option<RealTenant> {
    let place = section.own_place();
    if !section.is_set("simulated") && OF_A_REAL_ONE.iter().all(|key| !section.is_set(key)) {
        section.fault(
            &place,
            "no tenant is named: set `id`, `client_id` and `client_secret` under [tenant] (or LATCHKEY__TENANT__ID and so on), \
             or `simulated = true` for the practice tenant",
        );
        return None;
    }
    // A switch that can't be read was reported; until it is mended, nobody knows whether the rest is wanted.
    if !section.is_set("simulated") || section.switch("simulated").is_some() {
        report_missing(section);
    }
    // Everything is read before anything is given up, so that every fault is reported.
    let id = guid(section, "id");
    let client_id = guid(section, "client_id");
    let client_secret = client_secret(section);
    let cloud = cloud(section);
    let login_url = url(section, "login_url", (cloud.map(|cloud| cloud.login), loopback));
    let graph_url = url(section, "graph_url", (cloud.map(|cloud| cloud.graph), loopback));
    let exchange_url = url(section, "exchange_url", (cloud.map(|cloud| cloud.exchange), loopback));
    Some(RealTenant {
        id: id?,
        client_id: client_id?,
        client_secret: client_secret?,
        login_url: login_url?,
        graph_url: graph_url?,
        exchange_url: exchange_url?,
    })
}

fn report_missing(section: &mut Section<'_>) {
    let place = section.own_place();
    for (key, file) in [
        ("id", None),
        ("client_id", None),
        ("client_secret", Some("client_secret_file")),
    ] {
        if !section.is_set(key) && !file.is_some_and(|file| section.is_set(file)) {
            let variable = key.to_uppercase();
            let or_file = file.map(|file| format!(", or `{file}`")).unwrap_or_default();
            let what = format!(
                "`tenant.{key}` is missing: set it under [tenant], or as LATCHKEY__TENANT__{variable}{or_file}"
            );
            section.fault(&place, what);
        }
    }
}

fn guid(section: &mut Section<'_>, key: &str) -> Option<String> {
    let text = section.text(key)?;
    values::guid(&text.value)
        .map_err(|why| section.fault(&text.place, format!("`tenant.{key}` {why}")))
        .ok()
}

fn client_secret(section: &mut Section<'_>) -> Option<SecretString> {
    let secret = section.secret("client_secret")?;
    // The portal shows both side by side, and signing in with the id fails with a message that names neither.
    if values::guid(secret.value.expose_secret()).is_ok() {
        section.fault(
            &secret.place,
            "`tenant.client_secret` is the id of a secret: copy the secret's value, which the portal shows once",
        );
        return None;
    }
    Some(secret.value)
}

fn cloud(section: &mut Section<'_>) -> Option<&'static Cloud> {
    if !section.is_set("cloud") {
        return CLOUDS.first();
    }
    let text = section.text("cloud")?;
    let found = CLOUDS.iter().find(|cloud| cloud.name == text.value);
    if found.is_none() {
        let known = shape::suggestion(&text.value, CLOUDS.iter().map(|cloud| cloud.name));
        section.fault(&text.place, format!("`tenant.cloud` names no cloud: {known}"));
    }
    found
}

/// Reads one address; where none is written, the cloud's.
fn url(section: &mut Section<'_>, key: &str, (usual, loopback): (Option<&str>, LoopbackHttp)) -> Option<Url> {
    if !section.is_set(key) {
        return Url::parse(usual?).ok();
    }
    let text = section.text(key)?;
    values::service_url(&text.value, loopback)
        .map_err(|why| section.fault(&text.place, format!("`tenant.{key}` {why}")))
        .ok()
}
