//! Microsoft Graph v1.0, as far as this project asks: who may call, which path is which, and the errors in between.

mod contacts;
mod filter;
mod members;
mod methods;
mod query;
mod remedies;
mod security;
mod users;
mod writes;

use axum::http::{Method, StatusCode};
use time::OffsetDateTime;

use super::answer::{Answer, graph_error, no_such_path, wrong_method};
use super::call::Call;
use super::world::{Audience, World};

/// Answers a request below `/v1.0`.
pub(super) fn answer(world: &mut World, call: &Call) -> Answer {
    match signed_in(world, call).and_then(|()| route(world, call)) {
        Ok(answer) | Err(answer) => answer.header("odata-version", "4.0"),
    }
}

fn route(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    let segments: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
    match segments.as_slice() {
        ["users"] => get(call).and_then(|()| users::list(world, call)),
        ["users", id] if call.method == Method::PATCH => writes::update(world, call, id),
        ["users", id] => get(call).and_then(|()| users::one(world, call, id)),
        [
            "users",
            id,
            "revokeSignInSessions" | "microsoft.graph.revokeSignInSessions",
        ] => writes::revoke_sessions(world, call, id),
        ["users", id, "licenseDetails"] => get(call).and_then(|()| users::licences(world, call, id)),
        ["users", id, "mailFolders", folder, "messageRules"] => {
            get(call).and_then(|()| users::inbox_rules(world, call, (id, folder)))
        }
        ["users", id, "authentication", "methods"] => get(call).and_then(|()| users::methods(world, call, id)),
        ["users", id, "transitiveMemberOf" | "memberOf", rest @ ..] if rest.len() <= 1 => {
            get(call).and_then(|()| members::list(world, call, (id, rest.first().copied())))
        }
        ["domains", name] => get(call).and_then(|()| security::domain(world, call, name)),
        ["auditLogs", "signIns"] => get(call).and_then(|()| security::sign_ins(world, call)),
        ["identityProtection", "riskyUsers", id] if !remedies::VERDICTS.contains(id) => {
            get(call).and_then(|()| security::risky_user(world, call, id))
        }
        ["roleManagement", "directory", "roleEligibilityScheduleInstances"] => {
            get(call).and_then(|()| members::eligible(world, call))
        }
        ["roleManagement", "directory", "roleDefinitions", id] => {
            get(call).and_then(|()| members::role_definition(world, call, id))
        }
        ["reports", "authenticationMethods", "userRegistrationDetails", id] => {
            get(call).and_then(|()| security::registration(world, call, id))
        }
        other => remedy(world, call, other),
    }
}

/// What puts accounts right, and what is read for that.
fn remedy(world: &mut World, call: &Call, segments: &[&str]) -> Result<Answer, Answer> {
    match segments {
        ["users", id, "mailFolders", folder, "messageRules", rule] => {
            remedies::update_rule(world, call, (id, folder, rule))
        }
        ["users", id, "sendMail" | "microsoft.graph.sendMail"] => remedies::send_mail(world, call, id),
        ["users", id, "oauth2PermissionGrants"] => get(call).and_then(|()| remedies::consents(world, call, id)),
        ["oauth2PermissionGrants", id] => remedies::revoke_consent(world, call, id),
        ["users", id, "authentication", "temporaryAccessPassMethods"] if call.method == Method::POST => {
            methods::create_pass(world, call, id)
        }
        ["users", id, "authentication", "temporaryAccessPassMethods"] => {
            get(call).and_then(|()| methods::passes(world, call, id))
        }
        ["users", id, "manager"] => get(call).and_then(|()| contacts::manager(world, call, id)),
        ["users", id, "authentication", "emailMethods"] => {
            get(call).and_then(|()| contacts::email_methods(world, call, id))
        }
        ["users", id, "authentication", collection, method] if *collection != "methods" => {
            methods::delete(world, call, (id, collection, method))
        }
        [
            "policies",
            "authenticationMethodsPolicy",
            "authenticationMethodConfigurations",
            name,
        ] if name.eq_ignore_ascii_case("temporaryAccessPass") => {
            get(call).and_then(|()| methods::pass_policy(world, call))
        }
        ["identityProtection", "riskyUsers", verdict] => remedies::judge_risk(world, call, verdict),
        ["admin", "exchange", "tracing", "messageTraces"] => {
            get(call).and_then(|()| remedies::message_traces(world, call))
        }
        ["admin", "serviceAnnouncement", "issues"] => get(call).and_then(|()| remedies::issues(world, call)),
        ["users", id, "ownedObjects", "microsoft.graph.group"] => {
            get(call).and_then(|()| members::owned(world, call, id))
        }
        ["roleManagement", "directory", "roleAssignments"] => get(call).and_then(|()| members::assigned(world, call)),
        [
            "identityGovernance",
            "privilegedAccess",
            "group",
            "eligibilityScheduleInstances",
        ] => get(call).and_then(|()| members::eligible_groups(world, call)),
        other => Err(no_such_path(other.last().copied().unwrap_or_default())),
    }
}

fn get(call: &Call) -> Result<(), Answer> {
    match call.method {
        Method::GET => Ok(()),
        _ => Err(wrong_method()),
    }
}

/// Whether the call carries a live token for Graph.
pub(super) fn signed_in(world: &World, call: &Call) -> Result<(), Answer> {
    let refuse = |message: &str| {
        let challenge = format!(
            "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", \
             client_id=\"00000003-0000-0000-c000-000000000000\"",
            call.origin()
        );
        Err(
            graph_error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
                .header("www-authenticate", challenge),
        )
    };
    let Some(token) = call
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
    else {
        return refuse("Access token is empty.");
    };
    match world.tokens.get(token) {
        None if !token.contains('.') => refuse("IDX14100: JWT is not well formed, there are no dots (.)."),
        None => refuse("Access token validation failure. Invalid signature."),
        Some(token) if token.audience != Audience::Graph => {
            refuse("Access token validation failure. Invalid audience.")
        }
        Some(token) if token.expires_at <= OffsetDateTime::now_utc() => {
            refuse("Lifetime validation failed, the token is expired.")
        }
        Some(_) => Ok(()),
    }
}
