//! Which settings there are: each section says so in a [`Shape`], against which the names and types of the file and of
//! the environment are checked before anything is read.

/// A section.
#[derive(Debug)]
pub(super) struct Shape {
    /// Its name, without brackets.
    pub(super) name: &'static str,
    /// What it may hold.
    pub(super) keys: &'static [Key],
}

/// A setting.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// What a setting holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// Text in quotes.
    Text,
    /// Text that must not be shown. `NAME_file` names a file that holds it.
    Secret,
    /// `true` or `false`.
    Switch,
    /// A whole number, from 1.
    Number,
    /// A list of texts; in the environment, separated by commas.
    Texts,
    /// Tables under `[[section.name]]`; in the file alone.
    Tables(&'static [Key]),
}

impl Key {
    pub(super) const fn text(name: &'static str) -> Self {
        Self { name, kind: Kind::Text }
    }

    pub(super) const fn secret(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Secret,
        }
    }

    pub(super) const fn switch(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Switch,
        }
    }

    pub(super) const fn number(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Number,
        }
    }

    pub(super) const fn texts(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Texts,
        }
    }

    pub(super) const fn tables(name: &'static str, keys: &'static [Self]) -> Self {
        Self {
            name,
            kind: Kind::Tables(keys),
        }
    }
}

/// A key as it was written: itself, or the name of the file that holds its secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written<'a> {
    Key(&'a Key),
    SecretFile,
}

/// Finds the key that is written `name`.
pub(super) fn find<'a>(name: &str, keys: &'a [Key]) -> Option<Written<'a>> {
    keys.iter().find_map(|key| {
        if key.name == name {
            return Some(Written::Key(key));
        }
        let file = matches!(key.kind, Kind::Secret) && name.strip_suffix("_file") == Some(key.name);
        file.then_some(Written::SecretFile)
    })
}

/// Checks the name of a variable, lower-case and without its prefix, and that its value can be of the right type.
pub(super) fn check_variable(name: &str, value: &str, shapes: &[&Shape]) -> Result<(), String> {
    let Some((section, key)) = name.split_once("__") else {
        return Err(match shapes.iter().find(|shape| shape.name == name) {
            Some(_) => "this names a section: add two underscores and the name of a setting".to_owned(),
            None => unknown_section(name, shapes),
        });
    };
    let Some(shape) = shapes.iter().find(|shape| shape.name == section) else {
        return Err(unknown_section(section, shapes));
    };
    let written = find(key, shape.keys).ok_or_else(|| unknown_key(key, shape.keys, &format!("[{section}]"), shapes))?;
    match written {
        Written::Key(Key { kind: Kind::Switch, .. }) if !matches!(value, "true" | "false") => {
            Err("write true or false".to_owned())
        }
        Written::Key(Key { kind: Kind::Number, .. }) if value.parse::<i64>().is_err() => {
            Err("write a whole number".to_owned())
        }
        Written::Key(Key {
            kind: Kind::Tables(_), ..
        }) => Err(format!(
            "this has parts of its own: write it in the file, as [[{section}.{key}]]"
        )),
        _ => Ok(()),
    }
}

/// What can be repeated of a name that nobody knows: a secret that lost its key may stand in its place.
fn shown(name: &str) -> &str {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if plain && name.len() <= LONGEST_NAME {
        name
    } else {
        "…"
    }
}

/// Longer than any name that could be meant, and shorter than secrets are.
const LONGEST_NAME: usize = 24;

/// Says that there is no such section.
pub(super) fn unknown_section(name: &str, shapes: &[&Shape]) -> String {
    if let Some(shape) = shapes.iter().find(|shape| find(name, shape.keys).is_some()) {
        return format!("`{name}` stands outside its section: write it under [{}]", shape.name);
    }
    format!(
        "there is no section `{}`: {}",
        shown(name),
        suggestion(name, shapes.iter().map(|shape| shape.name))
    )
}

/// Says that there is no such key in `holder`.
pub(super) fn unknown_key(name: &str, keys: &[Key], holder: &str, shapes: &[&Shape]) -> String {
    let near = nearest(name, key_names(keys).iter().map(String::as_str)).is_some();
    let elsewhere = shapes.iter().find(|shape| find(name, shape.keys).is_some());
    if let (false, Some(shape)) = (near, elsewhere) {
        return format!("`{name}` is no setting of {holder}: write it under [{}]", shape.name);
    }
    let names = key_names(keys);
    format!(
        "`{}` is no setting of {holder}: {}",
        shown(name),
        suggestion(name, names.iter().map(String::as_str))
    )
}

fn key_names(keys: &[Key]) -> Vec<String> {
    keys.iter()
        .flat_map(|key| {
            let file = matches!(key.kind, Kind::Secret).then(|| format!("{}_file", key.name));
            std::iter::once(key.name.to_owned()).chain(file)
        })
        .collect()
}

/// "did you mean", or all that there is to choose from.
pub(super) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let all: Vec<_> = known.map(|name| format!("`{name}`")).collect();
            format!("there is {}", all.join(", "))
        }
    }
}

/// The known name that `name` is a slip of.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    let name = plain(name);
    known
        .map(|known| (strsim::damerau_levenshtein(&name, &plain(known)), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
