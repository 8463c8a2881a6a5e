//! Holds the house in order: imports point down the list of rooms, gateways keep to themselves, platform crates stay in
//! gateways, every file says what it is for, and the top level holds nothing else.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms, from the top. A room imports from itself and from those below it.
const HOUSE: [&str; 16] = [
    "main",
    "lib",
    "cli",
    "serve",
    "gateways",
    "assistant",
    "diagnosis",
    "actions",
    "access",
    "tenant",
    "store",
    "intents",
    "language",
    "chat",
    "settings",
    "telemetry",
];

/// Each is a folder of `gateways`, and none knows another.
const GATEWAYS: [&str; 4] = ["discord", "slack", "teams", "playground"];

/// What speaks to a platform, by the name under which code imports it.
const PLATFORM_CRATES: [&str; 2] = ["serenity", "slack_morphism"];

/// What may lie at the top: the rooms of the repository, and what tools look for there.
const TOP_LEVEL: [&str; 6] = ["Cargo.toml", "README.md", "src", "intents", "tests", "deploy"];
const FOR_TOOLS: [&str; 9] = [
    "Cargo.lock",
    "LICENSE",
    ".gitignore",
    ".gitattributes",
    ".git",
    ".ci",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
];

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for path in rust_files("src") {
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        wrong.extend(faults(&path.display().to_string(), &text));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in rust_files("src").into_iter().chain(rust_files("tests")) {
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        let purpose = text.lines().next().and_then(|line| line.strip_prefix("//! "));
        assert!(
            purpose.is_some_and(|purpose| purpose.len() > 10),
            "{} doesn't open with `//!` and its purpose",
            path.display()
        );
    }
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    let ignored = std::fs::read_to_string(root().join(".gitignore")).unwrap();
    for name in names_in(&root()) {
        let allowed = TOP_LEVEL.contains(&name.as_str()) || FOR_TOOLS.contains(&name.as_str());
        assert!(
            allowed || is_ignored(&name, &ignored),
            "`{name}` doesn't belong at the top: see the list in this test"
        );
    }
}

#[test]
fn the_source_holds_the_rooms_and_nothing_else() {
    for name in names_in(&root().join("src")) {
        let room = name.strip_suffix(".rs").unwrap_or(&name);
        assert!(HOUSE.contains(&room), "src/{name} is no room of the house");
    }
}

#[test]
fn the_library_lists_its_rooms_from_the_top() {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let listed: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(|room| HOUSE.iter().position(|known| *known == room))
        .collect();
    assert!(!listed.is_empty() && listed.iter().all(Option::is_some));
    assert!(
        listed.is_sorted(),
        "src/lib.rs lists its rooms in another order than the house"
    );
}

/// Each way of breaking the rules is found: without this, a hole in the reading below would pass for order.
#[test]
fn what_breaks_the_rules_is_found() {
    for (file, text, found) in [
        ("src/chat.rs", "use crate::store::Store;", "chat must not know store"),
        ("src/chat.rs", "pub use crate::store;", "chat must not know store"),
        (
            "src/chat.rs",
            "use crate::{language::Language, telemetry};",
            "chat must not know language",
        ),
        ("src/chat.rs", "use {crate::store::Store};", "chat must not know store"),
        (
            "src/chat.rs",
            "use crate::{\n    settings,\n    tenant::{account::Account, Tenant},\n};",
            "chat must not know tenant",
        ),
        (
            "src/chat.rs",
            "fn f() { let x = crate::access::Permit::new(); }",
            "chat must not know access",
        ),
        (
            "src/chat.rs",
            "fn f(x: &crate :: access :: Permit) {}",
            "chat must not know access",
        ),
        ("src/chat.rs", "use super::store::Store;", "chat must not know store"),
        ("src/chat.rs", "use ::latchkey::store;", "chat must not know store"),
        (
            "src/store/mod.rs",
            "use super::tenant::Tenant;",
            "store must not know tenant",
        ),
        (
            "src/store/sql.rs",
            "use super::super::tenant::Tenant;",
            "store must not know tenant",
        ),
        (
            "src/store/sql.rs",
            "use super::{audit, super::tenant};",
            "store must not know tenant",
        ),
        (
            "src/tenant/graph/users.rs",
            "super::super::super::access::Permit",
            "tenant must not know access",
        ),
        (
            "src/tenant/graph/mod.rs",
            "use super::super::access;",
            "tenant must not know access",
        ),
        (
            "src/store/sql.rs",
            "mod tests { use super::super::super::tenant; }",
            "store must not know tenant",
        ),
        (
            "src/store/sql.rs",
            "#[cfg(test)] mod tests { use crate::access::Access; }",
            "store must not know access",
        ),
        (
            "src/settings/mod.rs",
            "use crate::chat::ActionId;",
            "settings must not know chat",
        ),
        (
            "src/telemetry.rs",
            "use crate::settings;",
            "telemetry must not know settings",
        ),
        ("src/serve.rs", "use crate::cli;", "serve must not know cli"),
        ("src/store/mod.rs", "use crate::main;", "store must not know main"),
        ("src/store/mod.rs", "use crate::cellar::Wine;", "cellar is no room"),
        ("src/cellar.rs", "fn f() {}", "cellar is no room"),
        (
            "src/gateways/slack/mod.rs",
            "use crate::gateways::teams::Card;",
            "gateway slack must not know gateway teams",
        ),
        (
            "src/gateways/slack/mod.rs",
            "use super::teams;",
            "gateway slack must not know gateway teams",
        ),
        (
            "src/gateways/slack/render.rs",
            "use super::super::{discord};",
            "gateway slack must not know gateway discord",
        ),
        (
            "src/gateways/slack.rs",
            "use crate::gateways::{common, playground::Page};",
            "gateway slack must not know gateway playground",
        ),
        (
            "src/assistant/mod.rs",
            "use serenity::all::Http;",
            "assistant must not know serenity",
        ),
        (
            "src/assistant/mod.rs",
            "use ::serenity as discord;",
            "assistant must not know serenity",
        ),
        (
            "src/chat.rs",
            "fn f() { slack_morphism::prelude::hello() }",
            "chat must not know slack_morphism",
        ),
        ("src/serve.rs", "extern crate serenity;", "serve must not know serenity"),
        (
            "src/serve.rs",
            "use {std::fmt, slack_morphism::prelude};",
            "serve must not know slack_morphism",
        ),
    ] {
        let faults = faults(file, text);
        assert!(
            faults.iter().any(|fault| fault.contains(found)),
            "{file}: {text}: {faults:?}"
        );
    }
}

#[test]
fn what_keeps_the_rules_passes() {
    for (file, text) in [
        ("src/main.rs", "use latchkey::cli; use latchkey::telemetry;"),
        (
            "src/cli/check.rs",
            "use crate::settings::Settings; use crate::{intents, language::Language};",
        ),
        (
            "src/serve.rs",
            "use crate::gateways::{playground::{self, Playground}, slack};",
        ),
        (
            "src/gateways/mod.rs",
            "pub mod slack; use slack::Gateway; use self::teams::Card; use crate::gateways::teams;",
        ),
        (
            "src/gateways/slack/mod.rs",
            "use crate::gateways::slack::render; use serenity::all; use super::common;",
        ),
        (
            "src/store/sql.rs",
            "use super::audit; use crate::store::Store; pub(crate) fn f() {} pub(super) fn g() {}",
        ),
        (
            "src/store/sql.rs",
            "mod tests { use super::*; use super::super::tenant; }",
        ),
        (
            "src/store/sql.rs",
            "mod tests { mod deeper { use super::super::super::access; } } fn f() { super::tenant::g() }",
        ),
        (
            "src/chat.rs",
            "// use crate::store;\n/* crate::store::x /* nested */ crate::tenant::y */ /// [`crate::store::Store`]\n",
        ),
        (
            "src/chat.rs",
            "const A: &str = \"crate::store::\\\" serenity::x\"; const B: &str = r#\"crate::store::x\" \"#;",
        ),
        (
            "src/chat.rs",
            "fn f<'a>(x: &'a str) -> char { let c = '\"'; let d = '\\''; 'x' } // crate::store::x \"",
        ),
        ("src/chat.rs", "let serenity = 1; x.serenity.store::<u8>();"),
    ] {
        assert_eq!(faults(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}

/// What a file imports that it must not.
fn faults(file: &str, text: &str) -> Vec<String> {
    let module = module_of(file);
    let room = module[0].as_str();
    let Some(own) = rank(room) else {
        return vec![format!("{file}: {room} is no room of the house")];
    };
    let mut faults = Vec::new();
    for path in paths(&module, &tokens(text)) {
        if let [first, ..] = path.outside.as_slice() {
            if room != "gateways" && PLATFORM_CRATES.contains(&first.as_str()) {
                faults.push(format!(
                    "{file}: {room} must not know {first}: platform crates stay in gateways"
                ));
            }
        }
        let [target, rest @ ..] = path.inside.as_slice() else {
            continue;
        };
        match rank(target) {
            None => faults.push(format!("{file}: {target} is no room of the house")),
            Some(rank) if rank < own => faults.push(format!("{file}: {room} must not know {target}: it is above")),
            Some(_) => {}
        }
        let gateway = |name: Option<&String>| name.filter(|name| GATEWAYS.contains(&name.as_str())).cloned();
        if let ("gateways", "gateways", Some(own), Some(other)) =
            (room, target.as_str(), gateway(module.get(1)), gateway(rest.first()))
        {
            if own != other {
                faults.push(format!("{file}: gateway {own} must not know gateway {other}"));
            }
        }
    }
    faults
}

fn rank(room: &str) -> Option<usize> {
    HOUSE.iter().position(|known| *known == room)
}

/// `src/store/sql.rs` is `store::sql`, `src/store/mod.rs` is `store`.
fn module_of(file: &str) -> Vec<String> {
    let inner = file.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    inner.split('/').map(str::to_owned).collect()
}

/// A path in the code: `inside` from the crate's root, or `outside` from that of another crate (or of nothing).
#[derive(Debug, Default)]
struct CodePath {
    inside: Vec<String>,
    outside: Vec<String>,
}

/// Every path that leaves its module, with `use` groups taken apart.
fn paths(module: &[String], tokens: &[String]) -> Vec<CodePath> {
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
                tree(&here, tokens, start, &mut Vec::new(), &mut found);
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
                tree(&here, tokens, index, &mut Vec::new(), &mut found);
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
    if text.starts_with('"') {
        return Some(1 + quoted(&text[1..], '"'));
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

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Whether git leaves it out, as far as this repository's patterns go: `/name`, `*.end` and `*.middle-*`.
fn is_ignored(name: &str, patterns: &str) -> bool {
    patterns
        .lines()
        .map(|line| line.trim_end_matches('/'))
        .any(|line| match line.split_once('*') {
            None => line.strip_prefix('/').unwrap_or(line) == name,
            Some(("", end)) => match end.split_once('*') {
                None => name.ends_with(end),
                Some((middle, _)) => name.contains(middle),
            },
            Some(_) => false,
        })
}

/// Every Rust file below a folder, by its path from the root.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for name in names_in(&folder) {
            let path = folder.join(&name);
            if path.is_dir() && name != "node_modules" && name != "target" {
                folders.push(path);
            } else if name.ends_with(".rs") {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    assert!(!found.is_empty());
    found.sort();
    found
}
