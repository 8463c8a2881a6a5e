//! Cmdlets that change a mailbox: its forwarding, and whether a rule is on.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{BAD_PARAMETER, missing, not_found, rule_identity, text};
use crate::tenant::simulator::answer::{Answer, exchange_error};
use crate::tenant::simulator::directory::Person;
use crate::tenant::simulator::world::World;

/// What becomes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
}

/// `Set-Mailbox`, as far as it ends forwarding.
pub(super) fn set_mailbox(world: &mut World, parameters: &Map<String, Value>) -> Result<Answer, Answer> {
    confirmed(parameters)?;
    let identity = text(parameters, "Identity")?
        .ok_or_else(|| missing("Identity"))?
        .to_owned();
    for name in ["ForwardingAddress", "ForwardingSmtpAddress"] {
        if !matches!(parameters.get(name), None | Some(Value::Null)) {
            return Err(refused("The practice tenant only takes forwarding away."));
        }
    }
    let clears = parameters.contains_key("ForwardingSmtpAddress");
    let person = mailbox(world, &identity)?;
    if clears {
        person.forwards_to = None;
    }
    world.touch();
    Ok(done())
}

/// `Enable-InboxRule` and `Disable-InboxRule`.
pub(super) fn switch_rule(world: &mut World, parameters: &Map<String, Value>, to: Switch) -> Result<Answer, Answer> {
    confirmed(parameters)?;
    let identity = text(parameters, "Identity")?
        .ok_or_else(|| missing("Identity"))?
        .to_owned();
    let whose = text(parameters, "Mailbox")?
        .ok_or_else(|| missing("Mailbox"))?
        .to_owned();
    let person = mailbox(world, &whose)?;
    let owner = person.clone();
    let mut rules = person.rules.iter_mut();
    let rule = rules
        .find(|rule| rule_identity(&owner, rule) == identity)
        .ok_or_else(|| not_found(&identity))?;
    rule.enabled = to == Switch::On;
    world.touch();
    Ok(done())
}

fn mailbox<'a>(world: &'a mut World, identity: &str) -> Result<&'a mut Person, Answer> {
    let mut people = world.people.iter_mut().filter(|person| person.has_mailbox());
    people
        .find(|person| person.is(identity) || person.has_address(identity))
        .ok_or_else(|| not_found(identity))
}

/// Where nobody sits in front of it, a cmdlet that asks for confirmation fails.
fn confirmed(parameters: &Map<String, Value>) -> Result<(), Answer> {
    match parameters.get("Confirm") {
        Some(Value::Bool(false)) => Ok(()),
        Some(Value::Bool(true)) | None => Err(refused(
            "A command that prompts the user failed because the host program does not support user interaction.",
        )),
        Some(_) => Err(refused(
            "Cannot convert value to type 'System.Management.Automation.SwitchParameter'.",
        )),
    }
}

fn refused(text: &str) -> Answer {
    exchange_error(StatusCode::BAD_REQUEST, BAD_PARAMETER, text)
}

fn done() -> Answer {
    Answer::ok(json!({"value": [], "@adminapi.warnings": []}))
}
