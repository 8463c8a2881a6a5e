//! The sentences of the interface: `interface/<lang>.ftl`, in Fluent.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::Fault;
use super::toml_file::line_of;
use crate::language::Language;

/// The interface in every language that there is a file for.
pub(super) struct Interface {
    bundles: BTreeMap<Language, FluentBundle<FluentResource>>,
    keys: BTreeMap<Language, BTreeSet<String>>,
}

impl Interface {
    /// No sentences at all.
    pub fn empty() -> Self {
        Self {
            bundles: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }

    /// Adds the sentences of one file.
    pub fn add(&mut self, language: &Language, file: &str, text: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let fault = |line, what| Fault {
            file: file.to_owned(),
            line,
            what,
        };
        let Ok(tag) = language.tag().parse::<LanguageIdentifier>() else {
            return vec![fault(
                0,
                "the file's name is no language; call it `en.ftl`, `el.ftl`".to_owned(),
            )];
        };
        let resource = match FluentResource::try_new(text.to_owned()) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                for error in errors {
                    let line = line_of(text, error.pos.start);
                    faults.push(fault(
                        line,
                        format!("is not Fluent here: {error}; write `key = sentence`"),
                    ));
                }
                resource
            }
        };
        let keys = text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
            .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()))
            .collect();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        bundle.set_use_isolating(false);
        if let Err(errors) = bundle.add_resource(resource) {
            faults.extend(
                errors
                    .into_iter()
                    .map(|e| fault(0, format!("{e}; give each sentence its own key"))),
            );
        }
        self.bundles.insert(language.clone(), bundle);
        self.keys.insert(language.clone(), keys);
        faults
    }

    /// The keys of a language.
    pub fn keys(&self, language: &Language) -> BTreeSet<String> {
        self.keys.get(language).cloned().unwrap_or_default()
    }

    /// The languages that have a file.
    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.bundles.keys()
    }

    /// A sentence, in `language` or in English, or the key itself.
    pub fn phrase(&self, language: &Language, key: &str, arguments: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            // Numbers are handed over as numbers, so that plurals work.
            let counts = value.len() < 10 && value.parse::<u32>().is_ok_and(|n| n.to_string() == *value);
            let value = if counts {
                FluentValue::try_number(value)
            } else {
                FluentValue::from(*value)
            };
            args.set(*name, value);
        }
        for tag in [language, &Language::english()] {
            let Some(bundle) = self.bundles.get(tag) else { continue };
            let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
                continue;
            };
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
            if !errors.is_empty() {
                tracing::error!(
                    phrase.key = key,
                    phrase.language = tag.tag(),
                    "a phrase of the interface lacks an argument"
                );
            }
            return text;
        }
        tracing::error!(
            phrase.key = key,
            "a phrase of the interface is missing in every language"
        );
        key.to_owned()
    }
}
