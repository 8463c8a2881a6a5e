//! `[development]`: what is for trying things out, never for a bot that people rely on.

use super::reader::{Section, Switch};
use super::shape::{Key, Shape};

pub(super) const SHAPE: Shape = Shape {
    name: "development",
    keys: &[Key::switch("loopback_http")],
};

/// `[development]`
#[derive(Debug, Clone, Default)]
pub struct Development {
    /// Whether plain http is taken for loopback addresses.
    pub loopback_http: LoopbackHttp,
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

pub(super) fn read(section: &Section<'_>) -> Development {
    let loopback_http = match section.switch("loopback_http").map(|found| found.value) {
        Some(Switch::On) => LoopbackHttp::Allowed,
        Some(Switch::Off) | None => LoopbackHttp::Refused,
    };
    Development { loopback_http }
}
