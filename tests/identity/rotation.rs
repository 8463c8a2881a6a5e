//! How often an issuer is asked for its keys, and what happens when they change or can't be had.

use futures::future::join_all;
use latchkey::access::tokens::{
    COOL_DOWN, COOL_DOWN_AFTER_FAILURE, FRESH_FOR, KEPT_AT_MOST, LEEWAY, Rules, SigningKeys, TokenError, verify,
};
use latchkey::settings::LoopbackHttp;
use latchkey::tenant::transport::http_client;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use url::Url;

use crate::keys::{Signer, first, second, stranger};
use crate::publisher::Publisher;
use crate::tokens::now;

/// Holds a token that this key signed, at a moment some time after `now()`.
async fn check(keys: &SigningKeys, signer: &Signer, later: Duration) -> Result<(), TokenError> {
    let moment: OffsetDateTime = now() + later;
    let claims = json!({"iss": "i", "aud": "a", "exp": (moment + Duration::HOUR).unix_timestamp()});
    let rules = Rules {
        issuers: vec!["i".into()],
        audiences: vec!["a".into()],
        leeway: LEEWAY,
    };
    verify::<Value>(&signer.token(&claims), &rules, keys, moment)
        .await
        .map(drop)
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_after_a_day() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    for minutes in 0..50 {
        check(&keys, first(), Duration::minutes(minutes)).await.unwrap();
    }
    assert_eq!(publisher.asked(), (1, 1));
    check(&keys, first(), FRESH_FOR - Duration::SECOND).await.unwrap();
    assert_eq!(publisher.asked(), (1, 1));
    check(&keys, first(), FRESH_FOR).await.unwrap();
    assert_eq!(publisher.asked(), (2, 2));
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_forgotten() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    check(&keys, first(), Duration::ZERO).await.unwrap();
    publisher.publish(&[second().jwk()]);
    check(&keys, second(), COOL_DOWN).await.unwrap();
    assert_eq!(publisher.asked(), (2, 2));
    assert_eq!(check(&keys, first(), COOL_DOWN).await, Err(TokenError::UnknownKey));
}

#[tokio::test]
async fn a_thousand_made_up_keys_ask_the_issuer_once_a_minute_and_do_not_delay_good_tokens() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    check(&keys, first(), Duration::ZERO).await.unwrap();
    let storm = |later: Duration| {
        let keys = &keys;
        async move {
            let refused = join_all((0..500).map(|_| check(keys, stranger(), later))).await;
            assert!(refused.iter().all(|result| *result == Err(TokenError::UnknownKey)));
        }
    };
    storm(COOL_DOWN - Duration::SECOND).await;
    assert_eq!(publisher.asked(), (1, 1), "within the cool-down nothing is asked");
    storm(COOL_DOWN).await;
    assert_eq!(publisher.asked(), (2, 2), "after it, once");
    check(&keys, first(), COOL_DOWN).await.unwrap();

    // While a fetch for a made-up key hangs, a token with a known one is served.
    publisher.close_gate();
    let hanging = check(&keys, stranger(), COOL_DOWN * 3);
    let served = async {
        publisher.until_asked(3).await;
        check(&keys, first(), COOL_DOWN * 3).await.unwrap();
        // Also when its keys are due: the old ones do until the new ones are here.
        check(&keys, first(), FRESH_FOR + COOL_DOWN).await.unwrap();
        publisher.open_gate();
    };
    let (refused, ()) = tokio::join!(hanging, served);
    assert_eq!(refused, Err(TokenError::UnknownKey));
    assert_eq!(publisher.asked(), (3, 3));
}

#[tokio::test]
async fn fifty_first_tokens_at_once_share_one_fetch() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    publisher.close_gate();
    let all = join_all((0..50).map(|offset| check(&keys, first(), Duration::milliseconds(50 - offset))));
    let open = async {
        publisher.until_asked(1).await;
        publisher.open_gate();
    };
    let (results, ()) = tokio::join!(all, open);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(publisher.asked(), (1, 1));
}

#[tokio::test]
async fn old_keys_are_used_while_the_issuer_is_away_but_not_for_ever() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    check(&keys, first(), Duration::ZERO).await.unwrap();
    publisher.answer_with(503);
    check(&keys, first(), FRESH_FOR).await.unwrap();
    check(&keys, first(), KEPT_AT_MOST - Duration::SECOND).await.unwrap();
    let error = check(&keys, first(), KEPT_AT_MOST + Duration::HOUR).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    publisher.answer_with(200);
    check(&keys, first(), KEPT_AT_MOST + Duration::hours(2)).await.unwrap();
}

#[tokio::test]
async fn an_issuer_that_can_not_be_asked_is_asked_again_soon_but_not_by_everybody() {
    let publisher = Publisher::start().await;
    publisher.answer_with(500);
    let keys = publisher.reader();
    let results = join_all((0..50).map(|_| check(&keys, first(), Duration::ZERO))).await;
    assert!(results.iter().all(|result| result.unwrap_err().is_transient()));
    assert_eq!(publisher.asked(), (1, 0));
    publisher.answer_with(200);
    check(&keys, first(), COOL_DOWN_AFTER_FAILURE).await.unwrap();
}

#[tokio::test]
async fn metadata_that_leads_elsewhere_or_says_nothing_is_not_followed() {
    for (name, value) in [
        ("jwks_uri", "http://login.example.gr/keys"),
        ("jwks_uri", "https://127.0.0.1/v1/keys"),
        ("jwks_uri", "http://localhost/v1/keys"),
        ("jwks_uri", "not an address"),
        ("token_endpoint", "https://login.example.gr/token"),
        ("authorization_endpoint", "https://login.example.gr/authorize"),
        ("device_authorization_endpoint", "https://login.example.gr/device"),
    ] {
        let publisher = Publisher::start().await;
        publisher.set_metadata(name, value);
        let error = check(&publisher.reader(), first(), Duration::ZERO).await.unwrap_err();
        assert!(error.is_transient(), "{name} = {value}: {error}");
        assert_eq!(publisher.asked(), (1, 0));
    }
    let publisher = Publisher::start().await;
    let with_user = publisher.base.replace("http://", "http://user:pass@");
    publisher.set_metadata("jwks_uri", &format!("{with_user}/v1/keys"));
    assert!(check(&publisher.reader(), first(), Duration::ZERO).await.is_err());
    assert_eq!(publisher.asked(), (1, 0));
}

#[tokio::test]
async fn an_answer_without_keys_does_not_replace_those_that_are_known() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    check(&keys, first(), Duration::ZERO).await.unwrap();
    publisher.publish(&[]);
    check(&keys, first(), FRESH_FOR).await.unwrap();
    assert_eq!(publisher.asked(), (2, 2));
}

#[tokio::test]
async fn plain_http_is_for_loopback_and_only_where_allowed() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let make = |url: &str, http| SigningKeys::new(&Url::parse(url).unwrap(), http_client(), http).is_ok();
    let metadata = "/.well-known/openid-configuration";
    assert!(make(
        &format!("https://login.microsoftonline.com{metadata}"),
        LoopbackHttp::Refused
    ));
    assert!(make(&format!("http://127.0.0.1:1{metadata}"), LoopbackHttp::Allowed));
    assert!(!make(&format!("http://127.0.0.1:1{metadata}"), LoopbackHttp::Refused));
    assert!(!make(
        &format!("http://login.microsoftonline.com{metadata}"),
        LoopbackHttp::Allowed
    ));
    assert!(!make(
        &format!("https://u:p@login.microsoftonline.com{metadata}"),
        LoopbackHttp::Allowed
    ));
}

#[tokio::test]
async fn the_issuers_metadata_is_told_and_fetched_with_the_keys() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let metadata = keys.metadata(now()).await.unwrap();
    assert_eq!(metadata.issuer, "https://api.botframework.com");
    check(&keys, first(), Duration::ZERO).await.unwrap();
    assert_eq!(publisher.asked(), (1, 1));
}
