//! Tokens: how many are asked for, when a new one is, and what is said when none is given.

use futures::future::join_all;
use latchkey::settings::{Credential, LoopbackHttp, RealTenant};
use latchkey::tenant::account::Risk;
use latchkey::tenant::{Mode, Tenant, TenantError};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use crate::fake::{CLIENT, Fake, Reply, SECRET};
use crate::people::{ELENI, id};
use crate::retries::nowhere;

const RISK: &str = "identityProtection/riskyUsers/aaaaaaaa-0000-4000-8000-000000000001";

async fn calm() -> Fake {
    let fake = Fake::start().await;
    fake.graph("GET", RISK, [Reply::json(200, &json!({"riskState": "none"}))]);
    fake
}

async fn risks(tenant: &Tenant, how_many: usize) -> Vec<Result<Risk, TenantError>> {
    let id = id(ELENI);
    join_all((0..how_many).map(|_| tenant.risk(&id))).await
}

#[tokio::test]
async fn fifty_calls_at_once_share_one_token() {
    let fake = calm().await;
    let answers = risks(&fake.tenant(), 50).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(fake.seen().len(), 50);
    assert_eq!(fake.token_requests(), 1);
}

#[tokio::test]
async fn clones_share_tokens_and_services_do_not() {
    let fake = calm().await;
    let tenant = fake.tenant();
    tenant.clone().risk(&id(ELENI)).await.unwrap();
    tenant.clone().risk(&id(ELENI)).await.unwrap();
    assert_eq!(fake.token_requests(), 1);
    fake.exchange([Reply::json(200, &json!({"value": [{}]}))]);
    let account = latchkey::tenant::account::Account {
        id: id(ELENI),
        name: "Eleni".to_owned(),
        upn: "eleni@contoso.com".to_owned(),
        mail: None,
        addresses: vec![],
        sign_in: latchkey::tenant::account::SignIn::Allowed,
        password_changed: None,
        sessions_valid_from: None,
        synced: false,
        kind: latchkey::tenant::account::Kind::Member,
    };
    tenant.forwarding(&account).await.unwrap();
    assert_eq!(fake.token_requests(), 2);
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_not_used_again() {
    let fake = calm().await;
    fake.token_lifetime(200);
    let tenant = fake.tenant();
    tenant.risk(&id(ELENI)).await.unwrap();
    tenant.risk(&id(ELENI)).await.unwrap();
    assert_eq!(fake.token_requests(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_meet_it() {
    let fake = calm().await;
    let tenant = fake.tenant();
    tenant.risk(&id(ELENI)).await.unwrap();
    fake.forget_tokens();
    assert!(risks(&tenant, 20).await.iter().all(Result::is_ok));
    assert_eq!(fake.token_requests(), 2);
    assert!(fake.waits().is_empty());
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_end() {
    let fake = calm().await;
    let other = json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "graph-not-ours"});
    fake.next_token_replies([Reply::json(200, &other), Reply::json(200, &other)]);
    let error = fake.tenant().risk(&id(ELENI)).await.unwrap_err();
    assert_eq!(error.code(), "credential");
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_told_with_its_code_and_asked_about_once() {
    let fake = calm().await;
    let mut settings = fake.settings();
    settings.credential = Credential::with_secret(CLIENT, SecretString::from("another~canary".to_owned()));
    let tenant = fake.tenant_at(&settings);
    let answers = risks(&tenant, 50).await;
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!(error.code(), "credential");
        assert!(!error.is_transient());
        let said = error.to_string();
        assert!(
            said.contains("AADSTS7000215") && said.contains("invalid_client"),
            "{said}"
        );
        assert!(!said.contains("Trace ID"), "{said}");
    }
    assert_eq!(fake.token_requests(), 1);
    assert!(fake.seen().is_empty());
    // Later it is asked again: the secret may have been put right on the other side.
    let _ = tenant.risk(&id(ELENI)).await;
    assert_eq!(fake.token_requests(), 2);
}

#[tokio::test]
async fn a_login_service_in_trouble_is_asked_again() {
    let fake = calm().await;
    let busy = json!({"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error has occurred."});
    fake.next_token_replies([
        Reply::json(429, &json!({"error": "x"})).with("retry-after", "3"),
        Reply::html(503),
        Reply::json(400, &busy),
    ]);
    fake.tenant().risk(&id(ELENI)).await.unwrap();
    assert_eq!(fake.token_requests(), 4);
    assert_eq!(fake.waits()[0].as_secs(), 3);

    for (reply, code) in [
        (Reply::html(502), "unavailable"),
        (Reply::HangUp, "unavailable"),
        (Reply::json(429, &json!({})), "throttled"),
    ] {
        let fake = calm().await;
        fake.next_token_replies(vec![reply; 4]);
        assert_eq!(fake.tenant().risk(&id(ELENI)).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn an_answer_without_a_token_is_no_token() {
    for reply in [
        Reply::html(200),
        Reply::json(200, &json!({})),
        Reply::json(200, &json!({"access_token": 7})),
        Reply::empty(302).with("location", "https://login.example.gr/"),
        Reply::html(404),
    ] {
        let fake = calm().await;
        fake.next_token_replies([reply]);
        assert!(fake.tenant().risk(&id(ELENI)).await.is_err());
        assert!(fake.seen().is_empty());
    }
}

#[tokio::test]
async fn no_login_service_is_unavailable() {
    let fake = calm().await;
    let mut settings = fake.settings();
    settings.login_url = nowhere("login").await;
    let error = fake.tenant_at(&settings).risk(&id(ELENI)).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
}

#[tokio::test]
async fn what_can_not_be_connected_to_is_refused_at_once() {
    let fake = Fake::start().await;
    let good = fake.settings();
    let connect = |settings: &_, http| Tenant::connect(settings, Mode::Real, http).map(|_| ());
    assert!(connect(&good, LoopbackHttp::Allowed).is_ok());
    assert!(connect(&good, LoopbackHttp::Refused).is_err());
    let plain = Url::parse("http://graph.microsoft.com").unwrap();
    let puts: [fn(&mut RealTenant, &Url); 6] = [
        |settings, url| settings.login_url = url.clone(),
        |settings, url| settings.graph_url = url.clone(),
        |settings, url| settings.exchange_url = url.clone(),
        |settings, _| settings.id = "contoso.com/../x".to_owned(),
        |settings, _| settings.credential.client_id = Some(String::new()),
        |settings, _| settings.credential = Credential::with_secret(CLIENT, SecretString::from(String::new())),
    ];
    for put in puts {
        let mut bad = good.clone();
        put(&mut bad, &plain);
        let error = connect(&bad, LoopbackHttp::Allowed).unwrap_err();
        assert!(!error.to_string().contains(SECRET));
    }
    assert_eq!(fake.token_requests(), 0);
}
