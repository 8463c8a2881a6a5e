//! Reads the paths out of Rust code: enough of its grammar for what leaves a module, and no more.

/// `src/store/sql.rs` is `store::sql`, `src/store/mod.rs` is `store`.
pub fn module_of(file: &str) -> Vec<String> {
    let inner = file.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    inner.split('/').map(str::to_owned).collect()
}

/// A path in the code: `inside` from the crate's root, or `outside` from that of another crate (or of nothing).
#[derive(Debug, Default)]
pub struct CodePath {
    pub inside: Vec<String>,
    pub outside: Vec<String>,
}

/// Every path that leaves its module, with `use` groups taken apart.
pub fn paths(module: &[String], text: &str) -> Vec<CodePath> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    // The modules that are open inside the file, with the depth of braces at which each ends.
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        let next = |offset: usize| tokens.get(index + offset).map_or("", String::as_str);
        let before = index.checked_sub(1).map_or("", |index| tokens[index].as_str());
        match token.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.pop_if(|(_, end)| *end == depth);
            }
            "mod" if next(2) == "{" => inline.push((next(1).to_owned(), depth)),
            "use" => {
                let mut here = module.to_vec();
                here.extend(inline.iter().map(|(name, _)| name.clone()));
                let start = index + 1 + usize::from(next(1) == "::");
                tree(&here, &tokens, start, &mut Vec::new(), &mut found);
            }
            "crate" if before == "extern" => {
                found.push(CodePath {
                    outside: vec![next(1).to_owned()],
                    ..CodePath::default()
                });
            }
            // The start of a path elsewhere than in a `use`: those were taken apart above, and are met here once more.
            name if next(1) == "::" && before != "::" && is_name(name) => {
                let mut here = module.to_vec();
                here.extend(inline.iter().map(|(name, _)| name.clone()));
                tree(&here, &tokens, index, &mut Vec::new(), &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Follows one path, and each branch of a group. Returns where it ends.
fn tree(here: &[String], tokens: &[String], start: usize, taken: &mut Vec<String>, found: &mut Vec<CodePath>) -> usize {
    let mut index = start;
    let taken_before = taken.len();
    loop {
        match tokens.get(index).map(String::as_str) {
            Some("{") => {
                index += 1;
                while tokens.get(index).is_some_and(|token| token != "}") {
                    let end = tree(here, tokens, index, taken, found);
                    // Past `as name`, and past what is no part of a path.
                    index = end.max(index + 1);
                    while tokens
                        .get(index)
                        .is_some_and(|token| !matches!(token.as_str(), "," | "}" | "{" | ";"))
                    {
                        index += 1;
                    }
                    if tokens
                        .get(index)
                        .is_some_and(|token| matches!(token.as_str(), ";" | "{"))
                    {
                        break;
                    }
                    index += usize::from(tokens.get(index).is_some_and(|token| token == ","));
                }
                index += 1;
                break;
            }
            Some(name) if is_name(name) => {
                taken.push(name.to_owned());
                index += 1;
                if tokens.get(index).is_none_or(|token| token != "::") {
                    found.push(resolve(here, taken));
                    break;
                }
                index += 1;
            }
            _ => {
                found.push(resolve(here, taken));
                break;
            }
        }
    }
    taken.truncate(taken_before);
    index
}

/// Where a path leads, seen from a module.
fn resolve(here: &[String], path: &[String]) -> CodePath {
    let mut base: Option<Vec<String>> = None;
    let mut rest = path;
    while let [first, more @ ..] = rest {
        base = match (first.as_str(), base) {
            ("crate" | "latchkey", None) => Some(Vec::new()),
            ("self", None) => Some(here.to_vec()),
            ("super", None) => Some(here[..here.len().saturating_sub(1)].to_vec()),
            ("super", Some(mut base)) => {
                base.pop();
                Some(base)
            }
            (_, base) => {
                let Some(mut base) = base else {
                    return CodePath {
                        outside: path.to_vec(),
                        ..CodePath::default()
                    };
                };
                base.extend(rest.iter().cloned());
                return CodePath {
                    inside: base,
                    ..CodePath::default()
                };
            }
        };
        rest = more;
    }
    CodePath::default()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The words and signs of a file, without comments and without what is in quotes. `::` is one sign.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = unread(rest) {
            rest = &rest[length..];
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            rest = &rest[length..];
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                tokens.push(rest[..length].to_owned());
            }
            rest = &rest[length..];
        }
    }
    tokens
}

/// How long the comment or literal is that a text begins with, if it begins with one.
fn unread(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    let raw = text.strip_prefix("br").or_else(|| text.strip_prefix('r'));
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let start = text.len() - raw.len() + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            return Some(text[start..].find(&end).map_or(text.len(), |at| start + at + end.len()));
        }
    }
    if let Some(inner) = text.strip_prefix('"') {
        return Some(1 + quoted(inner, '"'));
    }
    // A lifetime has no second quote after its first letter.
    let mut after = text.strip_prefix('\'')?.chars();
    match (after.next()?, after.next()?) {
        ('\\', _) => Some(1 + quoted(&text[1..], '\'')),
        (letter, '\'') => Some(2 + letter.len_utf8()),
        _ => Some(1),
    }
}

/// The length up to the closing quote, that included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + letter.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}
