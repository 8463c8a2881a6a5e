//! `[link]`: how people on Slack and Discord prove which Entra account is theirs.

use std::time::Duration;

use super::credential::{self, Credential, Names};
use super::reader::Section;
use super::shape::{Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "link",
    keys: &[
        Key::text("client_id"),
        Key::secret("client_secret"),
        Key::secret("client_certificate"),
        Key::switch("workload_identity"),
        Key::text("federated_token_file"),
        Key::text("expires_after"),
    ],
};

const CREDENTIAL: Names = Names {
    id: "client_id",
    secret: "client_secret",
    certificate: "client_certificate",
    workload: "workload_identity",
    token_file: "federated_token_file",
    managed: None,
};

/// How long a link counts, where nothing else is set.
const USUALLY: u32 = 90;
/// A link that counts for longer is never proved again.
const AT_MOST: u32 = 366;

/// `[link]`: how people on Slack and Discord prove which Entra account is theirs.
#[derive(Debug, Clone)]
pub struct LinkSettings {
    /// The application that people sign in to; the tenant's own where none is named.
    pub application: Option<LinkApplication>,
    /// How long a link counts.
    pub expires_after: Duration,
}

/// An application that people sign in to.
#[derive(Debug, Clone)]
pub enum LinkApplication {
    /// One that can prove itself.
    Whole(Credential),
    /// One of which only the id is named: good for device codes.
    Id(String),
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            application: None,
            expires_after: days(USUALLY),
        }
    }
}

pub(super) fn read(mut section: Section<'_>) -> Option<LinkSettings> {
    let expires_after = expires_after(&mut section);
    let application = if credential::is_set(&section, &CREDENTIAL) {
        credential::read(&mut section, &CREDENTIAL).map(|whole| Some(LinkApplication::Whole(whole)))
    } else if section.is_set("client_id") {
        let text = section.text("client_id");
        text.and_then(|text| {
            values::guid(&text.value)
                .map_err(|why| section.fault(&text.place, format!("`link.client_id` {why}")))
                .ok()
        })
        .map(|id| Some(LinkApplication::Id(id)))
    } else {
        Some(None)
    };
    Some(LinkSettings {
        application: application?,
        expires_after: expires_after?,
    })
}

fn expires_after(section: &mut Section<'_>) -> Option<Duration> {
    let Some(text) = section.text("expires_after") else {
        return (!section.is_set("expires_after")).then(|| days(USUALLY));
    };
    let number = text
        .value
        .strip_suffix(" days")
        .or_else(|| text.value.strip_suffix(" day"));
    match number.and_then(|number| number.parse::<u32>().ok()) {
        Some(number) if (1..=AT_MOST).contains(&number) => Some(days(number)),
        _ => {
            section.fault(
                &text.place,
                format!("`link.expires_after` is no time: write 1 to {AT_MOST} days, as in \"{USUALLY} days\""),
            );
            None
        }
    }
}

fn days(number: u32) -> Duration {
    Duration::from_secs(u64::from(number) * 24 * 60 * 60)
}
