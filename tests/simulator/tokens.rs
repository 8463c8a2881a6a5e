//! Who may call at all.

use latchkey::tenant::simulator::people::MARIA;

use super::{Bench, Reply, token};

fn login_code(reply: &Reply) -> i64 {
    reply.body["error_codes"][0].as_i64().unwrap()
}

#[tokio::test]
async fn the_token_endpoint_refuses_as_entra_does() {
    let bench = Bench::start().await;
    let (client, simulator) = (&bench.client, &bench.simulator);
    for (instead, status, error, code) in [
        (("client_secret", "wrong"), 401, "invalid_client", 7_000_215),
        (("client_secret", ""), 401, "invalid_client", 7_000_218),
        (
            ("client_id", "00000000-0000-0000-0000-000000000009"),
            400,
            "unauthorized_client",
            700_016,
        ),
        (("grant_type", "password"), 400, "unsupported_grant_type", 70_003),
        (("grant_type", ""), 400, "invalid_request", 900_144),
        (("scope", "User.Read.All"), 400, "invalid_scope", 1_002_012),
        (
            ("scope", "https://elsewhere.example/.default"),
            400,
            "invalid_resource",
            500_011,
        ),
    ] {
        let reply = token(client, simulator, &[instead]).await;
        assert_eq!((reply.status, login_code(&reply)), (status, code), "{instead:?}");
        assert_eq!(reply.body["error"], error);
        let description = reply.body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        assert!(!description.contains("wrong"));
    }
}

#[tokio::test]
async fn an_unknown_tenant_is_90002() {
    let bench = Bench::start().await;
    let url = bench.url("/00000000-0000-0000-0000-000000000001/oauth2/v2.0/token");
    let reply = Reply::of(bench.client.post(url).form(&[("grant_type", "client_credentials")])).await;
    assert_eq!((reply.status, login_code(&reply)), (400, 90_002));
}

#[tokio::test]
async fn the_real_resource_names_are_known_too() {
    let bench = Bench::start().await;
    for scope in [
        "https://graph.microsoft.com/.default",
        "https://outlook.office365.com/.default",
    ] {
        let reply = token(&bench.client, &bench.simulator, &[("scope", scope)]).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body["token_type"], "Bearer");
        assert_eq!(reply.body["expires_in"], 3599);
    }
}

#[tokio::test]
async fn graph_refuses_a_call_without_its_own_live_token() {
    let bench = Bench::start().await;
    let url = bench.url(&format!("/v1.0/users/{MARIA}"));
    let without = Reply::of(bench.client.get(&url)).await;
    let malformed = Reply::of(bench.client.get(&url).bearer_auth("nonsense")).await;
    let foreign = Reply::of(bench.client.get(&url).bearer_auth("a.b.c")).await;
    let exchange = Reply::of(bench.client.get(&url).bearer_auth(&bench.exchange)).await;
    bench.simulator.expire_tokens();
    let expired = Reply::of(bench.client.get(&url).bearer_auth(&bench.graph)).await;
    for (reply, message) in [
        (without, "Access token is empty."),
        (malformed, "IDX14100"),
        (foreign, "Invalid signature"),
        (exchange, "Invalid audience"),
        (expired, "the token is expired"),
    ] {
        assert_eq!((reply.status, reply.code()), (401, "InvalidAuthenticationToken"));
        assert!(reply.message().contains(message), "{}", reply.message());
        assert!(reply.header("www-authenticate").starts_with("Bearer "));
        assert!(reply.body["error"]["innerError"]["request-id"].is_string());
    }
}

#[tokio::test]
async fn exchange_refuses_a_call_without_its_own_live_token() {
    let bench = Bench::start().await;
    let call = |token: &str| {
        let body = serde_json::json!({"CmdletInput": {"CmdletName": "Get-BlockedSenderAddress", "Parameters": {}}});
        bench.client.post(bench.gateway()).bearer_auth(token).json(&body)
    };
    let graph = Reply::of(call(&bench.graph)).await;
    assert_eq!(graph.status, 401);
    assert!(graph.header("x-ms-diagnostics").contains("audience"));
    assert!(graph.header("www-authenticate").starts_with("Bearer "));
    assert_eq!(Reply::of(call("a.b.c")).await.status, 401);
    assert_eq!(Reply::of(call(&bench.exchange)).await.status, 200);
    bench.simulator.expire_tokens();
    assert_eq!(Reply::of(call(&bench.exchange)).await.status, 401);
}

#[tokio::test]
async fn each_missing_permission_is_a_403_in_the_words_of_its_service() {
    let bench = Bench::start().await;
    let id = bench.simulator.person(MARIA).unwrap().id;
    for (permission, path, code) in [
        (
            "User.Read.All",
            format!("/v1.0/users/{id}"),
            "Authorization_RequestDenied",
        ),
        (
            "Domain.Read.All",
            "/v1.0/domains/contoso.com".to_owned(),
            "Authorization_RequestDenied",
        ),
        (
            "LicenseAssignment.Read.All",
            format!("/v1.0/users/{id}/licenseDetails"),
            "Authorization_RequestDenied",
        ),
        (
            "AuditLog.Read.All",
            "/v1.0/auditLogs/signIns".to_owned(),
            "Authentication_MSGraphPermissionMissing",
        ),
        (
            "IdentityRiskyUser.Read.All",
            format!("/v1.0/identityProtection/riskyUsers/{id}"),
            "Forbidden",
        ),
        (
            "MailboxSettings.Read",
            format!("/v1.0/users/{id}/mailFolders/inbox/messageRules"),
            "ErrorAccessDenied",
        ),
        (
            "UserAuthenticationMethod.Read.All",
            format!("/v1.0/users/{id}/authentication/methods"),
            "accessDenied",
        ),
        (
            "RoleEligibilitySchedule.Read.Directory",
            "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances".to_owned(),
            "UnknownError",
        ),
    ] {
        bench.simulator.revoke_permission(permission);
        let reply = bench.get(&path).await;
        assert_eq!((reply.status, reply.code()), (403, code), "{permission}");
        bench.simulator.grant_permission(permission);
        assert_ne!(bench.get(&path).await.status, 403, "{permission}");
    }
}

#[tokio::test]
async fn a_tenant_without_premium_has_no_sign_in_log_and_no_risk() {
    let bench = Bench::start().await;
    bench.simulator.revoke_permission("AAD_PREMIUM_P2");
    let log = bench.get("/v1.0/auditLogs/signIns").await;
    assert_eq!(
        (log.status, log.code()),
        (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    );
    let id = bench.simulator.person(MARIA).unwrap().id;
    let risk = bench.get(&format!("/v1.0/identityProtection/riskyUsers/{id}")).await;
    assert_eq!(
        (risk.status, risk.message()),
        (403, "Your tenant is not licensed for this feature.")
    );
}
