//! What is read of an account, and that nothing unreadable passes for "all clear".

use latchkey::tenant::TenantError;
use latchkey::tenant::account::{Account, MailPlan, Origin, Risk};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::fake::{Fake, Reply};
use crate::people::{ELENI, NIKOS, eleni, id, list, nikos, user};

const RISK: &str = "identityProtection/riskyUsers/aaaaaaaa-0000-4000-8000-000000000001";
const ROLES: &str = "users/aaaaaaaa-0000-4000-8000-000000000001/transitiveMemberOf/microsoft.graph.directoryRole";
const MEMBERS: &str = "users/aaaaaaaa-0000-4000-8000-000000000001/transitiveMemberOf?$select=id,displayName,isAssignableToRole,roleTemplateId&$top=999";
const ELIGIBLE: &str = "roleManagement/directory/roleEligibilityScheduleInstances?\
                        $filter=principalId%20eq%20%27aaaaaaaa-0000-4000-8000-000000000001%27";
const ASSIGNED: &str = "roleManagement/directory/roleAssignments?\
                        $filter=principalId%20eq%20%27aaaaaaaa-0000-4000-8000-000000000001%27";
const OWNED: &str = "users/aaaaaaaa-0000-4000-8000-000000000001/ownedObjects/microsoft.graph.group?\
                     $select=id,displayName,isAssignableToRole&$top=999";
const ENTERABLE: &str = "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances?\
                         $filter=principalId%20eq%20%27aaaaaaaa-0000-4000-8000-000000000001%27";

/// Nothing that privilege is made of.
fn unprivileged(fake: &Fake) {
    for target in [ROLES, MEMBERS, ELIGIBLE, ASSIGNED, OWNED, ENTERABLE] {
        fake.graph("GET", target, [Reply::json(200, &list(&[]))]);
    }
}
const LICENCES: &str = "users/aaaaaaaa-0000-4000-8000-000000000001/licenseDetails";
const RULES: &str = "users/aaaaaaaa-0000-4000-8000-000000000001/mailFolders/inbox/messageRules";

async fn account(fake: &Fake, who: &str, body: Value) -> Account {
    fake.graph("GET", &user(who), [Reply::json(200, &body)]);
    fake.tenant().account(&id(who)).await.unwrap()
}

async fn origin(fake: &Fake, domain: Reply) -> Result<Origin, TenantError> {
    let account = account(fake, ELENI, eleni()).await;
    fake.graph("GET", "domains/contoso.com", [domain]);
    fake.tenant().origin(&account).await
}

#[tokio::test]
async fn origin_is_what_the_domain_says() {
    let fake = Fake::start().await;
    let managed = Reply::json(200, &json!({"id": "contoso.com", "authenticationType": "Managed"}));
    assert_eq!(origin(&fake, managed).await.unwrap(), Origin::Cloud);
    let federated = Reply::json(200, &json!({"id": "contoso.com", "authenticationType": "Federated"}));
    let domain = "contoso.com".to_owned();
    assert_eq!(origin(&fake, federated).await.unwrap(), Origin::Federated { domain });
}

#[tokio::test]
async fn an_origin_that_is_not_known_is_not_the_cloud() {
    let fake = Fake::start().await;
    for reply in [
        Reply::json(200, &json!({"id": "contoso.com"})),
        Reply::json(200, &json!({"authenticationType": "SomethingNew"})),
        Reply::fault(404, "Request_ResourceNotFound", "no such domain"),
        Reply::fault(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ),
        Reply::html(404),
    ] {
        assert!(origin(&fake, reply).await.is_err());
    }
}

#[tokio::test]
async fn a_synced_account_is_not_asked_about_its_domain_and_a_guest_is_at_home_elsewhere() {
    let fake = Fake::start().await;
    let synced = account(&fake, NIKOS, nikos()).await;
    assert_eq!(fake.tenant().origin(&synced).await.unwrap(), Origin::Synced);
    let mut guest = eleni();
    guest["userPrincipalName"] = json!("maria_example.gr#EXT#@contoso.com");
    let guest = account(&fake, ELENI, guest).await;
    let domain = "example.gr".to_owned();
    assert_eq!(
        fake.tenant().origin(&guest).await.unwrap(),
        Origin::Federated { domain }
    );
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn sign_ins_newest_first() {
    let fake = Fake::start().await;
    let target = "auditLogs/signIns?$filter=userId%20eq%20%27aaaaaaaa-0000-4000-8000-000000000001%27%20and%20\
                  createdDateTime%20ge%202026-11-20T22%3A30%3A00Z&$top=20&$orderby=createdDateTime%20desc";
    let entries = json!({"value": [
        {"createdDateTime": "2026-11-21T08:00:00Z", "status": {"errorCode": 50053, "failureReason": "Locked.", "new": 1}},
        {"createdDateTime": "2026-11-22T08:00:00.1234567Z", "status": {"errorCode": 0, "failureReason": "Other."}},
        {"createdDateTime": "2026-11-22T09:00:00Z", "status": null},
        {"createdDateTime": "2026-11-22T10:00:00Z", "status": {"failureReason": "no code"}},
    ], "@odata.nextLink": "https://graph.microsoft.com/never/followed"});
    fake.graph("GET", target, [Reply::json(200, &entries)]);
    let since = datetime!(2026-11-21 00:30:00.5 +2);
    let events = fake.tenant().sign_ins(&id(ELENI), since).await.unwrap();
    assert_eq!(events.iter().map(|event| event.code).collect::<Vec<_>>(), [0, 50053]);
    assert_eq!(events[0].reason, None);
    assert_eq!(events[1].reason.as_deref(), Some("Locked."));
}

#[tokio::test]
async fn no_licence_is_told_apart_from_no_permission() {
    let fake = Fake::start().await;
    let premium = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    for (status, code, message, expected) in [
        (
            403,
            premium,
            "Neither tenant is B2C or tenant doesn't have premium license",
            "not-licensed",
        ),
        (
            403,
            "Forbidden",
            "Your tenant is not licensed for this feature.",
            "not-licensed",
        ),
        (
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
            "denied",
        ),
        (
            403,
            "Forbidden",
            "You cannot perform the requested operation.",
            "denied",
        ),
        (400, "Request_BadRequest", "Bad.", "rejected"),
    ] {
        fake.graph("GET", RISK, [Reply::fault(status, code, message)]);
        assert_eq!(
            fake.tenant().risk(&id(ELENI)).await.unwrap_err().code(),
            expected,
            "{code}"
        );
    }
}

#[tokio::test]
async fn risk_is_none_only_when_it_is_said() {
    let fake = Fake::start().await;
    for (reply, expected) in [
        (
            Reply::json(200, &json!({"riskState": "atRisk", "riskLevel": "high"})),
            Some(Risk::AtRisk),
        ),
        (
            Reply::json(200, &json!({"riskState": "confirmedCompromised"})),
            Some(Risk::Compromised),
        ),
        (Reply::json(200, &json!({"riskState": "remediated"})), Some(Risk::None)),
        (
            Reply::fault(404, "ResourceNotFound", "The requested resource does not exist."),
            Some(Risk::None),
        ),
        (Reply::json(200, &json!({"riskState": "unknownFutureValue"})), None),
        (Reply::json(200, &json!({})), None),
        (Reply::json(200, &json!([])), None),
        (Reply::html(404), None),
        (Reply::html(200), None),
    ] {
        fake.graph("GET", RISK, [reply.clone()]);
        let risk = fake.tenant().risk(&id(ELENI)).await;
        assert_eq!(risk.as_ref().ok().copied(), expected, "{reply:?} {risk:?}");
    }
}

#[tokio::test]
async fn rules_of_all_pages() {
    let fake = Fake::start().await;
    let rule =
        |name: &str, actions: Value| json!({"id": name, "displayName": name, "isEnabled": true, "actions": actions});
    let next = format!("http://{}/graph/v1.0/{RULES}?$skip=10", fake.address);
    let away = json!({"forwardTo": [{"emailAddress": {"name": "x", "address": "x@example.gr"}}]});
    let first = json!({"value": [rule("a", json!({"stopProcessingRules": true}))], "@odata.nextLink": next});
    fake.graph("GET", RULES, [Reply::json(200, &first)]);
    fake.graph(
        "GET",
        &format!("{RULES}?$skip=10"),
        [Reply::json(200, &list(&[rule("b", away)]))],
    );
    let rules = fake.tenant().inbox_rules(&id(ELENI)).await.unwrap();
    assert_eq!(rules.len(), 2);
    assert_eq!(rules[1].forwards_to, ["x@example.gr"]);
}

#[tokio::test]
async fn no_mailbox_is_not_found() {
    let fake = Fake::start().await;
    let reply = Reply::fault(
        404,
        "MailboxNotEnabledForRESTAPI",
        "The mailbox is either inactive or hosted on-premise.",
    );
    fake.graph("GET", RULES, [reply]);
    assert_eq!(
        fake.tenant().inbox_rules(&id(ELENI)).await.unwrap_err().code(),
        "not-found"
    );
}

#[tokio::test]
async fn the_mail_plan_is_among_all_licences() {
    let fake = Fake::start().await;
    let plan = |name: &str, status: &str| json!({"servicePlanName": name, "provisioningStatus": status});
    let licence = |plans: Value| json!({"skuPartNumber": "X", "servicePlans": plans});
    let without = licence(json!([
        plan("EXCHANGE_S_FOUNDATION", "Success"),
        plan("EXCHANGE_S_STANDARD", "Disabled")
    ]));
    let with = licence(json!([plan("EXCHANGE_S_ENTERPRISE", "Success")]));
    for (licences, expected) in [
        (vec![], MailPlan::Missing),
        (vec![without.clone()], MailPlan::Missing),
        (vec![without, with], MailPlan::Present),
    ] {
        fake.graph("GET", LICENCES, [Reply::json(200, &list(&licences))]);
        assert_eq!(fake.tenant().mail_plan(&id(ELENI)).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn privilege_is_active_eligible_and_through_groups() {
    let fake = Fake::start().await;
    let role =
        json!({"@odata.type": "#microsoft.graph.directoryRole", "id": "r1", "displayName": "User Administrator"});
    let group = json!({"@odata.type": "#microsoft.graph.group", "id": "g1", "displayName": "Admins",
        "isAssignableToRole": true});
    let plain =
        json!({"@odata.type": "#microsoft.graph.group", "id": "g2", "displayName": "All", "isAssignableToRole": null});
    let unseen = json!({"@odata.type": "#microsoft.graph.directoryRole", "id": "r2", "displayName": null});
    unprivileged(&fake);
    fake.graph("GET", ROLES, [Reply::json(200, &list(std::slice::from_ref(&role)))]);
    fake.graph(
        "GET",
        MEMBERS,
        [Reply::json(200, &list(&[plain.clone(), group, role, unseen]))],
    );
    let eligible = json!({"principalId": ELENI, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"});
    let custom = json!({"principalId": ELENI, "roleDefinitionId": "my-role"});
    fake.graph("GET", ELIGIBLE, [Reply::json(200, &list(&[eligible, custom]))]);
    let privilege = fake.tenant().privilege(&id(ELENI)).await.unwrap();
    assert_eq!(privilege.active, ["User Administrator", "r2"]);
    assert_eq!(privilege.eligible, ["Global Administrator", "my-role"]);
    assert_eq!(privilege.groups, ["Admins"]);

    fake.graph("GET", ROLES, [Reply::json(200, &list(&[]))]);
    fake.graph("GET", MEMBERS, [Reply::json(200, &list(&[plain]))]);
    fake.graph("GET", ELIGIBLE, [Reply::json(200, &list(&[]))]);
    assert!(fake.tenant().privilege(&id(ELENI)).await.unwrap().is_none());
}

#[tokio::test]
async fn privilege_that_can_not_be_read_in_full_is_an_error() {
    for broken in [ROLES, MEMBERS, ELIGIBLE, ASSIGNED, OWNED, ENTERABLE] {
        let fake = Fake::start().await;
        unprivileged(&fake);
        fake.graph(
            "GET",
            broken,
            [Reply::fault(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges.",
            )],
        );
        assert_eq!(
            fake.tenant().privilege(&id(ELENI)).await.unwrap_err().code(),
            "denied",
            "{broken}"
        );
    }
}

#[tokio::test]
async fn without_the_licence_for_eligible_roles_there_are_none() {
    let fake = Fake::start().await;
    unprivileged(&fake);
    let unlicensed = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
    fake.graph(
        "GET",
        ELIGIBLE,
        [Reply::fault(400, "AadPremiumLicenseRequired", unlicensed)],
    );
    assert!(fake.tenant().privilege(&id(ELENI)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_asked_for() {
    let fake = Fake::start().await;
    let elsewhere = Fake::start().await;
    let next = [
        format!("http://{}/graph/v1.0/users?$skiptoken=x", elsewhere.address),
        format!("http://{}/exchange/v1.0/users", fake.address),
        format!("http://{}/graph/../login", fake.address),
        format!("http://user@{}/graph/v1.0/users", fake.address),
        "https://graph.microsoft.com.example.gr/v1.0/users".to_owned(),
        "not an address".to_owned(),
    ];
    for next in next {
        let page = json!({"value": [], "@odata.nextLink": next});
        fake.graph("GET", LICENCES, [Reply::json(200, &page)]);
        let error = fake.tenant().mail_plan(&id(ELENI)).await.unwrap_err();
        assert_eq!(error.code(), "unavailable", "{next}");
    }
    assert!(elsewhere.seen().is_empty());
    assert!(fake.seen().iter().all(|seen| seen.target.ends_with("licenseDetails")));
}

#[tokio::test]
async fn pages_without_end_are_given_up() {
    let fake = Fake::start().await;
    let next = format!("http://{}/graph/v1.0/{LICENCES}", fake.address);
    fake.graph(
        "GET",
        LICENCES,
        [Reply::json(200, &json!({"value": [], "@odata.nextLink": next}))],
    );
    assert_eq!(
        fake.tenant().mail_plan(&id(ELENI)).await.unwrap_err().code(),
        "unavailable"
    );
    assert_eq!(fake.seen().len(), 20);
}

#[tokio::test]
async fn an_answer_without_end_is_given_up_at_once() {
    let fake = Fake::start().await;
    // It would be a good answer, but for its size.
    let mut body = json!({"riskState": "none"}).to_string().into_bytes();
    body.resize((16 << 20) + 1, b' ');
    let huge = Reply::Answer {
        status: 200,
        headers: vec![],
        body,
    };
    fake.graph("GET", RISK, [huge]);
    assert_eq!(fake.tenant().risk(&id(ELENI)).await.unwrap_err().code(), "unavailable");
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let fake = Fake::start().await;
    let elsewhere = Fake::start().await;
    let to = format!("http://{}/graph/v1.0/{RISK}", elsewhere.address);
    fake.graph("GET", RISK, [Reply::empty(302).with("location", &to)]);
    assert_eq!(fake.tenant().risk(&id(ELENI)).await.unwrap_err().code(), "unavailable");
    assert!(elsewhere.seen().is_empty());
}
