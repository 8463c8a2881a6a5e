//! Folding: a message as a row of words in lower case, without accents, each with its place in the original.
//!
//! This is the first of two steps. Here case, accents, final sigma, look-alike letters, markup, quotes and code are
//! dealt with; [`crate::language::sound`] then brings Greek and the habits of Greeklish to one form. Everything is one
//! pass over the text, and a text of any size is read up to [`MAX_TOKENS`] words.

use std::ops::Range;

use super::letters::{is_greek, is_word, plain, to_greek, to_latin};

/// How many words of a message are read. What comes after is a log or an attack, not a question.
pub const MAX_TOKENS: usize = 3_000;

/// The longest word that is folded; the rest of a longer one is dropped.
const MAX_WORD: usize = 64;

/// Short forms before names. The point behind one ends no sentence.
const TITLES: [&str; 8] = ["mr", "mrs", "ms", "dr", "prof", "κ", "κα", "κοσ"];

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Letters of the Latin script, perhaps with digits among them.
    Latin,
    /// Letters of the Greek script.
    Greek,
    /// Letters of another script.
    Foreign,
    /// Digits, perhaps with points between them.
    Number,
    /// An e-mail address or user principal name.
    Address,
    /// A web address.
    Link,
    /// A person who is mentioned.
    Mention,
    /// The end of a sentence or line.
    Stop,
    /// A question mark, which also ends a sentence.
    Question,
}

/// Whose words they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The writer's own.
    Own,
    /// Between quotation marks: a message seen on a screen, or somebody's words.
    Quoted,
    /// A quoted line: somebody else's.
    Cited,
    /// Code.
    Code,
}

/// A word, a number, a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where it stands in the original.
    pub span: Range<usize>,
    /// Where its folded form stands in [`Folded::text`].
    pub form: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// Whose it is.
    pub zone: Zone,
}

/// A folded message.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    /// The folded words with a space between them.
    pub text: String,
    /// The words.
    pub tokens: Vec<Token>,
    /// How many characters were looked at: the cost, which tests hold to a line.
    pub steps: usize,
}

impl Folded {
    /// The folded form of a token.
    pub fn form(&self, token: &Token) -> &str {
        &self.text[token.form.clone()]
    }
}

/// Folds a message.
pub fn fold(original: &str) -> Folded {
    let mut folder = Folder {
        source: original,
        at: 0,
        zone: Zone::Own,
        cited: false,
        may_link: original.contains(['@', ':']) || original.contains("www."),
        out: Folded::default(),
        word: Vec::with_capacity(MAX_WORD),
    };
    folder.out.text.reserve(original.len().min(1 << 16));
    folder.out.tokens.reserve(original.len().min(1 << 14) / 4);
    folder.run();
    folder.out
}

fn is_address(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    text.split_once('@').is_some_and(|(local, host)| {
        let begins = local.starts_with(|c: char| c.is_ascii_alphanumeric());
        let ends = host.ends_with(|c: char| c.is_ascii_alphanumeric());
        begins && ends && host.contains('.') && !host.contains("..") && local.chars().chain(host.chars()).all(plain)
    })
}

struct Folder<'t> {
    source: &'t str,
    at: usize,
    zone: Zone,
    cited: bool,
    /// Whether there can be an address at all: few messages have one, and the others need not be looked through for it.
    may_link: bool,
    out: Folded,
    word: Vec<char>,
}

impl Folder<'_> {
    fn run(&mut self) {
        self.cited = self.starts_citation();
        while let Some(c) = self.peek() {
            if self.out.tokens.len() >= MAX_TOKENS {
                break;
            }
            if is_word(c) {
                self.token();
            } else {
                self.punctuation(c);
            }
        }
    }

    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn before(&self) -> Option<char> {
        self.source[..self.at].chars().next_back()
    }

    fn step(&mut self, c: char) {
        self.at += c.len_utf8();
        self.out.steps += 1;
    }

    fn push(&mut self, span: Range<usize>, kind: Kind, form: &str) {
        let start = self.space();
        self.out.text.push_str(form);
        self.finish(span, kind, start);
    }

    fn push_letters(&mut self, span: Range<usize>, kind: Kind, letters: &[char]) {
        let start = self.space();
        self.out.text.extend(letters);
        self.finish(span, kind, start);
    }

    /// Parts what comes from what is there; where that begins.
    fn space(&mut self) -> usize {
        let text = &mut self.out.text;
        if !text.is_empty() {
            text.push(' ');
        }
        text.len()
    }

    /// Adds the token whose form was just written.
    fn finish(&mut self, span: Range<usize>, kind: Kind, start: usize) {
        let zone = if self.cited { Zone::Cited } else { self.zone };
        let form = start..self.out.text.len();
        self.out.tokens.push(Token { span, form, kind, zone });
    }

    fn stop(&mut self, kind: Kind) {
        let last = self.out.tokens.last().map(|t| t.kind);
        if matches!(last, None | Some(Kind::Stop | Kind::Question)) {
            if kind == Kind::Question
                && let Some(token) = self.out.tokens.last_mut()
            {
                token.kind = kind;
            }
            return;
        }
        let at = self.at;
        let mark = if kind == Kind::Question { "?" } else { "." };
        self.push(at..at, kind, mark);
    }

    /// Whether the line that begins here is a quotation of somebody else.
    fn starts_citation(&self) -> bool {
        let line = self.rest().trim_start_matches([' ', '\t']);
        line.starts_with('>') || line.starts_with("&gt;")
    }

    fn punctuation(&mut self, c: char) {
        match c {
            '\n' => {
                self.step(c);
                self.stop(Kind::Stop);
                if self.zone == Zone::Quoted {
                    self.zone = Zone::Own;
                }
                self.cited = self.starts_citation();
            }
            '`' => self.backticks(),
            '<' => self.markup(),
            '"' | '“' | '”' | '«' | '»' | '„' => {
                self.step(c);
                self.quotation(c);
            }
            '?' | '\u{37e}' => {
                self.step(c);
                self.stop(Kind::Question);
            }
            ';' => {
                self.step(c);
                // A Greek question mark ends a word; the accent key of a wrong layout stands before a letter.
                if !self.peek().is_some_and(is_word) {
                    self.stop(Kind::Question);
                }
            }
            '.' | '!' | '…' => {
                self.step(c);
                let goes_on = self.peek().is_some_and(is_word);
                if !goes_on && (c != '.' || !self.after_title()) {
                    self.stop(Kind::Stop);
                }
            }
            _ => self.step(c),
        }
    }

    /// Whether the last word is a title that is written with a point: `Mr.`, `κ.`
    fn after_title(&self) -> bool {
        let last = self.out.tokens.last();
        last.is_some_and(|token| token.span.end + 1 == self.at && TITLES.contains(&self.out.form(token)))
    }

    fn quotation(&mut self, mark: char) {
        self.zone = match (self.zone, mark) {
            (Zone::Code, _) => Zone::Code,
            (Zone::Own, '“' | '«' | '„') => Zone::Quoted,
            (Zone::Own, '"') if self.ahead('"') => Zone::Quoted,
            (Zone::Quoted, '"' | '”' | '»' | '“') => Zone::Own,
            (zone, _) => zone,
        };
    }

    /// Whether a mark that closes what was opened stands within reach. Bounded, so that a text of marks stays linear.
    fn ahead(&self, mark: char) -> bool {
        let bytes = self.rest().as_bytes();
        bytes.iter().take(600).any(|b| *b == mark as u8)
    }

    fn backticks(&mut self) {
        let count = self.rest().bytes().take_while(|b| *b == b'`').count();
        self.at += count;
        self.out.steps += count;
        self.zone = match self.zone {
            Zone::Code => Zone::Own,
            _ if count >= 3 || self.ahead('`') => Zone::Code,
            zone => zone,
        };
        if count >= 3 {
            self.stop(Kind::Stop);
        }
    }

    /// `<mailto:a@b|a@b>`, `<https://…|text>`, `<@U123>`: the markup that platforms put around names and links.
    fn markup(&mut self) {
        let start = self.at;
        let window = &self.rest().as_bytes()[..self.rest().len().min(2_048)];
        let Some(end) = window.iter().position(|b| matches!(b, b'>' | b'\n')) else {
            return self.step('<');
        };
        let inner = &self.source[start + 1..start + end];
        let target = inner.split('|').next().unwrap_or(inner);
        let (kind, form) = if window[end] != b'>' || inner.contains(' ') {
            return self.step('<');
        } else if target.starts_with(['@', '#', '!']) {
            (Kind::Mention, "<@>")
        } else if let Some(address) = target.strip_prefix("mailto:").filter(|a| is_address(a)) {
            (Kind::Address, address)
        } else if target.contains("://") {
            (Kind::Link, "www.link")
        } else if is_address(target) {
            (Kind::Address, target)
        } else {
            return self.step('<');
        };
        let form = form.to_ascii_lowercase();
        self.push(start..start + end + 1, kind, &form);
        self.at = start + end + 1;
        self.out.steps += end + 1;
    }

    fn token(&mut self) {
        if self.may_link && self.address_or_link() {
            return;
        }
        let start = self.at;
        let mut end = start;
        self.word.clear();
        let (mut greek, mut latin, mut digits, mut foreign) = (0, 0, 0, 0);
        while let Some(c) = self.peek() {
            if !is_word(c) {
                if !self.joins(c, digits > 0 && latin + greek == 0) {
                    break;
                }
                if c == '.' {
                    self.word.push('.');
                }
                self.step(c);
                continue;
            }
            self.step(c);
            end = self.at;
            let Some(f) = plain(c) else { continue };
            match f {
                'a'..='z' => latin += 1,
                '0'..='9' => digits += 1,
                f if is_greek(f) => greek += 1,
                f if f.is_alphabetic() => foreign += 1,
                _ => {}
            }
            if self.word.len() < MAX_WORD {
                self.word.push(f);
            }
        }
        let kind = if greek > 0 && greek >= latin {
            if latin + foreign > 0 {
                self.word.iter_mut().for_each(|c| *c = to_greek(*c));
            }
            Kind::Greek
        } else if latin > 0 && latin >= foreign {
            if greek + foreign > 0 {
                self.word.iter_mut().for_each(|c| *c = to_latin(*c));
            }
            Kind::Latin
        } else if digits > 0 && foreign == 0 {
            Kind::Number
        } else {
            Kind::Foreign
        };
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        self.push_letters(start..end, kind, &word);
        self.word = word;
    }

    /// Whether a character that is no letter holds a word together here: the apostrophe of `can't`, the points of
    /// `5.1.8`, the accent key of a wrong keyboard layout in `j;exasa`.
    fn joins(&self, c: char, number: bool) -> bool {
        let next = self.source[self.at + c.len_utf8()..].chars().next();
        match c {
            '\'' | '’' | '‘' | '´' | '΄' | '\u{ad}' | '\u{200b}' | '\u{200d}' => next.is_some_and(is_word),
            '.' => number && next.is_some_and(|n| n.is_ascii_digit()),
            ';' => {
                self.before().is_some_and(|b| b.is_ascii_alphabetic())
                    && next.is_some_and(|n| matches!(n, 'a' | 'e' | 'i' | 'o' | 'h' | 'y' | 'v'))
            }
            _ => false,
        }
    }

    /// Takes an e-mail address or a web address whole.
    fn address_or_link(&mut self) -> bool {
        let source = self.source;
        let rest = &source[self.at..];
        let bytes = rest.as_bytes();
        let mut end = bytes.len().min(320);
        let mut special = bytes.starts_with(b"www.");
        for (i, b) in bytes.iter().take(320).enumerate() {
            match b {
                b' ' | b'\t' | b'\n' | b'\r' | b'<' | b'>' | b'"' | b'(' | b')' | b',' | b'|' | b'`' | 12 => {
                    end = i;
                    break;
                }
                b'@' | b':' => special = true,
                _ => {}
            }
        }
        if !special {
            self.out.steps += 1;
            return false;
        }
        let chunk = &bytes[..end];
        self.out.steps += 1;
        let at = chunk.iter().position(|b| *b == b'@');
        let link = chunk.windows(3).position(|w| w == b"://").is_some_and(|p| p < 12) || chunk.starts_with(b"www.");
        if link {
            let all = bytes
                .iter()
                .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'"'))
                .unwrap_or(bytes.len());
            let start = self.at;
            self.push(start..start + all, Kind::Link, "www.link");
            self.at = start + all;
            self.out.steps += all;
            return true;
        }
        let Some(at) = at else { return false };
        let host = &chunk[at + 1..];
        let is_host = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        let mut length = host.iter().take_while(|b| is_host(b)).count();
        while length > 0 && matches!(host[length - 1], b'.' | b'-') {
            length -= 1;
        }
        if at == 0 || !chunk[..at].is_ascii() || !host[..length].contains(&b'.') {
            return false;
        }
        let local = chunk[..at].strip_prefix(b"mailto:").map_or(0, |_| 7);
        let start = self.at;
        let form = rest[local..at + 1 + length].to_ascii_lowercase();
        self.push(start + local..start + at + 1 + length, Kind::Address, &form);
        self.at = start + at + 1 + length;
        self.out.steps += at + length;
        true
    }
}
