//! Codes that people paste: bounces (`5.1.8`) and sign-ins (`AADSTS50053`), what they mean, and whether they are a lockout.
//!
//! Versions, addresses, dates and order numbers look like codes. A number is believed where it is marked as a code
//! (`AADSTS50053`, `550 5.1.8`, `#5.7.501`), or where it is known, a word beside it speaks of errors, and none before it
//! names something else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use serde::Serialize;

use super::toml_file::{self, Section};
use super::{Fault, IntentId};
use crate::language::Language;
use crate::language::fold::{Folded, Kind, Token, fold};
use crate::language::sound::sound;

/// Where the table of codes stands in a catalogue.
pub(super) const FILE: &str = "words/codes.toml";

/// How far a word may stand from a bare number to speak for it.
const REACH: usize = 12;

/// A code that stands in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeHit {
    /// The code, as `5.1.8` or `50053`.
    pub code: String,
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
    /// The scenarios that answer it; none where it is no lockout.
    pub intents: Vec<IntentId>,
    /// Whether the text itself says that it is a code: `AADSTS…`, `550 5.…`.
    #[serde(skip)]
    pub marked: bool,
    #[serde(skip)]
    meanings: BTreeMap<Language, String>,
}

impl CodeHit {
    /// What the code means, in `language` or in English.
    pub fn meaning(&self, language: &Language) -> &str {
        let words = self
            .meanings
            .get(language)
            .or_else(|| self.meanings.get(&Language::english()));
        words.map_or("", String::as_str)
    }

    /// Whether somebody is locked out when this code appears.
    pub fn is_lockout(&self) -> bool {
        !self.intents.is_empty()
    }
}

/// The codes in a text, by the built-in table.
pub fn find(text: &str) -> Vec<CodeHit> {
    static BUILT_IN: OnceLock<Table> = OnceLock::new();
    let table = BUILT_IN.get_or_init(|| Table::read(include_str!("../../intents/words/codes.toml"), &mut Vec::new()));
    table.find(text, &fold(text))
}

/// What is known of codes.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    entries: Vec<Entry>,
    cues: BTreeSet<String>,
    against: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    /// `5.7.` of a bounce; empty for a sign-in code.
    prefix: String,
    numbers: Range<u32>,
    intents: Vec<IntentId>,
    meanings: BTreeMap<Language, String>,
    line: usize,
}

impl Table {
    /// Reads the table of a catalogue.
    pub fn read(text: &str, faults: &mut Vec<Fault>) -> Self {
        toml_file::with(FILE, text, faults, |section, faults| {
            section.only(&["cues", "against", "code"], faults);
            let words = |key: &str, faults: &mut Vec<Fault>| {
                let lines = section.strings(key, faults);
                let words = lines
                    .iter()
                    .flat_map(|line| line.text.split([',', ' ', '\n']))
                    .filter(|w| !w.is_empty());
                words.map(|word| sound(&fold(word).text)).collect::<BTreeSet<String>>()
            };
            let cues = words("cues", faults);
            let against = words("against", faults);
            let entries = section
                .tables("code", faults)
                .iter()
                .filter_map(|code| entry(code, faults))
                .collect();
            Self { entries, cues, against }
        })
    }

    /// Adds the codes that a scenario lists. Answers those that the table has no meaning for.
    pub fn claim(&mut self, intent: &IntentId, codes: &[String]) -> Vec<String> {
        let mut unknown = Vec::new();
        for code in codes {
            let Some((prefix, numbers)) = parse(code) else {
                unknown.push(code.clone());
                continue;
            };
            match self.entries.iter_mut().find(|e| e.covers(&prefix, numbers.start)) {
                Some(entry) if !entry.intents.contains(intent) => entry.intents.push(intent.clone()),
                Some(_) => {}
                None => unknown.push(code.clone()),
            }
        }
        unknown
    }

    /// The entries that name a scenario that is not there: its name and line.
    pub fn strangers(&self, known: &[IntentId]) -> Vec<(IntentId, usize)> {
        let all = self
            .entries
            .iter()
            .flat_map(|e| e.intents.iter().map(|i| (i.clone(), e.line)));
        all.filter(|(intent, _)| !known.contains(intent)).collect()
    }

    /// The codes in a folded text.
    pub fn find(&self, text: &str, folded: &Folded) -> Vec<CodeHit> {
        let mut hits: Vec<CodeHit> = Vec::new();
        for (i, token) in folded.tokens.iter().enumerate() {
            let form = folded.form(token);
            let (digits, marked) = match token.kind {
                Kind::Number => (form, self.is_marked(text, folded, i)),
                Kind::Latin => match form.strip_prefix("aadsts").or_else(|| form.strip_prefix("aadst")) {
                    Some(digits) => (digits, true),
                    None => continue,
                },
                _ => continue,
            };
            let Some((prefix, number)) = split(digits) else {
                continue;
            };
            let Some(entry) = self.entries.iter().find(|e| e.covers(&prefix, number)) else {
                continue;
            };
            let spoken_for = || self.is_spoken_for(folded, i);
            if (marked || spoken_for()) && !hits.iter().any(|hit| hit.code == digits) {
                hits.push(CodeHit {
                    code: digits.to_owned(),
                    span: token.span.clone(),
                    intents: entry.intents.clone(),
                    marked,
                    meanings: entry.meanings.clone(),
                });
            }
        }
        hits
    }

    /// Whether the text itself marks the number as a code.
    fn is_marked(&self, text: &str, folded: &Folded, i: usize) -> bool {
        let token = &folded.tokens[i];
        let before = i.checked_sub(1).map(|p| &folded.tokens[p]);
        let dotted = folded.form(token).contains('.');
        let reply = before.is_some_and(|b| {
            let form = folded.form(b);
            b.kind == Kind::Number && form.len() == 3 && form.starts_with(['4', '5'])
        });
        let named = before.is_some_and(|b| matches!(folded.form(b), "aadsts" | "ndr" | "smtp" | "dsn"));
        let hash = dotted && text[..token.span.start].ends_with('#');
        (dotted && reply) || named || hash
    }

    /// Whether words around a bare number speak of errors, and the one before it of nothing else.
    fn is_spoken_for(&self, folded: &Folded, i: usize) -> bool {
        let word = |token: &Token| matches!(token.kind, Kind::Latin | Kind::Greek);
        let near = folded.tokens[..i].iter().rev().take(2).take_while(|t| word(t));
        let mut names = near.map(|t| sound(folded.form(t)));
        if names
            .next()
            .is_some_and(|name| self.against.contains(&name) && !self.cues.contains(&name))
        {
            let error = names.next().is_some_and(|name| self.cues.contains(&name));
            if !error {
                return false;
            }
        }
        let around = &folded.tokens[i.saturating_sub(REACH)..(i + REACH).min(folded.tokens.len())];
        around
            .iter()
            .filter(|t| word(t))
            .any(|t| self.cues.contains(&sound(folded.form(t))))
    }
}

impl Entry {
    fn covers(&self, prefix: &str, number: u32) -> bool {
        self.prefix == prefix && self.numbers.contains(&number)
    }
}

fn entry(section: &Section<'_>, faults: &mut Vec<Fault>) -> Option<Entry> {
    let languages: Vec<String> = section
        .keys()
        .into_iter()
        .map(|k| k.text)
        .filter(|k| k.len() <= 3)
        .collect();
    let mut known: Vec<&str> = languages.iter().map(String::as_str).collect();
    known.extend(["code", "intent"]);
    section.only(&known, faults);
    let code = section.string("code", faults)?;
    let intents = section
        .optional("intent", faults)
        .map(|line| IntentId(line.text))
        .into_iter()
        .collect();
    let meanings: BTreeMap<Language, String> = languages
        .iter()
        .filter_map(|l| Some((Language::new(l), section.string(l, faults)?.text)))
        .collect();
    if !meanings.contains_key(&Language::english()) {
        faults.push(section.whole(format!(
            "the code `{}` has no English meaning; add `en = \"…\"`",
            code.text
        )));
    }
    match parse(&code.text) {
        Some((prefix, numbers)) => Some(Entry {
            prefix,
            numbers,
            intents,
            meanings,
            line: code.line,
        }),
        None => {
            faults.push(section.at(
                code.line,
                format!("`{}` is no code; write `5.1.8`, `50053` or a range", code.text),
            ));
            None
        }
    }
}

/// `5.7.606-649` → `5.7.` and 606..650.
fn parse(code: &str) -> Option<(String, Range<u32>)> {
    let (first, last) = code.split_once('-').map_or((code, None), |(a, b)| (a, Some(b)));
    let (prefix, start) = split(first)?;
    let end = last.map_or(Some(start), |last| last.parse().ok())?;
    (start <= end).then_some((prefix, start..end + 1))
}

/// `5.1.8` → `5.1.` and 8; `50053` → nothing and 50053; anything else is no code.
fn split(code: &str) -> Option<(String, u32)> {
    match code.rfind('.') {
        Some(at) => {
            let parts = code.split('.').count();
            let class = code.starts_with("4.") || code.starts_with("5.");
            let number = code[at + 1..].parse().ok()?;
            (parts == 3 && class && code.len() <= 9).then(|| (code[..=at].to_owned(), number))
        }
        None if (5..=7).contains(&code.len()) => Some((String::new(), code.parse().ok()?)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        find(text).into_iter().map(|hit| hit.code).collect()
    }

    #[test]
    fn codes_are_found_in_every_form_that_people_paste() {
        for (text, code) in [
            ("550 5.1.8 Access denied, bad outbound sender AS(42004)", "5.1.8"),
            ("Remote Server returned '550 5.7.705 Access denied'", "5.7.705"),
            ("#5.7.501 spam abuse", "5.7.501"),
            ("550-5.7.606 banned sending IP", "5.7.606"),
            ("τι σημαίνει το σφάλμα 5.1.8;", "5.1.8"),
            (
                "AADSTS50053: The account is locked\nTrace ID: 7c1e0d52-93ab-4a0e-b6c1-2f5d0e8a1100",
                "50053",
            ),
            ("error code 50126 whenever I sign in", "50126"),
            ("50057 mou leei otan paw na sinde8w", "50057"),
            ("μου βγάζει σφάλμα 50126", "50126"),
        ] {
            assert_eq!(codes(text), [code], "{text}");
        }
    }

    #[test]
    fn versions_addresses_dates_and_orders_are_no_codes() {
        for text in [
            "order 50053 shipped this morning",
            "version 5.1.8 is out",
            "the server 5.7.1.1 moved to rack 5",
            "build 5.1.8 passes",
            "η παραγγελία 50053 έφυγε",
            "τιμολόγιο 50126",
            "h ekdosh 5.1.8",
            "room 50057? we don't have that many rooms",
            "5.1.2026 was a Monday",
        ] {
            assert!(codes(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_code_that_is_no_lockout_says_so() {
        let hits = find("550 5.1.10 RESOLVER.ADR.RecipientNotFound");
        assert!(!hits[0].is_lockout());
        assert!(hits[0].meaning(&Language::new("el")).contains("παραλήπτης"));
    }
}
