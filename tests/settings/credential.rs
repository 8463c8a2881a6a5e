//! How the application proves itself: exactly one way, whole.

use latchkey::settings::Proof;

use super::{Desk, fault, faults, read, real};

const WHO: &str = "[tenant]\nid = \"5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11\"\n";
const APPLICATION: &str = "client_id = \"0b7b3f2c-93a4-4d0c-8a53-d1f0b9f0a6e2\"\n";
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

#[test]
fn each_way_can_be_taken() {
    let desk = Desk::new();
    let certificate = desk.file("bot.pem", PEM);
    let tenant = |more: &str| real(read(&format!("{WHO}{more}")).unwrap()).credential;

    let with_certificate = tenant(&format!(
        "{APPLICATION}client_certificate_file = \"{}\"",
        certificate.display()
    ));
    assert!(matches!(with_certificate.proof, Proof::Certificate(_)));
    assert!(!format!("{with_certificate:?}").contains("PRIVATE"));

    let workload = tenant(&format!("{APPLICATION}workload_identity = true"));
    assert!(matches!(workload.proof, Proof::FederatedToken(None)));
    let named = tenant(&format!(
        "{APPLICATION}workload_identity = true\nfederated_token_file = \"/var/run/token\""
    ));
    assert!(matches!(named.proof, Proof::FederatedToken(Some(file)) if file.ends_with("token")));

    let own = tenant("managed_identity = true");
    assert!(matches!(own.proof, Proof::ManagedIdentity) && own.client_id.is_none());
    let assigned = tenant(&format!(
        "{APPLICATION}managed_identity = true\nworkload_identity = false"
    ));
    assert!(matches!(assigned.proof, Proof::ManagedIdentity) && assigned.client_id.is_some());
}

#[test]
fn two_ways_are_one_too_many() {
    for (ways, named) in [
        (
            "client_secret = \"canary\"\nmanaged_identity = true",
            "`tenant.client_secret` and `tenant.managed_identity`",
        ),
        (
            "client_certificate_file = \"/x\"\nworkload_identity = true",
            "`tenant.client_certificate_file` and `tenant.workload_identity`",
        ),
    ] {
        let fault = fault(&format!("{WHO}{APPLICATION}{ways}"));
        assert!(fault.contains(named) && fault.contains("keep one"), "{fault}");
        assert!(!fault.contains("canary"));
    }
}

#[test]
fn a_way_that_is_not_whole_is_said() {
    let without_id = fault(&format!("{WHO}workload_identity = true"));
    assert!(without_id.contains("`tenant.client_id` is missing"), "{without_id}");
    let off = fault(&format!("{WHO}{APPLICATION}managed_identity = false"));
    assert!(
        off.contains("`tenant.client_secret` is missing") && off.contains("`managed_identity = true`"),
        "{off}"
    );
    let wrong_id = fault(&format!("{WHO}client_id = \"bot\"\nmanaged_identity = true"));
    assert!(wrong_id.contains("`tenant.client_id` is no id"), "{wrong_id}");
    let stray = fault(&format!(
        "{WHO}{APPLICATION}client_secret = \"x\"\nfederated_token_file = \"/x\""
    ));
    assert!(stray.contains("is for `workload_identity = true`"), "{stray}");
}

#[test]
fn a_certificate_comes_with_its_key_unlocked() {
    let desk = Desk::new();
    for (text, why) in [
        (
            PEM.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            "locked by a password",
        ),
        (PEM.replace("PRIVATE KEY", "PUBLIC THING"), "no private key"),
        (PEM.replace("CERTIFICATE", "SOMETHING"), "no certificate"),
    ] {
        let file = desk.file("bot.pem", text);
        let fault = fault(&format!(
            "{WHO}{APPLICATION}client_certificate_file = \"{}\"",
            file.display()
        ));
        assert!(fault.contains(why) && !fault.contains("AA=="), "{fault}");
    }
}

#[test]
fn the_practice_tenant_has_no_credential() {
    for way in [
        "client_certificate_file = \"/x\"",
        "workload_identity = true",
        "managed_identity = true",
    ] {
        let faults = faults(&format!("[tenant]\nsimulated = true\n{way}"));
        assert!(faults[0].contains("is for a real tenant"), "{faults:?}");
    }
}
