//! Patterns: thoughts written in concepts, compiled to one set of regular expressions over the encoded message.
//!
//! | written | means |
//! |---|---|
//! | `{send}` | a word or phrase of the concept *send* |
//! | `{send\|deliver}` | of either concept |
//! | `<cannot>` | the shape of that name, from `[shapes]` of the vocabulary |
//! | `back` | that very word, in whatever spelling of its language |
//! | `..` | up to four words of the same sentence; `...` up to nine |
//! | `( … \| … )`, `?`, `^`, `$` | as in regular expressions; `?` after a concept, a word, a shape or a group |

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::lexicon::{Lexicon, Tongue};
use super::reading::{Reading, symbol};

/// A word that is in a pattern but in no concept gets a concept of its own, named with this in front.
pub(super) const LITERAL: char = '=';

/// What a pattern is evidence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Says {
    /// The scenario of this number.
    Scenario(usize),
    /// The sign of this number.
    Sign(usize),
}

/// A pattern as a writer wrote it.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// What it is evidence for.
    pub says: Says,
    /// Its text.
    pub text: String,
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The language of the words in it.
    pub tongue: Tongue,
}

/// All patterns, compiled.
pub(super) struct Patterns {
    /// As they were written.
    pub written: Vec<Written>,
    set: RegexSet,
    each: Vec<Regex>,
}

/// The shapes of the vocabulary, by name, as written.
pub(super) type Shapes = BTreeMap<String, (String, Tongue)>;

const LETTER: &str = "[\u{100}-\u{7ff}]";

impl Patterns {
    /// Compiles patterns that [`translate`] has accepted. Answers the numbers of those that regex refuses, and why.
    pub fn compile(written: Vec<Written>, regexes: Vec<String>) -> Result<Self, Vec<(usize, String)>> {
        let mut each = Vec::with_capacity(regexes.len());
        let mut bad = Vec::new();
        for (i, regex) in regexes.iter().enumerate() {
            match RegexBuilder::new(regex).size_limit(1 << 22).build() {
                Ok(regex) => each.push(regex),
                Err(error) => bad.push((i, error.to_string().lines().last().unwrap_or_default().to_owned())),
            }
        }
        if !bad.is_empty() {
            return Err(bad);
        }
        let set = RegexSetBuilder::new(&regexes)
            .size_limit(1 << 27)
            .dfa_size_limit(1 << 26)
            .build()
            .map_err(|error| vec![(0, error.to_string())])?;
        Ok(Self { written, set, each })
    }

    /// The numbers of the patterns that a message fits.
    pub fn hits(&self, reading: &Reading) -> Vec<usize> {
        self.set.matches(&reading.encoded).into_iter().collect()
    }

    /// Where a pattern fits, in bytes of the original.
    pub fn place(&self, pattern: usize, reading: &Reading) -> Option<std::ops::Range<usize>> {
        let found = self.each[pattern].find(&reading.encoded)?;
        reading.span(found.range())
    }
}

/// Notes the words of a pattern in the lexicon, so that they are recognised.
pub(super) fn note_words(lexicon: &mut Lexicon, tongue: Tongue, pattern: &str) {
    for token in tokens(pattern) {
        if let Token::Word(word) = token {
            let concept = lexicon.concept(&format!("{LITERAL}{}:{word}", tongue.index));
            lexicon.add(tongue, word, Some(concept));
        }
    }
}

#[derive(Debug, PartialEq)]
enum Token<'a> {
    Concepts(&'a str),
    Shape(&'a str),
    Word(&'a str),
    Gap(usize),
    Mark(char),
    Bad(&'a str),
}

fn tokens(pattern: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = pattern.trim_start();
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            '{' | '<' => {
                let close = if c == '{' { '}' } else { '>' };
                match rest.find(close) {
                    Some(end) if c == '{' => (Token::Concepts(&rest[1..end]), end + 1),
                    Some(end) => (Token::Shape(&rest[1..end]), end + 1),
                    None => (Token::Bad(rest), rest.len()),
                }
            }
            '.' => {
                let dots = rest.bytes().take_while(|b| *b == b'.').count();
                (Token::Gap(dots), dots)
            }
            '(' | ')' | '|' | '?' | '^' | '$' => (Token::Mark(c), 1),
            c if c.is_alphanumeric() || c == '\'' => {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '\'')
                    .unwrap_or(rest.len());
                (Token::Word(&rest[..end]), end)
            }
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (Token::Bad(&rest[..end]), end)
            }
        };
        out.push(token);
        rest = rest[length..].trim_start();
    }
    out
}

/// Turns a pattern into a regular expression over the encoded message, or says what is wrong with it.
pub(super) fn translate(lexicon: &Lexicon, shapes: &Shapes, tongue: Tongue, pattern: &str) -> Result<String, String> {
    translate_in(lexicon, shapes, tongue, pattern, 0)
}

fn translate_in(
    lexicon: &Lexicon,
    shapes: &Shapes,
    tongue: Tongue,
    pattern: &str,
    depth: usize,
) -> Result<String, String> {
    let mut out = String::new();
    for token in tokens(pattern) {
        match token {
            Token::Concepts(names) => {
                let mut letters = String::new();
                for name in names.split('|') {
                    let concept = lexicon.find_concept(name.trim()).ok_or_else(|| {
                        format!(
                            "there is no concept `{}`; add it to `words/` or use one that is there",
                            name.trim()
                        )
                    })?;
                    letters.push(symbol(concept));
                }
                out.push_str(&format!("(?:{LETTER}*[{letters}]{LETTER}* )"));
            }
            Token::Word(word) => {
                let name = format!("{LITERAL}{}:{word}", tongue.index);
                let concept = lexicon
                    .find_concept(&name)
                    .ok_or_else(|| format!("the word `{word}` was not noted"))?;
                out.push_str(&format!("(?:{LETTER}*{}{LETTER}* )", symbol(concept)));
            }
            Token::Shape(name) => {
                let (shape, its) = shapes
                    .get(name)
                    .ok_or_else(|| format!("there is no shape `<{name}>`; add it to `[shapes]` in `words/`"))?;
                if depth > 4 {
                    return Err(format!("the shape `<{name}>` leads back to itself; write it out"));
                }
                let inner = translate_in(lexicon, shapes, *its, shape, depth + 1)?;
                out.push_str(&format!("(?:{inner})"));
            }
            Token::Gap(2) => out.push_str(&format!("(?:{LETTER}* ){{0,4}}")),
            Token::Gap(3) => out.push_str(&format!("(?:{LETTER}* ){{0,9}}")),
            Token::Gap(_) => return Err("a gap is `..` (four words) or `...` (nine)".to_owned()),
            Token::Mark('(') => out.push_str("(?:"),
            Token::Mark('$') => out.push_str("(?:[.?] )*$"),
            Token::Mark('?') if out.is_empty() => return Err("`?` stands after nothing".to_owned()),
            Token::Mark(mark) => out.push(mark),
            Token::Bad(text) => return Err(format!("`{text}` can't be read; close what is opened, use letters")),
        }
    }
    Ok(out)
}
