//! `[access]`: who may do what, named by identities that nobody can take over.

use std::collections::BTreeMap;

use super::proof::{self, RequesterProof};
use super::reader::{Found, Section, Switch};
use super::shape::{self, Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "access",
    keys: &[
        Key::texts("protected"),
        Key::texts("two_people"),
        Key::switch("linked_approvers"),
        Key::number("administrator_per_hour"),
        Key::number("tenant_per_hour"),
        Key::number("cool_down_minutes"),
        Key::switch("dry_run"),
        Key::text("requester_proof"),
        Key::tables(
            "grants",
            &[
                Key::text("platform"),
                Key::text("scope"),
                Key::text("user"),
                Key::text("entra"),
                Key::text("group"),
                Key::text("role"),
                Key::texts("actions"),
                Key::texts("roles"),
                Key::texts("domains"),
                Key::texts("target_groups"),
                Key::texts("administrative_units"),
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
    /// `two_people`: the names of actions that need a second person as well. Adds to those that always do.
    pub two_people: Vec<String>,
    /// `linked_approvers`: whether both people of an approval must have a known Entra account.
    pub approvers: Approvers,
    /// How often accounts may be changed.
    pub limits: Limits,
    /// `dry_run`: whether anything is changed at all.
    pub rehearsal: Rehearsal,
    /// `requester_proof`: what must show that the owner of an account is behind a request.
    pub requester_proof: RequesterProof,
}

/// Who may be one of the two people of an approval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Approvers {
    /// Two members of the same workspace or server, told apart by their ids there; across platforms both must have a
    /// known Entra account.
    #[default]
    Members,
    /// Both must have a known Entra account.
    Linked,
}

/// Whether actions change anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rehearsal {
    /// They do.
    #[default]
    Off,
    /// Everything but the change itself happens, and every card says so.
    On,
}

/// How often accounts may be changed from chat. What goes beyond is refused until enough time has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `administrator_per_hour`: changes that one administrator may begin.
    pub administrator_per_hour: u32,
    /// `tenant_per_hour`: changes that all of them together may begin.
    pub tenant_per_hour: u32,
    /// `cool_down_minutes`: how long the same change to the same account must wait.
    pub cool_down_minutes: u32,
}

impl Default for Limits {
    /// More than a busy help desk needs, and less than somebody who has taken over an administrator would like.
    fn default() -> Self {
        Self {
            administrator_per_hour: 20,
            tenant_per_hour: 60,
            cool_down_minutes: 5,
        }
    }
}

/// The most changes an hour that can be set.
const MOST_PER_HOUR: u32 = 1000;
/// The longest cool-down: a day.
const LONGEST_COOL_DOWN: u32 = 24 * 60;

/// `[[access.grants]]`: one administrator.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who.
    pub who: Grantee,
    /// The names of actions they may run.
    pub actions: Vec<String>,
    /// `roles`: the platform's ids of roles of which they must hold one as well; empty where none is asked for.
    pub roles: Vec<String>,
    /// The domains of the accounts that they may change; empty means all.
    pub domains: Vec<String>,
    /// `target_groups`: object ids of groups of which the accounts must be members of one; empty means all.
    pub groups: Vec<String>,
    /// `administrative_units`: object ids of those of which the accounts must be in one; empty means all.
    pub units: Vec<String>,
}

impl Grant {
    /// A grant for every account, and narrowed by nothing.
    pub fn new(who: Grantee, actions: &[&str]) -> Self {
        Self {
            who,
            actions: actions.iter().map(ToString::to_string).collect(),
            roles: Vec::new(),
            domains: Vec::new(),
            groups: Vec::new(),
            units: Vec::new(),
        }
    }
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
    /// `group`: everybody in a group of Entra, by its object id.
    Group(String),
    /// `role`: everybody who holds a directory role, by the id of its template.
    Role(String),
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
        let (who, actions, domains) = (grantee(&mut table), actions(&mut table), domains(&mut table));
        let roles = roles(&mut table);
        let (groups, units) = (
            guids(&mut table, "target_groups"),
            guids(&mut table, "administrative_units"),
        );
        let (Some(who), Some(actions), Some(domains)) = (who, actions, domains) else {
            continue;
        };
        let (Some(groups), Some(units)) = (groups, units) else {
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
                grants.push(Grant {
                    who,
                    actions,
                    domains,
                    roles,
                    groups,
                    units,
                });
            }
        }
    }
    let two_people = two_people(&mut section);
    let on = |switch: Option<Found<Switch>>| switch.is_some_and(|found| found.value == Switch::On);
    let approvers = if on(section.switch("linked_approvers")) {
        Approvers::Linked
    } else {
        Approvers::Members
    };
    let rehearsal = if on(section.switch("dry_run")) {
        Rehearsal::On
    } else {
        Rehearsal::Off
    };
    let limits = limits(&mut section);
    let requester_proof = proof::read(&mut section)?;
    Some(AccessSettings {
        requester_proof,
        grants,
        protected,
        two_people,
        approvers,
        limits,
        rehearsal,
    })
}

fn limits(section: &mut Section<'_>) -> Limits {
    let standard = Limits::default();
    let mut limit = |key, most, standard| section.number(key, most).map_or(standard, |found| found.value);
    Limits {
        administrator_per_hour: limit("administrator_per_hour", MOST_PER_HOUR, standard.administrator_per_hour),
        tenant_per_hour: limit("tenant_per_hour", MOST_PER_HOUR, standard.tenant_per_hour),
        cool_down_minutes: limit("cool_down_minutes", LONGEST_COOL_DOWN, standard.cool_down_minutes),
    }
}

fn two_people(section: &mut Section<'_>) -> Vec<String> {
    let mut actions = Vec::new();
    for action in section.texts("two_people") {
        if action.value != "look-up" && ACTIONS.contains(&action.value.as_str()) {
            actions.push(action.value);
        } else {
            let known = shape::suggestion(&action.value, ACTIONS.into_iter().filter(|name| *name != "look-up"));
            section.fault(
                &action.place,
                format!("`access.two_people` names no action that changes something: {known}"),
            );
        }
    }
    actions
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

/// The domains of a grant. An empty list is a fault: it reads like "nowhere" and would mean "everywhere".
fn domains(table: &mut Section<'_>) -> Option<Vec<String>> {
    if !table.is_set("domains") {
        return Some(Vec::new());
    }
    let mut domains = Vec::new();
    for domain in table.texts("domains") {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if domain.value.contains('.') && domain.value.chars().all(plain) {
            domains.push(domain.value.to_ascii_lowercase());
        } else {
            table.fault(
                &domain.place,
                "`domains` holds something that is no domain: write one such as contoso.com",
            );
            return None;
        }
    }
    if domains.is_empty() {
        let place = table.place("domains");
        table.fault(
            &place,
            "`domains` names no domain: write those of the accounts, or take the line out for all",
        );
        return None;
    }
    Some(domains)
}

/// Object ids of what a grant is limited to. An empty list is a fault, as with domains.
fn guids(table: &mut Section<'_>, key: &str) -> Option<Vec<String>> {
    if !table.is_set(key) {
        return Some(Vec::new());
    }
    let mut ids = Vec::new();
    for id in table.texts(key) {
        match values::guid(&id.value) {
            Ok(id) => ids.push(id),
            Err(why) => {
                table.fault(&id.place, format!("`{key}` holds something that {why}"));
                return None;
            }
        }
    }
    if ids.is_empty() {
        let place = table.place(key);
        table.fault(
            &place,
            format!("`{key}` names nothing: write object ids, or take the line out for all accounts"),
        );
        return None;
    }
    Some(ids)
}

/// A key that names whom a grant is for, and what it makes of the id.
type ByEntra = (&'static str, fn(String) -> Grantee);

/// The ways to name whom a grant is for by one id of Entra.
const OF_ENTRA: [ByEntra; 3] = [
    ("entra", Grantee::Entra),
    ("group", Grantee::Group),
    ("role", Grantee::Role),
];

const OF_CHAT: [&str; 3] = ["platform", "scope", "user"];

fn grantee(table: &mut Section<'_>) -> Option<Grantee> {
    let place = table.own_place();
    let missing: Vec<_> = OF_CHAT.into_iter().filter(|key| !table.is_set(key)).collect();
    let by_id: Vec<_> = OF_ENTRA.into_iter().filter(|(key, _)| table.is_set(key)).collect();
    match (by_id.as_slice(), missing.as_slice()) {
        ([(key, grantee)], [_, _, _]) => {
            let id = table.text(key)?;
            return values::guid(&id.value)
                .map(grantee)
                .map_err(|why| table.fault(&id.place, format!("`{key}` {why}")))
                .ok();
        }
        ([_, ..], _) => {
            table.fault(
                &place,
                "this grant names whom it is for twice: keep one of `entra`, `group`, `role`, or `platform`, `scope` and `user`",
            );
            return None;
        }
        ([], [_, _, _]) => {
            table.fault(
                &place,
                "this grant is for nobody: set `entra`, `group` or `role`, or `platform`, `scope` and `user`",
            );
            return None;
        }
        ([], []) => {}
        ([], missing) => {
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
