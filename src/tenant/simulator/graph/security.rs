//! Domains, the sign-in log, risk and the registration report: what a diagnosis reads beside the user.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::filter::Operator::{Eq, Ge, Gt, Le, Lt};
use super::query::{Query, Rows, Spec, Store};
use crate::tenant::account::Kind;
use crate::tenant::simulator::answer::{Answer, denied, graph_error, no_such_object, stamp};
use crate::tenant::simulator::call::Call;
use crate::tenant::simulator::directory::{Method, Person, SignInRecord};
use crate::tenant::simulator::world::{TENANT_ID, World};

/// `GET /domains/{name}`.
pub(super) fn domain(world: &mut World, call: &Call, name: &str) -> Result<Answer, Answer> {
    if !world.may(&["Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All"]) {
        return Err(denied());
    }
    let spec = Spec {
        entity: "microsoft.graph.domain",
        context: "domains",
        options: &["$select"],
        properties: &[
            "id",
            "authenticationType",
            "isDefault",
            "isInitial",
            "isVerified",
            "isRoot",
            "isAdminManaged",
        ],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let mut domains = world.domains.iter();
    let domain = domains
        .find(|domain| domain.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| no_such_object(name))?;
    let row = json!({
        "id": domain.name,
        "authenticationType": domain.authentication,
        "availabilityStatus": null,
        "isAdminManaged": true,
        "isDefault": domain.default,
        "isInitial": domain.name.ends_with(".onmicrosoft.com"),
        "isRoot": true,
        "isVerified": true,
        "passwordNotificationWindowInDays": 14,
        "passwordValidityPeriodInDays": 90,
        "supportedServices": ["Email"],
    });
    Ok(Answer::ok(query.entity(call, &spec, &row, None)))
}

/// `GET /auditLogs/signIns`.
pub(super) fn sign_ins(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    may_read_audit_log(world)?;
    let spec = Spec {
        entity: "microsoft.graph.signIn",
        context: "auditLogs/signIns",
        options: &["$filter", "$top", "$orderby"],
        properties: &["createdDateTime"],
        filters: &[
            ("userId", &[Eq]),
            ("userPrincipalName", &[Eq]),
            ("createdDateTime", &[Eq, Ge, Gt, Le, Lt]),
            ("status/errorCode", &[Eq]),
        ],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let mut all: Vec<(&Person, &SignInRecord)> = world
        .people
        .iter()
        .flat_map(|person| person.sign_ins.iter().map(move |sign_in| (person, sign_in)))
        .collect();
    all.sort_by_key(|(_, sign_in)| std::cmp::Reverse(sign_in.at));
    let all: Vec<Value> = all.into_iter().map(|(person, sign_in)| show(person, sign_in)).collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// `GET /identityProtection/riskyUsers/{id}`: 404 for a user of whom Identity Protection knows nothing bad.
pub(super) fn risky_user(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    let forbidden = |text: &str| Err(graph_error(StatusCode::FORBIDDEN, "Forbidden", text));
    if !world.may(&["IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"]) {
        return forbidden("You cannot perform the requested operation, required scopes are missing in the token.");
    }
    if !world.may(&["AAD_PREMIUM_P2"]) {
        return forbidden("Your tenant is not licensed for this feature.");
    }
    let spec = Spec {
        entity: "microsoft.graph.riskyUser",
        context: "identityProtection/riskyUsers",
        options: &["$select"],
        properties: &[
            "id",
            "riskState",
            "riskLevel",
            "riskDetail",
            "riskLastUpdatedDateTime",
            "userPrincipalName",
        ],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    // By object id alone: this service does not know user principal names.
    let person = world.people.iter().find(|person| person.id.eq_ignore_ascii_case(id));
    let Some((person, risk)) = person.and_then(|person| Some((person, person.risk.as_ref()?))) else {
        return Err(graph_error(
            StatusCode::NOT_FOUND,
            "NotFound",
            "The requested risky user was not found.",
        ));
    };
    let row = json!({
        "id": person.id,
        "isDeleted": false,
        "isProcessing": false,
        "riskLevel": risk.level,
        "riskState": risk.state,
        "riskDetail": "none",
        "riskLastUpdatedDateTime": stamp(risk.since),
        "userDisplayName": person.name,
        "userPrincipalName": person.upn,
    });
    Ok(Answer::ok(query.entity(call, &spec, &row, None)))
}

/// `GET /reports/authenticationMethods/userRegistrationDetails/{id}`.
pub(super) fn registration(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    may_read_audit_log(world)?;
    let spec = Spec {
        entity: "microsoft.graph.userRegistrationDetails",
        context: "reports/authenticationMethods/userRegistrationDetails",
        options: &["$select"],
        properties: &[
            "id",
            "userPrincipalName",
            "isAdmin",
            "isSsprCapable",
            "isSsprEnabled",
            "isSsprRegistered",
            "isMfaCapable",
            "isMfaRegistered",
            "isPasswordlessCapable",
            "methodsRegistered",
        ],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let mut people = world.people.iter();
    let person = people
        .find(|person| person.id.eq_ignore_ascii_case(id))
        .ok_or_else(|| no_such_object(id))?;
    Ok(Answer::ok(query.entity(call, &spec, &registered(person), None)))
}

/// The sign-in log asks for its permission by name, and for a premium tenant.
fn may_read_audit_log(world: &World) -> Result<(), Answer> {
    if !world.may(&["AuditLog.Read.All"]) {
        let text = "The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call this API. \
                    For more information about Microsoft Graph permissions, please visit \
                    https://learn.microsoft.com/graph/permissions-overview.";
        return Err(graph_error(
            StatusCode::FORBIDDEN,
            "Authentication_MSGraphPermissionMissing",
            text,
        ));
    }
    if !world.may(&["AAD_PREMIUM_P2"]) {
        return Err(graph_error(
            StatusCode::FORBIDDEN,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        ));
    }
    Ok(())
}

fn show(person: &Person, sign_in: &SignInRecord) -> Value {
    let (reason, details) = reason(sign_in.code);
    json!({
        "id": format!("{}-{}", person.id, sign_in.at.unix_timestamp()),
        "createdDateTime": stamp(sign_in.at),
        "userDisplayName": person.name,
        "userPrincipalName": person.upn,
        "userId": person.id,
        "appId": "00000002-0000-0ff1-ce00-000000000000",
        "appDisplayName": "Office 365 Exchange Online",
        "ipAddress": "203.0.113.17",
        "clientAppUsed": "Browser",
        "correlationId": person.id,
        "conditionalAccessStatus": "notApplied",
        "isInteractive": true,
        "riskDetail": "none",
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "riskEventTypes_v2": [],
        "resourceDisplayName": "Office 365 Exchange Online",
        "resourceId": "00000002-0000-0ff1-ce00-000000000000",
        "resourceTenantId": TENANT_ID,
        "homeTenantId": TENANT_ID,
        "status": {"errorCode": sign_in.code, "failureReason": reason, "additionalDetails": details},
        "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "Windows", "browser": "Edge"},
        "location": {"city": "", "state": "", "countryOrRegion": sign_in.country, "geoCoordinates": {}},
        "appliedConditionalAccessPolicies": [],
    })
}

/// The words of the service for each code.
fn reason(code: u32) -> (&'static str, Option<&'static str>) {
    match code {
        0 => ("Other.", None),
        50053 => (
            "Account is locked because user tried to sign in too many times with an incorrect user ID or password.",
            None,
        ),
        50055 => (
            "Invalid password, entered expired password.",
            Some("The user's password is expired, and therefore their login or session was ended."),
        ),
        50057 => (
            "User account is disabled. The account has been disabled by an administrator.",
            None,
        ),
        50126 => (
            "Error validating credentials due to invalid username or password.",
            Some("The user didn't enter the right credentials."),
        ),
        _ => ("Other.", None),
    }
}

fn registered(person: &Person) -> Value {
    let strong: Vec<&str> = person
        .methods
        .iter()
        .filter_map(|method| match method {
            Method::Password => None,
            Method::Phone => Some("mobilePhone"),
            Method::OfficePhone => Some("officePhone"),
            Method::Authenticator => Some("microsoftAuthenticatorPush"),
            Method::SoftwareOath => Some("softwareOneTimePasscode"),
            Method::Fido2 => Some("passKeyDeviceBound"),
            Method::Email => Some("email"),
            Method::WindowsHello => Some("windowsHelloForBusiness"),
        })
        .collect();
    let preferred = match person.default_method {
        Some(Method::Authenticator) => "push",
        Some(Method::SoftwareOath) => "oath",
        Some(Method::Phone) => "sms",
        Some(Method::OfficePhone) => "voiceOffice",
        _ => "none",
    };
    let registered = !strong.is_empty();
    json!({
        "id": person.id,
        "userPrincipalName": person.upn,
        "userDisplayName": person.name,
        "userType": match person.kind { Kind::Member => "member", Kind::Guest => "guest" },
        "isAdmin": !person.roles.is_empty(),
        "isSsprRegistered": registered,
        "isSsprEnabled": person.kind == Kind::Member,
        "isSsprCapable": registered && person.kind == Kind::Member,
        "isMfaRegistered": registered,
        "isMfaCapable": registered,
        "isPasswordlessCapable": false,
        "methodsRegistered": strong,
        "isSystemPreferredAuthenticationMethodEnabled": true,
        "systemPreferredAuthenticationMethods": [],
        "userPreferredMethodForSecondaryAuthentication": preferred,
        "lastUpdatedDateTime": stamp(person.password_changed),
    })
}
