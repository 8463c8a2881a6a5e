//! What can be changed of a user, and for whom it is refused.

use latchkey::tenant::simulator::Lockout;
use latchkey::tenant::simulator::people::{
    ALEX, ANA, DIMITRA, ELENI, GIORGOS, GLOBAL_ADMIN, KOSTAS, MARIA, NIKOS, PETROS, VASILIS,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, Reply};

const STRONG: &str = "Ruby-Tundra-4417";

fn password(new: &str) -> Value {
    json!({"passwordProfile": {"forceChangePasswordNextSignIn": true, "password": new}})
}

#[tokio::test]
async fn sign_in_is_allowed_and_blocked() {
    let bench = Bench::start().await;
    let path = format!("/v1.0/users/{GIORGOS}");
    for allowed in [true, false] {
        let reply = bench.patch(&path, json!({"accountEnabled": allowed})).await;
        assert_eq!((reply.status, reply.body), (204, Value::Null));
        assert_eq!(
            bench.get(&format!("{path}?$select=accountEnabled")).await.body["accountEnabled"],
            allowed
        );
        assert_eq!(bench.simulator.person(GIORGOS).unwrap().sign_in_allowed, allowed);
    }
}

#[tokio::test]
async fn a_password_is_set_and_ends_the_lockout() {
    let bench = Bench::start().await;
    for upn in [ELENI, KOSTAS, MARIA] {
        let before = bench.simulator.person(upn).unwrap();
        let reply = bench.patch(&format!("/v1.0/users/{upn}"), password(STRONG)).await;
        assert_eq!(reply.status, 204, "{:?}", reply.body);
        let after = bench.simulator.person(upn).unwrap();
        assert!(after.password_changed > before.password_changed && after.must_change_password);
        assert_eq!(after.lockout, Lockout::None);
        assert!(bench.simulator.password_is(upn, STRONG) && !bench.simulator.password_is(upn, "other"));
    }
    assert!(!bench.simulator.password_is(ALEX, STRONG));
}

#[tokio::test]
async fn sessions_are_revoked() {
    let bench = Bench::start().await;
    let before = bench.simulator.person(MARIA).unwrap().sessions_valid_from;
    let reply = bench.post(&format!("/v1.0/users/{MARIA}/revokeSignInSessions")).await;
    assert_eq!((reply.status, &reply.body["value"]), (200, &json!(true)));
    assert!(bench.simulator.person(MARIA).unwrap().sessions_valid_from > before);
    let missing = bench.post("/v1.0/users/nobody@contoso.com/revokeSignInSessions").await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        bench
            .get(&format!("/v1.0/users/{MARIA}/revokeSignInSessions"))
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn a_weak_password_is_refused_and_never_repeated() {
    let bench = Bench::start().await;
    for weak in [
        "Ab1-",
        "alllowercase",
        "Password-2026",
        "alex.healthy-A1",
        "ALLUPPER1234",
    ] {
        let reply = bench.patch(&format!("/v1.0/users/{ALEX}"), password(weak)).await;
        assert_eq!((reply.status, reply.code()), (400, "Request_BadRequest"), "{weak}");
        assert!(reply.message().contains("password complexity requirements"));
        assert!(!reply.body.to_string().contains(weak));
        assert!(!bench.simulator.password_is(ALEX, weak));
    }
}

#[tokio::test]
async fn what_lives_elsewhere_is_not_changed_here() {
    let bench = Bench::start().await;
    let before = (bench.simulator.person(NIKOS), bench.simulator.person(DIMITRA));
    for (upn, body, message) in [
        (
            NIKOS,
            json!({"accountEnabled": false}),
            "on-premises mastered Directory Sync objects",
        ),
        (NIKOS, password(STRONG), "on-premises mastered Directory Sync objects"),
        (DIMITRA, password(STRONG), "federated"),
    ] {
        let reply = bench.patch(&format!("/v1.0/users/{upn}"), body).await;
        assert_eq!((reply.status, reply.code()), (400, "Request_BadRequest"));
        assert!(reply.message().contains(message), "{}", reply.message());
    }
    assert_eq!((bench.simulator.person(NIKOS), bench.simulator.person(DIMITRA)), before);
}

#[tokio::test]
async fn the_privileged_are_not_changed_by_an_application() {
    let bench = Bench::start().await;
    for upn in [GLOBAL_ADMIN, VASILIS] {
        for body in [password(STRONG), json!({"accountEnabled": false})] {
            let reply = bench.patch(&format!("/v1.0/users/{upn}"), body).await;
            assert_eq!(
                (reply.status, reply.code()),
                (403, "Authorization_RequestDenied"),
                "{upn}"
            );
            assert_eq!(reply.message(), "Insufficient privileges to complete the operation.");
        }
        assert!(!bench.simulator.password_is(upn, STRONG));
    }
    // The service itself lets these pass: a Helpdesk role protects nobody from a Helpdesk role, and an eligible role
    // is not a role yet. To refuse them is the bot's own affair.
    for upn in [ANA, PETROS] {
        assert_eq!(
            bench
                .patch(&format!("/v1.0/users/{upn}"), password(STRONG))
                .await
                .status,
            204
        );
    }
}

#[tokio::test]
async fn each_write_needs_its_permission() {
    let bench = Bench::start().await;
    let path = format!("/v1.0/users/{ALEX}");
    bench.simulator.revoke_permission("User-PasswordProfile.ReadWrite.All");
    assert_eq!(
        bench.patch(&path, password(STRONG)).await.code(),
        "Authorization_RequestDenied"
    );
    assert_eq!(bench.patch(&path, json!({"accountEnabled": false})).await.status, 204);
    bench.simulator.revoke_permission("User.EnableDisableAccount.All");
    assert_eq!(bench.patch(&path, json!({"accountEnabled": true})).await.status, 403);
    bench.simulator.revoke_permission("User.RevokeSessions.All");
    assert_eq!(bench.post(&format!("{path}/revokeSignInSessions")).await.status, 403);
    assert!(!bench.simulator.password_is(ALEX, STRONG));
}

#[tokio::test]
async fn a_wrong_body_changes_nothing() {
    let bench = Bench::start().await;
    let path = format!("/v1.0/users/{ALEX}");
    let before = bench.simulator.person(ALEX);
    for (body, status, message) in [
        (json!({}), 400, "empty"),
        (json!([]), 400, "not an object"),
        (json!({"accountEnabled": "true"}), 400, "Edm.Boolean"),
        (json!({"accountEnabled": null}), 400, "Edm.Boolean"),
        (json!({"shoeSize": 45}), 400, "Property 'shoeSize' does not exist"),
        (json!({"id": "x"}), 400, "read-only"),
        (json!({"displayName": "x"}), 403, "Insufficient privileges"),
        (json!({"passwordProfile": STRONG}), 400, "passwordProfile"),
        (json!({"passwordProfile": {"password": 5}}), 400, "Edm.String"),
        (
            json!({"passwordProfile": {"password": STRONG, "hint": "x"}}),
            400,
            "The property 'hint' does not exist",
        ),
        (
            json!({"accountEnabled": true, "passwordProfile": {"password": STRONG}}),
            400,
            "cannot be updated in one request",
        ),
    ] {
        let reply = bench.patch(&path, body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {:?}", reply.body);
        assert!(reply.message().contains(message), "{body}: {}", reply.message());
        assert!(!reply.body.to_string().contains(STRONG));
    }
    let raw = |kind: Option<&str>, body: &'static str| {
        let request = bench.ask(Method::PATCH, &path).body(body);
        kind.iter()
            .fold(request, |request, kind| request.header("content-type", *kind))
    };
    for request in [
        raw(None, "{\"accountEnabled\":false}"),
        raw(Some("text/plain"), "{\"accountEnabled\":false}"),
        raw(Some("application/json"), "{\"accountEnabled\":"),
    ] {
        let reply = Reply::of(request).await;
        assert_eq!((reply.status, reply.code()), (400, "BadRequest"));
        assert!(reply.message().starts_with("Unable to read JSON request payload."));
    }
    let odd = bench
        .patch(&format!("{path}?$select=id"), json!({"accountEnabled": false}))
        .await;
    assert_eq!(odd.status, 400);
    assert_eq!(bench.simulator.person(ALEX), before);
}
