//! Users: one, many, their licences, inbox rules and authentication methods.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::filter::Operator::{EndsWith, Eq, Ge, Le, Ne, StartsWith};
use super::query::{Query, Rows, Spec, Store};
use crate::tenant::account::{Kind, Origin, SignIn};
use crate::tenant::simulator::answer::{Answer, denied, graph_error, no_such_object, stamp};
use crate::tenant::simulator::call::Call;
use crate::tenant::simulator::directory::{Licence, Method, Person, Rule, Sight};
use crate::tenant::simulator::world::World;

/// What a user has where nothing is selected: nothing that says whether they can sign in.
const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// What can be selected of a user here: the directory's own properties.
pub(super) const PROPERTIES: [&str; 54] = [
    "id",
    "deletedDateTime",
    "accountEnabled",
    "ageGroup",
    "assignedLicenses",
    "assignedPlans",
    "businessPhones",
    "city",
    "companyName",
    "consentProvidedForMinor",
    "country",
    "createdDateTime",
    "creationType",
    "department",
    "displayName",
    "employeeId",
    "employeeType",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "faxNumber",
    "givenName",
    "identities",
    "imAddresses",
    "isManagementRestricted",
    "isResourceAccount",
    "jobTitle",
    "lastPasswordChangeDateTime",
    "legalAgeGroupClassification",
    "licenseAssignmentStates",
    "mail",
    "mailNickname",
    "mobilePhone",
    "officeLocation",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesProvisioningErrors",
    "onPremisesSamAccountName",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "otherMails",
    "passwordPolicies",
    "passwordProfile",
    "postalCode",
    "preferredLanguage",
    "provisionedPlans",
    "proxyAddresses",
    "showInAddressList",
    "signInSessionsValidFromDateTime",
    "surname",
    "usageLocation",
    "userPrincipalName",
    "userType",
];

const TEXT: &[super::filter::Operator] = &[Eq, Ne, Ge, Le, StartsWith, EndsWith];

const USERS: Spec<'_> = Spec {
    entity: "microsoft.graph.user",
    context: "users",
    options: &["$select", "$filter", "$top", "$count", "$orderby"],
    properties: &PROPERTIES,
    filters: &[
        ("id", &[Eq]),
        ("mail", TEXT),
        ("userPrincipalName", TEXT),
        ("displayName", TEXT),
        ("proxyAddresses", &[Eq, StartsWith, EndsWith]),
        ("accountEnabled", &[Eq, Ne]),
        ("onPremisesSyncEnabled", &[Eq, Ne]),
        ("userType", &[Eq, Ne]),
    ],
    store: Store::Directory,
};

const USER: Spec<'_> = Spec {
    options: &["$select"],
    ..USERS
};

/// `GET /users`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    may_read_users(world)?;
    let query = Query::read(call, &USERS)?;
    let all: Vec<Value> = world.people.iter().map(show).collect();
    let rows = Rows {
        all: &all,
        usual: Some(&USUAL),
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &USERS, rows)))
}

/// `GET /users/{id}`.
pub(super) fn one(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    may_read_users(world)?;
    let query = Query::read(call, &USER)?;
    let person = world.person_read(id).ok_or_else(|| no_such_object(id))?;
    Ok(Answer::ok(query.entity(call, &USER, &show(&person), Some(&USUAL))))
}

/// `GET /users/{id}/licenseDetails`.
pub(super) fn licences(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    if !world.may(&["LicenseAssignment.Read.All", "Directory.Read.All"]) {
        return Err(denied());
    }
    let spec = Spec {
        entity: "microsoft.graph.licenseDetails",
        context: &format!("users('{id}')/licenseDetails"),
        options: &["$select"],
        properties: &["id", "skuId", "skuPartNumber", "servicePlans"],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let person = person(world, id)?;
    let rows = Rows {
        all: &licence(person.licence),
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// `GET /users/{id}/mailFolders/inbox/messageRules`: what Outlook shows; hidden rules are not among them.
pub(super) fn inbox_rules(world: &mut World, call: &Call, (id, folder): (&str, &str)) -> Result<Answer, Answer> {
    if !world.may(&["MailboxSettings.Read", "MailboxSettings.ReadWrite"]) {
        let text = "Access is denied. Check credentials and try again.";
        return Err(graph_error(StatusCode::FORBIDDEN, "ErrorAccessDenied", text));
    }
    let spec = Spec {
        entity: "microsoft.graph.messageRule",
        context: &format!("users('{id}')/mailFolders('{folder}')/messageRules"),
        options: &["$select", "$top"],
        properties: &[
            "id",
            "displayName",
            "sequence",
            "isEnabled",
            "hasError",
            "isReadOnly",
            "conditions",
            "actions",
            "exceptions",
        ],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let person = world.person(id).ok_or_else(|| {
        let text = format!("The requested user '{id}' is invalid.");
        graph_error(StatusCode::NOT_FOUND, "ErrorInvalidUser", &text)
    })?;
    if !person.has_mailbox() {
        let text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        return Err(graph_error(StatusCode::NOT_FOUND, "MailboxNotEnabledForRESTAPI", text));
    }
    if !folder.eq_ignore_ascii_case("inbox") {
        return Err(graph_error(
            StatusCode::BAD_REQUEST,
            "ErrorInvalidIdMalformed",
            "Id is malformed.",
        ));
    }
    let visible = person.rules.iter().filter(|rule| rule.sight == Sight::Visible);
    let all: Vec<Value> = visible
        .zip(1..)
        .map(|(rule, place)| message_rule(rule, place))
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// `GET /users/{id}/authentication/methods`.
pub(super) fn methods(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    if !world.may(&[
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ]) {
        return Err(graph_error(
            StatusCode::FORBIDDEN,
            "accessDenied",
            "Request Authorization failed",
        ));
    }
    let spec = Spec {
        entity: "microsoft.graph.authenticationMethod",
        context: &format!("users('{id}')/authentication/methods"),
        options: &[],
        properties: &[],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let person = person(world, id)?;
    let all: Vec<Value> = person
        .methods
        .iter()
        .map(|method| authentication(person, *method))
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// 403 unless the application may read users.
pub(super) fn may_read_users(world: &World) -> Result<(), Answer> {
    match world.may(&["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"]) {
        true => Ok(()),
        false => Err(denied()),
    }
}

/// The person, or 404.
pub(super) fn person<'a>(world: &'a World, id: &str) -> Result<&'a Person, Answer> {
    world.person(id).ok_or_else(|| no_such_object(id))
}

/// A user with every property that is known of them; the others are null.
pub(super) fn show(person: &Person) -> Value {
    let synced = person.origin == Origin::Synced;
    let local = person.upn.split('@').next().unwrap_or_default();
    json!({
        "id": person.id,
        "displayName": person.name,
        "givenName": person.given,
        "surname": person.surname,
        "userPrincipalName": person.upn,
        "mail": person.mail,
        "mailNickname": local,
        "proxyAddresses": person.proxies,
        "accountEnabled": person.sign_in == SignIn::Allowed,
        "userType": match person.kind { Kind::Member => "Member", Kind::Guest => "Guest" },
        "lastPasswordChangeDateTime": stamp(person.password_changed),
        "signInSessionsValidFromDateTime": stamp(person.sessions_valid_from),
        "createdDateTime": "2024-01-15T08:00:00Z",
        "onPremisesSyncEnabled": synced.then_some(true),
        "onPremisesImmutableId": (person.origin != Origin::Cloud).then(|| format!("immutable-{local}")),
        "onPremisesDomainName": synced.then_some("corp.contoso.com"),
        "onPremisesSamAccountName": synced.then_some(local),
        "assignedLicenses": sku(person.licence).map(|(id, _)| json!({"skuId": id, "disabledPlans": []})).into_iter().collect::<Vec<_>>(),
        "businessPhones": [],
        "jobTitle": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": person.language,
        "otherMails": person.other_mails,
        "passwordPolicies": null,
    })
}

fn sku(licence: Licence) -> Option<(&'static str, &'static str)> {
    match licence {
        Licence::None => None,
        Licence::Free => Some(("f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE")),
        Licence::Enterprise => Some(("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3")),
    }
}

/// Names and ids from Microsoft's list of service plans.
fn licence(licence: Licence) -> Vec<Value> {
    let Some((id, name)) = sku(licence) else {
        return Vec::new();
    };
    let plans: &[(&str, &str)] = match licence {
        Licence::Enterprise => &[
            ("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE"),
            ("5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE"),
            ("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1"),
        ],
        _ => &[
            ("113feb6c-3fe4-4440-bddc-54d774bf0318", "EXCHANGE_S_FOUNDATION"),
            ("50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL"),
        ],
    };
    let plans: Vec<Value> = plans
        .iter()
        .map(|(id, name)| {
            let applies_to = if *name == "EXCHANGE_S_FOUNDATION" {
                "Company"
            } else {
                "User"
            };
            json!({
                "servicePlanId": id,
                "servicePlanName": name,
                "provisioningStatus": "Success",
                "appliesTo": applies_to,
            })
        })
        .collect();
    vec![json!({"id": format!("license-{name}"), "skuId": id, "skuPartNumber": name, "servicePlans": plans})]
}

pub(super) fn message_rule(rule: &Rule, sequence: u32) -> Value {
    let mut actions = json!({"stopProcessingRules": true});
    if let Some(to) = rule.forwards_to {
        actions["forwardTo"] = json!([{"emailAddress": {"name": to, "address": to}}]);
    }
    if let Some(folder) = rule.moves_to {
        actions["moveToFolder"] = json!(format!("AAMkAGI2-{folder}"));
    }
    if rule.marks_as_read {
        actions["markAsRead"] = json!(true);
    }
    if rule.deletes {
        actions["delete"] = json!(true);
    }
    json!({
        "id": rule.id,
        "displayName": rule.name,
        "sequence": sequence,
        "isEnabled": rule.enabled,
        "hasError": false,
        "isReadOnly": false,
        "conditions": {},
        "actions": actions,
    })
}

/// A method's id; some are the same in every account.
pub(super) fn method_id(person: &Person, method: Method) -> String {
    match method {
        Method::Password => "28c10230-6103-485e-b985-444c60001490".to_owned(),
        Method::Phone => "3179e48a-750b-4051-897c-87b9720928f7".to_owned(),
        Method::OfficePhone => "e37fc753-ff3b-4958-9484-eaa9425c82bc".to_owned(),
        Method::Email => "3ddfcfc8-9383-446f-83cc-3ab9be4be18f".to_owned(),
        Method::Authenticator => format!("authenticator-{}", person.id),
        Method::SoftwareOath => format!("oath-{}", person.id),
        Method::Fido2 => format!("fido2-{}", person.id),
        Method::WindowsHello => format!("hello-{}", person.id),
    }
}

fn authentication(person: &Person, method: Method) -> Value {
    let created = "2025-02-03T09:00:00Z";
    let (kind, mut shown) = match method {
        Method::Password => (
            "password",
            json!({"password": null, "createdDateTime": stamp(person.password_changed)}),
        ),
        Method::Phone | Method::OfficePhone => (
            "phone",
            json!({
                "phoneNumber": "+30 2100000000",
                "phoneType": if method == Method::Phone { "mobile" } else { "office" },
                "smsSignInState": "notEnabled",
            }),
        ),
        Method::Authenticator => (
            "microsoftAuthenticator",
            json!({
                "displayName": "Phone",
                "deviceTag": "SoftwareTokenActivated",
                "phoneAppVersion": "6.2608.1",
                "createdDateTime": created,
            }),
        ),
        Method::SoftwareOath => ("softwareOath", json!({"secretKey": null})),
        Method::Fido2 => (
            "fido2",
            json!({"displayName": "Key", "model": "Key 5", "createdDateTime": created}),
        ),
        Method::Email => ("email", json!({"emailAddress": person.registered_mail})),
        Method::WindowsHello => (
            "windowsHelloForBusiness",
            json!({"displayName": "Laptop", "keyStrength": "normal", "createdDateTime": created}),
        ),
    };
    shown["@odata.type"] = json!(format!("#microsoft.graph.{kind}AuthenticationMethod"));
    shown["id"] = json!(method_id(person, method));
    shown
}
