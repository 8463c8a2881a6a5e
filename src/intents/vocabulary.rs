//! Reading `words/<lang>.toml`: the vocabulary of a language, with its shapes and signs.

use std::collections::BTreeSet;

use super::Fault;
use super::lexicon::{Lexicon, Script, Tongue};
use super::load::Example;
use super::pattern::{Says, Shapes, Written};
use super::toml_file::Section;
use crate::language::Language;

/// The words of every language, while they are gathered.
#[derive(Default)]
pub(super) struct Vocabulary {
    pub lexicon: Lexicon,
    pub tongues: Vec<Language>,
    pub shapes: Shapes,
    pub signs: Vec<String>,
    pub signs_written: Vec<Written>,
    pub topics: BTreeSet<u16>,
    pub silence: Vec<Example>,
}

impl Vocabulary {
    /// Adds what one file says.
    pub fn add(&mut self, section: &Section<'_>, language: &Language, faults: &mut Vec<Fault>) {
        let script = match section.string("fold", faults) {
            Some(line) if line.text == "latin" => Script::Latin,
            Some(line) if line.text == "greek" => Script::Greek,
            Some(line) => {
                faults.push(section.at(
                    line.line,
                    format!("`{}` is no way of folding; write \"latin\" or \"greek\"", line.text),
                ));
                return;
            }
            None => return,
        };
        let tongue = Tongue {
            index: self.tongues.len(),
            script,
        };
        self.tongues.push(language.clone());
        self.lexicon.tongues.push(tongue);
        for line in section.strings("common", faults) {
            for word in line.text.split([',', ' ', '\n']).filter(|w| !w.is_empty()) {
                self.lexicon.add(tongue, word, None);
            }
        }
        for line in section.strings("loans", faults) {
            for word in line.text.split([',', ' ', '\n']).filter(|w| !w.is_empty()) {
                let latin = word.is_ascii();
                let script = if latin { Script::Latin } else { Script::Greek };
                self.lexicon.add_loan(Tongue { script, ..tongue }, word);
            }
        }
        for line in section.strings("topics", faults) {
            let topic = self.lexicon.concept(&line.text);
            self.topics.insert(topic);
        }
        if let Some(concepts) = section.table("concepts", faults) {
            for key in concepts.keys() {
                let concept = self.lexicon.concept(&key.text);
                for line in concepts.strings(&key.text, faults) {
                    for entry in line.text.split([',', '\n']).map(str::trim).filter(|e| !e.is_empty()) {
                        // A Greek vocabulary may list words in Latin letters: loans that are spelled as in English.
                        let script = if entry.is_ascii() { Script::Latin } else { tongue.script };
                        self.lexicon.add(Tongue { script, ..tongue }, entry, Some(concept));
                    }
                }
            }
        }
        if let Some(shapes) = section.table("shapes", faults) {
            for key in shapes.keys() {
                if let Some(line) = shapes.string(&key.text, faults) {
                    self.shapes.insert(key.text, (line.text, tongue));
                }
            }
        }
        if let Some(signs) = section.table("signs", faults) {
            for key in signs.keys() {
                let number = self.signs.iter().position(|s| *s == key.text).unwrap_or_else(|| {
                    self.signs.push(key.text.clone());
                    self.signs.len() - 1
                });
                let file = format!("words/{language}.toml");
                self.signs_written
                    .extend(signs.strings(&key.text, faults).into_iter().map(|line| Written {
                        says: Says::Sign(number),
                        text: line.text,
                        file: file.clone(),
                        line: line.line,
                        tongue,
                    }));
            }
        }
    }
}
