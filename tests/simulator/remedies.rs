//! What the practice tenant refuses where accounts are put right, as the services do.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Bench, Reply};
use latchkey::tenant::simulator::people::{ALEX, SOFIA};

async fn send(bench: &Bench, method: Method, path: &str, body: &Value) -> Reply {
    Reply::of(bench.ask(method, path).json(body)).await
}

fn part(id: &str, url: &str) -> Value {
    json!({"id": id, "method": "GET", "url": url})
}

#[tokio::test]
async fn a_batch_is_held_to_its_form() {
    let bench = Bench::start().await;
    let many: Vec<Value> = (0..21).map(|id| part(&id.to_string(), "/users")).collect();
    for bad in [
        json!({"requests": many}),
        json!({"requests": []}),
        json!({"requests": [part("1", "/users"), part("1", "/users")]}),
        json!({"requests": [part("1", "/users")], "more": 1}),
        json!([part("1", "/users")]),
    ] {
        assert_eq!(
            send(&bench, Method::POST, "/v1.0/$batch", &bad).await.status,
            400,
            "{bad}"
        );
    }
    assert_eq!(bench.get("/v1.0/$batch").await.status, 405);
    let unsigned = bench
        .client
        .post(bench.url("/v1.0/$batch"))
        .json(&json!({"requests": []}));
    assert_eq!(Reply::of(unsigned).await.status, 401);
}

#[tokio::test]
async fn every_part_of_a_batch_is_answered_for_itself() {
    let bench = Bench::start().await;
    let write =
        json!({"id": "w", "method": "PATCH", "url": format!("/users/{ALEX}"), "body": {"accountEnabled": false}});
    let mut typed = write.clone();
    typed["id"] = json!("t");
    typed["headers"] = json!({"Content-Type": "application/json"});
    let parts = json!({"requests": [
        part("1", &format!("/users/{ALEX}?$select=id")),
        part("2", "/users/nobody@contoso.com"),
        part("3", "https://elsewhere.example/users"),
        part("4", "/$batch"),
        write,
        typed,
    ]});
    let reply = send(&bench, Method::POST, "/v1.0/$batch", &parts).await;
    assert_eq!(reply.status, 200);
    let statuses: Vec<(String, u64)> = reply.body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            (
                part["id"].as_str().unwrap().to_owned(),
                part["status"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [("1", 200), ("2", 404), ("3", 400), ("4", 400), ("w", 400), ("t", 204)];
    assert_eq!(statuses, expected.map(|(id, status)| (id.to_owned(), status)));
    assert!(!bench.simulator.person(ALEX).unwrap().sign_in_allowed);
}

#[tokio::test]
async fn a_pass_takes_its_own_properties_alone() {
    let bench = Bench::start().await;
    let path = format!("/v1.0/users/{ALEX}/authentication/temporaryAccessPassMethods");
    for bad in [
        json!({"lifetimeInMinutes": "60"}),
        json!({"lifetimeInMinutes": 5}),
        json!({"temporaryAccessPass": "chosen-by-me"}),
    ] {
        assert_eq!(send(&bench, Method::POST, &path, &bad).await.status, 400, "{bad}");
    }
    let made = send(
        &bench,
        Method::POST,
        &path,
        &json!({"lifetimeInMinutes": 60, "isUsableOnce": true}),
    )
    .await;
    assert_eq!(made.status, 201);
    let pass = made.body["temporaryAccessPass"].as_str().unwrap();
    assert!(bench.simulator.pass_is(ALEX, pass));
    // It is shown this one time.
    let listed = bench.get(&path).await;
    assert!(listed.body["value"][0]["temporaryAccessPass"].is_null());
}

#[tokio::test]
async fn risk_is_changed_once_a_second_and_by_object_id() {
    let bench = Bench::start().await;
    let path = "/v1.0/identityProtection/riskyUsers/dismiss";
    let sofia = bench.simulator.person(SOFIA).unwrap();
    for bad in [
        json!({}),
        json!({"userIds": []}),
        json!({"userIds": [5]}),
        json!({"users": [sofia.id]}),
    ] {
        assert_eq!(send(&bench, Method::POST, path, &bad).await.status, 400, "{bad}");
    }
    let by_name = send(&bench, Method::POST, path, &json!({"userIds": [SOFIA]})).await;
    assert_eq!(by_name.status, 404);
    let body = json!({"userIds": [sofia.id]});
    assert_eq!(send(&bench, Method::POST, path, &body).await.status, 204);
    let again = send(&bench, Method::POST, path, &body).await;
    assert_eq!((again.status, again.header("retry-after")), (429, ""));
}

#[tokio::test]
async fn a_rule_can_be_switched_here_and_nothing_else() {
    let bench = Bench::start().await;
    let rules = format!("/v1.0/users/{SOFIA}/mailFolders/inbox/messageRules");
    let id = bench.get(&rules).await.body["value"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let rule = format!("{rules}/{}", id.replace('=', "%3D"));
    assert_eq!(
        send(&bench, Method::PATCH, &rule, &json!({"isEnabled": "no"}))
            .await
            .status,
        400
    );
    let off = send(&bench, Method::PATCH, &rule, &json!({"isEnabled": false})).await;
    assert_eq!((off.status, &off.body["isEnabled"]), (200, &json!(false)));
    let hidden = format!("{rules}/AQAAANa1rXg%3D");
    assert_eq!(
        send(&bench, Method::PATCH, &hidden, &json!({"isEnabled": false}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_cmdlet_that_would_ask_needs_confirm_false() {
    let bench = Bench::start().await;
    let asks = bench
        .run("Set-Mailbox", json!({"Identity": SOFIA, "ForwardingSmtpAddress": null}))
        .await;
    assert_eq!(asks.status, 400);
    let parameters = json!({"Identity": SOFIA, "ForwardingSmtpAddress": null, "Confirm": false});
    assert_eq!(bench.run("Set-Mailbox", parameters).await.status, 200);
    assert!(bench.simulator.person(SOFIA).unwrap().forwards_to.is_none());
    let nothing = json!({"Mailbox": SOFIA, "Identity": "no such rule", "Confirm": false});
    assert_eq!(bench.run("Disable-InboxRule", nothing).await.status, 404);
}
