//! `[development]`: what is for trying things out, never for a bot that people rely on.

use url::Url;

use super::http::Http;
use super::reader::{Section, Switch};
use super::shape::{Key, Shape};
use super::tenant::TenantSettings;
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "development",
    keys: &[Key::switch("loopback_http"), Key::switch("teams_emulator")],
};

/// `[development]`
#[derive(Debug, Clone, Default)]
pub struct Development {
    /// Whether plain http is taken for loopback addresses.
    pub loopback_http: LoopbackHttp,
    /// Whether the other side of Teams is Microsoft's emulator.
    pub teams_emulator: Emulator,
}

/// Whether plain http is taken for loopback addresses. Never for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoopbackHttp {
    /// https only.
    #[default]
    Refused,
    /// http to 127.0.0.0/8, `[::1]` and `localhost`; warned about at each start.
    Allowed,
}

/// Whether Microsoft's emulator of Teams is believed without a token. It has none to show, so this is possible only where
/// nobody else can come in and nothing real can be changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Emulator {
    /// Every activity must bring a token.
    #[default]
    Refused,
    /// No activity brings one, and all come from this machine; warned about at each start.
    Allowed,
}

pub(super) fn read(section: &Section<'_>) -> Development {
    let is_on = |key: &str| section.switch(key).is_some_and(|found| found.value == Switch::On);
    Development {
        loopback_http: if is_on("loopback_http") {
            LoopbackHttp::Allowed
        } else {
            LoopbackHttp::Refused
        },
        teams_emulator: if is_on("teams_emulator") {
            Emulator::Allowed
        } else {
            Emulator::Refused
        },
    }
}

/// Whoever is believed without a token may come from this machine alone, and find nothing real there. What could not be
/// read was reported.
pub(super) fn only_on_this_machine(
    section: &mut Section<'_>,
    (http, tenant): (Option<&Http>, Option<&TenantSettings>),
) {
    let place = section.place("teams_emulator");
    if http.is_some_and(|http| !http.listen.ip().is_loopback()) {
        section.fault(
            &place,
            "`development.teams_emulator` lets everybody in who reaches Latchkey: set `listen` under [http] to an address \
             of this machine alone, such as 127.0.0.1:8080",
        );
    }
    if http.is_some_and(|http| http.public_url.is_some()) {
        section.fault(
            &place,
            "`development.teams_emulator` lets everybody in who reaches Latchkey: take out `public_url` under [http]",
        );
    }
    let elsewhere = |url: &Url| !values::is_on_this_machine(url);
    if let Some(TenantSettings::Real(real)) = tenant
        && [&real.login_url, &real.graph_url, &real.exchange_url]
            .into_iter()
            .any(elsewhere)
    {
        section.fault(
            &place,
            "`development.teams_emulator` believes whoever says to be an administrator: it is for `simulated = true` under \
             [tenant] alone",
        );
    }
}
