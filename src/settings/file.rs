//! The settings file: its syntax, its names and types held against the shapes, and the line on which each thing stands.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsFault;
use super::shape::{self, Key, Kind, Shape, Written};
use super::source::Place;

/// Why the file could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    Missing,
    /// The line with what is not UTF-8.
    NotText(usize),
    System(std::io::Error),
}

impl Unread {
    pub(super) fn fault(self, path: &Path) -> SettingsFault {
        let (line, what) = match self {
            Self::Missing => (
                0,
                "there is no such file: check the name, or copy the example settings to it".to_owned(),
            ),
            Self::NotText(line) => (line, "this is not text in UTF-8: save the file as UTF-8".to_owned()),
            Self::System(why) => (
                0,
                format!("the file can't be read ({why}): see that Latchkey may read it"),
            ),
        };
        SettingsFault {
            file: path.display().to_string(),
            line,
            what,
        }
    }
}

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<String, Unread> {
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unread::Missing,
        _ => Unread::System(error),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Unread::NotText(line_of(error.as_bytes(), valid))
    })
}

/// Where everything in the file stands. Names and types that are wrong are added to `faults`; `None` when the syntax is.
pub(super) fn places(
    text: &str,
    file_name: &str,
    shapes: &[&Shape],
    faults: &mut Vec<SettingsFault>,
) -> Option<BTreeMap<String, Place>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut walk = Walk {
        text,
        file_name,
        shapes,
        places: BTreeMap::new(),
        faults,
    };
    if errors.is_empty() {
        walk.document(document.get_ref());
        return Some(walk.places);
    }
    for error in errors {
        // The error's full text repeats the line, and the line may hold a secret.
        let what = format!("this is not TOML: {}", error.message().replace('\n', ", "));
        walk.fault(error.span().unwrap_or_default(), what);
    }
    None
}

/// Goes through the file in step with the shapes.
struct Walk<'a> {
    text: &'a str,
    file_name: &'a str,
    shapes: &'a [&'a Shape],
    places: BTreeMap<String, Place>,
    faults: &'a mut Vec<SettingsFault>,
}

/// The table that is being looked at.
#[derive(Clone, Copy)]
struct Within<'a> {
    /// Its path.
    path: &'a str,
    /// What people call it.
    title: &'a str,
    /// What it may hold.
    keys: &'a [Key],
}

impl Walk<'_> {
    fn document(&mut self, document: &DeTable<'_>) {
        for (name, value) in document {
            let Some(shape) = self.shapes.iter().find(|shape| shape.name == name.get_ref().as_ref()) else {
                self.fault(name.span(), shape::unknown_section(name.get_ref(), self.shapes));
                continue;
            };
            self.note(shape.name, name.span());
            let title = format!("[{}]", shape.name);
            match value.get_ref() {
                DeValue::Table(table) => {
                    self.table(
                        table,
                        Within {
                            path: shape.name,
                            title: &title,
                            keys: shape.keys,
                        },
                    );
                }
                _ => self.fault(
                    name.span(),
                    format!("`{}` is a section: write {title} above its settings", shape.name),
                ),
            }
        }
    }

    fn table(&mut self, table: &DeTable<'_>, within: Within<'_>) {
        for (name, value) in table {
            let Some(written) = shape::find(name.get_ref(), within.keys) else {
                let what = shape::unknown_key(name.get_ref(), within.keys, within.title, self.shapes);
                self.fault(name.span(), what);
                continue;
            };
            let path = format!("{}.{}", within.path, name.get_ref());
            self.note(&path, name.span());
            self.value(&path, value, written);
        }
    }

    fn value(&mut self, path: &str, value: &Spanned<DeValue<'_>>, written: Written<'_>) {
        let kind = match written {
            Written::Key(key) => &key.kind,
            Written::SecretFile => &Kind::Text,
        };
        let wanted = match (kind, value.get_ref()) {
            (Kind::Text | Kind::Secret, DeValue::String(_)) | (Kind::Switch, DeValue::Boolean(_)) => return,
            (Kind::Number, DeValue::Integer(number))
                if i64::from_str_radix(number.as_str(), number.radix()).is_ok() =>
            {
                return;
            }
            (Kind::Texts, DeValue::Array(items)) => return self.texts(path, items),
            (Kind::Tables(keys), DeValue::Array(items)) => return self.tables(path, items, keys),
            (Kind::Text | Kind::Secret, _) => "text in quotes".to_owned(),
            (Kind::Switch, _) => "true or false, without quotes".to_owned(),
            (Kind::Number, _) => "a whole number, without quotes".to_owned(),
            (Kind::Texts, _) => "a list of texts, as in [\"one\", \"another\"]".to_owned(),
            (Kind::Tables(_), _) => format!("tables, each under [[{path}]]"),
        };
        self.wrong_type(path, value, &wanted);
    }

    fn texts(&mut self, path: &str, items: &[Spanned<DeValue<'_>>]) {
        for (index, item) in items.iter().enumerate() {
            self.note(&format!("{path}.{index}"), item.span());
            if !item.get_ref().is_str() {
                self.wrong_type(path, item, "a list of texts in quotes");
            }
        }
    }

    fn tables(&mut self, path: &str, items: &[Spanned<DeValue<'_>>], keys: &[Key]) {
        for (index, item) in items.iter().enumerate() {
            let inner = format!("{path}.{index}");
            self.note(&inner, item.span());
            match item.get_ref() {
                DeValue::Table(table) => {
                    self.table(
                        table,
                        Within {
                            path: &inner,
                            title: &format!("[[{path}]]"),
                            keys,
                        },
                    );
                }
                _ => self.wrong_type(path, item, &format!("tables, each under [[{path}]]")),
            }
        }
    }

    fn wrong_type(&mut self, path: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fault(value.span(), format!("`{path}` is {found}: write {wanted}"));
    }

    fn note(&mut self, path: &str, span: Range<usize>) {
        let place = Place {
            file: self.file_name.to_owned(),
            line: self.line(span),
        };
        self.places.insert(path.to_owned(), place);
    }

    fn fault(&mut self, span: Range<usize>, what: String) {
        let line = self.line(span);
        self.faults.push(SettingsFault {
            file: self.file_name.to_owned(),
            line,
            what,
        });
    }

    fn line(&self, span: Range<usize>) -> usize {
        line_of(self.text.as_bytes(), span.start)
    }
}

fn line_of(text: &[u8], position: usize) -> usize {
    text.iter().take(position).filter(|byte| **byte == b'\n').count() + 1
}
