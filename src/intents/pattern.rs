//! Patterns: thoughts written in concepts, compiled to one automaton that reads the items of a message once.
//!
//! | written | means |
//! |---|---|
//! | `{send}` | a word or phrase of the concept *send* |
//! | `{send\|deliver}` | of either concept |
//! | `<cannot>` | the shape of that name, from `[shapes]` of the vocabulary |
//! | `back` | that very word, in whatever spelling of its language |
//! | `..` | up to four words of the same sentence; `...` up to nine |
//! | `( … \| … )`, `?` | either of several; the concept, word, shape or group before it may be missing |
//! | `^`, `$` | the message begins, ends here; only as first and last mark |
//!
//! Nothing is built while messages are read, so that an odd one costs what its length says.

use std::collections::BTreeMap;
use std::ops::Range;

use super::automaton::{Automaton, Builder, Node};
use super::lexicon::{Lexicon, Tongue};
use super::reading::Reading;

/// A word that is in a pattern but in no concept gets a concept of its own, named with this in front.
pub(super) const LITERAL: char = '=';

/// How deep shapes may stand in shapes.
const MAX_DEPTH: usize = 4;

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

/// A pattern that fits a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// Its number.
    pub pattern: usize,
    /// The items that it covers.
    pub items: Range<usize>,
}

/// All patterns, compiled.
pub(super) struct Patterns {
    /// As they were written.
    pub written: Vec<Written>,
    automaton: Automaton,
}

/// The shapes of the vocabulary, by name, as written.
pub(super) type Shapes = BTreeMap<String, (String, Tongue)>;

/// A pattern that was read: what it asks for, and whether it must begin or end the message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Translated {
    pub node: Node,
    pub begins: bool,
    pub ends: bool,
}

impl Patterns {
    /// Compiles patterns that [`translate`] has accepted, in the order of `written`.
    pub fn compile(written: Vec<Written>, translated: &[Translated], concepts: usize) -> Self {
        let mut automaton = Builder::new(concepts);
        for pattern in translated {
            automaton.add(pattern);
        }
        Self {
            written,
            automaton: automaton.finish(),
        }
    }

    /// The patterns that a message fits, by their numbers.
    pub fn hits(&self, reading: &Reading) -> Vec<Hit> {
        self.automaton.run(reading)
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

#[derive(Debug, Clone, Copy, PartialEq)]
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

/// Reads a pattern, or says what is wrong with it.
pub(super) fn translate(
    lexicon: &Lexicon,
    shapes: &Shapes,
    tongue: Tongue,
    pattern: &str,
) -> Result<Translated, String> {
    let mut tokens = tokens(pattern);
    let begins = tokens.first() == Some(&Token::Mark('^'));
    let ends = tokens.last() == Some(&Token::Mark('$'));
    tokens.drain(..usize::from(begins));
    tokens.truncate(tokens.len() - usize::from(ends));
    let mut reader = Reader {
        lexicon,
        shapes,
        tongue,
        depth: 0,
        tokens: &tokens,
        at: 0,
    };
    let node = reader.whole()?;
    if node.may_be_nothing() {
        return Err("it fits every message; name something that must be there".to_owned());
    }
    Ok(Translated { node, begins, ends })
}

struct Reader<'a> {
    lexicon: &'a Lexicon,
    shapes: &'a Shapes,
    tongue: Tongue,
    depth: usize,
    tokens: &'a [Token<'a>],
    at: usize,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<Node, String> {
        let node = self.either()?;
        match self.tokens.get(self.at) {
            None => Ok(node),
            Some(Token::Mark(')')) => Err("a `)` closes what was not opened".to_owned()),
            Some(_) => Err("`^` stands first and `$` last, or nowhere".to_owned()),
        }
    }

    fn either(&mut self) -> Result<Node, String> {
        let mut ways = vec![self.row()?];
        while self.tokens.get(self.at) == Some(&Token::Mark('|')) {
            self.at += 1;
            ways.push(self.row()?);
        }
        Ok(match ways.len() {
            1 => ways.remove(0),
            _ => Node::Either(ways),
        })
    }

    fn row(&mut self) -> Result<Node, String> {
        let mut row: Vec<Node> = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Concepts(names) => row.push(Node::One(self.concepts(names)?)),
                Token::Word(word) => {
                    let name = format!("{LITERAL}{}:{word}", self.tongue.index);
                    let concept = self.lexicon.find_concept(&name);
                    row.push(Node::One(vec![
                        concept.ok_or_else(|| format!("the word `{word}` was not noted"))?,
                    ]));
                }
                Token::Shape(name) => row.push(self.shape(name)?),
                Token::Gap(2) => row.push(Node::gap(4)),
                Token::Gap(3) => row.push(Node::gap(9)),
                Token::Gap(_) => return Err("a gap is `..` (four words) or `...` (nine)".to_owned()),
                Token::Mark('(') => {
                    row.push(self.either()?);
                    if self.tokens.get(self.at) != Some(&Token::Mark(')')) {
                        return Err("a `(` is not closed".to_owned());
                    }
                    self.at += 1;
                }
                Token::Mark('?') => {
                    let before = row.pop().ok_or_else(|| "`?` stands after nothing".to_owned())?;
                    row.push(Node::Maybe(Box::new(before)));
                }
                Token::Mark(_) => {
                    self.at -= 1;
                    break;
                }
                Token::Bad(text) => return Err(format!("`{text}` can't be read; close what is opened, use letters")),
            }
        }
        Ok(Node::Row(row))
    }

    fn concepts(&self, names: &str) -> Result<Vec<u16>, String> {
        let find = |name: &str| {
            let unknown = || format!("there is no concept `{name}`; add it to `words/` or use one that is there");
            self.lexicon.find_concept(name).ok_or_else(unknown)
        };
        names.split('|').map(|name| find(name.trim())).collect()
    }

    fn shape(&self, name: &str) -> Result<Node, String> {
        let (shape, tongue) = self
            .shapes
            .get(name)
            .ok_or_else(|| format!("there is no shape `<{name}>`; add it to `[shapes]` in `words/`"))?;
        if self.depth >= MAX_DEPTH {
            return Err(format!("the shape `<{name}>` leads back to itself; write it out"));
        }
        let tokens = tokens(shape);
        let mut reader = Reader {
            lexicon: self.lexicon,
            shapes: self.shapes,
            tongue: *tongue,
            depth: self.depth + 1,
            tokens: &tokens,
            at: 0,
        };
        reader.whole()
    }
}
