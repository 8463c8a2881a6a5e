//! Each way in which an application proves itself, how often it does so, and what is said when it isn't believed.

use futures::future::join_all;
use latchkey::settings::{Credential, LoopbackHttp, Proof};
use latchkey::tenant::TenantError;
use latchkey::tenant::credential::Tokens;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::keys::{first, pem, second};
use crate::login::{CLIENT, Login, SCOPE, SECRET, TENANT};

fn secret() -> Credential {
    Credential::with_secret(CLIENT, SecretString::from(SECRET))
}

fn proving(proof: Proof) -> Credential {
    Credential {
        client_id: Some(CLIENT.into()),
        proof,
    }
}

fn certificate(pem: &str) -> Credential {
    proving(Proof::Certificate(SecretString::from(pem)))
}

fn whole_pem() -> String {
    let of = |signer: &crate::keys::Signer| pem("CERTIFICATE", &signer.certificate());
    // Certificates of others may stand before it, as in a chain.
    format!("{}{}{}", of(second()), first().private_pem(), of(first()))
}

async fn token(tokens: &Tokens) -> String {
    tokens.token(SCOPE).await.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_secret_gives_a_token_for_each_scope() {
    let login = Login::start().await;
    let tokens = login.tokens(&secret());
    assert_eq!(token(&tokens).await, format!("{SCOPE}#1"));
    let graph = tokens.token("https://graph.microsoft.com/.default").await.unwrap();
    assert_eq!(graph.expose_secret(), "https://graph.microsoft.com/.default#2");
    assert_eq!(token(&tokens.clone()).await, format!("{SCOPE}#1"), "clones share");
    assert_eq!(login.requests().len(), 2);
}

#[tokio::test]
async fn a_certificate_signs_a_statement_that_entra_takes() {
    let login = Login::start().await;
    let tokens = login.tokens(&certificate(&whole_pem()));
    token(&tokens).await;
    let sent = &login.requests()[0];
    assert!(!sent.contains_key("client_secret"));
    let printed = format!("{tokens:?}");
    assert!(!printed.contains("PRIVATE"), "{printed}");
}

#[tokio::test]
async fn another_certificate_is_not_believed_and_nothing_of_it_is_told() {
    let login = Login::start().await;
    let strange = format!(
        "{}{}",
        second().private_pem(),
        pem("CERTIFICATE", &second().certificate())
    );
    let error = login.tokens(&certificate(&strange)).token(SCOPE).await.unwrap_err();
    assert_eq!(error.code(), "credential");
    let said = error.to_string();
    assert!(said.contains("AADSTS7000215") && !said.contains("eyJ"), "{said}");
    assert_eq!(login.requests().len(), 1, "asked once");
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_before_anything_is_sent() {
    let login = Login::start().await;
    let of = |signer: &crate::keys::Signer| pem("CERTIFICATE", &signer.certificate());
    for (text, why) in [
        (of(first()), "no RSA private key"),
        (first().private_pem(), "belongs to none"),
        (format!("{}{}", first().private_pem(), of(second())), "belongs to none"),
        (
            format!("{}{}", pem("PRIVATE KEY", b"nonsense"), of(first())),
            "no RSA private key",
        ),
        (String::new(), "no RSA private key"),
    ] {
        let made = Tokens::new(&certificate(&text), &login.url(), TENANT, LoopbackHttp::Allowed);
        let error = made.unwrap_err();
        assert_eq!(error.code(), "credential");
        assert!(error.to_string().contains(why), "{error}");
    }
    assert!(login.requests().is_empty());
}

#[tokio::test]
async fn the_workloads_token_is_read_again_when_it_is_used() {
    let login = Login::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token-of-the-cluster-1\n").unwrap();
    let tokens = login.tokens(&proving(Proof::FederatedToken(Some(file.clone()))));
    let old = tokens.token(SCOPE).await.unwrap();

    login.believe_only("token-of-the-cluster-2");
    std::fs::write(&file, "token-of-the-cluster-2\n").unwrap();
    let new = tokens.instead_of(&old, SCOPE).await.unwrap();
    assert_ne!(old.expose_secret(), new.expose_secret());

    std::fs::remove_file(&file).unwrap();
    let error = tokens.instead_of(&new, SCOPE).await.unwrap_err();
    assert_eq!(error.code(), "credential");
    assert!(error.to_string().contains("can't be read"), "{error}");
    std::fs::write(&file, " \n").unwrap();
    assert!(tokens.token(SCOPE).await.unwrap_err().to_string().contains("empty"));
    assert_eq!(login.requests().len(), 2);
}

#[tokio::test]
async fn a_machines_own_identity_and_an_assigned_one_give_tokens() {
    let login = Login::start().await;
    let own = Credential {
        client_id: None,
        proof: Proof::ManagedIdentity,
    };
    assert_eq!(token(&login.tokens(&own)).await, "https://api.botframework.com#1");
    assert_eq!(
        token(&login.tokens(&proving(Proof::ManagedIdentity))).await,
        "https://api.botframework.com#2"
    );
    let requests = login.requests();
    assert!(!requests[0].contains_key("client_id"));
    assert_eq!(requests[1]["client_id"], CLIENT);

    let unassigned = Credential {
        client_id: Some(TENANT.into()),
        proof: Proof::ManagedIdentity,
    };
    let error = login.tokens(&unassigned).token(SCOPE).await.unwrap_err();
    assert_eq!(error.code(), "credential");
    assert!(error.to_string().contains("Identity not found"), "{error}");
    assert_eq!(login.requests().len(), 3, "asked once");
}

#[tokio::test]
async fn two_hundred_at_once_make_one_request_whatever_the_credential() {
    for credential in [secret(), certificate(&whole_pem()), proving(Proof::ManagedIdentity)] {
        let login = Login::start().await;
        let tokens = login.tokens(&credential);
        let all = join_all((0..200).map(|_| token(&tokens))).await;
        assert!(all.iter().all(|token| *token == all[0]));
        assert_eq!(login.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_renewed_by_one_for_all() {
    let login = Login::start().await;
    login.lifetimes(&[200, 3600]);
    let tokens = login.tokens(&secret());
    let old = token(&tokens).await;
    login.close_gate();
    let renewed = join_all((0..200).map(|_| token(&tokens)));
    let open = async {
        login.until_asked(2).await;
        login.open_gate();
    };
    let (renewed, ()) = tokio::join!(renewed, open);
    assert!(renewed.iter().all(|token| *token == renewed[0] && *token != old));
    assert_eq!(login.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_who_met_it() {
    let login = Login::start().await;
    let tokens = login.tokens(&secret());
    let refused = tokens.token(SCOPE).await.unwrap();
    let replaced = join_all((0..50).map(|_| tokens.instead_of(&refused, SCOPE))).await;
    let replaced: Vec<_> = replaced.into_iter().map(Result::unwrap).collect();
    assert!(
        replaced
            .iter()
            .all(|token| token.expose_secret() == replaced[0].expose_secret())
    );
    assert_ne!(replaced[0].expose_secret(), refused.expose_secret());
    assert_eq!(login.requests().len(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_told_to_all_who_wait_and_asked_about_once() {
    let login = Login::start().await;
    let tokens = login.tokens(&Credential::with_secret(CLIENT, SecretString::from("another~canary")));
    let answers = join_all((0..50).map(|_| tokens.token(SCOPE))).await;
    for answer in answers {
        let said = answer.unwrap_err().to_string();
        assert!(
            said.contains("AADSTS7000215") && !said.contains("another~canary"),
            "{said}"
        );
    }
    assert_eq!(login.requests().len(), 1);
}

#[test]
fn a_login_address_is_https_or_allowed_loopback() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let make = |url: &str, tenant: &str, http| Tokens::new(&secret(), &Url::parse(url).unwrap(), tenant, http);
    for cloud in [
        "https://login.microsoftonline.com",
        "https://login.microsoftonline.us",
        "https://login.partner.microsoftonline.cn",
    ] {
        make(cloud, TENANT, LoopbackHttp::Refused).unwrap();
    }
    make(
        "https://login.microsoftonline.com",
        "botframework.com",
        LoopbackHttp::Refused,
    )
    .unwrap();
    for (url, tenant, http) in [
        ("http://127.0.0.1:1", TENANT, LoopbackHttp::Refused),
        ("http://login.microsoftonline.com", TENANT, LoopbackHttp::Allowed),
        ("https://login.microsoftonline.com", "../x", LoopbackHttp::Refused),
        ("https://login.microsoftonline.com", "", LoopbackHttp::Refused),
    ] {
        assert!(matches!(
            make(url, tenant, http),
            Err(TenantError::Rejected { .. } | TenantError::Credential { .. })
        ));
    }
}
