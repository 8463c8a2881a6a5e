//! Slack's requests: signed or not, late, and repeated.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::common::QUESTION;
use crate::conformance::{Stage, Who};
use crate::fake::world::{direct, user};
use crate::fake::{SIGNING_SECRET, Signing, form};
use crate::stage::{Http, SlackStage};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_did_not_sign_just_now_is_refused() {
    let stage = SlackStage::<Http>::begin().await;
    let house = stage.house();
    let before = house.so_far();
    let message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    let body = message.payload.to_string();
    for path in ["/slack/events", "/slack/interactions", "/slack/commands"] {
        for (timestamp, secret) in [
            (now().to_string(), "another secret"),
            ((now() - 301).to_string(), SIGNING_SECRET),
            ((now() + 302).to_string(), SIGNING_SECRET),
            (format!("+{}", now()), SIGNING_SECRET),
            (String::new(), SIGNING_SECRET),
        ] {
            let signing = Signing {
                timestamp,
                secret,
                retry: None,
            };
            let (status, _) = stage.fake.request_signed(house.address, (path, &body), &signing).await;
            assert_eq!(status, 401, "{path} {}", signing.timestamp);
        }
        assert_eq!(
            stage.fake.request_plain(house.address, path, &body).await,
            401,
            "unsigned"
        );
    }
    let signing = Signing {
        timestamp: (now() - 290).to_string(),
        secret: SIGNING_SECRET,
        retry: None,
    };
    assert_eq!(house.so_far(), before, "nothing of it was taken");
    let (status, _) = stage
        .fake
        .request_signed(house.address, ("/slack/events", &body), &signing)
        .await;
    assert_eq!(status, 200, "five minutes are allowed");
    house.answered_since(before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_can_verify_the_address_and_too_much_is_refused() {
    let stage = SlackStage::<Http>::begin().await;
    let address = stage.house().address;
    let verification = json!({"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "type": "url_verification"});
    let (status, body) = stage
        .fake
        .request(address, "/slack/events", &verification.to_string())
        .await;
    assert_eq!(
        (status, body.as_str()),
        (200, verification["challenge"].as_str().unwrap())
    );
    let check = form(&json!({"ssl_check": "1", "token": "x"}));
    assert_eq!(stage.fake.request(address, "/slack/commands", &check).await.0, 200);
    let (status, _) = stage.fake.request(address, "/slack/events", "{ no JSON").await;
    assert_eq!(status, 200, "it would be no better the next time");
    let huge = " ".repeat(3 * 1024 * 1024);
    assert_eq!(stage.fake.request(address, "/slack/events", &huge).await.0, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_retry_is_recognised() {
    let stage = SlackStage::<Http>::begin().await;
    let message = stage.message(Who::Maria, &direct(&user("maria")), (QUESTION, None));
    stage.answers(&message).await;
    let before = stage.house().so_far();
    for retry in 1..=3 {
        let signing = Signing {
            timestamp: now().to_string(),
            secret: SIGNING_SECRET,
            retry: Some(retry),
        };
        let body = message.payload.to_string();
        let sent = stage
            .fake
            .request_signed(stage.house().address, ("/slack/events", &body), &signing);
        assert_eq!(sent.await.0, 200);
    }
    assert_eq!(stage.house().so_far(), before);
    assert_eq!(stage.news(Who::Maria).len(), 1);
}
