//! Reading a TOML file that a person wrote, with the line of everything that is wrong with it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Fault;

/// A table with the file that it stands in.
pub(super) struct Section<'a> {
    file: &'a str,
    text: &'a str,
    table: &'a DeTable<'a>,
    span: Range<usize>,
}

/// A string with its line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The string.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
}

/// Parses `text`, reports every syntax error, and hands the table to `read`.
pub(super) fn with<T>(
    file: &str,
    text: &str,
    faults: &mut Vec<Fault>,
    read: impl FnOnce(&Section<'_>, &mut Vec<Fault>) -> T,
) -> T {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        faults.push(Fault {
            file: file.to_owned(),
            line,
            what: format!("is not TOML here: {}", error.message().replace('\n', " ")),
        });
    }
    let section = Section {
        file,
        text,
        table: table.get_ref(),
        span: 0..0,
    };
    read(&section, faults)
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

impl<'a> Section<'a> {
    fn fault(&self, at: usize, what: impl Into<String>) -> Fault {
        Fault {
            file: self.file.to_owned(),
            line: line_of(self.text, at),
            what: what.into(),
        }
    }

    /// A fault of the whole section.
    pub fn whole(&self, what: impl Into<String>) -> Fault {
        self.fault(self.span.start, what)
    }

    /// A fault on a line.
    pub fn at(&self, line: usize, what: impl Into<String>) -> Fault {
        Fault {
            file: self.file.to_owned(),
            line,
            what: what.into(),
        }
    }

    /// Reports every key that is none of `known`.
    pub fn only(&self, known: &[&str], faults: &mut Vec<Fault>) {
        for (key, _) in self.table {
            if !known.contains(&key.get_ref().as_ref()) {
                let near = known
                    .iter()
                    .filter(|k| strsim::osa_distance(k, key.get_ref()) <= 2)
                    .map(|k| format!("; did you mean `{k}`?"))
                    .next()
                    .unwrap_or_else(|| format!("; known here: {}", known.join(", ")));
                faults.push(self.fault(key.span().start, format!("unknown key `{}`{near}", key.get_ref())));
            }
        }
    }

    /// The keys, in order.
    pub fn keys(&self) -> Vec<Line> {
        let mut keys: Vec<_> = self
            .table
            .iter()
            .map(|(k, _)| (k.span().start, k.get_ref().to_string()))
            .collect();
        keys.sort();
        keys.into_iter()
            .map(|(at, text)| Line {
                text,
                line: line_of(self.text, at),
            })
            .collect()
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// A string that must be there.
    pub fn string(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Line> {
        match self.optional(key, faults) {
            Some(line) => Some(line),
            None if self.value(key).is_none() => {
                faults.push(self.whole(format!("`{key}` is missing; add `{key} = \"…\"`")));
                None
            }
            None => None,
        }
    }

    /// A string that may be there.
    pub fn optional(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Line> {
        let value = self.value(key)?;
        let at = value.span().start;
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(Line {
                text: text.trim().to_owned(),
                line: line_of(self.text, at),
            }),
            Some(_) => {
                faults.push(self.fault(at, format!("`{key}` is empty; write something or leave the key out")));
                None
            }
            None => {
                faults.push(self.fault(at, format!("`{key}` must be a string in quotation marks")));
                None
            }
        }
    }

    /// A list of strings; empty where there is none.
    pub fn strings(&self, key: &str, faults: &mut Vec<Fault>) -> Vec<Line> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            faults.push(self.fault(
                value.span().start,
                format!("`{key}` must be a list: `{key} = [\"…\", \"…\"]`"),
            ));
            return Vec::new();
        };
        let mut lines = Vec::new();
        // Lines are counted on from entry to entry: a list of thousands would be read as often otherwise.
        let (mut line, mut counted) = (line_of(self.text, value.span().start), value.span().start);
        for item in list {
            let at = item.span().start;
            line += line_of(self.text.get(counted..at).unwrap_or_default(), usize::MAX) - 1;
            counted = at.max(counted);
            match item.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => {
                    lines.push(Line {
                        text: text.to_owned(),
                        line,
                    });
                }
                _ => faults.push(self.fault(
                    at,
                    format!("each entry of `{key}` must be a string that says something"),
                )),
            }
        }
        lines
    }

    /// A table inside this one.
    pub fn table(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Section<'a>> {
        let value = self.value(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Section {
                file: self.file,
                text: self.text,
                table,
                span: value.span(),
            }),
            None => {
                faults.push(self.fault(value.span().start, format!("`{key}` must be a table: `[{key}]`")));
                None
            }
        }
    }

    /// A list of tables, `[[key]]`.
    pub fn tables(&self, key: &str, faults: &mut Vec<Fault>) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            faults.push(self.fault(value.span().start, format!("`{key}` must be tables: `[[{key}]]`")));
            return Vec::new();
        };
        list.iter()
            .filter_map(|item| {
                let table = item.get_ref().as_table()?;
                Some(Section {
                    file: self.file,
                    text: self.text,
                    table,
                    span: item.span(),
                })
            })
            .collect()
    }
}
