//! One thing wrong with a token at a time: each is refused, and for that reason.

use aws_lc_rs::hmac;
use latchkey::access::tokens::{LEEWAY, Rules, SigningKeys, TokenError, Verified, verify};
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::keys::{self, encode, first, message, stranger};
use crate::publisher::Publisher;

const ISSUER: &str = "https://api.botframework.com";
const AUDIENCE: &str = "b07b07b0-0000-4000-8000-000000000001";

#[derive(Debug, Deserialize)]
struct Claims {
    serviceurl: String,
}

fn rules() -> Rules {
    Rules {
        issuers: vec![ISSUER.into(), "https://sts.windows.net/contoso/".into()],
        audiences: vec![AUDIENCE.into()],
        leeway: LEEWAY,
    }
}

pub fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

pub fn at(offset: Duration) -> i64 {
    (now() + offset).unix_timestamp()
}

pub fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "nbf": at(Duration::minutes(-1)),
        "exp": at(Duration::hours(1)),
        "serviceurl": "https://smba.trafficmanager.net/emea/",
    })
}

/// Good claims with one of them replaced, or left out where it is null.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    if claims[name].is_null() {
        claims.as_object_mut().unwrap().remove(name);
    }
    claims
}

async fn check(keys: &SigningKeys, token: &str) -> Result<String, TokenError> {
    let verified: Verified<Claims> = verify(token, &rules(), keys, now()).await?;
    Ok(verified.claims.serviceurl)
}

async fn check_claims(claims: &Value) -> Result<String, TokenError> {
    check(&Publisher::start().await.reader(), &first().token(claims)).await
}

#[tokio::test]
async fn a_good_token_tells_its_claims_and_endorsements() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let token = first().token(&claims());
    let verified: Verified<Claims> = verify(&token, &rules(), &keys, now()).await.unwrap();
    assert_eq!(verified.claims.serviceurl, "https://smba.trafficmanager.net/emea/");
    assert!(verified.endorsements.is_empty());

    let endorsed = Publisher::start().await;
    let mut jwk = first().jwk();
    jwk["endorsements"] = json!(["msteams", "webchat"]);
    endorsed.publish(&[jwk]);
    let verified: Verified<Claims> = verify(&token, &rules(), &endorsed.reader(), now()).await.unwrap();
    assert_eq!(verified.endorsements, ["msteams", "webchat"]);
}

#[tokio::test]
async fn the_second_issuer_of_the_rules_and_an_audience_in_a_list_of_one_are_good() {
    check_claims(&with("iss", json!("https://sts.windows.net/contoso/")))
        .await
        .unwrap();
    check_claims(&with("aud", json!([AUDIENCE]))).await.unwrap();
}

#[tokio::test]
async fn each_wrong_claim_is_refused_for_what_it_is() {
    for (name, value, expected) in [
        ("iss", json!("https://api.botframework.com/"), TokenError::Issuer),
        ("iss", json!("https://sts.windows.net/fabrikam/"), TokenError::Issuer),
        ("iss", json!([ISSUER]), TokenError::Issuer),
        ("iss", json!([ISSUER, "https://login.example.gr"]), TokenError::Issuer),
        ("iss", json!(7), TokenError::Issuer),
        ("iss", Value::Null, TokenError::Issuer),
        (
            "aud",
            json!("b07b07b0-0000-4000-8000-000000000002"),
            TokenError::Audience,
        ),
        ("aud", json!(AUDIENCE.to_uppercase()), TokenError::Audience),
        ("aud", json!([AUDIENCE, "somebody-else"]), TokenError::Audience),
        ("aud", json!([]), TokenError::Audience),
        ("aud", Value::Null, TokenError::Audience),
        ("exp", json!(at(Duration::hours(-1))), TokenError::Expired),
        ("exp", json!("tomorrow"), TokenError::Expired),
        ("exp", json!(1e30), TokenError::Expired),
        ("exp", json!(-1), TokenError::Expired),
        ("exp", Value::Null, TokenError::Expired),
        ("nbf", json!(at(Duration::hours(1))), TokenError::NotYet),
        ("nbf", json!("yesterday"), TokenError::NotYet),
        ("serviceurl", Value::Null, TokenError::Claims),
        ("serviceurl", json!(["x"]), TokenError::Claims),
    ] {
        let error = check_claims(&with(name, value.clone())).await.unwrap_err();
        assert_eq!(error, expected, "{name} = {value}");
    }
}

#[tokio::test]
async fn the_leeway_is_five_minutes_to_the_second_on_both_sides() {
    let second = Duration::SECOND;
    let leeway = Duration::minutes(5);
    check_claims(&with("exp", json!(at(second - leeway)))).await.unwrap();
    let over = check_claims(&with("exp", json!(at(-leeway)))).await;
    assert_eq!(over.unwrap_err(), TokenError::Expired);
    check_claims(&with("nbf", json!(at(leeway)))).await.unwrap();
    let early = check_claims(&with("nbf", json!(at(leeway + second)))).await;
    assert_eq!(early.unwrap_err(), TokenError::NotYet);
}

#[tokio::test]
async fn nobody_is_trusted_who_is_not_named() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let token = first().token(&claims());
    for (issuers, audiences, expected) in [
        (vec![], vec![AUDIENCE.to_owned()], TokenError::Issuer),
        (vec![ISSUER.to_owned()], vec![], TokenError::Audience),
    ] {
        let rules = Rules {
            issuers,
            audiences,
            leeway: LEEWAY,
        };
        let error = verify::<Claims>(&token, &rules, &keys, now()).await.unwrap_err();
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn only_rs256_with_a_key_of_the_issuers_is_a_signature() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let header = |alg: &str| json!({"typ": "JWT", "alg": alg, "kid": first().id});
    for alg in ["RS512", "PS256", "RS384", "rs256", "HS512"] {
        let token = first().sign(&header(alg), &claims());
        assert_eq!(check(&keys, &token).await.unwrap_err(), TokenError::Algorithm, "{alg}");
    }
    for alg in ["none", "None", ""] {
        let token = format!("{}.", message(&header(alg), &claims()));
        assert_eq!(check(&keys, &token).await.unwrap_err(), TokenError::Algorithm, "{alg}");
    }
    // The public key as the secret of an HMAC: whoever lets the token choose the algorithm takes this.
    let body = message(&header("HS256"), &claims());
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &first().public_bytes());
    let forged = format!("{body}.{}", encode(hmac::sign(&secret, body.as_bytes()).as_ref()));
    assert_eq!(check(&keys, &forged).await.unwrap_err(), TokenError::Algorithm);

    // Says RS256 and the issuer's key, and is signed otherwise.
    let strangers = stranger().sign(&header("RS256"), &claims());
    assert_eq!(check(&keys, &strangers).await.unwrap_err(), TokenError::Signature);
    let body = message(&header("RS256"), &claims());
    for signature in [
        String::new(),
        encode(&[0; 256]),
        encode(hmac::sign(&secret, body.as_bytes()).as_ref()),
    ] {
        let token = format!("{body}.{signature}");
        assert_eq!(check(&keys, &token).await.unwrap_err(), TokenError::Signature);
    }
}

#[tokio::test]
async fn a_changed_claim_breaks_the_signature_before_it_is_looked_at() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let good = first().token(&with("exp", json!(at(Duration::hours(-1)))));
    let parts: Vec<&str> = good.split('.').collect();
    let longer = encode(claims().to_string().as_bytes());
    let changed = [parts[0], &longer, parts[2]].join(".");
    assert_eq!(check(&keys, &changed).await.unwrap_err(), TokenError::Signature);
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_looked_at() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let brings = json!({
        "typ": "JWT", "alg": "RS256", "kid": first().id,
        "jwk": stranger().jwk(), "jku": "https://login.example.gr/keys", "x5u": "https://login.example.gr/x",
    });
    let token = stranger().sign(&brings, &claims());
    assert_eq!(check(&keys, &token).await.unwrap_err(), TokenError::Signature);
}

#[tokio::test]
async fn headers_that_say_something_else_are_refused() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let id = first().id;
    for (header, expected) in [
        (json!({"alg": "RS256"}), TokenError::NoKeyId),
        (json!({"alg": "RS256", "kid": ""}), TokenError::NoKeyId),
        (json!({"alg": "RS256", "kid": "k".repeat(300)}), TokenError::NoKeyId),
        (json!({"alg": "RS256", "kid": id, "typ": "at+jwt"}), TokenError::Kind),
        (
            json!({"alg": "RS256", "kid": id, "crit": ["exp"]}),
            TokenError::Critical,
        ),
        (
            json!({"alg": "RS256", "kid": id, "crit": [], "b64": false}),
            TokenError::Critical,
        ),
        (json!({"kid": id}), TokenError::Malformed),
        (json!({"alg": 7, "kid": id}), TokenError::Malformed),
        (json!([]), TokenError::Malformed),
        (json!({"alg": "RS256", "kid": "made-up"}), TokenError::UnknownKey),
    ] {
        let token = first().sign(&header, &claims());
        assert_eq!(check(&keys, &token).await.unwrap_err(), expected, "{header}");
    }
    for typ in ["JWT", "jwt"] {
        let header = json!({"alg": "RS256", "kid": id, "typ": typ});
        check(&keys, &first().sign(&header, &claims())).await.unwrap();
    }
    check(&keys, &first().sign(&json!({"alg": "RS256", "kid": id}), &claims()))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_no_token_costs_nothing() {
    let publisher = Publisher::start().await;
    let keys = publisher.reader();
    let good = first().token(&claims());
    let long = format!("{good}{}", "A".repeat(20_000));
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        &good.replace('.', ""),
        &format!("{good}.x"),
        &long,
    ] {
        assert_eq!(check(&keys, text).await.unwrap_err(), TokenError::Malformed);
    }
    assert_eq!(publisher.asked(), (0, 0), "the issuer is not asked about it");
}

#[tokio::test]
async fn keys_for_something_else_are_no_signing_keys() {
    let token = first().token(&claims());
    for (name, value) in [("use", "enc"), ("kty", "EC"), ("alg", "RS512"), ("n", "!"), ("kid", "")] {
        let publisher = Publisher::start().await;
        let mut odd = first().jwk();
        odd[name] = json!(value);
        publisher.publish(&[
            json!({"kty": "OKP", "crv": "X", "future": true}),
            odd,
            keys::second().jwk(),
        ]);
        let error = check(&publisher.reader(), &token).await.unwrap_err();
        assert_eq!(error, TokenError::UnknownKey, "{name} = {value}");
    }
}

#[test]
fn what_is_logged_of_a_refusal_holds_nothing_of_the_token() {
    for error in [
        TokenError::Signature,
        TokenError::Issuer,
        TokenError::NoKeys("no connection could be made"),
    ] {
        let said = format!("{error} {}", error.code());
        assert!(!said.contains(AUDIENCE) && !said.contains("eyJ"), "{said}");
    }
    assert!(TokenError::NoKeys("x").is_transient() && !TokenError::Signature.is_transient());
}
