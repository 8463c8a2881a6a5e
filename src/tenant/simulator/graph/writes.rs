//! What an application can change of a user: whether sign-in is allowed, the password, and which sessions are valid.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::users::{PROPERTIES, person};
use crate::tenant::account::{Origin, SignIn};
use crate::tenant::simulator::answer::{Answer, bad_request, denied, malformed, wrong_method};
use crate::tenant::simulator::call::Call;
use crate::tenant::simulator::directory::{Lockout, PasswordDigest, Person};
use crate::tenant::simulator::world::World;

/// The limits of a cloud password.
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

const SYNCED: &str = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
                      currently undergoing migration.";

/// What is asked of a user.
enum Change {
    SignIn(SignIn),
    Password { new: Option<String>, must_change: bool },
}

/// `PATCH /users/{id}`.
pub(super) fn update(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    no_options(call)?;
    let body = call.json().ok_or_else(|| {
        malformed(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON \
             format.",
        )
    })?;
    let body = body
        .as_object()
        .ok_or_else(|| malformed("The request body is not an object."))?;
    let change = change(body)?;
    may(world, &change)?;
    let group_protects = in_role_assignable_group(world, id);
    let person = person(world, id)?;
    if !may_be_changed(person) || group_protects {
        return Err(denied());
    }
    allowed(person, &change)?;
    if let Some(person) = world.person_mut(id) {
        apply(person, change);
    }
    world.touch();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `POST /users/{id}/revokeSignInSessions`.
pub(super) fn revoke_sessions(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    if call.method != Method::POST {
        return Err(wrong_method());
    }
    no_options(call)?;
    if !call.body.is_empty() && call.json().and_then(|body| body.as_object().map(Map::is_empty)) != Some(true) {
        return Err(malformed("The action revokeSignInSessions takes no parameters."));
    }
    if !world.may(&["User.RevokeSessions.All", "User.ReadWrite.All"]) {
        return Err(denied());
    }
    person(world, id)?;
    if let Some(person) = world.person_mut(id) {
        person.sessions_valid_from = later_than(person.sessions_valid_from);
    }
    world.touch();
    let context = format!("{}/v1.0/$metadata#Edm.Boolean", call.origin());
    Ok(Answer::ok(json!({"@odata.context": context, "value": true})))
}

pub(super) fn no_options(call: &Call) -> Result<(), Answer> {
    match call.query.first() {
        Some((name, _)) => Err(bad_request(&format!(
            "Unrecognized query argument specified: '{name}'."
        ))),
        None => Ok(()),
    }
}

/// Reads the body. A user has many properties; this application may change two of them, one at a time.
fn change(body: &Map<String, Value>) -> Result<Change, Answer> {
    for name in body.keys().filter(|name| !name.starts_with("@odata.")) {
        match name.as_str() {
            "accountEnabled" | "passwordProfile" => {}
            "id" | "createdDateTime" | "lastPasswordChangeDateTime" | "onPremisesSyncEnabled" | "proxyAddresses" => {
                return Err(bad_request(&format!(
                    "Property '{name}' is read-only and cannot be set."
                )));
            }
            name if PROPERTIES.contains(&name) => return Err(denied()),
            name => {
                return Err(bad_request(&format!(
                    "Property '{name}' does not exist as a declared property or extension property."
                )));
            }
        }
    }
    match (body.get("accountEnabled"), body.get("passwordProfile")) {
        (Some(_), Some(_)) => Err(bad_request(
            "Unable to update the specified properties: accountEnabled and passwordProfile cannot be updated in one \
             request.",
        )),
        (Some(enabled), None) => Ok(Change::SignIn(match enabled {
            Value::Bool(true) => SignIn::Allowed,
            Value::Bool(false) => SignIn::Blocked,
            other => return Err(literal(other, "Edm.Boolean")),
        })),
        (None, Some(profile)) => password(profile),
        (None, None) => Err(bad_request(
            "Specified request body is empty or has no property to update.",
        )),
    }
}

fn password(profile: &Value) -> Result<Change, Answer> {
    let profile = profile
        .as_object()
        .ok_or_else(|| literal(profile, "microsoft.graph.passwordProfile"))?;
    let mut must_change = true;
    let mut new = None;
    for (name, value) in profile {
        match (name.as_str(), value) {
            ("@odata.type", _) => {}
            ("password", Value::String(password)) => new = Some(password.clone()),
            ("forceChangePasswordNextSignIn", Value::Bool(force)) => must_change = *force,
            ("forceChangePasswordNextSignInWithMfa", Value::Bool(_)) => {}
            ("password", other) => return Err(literal(other, "Edm.String")),
            ("forceChangePasswordNextSignIn" | "forceChangePasswordNextSignInWithMfa", other) => {
                return Err(literal(other, "Edm.Boolean"));
            }
            (name, _) => {
                return Err(malformed(&format!(
                    "The property '{name}' does not exist on type 'microsoft.graph.passwordProfile'. Make sure to only \
                     use property names that are defined by the type or mark the type as open type."
                )));
            }
        }
    }
    Ok(Change::Password { new, must_change })
}

/// A literal of the wrong type. It is not repeated, because it may be a password.
fn literal(value: &Value, wanted: &str) -> Answer {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    malformed(&format!(
        "Cannot convert a literal of type '{kind}' to the expected type '{wanted}'."
    ))
}

fn may(world: &World, change: &Change) -> Result<(), Answer> {
    let needs: &[&str] = match change {
        Change::SignIn(_) => &["User.EnableDisableAccount.All", "User.ReadWrite.All"],
        Change::Password { .. } => &["User-PasswordProfile.ReadWrite.All"],
    };
    match world.may(needs) {
        true => Ok(()),
        false => Err(denied()),
    }
}

/// An application without a higher role cannot change those that a Helpdesk Administrator could not.
fn may_be_changed(person: &Person) -> bool {
    person.roles.iter().all(|role| role.resettable_by_helpdesk)
}

fn in_role_assignable_group(world: &World, id: &str) -> bool {
    let Some(person) = world.person(id) else {
        return false;
    };
    let mut groups = world.groups.iter().filter(|group| person.groups.contains(&group.id));
    groups.any(|group| group.assignable_to_role)
}

fn allowed(person: &Person, change: &Change) -> Result<(), Answer> {
    match (&person.origin, change) {
        (Origin::Synced, _) => Err(bad_request(SYNCED)),
        (Origin::Federated { .. }, Change::Password { .. }) => Err(bad_request(
            "Update to passwordProfile is not allowed for a federated user.",
        )),
        (_, Change::Password { new: Some(new), .. }) if !is_strong(person, new) => Err(bad_request(
            "The specified password does not comply with password complexity requirements. Please provide a different \
             password.",
        )),
        _ => Ok(()),
    }
}

/// Eight characters, three of four kinds, and neither the name nor a notorious word in it.
fn is_strong(person: &Person, password: &str) -> bool {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric(),
    ];
    let variety = kinds.iter().filter(|kind| password.chars().any(kind)).count();
    let folded = password.to_lowercase();
    let name = person.upn.split('@').next().unwrap_or_default().to_lowercase();
    let banned = ["password", "contoso", "qwerty"];
    PASSWORD_LENGTH.contains(&password.chars().count())
        && variety >= 3
        && !folded.contains(&name)
        && !banned.iter().any(|word| folded.contains(word))
}

fn apply(person: &mut Person, change: Change) {
    match change {
        Change::SignIn(to) => person.sign_in = to,
        Change::Password { new, must_change } => {
            person.must_change_password = must_change;
            if let Some(new) = new {
                person.password = Some(PasswordDigest::of(&person.id, &new));
                person.password_changed = later_than(person.password_changed);
                person.lockout = Lockout::None;
            }
        }
    }
}

/// Now, to the second as the service keeps it, and never the same as before.
fn later_than(before: OffsetDateTime) -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.max(before + time::Duration::seconds(1))
}
