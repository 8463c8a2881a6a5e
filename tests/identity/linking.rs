//! The whole way from `/latchkey link` to an administrator who is known, and back.

use std::collections::BTreeMap;

use latchkey::access::links::Links;
use latchkey::chat::Command;
use latchkey::cli::links;
use latchkey::settings::{Credential, LinkSettings, LoopbackHttp, Proof, RealTenant};
use latchkey::store::audit::Event;
use secrecy::SecretString;
use time::Duration;
use url::Url;

use crate::bench::{Bench, Way, ana_account, tenant};
use crate::keys::{first, pem, second};
use crate::login::{CLIENT, SECRET};
use crate::support::{ana, petros};

#[tokio::test]
async fn an_administrator_links_an_account_and_is_known_from_then_on() {
    let bench = Bench::begin(Way::Browser).await;
    let refusal = bench.refusal(&ana()).await.unwrap();
    assert_eq!(refusal, bench.story.phrase("en", "denied-not-linked"));

    let link = bench.link_for(&ana()).await;
    let first = bench.get(&link, None).await;
    assert_eq!(first.status, 200);
    for part in ["Slack", "ana", "T-contoso", "method=\"post\""] {
        assert!(first.text.contains(part), "{part}: {}", first.text);
    }
    let page = bench.signs_in(&link, &ana_account()).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Slack",
        "ana",
        "T-contoso",
        "Ana Admin",
        "ana.admin@contoso.com",
        "/latchkey link",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(
        bench.stored(&ana()).await.is_none(),
        "nothing is linked before the code is typed"
    );

    let code = page.code().unwrap();
    assert!(
        bench
            .commands(&ana(), Command::LinkCode(code))
            .await
            .contains("ana.admin@contoso.com")
    );
    assert_eq!(bench.refusal(&ana()).await, None);
    let stored = bench.stored(&ana()).await.unwrap();
    assert_eq!((stored.how.as_str(), stored.entra), ("oidc", ana_account().id.clone()));
    assert_eq!(stored.expires - stored.linked, Duration::days(90));

    let records = bench.story.store.recent_records(1000).await.unwrap();
    let linked = records
        .iter()
        .rev()
        .find(|record| record.entry.event == Event::Linked)
        .unwrap();
    assert_eq!(linked.entry.who, ana().identity);
    assert_eq!(linked.entry.who_entra, Some(ana_account().id));
    assert_eq!(linked.entry.note, "oidc");
}

#[tokio::test]
async fn what_a_linked_administrator_does_is_recorded_with_their_entra_account() {
    let bench = Bench::begin(Way::Browser).await;
    bench.links(&ana(), &ana_account()).await;
    bench
        .story
        .request(&crate::support::maria(), "I can't send email")
        .await;
    bench.story.clicks(&ana(), "action-unblock-sender").await;
    bench.story.clicks(&ana(), "confirm").await;
    let done = bench.story.audit().await.pop().unwrap().entry;
    assert_eq!((done.event, done.who_entra), (Event::Succeeded, Some(ana_account().id)));
}

#[tokio::test]
async fn one_sees_ones_own_link_and_removes_it() {
    let bench = Bench::begin(Way::Browser).await;
    assert_eq!(
        bench.commands(&ana(), Command::Links).await,
        bench.story.phrase("en", "link-none")
    );
    bench.links(&ana(), &ana_account()).await;
    let shown = bench.commands(&ana(), Command::Links).await;
    assert!(
        shown.contains("ana.admin@contoso.com") && shown.contains("typed in the chat"),
        "{shown}"
    );
    assert_eq!(
        bench.commands(&petros(), Command::Links).await,
        bench.story.phrase("en", "link-none")
    );

    assert_eq!(
        bench.commands(&petros(), Command::Unlink).await,
        bench.story.phrase("en", "link-none")
    );
    assert!(bench.stored(&ana()).await.is_some());
    assert_eq!(
        bench.commands(&ana(), Command::Unlink).await,
        bench.story.phrase("en", "link-removed")
    );
    bench.nobody_is_linked().await;
    let last = bench.story.store.recent_records(1000).await.unwrap();
    assert!(
        last.iter().any(|record| {
            record.entry.event == Event::Unlinked && record.entry.who_entra == Some(ana_account().id)
        })
    );
}

#[tokio::test]
async fn operators_list_and_remove_links_on_the_command_line() {
    let bench = Bench::begin(Way::Browser).await;
    let store = &bench.story.store;
    let mut out = Vec::new();
    links::list(store, bench.story.now(), &mut out).await.unwrap();
    bench.links(&ana(), &ana_account()).await;
    links::list(store, bench.story.now(), &mut out).await.unwrap();
    links::list(store, bench.story.now() + Duration::days(90), &mut out)
        .await
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "Nobody is linked.");
    assert!(lines[1].starts_with("slack:T-contoso:ana  ") && lines[1].contains("oidc") && lines[1].contains("until"));
    assert!(lines[2].contains("EXPIRED"));

    let mut out = Vec::new();
    let now = bench.story.now();
    links::remove(store, "slack:T-contoso:petros", (now, &mut out))
        .await
        .unwrap();
    assert!(bench.stored(&ana()).await.is_some());
    links::remove(store, "slack:T-contoso:ana", (now, &mut out))
        .await
        .unwrap();
    assert!(bench.stored(&ana()).await.is_none());
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("There is no such link") && text.contains("The link is removed"),
        "{text}"
    );
}

#[tokio::test]
async fn pages_are_in_the_language_of_whoever_began_and_keep_to_themselves() {
    let bench = Bench::begin(Way::Browser).await;
    let speaker = latchkey::chat::Person {
        name: "Άννα <script>alert(1)</script>\u{202e}&\"".into(),
        ..ana()
    };
    bench.story.says(&speaker, "ελληνικά").await;
    bench.story.last();
    let link = bench.link_for(&speaker).await;
    for page in [
        bench.get(&link, None).await,
        bench.signs_in(&link, &ana_account()).await,
    ] {
        assert!(
            page.text.contains("lang=\"el\"") && page.text.contains("Λογαριασμός"),
            "{}",
            page.text
        );
        assert!(
            page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;"),
            "{}",
            page.text
        );
        assert!(!page.text.contains("<script") && !page.text.contains('\u{202e}'));
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(page.header(name), value);
        }
    }
    let unknown = bench.get(&bench.callback([("state", "<script>")]), None).await;
    assert!(!unknown.text.contains("<script"));
    let style = bench.get(&link.join("style.css").unwrap(), None).await;
    assert!(style.header("content-type").starts_with("text/css") && style.text.contains("prefers-color-scheme"));
}

#[tokio::test]
async fn a_preview_of_the_link_uses_nothing_up() {
    let bench = Bench::begin(Way::Browser).await;
    let link = bench.link_for(&ana()).await;
    for _ in 0..3 {
        assert_eq!(bench.get(&link, None).await.status, 200);
    }
    assert!(bench.signs_in(&link, &ana_account()).await.code().is_some());
}

#[tokio::test]
async fn a_code_is_taken_however_it_is_typed() {
    let bench = Bench::begin(Way::Browser).await;
    let page = bench.signs_in(&bench.link_for(&ana()).await, &ana_account()).await;
    let typed = page.code().unwrap().replace('-', "").to_lowercase();
    bench.commands(&ana(), Command::LinkCode(typed)).await;
    assert!(bench.stored(&ana()).await.is_some());
}

/// The whole way with an application that proves itself by `proof`; tells what the token endpoint was sent.
async fn links_by(proof: Proof, federated: Option<&str>) -> BTreeMap<String, String> {
    let credential = Credential {
        client_id: Some(CLIENT.into()),
        proof,
    };
    let bench = Bench::begin_proving(Way::Browser, "sqlite::memory:", credential).await;
    if let Some(federated) = federated {
        bench.issuer.believe(federated);
    }
    bench.links(&ana(), &ana_account()).await;
    assert_eq!(bench.refusal(&ana()).await, None);
    let sent = bench.issuer.requests().pop().unwrap();
    assert_eq!(sent["grant_type"], "authorization_code");
    assert!(!sent.contains_key("client_secret"));
    sent
}

#[tokio::test]
async fn a_certificate_is_enough_to_sign_people_in() {
    let of = |name: &str, bytes: &[u8]| pem(name, bytes);
    let whole = format!("{}{}", first().private_pem(), of("CERTIFICATE", &first().certificate()));
    let sent = links_by(Proof::Certificate(SecretString::from(whole)), None).await;
    assert!(sent["client_assertion"].starts_with("eyJ"), "a signed statement");
}

#[tokio::test]
async fn a_clusters_token_is_enough_to_sign_people_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token-of-the-cluster").unwrap();
    let sent = links_by(Proof::FederatedToken(Some(file)), Some("token-of-the-cluster")).await;
    assert_eq!(sent["client_assertion"], "token-of-the-cluster");
}

#[tokio::test]
async fn another_certificate_signs_nobody_in() {
    let strange = format!(
        "{}{}",
        second().private_pem(),
        pem("CERTIFICATE", &second().certificate())
    );
    let credential = Credential {
        client_id: Some(CLIENT.into()),
        proof: Proof::Certificate(SecretString::from(strange)),
    };
    let bench = Bench::begin_proving(Way::Browser, "sqlite::memory:", credential).await;
    let page = bench.signs_in(&bench.link_for(&ana()).await, &ana_account()).await;
    assert_eq!(page.code(), None, "{}", page.text);
    bench.nobody_is_linked().await;
}

#[tokio::test]
async fn the_doctor_tells_an_issuer_that_answers_from_others() {
    let bench = Bench::begin(Way::Browser).await;
    let secret = || Credential::with_secret(CLIENT, SecretString::from(SECRET));
    let public = Url::parse("https://latchkey.contoso.com").unwrap();
    let sees = async |tenant: RealTenant| {
        let links = Links::new(&tenant, &LinkSettings::default(), Some(&public), LoopbackHttp::Allowed);
        let seen = serde_json::to_value(links.unwrap().unwrap().examine().await).unwrap();
        assert!(!seen.to_string().contains("canary"), "{seen}");
        let seen = seen.as_array().unwrap().clone();
        let found = |what: &str| seen.iter().find(|one| one["what"] == what).unwrap()["found"].clone();
        [found("issuer"), found("credential")]
    };
    let right = || tenant(&bench.issuer, secret());
    assert_eq!(sees(right()).await, ["ok", "ok"]);
    bench.issuer.pose_as("https://login.contoso.com/other/v2.0");
    assert_eq!(sees(right()).await, ["missing", "ok"], "another issuer's");
    let away = RealTenant {
        login_url: Url::parse("http://127.0.0.1:9").unwrap(),
        ..right()
    };
    assert_eq!(sees(away).await, ["cant-tell", "ok"]);
    let nothing = Credential {
        client_id: Some(CLIENT.into()),
        proof: Proof::FederatedToken(Some("/nowhere/token".into())),
    };
    assert_eq!(sees(tenant(&bench.issuer, nothing)).await[1], "missing");
}
