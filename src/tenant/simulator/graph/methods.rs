//! Sign-in methods that are taken away, and Temporary Access Passes.

use axum::http::{Method as Verb, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::query::{Query, Rows, Spec, Store};
use super::users::{method_id, person};
use super::writes::no_options;
use crate::tenant::account::Kind;
use crate::tenant::simulator::answer::{Answer, graph_error, stamp, wrong_method};
use crate::tenant::simulator::call::Call;
use crate::tenant::simulator::directory::{Method, PassRecord, PasswordDigest};
use crate::tenant::simulator::world::World;

const METHODS: [&str; 2] = [
    "UserAuthenticationMethod.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
];

/// `DELETE /users/{id}/authentication/{collection}/{method}`.
pub(super) fn delete(
    world: &mut World,
    call: &Call,
    (id, collection, method): (&str, &str, &str),
) -> Result<Answer, Answer> {
    if call.method != Verb::DELETE {
        return Err(wrong_method());
    }
    no_options(call)?;
    may(world, &METHODS[1..])?;
    let who = person(world, id)?.clone();
    let gone = || graph_error(StatusCode::NOT_FOUND, "resourceNotFound", "Resource not found.");
    if collection == "temporaryAccessPassMethods" {
        who.pass.filter(|pass| pass.id == method).ok_or_else(gone)?;
        if let Some(person) = world.person_mut(id) {
            person.pass = None;
        }
        world.touch();
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    let known = who
        .methods
        .iter()
        .copied()
        .find(|own| self::collection(*own) == Some(collection) && method_id(&who, *own) == method)
        .ok_or_else(gone)?;
    let others = who.methods.iter().any(|own| *own != known && *own != Method::Password);
    if who.default_method == Some(known) && others {
        return Err(refused(
            "The method cannot be removed because it is the user's default method. Change the default method first.",
        ));
    }
    if let Some(person) = world.person_mut(id) {
        person.methods.retain(|own| *own != known);
        if person.default_method == Some(known) {
            person.default_method = None;
        }
    }
    world.touch();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `GET /users/{id}/authentication/temporaryAccessPassMethods`, without the pass itself.
pub(super) fn passes(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    may(world, &METHODS)?;
    let spec = Spec {
        entity: "microsoft.graph.temporaryAccessPassAuthenticationMethod",
        context: &format!("users('{id}')/authentication/temporaryAccessPassMethods"),
        options: &[],
        properties: &[],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let all: Vec<Value> = person(world, id)?.pass.iter().map(show).collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// `POST /users/{id}/authentication/temporaryAccessPassMethods`: the one answer that holds the pass.
pub(super) fn create_pass(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    no_options(call)?;
    may(world, &METHODS[1..])?;
    let body = call.json().ok_or_else(|| refused("The request body is not JSON."))?;
    let (minutes, once) = wanted(world, &body)?;
    let who = person(world, id)?;
    if !world.pass_rules.enabled {
        return Err(refused(
            "Temporary Access Pass is not enabled by the policy for this user.",
        ));
    }
    if who.kind == Kind::Guest {
        return Err(refused(
            "Temporary Access Pass cannot be added to an external guest user.",
        ));
    }
    if who.pass.is_some() {
        return Err(refused("User already has a Temporary Access Pass."));
    }
    let code = code();
    let record = PassRecord {
        id: uuid::Uuid::new_v4().to_string(),
        digest: PasswordDigest::of(&who.id, &code),
        minutes,
        once,
        created: OffsetDateTime::now_utc(),
    };
    let mut shown = show(&record);
    shown["temporaryAccessPass"] = json!(code);
    shown["@odata.context"] = json!(format!(
        "{}/v1.0/$metadata#users('{id}')/authentication/temporaryAccessPassMethods/$entity",
        call.origin()
    ));
    if let Some(person) = world.person_mut(id) {
        person.pass = Some(record);
    }
    world.touch();
    Ok(Answer::with(StatusCode::CREATED, shown))
}

/// `GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass`.
pub(super) fn pass_policy(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    may(world, &["Policy.Read.AuthenticationMethod", "Policy.Read.All"])?;
    no_options(call)?;
    let rules = world.pass_rules;
    let context = "v1.0/$metadata#authenticationMethodConfigurations/$entity";
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}/{context}", call.origin()),
        "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",
        "id": "TemporaryAccessPass",
        "state": if rules.enabled { "enabled" } else { "disabled" },
        "defaultLifetimeInMinutes": rules.minutes.0,
        "defaultLength": 8,
        "minimumLifetimeInMinutes": rules.minutes.0,
        "maximumLifetimeInMinutes": rules.minutes.1,
        "isUsableOnce": rules.once,
        "excludeTargets": [],
    })))
}

fn wanted(world: &World, body: &Value) -> Result<(u32, bool), Answer> {
    let (least, most) = world.pass_rules.minutes;
    let (mut minutes, mut once) = (least, world.pass_rules.once);
    for (name, value) in body.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("@odata.type", _) => {}
            ("lifetimeInMinutes", Value::Number(number)) => {
                let number = number.as_u64().and_then(|number| u32::try_from(number).ok());
                minutes = number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
                    refused("The lifetime of the Temporary Access Pass is not within the range of the policy.")
                })?;
            }
            ("isUsableOnce", Value::Bool(wanted)) if *wanted || !world.pass_rules.once => once = *wanted,
            ("startDateTime", Value::String(_)) => {}
            _ => return Err(refused(&format!("The property '{name}' is not valid here."))),
        }
    }
    Ok((minutes, once))
}

fn show(pass: &PassRecord) -> Value {
    json!({
        "id": pass.id,
        "temporaryAccessPass": null,
        "createdDateTime": stamp(pass.created),
        "startDateTime": stamp(pass.created),
        "lifetimeInMinutes": pass.minutes,
        "isUsableOnce": pass.once,
        "isUsable": true,
        "methodUsabilityReason": "EnabledByPolicy",
    })
}

fn collection(method: Method) -> Option<&'static str> {
    match method {
        Method::Password => None,
        Method::Phone | Method::OfficePhone => Some("phoneMethods"),
        Method::Authenticator => Some("microsoftAuthenticatorMethods"),
        Method::SoftwareOath => Some("softwareOathMethods"),
        Method::Fido2 => Some("fido2Methods"),
        Method::Email => Some("emailMethods"),
        Method::WindowsHello => Some("windowsHelloForBusinessMethods"),
    }
}

fn may(world: &World, any_of: &[&str]) -> Result<(), Answer> {
    match world.may(any_of) {
        true => Ok(()),
        false => Err(graph_error(
            StatusCode::FORBIDDEN,
            "accessDenied",
            "Request Authorization failed",
        )),
    }
}

fn refused(message: &str) -> Answer {
    graph_error(StatusCode::BAD_REQUEST, "badRequest", message)
}

/// Eight characters, as the policy's default length says.
fn code() -> String {
    const FROM: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789@#&%";
    let mut bytes = [0_u8; 8];
    // Without randomness the practice tenant's pass is a fixed one, which is still only practice.
    getrandom::fill(&mut bytes).ok();
    bytes
        .iter()
        .map(|byte| char::from(FROM[usize::from(*byte) % FROM.len()]))
        .collect()
}
