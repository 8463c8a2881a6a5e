//! `[tenant]`: which Microsoft 365 tenant, and how to sign in to it.

use url::Url;

use super::cloud;
use super::credential::{self, Credential, Names};
use super::development::LoopbackHttp;
use super::reader::{Found, Section, Switch};
use super::shape::{Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "tenant",
    keys: &[
        Key::switch("simulated"),
        Key::text("id"),
        Key::text("client_id"),
        Key::secret("client_secret"),
        Key::secret("client_certificate"),
        Key::switch("workload_identity"),
        Key::text("federated_token_file"),
        Key::switch("managed_identity"),
        Key::text("cloud"),
        Key::text("login_url"),
        Key::text("graph_url"),
        Key::text("exchange_url"),
    ],
};

/// What belongs to a real tenant alone.
const OF_A_REAL_ONE: [&str; 13] = [
    "id",
    "client_id",
    "client_secret",
    "client_secret_file",
    "client_certificate",
    "client_certificate_file",
    "workload_identity",
    "federated_token_file",
    "managed_identity",
    "cloud",
    "login_url",
    "graph_url",
    "exchange_url",
];

/// How the bot proves who it is.
const CREDENTIAL: Names = Names {
    id: "client_id",
    secret: "client_secret",
    certificate: "client_certificate",
    workload: "workload_identity",
    token_file: "federated_token_file",
    managed: Some("managed_identity"),
};

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
    /// The bot's application, and how it proves that it is itself.
    pub credential: Credential,
    /// Where tokens come from.
    pub login_url: Url,
    /// Where Graph is.
    pub graph_url: Url,
    /// Where the Exchange gateway is.
    pub exchange_url: Url,
}

pub(super) fn read(mut section: Section<'_>, loopback: LoopbackHttp) -> Option<TenantSettings> {
    match section.switch("simulated") {
        Some(Found { value: Switch::On, .. }) => simulated(&mut section),
        // A switch that can't be read was reported; until it is mended, nobody knows whether the rest is wanted.
        None if section.is_set("simulated") => None,
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
    // Everything is read before anything is given up, so that every fault is reported.
    let id = id(section);
    let credential = credential::read(section, &CREDENTIAL);
    let cloud = cloud::read(section);
    let login_url = url(section, "login_url", (cloud.map(|cloud| cloud.login), loopback));
    let graph_url = url(section, "graph_url", (cloud.map(|cloud| cloud.graph), loopback));
    let exchange_url = url(section, "exchange_url", (cloud.map(|cloud| cloud.exchange), loopback));
    Some(RealTenant {
        id: id?,
        credential: credential?,
        login_url: login_url?,
        graph_url: graph_url?,
        exchange_url: exchange_url?,
    })
}

fn id(section: &mut Section<'_>) -> Option<String> {
    if !section.is_set("id") {
        let place = section.own_place();
        section.fault(
            &place,
            "`tenant.id` is missing: set it under [tenant], or as LATCHKEY__TENANT__ID",
        );
    }
    let text = section.text("id")?;
    values::guid(&text.value)
        .map_err(|why| section.fault(&text.place, format!("`tenant.id` {why}")))
        .ok()
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
