//! Holds the house in order: imports point down the list of rooms, gateways keep to themselves, platform crates stay in
//! gateways, every file says what it is for, and the top level holds nothing else.

#![allow(clippy::unwrap_used)]

mod reading;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms, from the top. A room imports from itself and from those below it.
const HOUSE: [&str; 17] = [
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
    "examination",
    "telemetry",
];

/// Each is a folder of `gateways`, and none knows another.
const GATEWAYS: [&str; 4] = ["discord", "slack", "teams", "playground"];

/// What speaks to a platform, by the name under which code imports it.
const PLATFORM_CRATES: [&str; 2] = ["serenity", "tokio_tungstenite"];

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

/// A gateway that isn't in the list would be free to know the others.
#[test]
fn every_gateway_is_known() {
    for name in names_in(&root().join("src/gateways")) {
        let is_folder = root().join("src/gateways").join(&name).is_dir();
        assert!(
            !is_folder || GATEWAYS.contains(&name.as_str()),
            "add {name} to GATEWAYS"
        );
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
            "fn f() { tokio_tungstenite::prelude::hello() }",
            "chat must not know tokio_tungstenite",
        ),
        ("src/serve.rs", "extern crate serenity;", "serve must not know serenity"),
        (
            "src/serve.rs",
            "use {std::fmt, tokio_tungstenite::prelude};",
            "serve must not know tokio_tungstenite",
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
    let module = reading::module_of(file);
    let room = module[0].as_str();
    let Some(own) = rank(room) else {
        return vec![format!("{file}: {room} is no room of the house")];
    };
    let mut faults = Vec::new();
    for path in reading::paths(&module, text) {
        if let Some(first) = path.outside.first()
            && room != "gateways"
            && PLATFORM_CRATES.contains(&first.as_str())
        {
            faults.push(format!(
                "{file}: {room} must not know {first}: platform crates stay in gateways"
            ));
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
            && own != other
        {
            faults.push(format!("{file}: gateway {own} must not know gateway {other}"));
        }
    }
    faults
}

fn rank(room: &str) -> Option<usize> {
    HOUSE.iter().position(|known| *known == room)
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
