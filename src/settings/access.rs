//! `[access]`: who may do what, named by identities that nobody can take over.

use std::collections::BTreeMap;

use super::reader::{Found, Section};
use super::shape::{self, Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "access",
    keys: &[
        Key::texts("protected"),
        Key::tables(
            "grants",
            &[
                Key::text("platform"),
                Key::text("scope"),
                Key::text("user"),
                Key::text("entra"),
                Key::texts("actions"),
                Key::texts("roles"),
            ],
        ),
    ],
};

/// The names that a grant may hold. Settings stand below the rooms that know what they mean, so they are repeated here,
/// and a test holds them against `chat`.
pub const ACTIONS: [&str; 14] = [
    "look-up",
    "unblock-sender",
    "reset-password",
    "allow-sign-in",
    "block-sign-in",
    "revoke-sessions",
    "temporary-access-pass",
    "reset-mfa",
    "disable-rules",
    "enable-rules",
    "clear-forwarding",
    "revoke-consents",
    "dismiss-risk",
    "confirm-compromised",
];

/// The platforms that a grant may name; see [`ACTIONS`].
pub const PLATFORMS: [&str; 4] = ["playground", "teams", "slack", "discord"];

/// `[access]`: who may do what. Empty means nobody.
#[derive(Debug, Clone, Default)]
pub struct AccessSettings {
    /// `[[access.grants]]`
    pub grants: Vec<Grant>,
    /// `protected`: object ids that no action may touch.
    pub protected: Vec<String>,
}

/// `[[access.grants]]`: one administrator.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who.
    pub who: Grantee,
    /// The names of actions they may run.
    pub actions: Vec<String>,
    /// `roles`: the platform's ids of roles of which they must hold one as well; empty where none is asked for.
    pub roles: Vec<String>,
}

/// Who a grant is for: an immutable identity, never a display name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// `platform`, `scope` (tenant, team or guild) and `user`.
    Chat {
        /// The platform's name.
        platform: String,
        /// The tenant, team or guild.
        scope: String,
        /// The platform's user id.
        user: String,
    },
    /// `entra`: an object id.
    Entra(String),
}

pub(super) fn read(mut section: Section<'_>) -> Option<AccessSettings> {
    let mut protected = Vec::new();
    for id in section.texts("protected") {
        match values::guid(&id.value) {
            Ok(id) => protected.push(id),
            Err(why) => section.fault(&id.place, format!("`access.protected` holds something that {why}")),
        }
    }
    let mut grants = Vec::new();
    let mut known: BTreeMap<Grantee, usize> = BTreeMap::new();
    for index in 0..section.count("grants") {
        let mut table = section.table("grants", index);
        let place = table.own_place();
        let (who, actions, roles) = (grantee(&mut table), actions(&mut table), roles(&mut table));
        let (Some(who), Some(actions)) = (who, actions) else {
            continue;
        };
        match known.get(&who) {
            Some(line) => {
                let what =
                    format!("this is the same person as in the grant on line {line}: put the actions together there");
                section.fault(&place, what);
            }
            None => {
                known.insert(who.clone(), place.line);
                grants.push(Grant { who, actions, roles });
            }
        }
    }
    Some(AccessSettings { grants, protected })
}

/// Role ids are numbers or short codes; a name is a fault, because names change and can be taken.
fn roles(table: &mut Section<'_>) -> Vec<String> {
    let mut roles = Vec::new();
    for role in table.texts("roles") {
        if role.value.contains(|c: char| !c.is_ascii_alphanumeric()) {
            table.fault(
                &role.place,
                "`roles` holds something that is no role's id: write the id, which never changes, and no name",
            );
        } else {
            roles.push(role.value);
        }
    }
    roles
}

fn actions(table: &mut Section<'_>) -> Option<Vec<String>> {
    let mut actions = Vec::new();
    let written = table.texts("actions");
    if written.is_empty() {
        let place = table.place("actions");
        table.fault(
            &place,
            "this grant allows nothing: list what it allows, as in actions = [\"look-up\"]",
        );
        return None;
    }
    for action in written {
        if !ACTIONS.contains(&action.value.as_str()) {
            let known = shape::suggestion(&action.value, ACTIONS.into_iter());
            table.fault(
                &action.place,
                format!("this grant names an action that there is not: {known}"),
            );
        } else if actions.contains(&action.value) {
            table.fault(
                &action.place,
                format!("this grant names `{}` twice: take one out", action.value),
            );
        } else {
            actions.push(action.value);
        }
    }
    Some(actions)
}

const OF_CHAT: [&str; 3] = ["platform", "scope", "user"];

fn grantee(table: &mut Section<'_>) -> Option<Grantee> {
    let place = table.own_place();
    let missing: Vec<_> = OF_CHAT.into_iter().filter(|key| !table.is_set(key)).collect();
    match (table.is_set("entra"), missing.as_slice()) {
        (true, [_, _, _]) => {
            let id = table.text("entra")?;
            return values::guid(&id.value)
                .map(Grantee::Entra)
                .map_err(|why| table.fault(&id.place, format!("`entra` {why}")))
                .ok();
        }
        (true, _) => {
            table.fault(
                &place,
                "this grant names somebody twice: keep `entra`, or `platform`, `scope` and `user`",
            );
            return None;
        }
        (false, [_, _, _]) => {
            table.fault(
                &place,
                "this grant is for nobody: set `entra`, or `platform`, `scope` and `user`",
            );
            return None;
        }
        (false, []) => {}
        (false, missing) => {
            let missing: Vec<_> = missing.iter().map(|key| format!("`{key}`")).collect();
            let what = format!(
                "this grant lacks {}: `platform`, `scope` and `user` go together",
                missing.join(" and ")
            );
            table.fault(&place, what);
        }
    }
    let platform = platform(table);
    let scope = identifier(table, "scope", platform.as_deref());
    let user = identifier(table, "user", platform.as_deref());
    Some(Grantee::Chat {
        platform: platform?,
        scope: scope?,
        user: user?,
    })
}

fn platform(table: &mut Section<'_>) -> Option<String> {
    let Found { value, place } = table.text("platform")?;
    if PLATFORMS.contains(&value.as_str()) {
        return Some(value);
    }
    let known = shape::suggestion(&value, PLATFORMS.into_iter());
    table.fault(&place, format!("`platform` names no platform: {known}"));
    None
}

fn identifier(table: &mut Section<'_>, key: &str, platform: Option<&str>) -> Option<String> {
    let Found { value, place } = table.text(key)?;
    match why_no_identifier(&value, key, platform) {
        None => Some(value),
        Some(why) => {
            table.fault(&place, format!("`{key}` {why}"));
            None
        }
    }
}

/// What keeps a text from being an id: names and addresses can be taken by somebody else, and then they hold the grant.
fn why_no_identifier(value: &str, key: &str, platform: Option<&str>) -> Option<&'static str> {
    let all = |test: fn(&u8) -> bool| value.bytes().all(|byte| test(&byte));
    if value.starts_with('@') || value.starts_with("<@") {
        return Some("is a mention: write the id that the platform gives the person, without marks");
    }
    if value.contains('@') && platform != Some("teams") {
        return Some("is an address, and addresses change hands: write the platform's id");
    }
    if value.contains(char::is_whitespace) {
        return Some("is a name, and anybody can take any name: write the platform's id");
    }
    let fits = match (platform, key) {
        (Some("discord"), _) => all(u8::is_ascii_digit),
        (Some("slack"), "user") => value.starts_with(['U', 'W']) && all(u8::is_ascii_alphanumeric),
        (Some("slack"), _) => value.starts_with(['T', 'E']) && all(u8::is_ascii_alphanumeric),
        (Some("teams"), "scope") => values::guid(value).is_ok(),
        _ => true,
    };
    match (fits, platform, key) {
        (true, ..) => None,
        (false, Some("discord"), _) => Some("is no id of Discord: copy the number with Developer Mode's \"Copy ID\""),
        (false, Some("slack"), "user") => Some("is no id of a Slack member: it begins with U or W, as in U024BE7LH"),
        (false, Some("slack"), _) => Some("is no id of a Slack workspace: it begins with T or E, as in T024BE7LD"),
        (false, ..) => Some("is no tenant: write the tenant's id, a GUID"),
    }
}
