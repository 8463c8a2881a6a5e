//! When a read is made again, how long is waited, and when it is given up. Waits are noted, not spent.

use std::time::Duration;

use latchkey::tenant::TenantError;
use latchkey::tenant::account::Risk;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use crate::fake::{Fake, Reply};
use crate::people::{ELENI, id};

const RISK: &str = "identityProtection/riskyUsers/aaaaaaaa-0000-4000-8000-000000000001";

fn calm() -> Reply {
    Reply::json(200, &json!({"riskState": "none"}))
}

fn throttled() -> Reply {
    Reply::fault(429, "TooManyRequests", "Too many requests.")
}

async fn risk(fake: &Fake, replies: impl IntoIterator<Item = Reply>) -> Result<Risk, TenantError> {
    fake.graph("GET", RISK, replies);
    fake.tenant().risk(&id(ELENI)).await
}

fn seconds(waits: &[u64]) -> Vec<Duration> {
    waits.iter().copied().map(Duration::from_secs).collect()
}

#[tokio::test]
async fn retry_after_is_waited_for_exactly() {
    let fake = Fake::start().await;
    let asked = [
        throttled().with("retry-after", "7"),
        Reply::fault(503, "serviceNotAvailable", "Later.")
            .with("date", "Sun, 22 Nov 2026 16:00:00 GMT")
            .with("retry-after", "Sun, 22 Nov 2026 16:00:11 GMT"),
        calm(),
    ];
    assert_eq!(risk(&fake, asked).await.unwrap(), Risk::None);
    assert_eq!(fake.waits(), seconds(&[7, 11]));
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn a_storm_ends_as_throttled_after_three_retries() {
    let fake = Fake::start().await;
    let error = risk(&fake, [throttled().with("retry-after", "2")]).await.unwrap_err();
    assert_eq!(error.code(), "throttled");
    assert!(error.is_transient());
    assert_eq!(fake.waits(), seconds(&[2, 2, 2]));
    assert_eq!(fake.seen().len(), 4);
}

#[tokio::test]
async fn a_wait_longer_than_a_person_waits_is_not_begun() {
    for asked in ["61", "300", "86400", "Sun, 22 Nov 2099 16:00:00 GMT"] {
        let fake = Fake::start().await;
        let error = risk(&fake, [throttled().with("retry-after", asked)]).await.unwrap_err();
        assert_eq!(error.code(), "throttled");
        assert!(fake.waits().is_empty());
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn waits_count_together() {
    let fake = Fake::start().await;
    let error = risk(&fake, [throttled().with("retry-after", "25")]).await.unwrap_err();
    assert_eq!(error.code(), "throttled");
    assert_eq!(fake.waits(), seconds(&[25, 25]));
}

#[tokio::test]
async fn without_retry_after_the_waits_double_and_are_random() {
    let mut all = Vec::new();
    for _ in 0..8 {
        let fake = Fake::start().await;
        let error = risk(&fake, [Reply::fault(500, "generalException", "Oh.")])
            .await
            .unwrap_err();
        assert_eq!(error.code(), "unavailable");
        assert_eq!(fake.seen().len(), 4);
        let waits = fake.waits();
        assert_eq!(waits.len(), 3);
        for (wait, most) in waits.iter().zip([1, 2, 4]) {
            assert!(*wait <= Duration::from_secs(most), "{wait:?}");
        }
        all.extend(waits);
    }
    let first = all[0];
    assert!(all.iter().any(|wait| *wait != first));
}

#[tokio::test]
async fn a_passing_fault_passes() {
    for fault in [
        Reply::fault(500, "generalException", "Oh."),
        Reply::html(502),
        Reply::fault(503, "serviceNotAvailable", "Later."),
        Reply::html(504),
        Reply::HangUp,
        Reply::CutOff,
    ] {
        let fake = Fake::start().await;
        assert_eq!(risk(&fake, [fault, calm()]).await.unwrap(), Risk::None);
        assert_eq!(fake.seen().len(), 2);
    }
}

#[tokio::test]
async fn what_is_wrong_is_not_asked_again() {
    for status in [400, 403, 404, 405, 409, 412, 423] {
        let fake = Fake::start().await;
        let _ = risk(&fake, [Reply::fault(status, "Request_BadRequest", "No.")]).await;
        assert_eq!(fake.seen().len(), 1, "{status}");
        assert!(fake.waits().is_empty());
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let fake = Fake::start().await;
    let mut settings = fake.settings();
    settings.graph_url = nowhere("graph").await;
    // Its tokens are for an address that the token endpoint knows; the service itself is gone.
    fake.next_token_replies([Reply::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "graph-canary-token-0"}),
    )]);
    let error = fake.tenant_at(&settings).risk(&id(ELENI)).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
    assert_eq!(fake.waits().len(), 3);
}

/// An address where nobody listens.
pub async fn nowhere(path: &str) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    Url::parse(&format!("http://{address}/{path}")).unwrap()
}
