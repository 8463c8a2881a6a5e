//! Where settings come from: the file and the environment, checked against the shapes of the sections, laid over each
//! other by the `config` crate, and where each of them stands.

use std::collections::BTreeMap;
use std::path::Path;

use config::{Config, Environment, File, FileFormat, Value, ValueKind};

use super::SettingsFault;
use super::file;
use super::shape::{self, Shape};

/// What the name of every variable begins with, in lower case, as `config` reads it.
const PREFIX: &str = "latchkey__";

/// Whether a variable is meant for Latchkey.
pub(super) fn is_ours(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with(PREFIX)
}

/// Where something is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The file, or the variable.
    pub(super) file: String,
    /// The line in a file; 0 in a variable.
    pub(super) line: usize,
}

impl Place {
    /// Says what is wrong there.
    pub(super) fn fault(&self, what: impl Into<String>) -> SettingsFault {
        SettingsFault {
            file: self.file.clone(),
            line: self.line,
            what: what.into(),
        }
    }
}

/// Which of the two a setting comes from; the later one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    File,
    Environment,
}

/// Everything that is set, and where. Paths are written `access.grants.0.user`. Not to be printed: it holds secrets.
pub(super) struct Source {
    tree: Value,
    file_name: String,
    from_file: bool,
    in_file: BTreeMap<String, Place>,
    in_environment: BTreeMap<String, Place>,
}

impl Source {
    /// Lays the environment over the file. Faults of names and types are added to `faults`; after a fault of the file's
    /// syntax there is nothing to go on with.
    pub(super) fn lay(
        file: (&Path, Option<&str>),
        environment: impl IntoIterator<Item = (String, String)>,
        shapes: &[&Shape],
        faults: &mut Vec<SettingsFault>,
    ) -> Option<Self> {
        let mut source = Self {
            tree: Value::new(None, ValueKind::Nil),
            file_name: file.0.display().to_string(),
            from_file: file.1.is_some(),
            in_file: BTreeMap::new(),
            in_environment: BTreeMap::new(),
        };
        let variables = source.take_environment(environment, shapes, faults);
        let mut builder = Config::builder();
        if let Some(text) = file.1 {
            source.in_file = file::places(text, &source.file_name, shapes, faults)?;
            builder = builder.add_source(File::from_str(text, FileFormat::Toml));
        }
        let layered = builder
            .add_source(
                Environment::with_prefix("LATCHKEY")
                    .prefix_separator("__")
                    .separator("__")
                    .source(Some(variables)),
            )
            .build();
        match layered {
            Ok(config) => source.tree = config.cache,
            Err(_) => {
                // A number out of range: it was reported already. What the crate says may
                // repeat a value, and a value may be a secret.
                if faults.is_empty() {
                    faults.push(source.place("").fault("the settings can't be read as a whole"));
                }
                return None;
            }
        }
        Some(source)
    }

    /// Whether nothing is set at all.
    pub(super) fn is_blank(&self) -> bool {
        !self.from_file && self.in_environment.is_empty()
    }

    /// What is set at `path`.
    pub(super) fn value(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.tree, |value, step| match &value.kind {
            ValueKind::Table(table) => table.get(step),
            ValueKind::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The level that decides `path`, if anything is set there.
    pub(super) fn level(&self, path: &str) -> Option<Level> {
        [Level::Environment, Level::File]
            .into_iter()
            .find(|level| self.at(path, *level).is_some())
    }

    /// Where `path` is set on one level, be it overridden or not.
    pub(super) fn at(&self, path: &str, level: Level) -> Option<&Place> {
        match level {
            Level::File => self.in_file.get(path),
            Level::Environment => self.in_environment.get(path),
        }
    }

    /// Where `path` is set, or what holds it, or else the file.
    pub(super) fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.level(path).and_then(|level| self.at(path, level)) {
                return place.clone();
            }
            match path.rsplit_once('.') {
                Some((holder, _)) => path = holder,
                None => {
                    return Place {
                        file: self.file_name.clone(),
                        line: 0,
                    };
                }
            }
        }
    }

    fn take_environment(
        &mut self,
        environment: impl IntoIterator<Item = (String, String)>,
        shapes: &[&Shape],
        faults: &mut Vec<SettingsFault>,
    ) -> config::Map<String, String> {
        let mut taken = config::Map::new();
        for (name, value) in environment {
            let lower = name.to_ascii_lowercase();
            let Some(rest) = lower.strip_prefix(PREFIX) else {
                continue;
            };
            let place = Place {
                file: name.clone(),
                line: 0,
            };
            match shape::check_variable(rest, &value, shapes) {
                Err(what) => faults.push(place.fault(what)),
                Ok(()) if taken.contains_key(&lower) => faults.push(place.fault("it is set twice: keep one")),
                Ok(()) => {
                    taken.insert(lower.clone(), value);
                }
            }
            // A wrong one is noted too: it is set, and not missing.
            self.in_environment.insert(rest.replace("__", "."), place);
        }
        taken
    }
}
