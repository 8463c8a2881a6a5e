//! OData `$filter`: the part that Graph takes for users, sign-ins and role eligibility, read into a tree.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How deep brackets may go.
const DEPTH: usize = 16;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `property op literal`, or `startsWith(property,literal)`.
    Test(Test),
    /// `property/any(x:x op literal)`.
    Any(Test),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) property: String,
    pub(super) operator: Operator,
    literal: Literal,
}

/// What is compared how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Ge,
    Gt,
    Le,
    Lt,
    StartsWith,
    EndsWith,
}

#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Text(String),
    Time(OffsetDateTime),
    Number(i64),
    Flag(bool),
    Null,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Colon,
    Word(String),
    Text(String),
}

impl Filter {
    /// Reads a filter; the error is the message that Graph gives.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            tokens: tokens(text)?,
            at: 0,
        };
        let filter = reader.either(0)?;
        match reader.tokens.get(reader.at) {
            None => Ok(filter),
            Some(_) => Err(syntax("Syntax error", text)),
        }
    }

    /// Whether a row passes.
    pub(super) fn passes(&self, row: &Value) -> bool {
        match self {
            Self::And(left, right) => left.passes(row) && right.passes(row),
            Self::Or(left, right) => left.passes(row) || right.passes(row),
            Self::Not(inner) => !inner.passes(row),
            Self::Test(test) => test.holds(lookup(row, &test.property)),
            Self::Any(test) => lookup(row, &test.property)
                .as_array()
                .is_some_and(|items| items.iter().any(|item| test.holds(item))),
        }
    }

    /// Every comparison in it, and whether each is inside a collection.
    pub(super) fn tests(&self) -> Vec<(&Test, Place)> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut tests = left.tests();
                tests.extend(right.tests());
                tests
            }
            Self::Not(inner) => inner.tests(),
            Self::Test(test) => vec![(test, Place::Plain)],
            Self::Any(test) => vec![(test, Place::Collection)],
        }
    }

    /// Whether it negates.
    pub(super) fn negates(&self) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.negates() || right.negates(),
            Self::Not(_) => true,
            Self::Test(_) | Self::Any(_) => false,
        }
    }

    /// Whether it is one comparison alone.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::Test(_) | Self::Any(_))
    }
}

/// Where a comparison stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Plain,
    Collection,
}

impl Test {
    fn holds(&self, value: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
        let order = match &self.literal {
            Literal::Null => return (self.operator == Operator::Eq) == value.is_null(),
            Literal::Text(literal) => {
                let (value, literal) = (text(value), literal.to_lowercase());
                match self.operator {
                    Operator::StartsWith => return value.starts_with(&literal),
                    Operator::EndsWith => return value.ends_with(&literal),
                    _ => value.cmp(&literal),
                }
            }
            Literal::Time(literal) => match OffsetDateTime::parse(value.as_str().unwrap_or_default(), &Rfc3339) {
                Ok(value) => value.cmp(literal),
                Err(_) => return false,
            },
            Literal::Number(literal) => match value.as_i64() {
                Some(value) => value.cmp(literal),
                None => return false,
            },
            Literal::Flag(literal) => match value.as_bool() {
                Some(value) => value.cmp(literal),
                None => return self.operator == Operator::Ne,
            },
        };
        match self.operator {
            Operator::Eq => order == Equal,
            Operator::Ne => order != Equal,
            Operator::Ge => order != Less,
            Operator::Gt => order == Greater,
            Operator::Le => order != Greater,
            Operator::Lt => order == Less,
            Operator::StartsWith | Operator::EndsWith => false,
        }
    }
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn either(&mut self, depth: usize) -> Result<Filter, String> {
        let mut left = self.both(depth)?;
        while self.takes("or") {
            left = Filter::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Filter, String> {
        let mut left = self.single(depth)?;
        while self.takes("and") {
            left = Filter::And(Box::new(left), Box::new(self.single(depth)?));
        }
        Ok(left)
    }

    fn single(&mut self, depth: usize) -> Result<Filter, String> {
        if depth > DEPTH {
            return Err("The node count limit of '100' has been exceeded.".to_owned());
        }
        if self.takes("not") {
            return Ok(Filter::Not(Box::new(self.single(depth + 1)?)));
        }
        match self.next()? {
            Token::Open => {
                let inner = self.either(depth + 1)?;
                self.expect(Token::Close)?;
                Ok(inner)
            }
            Token::Word(word) => self.test(word),
            other => Err(unexpected(&other)),
        }
    }

    /// After a word: a function, a lambda, or a comparison.
    fn test(&mut self, word: String) -> Result<Filter, String> {
        if self.tokens.get(self.at) != Some(&Token::Open) {
            let operator = self.operator()?;
            let literal = self.literal()?;
            return Ok(Filter::Test(Test {
                property: word,
                operator,
                literal,
            }));
        }
        self.at += 1;
        let filter = match word.strip_suffix("/any") {
            Some(collection) => Filter::Any(self.lambda(collection)?),
            None => {
                let operator = function(&word)?;
                let property = self.word()?;
                self.expect(Token::Comma)?;
                let literal = self.literal()?;
                Filter::Test(Test {
                    property,
                    operator,
                    literal,
                })
            }
        };
        self.expect(Token::Close)?;
        Ok(filter)
    }

    /// `x:x eq 'y'` or `x:startsWith(x,'y')`.
    fn lambda(&mut self, collection: &str) -> Result<Test, String> {
        let variable = self.word()?;
        self.expect(Token::Colon)?;
        let first = self.word()?;
        let operator = if first == variable {
            self.operator()?
        } else {
            let operator = function(&first)?;
            self.expect(Token::Open)?;
            self.expect(Token::Word(variable))?;
            self.expect(Token::Comma)?;
            operator
        };
        let literal = self.literal()?;
        if matches!(operator, Operator::StartsWith | Operator::EndsWith) {
            self.expect(Token::Close)?;
        }
        Ok(Test {
            property: collection.to_owned(),
            operator,
            literal,
        })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        match self.word()?.as_str() {
            "eq" => Ok(Operator::Eq),
            "ne" => Ok(Operator::Ne),
            "ge" => Ok(Operator::Ge),
            "gt" => Ok(Operator::Gt),
            "le" => Ok(Operator::Le),
            "lt" => Ok(Operator::Lt),
            other => Err(syntax("Syntax error: unknown operator", other)),
        }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        match self.next()? {
            Token::Text(text) => Ok(Literal::Text(text)),
            Token::Word(word) => match word.as_str() {
                "true" => Ok(Literal::Flag(true)),
                "false" => Ok(Literal::Flag(false)),
                "null" => Ok(Literal::Null),
                word => bare(word),
            },
            other => Err(unexpected(&other)),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Word(word) => Ok(word),
            other => Err(unexpected(&other)),
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(next)) if next == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: Token) -> Result<(), String> {
        match self.next()? {
            next if next == token => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token.ok_or_else(|| "Syntax error: unexpected end of the filter.".to_owned())
    }
}

/// A literal without quotes: a number or a time (a colon inside it is its own).
fn bare(word: &str) -> Result<Literal, String> {
    if let Ok(number) = word.parse() {
        return Ok(Literal::Number(number));
    }
    OffsetDateTime::parse(word, &Rfc3339)
        .map(Literal::Time)
        .map_err(|_| syntax("Could not find a property or literal named", word))
}

fn function(name: &str) -> Result<Operator, String> {
    match name.to_ascii_lowercase().as_str() {
        "startswith" => Ok(Operator::StartsWith),
        "endswith" => Ok(Operator::EndsWith),
        _ => Err(format!("An unknown function with name '{name}' was found.")),
    }
}

fn lookup<'a>(row: &'a Value, property: &str) -> &'a Value {
    property.split('/').fold(row, |value, name| &value[name])
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ' ' => 1,
            '(' | ')' | ',' => {
                tokens.push(match first {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                });
                1
            }
            ':' => {
                tokens.push(Token::Colon);
                1
            }
            '\'' => {
                let (literal, length) =
                    quoted(rest).ok_or_else(|| syntax("There is an unterminated string literal", text))?;
                tokens.push(Token::Text(literal));
                length
            }
            _ => {
                let word = word(rest);
                tokens.push(Token::Word(word.to_owned()));
                word.len()
            }
        };
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// A word ends at a blank, bracket, comma or quote; a colon ends it unless it is inside a time.
fn word(text: &str) -> &str {
    let time = text.starts_with(|first: char| first.is_ascii_digit());
    let end = text
        .find(|c: char| matches!(c, ' ' | '(' | ')' | ',' | '\'') || (c == ':' && !time))
        .unwrap_or(text.len());
    &text[..end.max(1)]
}

/// A quoted literal, in which two quotes are one, and its length in the text.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut literal = String::new();
    let mut rest = &text[1..];
    loop {
        let end = rest.find('\'')?;
        literal.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                literal.push('\'');
                rest = more;
            }
            None => return Some((literal, text.len() - rest.len())),
        }
    }
}

fn unexpected(token: &Token) -> String {
    let shown = match token {
        Token::Open => "(",
        Token::Close => ")",
        Token::Comma => ",",
        Token::Colon => ":",
        Token::Word(text) | Token::Text(text) => text,
    };
    format!("Syntax error: unexpected '{shown}'.")
}

fn syntax(what: &str, text: &str) -> String {
    format!("{what} at '{text}'.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str) -> bool {
        let row = json!({
            "mail": "Maria@contoso.com",
            "n": 5,
            "on": true,
            "proxyAddresses": ["SMTP:maria@contoso.com", "smtp:m.o'hara@contoso.com"],
            "at": "2026-11-22T10:00:00Z",
            "status": {"errorCode": 50053},
        });
        Filter::parse(filter).unwrap().passes(&row)
    }

    #[test]
    fn comparisons_ignore_case_as_the_directory_does() {
        assert!(passes("mail eq 'maria@CONTOSO.com'"));
        assert!(!passes("mail eq 'x' and on eq true"));
        assert!(passes("mail eq 'x' or on eq true and n ge 5"));
        assert!(passes("startswith(mail,'mar') and not(endswith(mail,'.gr'))"));
        assert!(passes(
            "status/errorCode eq 50053 and at ge 2026-11-22T09:00:00Z and at lt 2026-11-22T11:00:00Z"
        ));
        assert!(!passes("at ge 2026-11-22T10:00:01Z"));
    }

    #[test]
    fn collections_are_searched() {
        assert!(passes("proxyAddresses/any(p:p eq 'smtp:maria@contoso.com')"));
        assert!(passes("proxyAddresses/any(p:p eq 'smtp:m.o''hara@contoso.com')"));
        assert!(passes("proxyAddresses/any(p:startsWith(p,'SMTP:maria'))"));
        assert!(!passes("proxyAddresses/any(p:p eq 'smtp:nobody@contoso.com')"));
    }

    #[test]
    fn nonsense_is_refused() {
        for filter in [
            "",
            "mail",
            "mail eq",
            "mail eq 'x",
            "mail like 'x'",
            "contains(mail,'x')",
            "(mail eq 'x'",
            "mail eq 'x' 'y'",
            "mail eq maria@contoso.com",
            "proxyAddresses/any(p:q eq 'x')",
        ] {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
    }
}
