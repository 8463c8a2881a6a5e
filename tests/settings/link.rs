//! `[link]`: how people on Slack and Discord prove who they are.

use std::time::Duration;

use latchkey::settings::{Credential, LinkApplication, LinkSettings, Proof};

use super::{SIMULATED, TENANT, fault, faults, faults_with, read, read_with};

const ID: &str = "11111111-2222-4333-8444-555555555555";

fn link(section: &str) -> LinkSettings {
    read(&format!("{TENANT}[link]\n{section}")).unwrap().link
}

fn days(number: u64) -> Duration {
    Duration::from_secs(number * 24 * 60 * 60)
}

fn whole(settings: LinkSettings) -> Credential {
    match settings.application {
        Some(LinkApplication::Whole(credential)) => credential,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_the_section_the_tenants_application_is_used_for_ninety_days() {
    let settings = read(TENANT).unwrap().link;
    assert!(settings.application.is_none());
    assert_eq!(settings.expires_after, days(90));
}

#[test]
fn a_link_lasts_as_long_as_is_written() {
    for (written, lasts) in [("1 day", 1), ("7 days", 7), ("366 days", 366)] {
        assert_eq!(
            link(&format!("expires_after = \"{written}\"\n")).expires_after,
            days(lasts)
        );
    }
    for wrong in ["0 days", "367 days", "3 weeks", "90", "-1 days", "ninety days"] {
        let fault = fault(&format!("{TENANT}[link]\nexpires_after = \"{wrong}\"\n"));
        assert!(
            fault.contains("`link.expires_after` is no time") && fault.contains("90 days"),
            "{fault}"
        );
    }
    assert!(fault(&format!("{TENANT}[link]\nexpires_after = 90\n")).contains("text in quotes"));
}

#[test]
fn an_application_of_its_own_proves_itself_in_one_of_three_ways() {
    let id = format!("client_id = \"{ID}\"\n");
    let secret = whole(link(&format!("{id}client_secret = \"canary~secret\"\n")));
    assert_eq!(secret.client_id.as_deref(), Some(ID));
    assert!(matches!(secret.proof, Proof::Secret(_)));
    let workload = whole(link(&format!("{id}workload_identity = true\n")));
    assert!(matches!(workload.proof, Proof::FederatedToken(None)));
    let both = format!("{TENANT}[link]\n{id}client_secret = \"canary~secret\"\nworkload_identity = true\n");
    assert!(!faults(&both).is_empty(), "two ways at once");
}

#[test]
fn an_id_alone_is_enough_for_device_codes() {
    let settings = link(&format!("client_id = \"{ID}\"\n"));
    assert!(matches!(settings.application, Some(LinkApplication::Id(id)) if id == ID));
    let fault = fault(&format!("{TENANT}[link]\nclient_id = \"latchkey\"\n"));
    assert!(fault.contains("`link.client_id`"), "{fault}");
}

#[test]
fn a_proof_without_an_application_and_a_slip_are_named() {
    let alone = faults(&format!("{TENANT}[link]\nclient_secret = \"canary~secret\"\n"));
    assert!(alone.iter().any(|fault| fault.contains("link.client_id")), "{alone:#?}");
    let slip = fault(&format!("{TENANT}[link]\nexpire_after = \"90 days\"\n"));
    assert!(slip.contains("did you mean `expires_after`?"), "{slip}");
}

#[test]
fn it_can_come_from_the_environment() {
    let settings = read_with(SIMULATED, &[("LATCHKEY__LINK__EXPIRES_AFTER", "30 days")]).unwrap();
    assert_eq!(settings.link.expires_after, days(30));
    let faults = faults_with(SIMULATED, &[("LATCHKEY__LINK__EXPIRES_AFTER", "soon")]);
    assert!(faults[0].contains("LATCHKEY__LINK__EXPIRES_AFTER"), "{faults:#?}");
}
