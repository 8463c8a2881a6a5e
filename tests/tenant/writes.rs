//! What is changed, exactly once: a write whose outcome is unknown is never made again.

use latchkey::tenant::TenantError;
use latchkey::tenant::account::SignIn;
use secrecy::SecretString;
use serde_json::json;

use crate::fake::{Fake, Reply};
use crate::people::{ELENI, id};
use crate::retries::nowhere;

const USER: &str = "users/aaaaaaaa-0000-4000-8000-000000000001";
const REVOKE: &str = "users/aaaaaaaa-0000-4000-8000-000000000001/revokeSignInSessions";
const PASSWORD: &str = "Kalo-Taxidi-2026";

async fn set_password(fake: &Fake, replies: impl IntoIterator<Item = Reply>) -> Result<(), TenantError> {
    fake.graph("PATCH", USER, replies);
    let password = SecretString::from(PASSWORD.to_owned());
    fake.tenant().set_password(&id(ELENI), &password).await
}

async fn block(fake: &Fake, replies: impl IntoIterator<Item = Reply>) -> Result<(), TenantError> {
    fake.graph("PATCH", USER, replies);
    fake.tenant().set_sign_in(&id(ELENI), SignIn::Blocked).await
}

fn fault(status: u16) -> Reply {
    Reply::fault(status, "generalException", "Oh.")
}

#[tokio::test]
async fn a_password_is_set_alone_and_must_be_changed() {
    let fake = Fake::start().await;
    set_password(&fake, [Reply::empty(204)]).await.unwrap();
    let seen = fake.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        seen[0].json(),
        json!({"passwordProfile": {"forceChangePasswordNextSignIn": true, "password": PASSWORD}})
    );
}

#[tokio::test]
async fn a_password_whose_answer_is_lost_is_sent_once() {
    for reply in [
        Reply::HangUp,
        Reply::CutOff,
        fault(500),
        Reply::html(502),
        Reply::html(504),
        // A proxy's page that says "fine".
        Reply::html(200),
    ] {
        let fake = Fake::start().await;
        let error = set_password(&fake, [reply, Reply::empty(204)]).await.unwrap_err();
        assert!(error.outcome_is_unknown() && !error.is_transient(), "{error}");
        assert_eq!(fake.seen().len(), 1);
        assert!(fake.waits().is_empty());
    }
}

#[tokio::test]
async fn a_password_that_was_turned_away_is_sent_again() {
    for status in [429, 503] {
        let fake = Fake::start().await;
        let away = fault(status).with("retry-after", "1");
        set_password(&fake, [away, Reply::empty(204)]).await.unwrap();
        assert_eq!(fake.seen().len(), 2);
    }
    let fake = Fake::start().await;
    assert_eq!(set_password(&fake, [fault(429)]).await.unwrap_err().code(), "throttled");
    assert_eq!(
        set_password(&fake, [fault(503)]).await.unwrap_err().code(),
        "unavailable"
    );
}

#[tokio::test]
async fn a_password_after_a_refused_token_is_sent_again_with_a_new_one() {
    let fake = Fake::start().await;
    let tenant = fake.tenant();
    fake.graph("PATCH", USER, [Reply::empty(204)]);
    let password = SecretString::from(PASSWORD.to_owned());
    tenant.set_password(&id(ELENI), &password).await.unwrap();
    fake.forget_tokens();
    tenant.set_password(&id(ELENI), &password).await.unwrap();
    assert_eq!(fake.seen().len(), 3);
    assert_eq!(fake.token_requests(), 2);
}

#[tokio::test]
async fn a_password_that_was_never_sent_is_not_unknown() {
    let fake = Fake::start().await;
    let mut settings = fake.settings();
    settings.graph_url = nowhere("graph").await;
    fake.next_token_replies([Reply::json(
        200,
        &json!({"expires_in": 3599, "access_token": "graph-canary-token-0"}),
    )]);
    let password = SecretString::from(PASSWORD.to_owned());
    let error = fake
        .tenant_at(&settings)
        .set_password(&id(ELENI), &password)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "unavailable");
    assert_eq!(fake.waits().len(), 3);
}

#[tokio::test]
async fn a_refused_password_says_why_and_is_not_tried_again() {
    for (reply, code) in [
        (
            Reply::fault(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            ),
            "denied",
        ),
        (
            Reply::fault(
                400,
                "Request_BadRequest",
                "The specified password does not comply with the requirements.",
            ),
            "rejected",
        ),
        (
            Reply::fault(404, "Request_ResourceNotFound", "Resource does not exist."),
            "not-found",
        ),
    ] {
        let fake = Fake::start().await;
        let error = set_password(&fake, [reply]).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn sign_in_is_set_alone() {
    let fake = Fake::start().await;
    block(&fake, [Reply::empty(204)]).await.unwrap();
    fake.tenant().set_sign_in(&id(ELENI), SignIn::Allowed).await.unwrap();
    let bodies: Vec<_> = fake.seen().iter().map(crate::fake::Seen::json).collect();
    assert_eq!(
        bodies,
        [json!({"accountEnabled": false}), json!({"accountEnabled": true})]
    );
}

#[tokio::test]
async fn a_state_may_be_set_again_after_a_fault_but_not_after_silence() {
    let fake = Fake::start().await;
    block(&fake, [fault(500), Reply::empty(204)]).await.unwrap();
    assert_eq!(fake.seen().len(), 2);

    for reply in [Reply::HangUp, Reply::CutOff] {
        let fake = Fake::start().await;
        let error = block(&fake, [reply, Reply::empty(204)]).await.unwrap_err();
        assert!(error.outcome_is_unknown());
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_fault_that_may_have_done_it_is_not_forgotten_when_a_later_try_fails_harmlessly() {
    let fake = Fake::start().await;
    for replies in [
        vec![fault(500)],
        vec![fault(500), fault(503)],
        vec![fault(502), fault(429)],
    ] {
        let error = block(&fake, replies).await.unwrap_err();
        assert!(error.outcome_is_unknown(), "{error}");
    }
    // A clear answer clears it up.
    let denied = Reply::fault(403, "Authorization_RequestDenied", "Insufficient privileges.");
    assert_eq!(block(&fake, [fault(500), denied]).await.unwrap_err().code(), "denied");
    assert_eq!(block(&fake, [fault(503)]).await.unwrap_err().code(), "unavailable");
}

#[tokio::test]
async fn sessions_are_revoked_with_any_good_status() {
    let fake = Fake::start().await;
    for reply in [Reply::json(200, &json!({"value": true})), Reply::empty(204)] {
        fake.graph("POST", REVOKE, [reply]);
        fake.tenant().revoke_sessions(&id(ELENI)).await.unwrap();
    }
    assert!(fake.seen().iter().all(|seen| seen.body.is_empty()));
    fake.graph("POST", REVOKE, [Reply::HangUp]);
    assert!(
        fake.tenant()
            .revoke_sessions(&id(ELENI))
            .await
            .unwrap_err()
            .outcome_is_unknown()
    );
}
