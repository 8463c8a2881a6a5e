//! People who are named in a message without an address: "Maria from accounting", «η Μαρία από το λογιστήριο».
//!
//! A name tells whom to ask about or what to pass on to an administrator. It never decides whose account is changed: for
//! that an address or a chosen person is needed.

use super::lexicon::{Concept, Lexicon};
use super::reading::Reading;
use crate::language::fold::Kind;

/// How many words a name may have, and how many may say where somebody works.
const MAX_WORDS: usize = 3;
const MAX_PLACE: usize = 3;

/// The words around names, from the vocabulary.
struct Cues {
    listed: Option<Concept>,
    written: Option<Concept>,
    title: Option<Concept>,
    before: Option<Concept>,
    after: Option<Concept>,
    introduces: Option<Concept>,
    elsewhere: Option<Concept>,
    product: Option<Concept>,
    place: [Option<Concept>; 2],
}

/// The names in a message, as they are written there, each once; with where the person works, if that is said.
pub(super) fn names(lexicon: &Lexicon, reading: &Reading, text: &str) -> Vec<String> {
    let of = |name: &str| lexicon.find_concept(name);
    let listed = of("person-name");
    let named = |c: &Concept| [listed, lexicon.name].contains(&Some(*c));
    if !reading.concepts.iter().any(named) {
        return Vec::new();
    }
    let cues = Cues {
        listed,
        written: lexicon.name,
        title: of("title"),
        before: of("name-before"),
        after: of("name-after"),
        introduces: of("introduces"),
        elsewhere: of("elsewhere"),
        product: of("product"),
        place: [of("from"), of("name-after")],
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < reading.items.len() {
        let end = run(&cues, reading, at);
        if end > at && is_meant(&cues, reading, (at, end), text) {
            let words = at..place(&cues, reading, end, text);
            if let Some(span) = reading.span(words) {
                let name = text[span].trim_end_matches("'s").trim_end_matches("’s").to_owned();
                if !found.contains(&name) {
                    found.push(name);
                }
            }
        }
        at = end.max(at + 1);
    }
    found
}

fn has(reading: &Reading, at: usize, concept: Option<Concept>) -> bool {
    let item = reading.items.get(at);
    item.is_some_and(|item| concept.is_some_and(|c| reading.meaning(item).contains(&c)))
}

/// Where the name that begins here ends: one listed name or one written as names are, and what is written so behind it.
fn run(cues: &Cues, reading: &Reading, at: usize) -> usize {
    let is_name = |at: usize| {
        let other = has(reading, at, cues.elsewhere) || has(reading, at, cues.product);
        (has(reading, at, cues.listed) || has(reading, at, cues.written)) && !other
    };
    (at..reading.items.len().min(at + MAX_WORDS))
        .take_while(|i| is_name(*i))
        .last()
        .map_or(at, |last| last + 1)
}

/// Whether somebody is spoken of, and neither greeted nor the writer.
fn is_meant(cues: &Cues, reading: &Reading, (start, end): (usize, usize), text: &str) -> bool {
    let listed = (start..end).any(|i| has(reading, i, cues.listed));
    let behind = |back: usize| start.checked_sub(back);
    let title = behind(1).is_some_and(|i| has(reading, i, cues.title));
    // «είμαι η Μαρία»: between the two may stand an article.
    let introduced = [1, 2]
        .into_iter()
        .filter_map(behind)
        .any(|i| has(reading, i, cues.introduces));
    if introduced && !title {
        return false;
    }
    let before = behind(1).is_some_and(|i| has(reading, i, cues.before));
    let after = has(reading, end, cues.after);
    let words = reading.span(start..end).map_or("", |span| &text[span]);
    let own = words.ends_with("'s") || words.ends_with("’s");
    if listed {
        // A name alone at the end is a signature, one alone at the beginning calls somebody.
        return title || before || after || own;
    }
    title || own || (before && after)
}

/// Where the words end that say where somebody works: «από το λογιστήριο», "from accounting".
fn place(cues: &Cues, reading: &Reading, end: usize, text: &str) -> usize {
    let says = |at: usize| {
        let item = reading.items.get(at)?;
        let token = reading.folded.tokens.get(item.tokens.start)?;
        Some(text[token.span.clone()].to_lowercase())
    };
    let from = says(end).is_some_and(|word| ["from", "από", "απο", "apo", "απ"].contains(&word.as_str()));
    if !from || !cues.place.iter().flatten().any(|c| has(reading, end, Some(*c))) {
        return end;
    }
    let small = |at: usize| says(at).is_some_and(|word| word.chars().count() <= 3);
    let mut last = end + 1;
    while last < reading.items.len().min(end + MAX_PLACE) && small(last) {
        last += 1;
    }
    let word = reading
        .items
        .get(last)
        .and_then(|item| reading.folded.tokens.get(item.tokens.start));
    match word {
        Some(token) if matches!(token.kind, Kind::Latin | Kind::Greek) => last + 1,
        _ => end,
    }
}
