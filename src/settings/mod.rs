//! Settings: `latchkey.toml`, then `LATCHKEY__SECTION__KEY`, then `…_FILE` variants for secrets. Unknown keys are
//! refused, groups are all-or-nothing, and every fault is reported at once.
//!
//! A section is a file here: its struct, the `Shape` of what it may hold, and a function that reads it. A new one
//! is added to `SHAPES`, to [`Settings`] and to `Settings::from_source`.

mod access;
mod audit;
mod cloud;
mod credential;
mod development;
mod discord;
mod draft;
mod file;
mod http;
mod intents;
mod link;
mod mail;
mod proof;
mod reader;
mod shape;
mod slack;
mod source;
mod store;
mod teams;
mod tenant;
mod values;

use std::fmt;
use std::path::Path;

use reader::Section;
use shape::Shape;
use source::Source;

pub use access::{ACTIONS, AccessSettings, Approvers, Grant, Grantee, Limits, PLATFORMS, Rehearsal};
pub use audit::AuditSettings;
pub use cloud::Cloud;
pub use credential::{Credential, Proof};
pub use development::{Development, Emulator, LoopbackHttp};
pub use discord::DiscordSettings;
pub use draft::Draft;
pub use http::Http;
pub use intents::IntentSettings;
pub use link::{LinkApplication, LinkSettings};
pub use mail::MailSettings;
pub use proof::RequesterProof;
pub use slack::{SlackApp, SlackMode, SlackSettings, SlackWay};
pub use store::StoreSettings;
pub use teams::{Counterpart, TeamsSettings};
pub use tenant::{RealTenant, TenantSettings};

/// The file that is read where none is named.
pub const DEFAULT_FILE: &str = "latchkey.toml";

/// Every section.
const SHAPES: [&Shape; 12] = [
    &http::SHAPE,
    &store::SHAPE,
    &tenant::SHAPE,
    &intents::SHAPE,
    &access::SHAPE,
    &link::SHAPE,
    &mail::SHAPE,
    &audit::SHAPE,
    &slack::SHAPE,
    &discord::SHAPE,
    &teams::SHAPE,
    &development::SHAPE,
];

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[http]`
    pub http: Http,
    /// `[store]`
    pub store: StoreSettings,
    /// `[tenant]`
    pub tenant: TenantSettings,
    /// `[intents]`
    pub intents: IntentSettings,
    /// `[access]`
    pub access: AccessSettings,
    /// `[link]`
    pub link: LinkSettings,
    /// `[mail]`
    pub mail: MailSettings,
    /// `[audit]`
    pub audit: AuditSettings,
    /// `[slack]`; `None` where Slack is not used.
    pub slack: Option<SlackSettings>,
    /// `[discord]`; `None` where Discord is not used.
    pub discord: Option<DiscordSettings>,
    /// `[teams]`: off where it is absent.
    pub teams: Option<TeamsSettings>,
    /// `[development]`
    pub development: Development,
}

/// A fault in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFault {
    /// The file or environment variable it is in.
    pub file: String,
    /// The line, from 1; 0 where there is none.
    pub line: usize,
    /// What is wrong, and how to mend it.
    pub what: String,
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

impl Settings {
    /// Reads the file (if one is named or `latchkey.toml` exists) and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, Vec<SettingsFault>> {
        Draft::load(file).settings()
    }

    /// Reads the file and these variables in the place of the environment's.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<SettingsFault>> {
        Draft::read(file, environment).settings()
    }

    fn from_source(source: &Source, faults: &mut Vec<SettingsFault>) -> Option<Self> {
        // Every section is read before one is given up, so that every fault is reported.
        let development = development::read(&Section::new("development", source, faults));
        let http = http::read(Section::new("http", source, faults), development.loopback_http);
        let store = store::read(Section::new("store", source, faults));
        let tenant = tenant::read(Section::new("tenant", source, faults), development.loopback_http);
        let intents = intents::read(Section::new("intents", source, faults));
        let access = access::read(Section::new("access", source, faults));
        let link = link::read(Section::new("link", source, faults));
        let mail = mail::read(Section::new("mail", source, faults));
        let mail = mail.filter(|mail| mail::serves(mail, access.as_ref(), source, faults));
        let audit = audit::read(Section::new("audit", source, faults));
        let slack = slack::read(Section::new("slack", source, faults), development.loopback_http);
        let discord = discord::read(Section::new("discord", source, faults), development.loopback_http);
        let teams = teams::read(
            Section::new("teams", source, faults),
            &teams::Beside::of(source, &development),
        );
        if development.teams_emulator == Emulator::Allowed {
            let parts = (http.as_ref(), tenant.as_ref());
            development::only_on_this_machine(&mut Section::new("development", source, faults), parts);
        }
        Some(Self {
            http: http?,
            store: store?,
            tenant: tenant?,
            intents: intents?,
            access: access?,
            link: link?,
            mail: mail?,
            audit,
            slack: slack?,
            discord: discord?,
            teams: teams?,
            development,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::shape::{Key, Kind};
    use super::*;

    /// A setting that the example doesn't show is one that nobody finds.
    #[test]
    fn the_example_shows_every_setting() {
        let example = include_str!("../../deploy/latchkey.example.toml");
        let lines: Vec<_> = example
            .lines()
            .map(|line| line.trim_start_matches(['#', ' ']))
            .collect();
        let shows = |start: &str| lines.iter().any(|line| line.starts_with(start));
        for shape in SHAPES {
            assert!(
                shows(&format!("[{}]", shape.name)),
                "[{}] is not in the example",
                shape.name
            );
            let inner = shape.keys.iter().flat_map(|key| match key.kind {
                Kind::Tables(keys) => keys,
                _ => std::slice::from_ref(key),
            });
            for Key { name, kind } in inner {
                let name = if matches!(kind, Kind::Secret) {
                    format!("{name}_file")
                } else {
                    (*name).to_owned()
                };
                assert!(
                    shows(&format!("{name} = ")),
                    "`{name}` of [{}] is not in the example",
                    shape.name
                );
            }
        }
    }
}
