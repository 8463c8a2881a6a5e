//! What puts accounts right in Graph: risk, inbox rules, consents, letters; and the traces and incidents to look at.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::filter::Operator::{Eq, Ge, Gt, Le, Lt};
use super::query::{Query, Rows, Spec, Store};
use super::users::{message_rule, person};
use super::writes::no_options;
use crate::tenant::account::BlockReason;
use crate::tenant::simulator::answer::{Answer, denied, graph_error, malformed, stamp, wrong_method};
use crate::tenant::simulator::call::Call;
use crate::tenant::simulator::directory::{ConsentRecord, Person, RiskRecord, Sight};
use crate::tenant::simulator::world::{PostedLetter, World};

/// What Identity Protection can be told of users, below `riskyUsers`.
pub(super) const VERDICTS: [&str; 3] = ["dismiss", "confirmCompromised", "confirmSafe"];

/// `POST /identityProtection/riskyUsers/{dismiss|confirmCompromised|confirmSafe}`: one a second.
pub(super) fn judge_risk(world: &mut World, call: &Call, verdict: &str) -> Result<Answer, Answer> {
    if call.method != Method::POST {
        return Err(wrong_method());
    }
    no_options(call)?;
    let forbidden = |text: &str| Err(graph_error(StatusCode::FORBIDDEN, "Forbidden", text));
    if !world.may(&["IdentityRiskyUser.ReadWrite.All"]) {
        return forbidden("You cannot perform the requested operation, required scopes are missing in the token.");
    }
    if !world.may(&["AAD_PREMIUM_P2"]) {
        return forbidden("Your tenant is not licensed for this feature.");
    }
    let now = OffsetDateTime::now_utc();
    let too_soon = world.risk_changed.is_some_and(|last| now - last < Duration::seconds(1));
    if too_soon && world.strict_about_time {
        return Err(graph_error(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequests",
            "Too Many Requests",
        ));
    }
    let body = call.json().ok_or_else(|| malformed("The request body is not JSON."))?;
    let ids: Option<Vec<String>> = body
        .as_object()
        .filter(|body| body.len() == 1)
        .and_then(|body| body.get("userIds")?.as_array())
        .and_then(|ids| ids.iter().map(|id| id.as_str().map(str::to_owned)).collect());
    let ids = ids
        .filter(|ids| !ids.is_empty())
        .ok_or_else(|| malformed("userIds must be a list of ids."))?;
    let (state, level) = match verdict {
        "confirmCompromised" => ("confirmedCompromised", "high"),
        "confirmSafe" => ("confirmedSafe", "none"),
        _ => ("dismissed", "none"),
    };
    for id in &ids {
        // By object id alone: this service does not know user principal names.
        let known = world
            .people
            .iter_mut()
            .find(|person| person.id.eq_ignore_ascii_case(id));
        let Some(person) = known.filter(|person| verdict == "confirmCompromised" || person.risk.is_some()) else {
            return Err(graph_error(
                StatusCode::NOT_FOUND,
                "NotFound",
                "The risky user was not found.",
            ));
        };
        let since = now;
        person.risk = Some(RiskRecord { state, level, since });
    }
    world.risk_changed = Some(now);
    world.touch();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `PATCH /users/{id}/mailFolders/inbox/messageRules/{rule}`: whether it is on, and nothing else here.
pub(super) fn update_rule(
    world: &mut World,
    call: &Call,
    (id, folder, rule): (&str, &str, &str),
) -> Result<Answer, Answer> {
    if call.method != Method::PATCH {
        return Err(wrong_method());
    }
    no_options(call)?;
    if !world.may(&["MailboxSettings.ReadWrite"]) {
        let text = "Access is denied. Check credentials and try again.";
        return Err(graph_error(StatusCode::FORBIDDEN, "ErrorAccessDenied", text));
    }
    let body = call.json().ok_or_else(|| malformed("The request body is not JSON."))?;
    let body = body.as_object().filter(|body| body.len() == 1);
    let enabled = body.and_then(|body| body.get("isEnabled")?.as_bool());
    let enabled = enabled.ok_or_else(|| malformed("Only isEnabled can be changed here."))?;
    let gone = || {
        graph_error(
            StatusCode::NOT_FOUND,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        )
    };
    let inbox = folder.eq_ignore_ascii_case("inbox");
    let person = world
        .person_mut(id)
        .filter(|person| inbox && person.has_mailbox())
        .ok_or_else(gone)?;
    let mut visible = person.rules.iter_mut().filter(|own| own.sight == Sight::Visible);
    let found = visible.find(|own| own.id == rule).ok_or_else(gone)?;
    found.enabled = enabled;
    let shown = message_rule(found, 1);
    world.touch();
    Ok(Answer::ok(shown))
}

/// `GET /users/{id}/oauth2PermissionGrants`.
pub(super) fn consents(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    let any_of = [
        "DelegatedPermissionGrant.Read.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.Read.All",
    ];
    if !world.may(&any_of) {
        return Err(denied());
    }
    let spec = Spec {
        entity: "microsoft.graph.oAuth2PermissionGrant",
        context: "oauth2PermissionGrants",
        options: &["$top"],
        properties: &[],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let who = person(world, id)?;
    let all: Vec<Value> = who.consents.iter().map(|record| consent(who, record)).collect();
    Ok(Answer::ok(query.page(call, &spec, rows(world, &all))))
}

/// `DELETE /oauth2PermissionGrants/{id}`.
pub(super) fn revoke_consent(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    if call.method != Method::DELETE {
        return Err(wrong_method());
    }
    no_options(call)?;
    if !world.may(&["DelegatedPermissionGrant.ReadWrite.All"]) {
        return Err(denied());
    }
    let owner = world
        .people
        .iter_mut()
        .find(|person| person.consents.iter().any(|record| record.id == id))
        .ok_or_else(|| crate::tenant::simulator::answer::no_such_object(id))?;
    owner.consents.retain(|record| record.id != id);
    world.touch();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `POST /users/{id}/sendMail`.
pub(super) fn send_mail(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    if call.method != Method::POST {
        return Err(wrong_method());
    }
    no_options(call)?;
    if !world.may(&["Mail.Send"]) {
        let text = "Access is denied. Check credentials and try again.";
        return Err(graph_error(StatusCode::FORBIDDEN, "ErrorAccessDenied", text));
    }
    let body = call.json().ok_or_else(|| malformed("The request body is not JSON."))?;
    let letter = letter(&body).ok_or_else(|| malformed("The message is not valid."))?;
    let from = person(world, id)?;
    if !from.has_mailbox() {
        let text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        return Err(graph_error(StatusCode::NOT_FOUND, "MailboxNotEnabledForRESTAPI", text));
    }
    let from = from.upn.clone();
    world.letters.push(PostedLetter { from, ..letter });
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

/// `GET /admin/exchange/tracing/messageTraces`.
pub(super) fn message_traces(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    if !world.may(&["ExchangeMessageTrace.Read.All"]) {
        return Err(denied());
    }
    let spec = Spec {
        entity: "microsoft.graph.exchangeMessageTrace",
        context: "admin/exchange/tracing/messageTraces",
        options: &["$filter", "$top", "$orderby"],
        properties: &["receivedDateTime"],
        filters: &[
            ("senderAddress", &[Eq]),
            ("recipientAddress", &[Eq]),
            ("status", &[Eq]),
            ("receivedDateTime", &[Eq, Ge, Gt, Le, Lt]),
        ],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let all: Vec<Value> = world.restrictions.iter().flat_map(traces).collect();
    Ok(Answer::ok(query.page(call, &spec, rows(world, &all))))
}

/// `GET /admin/serviceAnnouncement/issues`.
pub(super) fn issues(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    if !world.may(&["ServiceHealth.Read.All"]) {
        return Err(denied());
    }
    let spec = Spec {
        entity: "microsoft.graph.serviceHealthIssue",
        context: "admin/serviceAnnouncement/issues",
        options: &["$filter", "$top", "$orderby"],
        properties: &["startDateTime"],
        filters: &[("isResolved", &[Eq]), ("service", &[Eq])],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let now = stamp(OffsetDateTime::now_utc());
    let open = world.issues.iter().zip(1..).map(|((service, title), number)| {
        json!({
            "id": format!("EX{number:06}"),
            "title": title,
            "service": service,
            "feature": service,
            "featureGroup": service,
            "impactDescription": title,
            "classification": "incident",
            "origin": "microsoft",
            "status": "serviceDegradation",
            "isResolved": false,
            "startDateTime": now,
            "lastModifiedDateTime": now,
            "endDateTime": null,
            "highImpact": null,
            "details": [],
            "posts": [],
        })
    });
    let all: Vec<Value> = open.collect();
    Ok(Answer::ok(query.page(call, &spec, rows(world, &all))))
}

fn rows<'a>(world: &World, all: &'a [Value]) -> Rows<'a> {
    Rows {
        all,
        usual: None,
        page_size: world.page_size,
    }
}

fn consent(person: &Person, record: &ConsentRecord) -> Value {
    json!({
        "id": record.id,
        "clientId": record.client,
        "consentType": "Principal",
        "principalId": person.id,
        "resourceId": "00000003-0000-0000-c000-000000000000",
        "scope": record.scope,
    })
}

fn letter(body: &Value) -> Option<PostedLetter> {
    let known = |map: &Map<String, Value>, names: &[&str]| map.keys().all(|name| names.contains(&name.as_str()));
    let body = body
        .as_object()
        .filter(|body| known(body, &["message", "saveToSentItems"]))?;
    let message = body.get("message")?.as_object()?;
    let message = Some(message).filter(|message| known(message, &["subject", "body", "toRecipients"]))?;
    let [to] = message.get("toRecipients")?.as_array()?.as_slice() else {
        return None;
    };
    Some(PostedLetter {
        from: String::new(),
        to: to["emailAddress"]["address"].as_str()?.to_owned(),
        subject: message.get("subject")?.as_str()?.to_owned(),
        text: message.get("body")?["content"].as_str()?.to_owned(),
    })
}

/// What a restricted sender sent before it was stopped.
fn traces(entry: &crate::tenant::simulator::world::Restriction) -> Vec<Value> {
    let status = match entry.reason {
        BlockReason::Spam => "filteredAsSpam",
        BlockReason::Volume | BlockReason::Other => "delivered",
    };
    (1..=3_i64)
        .map(|minutes| {
            json!({
                "id": format!("trace-{minutes}"),
                "senderAddress": entry.address,
                "recipientAddress": "someone@example.gr",
                "subject": "Offer",
                "status": status,
                "size": 2048,
                "messageId": format!("<{minutes}@contoso.com>"),
                "receivedDateTime": stamp(entry.since - Duration::minutes(minutes)),
                "fromIP": "203.0.113.17",
                "toIP": null,
            })
        })
        .collect()
}
