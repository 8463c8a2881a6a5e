//! The switches over HTTP, and the handle itself.

use latchkey::tenant::simulator::people::{ALEX, MARIA};
use latchkey::tenant::simulator::{PersonState, RequestRecord, Simulator};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Bench, Reply, client};

#[tokio::test]
async fn faults_are_given_and_taken_back_over_http() {
    let bench = Bench::start().await;
    let url = bench.url("/_simulator/faults");
    let rules = json!([
        {"method": "GET", "path": "/v1.0/users", "times": 2, "fault": {"kind": "throttled", "retry_after": 3}},
        {"cmdlet": "Get-Mailbox", "fault": {"kind": "drop-after"}},
    ]);
    let reply = Reply::of(bench.client.post(&url).json(&rules)).await;
    assert_eq!((reply.status, reply.body["faults"].as_array().unwrap().len()), (201, 2));
    assert_eq!(
        bench.get(&format!("/v1.0/users/{ALEX}")).await.header("retry-after"),
        "3"
    );
    assert_eq!(Reply::of(bench.client.delete(&url)).await.status, 204);
    assert_eq!(bench.get(&format!("/v1.0/users/{ALEX}")).await.status, 200);
}

#[tokio::test]
async fn a_wrong_rule_is_refused_with_its_reason() {
    let bench = Bench::start().await;
    let url = bench.url("/_simulator/faults");
    for (body, why) in [
        (json!({"fault": {"kind": "earthquake"}}), "earthquake"),
        (json!({"fault": {"kind": "drop-after"}, "methd": "GET"}), "methd"),
        (json!({"method": "GET"}), "fault"),
    ] {
        let reply = Reply::of(bench.client.post(&url).json(&body)).await;
        assert_eq!(reply.status, 400);
        assert!(reply.body["error"].as_str().unwrap().contains(why), "{:?}", reply.body);
    }
    // A web page can send text to another origin unasked, but not JSON.
    let text = bench.client.post(&url).body("{\"fault\":{\"kind\":\"drop-after\"}}");
    assert_eq!(Reply::of(text).await.status, 400);
    assert_eq!(bench.simulator.faults_waiting(), 0);
}

#[tokio::test]
async fn the_log_of_requests_holds_no_secret() {
    let bench = Bench::start().await;
    let secret = "Canary-Falcon-2201";
    let body = json!({"passwordProfile": {"forceChangePasswordNextSignIn": true, "password": secret}});
    bench
        .patch(&format!("/v1.0/users/{ALEX}?x={secret}"), body.clone())
        .await;
    bench.patch(&format!("/v1.0/users/{ALEX}"), body).await;
    bench
        .run("Get-BlockedSenderAddress", json!({"SenderAddress": MARIA}))
        .await;
    let log = Reply::of(bench.client.get(bench.url("/_simulator/requests"))).await;
    let records: Vec<RequestRecord> = serde_json::from_value(log.body["requests"].clone()).unwrap();
    assert_eq!(records, bench.simulator.requests());
    let last = records.last().unwrap();
    assert_eq!((last.method.as_str(), last.status), ("POST", Some(200)));
    assert_eq!(last.cmdlet.as_deref(), Some("Get-BlockedSenderAddress"));
    let state = Reply::of(bench.client.get(bench.url("/_simulator/state"))).await;
    let settings = bench.simulator.settings();
    for text in [log.body.to_string(), state.body.to_string(), format!("{settings:?}")] {
        for hidden in [
            secret,
            bench.graph.as_str(),
            settings.credential.secret().unwrap().expose_secret(),
        ] {
            assert!(!text.contains(hidden));
        }
    }
}

#[tokio::test]
async fn the_state_over_http_is_the_state() {
    let bench = Bench::start().await;
    let reply = Reply::of(bench.client.get(bench.url("/_simulator/state"))).await;
    let people: Vec<PersonState> = serde_json::from_value(reply.body["people"].clone()).unwrap();
    assert_eq!(people, bench.simulator.people());
    assert_eq!(
        Reply::of(bench.client.get(bench.url("/_simulator/nothing")))
            .await
            .status,
        404
    );
    assert_eq!(
        Reply::of(bench.client.put(bench.url("/_simulator/state"))).await.status,
        405
    );
}

#[tokio::test]
async fn who_watches_is_told_of_changes_and_of_nothing_else() {
    let bench = Bench::start().await;
    let mut changes = bench.simulator.subscribe();
    bench.get(&format!("/v1.0/users/{ALEX}")).await;
    bench
        .patch(&format!("/v1.0/users/{ALEX}"), json!({"accountEnabled": "no"}))
        .await;
    assert!(!changes.has_changed().unwrap());
    bench
        .patch(&format!("/v1.0/users/{ALEX}"), json!({"accountEnabled": false}))
        .await;
    assert!(changes.has_changed().unwrap());
    changes.borrow_and_update();
}

#[tokio::test]
async fn two_tenants_do_not_share_a_secret() {
    let (one, other) = (Bench::start().await, Bench::start().await);
    let settings = one.simulator.settings();
    let secret = settings.credential.secret().unwrap();
    let reply = super::token(
        &other.client,
        &other.simulator,
        &[("client_secret", secret.expose_secret())],
    )
    .await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn it_stops_when_it_is_told_to_and_when_it_is_dropped() {
    let bench = Bench::start().await;
    let url = bench.url("/_simulator/state");
    drop(bench.client);
    bench.simulator.shutdown().await;
    assert!(client().get(&url).send().await.unwrap_err().is_connect());

    let simulator = Simulator::start(([127, 0, 0, 1], 0).into()).unwrap();
    let address = simulator.address();
    drop(simulator);
    // Dropping does not wait: the address is free as soon as the server's task has seen it.
    let again = loop {
        match Simulator::start(address) {
            Ok(again) => break again,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(again.address(), address);
}

#[tokio::test]
async fn nobody_else_can_reach_it() {
    for elsewhere in [[0, 0, 0, 0], [127, 0, 0, 2]] {
        let started = Simulator::start((elsewhere, 0).into());
        assert!(started.is_err_and(|error| error.to_string().contains("127.0.0.1")));
    }
}

#[test]
fn outside_a_runtime_it_says_so() {
    let started = Simulator::start(([127, 0, 0, 1], 0).into());
    assert!(started.is_err_and(|error| error.to_string().contains("runtime")));
}

#[tokio::test]
async fn a_path_that_is_no_path_is_refused() {
    let bench = Bench::start().await;
    assert_eq!(Reply::of(bench.ask(Method::GET, "/v1.0/users/%zz")).await.status, 400);
    let long = bench
        .ask(Method::PATCH, &format!("/v1.0/users/{ALEX}"))
        .body(vec![b' '; 2_000_000]);
    let refused = long.send().await;
    assert!(refused.is_err() || refused.is_ok_and(|response| response.status() == 413));
    assert_eq!(
        Value::Null,
        bench
            .patch(&format!("/v1.0/users/{ALEX}"), json!({"accountEnabled": true}))
            .await
            .body
    );
}
