//! Sign-in with a device code: what it is good for, and what not.

use latchkey::access::{Access, Denial};
use latchkey::chat::{ActionId, Command};
use latchkey::settings::{AccessSettings, Grant, Grantee};
use serde_json::json;
use time::Duration;

use crate::bench::{Bench, Way, ana_account};
use crate::support::{ana, petros};

#[tokio::test]
async fn without_a_public_address_a_device_code_links_an_administrator_whom_a_grant_names() {
    let bench = Bench::begin(Way::DeviceCode).await;
    let said = bench.commands(&ana(), Command::Link).await;
    assert!(
        said.contains("ABC-DEF") && said.contains("microsoft.com/devicelogin"),
        "{said}"
    );
    assert!(!said.contains("secret-device-code"), "{said}");

    bench.story.wait(Duration::seconds(5));
    let still = bench.commands(&ana(), Command::Link).await;
    assert!(still.contains("ABC-DEF"), "{still}");
    bench.issuer.sign_in_device(&ana_account());
    bench.story.wait(Duration::seconds(5));
    let done = bench.commands(&ana(), Command::Link).await;
    assert!(
        done.contains("ana.admin@contoso.com") && done.contains("device code"),
        "{done}"
    );
    assert_eq!(bench.stored(&ana()).await.unwrap().how, "device-code");
    assert_eq!(bench.refusal(&ana()).await, None);
    assert!(bench.commands(&ana(), Command::Links).await.contains("device code"));
}

#[tokio::test]
async fn the_issuer_is_asked_no_more_often_than_it_wants() {
    let bench = Bench::begin(Way::DeviceCode).await;
    for _ in 0..5 {
        bench.commands(&ana(), Command::Link).await;
    }
    assert_eq!(bench.issuer.requests().len(), 1, "too early to ask what became of it");
    bench.issuer.slow_down();
    bench.story.wait(Duration::seconds(5));
    bench.commands(&ana(), Command::Link).await;
    bench.story.wait(Duration::seconds(9));
    bench.commands(&ana(), Command::Link).await;
    assert_eq!(
        bench.issuer.requests().len(),
        2,
        "after slow_down it is five seconds more"
    );
    bench.story.wait(Duration::SECOND);
    bench.commands(&ana(), Command::Link).await;
    assert_eq!(bench.issuer.requests().len(), 3);
}

#[tokio::test]
async fn each_has_their_own_code_and_a_declined_one_links_nobody() {
    let bench = Bench::begin(Way::DeviceCode).await;
    bench.commands(&ana(), Command::Link).await;
    bench.commands(&petros(), Command::Link).await;
    bench.issuer.sign_in_device(&ana_account());
    bench.story.wait(Duration::seconds(5));
    bench.commands(&ana(), Command::Link).await;
    assert!(
        bench.stored(&ana()).await.is_none(),
        "the sign-in was for somebody else's code"
    );

    let bench = Bench::begin(Way::DeviceCode).await;
    bench.commands(&ana(), Command::Link).await;
    bench.issuer.decline_device();
    bench.story.wait(Duration::seconds(5));
    let said = bench.commands(&ana(), Command::Link).await;
    assert_eq!(said, bench.story.phrase("en", "link-failed"));
    bench.nobody_is_linked().await;
}

#[tokio::test]
async fn the_token_at_its_end_is_held_to_the_same_rules() {
    for (claim, value) in [
        ("aud", json!("x")),
        ("tid", json!("x")),
        ("iss", json!("x")),
        ("exp", json!(1)),
    ] {
        let bench = Bench::begin(Way::DeviceCode).await;
        bench.commands(&ana(), Command::Link).await;
        bench.issuer.tamper(claim, value);
        bench.issuer.sign_in_device(&ana_account());
        bench.story.wait(Duration::seconds(5));
        assert_eq!(
            bench.commands(&ana(), Command::Link).await,
            bench.story.phrase("en", "link-failed")
        );
        bench.nobody_is_linked().await;
    }
}

#[tokio::test]
async fn what_is_given_to_an_entra_account_alone_is_not_given_by_a_device_code() {
    for (way, allowed) in [(Way::DeviceCode, false), (Way::Browser, true)] {
        let bench = Bench::begin(way).await;
        match way {
            Way::Browser => bench.links(&ana(), &ana_account()).await,
            Way::DeviceCode => {
                bench.commands(&ana(), Command::Link).await;
                bench.issuer.sign_in_device(&ana_account());
                bench.story.wait(Duration::seconds(5));
                bench.commands(&ana(), Command::Link).await;
            }
        }
        let grant = |who, action: &str| Grant::new(who, &[action]);
        let access = Access::new(&AccessSettings {
            grants: vec![
                grant(Grantee::Entra(ana_account().id), "reset-password"),
                grant(
                    Grantee::Chat {
                        platform: "slack".into(),
                        scope: ana().identity.scope,
                        user: ana().identity.user,
                    },
                    "look-up",
                ),
            ],
            ..AccessSettings::default()
        })
        .unwrap();
        let known = access
            .recognise(&bench.story.store, ana(), bench.story.now())
            .await
            .unwrap();
        assert_eq!(known.entra, Some(ana_account().id));
        assert!(access.granted(&known, ActionId::LookUp).is_ok());
        let reset = access.granted(&known, ActionId::ResetPassword);
        assert_eq!(reset.is_ok(), allowed);
        if !allowed {
            assert!(matches!(reset, Err(Denial::NotThisAction)));
        }
    }
}
