//! What is set, before it is read as a whole: for commands that need one section, or report on the settings themselves.

use std::path::Path;

use super::file::{self, Unread};
use super::reader::Section;
use super::source::{self, Source};
use super::{
    AuditSettings, DEFAULT_FILE, IntentSettings, SHAPES, Settings, SettingsFault, SlackApp, StoreSettings,
    TeamsSettings, audit, development, discord, http, intents, slack, store, teams,
};

/// The file and the environment, laid over each other. Holds secrets in plain text, and so can't be printed.
pub struct Draft {
    /// Nothing where the file can't be read.
    source: Option<Source>,
    /// Faults of syntax, names and types.
    faults: Vec<SettingsFault>,
}

impl Draft {
    /// Takes the file (if one is named or `latchkey.toml` exists) and the environment.
    pub fn load(file: Option<&Path>) -> Self {
        let mut faults = Vec::new();
        let mut environment = Vec::new();
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => environment.push((name, value)),
                (Ok(name), Err(_)) if source::is_ours(&name) => {
                    let what = "this is not text in UTF-8".to_owned();
                    faults.push(SettingsFault {
                        file: name,
                        line: 0,
                        what,
                    });
                }
                _ => {}
            }
        }
        let mut draft = Self::read(file, environment);
        draft.faults.append(&mut faults);
        draft
    }

    /// Takes the file and these variables in the place of the environment's.
    pub fn read(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let mut faults = Vec::new();
        let text = match file::read(path) {
            Ok(text) => Some(text),
            Err(Unread::Missing) if file.is_none() => None,
            Err(why) => {
                return Self {
                    source: None,
                    faults: vec![why.fault(path)],
                };
            }
        };
        let source = Source::lay((path, text.as_deref()), environment, &SHAPES, &mut faults);
        Self { source, faults }
    }

    /// Whether there is neither a file nor a variable.
    pub fn is_blank(&self) -> bool {
        self.faults.is_empty() && self.source.as_ref().is_some_and(Source::is_blank)
    }

    /// Reads all sections.
    pub fn settings(&self) -> Result<Settings, Vec<SettingsFault>> {
        self.with(Settings::from_source)
    }

    /// Reads `[store]`, whatever the other sections hold, as long as every name in them is known.
    pub fn store(&self) -> Result<StoreSettings, Vec<SettingsFault>> {
        self.with(|source, faults| store::read(Section::new("store", source, faults)))
    }

    /// What Slack's manifest is made of, whatever else is set or missing: the tokens come after it.
    pub fn slack_app(&self) -> Result<SlackApp, Vec<SettingsFault>> {
        self.with(|source, faults| {
            let loopback = development::read(&Section::new("development", source, faults)).loopback_http;
            let http = http::read(Section::new("http", source, faults), loopback);
            let app = slack::app(
                Section::new("slack", source, faults),
                http.as_ref().and_then(|http| http.public_url.clone()),
            );
            app.filter(|_| http.is_some())
        })
    }

    /// The application of `[discord]`, whatever else is set: it is needed before there is a token.
    pub fn discord_application(&self) -> Result<u64, Vec<SettingsFault>> {
        self.with(|source, faults| discord::read_application(Section::new("discord", source, faults)))
    }

    /// Reads `[teams]` in the same way; `None` where there is none.
    pub fn teams(&self) -> Result<Option<TeamsSettings>, Vec<SettingsFault>> {
        self.with(|source, faults| {
            let development = development::read(&Section::new("development", source, faults));
            teams::read(
                Section::new("teams", source, faults),
                &teams::Beside::of(source, &development),
            )
        })
    }

    /// As much of `[audit]` as can be read.
    pub fn audit(&self) -> AuditSettings {
        self.source.as_ref().map_or_else(AuditSettings::default, |source| {
            audit::read(Section::new("audit", source, &mut Vec::new()))
        })
    }

    /// As much of `[intents]` as can be read.
    pub fn intents(&self) -> Option<IntentSettings> {
        let source = self.source.as_ref()?;
        intents::read(Section::new("intents", source, &mut Vec::new()))
    }

    fn with<T>(
        &self,
        read: impl FnOnce(&Source, &mut Vec<SettingsFault>) -> Option<T>,
    ) -> Result<T, Vec<SettingsFault>> {
        let mut faults = self.faults.clone();
        match self.source.as_ref().and_then(|source| read(source, &mut faults)) {
            Some(read) if faults.is_empty() => Ok(read),
            _ => Err(in_order(faults)),
        }
    }

    /// A fault that another room found in what a setting, such as `intents.folder`, names.
    pub fn fault(&self, setting: &str, what: impl Into<String>) -> SettingsFault {
        match &self.source {
            Some(source) => source.place(setting).fault(what),
            None => SettingsFault {
                file: DEFAULT_FILE.to_owned(),
                line: 0,
                what: what.into(),
            },
        }
    }
}

/// The file from its top, then the variables by name.
fn in_order(mut faults: Vec<SettingsFault>) -> Vec<SettingsFault> {
    faults.sort_by(|a, b| (a.line == 0, a.line, &a.file).cmp(&(b.line == 0, b.line, &b.file)));
    faults
}
