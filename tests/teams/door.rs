//! Who may speak for Teams: each claim wrong in turn is refused, and reaches nothing.

use latchkey::gateways::teams::{LARGEST_ACTIVITY, Patience};
use latchkey::settings::Cloud;
use latchkey::store::Store;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::conformance::{Stage, Who};
use crate::fake::{APP, Fake, SUPPORT, TENANT};
use crate::keys::{self, encode, message};
use crate::stage::Office;

async fn office() -> Office {
    Office::open(Patience::default()).await
}

fn question(office: &Office) -> Value {
    let maria = &office.people[&Who::Maria];
    office.client.message(maria, &maria.chat(), "I can't send email")
}

async fn refused(office: &Office, token: &str, activity: &Value, status: StatusCode) {
    let before = office.house.so_far();
    let (found, body) = office.client.deliver_with(Some(token), activity).await;
    assert_eq!((found, body), (status, Value::Null));
    assert_eq!(office.house.so_far().taken, before.taken, "it reached the inbox");
    assert!(office.fake.world().calls.is_empty(), "the connector was called");
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

fn without(claims: &Value, name: &str) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_claim_of_the_bot_framework_wrong_in_turn_is_refused() {
    let office = office().await;
    let activity = question(&office);
    let good = office.fake.claims();
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let signer = keys::bot_framework();
    for (claims, status) in [
        (with(&good, "iss", json!("https://api.botframework.com/")), 401),
        (with(&good, "iss", json!("https://sts.windows.net/x/")), 401),
        (without(&good, "iss"), 401),
        (with(&good, "aud", json!("00000000-1111-4222-8333-444444444444")), 401),
        (with(&good, "aud", json!([APP, "another"])), 401),
        (without(&good, "aud"), 401),
        (with(&good, "exp", json!(now - 301)), 401),
        (without(&good, "exp"), 401),
        (with(&good, "nbf", json!(now + 400)), 401),
        (
            with(&good, "serviceurl", json!("https://smba.trafficmanager.net/emea/")),
            403,
        ),
        (without(&good, "serviceurl"), 403),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        refused(&office, &signer.token(&claims), &activity, status).await;
    }
    // Within the leeway the clocks may differ.
    let late = with(&good, "exp", json!(now - 200));
    let (status, _) = office.client.deliver_with(Some(&signer.token(&late)), &activity).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_rs256_by_one_of_the_issuers_own_keys_is_a_signature() {
    let office = office().await;
    let activity = question(&office);
    let claims = office.fake.claims();
    let signer = keys::bot_framework();
    let header = |alg: &str, kid: &str| json!({"typ": "JWT", "alg": alg, "kid": kid});
    let unsigned = |alg: &str| format!("{}.", message(&header(alg, signer.id), &claims));
    let hmac = {
        let text = message(&header("HS256", signer.id), &claims);
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &signer.public_bytes());
        format!(
            "{text}.{}",
            encode(aws_lc_rs::hmac::sign(&key, text.as_bytes()).as_ref())
        )
    };
    for token in [
        hmac,
        unsigned("none"),
        unsigned("RS256"),
        signer.sign(&header("RS512", signer.id), &claims),
        signer.sign(&header("RS256", "no-such-key"), &claims),
        signer.sign(&json!({"typ": "JWT", "alg": "RS256"}), &claims),
        keys::stranger().sign(&header("RS256", signer.id), &claims),
        // Entra's key may not sign for the Bot Framework.
        keys::entra().token(&claims),
        keys::entra().sign(&header("RS256", signer.id), &claims),
        "no-token".to_owned(),
    ] {
        refused(&office, &token, &activity, StatusCode::UNAUTHORIZED).await;
    }
    let (status, _) = office.client.deliver_with(None, &activity).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_speaks_only_for_the_channels_that_it_is_endorsed_for() {
    for endorsements in [None, Some(json!([])), Some(json!(["webchat", "msteamsx"]))] {
        let office = office().await;
        office.fake.world().endorsements = endorsements;
        let token = keys::bot_framework().token(&office.fake.claims());
        refused(&office, &token, &question(&office), StatusCode::FORBIDDEN).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_channel_or_service_is_refused() {
    let office = office().await;
    let token = keys::bot_framework().token(&office.fake.claims());
    let stranger = "11111111-2222-4333-8444-555555555555";
    let good = question(&office);
    let mut elsewhere = good.clone();
    elsewhere["conversation"]["tenantId"] = json!(stranger);
    elsewhere["channelData"]["tenant"]["id"] = json!(stranger);
    let mut two = good.clone();
    two["conversation"]["tenantId"] = json!(stranger);
    let mut none = good.clone();
    none["conversation"].as_object_mut().unwrap().remove("tenantId");
    none["channelData"].as_object_mut().unwrap().remove("tenant");
    let mut channel = good.clone();
    channel["channelId"] = json!("slack");
    // The bot's own token is endorsed for nothing; it opens no other channel either.
    let own = keys::entra().token(&office.fake.own_claims());
    refused(&office, &own, &channel, StatusCode::FORBIDDEN).await;
    for activity in [elsewhere, two, none, channel] {
        refused(&office, &token, &activity, StatusCode::FORBIDDEN).await;
    }
    // Plain http to another machine gets no token of ours, whoever vouches for it.
    let open = "http://connector.contoso.com/";
    let mut plain = good.clone();
    plain["serviceUrl"] = json!(open);
    let vouched = keys::bot_framework().token(&with(&office.fake.claims(), "serviceurl", json!(open)));
    refused(&office, &vouched, &plain, StatusCode::FORBIDDEN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_entra_must_have_been_given_to_the_bot_itself() {
    let office = office().await;
    let activity = question(&office);
    let good = office.fake.own_claims();
    let another = json!("99999999-2222-4333-8444-555555555555");
    for claims in [with(&good, "azp", another), without(&good, "azp")] {
        refused(&office, &keys::entra().token(&claims), &activity, StatusCode::FORBIDDEN).await;
    }
    let foreign = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0";
    for token in [
        keys::entra().token(&with(&good, "iss", json!(foreign))),
        keys::bot_framework().token(&good),
        keys::bot_framework().sign(&json!({"alg": "RS256", "kid": keys::entra().id}), &good),
    ] {
        refused(&office, &token, &activity, StatusCode::UNAUTHORIZED).await;
    }
    let before = office.house.so_far();
    let (status, _) = office
        .client
        .deliver_with(Some(&keys::entra().token(&good)), &activity)
        .await;
    assert_eq!(status, StatusCode::OK);
    office.house.answered_since(before).await;
    assert_eq!(office.fake.standing("a:maria").len(), 1);
    let first_version = with(&without(&good, "azp"), "appid", json!(APP));
    let (status, _) = office
        .client
        .deliver_with(Some(&keys::entra().token(&first_version)), &question(&office))
        .await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_activity_is_refused_and_what_is_new_is_tolerated() {
    let office = office().await;
    let token = keys::bot_framework().token(&office.fake.claims());
    let (status, _) = office.client.send(Some(&token), "x".repeat(LARGEST_ACTIVITY + 1)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    for body in ["", "[]", "{"] {
        let (status, _) = office.client.send(Some(&token), body.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
    // Without a token the body is not looked at.
    let (status, _) = office.client.send(None, "{".to_owned()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let maria = &office.people[&Who::Maria];
    for kind in ["messageReaction", "typing", "somethingNew", "messageUpdate"] {
        let (status, _) = office
            .client
            .deliver(&office.client.activity(maria, SUPPORT, kind))
            .await;
        assert_eq!(status, StatusCode::OK, "{kind}");
    }
    let mut unknown = office.client.activity(maria, SUPPORT, "invoke");
    unknown["name"] = json!("composeExtension/query");
    assert_eq!(office.client.deliver(&unknown).await.0, StatusCode::NOT_IMPLEMENTED);
    assert!(office.news(Who::Maria).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_cloud_has_issuers_of_its_own_and_takes_no_others() {
    for cloud in Cloud::ALL {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let office = Office::open_with(Fake::start_in(cloud).await, store, Patience::default()).await;
        let (of_bots, own) = (office.fake.claims(), office.fake.own_claims());
        let first_version = with(&own, "iss", json!(format!("{}/{TENANT}/", cloud.first_issuer)));
        for others in Cloud::ALL {
            for (claim, ours, token) in [
                (others.bots.to_owned(), cloud.bots.to_owned(), &of_bots),
                (
                    format!("{}/{TENANT}/v2.0", others.login),
                    format!("{}/{TENANT}/v2.0", cloud.login),
                    &own,
                ),
                (
                    format!("{}/{TENANT}/", others.first_issuer),
                    format!("{}/{TENANT}/", cloud.first_issuer),
                    &own,
                ),
            ] {
                if claim == ours {
                    continue;
                }
                let signer = if token["azp"].is_null() {
                    keys::bot_framework()
                } else {
                    keys::entra()
                };
                let token = signer.token(&with(token, "iss", json!(claim)));
                refused(&office, &token, &question(&office), StatusCode::UNAUTHORIZED).await;
            }
        }
        // The connector's token is asked for in the same cloud: the login service is strict about its scope.
        for (signer, claims) in [
            (keys::bot_framework(), &of_bots),
            (keys::entra(), &own),
            (keys::entra(), &first_version),
        ] {
            let before = office.house.so_far();
            let (status, _) = office
                .client
                .deliver_with(Some(&signer.token(claims)), &question(&office))
                .await;
            assert_eq!(status, StatusCode::OK, "{} {claims}", cloud.name);
            office.house.answered_since(before).await;
        }
        assert_eq!(office.fake.standing("a:maria").len(), 3, "{}", cloud.name);
    }
}

/// Microsoft's own libraries compare addresses so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slash_or_case_makes_no_other_service() {
    let office = office().await;
    let service = office.fake.service();
    for vouched in [
        service.trim_end_matches('/').to_owned(),
        service.to_uppercase().replace("HTTP", "http"),
    ] {
        let token = keys::bot_framework().token(&with(&office.fake.claims(), "serviceurl", json!(vouched)));
        let (status, _) = office.client.deliver_with(Some(&token), &question(&office)).await;
        assert_eq!(status, StatusCode::OK, "{vouched}");
    }
    let below = keys::bot_framework().token(&with(&office.fake.claims(), "serviceurl", json!(format!("{service}x"))));
    let (status, _) = office.client.deliver_with(Some(&below), &question(&office)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
