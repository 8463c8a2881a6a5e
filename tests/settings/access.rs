//! Grants: who may be named, and how.

use latchkey::chat::{ActionId, Platform};
use latchkey::settings;

use super::{SIMULATED, TENANT, fault, faults, read};

#[test]
fn ids_are_guids() {
    for (id, why) in [
        ("maria@contoso.com", "is an address"),
        ("Maria Nikolaou", "is a name"),
        ("{5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11}", "is no id"),
        ("5f0c9a7e4a3b4f0e9d370a4f5b8e2c11", "is no id"),
        ("00000000-0000-0000-0000-000000000000", "placeholder"),
    ] {
        for text in [
            format!("{SIMULATED}[access]\nprotected = [\"{id}\"]"),
            format!("{SIMULATED}[[access.grants]]\nentra = \"{id}\"\nactions = [\"look-up\"]"),
        ] {
            let fault = fault(&text);
            assert!(fault.starts_with("latchkey.toml:4: ") && fault.contains(why), "{fault}");
        }
    }
    let fault = fault(&TENANT.replace("canary~secret", "0b7b3f2c-93a4-4d0c-8a53-d1f0b9f0a6e3"));
    assert!(
        fault.starts_with("latchkey.toml:4: ") && fault.contains("secret's value"),
        "{fault}"
    );
}

#[test]
fn a_grant_names_somebody_by_what_can_not_be_taken_over() {
    for (who, line, why) in [
        ("", 3, "for nobody"),
        ("platform = \"slack\"", 3, "lacks `scope` and `user`"),
        (
            "platform = \"slack\"\nscope = \"T1\"\nuser = \"U1\"\nentra = \"x\"",
            3,
            "twice",
        ),
        (
            "platform = \"slack\"\nscope = \"T1\"\nuser = \"maria@contoso.com\"",
            6,
            "addresses change hands",
        ),
        (
            "platform = \"slack\"\nscope = \"T1\"\nuser = \"Maria Nikolaou\"",
            6,
            "anybody can take any name",
        ),
        ("platform = \"slack\"\nscope = \"T1\"\nuser = \"<@U1>\"", 6, "mention"),
        (
            "platform = \"slack\"\nscope = \"T1\"\nuser = \"maria\"",
            6,
            "begins with U or W",
        ),
        (
            "platform = \"slack\"\nscope = \"contoso\"\nuser = \"U1\"",
            5,
            "begins with T or E",
        ),
        (
            "platform = \"discord\"\nscope = \"81384788765712384\"\nuser = \"maria\"",
            6,
            "Copy ID",
        ),
        (
            "platform = \"teams\"\nscope = \"contoso\"\nuser = \"29:1a\"",
            5,
            "a GUID",
        ),
        (
            "platform = \"Slack\"\nscope = \"T1\"\nuser = \"U1\"",
            4,
            "did you mean `slack`?",
        ),
        (
            "platform = \"irc\"\nscope = \"T1\"\nuser = \"U1\"",
            4,
            "there is `playground`",
        ),
        (
            "platfrom = \"slack\"\nscope = \"T1\"\nuser = \"U1\"",
            4,
            "did you mean `platform`?",
        ),
    ] {
        let found = faults(&format!("{SIMULATED}[[access.grants]]\n{who}\nactions = [\"look-up\"]"));
        let expected = found
            .iter()
            .any(|fault| fault.starts_with(&format!("latchkey.toml:{line}: ")) && fault.contains(why));
        assert!(expected, "{who}: {found:#?}");
    }
}

#[test]
fn a_grant_allows_actions_that_there_are_once() {
    let grant = format!("{SIMULATED}[[access.grants]]\nentra = \"5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11\"\n");
    for (actions, why) in [
        ("", "allows nothing"),
        ("actions = []", "allows nothing"),
        ("actions = [\"*\"]", "there is `look-up`"),
        ("actions = [\"unblock_sender\"]", "did you mean `unblock-sender`?"),
        ("actions = [\"look-up\", \"look-up\"]", "twice"),
        ("actions = \"look-up\"", "a list of texts"),
        ("actions = [7]", "texts in quotes"),
    ] {
        let found = faults(&format!("{grant}{actions}"));
        assert!(found.iter().any(|fault| fault.contains(why)), "{actions}: {found:#?}");
    }
    let twice = format!(
        "{grant}actions = [\"look-up\"]\n{}actions = [\"look-up\"]",
        grant.replace(SIMULATED, "").replace("5f0c", "5F0C")
    );
    let fault = fault(&twice);
    assert!(
        fault.starts_with("latchkey.toml:6: ") && fault.contains("on line 3"),
        "{fault}"
    );
}

#[test]
fn names_of_actions_and_platforms_are_those_of_chat() {
    assert_eq!(settings::ACTIONS, ActionId::ALL.map(ActionId::name));
    assert_eq!(settings::PLATFORMS, Platform::ALL.map(Platform::name));
}

#[test]
fn a_proof_that_there_is_not_is_not_taken_for_the_weakest() {
    let text = format!("{SIMULATED}[access]\nrequester_proof = \"manger\"");
    let said = fault(&text);
    assert!(
        said.starts_with("latchkey.toml:4: ") && said.contains("manager"),
        "{said}"
    );
}

#[test]
fn a_code_needs_a_mailbox() {
    let wants = format!("{SIMULATED}[access]\nrequester_proof = \"code\"\n");
    let said = fault(&wants);
    assert!(
        said.starts_with("latchkey.toml:4: ") && said.contains("service_mailbox"),
        "{said}"
    );
    let has = read(&format!("{wants}[mail]\nservice_mailbox = \"helpdesk@contoso.com\"")).unwrap();
    assert_eq!(has.access.requester_proof, settings::RequesterProof::Code);
    assert_eq!(has.mail.service_mailbox.as_deref(), Some("helpdesk@contoso.com"));
    let said = fault(&format!("{SIMULATED}[mail]\nservice_mailbox = \"Help Desk\""));
    assert!(said.contains("is no address"), "{said}");
}
