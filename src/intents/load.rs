//! From files to a catalogue: reads, validates, trains. Every fault is reported, not the first alone.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::codes;
use super::folder::Files;
use super::interface::Interface;
use super::labelled;
use super::lexicon::Lexicon;
use super::markdown;
use super::pattern::{Patterns, Says, Written, note_words, translate};
use super::scenario::{intent, phrasing};
use super::toml_file::{self, Line};
use super::vocabulary::Vocabulary;
use super::{Fault, IntentId, Scenario, Words};
use crate::language::Language;

/// What the files say, before anything is trained.
pub(super) struct Loaded {
    pub scenarios: Vec<Scenario>,
    pub languages: Vec<Language>,
    pub interface: Interface,
    pub lexicon: Lexicon,
    /// The language of each tongue.
    pub tongues: Vec<Language>,
    pub patterns: Patterns,
    pub signs: Vec<String>,
    /// The concepts without which a message is about something else.
    pub topics: BTreeSet<u16>,
    pub examples: Vec<Example>,
    /// The bounce and sign-in codes.
    pub codes: codes::Table,
    /// Faults that do not stop anything from working: a language that is missing here and there.
    pub lacks: Vec<Fault>,
}

/// A message that teaches.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub text: String,
    /// The scenarios it means, each with how right it is; none for a message to be silent about.
    pub truth: Vec<(usize, f32)>,
    pub file: Arc<str>,
    pub line: usize,
}

/// Loads everything.
pub(super) fn load(files: &Files) -> Result<Loaded, Vec<Fault>> {
    let mut faults = Vec::new();
    let loader = Loader {
        files,
        faults: &mut faults,
    };
    let loaded = loader.run();
    match loaded {
        Some(loaded) if faults.is_empty() => Ok(loaded),
        _ => {
            faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            Err(faults)
        }
    }
}

struct Loader<'a> {
    files: &'a Files,
    faults: &'a mut Vec<Fault>,
}

/// What a scenario's language file says about understanding.
pub(super) struct Phrasing {
    pub scenario: usize,
    pub language: Language,
    pub file: String,
    pub patterns: Vec<Line>,
    pub examples: Vec<Line>,
    pub vague: Vec<Line>,
    pub counter: Vec<Line>,
}

const RESERVED: [&str; 3] = ["words", "interface", labelled::FOLDER];

impl Loader<'_> {
    fn fault(&mut self, file: &str, line: usize, what: impl Into<String>) {
        self.faults.push(Fault {
            file: file.to_owned(),
            line,
            what: what.into(),
        });
    }

    fn run(mut self) -> Option<Loaded> {
        let mut lacks = Vec::new();
        let (scenarios, phrasings) = self.scenarios(&mut lacks);
        let interface = self.interface(&mut lacks);
        let mut vocabulary = self.vocabulary();
        let languages = languages(&scenarios);
        let mut written = Vec::new();
        let mut examples = std::mem::take(&mut vocabulary.silence);
        for phrasing in &phrasings {
            let Some(index) = vocabulary.tongues.iter().position(|l| *l == phrasing.language) else {
                let file = format!("words/{}.toml", phrasing.language);
                self.fault(
                    &phrasing.file,
                    0,
                    format!("there is no vocabulary of this language; write `{file}`"),
                );
                continue;
            };
            let tongue = vocabulary.lexicon.tongues[index];
            written.extend(phrasing.patterns.iter().map(|line| Written {
                says: Says::Scenario(phrasing.scenario),
                text: line.text.clone(),
                file: phrasing.file.clone(),
                line: line.line,
                tongue,
            }));
            let lists: [(&Vec<Line>, f32); 3] = [
                (&phrasing.examples, 1.0),
                (&phrasing.vague, 0.5),
                (&phrasing.counter, 0.0),
            ];
            let file: Arc<str> = Arc::from(phrasing.file.as_str());
            for (lines, weight) in lists {
                examples.extend(lines.iter().map(|line| Example {
                    text: line.text.clone(),
                    truth: if weight > 0.0 {
                        vec![(phrasing.scenario, weight)]
                    } else {
                        Vec::new()
                    },
                    file: Arc::clone(&file),
                    line: line.line,
                }));
            }
        }
        let ids: Vec<IntentId> = scenarios.iter().map(|s| s.id.clone()).collect();
        examples.extend(labelled::examples(self.files, &ids, self.faults));
        let codes = self.codes(&scenarios, &ids, &mut lacks);
        written.append(&mut vocabulary.signs_written);
        let patterns = self.patterns(&mut vocabulary, written)?;
        Some(Loaded {
            scenarios,
            languages,
            interface,
            lexicon: vocabulary.lexicon,
            tongues: vocabulary.tongues,
            patterns,
            signs: vocabulary.signs,
            topics: vocabulary.topics,
            examples: merge(examples),
            codes,
            lacks,
        })
    }

    /// The table of codes, with what the scenarios claim.
    fn codes(&mut self, scenarios: &[Scenario], ids: &[IntentId], lacks: &mut Vec<Fault>) -> codes::Table {
        let text = self.files.get(codes::FILE).map_or("", String::as_str);
        let mut table = codes::Table::read(text, self.faults);
        for (intent, line) in table.strangers(ids) {
            lacks.push(Fault {
                file: codes::FILE.to_owned(),
                line,
                what: format!("there is no scenario `{intent}`; write it, or leave `intent` out"),
            });
        }
        for scenario in scenarios {
            for code in table.claim(&scenario.id, &scenario.codes) {
                lacks.push(Fault {
                    file: format!("{}/intent.toml", scenario.id),
                    line: 0,
                    what: format!("nobody says what the code `{code}` means; add it to {}", codes::FILE),
                });
            }
        }
        table
    }

    fn patterns(&mut self, vocabulary: &mut Vocabulary, written: Vec<Written>) -> Option<Patterns> {
        for pattern in &written {
            note_words(&mut vocabulary.lexicon, pattern.tongue, &pattern.text);
        }
        for (shape, tongue) in vocabulary.shapes.values() {
            note_words(&mut vocabulary.lexicon, *tongue, shape);
        }
        vocabulary.lexicon.finish();
        let mut translated = Vec::new();
        for pattern in &written {
            match translate(&vocabulary.lexicon, &vocabulary.shapes, pattern.tongue, &pattern.text) {
                Ok(read) => translated.push(read),
                Err(why) => self.fault(
                    &pattern.file,
                    pattern.line,
                    format!("pattern `{}`: {why}", pattern.text),
                ),
            }
        }
        let concepts = vocabulary.lexicon.concepts.len();
        (translated.len() == written.len()).then(|| Patterns::compile(written, &translated, concepts))
    }

    fn scenarios(&mut self, lacks: &mut Vec<Fault>) -> (Vec<Scenario>, Vec<Phrasing>) {
        let folders: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|path| path.split_once('/').map(|(folder, _)| folder))
            .filter(|folder| !RESERVED.contains(folder))
            .collect();
        let mut scenarios: Vec<Scenario> = Vec::new();
        let mut phrasings = Vec::new();
        for folder in folders {
            let file = format!("{folder}/intent.toml");
            let Some(text) = self.files.get(&file) else {
                self.fault(
                    &file,
                    0,
                    "is missing; write it with `id`, `covers`, `actions`, `codes` and `[[links]]`",
                );
                continue;
            };
            let mut scenario = toml_file::with(&file, text, self.faults, |section, faults| {
                intent(section, folder, faults)
            });
            if scenarios.iter().any(|s| s.id == scenario.id) {
                self.fault(
                    &file,
                    0,
                    format!(
                        "another folder has the id `{}` already; give this one its own",
                        scenario.id
                    ),
                );
            }
            self.words(folder, scenarios.len(), &mut scenario, &mut phrasings);
            scenarios.push(scenario);
        }
        let all: BTreeSet<Language> = scenarios.iter().flat_map(|s| s.words.keys().cloned()).collect();
        for scenario in &scenarios {
            let mut folder = scenario.id.0.clone();
            folder.push('/');
            if !scenario.words.contains_key(&Language::english()) {
                self.fault(
                    &format!("{folder}en.md"),
                    0,
                    "is missing; every scenario must be there in English",
                );
            }
            for language in all
                .iter()
                .filter(|l| **l != Language::english() && !scenario.words.contains_key(l))
            {
                lacks.push(Fault {
                    file: format!("{folder}{language}.md"),
                    line: 0,
                    what: format!("is missing; until it is written, answers in `{language}` fall back to English"),
                });
            }
        }
        (scenarios, phrasings)
    }

    /// Reads `<lang>.md` and `<lang>.toml` of a scenario.
    fn words(&mut self, folder: &str, number: usize, scenario: &mut Scenario, phrasings: &mut Vec<Phrasing>) {
        let prefix = format!("{folder}/");
        let tags: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|name| name.strip_suffix(".md").or_else(|| name.strip_suffix(".toml")))
            .filter(|tag| *tag != "intent")
            .collect();
        for tag in tags {
            let language = Language::new(tag);
            if language.tag() != tag || !(2..=3).contains(&tag.len()) {
                self.fault(
                    &format!("{prefix}{tag}"),
                    0,
                    "is named after no language; call it `en`, `el`, `de` …",
                );
                continue;
            }
            let (md, toml) = (format!("{prefix}{tag}.md"), format!("{prefix}{tag}.toml"));
            let mut choice = None;
            match self.files.get(&toml) {
                Some(text) => {
                    let (label, phrasing) = toml_file::with(&toml, text, self.faults, |section, faults| {
                        phrasing(section, (number, &language, &toml), faults)
                    });
                    choice = label;
                    phrasings.push(phrasing);
                }
                None => self.fault(&toml, 0, "is missing; write `choice`, `patterns` and `examples`"),
            }
            let Some(text) = self.files.get(&md) else {
                if tag != "en" {
                    self.fault(
                        &md,
                        0,
                        "is missing beside its `.toml`; write what is said in this language",
                    );
                }
                continue;
            };
            let page = markdown::page(&md, text, self.faults);
            for (url, line) in &page.links {
                if !scenario.sources.iter().any(|s| s.url == *url) {
                    let what =
                        format!("the link {url} is not listed; add a `[[links]]` with its review date to intent.toml");
                    self.fault(&md, *line, what);
                }
            }
            scenario.words.insert(
                language,
                Words {
                    choice: choice.unwrap_or_else(|| page.title.clone()),
                    title: page.title,
                    person: page.person,
                    administrator: page.administrator,
                },
            );
        }
    }

    fn interface(&mut self, lacks: &mut Vec<Fault>) -> Interface {
        let mut interface = Interface::empty();
        for (path, text) in self.files {
            let Some(tag) = path
                .strip_prefix("interface/")
                .and_then(|name| name.strip_suffix(".ftl"))
            else {
                continue;
            };
            let faults = interface.add(&Language::new(tag), path, text);
            self.faults.extend(faults);
        }
        let all: BTreeSet<String> = interface.languages().flat_map(|l| interface.keys(l)).collect();
        let known: Vec<Language> = interface.languages().cloned().collect();
        for language in known {
            for key in all.difference(&interface.keys(&language)) {
                lacks.push(Fault {
                    file: format!("interface/{language}.ftl"),
                    line: 0,
                    what: format!("`{key}` is missing; translate it from the other language"),
                });
            }
        }
        interface
    }

    fn vocabulary(&mut self) -> Vocabulary {
        let mut vocabulary = Vocabulary {
            lexicon: Lexicon::new(),
            ..Vocabulary::default()
        };
        let mut texts: Vec<(&String, &String, Language)> = Vec::new();
        for (path, text) in self.files {
            let Some(name) = path.strip_prefix("words/").and_then(|n| n.strip_suffix(".toml")) else {
                continue;
            };
            if path == codes::FILE {
                continue;
            }
            match name.split_once('.') {
                None => texts.push((path, text, Language::new(name))),
                Some((_, "silence")) => {}
                Some(_) => self.fault(path, 0, "is none of `<lang>.toml` and `<lang>.silence.toml`; rename it"),
            }
        }
        if texts.is_empty() {
            self.fault(
                "words/en.toml",
                0,
                "is missing; without a vocabulary nothing is understood",
            );
        }
        for (path, text, language) in &texts {
            toml_file::with(path, text, self.faults, |section, faults| {
                section.only(
                    &["fold", "common", "loans", "topics", "concepts", "shapes", "signs"],
                    faults,
                );
                vocabulary.add(section, language, faults);
            });
            let silence = format!("words/{language}.silence.toml");
            if let Some(text) = self.files.get(&silence) {
                let lines = toml_file::with(&silence, text, self.faults, |section, faults| {
                    section.only(&["examples"], faults);
                    section.strings("examples", faults)
                });
                let file: Arc<str> = Arc::from(silence);
                vocabulary.silence.extend(lines.into_iter().map(|line| Example {
                    text: line.text,
                    truth: Vec::new(),
                    file: Arc::clone(&file),
                    line: line.line,
                }));
            }
        }
        vocabulary
    }
}

/// The languages that every scenario has.
fn languages(scenarios: &[Scenario]) -> Vec<Language> {
    let Some(first) = scenarios.first() else {
        return Vec::new();
    };
    first
        .words
        .keys()
        .filter(|l| scenarios.iter().all(|s| s.words.contains_key(l)))
        .cloned()
        .collect()
}

/// A message that several scenarios list teaches all of them at once.
fn merge(examples: Vec<Example>) -> Vec<Example> {
    let mut merged: Vec<Example> = Vec::with_capacity(examples.len());
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(examples.len());
    let places: Vec<usize> = examples
        .iter()
        .map(|example| {
            let new = known.len();
            *known.entry(&example.text).or_insert(new)
        })
        .collect();
    for (example, place) in examples.into_iter().zip(places) {
        match merged.get_mut(place) {
            Some(known) => known.truth.extend(example.truth),
            None => merged.push(example),
        }
    }
    merged
}
