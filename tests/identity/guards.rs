//! Each guard of a link, tried as an attacker or a bad day would.

use latchkey::access::links::unlink;
use latchkey::access::{Access, Denial};
use latchkey::chat::{ActionId, Command, Identity, Person, Platform};
use latchkey::settings::{AccessSettings, Grant, Grantee};
use latchkey::store::audit::Event;
use serde_json::{Value, json};
use time::Duration;

use crate::bench::{Bench, Way, ana_account};
use crate::issuer::User;
use crate::support::{ana, link, maria, petros, stranger};

#[tokio::test]
async fn an_unlinked_administrator_is_refused_told_why_and_recorded() {
    let bench = Bench::begin(Way::Browser).await;
    bench.story.request(&maria(), "I can't send email").await;
    let asked = bench.story.simulator.requests().len();
    for button in ["action-unblock-sender", "close-request", "look-again", "show-steps"] {
        bench.story.clicks(&ana(), button).await;
        assert_eq!(
            bench.story.next().text(),
            bench.story.phrase("en", "denied-not-linked"),
            "{button}"
        );
        bench.story.quiet();
    }
    assert_eq!(bench.story.simulator.requests().len(), asked, "the tenant is not asked");
    let refused = bench.story.audit().await;
    assert_eq!(
        refused
            .iter()
            .filter(|record| record.entry.note == "not-linked")
            .count(),
        4
    );
    assert!(bench.story.state("maria.papadopoulou@contoso.com").restricted);
}

#[tokio::test]
async fn an_expired_link_counts_as_none() {
    let bench = Bench::begin(Way::Browser).await;
    bench.links(&ana(), &ana_account()).await;
    bench.story.wait(Duration::days(90) - Duration::SECOND);
    assert_eq!(bench.refusal(&ana()).await, None);
    bench.story.wait(Duration::SECOND);
    assert!(bench.refusal(&ana()).await.is_some());
    let said = bench.commands(&ana(), Command::Links).await;
    assert!(said.contains("expired"), "{said}");
}

#[tokio::test]
async fn a_link_of_another_workspace_is_somebody_elses() {
    let bench = Bench::begin(Way::Browser).await;
    let elsewhere = Person {
        identity: Identity {
            scope: "T-fabrikam".into(),
            ..ana().identity
        },
        ..ana()
    };
    let account = bench.story.state("ana.admin@contoso.com");
    link(&bench.story.store, &elsewhere.identity, &account).await;
    let on_discord = Identity {
        platform: Platform::Discord,
        ..ana().identity
    };
    link(&bench.story.store, &on_discord, &account).await;
    assert!(bench.refusal(&ana()).await.is_some());
}

#[tokio::test]
async fn an_id_token_with_one_thing_wrong_links_nobody() {
    for (claim, value) in [
        ("nonce", json!("another-sign-ins")),
        ("nonce", Value::Null),
        ("iss", json!("https://login.microsoftonline.com/fabrikam/v2.0")),
        ("iss", Value::Null),
        ("aud", json!("cccccccc-0000-4000-8000-000000000009")),
        ("aud", Value::Null),
        ("tid", json!("dddddddd-0000-4000-8000-000000000001")),
        ("tid", Value::Null),
        ("oid", Value::Null),
        ("oid", json!("ana.admin@contoso.com")),
        ("exp", json!(1_000_000_000)),
        ("exp", Value::Null),
        ("nbf", json!(9_000_000_000_i64)),
    ] {
        let bench = Bench::begin(Way::Browser).await;
        bench.issuer.tamper(claim, value.clone());
        let page = bench.signs_in(&bench.link_for(&ana()).await, &ana_account()).await;
        assert_eq!(page.status, 403, "{claim} = {value}: {}", page.text);
        assert_eq!(page.code(), None, "{claim} = {value}");
        assert!(page.text.contains("/latchkey link"), "says where to go: {}", page.text);
        bench.nobody_is_linked().await;
    }
}

#[tokio::test]
async fn a_token_that_somebody_else_signed_and_an_issuer_that_poses_link_nobody() {
    let bench = Bench::begin(Way::Browser).await;
    bench.issuer.sign_as_stranger();
    let page = bench.signs_in(&bench.link_for(&ana()).await, &ana_account()).await;
    assert_eq!((page.status, page.code()), (403, None));
    bench.nobody_is_linked().await;

    let bench = Bench::begin(Way::Browser).await;
    bench.issuer.pose_as("https://login.microsoftonline.com/common/v2.0");
    let link = bench.link_for(&ana()).await;
    assert_eq!(bench.proceed(&link).await.unwrap_err().status, 502);
}

#[tokio::test]
async fn a_state_works_once_and_in_its_own_browser() {
    let bench = Bench::begin(Way::Browser).await;
    let (at, cookie) = bench.proceed(&bench.link_for(&ana()).await).await.unwrap();
    let back = bench.issuer.sign_in(&at, &ana_account());
    let with = |state: &str| bench.callback([("code", back["code"].as_str()), ("state", state)]);
    let good = with(&back["state"]);

    let without_cookie = bench.get(&good, None).await;
    assert_eq!((without_cookie.status, without_cookie.code()), (403, None));
    let made_up = bench.get(&with("made-up"), Some(&cookie)).await;
    assert_eq!((made_up.status, made_up.code()), (410, None));
    let none = bench.get(&with(""), Some(&cookie)).await;
    assert_eq!((none.status, none.code()), (410, None));
    assert_eq!(
        bench.issuer.requests().len(),
        0,
        "the issuer is not asked about any of it"
    );

    let first = bench.get(&good, Some(&cookie)).await;
    assert!(first.code().is_some(), "{}", first.text);
    let replayed = bench.get(&good, Some(&cookie)).await;
    assert_eq!((replayed.status, replayed.code()), (410, None));
}

#[tokio::test]
async fn another_browsers_cookie_uses_the_state_up_and_links_nobody() {
    let bench = Bench::begin(Way::Browser).await;
    let (_, other_cookie) = bench.proceed(&bench.link_for(&petros()).await).await.unwrap();
    let (at, cookie) = bench.proceed(&bench.link_for(&ana()).await).await.unwrap();
    let back = bench.issuer.sign_in(&at, &ana_account());
    let good = bench.callback(back.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let other = bench.get(&good, Some(&other_cookie)).await;
    assert_eq!((other.status, other.code()), (403, None));
    let late = bench.get(&good, Some(&cookie)).await;
    assert_eq!((late.status, late.code()), (410, None));
    assert_eq!(bench.issuer.requests().len(), 0);
}

#[tokio::test]
async fn each_step_has_ten_minutes() {
    let bench = Bench::begin(Way::Browser).await;
    let step = Duration::minutes(10);
    let link = bench.link_for(&ana()).await;
    bench.story.wait(step);
    assert_eq!(bench.get(&link, None).await.status, 410);
    assert_eq!(bench.proceed(&link).await.unwrap_err().status, 410);

    let (at, cookie) = bench.proceed(&bench.link_for(&ana()).await).await.unwrap();
    bench.story.wait(step);
    let back = bench.issuer.sign_in(&at, &ana_account());
    let url = bench.callback(back.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(bench.get(&url, Some(&cookie)).await.status, 410);

    let code = bench
        .signs_in(&bench.link_for(&ana()).await, &ana_account())
        .await
        .code()
        .unwrap();
    bench.story.wait(step);
    let said = bench.commands(&ana(), Command::LinkCode(code)).await;
    assert_eq!(said, bench.story.phrase("en", "link-code-nothing"));
    bench.nobody_is_linked().await;
}

#[tokio::test]
async fn a_ticket_works_once_and_only_the_newest() {
    let bench = Bench::begin(Way::Browser).await;
    let old = bench.link_for(&ana()).await;
    let new = bench.link_for(&ana()).await;
    assert_eq!(bench.proceed(&old).await.unwrap_err().status, 410);
    bench.proceed(&new).await.unwrap();
    assert_eq!(bench.proceed(&new).await.unwrap_err().status, 410);
    assert_eq!(bench.get(&new, None).await.status, 410);
    let mut made_up = new.clone();
    made_up.set_query(Some("t=made-up"));
    assert_eq!(bench.proceed(&made_up).await.unwrap_err().status, 410);
}

#[tokio::test]
async fn whoever_lures_an_administrator_into_signing_in_gets_nothing_without_the_code() {
    let bench = Bench::begin(Way::Browser).await;
    // The attacker's link, opened by the administrator: both pages name the attacker.
    let lure = bench.link_for(&stranger()).await;
    assert!(bench.get(&lure, None).await.text.contains("stranger"));
    let page = bench.signs_in(&lure, &ana_account()).await;
    assert!(
        page.text.contains("stranger") && page.text.contains("tell nobody the code"),
        "{}",
        page.text
    );
    // The code is of no use to whoever else types it, the administrator included.
    let code = page.code().unwrap();
    for who in [ana(), petros()] {
        let said = bench.commands(&who, Command::LinkCode(code.clone())).await;
        assert_eq!(said, bench.story.phrase("en", "link-code-nothing"));
    }
    assert_eq!(bench.story.store.links().await.unwrap(), []);
}

#[tokio::test]
async fn five_wrong_codes_are_the_end_of_it() {
    let bench = Bench::begin(Way::Browser).await;
    let code = bench
        .signs_in(&bench.link_for(&ana()).await, &ana_account())
        .await
        .code()
        .unwrap();
    for left in (1..5).rev() {
        let said = bench.commands(&ana(), Command::LinkCode("AAAA-AAAA".into())).await;
        assert!(said.contains(&format!("{left} more")), "{said}");
    }
    for wrong in ["AAAA-AAAA", "CCCC-CCCC", code.as_str()] {
        let said = bench.commands(&ana(), Command::LinkCode(wrong.into())).await;
        assert_eq!(said, bench.story.phrase("en", "link-code-nothing"), "{wrong}");
    }
    let refused = bench.story.audit().await;
    assert_eq!(
        refused
            .iter()
            .filter(|record| record.entry.note == "link-code-wrong")
            .count(),
        5
    );
    bench.nobody_is_linked().await;
}

#[tokio::test]
async fn a_code_works_once_and_dies_with_an_unlink_or_a_new_beginning() {
    let bench = Bench::begin(Way::Browser).await;
    let nothing = bench.story.phrase("en", "link-code-nothing");
    let code = bench
        .signs_in(&bench.link_for(&ana()).await, &ana_account())
        .await
        .code()
        .unwrap();
    bench.commands(&ana(), Command::LinkCode(code.clone())).await;
    assert_eq!(bench.commands(&ana(), Command::LinkCode(code)).await, nothing);

    let code = bench
        .signs_in(&bench.link_for(&ana()).await, &ana_account())
        .await
        .code()
        .unwrap();
    unlink(&bench.story.store, &ana().identity, bench.story.now(), "removed")
        .await
        .unwrap();
    assert_eq!(bench.commands(&ana(), Command::LinkCode(code)).await, nothing);

    let code = bench
        .signs_in(&bench.link_for(&ana()).await, &ana_account())
        .await
        .code()
        .unwrap();
    bench.link_for(&ana()).await;
    assert_eq!(bench.commands(&ana(), Command::LinkCode(code)).await, nothing);
    bench.nobody_is_linked().await;
}

#[tokio::test]
async fn a_cancelled_sign_in_and_a_used_code_of_the_issuer_link_nobody() {
    let bench = Bench::begin(Way::Browser).await;
    let (at, cookie) = bench.proceed(&bench.link_for(&ana()).await).await.unwrap();
    let back = bench.issuer.sign_in(&at, &ana_account());
    let url = bench.callback([("error", "access_denied"), ("state", back["state"].as_str())]);
    let page = bench.get(&url, Some(&cookie)).await;
    assert!(
        page.code().is_none() && page.text.contains("not completed"),
        "{}",
        page.text
    );

    let (at, cookie) = bench.proceed(&bench.link_for(&ana()).await).await.unwrap();
    let new = bench.issuer.sign_in(&at, &ana_account());
    // A code that was given out for another sign-in: PKCE tells them apart.
    let url = bench.callback([("code", back["code"].as_str()), ("state", new["state"].as_str())]);
    let page = bench.get(&url, Some(&cookie)).await;
    assert_eq!((page.status, page.code()), (502, None));
    bench.nobody_is_linked().await;
}

#[tokio::test]
async fn nobody_acts_on_the_account_that_they_are_linked_to() {
    let bench = Bench::begin(Way::Browser).await;
    let kostas = bench.story.state("kostas.dimitriou@contoso.com");
    let user = User {
        id: kostas.id,
        address: "another.name@contoso.com".into(),
        name: kostas.name,
    };
    bench.links(&ana(), &user).await;
    bench
        .story
        .says(&ana(), "reset the password of kostas.dimitriou@contoso.com")
        .await;
    bench.story.clicks(&ana(), "action-reset-password").await;
    assert_eq!(
        bench.story.last().text(),
        bench.story.phrase("en", "denied-own-account")
    );
}

#[tokio::test]
async fn what_is_kept_of_a_sign_in_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
    let bench = Bench::begin_with(Way::Browser, &url).await;
    let link = bench.link_for(&ana()).await;
    let (at, cookie) = bench.proceed(&link).await.unwrap();
    let back = bench.issuer.sign_in(&at, &ana_account());
    let url = bench.callback(back.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let code = bench.get(&url, Some(&cookie)).await.code().unwrap();
    let ticket = link.query_pairs().next().unwrap().1.into_owned();
    let browser = cookie.split_once('=').unwrap().1.to_owned();
    let secrets = [ticket, browser, back["state"].clone(), code.replace('-', ""), code];
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in &secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

fn grant(who: Grantee) -> Grant {
    Grant::new(who, &["look-up"])
}

fn by_chat() -> Grantee {
    Grantee::Chat {
        platform: "slack".into(),
        scope: ana().identity.scope,
        user: ana().identity.user,
    }
}

#[tokio::test]
async fn a_platform_that_proves_nothing_is_not_believed_and_one_that_vouches_is() {
    let bench = Bench::begin(Way::Browser).await;
    let access = Access::new(&AccessSettings {
        grants: vec![grant(Grantee::Entra(ana_account().id))],
        ..AccessSettings::default()
    })
    .unwrap();
    for (platform, believed) in [
        (Platform::Slack, false),
        (Platform::Discord, false),
        (Platform::Teams, true),
        (Platform::Playground, true),
    ] {
        let claims = Person {
            identity: Identity {
                platform,
                ..ana().identity
            },
            entra: Some(ana_account().id),
            ..ana()
        };
        let known = access
            .recognise(&bench.story.store, claims, bench.story.now())
            .await
            .unwrap();
        let may = access.granted(&known, ActionId::LookUp);
        assert_eq!(may.is_ok(), believed, "{platform}");
        if !believed {
            assert!(matches!(may, Err(Denial::NotLinked)));
        }
    }
}

#[tokio::test]
async fn a_practice_tenant_asks_nobody_for_a_link() {
    let bench = Bench::begin(Way::Browser).await;
    let settings = AccessSettings {
        grants: vec![grant(by_chat())],
        ..AccessSettings::default()
    };
    let access = Access::new(&settings).unwrap();
    let known = access
        .recognise(&bench.story.store, ana(), bench.story.now())
        .await
        .unwrap();
    assert!(matches!(
        access.granted(&known, ActionId::LookUp),
        Err(Denial::NotLinked)
    ));
    assert!(access.without_links().granted(&known, ActionId::LookUp).is_ok());
}

#[tokio::test]
async fn only_the_audit_knows_of_wrong_codes_and_links() {
    let bench = Bench::begin(Way::Browser).await;
    bench.links(&ana(), &ana_account()).await;
    let trail = serde_json::to_string(&bench.story.store.recent_records(1000).await.unwrap()).unwrap();
    assert!(!trail.contains("ana.admin@contoso.com"), "no address in the trail");
    assert!(trail.contains("\"linked\"") && bench.story.audit_events().await.contains(&Event::Linked));
}
