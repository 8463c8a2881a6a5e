//! What the sections read themselves with: typed values together with where they stand, so that every fault has a place.

use std::io::Read;
use std::path::Path;

use config::ValueKind;
use secrecy::SecretString;

use super::SettingsFault;
use super::source::{Level, Place, Source};

/// More than any secret is long; a file beyond it was named by mistake.
const LONGEST_SECRET: u64 = 64 * 1024;

/// A value, and where it stands. Not to be printed: the value may be a secret.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Reads one section, or one table in it. What is of the wrong type was reported before and reads as nothing.
pub(super) struct Section<'a> {
    source: &'a Source,
    faults: &'a mut Vec<SettingsFault>,
    path: String,
}

impl<'a> Section<'a> {
    pub(super) fn new(name: &str, source: &'a Source, faults: &'a mut Vec<SettingsFault>) -> Self {
        Self {
            source,
            faults,
            path: name.to_owned(),
        }
    }

    /// What the section is called.
    pub(super) fn name(&self) -> &str {
        &self.path
    }

    /// Whether something is set, right or wrong.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.source.level(&self.path_of(key)).is_some()
    }

    /// Where a setting stands, or else its section.
    pub(super) fn place(&self, key: &str) -> Place {
        self.source.place(&self.path_of(key))
    }

    /// Where the section stands.
    pub(super) fn own_place(&self) -> Place {
        self.source.place(&self.path)
    }

    /// A text. An empty one is a fault.
    pub(super) fn text(&mut self, key: &str) -> Option<Found<String>> {
        let place = self.place(key);
        let ValueKind::String(value) = &self.source.value(&self.path_of(key))?.kind else {
            return None;
        };
        if value.trim().is_empty() {
            self.fault(
                &place,
                format!("`{}` is empty: fill it in, or take the line out", self.path_of(key)),
            );
            return None;
        }
        Some(Found {
            value: value.clone(),
            place,
        })
    }

    /// A secret, from its key or from the file that `KEY_file` names. Of two levels the upper one decides.
    pub(super) fn secret(&mut self, key: &str) -> Option<Found<SecretString>> {
        let file_key = format!("{key}_file");
        let (path, file_path) = (self.path_of(key), self.path_of(&file_key));
        let mut clash = false;
        for level in [Level::File, Level::Environment] {
            if let (Some(_), Some(place)) = (self.source.at(&path, level), self.source.at(&file_path, level)) {
                clash = true;
                self.fault(
                    &place.clone(),
                    format!("`{path}` and `{file_path}` are both set: keep one of them"),
                );
            }
        }
        if clash {
            return None;
        }
        if self.source.level(&file_path) > self.source.level(&path) {
            let name = self.text(&file_key)?;
            return match secret_in(Path::new(&name.value)) {
                Ok(value) => Some(Found {
                    value,
                    place: name.place,
                }),
                Err(why) => {
                    self.fault(&name.place, format!("the file that `{file_path}` names {why}"));
                    None
                }
            };
        }
        let found = self.text(key)?;
        Some(Found {
            value: SecretString::from(found.value),
            place: found.place,
        })
    }

    /// Whether a switch is on.
    pub(super) fn switch(&self, key: &str) -> Option<Found<Switch>> {
        let value = match &self.source.value(&self.path_of(key))?.kind {
            ValueKind::Boolean(true) => Switch::On,
            ValueKind::Boolean(false) => Switch::Off,
            ValueKind::String(text) if text == "true" => Switch::On,
            ValueKind::String(text) if text == "false" => Switch::Off,
            _ => return None,
        };
        Some(Found {
            value,
            place: self.place(key),
        })
    }

    /// A whole number from 1 to `most`. Anything else is a fault.
    pub(super) fn number(&mut self, key: &str, most: u32) -> Option<Found<u32>> {
        let path = self.path_of(key);
        let place = self.place(key);
        let number = match &self.source.value(&path)?.kind {
            ValueKind::I64(number) => *number,
            ValueKind::String(text) => text.parse().ok()?,
            _ => return None,
        };
        match u32::try_from(number).ok().filter(|number| (1..=most).contains(number)) {
            Some(value) => Some(Found { value, place }),
            None => {
                self.fault(&place, format!("`{path}` is no number from 1 to {most}"));
                None
            }
        }
    }

    /// A list of texts. Empty ones are faults.
    pub(super) fn texts(&mut self, key: &str) -> Vec<Found<String>> {
        let path = self.path_of(key);
        let texts: Vec<(String, Place)> = match self.source.value(&path).map(|value| &value.kind) {
            Some(ValueKind::Array(items)) => items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| match &item.kind {
                    ValueKind::String(text) => Some((text.clone(), self.source.place(&format!("{path}.{index}")))),
                    _ => None,
                })
                .collect(),
            Some(ValueKind::String(line)) if !line.trim().is_empty() => line
                .split(',')
                .map(|text| (text.trim().to_owned(), self.source.place(&path)))
                .collect(),
            _ => Vec::new(),
        };
        let mut found = Vec::new();
        for (value, place) in texts {
            if value.trim().is_empty() {
                self.fault(&place, format!("there is an empty text in `{path}`: take it out"));
            } else {
                found.push(Found { value, place });
            }
        }
        found
    }

    /// How many tables there are under `[[section.key]]`.
    pub(super) fn count(&self, key: &str) -> usize {
        match self.source.value(&self.path_of(key)).map(|value| &value.kind) {
            Some(ValueKind::Array(items)) => items.len(),
            _ => 0,
        }
    }

    /// One of these tables, counted from 0.
    pub(super) fn table(&mut self, key: &str, index: usize) -> Section<'_> {
        let path = format!("{}.{index}", self.path_of(key));
        Section {
            source: self.source,
            faults: self.faults,
            path,
        }
    }

    /// Reports a fault.
    pub(super) fn fault(&mut self, place: &Place, what: impl Into<String>) {
        self.faults.push(place.fault(what));
    }

    fn path_of(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }
}

/// What a switch says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
}

/// Reads a file that holds a secret and nothing else. Line breaks at its end are not part of it.
fn secret_in(path: &Path) -> Result<SecretString, String> {
    let mut text = zeroize::Zeroizing::new(String::new());
    let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST_SECRET + 1).read_to_string(&mut text));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            return Err("is not text: write the secret into it as UTF-8".to_owned());
        }
        Err(error) => {
            return Err(format!(
                "can't be read ({error}): see that it exists and that Latchkey may read it"
            ));
        }
        Ok(length) if length as u64 > LONGEST_SECRET => {
            return Err("is too long for a secret: name the right file".to_owned());
        }
        Ok(_) => {}
    }
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        return Err("is empty: write the secret into it".to_owned());
    }
    Ok(SecretString::from(secret))
}
