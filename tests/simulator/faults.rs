//! Every switch: what the client sees, and whether the request was done.

use latchkey::tenant::simulator::people::{ALEX, GIORGOS, MARIA};
use latchkey::tenant::simulator::{Fault, FaultRule};
use reqwest::Method;
use serde_json::json;

use super::{Bench, Reply};

fn allow(bench: &Bench) -> reqwest::RequestBuilder {
    let request = bench.ask(Method::PATCH, &format!("/v1.0/users/{GIORGOS}"));
    request.json(&json!({"accountEnabled": true}))
}

fn allowed(bench: &Bench) -> bool {
    bench.simulator.person(GIORGOS).unwrap().sign_in_allowed
}

#[tokio::test]
async fn throttling_with_and_without_a_time_to_wait() {
    let bench = Bench::start().await;
    bench
        .simulator
        .inject(FaultRule::new(Fault::Throttled { retry_after: Some(7) }).path("/v1.0/users"));
    bench
        .simulator
        .inject(FaultRule::new(Fault::Throttled { retry_after: None }).path("/v1.0/users"));
    let first = Reply::of(allow(&bench)).await;
    assert_eq!(
        (first.status, first.code(), first.header("retry-after")),
        (429, "TooManyRequests", "7")
    );
    let second = Reply::of(allow(&bench)).await;
    assert_eq!((second.status, second.header("retry-after")), (429, ""));
    assert!(!allowed(&bench));
    assert_eq!(Reply::of(allow(&bench)).await.status, 204);
}

#[tokio::test]
async fn any_status_can_be_given() {
    let bench = Bench::start().await;
    for status in [503, 500, 403] {
        let fault = Fault::Status {
            status,
            retry_after: (status == 503).then_some(2),
        };
        bench.simulator.inject(FaultRule::new(fault));
        let reply = Reply::of(allow(&bench)).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("retry-after"), if status == 503 { "2" } else { "" });
    }
    assert!(!allowed(&bench));
}

#[tokio::test]
async fn rules_are_counted_and_aimed() {
    let bench = Bench::start().await;
    let fault = Fault::Status {
        status: 503,
        retry_after: None,
    };
    let rule = FaultRule::new(fault)
        .method("GET")
        .path(&format!("/v1.0/users/{MARIA}"))
        .skip(1)
        .times(2);
    bench.simulator.inject(rule);
    let mut seen = Vec::new();
    for _ in 0..5 {
        assert_eq!(bench.get(&format!("/v1.0/users/{ALEX}")).await.status, 200);
        seen.push(bench.get(&format!("/v1.0/users/{MARIA}")).await.status);
    }
    assert_eq!(seen, [200, 503, 503, 200, 200]);
    bench.simulator.inject(FaultRule::new(Fault::DropBefore).times(0));
    let reply = bench.get(&format!("/v1.0/users/{MARIA}")).await;
    assert_eq!(reply.status, 200, "no times is never");
}

#[tokio::test]
async fn rules_can_be_forgotten() {
    let bench = Bench::start().await;
    bench.simulator.inject(FaultRule::new(Fault::DropBefore).times(9));
    bench.simulator.clear_faults();
    assert_eq!(Reply::of(allow(&bench)).await.status, 204);
}

#[tokio::test]
async fn a_cmdlet_can_fail_as_if_the_server_were_busy() {
    let bench = Bench::start().await;
    let fault = Fault::Exception {
        exception: "ServerBusyException".to_owned(),
    };
    bench
        .simulator
        .inject(FaultRule::new(fault).cmdlet("Remove-BlockedSenderAddress"));
    assert_eq!(bench.run("Get-BlockedSenderAddress", json!({})).await.status, 200);
    let reply = bench
        .run("Remove-BlockedSenderAddress", json!({"SenderAddress": MARIA}))
        .await;
    assert_eq!(reply.status, 400);
    assert!(
        reply.body["error"]["details"][0]["message"]
            .as_str()
            .unwrap()
            .contains("ServerBusyException")
    );
    assert!(bench.simulator.person(MARIA).unwrap().restricted);
}

#[tokio::test]
async fn a_dropped_connection_did_nothing() {
    let bench = Bench::start().await;
    bench
        .simulator
        .inject(FaultRule::new(Fault::DropBefore).method("PATCH"));
    let error = allow(&bench).send().await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    assert!(!allowed(&bench));
    let log = bench.simulator.requests();
    let last = log.last().unwrap();
    assert_eq!((last.status, last.fault.as_deref()), (None, Some("drop-before")));
    assert_eq!(Reply::of(allow(&bench)).await.status, 204);
}

#[tokio::test]
async fn a_connection_dropped_afterwards_did_it() {
    let bench = Bench::start().await;
    bench.simulator.inject(FaultRule::new(Fault::DropAfter).method("PATCH"));
    assert!(allow(&bench).send().await.unwrap_err().is_request());
    assert!(allowed(&bench));
}

#[tokio::test]
async fn a_truncated_answer_ends_in_the_middle_of_its_body() {
    let bench = Bench::start().await;
    let path = format!("/v1.0/users/{MARIA}/revokeSignInSessions");
    let before = bench.simulator.person(MARIA).unwrap().sessions_valid_from;
    bench.simulator.inject(FaultRule::new(Fault::Truncated).method("POST"));
    let mut response = bench.ask(Method::POST, &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let length = usize::try_from(response.content_length().unwrap()).unwrap();
    let mut received = 0;
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => panic!("the body ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(received, length / 2);
    assert!(bench.simulator.person(MARIA).unwrap().sessions_valid_from > before);
}

#[tokio::test]
async fn a_truncated_answer_without_a_body_never_comes() {
    let bench = Bench::start().await;
    bench.simulator.inject(FaultRule::new(Fault::Truncated).method("PATCH"));
    assert!(allow(&bench).send().await.is_err());
    assert!(allowed(&bench));
}

#[tokio::test]
async fn a_delay_ends_by_itself() {
    let bench = Bench::start().await;
    bench.simulator.inject(FaultRule::new(Fault::Delay { milliseconds: 1 }));
    assert_eq!(Reply::of(allow(&bench)).await.status, 204);
    assert!(allowed(&bench));
}

#[tokio::test]
async fn who_gives_up_waiting_does_not_know_whether_it_was_done() {
    for (fault, done) in [
        (
            Fault::Delay {
                milliseconds: 3_600_000,
            },
            false,
        ),
        (
            Fault::LateAnswer {
                milliseconds: 3_600_000,
            },
            true,
        ),
    ] {
        let bench = Bench::start().await;
        let mut changes = bench.simulator.subscribe();
        bench.simulator.inject(FaultRule::new(fault).method("PATCH"));
        let waiting = tokio::spawn(allow(&bench).send());
        if done {
            changes.changed().await.unwrap();
        } else {
            // The rule is used up once the request has come in.
            while bench.simulator.faults_waiting() > 0 {
                tokio::task::yield_now().await;
            }
        }
        assert!(!waiting.is_finished());
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!(allowed(&bench), done);
    }
}

#[tokio::test]
async fn replication_lags_behind_for_some_reads() {
    let bench = Bench::start().await;
    bench
        .simulator
        .inject(FaultRule::new(Fault::ReplicationLag { reads: 2 }).method("PATCH"));
    assert_eq!(Reply::of(allow(&bench)).await.status, 204);
    assert!(allowed(&bench));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let reply = bench
            .get(&format!("/v1.0/users/{GIORGOS}?$select=accountEnabled"))
            .await;
        seen.push(reply.body["accountEnabled"].as_bool().unwrap());
    }
    assert_eq!(seen, [false, false, true]);
}

#[tokio::test]
async fn the_restricted_entities_lag_behind_too() {
    let bench = Bench::start().await;
    let rule = FaultRule::new(Fault::ReplicationLag { reads: 1 }).cmdlet("Remove-BlockedSenderAddress");
    bench.simulator.inject(rule);
    assert_eq!(
        bench
            .run("Remove-BlockedSenderAddress", json!({"SenderAddress": MARIA}))
            .await
            .status,
        200
    );
    let still = bench
        .run("Get-BlockedSenderAddress", json!({"SenderAddress": MARIA}))
        .await;
    let gone = bench
        .run("Get-BlockedSenderAddress", json!({"SenderAddress": MARIA}))
        .await;
    assert_eq!((still.status, gone.status), (200, 404));
}

#[tokio::test]
async fn the_token_endpoint_can_fail_too() {
    let bench = Bench::start().await;
    let fault = Fault::Status {
        status: 503,
        retry_after: None,
    };
    let path = format!("/{}/oauth2", bench.simulator.settings().id);
    bench.simulator.inject(FaultRule::new(fault).path(&path));
    assert_eq!(super::token(&bench.client, &bench.simulator, &[]).await.status, 503);
    assert_eq!(super::token(&bench.client, &bench.simulator, &[]).await.status, 200);
}
