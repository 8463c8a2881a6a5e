//! Reading `intent.toml` and `<lang>.toml` of one scenario.

use std::collections::BTreeMap;

use time::Date;
use time::macros::format_description;

use super::load::Phrasing;
use super::toml_file::{Line, Section};
use super::{Fault, IntentId, Scenario, Source};
use crate::chat::ActionId;
use crate::language::Language;

/// Reads `intent.toml`.
pub(super) fn intent(section: &Section<'_>, folder: &str, faults: &mut Vec<Fault>) -> Scenario {
    section.only(&["id", "covers", "actions", "codes", "links"], faults);
    let id = section.string("id", faults);
    if let Some(line) = id.as_ref().filter(|line| line.text != folder) {
        let what = format!(
            "the id `{}` is not the name of the folder; call both `{folder}`",
            line.text
        );
        faults.push(section.at(line.line, what));
    }
    section.string("covers", faults);
    let mut actions = Vec::new();
    for line in section.strings("actions", faults) {
        match line.text.parse::<ActionId>() {
            Ok(action) => actions.push(action),
            Err(_) => {
                let known: Vec<_> = ActionId::ALL.iter().map(|a| a.name()).collect();
                let what = format!("there is no action `{}`; use one of {}", line.text, known.join(", "));
                faults.push(section.at(line.line, what));
            }
        }
    }
    let codes = section
        .strings("codes", faults)
        .into_iter()
        .map(|line| line.text)
        .collect();
    let sources = section
        .tables("links", faults)
        .iter()
        .map(|link| source(link, faults))
        .collect();
    Scenario {
        id: IntentId(folder.to_owned()),
        actions,
        codes,
        sources,
        words: BTreeMap::new(),
    }
}

fn source(link: &Section<'_>, faults: &mut Vec<Fault>) -> Source {
    link.only(&["url", "reviewed", "title"], faults);
    let url = link.string("url", faults);
    if let Some(line) = &url
        && !url::Url::parse(&line.text).is_ok_and(|u| u.scheme() == "https" && u.host_str().is_some())
    {
        faults.push(link.at(
            line.line,
            format!("`{}` is no https address; write it in full", line.text),
        ));
    }
    let reviewed = link.string("reviewed", faults);
    if let Some(line) = &reviewed
        && Date::parse(&line.text, format_description!("[year]-[month]-[day]")).is_err()
    {
        faults.push(link.at(
            line.line,
            format!("`{}` is no date; write it as `2026-11-20`", line.text),
        ));
    }
    let mut titles = BTreeMap::new();
    match link.table("title", faults) {
        Some(table) => {
            for key in table.keys() {
                if let Some(line) = table.string(&key.text, faults) {
                    titles.insert(Language::new(&key.text), line.text);
                }
            }
            if !titles.contains_key(&Language::english()) {
                faults.push(table.whole("the link has no English title; add `title.en = \"…\"`"));
            }
        }
        None => faults.push(link.whole("the link has no title; add `title.en = \"…\"`")),
    }
    let text = |line: Option<Line>| line.map(|l| l.text).unwrap_or_default();
    Source {
        url: text(url),
        titles,
        reviewed: text(reviewed),
    }
}

/// Reads `<lang>.toml`.
pub(super) fn phrasing(
    section: &Section<'_>,
    (scenario, language, file): (usize, &Language, &str),
    faults: &mut Vec<Fault>,
) -> (Option<String>, Phrasing) {
    section.only(&["choice", "patterns", "examples", "vague", "counter"], faults);
    let choice = section.string("choice", faults).map(|line| line.text);
    let phrasing = Phrasing {
        scenario,
        language: language.clone(),
        file: file.to_owned(),
        patterns: section.strings("patterns", faults),
        examples: section.strings("examples", faults),
        vague: section.strings("vague", faults),
        counter: section.strings("counter", faults),
    };
    (choice, phrasing)
}
