//! Microsoft's emulator on this machine: it has no token, and gets in only where the settings say so, only from this
//! machine, and only with answers that stay on it.

use latchkey::gateways::teams::Patience;
use latchkey::store::Store;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::conformance::Who;
use crate::fake::Fake;
use crate::stage::Office;

async fn office() -> Office {
    let fake = Fake::start().await;
    fake.world().emulated = true;
    let store = Store::open("sqlite::memory:").await.unwrap();
    Office::open_with(fake, store, Patience::default()).await
}

/// What Maria writes in her own chat, as the emulator sends it: with ids of its own kind.
fn question(office: &Office) -> Value {
    let maria = &office.people[&Who::Maria];
    let mut said = office.client.message(maria, &maria.chat(), "I can't send email");
    for pointer in ["/conversation/tenantId", "/channelData/tenant/id"] {
        *said.pointer_mut(pointer).unwrap() = json!("00000000-0000-0000-0000-0000000000001");
    }
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_answered_without_a_token_on_either_side() {
    let office = office().await;
    for channel in ["msteams", "emulator", "webchat"] {
        let mut said = question(&office);
        said["channelId"] = json!(channel);
        let before = office.house.so_far();
        let (status, _) = office.client.deliver_with(None, &said).await;
        assert_eq!(status, StatusCode::OK, "{channel}");
        office.house.answered_since(before).await;
    }
    assert_eq!(office.fake.standing("a:maria").len(), 3);
    assert_eq!(office.fake.world().tokens, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_comes_in_from_elsewhere_and_nothing_goes_out() {
    let office = office().await;
    let said = question(&office);
    let before = office.house.so_far();
    for header in [
        ("host", "latchkey.contoso.com"),
        ("host", "127.0.0.1.contoso.com"),
        ("origin", "https://www.contoso.com"),
        ("x-forwarded-for", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
    ] {
        let (status, _) = office.client.send_as(None, &[header], said.to_string()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{header:?}");
    }
    for service in ["https://smba.trafficmanager.net/emea/", "http://192.0.2.1/"] {
        let mut away = said.clone();
        away["serviceUrl"] = json!(service);
        let (status, _) = office.client.deliver_with(None, &away).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{service}");
    }
    let mut slack = said.clone();
    slack["channelId"] = json!("slack");
    assert_eq!(office.client.deliver_with(None, &slack).await.0, StatusCode::FORBIDDEN);
    assert_eq!(office.house.so_far().taken, before.taken);
    assert!(office.fake.world().calls.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_setting_it_needs_a_token_like_anybody() {
    let office = Office::open(Patience::default()).await;
    let maria = &office.people[&Who::Maria];
    let said = office.client.message(maria, &maria.chat(), "I can't send email");
    let (status, _) = office.client.deliver_with(None, &said).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
