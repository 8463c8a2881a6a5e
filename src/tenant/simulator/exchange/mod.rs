//! The Exchange Online gateway: `InvokeCommand` with the cmdlets that this project runs, and `EXOModuleFile`, which
//! lists them.

mod changes;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::answer::{Answer, exchange_error, no_such_path, stamp, wrong_method};
use super::call::Call;
use super::directory::{Person, Rule, Sight};
use super::login::is_tenant;
use super::world::{Audience, Restriction, UNBLOCKS_ALLOWED, World};
use crate::tenant::account::BlockReason;
use changes::Switch;

const NOT_FOUND: &str = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";
const BAD_PARAMETER: &str = "System.Management.Automation.ParameterBindingException";
const NO_CMDLET: &str = "System.Management.Automation.CommandNotFoundException";

/// The cmdlets, with their parameters.
const CMDLETS: [(&str, &[&str]); 7] = [
    ("Get-BlockedSenderAddress", &["SenderAddress"]),
    ("Remove-BlockedSenderAddress", &["SenderAddress", "Confirm"]),
    ("Get-Mailbox", &["Identity", "ResultSize"]),
    ("Get-InboxRule", &["Mailbox", "Identity", "IncludeHidden"]),
    (
        "Set-Mailbox",
        &[
            "Identity",
            "ForwardingAddress",
            "ForwardingSmtpAddress",
            "DeliverToMailboxAndForward",
            "Confirm",
        ],
    ),
    ("Disable-InboxRule", &["Mailbox", "Identity", "Confirm"]),
    ("Enable-InboxRule", &["Mailbox", "Identity", "Confirm"]),
];

/// Answers a request below `/adminapi`.
pub(super) fn answer(world: &mut World, call: &Call) -> Answer {
    match signed_in(world, call).and_then(|()| route(world, call)) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn route(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    let segments: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
    let (["beta", tenant, "InvokeCommand"] | ["v1.0", tenant, "EXOModuleFile"]) = segments.as_slice() else {
        return Err(no_such_path(segments.last().copied().unwrap_or_default()));
    };
    if !is_tenant(tenant) {
        return Err(forbidden("The tenant in the path is not the tenant of the token."));
    }
    if !world.may(&["Exchange.ManageAsApp"]) {
        return Err(forbidden(
            "The app does not have the required role Exchange.ManageAsApp.",
        ));
    }
    match (segments[0], &call.method) {
        ("beta", &Method::POST) => invoke(world, call),
        ("v1.0", &Method::GET) => Ok(module_file(world, call)),
        _ => Err(wrong_method()),
    }
}

/// Whether the call carries a live token for Exchange. The gateway answers without a body.
fn signed_in(world: &World, call: &Call) -> Result<(), Answer> {
    let refuse = |code: &str, reason: &str| {
        let challenge = "Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\", \
                         trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", \
                         token_types=\"app_asserted_user_v1 service_asserted_app_v1\", error=\"invalid_token\"";
        Err(Answer::empty(StatusCode::UNAUTHORIZED)
            .header("www-authenticate", challenge)
            .header(
                "x-ms-diagnostics",
                format!("{code};reason=\"{reason}\";error_category=\"invalid_token\""),
            ))
    };
    let token = call
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    match token.map(|token| world.tokens.get(token)) {
        None => refuse("2000001", "There is no token in the request."),
        Some(None) => refuse("2000002", "The token has an invalid signature."),
        Some(Some(token)) if token.audience != Audience::Exchange => {
            refuse("2000003", "The audience claim value is invalid.")
        }
        Some(Some(token)) if token.expires_at <= OffsetDateTime::now_utc() => {
            refuse("2000004", "The token has expired.")
        }
        Some(Some(_)) => Ok(()),
    }
}

/// A missing role says so in `x-ms-diagnostics`; a 403 without it is a role that has not arrived yet.
fn forbidden(reason: &str) -> Answer {
    Answer::empty(StatusCode::FORBIDDEN).header(
        "x-ms-diagnostics",
        format!("2000012;reason=\"{reason}\";error_category=\"invalid_authorization\""),
    )
}

fn module_file(world: &World, call: &Call) -> Answer {
    if call.header("commandname").is_none() {
        return exchange_error(
            StatusCode::BAD_REQUEST,
            BAD_PARAMETER,
            "The header CommandName is missing.",
        );
    }
    let names: Vec<&str> = CMDLETS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| world.may(&[name]))
        .collect();
    Answer::ok(json!({"value": [{"exportedCmdlets": names.join(",")}]}))
}

/// Takes the envelope apart and runs the cmdlet.
fn invoke(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    let unreadable = |what: &str| exchange_error(StatusCode::BAD_REQUEST, "Microsoft.OData.ODataException", what);
    let body = call.json().ok_or_else(|| unreadable("The request body is not JSON."))?;
    let input = body
        .as_object()
        .filter(|body| body.len() == 1)
        .and_then(|body| body.get("CmdletInput")?.as_object())
        .ok_or_else(|| unreadable("The request body must hold CmdletInput and nothing else."))?;
    if let Some(extra) = input
        .keys()
        .find(|key| !["CmdletName", "Parameters"].contains(&key.as_str()))
    {
        return Err(unreadable(&format!(
            "The property '{extra}' does not exist on type 'CmdletInput'."
        )));
    }
    let name = input.get("CmdletName").and_then(Value::as_str);
    let name = name.ok_or_else(|| unreadable("CmdletName is missing."))?;
    let none = Map::new();
    let parameters = match input.get("Parameters") {
        None => &none,
        Some(parameters) => parameters
            .as_object()
            .ok_or_else(|| unreadable("Parameters must be an object."))?,
    };
    let known = CMDLETS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let Some((name, allowed)) = known.filter(|(name, _)| world.may(&[name])) else {
        let text = format!(
            "The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program."
        );
        return Err(exchange_error(StatusCode::BAD_REQUEST, NO_CMDLET, &text));
    };
    if let Some(extra) = parameters.keys().find(|key| !allowed.contains(&key.as_str())) {
        let text = format!("A parameter cannot be found that matches parameter name '{extra}'.");
        return Err(exchange_error(StatusCode::BAD_REQUEST, BAD_PARAMETER, &text));
    }
    match *name {
        "Get-BlockedSenderAddress" => blocked_senders(world, call, parameters),
        "Remove-BlockedSenderAddress" => unblock(world, parameters),
        "Get-Mailbox" => mailboxes(world, call, parameters),
        "Set-Mailbox" => changes::set_mailbox(world, parameters),
        "Disable-InboxRule" => changes::switch_rule(world, parameters, Switch::Off),
        "Enable-InboxRule" => changes::switch_rule(world, parameters, Switch::On),
        _ => inbox_rules(world, call, parameters),
    }
}

/// Without an address: the whole list. With one: that entry, by the exact address under which it is listed.
fn blocked_senders(world: &mut World, call: &Call, parameters: &Map<String, Value>) -> Result<Answer, Answer> {
    let wanted = text(parameters, "SenderAddress")?;
    let entries = world.restrictions_read();
    let found: Vec<Value> = entries
        .iter()
        .filter(|entry| wanted.is_none_or(|wanted| entry.address.eq_ignore_ascii_case(wanted)))
        .map(restriction)
        .collect();
    match wanted {
        Some(wanted) if found.is_empty() => Err(not_found(wanted)),
        _ => Ok(page(world, call, &found)),
    }
}

fn unblock(world: &mut World, parameters: &Map<String, Value>) -> Result<Answer, Answer> {
    if !matches!(parameters.get("Confirm"), None | Some(Value::Bool(_))) {
        let text = "Cannot convert value to type 'System.Management.Automation.SwitchParameter'.";
        return Err(exchange_error(StatusCode::BAD_REQUEST, BAD_PARAMETER, text));
    }
    let address = text(parameters, "SenderAddress")?.ok_or_else(|| missing("SenderAddress"))?;
    let listed = |entry: &Restriction| entry.address.eq_ignore_ascii_case(address);
    if !world.restrictions.iter().any(listed) {
        return Err(not_found(address));
    }
    let times = world.unblocks.entry(address.to_lowercase()).or_default();
    if *times >= UNBLOCKS_ALLOWED {
        let text = format!(
            "The sender '{address}' has exceeded the number of times that it can be unblocked. Contact Microsoft Support."
        );
        let name = "Microsoft.Exchange.Management.Tasks.ValidationException";
        return Err(exchange_error(StatusCode::BAD_REQUEST, name, &text));
    }
    *times += 1;
    world.restrictions.retain(|entry| !listed(entry));
    world.touch();
    Ok(Answer::ok(json!({"value": [], "@adminapi.warnings": []})))
}

fn mailboxes(world: &World, call: &Call, parameters: &Map<String, Value>) -> Result<Answer, Answer> {
    let identity = text(parameters, "Identity")?;
    let found: Vec<Value> = world
        .people
        .iter()
        .filter(|person| person.has_mailbox())
        .filter(|person| identity.is_none_or(|identity| person.is(identity) || person.has_address(identity)))
        .map(mailbox)
        .collect();
    match identity {
        Some(identity) if found.is_empty() => Err(not_found(identity)),
        _ => Ok(page(world, call, &found)),
    }
}

fn inbox_rules(world: &World, call: &Call, parameters: &Map<String, Value>) -> Result<Answer, Answer> {
    let identity = text(parameters, "Mailbox")?.ok_or_else(|| missing("Mailbox"))?;
    let hidden = match parameters.get("IncludeHidden") {
        None | Some(Value::Bool(false)) => Sight::Visible,
        Some(Value::Bool(true)) => Sight::Hidden,
        Some(_) => {
            let text = "Cannot convert value to type 'System.Management.Automation.SwitchParameter'.";
            return Err(exchange_error(StatusCode::BAD_REQUEST, BAD_PARAMETER, text));
        }
    };
    let person = world
        .people
        .iter()
        .find(|person| person.has_mailbox() && (person.is(identity) || person.has_address(identity)))
        .ok_or_else(|| not_found(identity))?;
    let junk = Rule::hidden("AQAAAJunk", "Junk E-Mail Rule", "");
    let own = person.rules.iter();
    let rules: Vec<Value> = match hidden {
        Sight::Visible => own
            .filter(|rule| rule.sight == Sight::Visible)
            .map(|rule| inbox_rule(person, rule))
            .collect(),
        // Every mailbox has a hidden rule that is no one's doing.
        Sight::Hidden => own.chain([&junk]).map(|rule| inbox_rule(person, rule)).collect(),
    };
    Ok(page(world, call, &rules))
}

/// One page of at most what the client prefers, with a link to which the same body is posted again.
fn page(world: &World, call: &Call, all: &[Value]) -> Answer {
    let preferred = call
        .header("prefer")
        .and_then(|prefer| {
            prefer
                .split([';', ','])
                .find_map(|part| part.trim().strip_prefix("odata.maxpagesize="))
        })
        .and_then(|size| size.parse::<usize>().ok());
    let size = preferred.unwrap_or(world.page_size).min(world.page_size).max(1);
    let from = call
        .option("$skiptoken")
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let end = all.len().min(from + size);
    let mut body = Map::new();
    let context = format!(
        "{}/adminapi/beta/$metadata#Collection(Exchange.GenericHashTable)",
        call.origin()
    );
    body.insert("@odata.context".to_owned(), json!(context));
    body.insert("@adminapi.warnings@odata.type".to_owned(), json!("#Collection(String)"));
    body.insert("@adminapi.warnings".to_owned(), json!([]));
    if end < all.len() {
        let link = format!("{}{}?$skiptoken={end}", call.origin(), call.raw_path);
        body.insert("@odata.nextLink".to_owned(), json!(link));
    }
    body.insert("value".to_owned(), json!(all.get(from..end).unwrap_or_default()));
    Answer::ok(Value::Object(body))
}

fn restriction(entry: &Restriction) -> Value {
    let reason = match entry.reason {
        BlockReason::Volume => {
            "ExceedingLimitType=RecipientRateLimit;InternalRecipientCountToday=214;ExternalRecipientCountToday=1038"
        }
        BlockReason::Spam => {
            "OutboundSpamLast24Hours=912;OutboundMailLast24Hours=1004;OutboundSpamPercent=908;Last Spam Message \
             MessagetraceId:5d1f0000-0000-4000-8000-000000000001"
        }
        BlockReason::Other => "Blocked by an administrator",
    };
    json!({
        "SenderAddress": entry.address,
        "Reason": reason,
        "CreatedDatetime@odata.type": "#DateTimeOffset",
        "CreatedDatetime": stamp(entry.since),
        "ChangedDatetime@odata.type": "#DateTimeOffset",
        "ChangedDatetime": stamp(entry.since),
        "TemporaryBlock": false,
    })
}

fn mailbox(person: &Person) -> Value {
    json!({
        "Identity": person.name,
        "ExternalDirectoryObjectId": person.id,
        "UserPrincipalName": person.upn,
        "PrimarySmtpAddress": person.mail,
        "EmailAddresses@odata.type": "#Collection(String)",
        "EmailAddresses": person.proxies,
        "RecipientTypeDetails": "UserMailbox",
        "ForwardingAddress": null,
        "ForwardingSmtpAddress": person.forwards_to.as_ref().map(|to| format!("smtp:{to}")),
        "DeliverToMailboxAndForward": person.forwards_to.is_some(),
    })
}

/// What the cmdlets call a rule.
fn rule_identity(person: &Person, rule: &Rule) -> String {
    format!("{}\\{}", person.name, rule.id)
}

fn inbox_rule(person: &Person, rule: &Rule) -> Value {
    let to = |address: &str| json!([format!("\"{address}\" [SMTP:{address}]")]);
    let forwards = rule.forwards_to.filter(|address| !address.is_empty());
    json!({
        "Identity": rule_identity(person, rule),
        "RuleIdentity": rule.id,
        "Name": rule.name,
        "Enabled": rule.enabled,
        "Priority": 1,
        "ForwardTo@odata.type": "#Collection(String)",
        "ForwardTo": forwards.map(to),
        "RedirectTo": null,
        "ForwardAsAttachmentTo": null,
        "DeleteMessage": rule.deletes && forwards.is_some(),
        "MoveToFolder": rule.moves_to,
        "MarkAsRead": rule.marks_as_read,
        "StopProcessingRules": true,
    })
}

fn text<'a>(parameters: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Answer> {
    match parameters.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => {
            let text = format!("Cannot bind argument to parameter '{name}'.");
            Err(exchange_error(StatusCode::BAD_REQUEST, BAD_PARAMETER, &text))
        }
    }
}

fn missing(name: &str) -> Answer {
    let text = format!("Cannot process command because of one or more missing mandatory parameters: {name}.");
    exchange_error(StatusCode::BAD_REQUEST, BAD_PARAMETER, &text)
}

fn not_found(object: &str) -> Answer {
    let text = format!(
        "The operation couldn't be performed because object '{object}' couldn't be found on \
         'EURP000A00DC001.EURP000A00.PROD.OUTLOOK.COM'."
    );
    exchange_error(StatusCode::NOT_FOUND, NOT_FOUND, &text)
}
