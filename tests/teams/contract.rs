//! Every kind of call that the gateway makes, sent to a server that holds it against Microsoft's description of the
//! connector. Run by `tests/contract/teams.mjs`, which names that server in `LATCHKEY_CONNECTOR_URL`.

use latchkey::tenant::transport::http_client;
use serde_json::json;

use crate::conformance::{Place, Stage, Who};
use crate::fake::SUPPORT;
use crate::stage::Office;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the contract server"]
async fn the_connectors_description_takes_every_call() {
    let Ok(server) = std::env::var("LATCHKEY_CONNECTOR_URL") else {
        panic!("LATCHKEY_CONNECTOR_URL does not name the contract server");
    };
    let office = Office::begin().await;
    office
        .says(
            Who::Maria,
            Place::Support,
            "den mporw na steilw mail apo to prwi, mou girnane ola piso",
        )
        .await;
    let ask = office.house.phrase("el", "ask-administrator");
    office.presses(Who::Maria, &ask).await;
    let act = office.house.phrase("el", "action-unblock-sender");
    office.presses(Who::Ana, &act).await;
    let confirm = office.house.phrase("el", "confirm");
    office.presses(Who::Ana, &confirm).await;
    office.commands(Who::Kostas, "help").await;
    let (calls, sent) = {
        let world = office.fake.world();
        (world.calls.clone(), world.sent.clone())
    };
    let kinds = ["/activities", "/pagedmembers", "/v3/conversations"];
    for kind in kinds {
        assert!(calls.iter().any(|(_, path)| path.contains(kind)), "no call to {kind}");
    }
    assert!(sent.iter().any(|(method, ..)| *method == reqwest::Method::PUT));
    assert!(
        sent.iter()
            .any(|(_, _, body)| body["channelData"]["channel"]["id"] == SUPPORT || body["isGroup"] == json!(true))
    );
    let reads = calls.into_iter().filter(|(method, _)| *method == reqwest::Method::GET);
    let all = sent
        .into_iter()
        .map(|(method, path, body)| (method, path, Some(body)))
        .chain(reads.map(|(method, path)| (method, path, None)));
    let http = http_client();
    for (method, path, body) in all {
        let path = path.trim_start_matches("/emea");
        let mut request = http
            .request(method.clone(), format!("{server}{path}"))
            .bearer_auth("token-1");
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let said = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {said}");
    }
}
