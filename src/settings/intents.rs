//! `[intents]`: which answers there are.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::reader::Section;
use super::shape::{Key, Shape};

pub(super) const SHAPE: Shape = Shape {
    name: "intents",
    keys: &[Key::text("folder"), Key::texts("languages")],
};

/// `[intents]`
#[derive(Debug, Clone)]
pub struct IntentSettings {
    /// A folder in the place of the embedded one, reloaded when it changes.
    pub folder: Option<PathBuf>,
    /// The languages to answer in; empty means all that there are.
    pub languages: Vec<String>,
}

pub(super) fn read(mut section: Section<'_>) -> Option<IntentSettings> {
    let folder = section.text("folder").map(|folder| PathBuf::from(folder.value));
    let mut known = BTreeSet::new();
    let mut languages = Vec::new();
    for language in section.texts("languages") {
        if !is_tag(&language.value) {
            section.fault(
                &language.place,
                "`intents.languages` holds something that is no language tag: write tags such as \"en\" or \"el\"",
            );
        } else if !known.insert(language.value.to_ascii_lowercase()) {
            let what = format!("`intents.languages` names `{}` twice: take one out", language.value);
            section.fault(&language.place, what);
        } else {
            languages.push(language.value);
        }
    }
    Some(IntentSettings { folder, languages })
}

/// Whether it looks like `el` or `pt-BR`. Whether there are answers in it is for the catalogue to say.
fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
