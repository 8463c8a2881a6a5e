//! What can be read, and how strictly it must be asked for.

use latchkey::tenant::simulator::people::{
    ALEX, ANA, ANNA, DIMITRA, ELENI, GLOBAL_ADMIN, JOHN, MARIA, NIKOS, PARTNER, PETROS, RECEPTION, SOFIA, VASILIS,
};
use reqwest::Method;
use serde_json::json;

use super::{Bench, Reply, encoded};

const EVERYTHING: &str = "$select=id,displayName,userPrincipalName,mail,proxyAddresses,accountEnabled,\
                          lastPasswordChangeDateTime,passwordPolicies,assignedLicenses,onPremisesSyncEnabled,userType,\
                          signInSessionsValidFromDateTime";

#[tokio::test]
async fn a_user_is_found_by_name_and_by_id() {
    let bench = Bench::start().await;
    let by_name = bench.get(&format!("/v1.0/users/{MARIA}?{EVERYTHING}")).await;
    assert_eq!(by_name.status, 200);
    assert_eq!(by_name.body["accountEnabled"], true);
    assert_eq!(by_name.body["userType"], "Member");
    let id = by_name.body["id"].as_str().unwrap();
    for path in [
        format!("/v1.0/users/{id}?{EVERYTHING}"),
        format!("/v1.0/users('{MARIA}')?{EVERYTHING}"),
        format!("/v1.0/users/{}?{EVERYTHING}", MARIA.to_uppercase()),
    ] {
        assert_eq!(bench.get(&path).await.body["id"], id, "{path}");
    }
}

#[tokio::test]
async fn a_guests_name_must_be_encoded() {
    let bench = Bench::start().await;
    let encoded = bench.get(&format!("/v1.0/users/{}", encoded(PARTNER))).await;
    assert_eq!(
        (encoded.status, &encoded.body["userPrincipalName"]),
        (200, &json!(PARTNER))
    );
    // What comes after a bare # never reaches the server.
    let bare = bench.get(&format!("/v1.0/users/{PARTNER}")).await;
    assert_eq!((bare.status, bare.code()), (404, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn what_is_not_selected_is_not_told() {
    let bench = Bench::start().await;
    let usual = bench.get(&format!("/v1.0/users/{MARIA}")).await;
    assert!(usual.body.get("accountEnabled").is_none());
    assert_eq!(usual.body["mail"], MARIA);
    let one = bench
        .get(&format!("/v1.0/users/{MARIA}?$select=accountEnabled,department"))
        .await;
    assert_eq!(one.body["accountEnabled"], true);
    assert!(one.body["department"].is_null() && one.body.get("mail").is_none());
    let unknown = bench.get(&format!("/v1.0/users/{MARIA}?$select=shoeSize")).await;
    assert_eq!((unknown.status, unknown.code()), (400, "BadRequest"));
    assert!(unknown.message().contains("Could not find a property named 'shoeSize'"));
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let bench = Bench::start().await;
    for path in [
        "/v1.0/users/nobody@contoso.com",
        "/v1.0/users/00000000-0000-0000-0000-00000000ffff",
        "/v1.0/users/nobody@contoso.com/licenseDetails",
        "/v1.0/users/nobody@contoso.com/transitiveMemberOf",
        "/v1.0/domains/elsewhere.example",
    ] {
        let reply = bench.get(path).await;
        assert_eq!(
            (reply.status, reply.code()),
            (404, "Request_ResourceNotFound"),
            "{path}"
        );
        assert!(reply.message().starts_with("Resource '"));
    }
    for path in [
        "/v1.0/nonsense",
        "/v1.0/users/x/nonsense",
        "/v2.0/users",
        "/",
        "/v1.0/users/x/mailFolders",
    ] {
        let reply = bench.get(path).await;
        assert_eq!((reply.status, reply.code()), (404, "BadRequest"), "{path}");
        assert!(reply.message().starts_with("Resource not found for the segment"));
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_and_a_wrong_option_400() {
    let bench = Bench::start().await;
    for (method, path) in [
        (Method::DELETE, "/v1.0/users/x"),
        (Method::POST, "/v1.0/users"),
        (Method::PUT, "/v1.0/domains/x"),
    ] {
        assert_eq!(Reply::of(bench.ask(method, path)).await.status, 405, "{path}");
    }
    for (query, message) in [
        ("select=id", "Unrecognized query argument specified: 'select'."),
        ("$foo=1", "Unrecognized query argument specified: '$foo'."),
        ("$top=0", "Invalid page size specified: '0'."),
        ("$top=1000", "Invalid page size specified: '1000'."),
        ("$top=1&$top=2", "more than once"),
        ("$count=yes", "$count"),
        ("$orderby=shoeSize", "Invalid orderby clause"),
        ("$skiptoken=zzz", "Skip token"),
        ("$filter=mail like 'x'", "Invalid filter clause"),
        ("$filter=displayName", "Invalid filter clause"),
        (
            "$filter=jobTitle eq 'x'",
            "Unsupported or invalid query filter clause specified for property 'jobTitle'",
        ),
        ("$filter=proxyAddresses eq 'x'", "property 'proxyAddresses'"),
        ("$filter=mail/any(m:m eq 'x')", "property 'mail'"),
    ] {
        let reply = bench.get(&format!("/v1.0/users?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.message().contains(message), "{query}: {}", reply.message());
    }
}

fn by_address(address: &str) -> String {
    let filter = format!(
        "mail eq '{address}' or userPrincipalName eq '{address}' or proxyAddresses/any(p:p eq 'smtp:{address}')"
    );
    format!("/v1.0/users?$filter={}&$select=userPrincipalName", encoded(&filter))
}

#[tokio::test]
async fn an_alias_is_found_by_an_advanced_query_alone() {
    let bench = Bench::start().await;
    let path = by_address("maria@contoso.com");
    for (suffix, header) in [("", None), ("&$count=true", None), ("", Some("eventual"))] {
        let request = bench.ask(Method::GET, &format!("{path}{suffix}"));
        let request = header
            .iter()
            .fold(request, |request, level| request.header("ConsistencyLevel", *level));
        let reply = Reply::of(request).await;
        assert_eq!(
            (reply.status, reply.code()),
            (400, "Request_UnsupportedQuery"),
            "{suffix} {header:?}"
        );
    }
    let find = async |address: &str| {
        let request = bench.ask(Method::GET, &format!("{}&$count=true", by_address(address)));
        Reply::of(request.header("ConsistencyLevel", "eventual")).await
    };
    let one = find("maria@contoso.com").await;
    assert_eq!((one.status, &one.body["@odata.count"]), (200, &json!(1)));
    assert_eq!(one.names("userPrincipalName"), [MARIA]);
    assert_eq!(find("MARIA@contoso.com").await.names("userPrincipalName"), [MARIA]);
    assert_eq!(find("info@contoso.com").await.names("userPrincipalName"), [ANNA, JOHN]);
    assert!(find("nobody@contoso.com").await.names("userPrincipalName").is_empty());
    assert!(find("o''brien@contoso.com").await.names("userPrincipalName").is_empty());
}

#[tokio::test]
async fn a_simple_filter_needs_no_consistency_level_but_a_negative_one_does() {
    let bench = Bench::start().await;
    let simple = bench.get(&format!("/v1.0/users?$filter=mail eq '{ALEX}'")).await;
    assert_eq!(simple.names("userPrincipalName"), [ALEX]);
    for filter in ["mail ne 'x'", "not(mail eq 'x')", "endsWith(mail,'.gr')"] {
        let reply = bench.get(&format!("/v1.0/users?$filter={filter}")).await;
        assert_eq!(
            (reply.status, reply.code()),
            (400, "Request_UnsupportedQuery"),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let bench = Bench::start().await;
    let mut path = "/v1.0/users?$select=userPrincipalName&$top=5".to_owned();
    let mut names = Vec::new();
    let mut pages = 0;
    loop {
        let page = bench.get(&path).await;
        assert_eq!(page.status, 200);
        names.extend(page.names("userPrincipalName"));
        pages += 1;
        let Some(next) = page.body["@odata.nextLink"].as_str() else {
            break;
        };
        path = next.strip_prefix(&bench.url("")).unwrap().to_owned();
    }
    assert_eq!((pages, names.len()), (4, bench.simulator.people().len()));
    bench.simulator.set_page_size(1);
    let page = bench.get("/v1.0/auditLogs/signIns").await;
    assert!(page.body["@odata.nextLink"].as_str().unwrap().contains("skiptoken"));
}

#[tokio::test]
async fn licences_tell_a_mailbox_from_none() {
    let bench = Bench::start().await;
    let plans = async |upn: &str| {
        let reply = bench.get(&format!("/v1.0/users/{upn}/licenseDetails")).await;
        let names = reply.body["value"].as_array().unwrap().iter().flat_map(|licence| {
            let plans = licence["servicePlans"].as_array().unwrap();
            plans
                .iter()
                .map(|plan| plan["servicePlanName"].as_str().unwrap().to_owned())
        });
        names.collect::<Vec<_>>()
    };
    assert!(plans(MARIA).await.contains(&"EXCHANGE_S_ENTERPRISE".to_owned()));
    assert_eq!(plans(RECEPTION).await, ["EXCHANGE_S_FOUNDATION", "FLOW_P2_VIRAL"]);
    assert!(plans(&encoded(PARTNER)).await.is_empty());
    let rules = bench
        .get(&format!("/v1.0/users/{RECEPTION}/mailFolders/inbox/messageRules"))
        .await;
    assert_eq!((rules.status, rules.code()), (404, "MailboxNotEnabledForRESTAPI"));
}

#[tokio::test]
async fn sign_ins_are_filtered_and_newest_first() {
    let bench = Bench::start().await;
    let id = bench.simulator.person(ELENI).unwrap().id;
    let filter = encoded(&format!("userId eq '{id}' and createdDateTime ge 2020-01-01T00:00:00Z"));
    let path = format!("/v1.0/auditLogs/signIns?$filter={filter}&$top=20&$orderby=createdDateTime%20desc");
    let reply = bench.get(&path).await;
    assert_eq!(reply.status, 200, "{:?}", reply.body);
    let codes: Vec<_> = reply.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"]["errorCode"].clone())
        .collect();
    assert_eq!(codes, [50053, 50053, 50126, 0]);
    let times = reply.names("createdDateTime");
    assert!(times.is_sorted_by(|newer, older| newer > older));
    let future = encoded(&format!("userId eq '{id}' and createdDateTime ge 2999-01-01T00:00:00Z"));
    assert!(
        bench
            .get(&format!("/v1.0/auditLogs/signIns?$filter={future}"))
            .await
            .names("id")
            .is_empty()
    );
    let wrong = bench.get("/v1.0/auditLogs/signIns?$filter=shoeSize%20eq%205").await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn risk_is_known_of_some_and_404_of_the_others() {
    let bench = Bench::start().await;
    let path = |upn: &str| {
        format!(
            "/v1.0/identityProtection/riskyUsers/{}",
            bench.simulator.person(upn).unwrap().id
        )
    };
    assert_eq!(bench.get(&path(SOFIA)).await.body["riskState"], "atRisk");
    assert_eq!(bench.get(&path(ALEX)).await.status, 404);
}

#[tokio::test]
async fn graph_shows_visible_rules_only() {
    let bench = Bench::start().await;
    let reply = bench
        .get(&format!("/v1.0/users/{SOFIA}/mailFolders/inbox/messageRules"))
        .await;
    assert_eq!(reply.names("displayName"), ["Tidy up", "."]);
    let rules = reply.body["value"].as_array().unwrap();
    assert_eq!(rules[0]["actions"]["markAsRead"], true);
    assert_eq!(
        rules[1]["actions"]["forwardTo"][0]["emailAddress"]["address"],
        "collector@fabrikam.example"
    );
    let elsewhere = bench
        .get(&format!("/v1.0/users/{SOFIA}/mailFolders/nowhere/messageRules"))
        .await;
    assert_eq!(elsewhere.status, 400);
}

#[tokio::test]
async fn active_roles_and_role_assignable_groups_are_told_apart() {
    let bench = Bench::start().await;
    let roles = async |upn: &str| {
        let path = format!("/v1.0/users/{upn}/transitiveMemberOf/microsoft.graph.directoryRole");
        bench.get(&path).await.names("displayName")
    };
    assert_eq!(roles(GLOBAL_ADMIN).await, ["Global Administrator"]);
    assert_eq!(roles(ANA).await, ["Helpdesk Administrator"]);
    assert!(roles(PETROS).await.is_empty());
    let groups = bench
        .get(&format!(
            "/v1.0/users/{VASILIS}/transitiveMemberOf?$select=id,isAssignableToRole"
        ))
        .await;
    let flags: Vec<_> = groups.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["isAssignableToRole"])
        .collect();
    assert_eq!(flags, [&json!(true), &json!(null)]);
    let cast = bench
        .get(&format!(
            "/v1.0/users/{VASILIS}/transitiveMemberOf/microsoft.graph.group"
        ))
        .await;
    assert_eq!(cast.names("displayName"), ["SG-Emergency-Access", "All Contoso"]);
    let filtered = bench
        .get(&format!(
            "/v1.0/users/{VASILIS}/transitiveMemberOf?$filter=isAssignableToRole eq true"
        ))
        .await;
    assert_eq!(filtered.status, 400);
    let unknown = bench
        .get(&format!(
            "/v1.0/users/{VASILIS}/transitiveMemberOf/microsoft.graph.unicorn"
        ))
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn without_its_permission_a_role_is_there_but_nameless() {
    let bench = Bench::start().await;
    bench.simulator.revoke_permission("RoleManagement.Read.Directory");
    bench.simulator.revoke_permission("GroupMember.Read.All");
    let reply = bench
        .get(&format!("/v1.0/users/{GLOBAL_ADMIN}/transitiveMemberOf"))
        .await;
    assert_eq!(reply.status, 200);
    let objects = reply.body["value"].as_array().unwrap();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["@odata.type"], "#microsoft.graph.directoryRole");
    assert!(
        objects
            .iter()
            .all(|object| object["id"].is_string() && object["displayName"].is_null())
    );
}

#[tokio::test]
async fn eligible_roles_are_found_by_principal() {
    let bench = Bench::start().await;
    let path = |upn: &str| {
        let filter = encoded(&format!("principalId eq '{}'", bench.simulator.person(upn).unwrap().id));
        format!("/v1.0/roleManagement/directory/roleEligibilityScheduleInstances?$filter={filter}")
    };
    let petros = bench.get(&format!("{}&$expand=roleDefinition", path(PETROS))).await;
    let instance = &petros.body["value"][0];
    assert_eq!(instance["roleDefinition"]["displayName"], "User Administrator");
    let definition = instance["roleDefinitionId"].as_str().unwrap();
    let role = bench
        .get(&format!("/v1.0/roleManagement/directory/roleDefinitions/{definition}"))
        .await;
    assert_eq!(role.body["displayName"], "User Administrator");
    assert!(bench.get(&path(GLOBAL_ADMIN)).await.names("id").is_empty());
}

#[tokio::test]
async fn domains_say_who_signs_people_in() {
    let bench = Bench::start().await;
    let kind =
        async |domain: &str| bench.get(&format!("/v1.0/domains/{domain}")).await.body["authenticationType"].clone();
    assert_eq!(kind("contoso.com").await, "Managed");
    assert_eq!(kind("example.gr").await, "Federated");
}

#[tokio::test]
async fn methods_and_registration_are_reported() {
    let bench = Bench::start().await;
    let methods = bench.get(&format!("/v1.0/users/{MARIA}/authentication/methods")).await;
    let kinds = methods.names("@odata.type");
    assert!(kinds.contains(&"#microsoft.graph.phoneAuthenticationMethod".to_owned()));
    let id = bench.simulator.person(MARIA).unwrap().id;
    let path = format!("/v1.0/reports/authenticationMethods/userRegistrationDetails/{id}");
    assert_eq!(bench.get(&path).await.body["isSsprRegistered"], true);
}

#[tokio::test]
async fn the_snapshot_shows_every_kind_of_account() {
    let bench = Bench::start().await;
    let person = |upn: &str| bench.simulator.person(upn).unwrap();
    assert!(person(MARIA).restricted && person(SOFIA).restricted && !person(ALEX).restricted);
    assert!(person(NIKOS).synced && person(DIMITRA).federated && person(PARTNER).guest);
    assert!(!person(RECEPTION).mailbox && person(SOFIA).forwards_to.is_some());
    assert_eq!(person(GLOBAL_ADMIN).roles, ["Global Administrator"]);
    assert_eq!(person(PETROS).eligible_roles, ["User Administrator"]);
    assert!(
        bench.simulator.person("info@contoso.com").is_none(),
        "an alias is no name"
    );
}

#[tokio::test]
async fn an_account_can_become_what_it_was_not() {
    let bench = Bench::start().await;
    let mut changes = bench.simulator.subscribe();
    bench.simulator.set_synced(ALEX);
    bench.simulator.make_eligible(ALEX, "User Administrator");
    assert!(changes.has_changed().unwrap());
    changes.borrow_and_update();
    let user = bench
        .get(&format!("/v1.0/users/{ALEX}?$select=id,onPremisesSyncEnabled"))
        .await;
    assert_eq!(user.body["onPremisesSyncEnabled"], true);
    let filter = encoded(&format!("principalId eq '{}'", user.body["id"].as_str().unwrap()));
    let path = format!("/v1.0/roleManagement/directory/roleEligibilityScheduleInstances?$filter={filter}");
    assert_eq!(bench.get(&path).await.body["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
#[should_panic(expected = "nobody called nobody@contoso.com")]
async fn nobody_can_not_become_anything() {
    Bench::start().await.simulator.set_synced("nobody@contoso.com");
}
