//! Every fault is named at its place, with the way to mend it, and without any secret.

use latchkey::settings::Settings;
use proptest::prelude::*;

use super::{Desk, SIMULATED, TENANT, fault, faults, faults_with, read};

#[test]
fn every_fault_is_reported_at_once() {
    let text = "\
[htp]
listen = \"x\"
[http]
listn = \"127.0.0.1:1\"
[store]
url = \"postgres://bot:canary@db/latchkey\"
[tenant]
id = \"contoso\"
client_id = 7
graph_url = \"http://graph.example.gr\"
client_secert = \"canary\"
[intents]
languages = [\"english\", \"el\", \"el\"]
[access]
protected = [\"maria@contoso.com\"]
[[access.grants]]
platform = \"slak\"
scope = \"T1\"
user = \"Maria Nikolaou\"
actions = [\"unlock-sender\"]
[development]
loopback_http = \"yes\"
";
    let variables = [
        ("LATCHKEY__HTTP__LISTEN", "localhost"),
        ("LATCHKEY__TENNANT__ID", "canary"),
    ];
    insta::assert_snapshot!(faults_with(text, &variables).join("\n"));
}

#[test]
fn a_syntax_error_has_its_line_and_shows_no_text() {
    let faults = faults("[tenant]\nclient_secret = canary\nid = \"x\n[http\n");
    assert!(
        faults
            .iter()
            .all(|fault| fault.starts_with("latchkey.toml:") && fault.contains("not TOML")),
        "{faults:#?}"
    );
    let lines: Vec<_> = faults.iter().map(|fault| fault.split(':').nth(1).unwrap()).collect();
    assert_eq!(lines.first(), Some(&"2"), "{faults:#?}");
    assert!(lines.contains(&"3") && lines.contains(&"4"), "{faults:#?}");
}

#[test]
fn a_file_that_can_not_be_read_is_a_fault() {
    let desk = Desk::new();
    let gone = desk.folder.path().join("gone.toml");
    let faults = Settings::read(Some(&gone), []).unwrap_err();
    assert!(faults[0].what.contains("no such file"), "{faults:?}");
    let faults = Settings::read(Some(desk.folder.path()), []).unwrap_err();
    assert!(faults[0].what.contains("can't be read"), "{faults:?}");
    let latin = desk.file("latin.toml", b"[tenant]\n# \xe1\n");
    let faults = Settings::read(Some(&latin), []).unwrap_err();
    assert_eq!(faults[0].line, 2, "{faults:?}");
}

#[test]
fn a_group_is_whole_or_absent() {
    let faults = faults("[http]\n[tenant]\nid = \"5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11\"\n");
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert!(
        faults[0].starts_with("latchkey.toml:2: `tenant.client_id` is missing"),
        "{faults:#?}"
    );
    assert!(
        faults[1].starts_with("latchkey.toml:2: `tenant.client_secret` is missing"),
        "{faults:#?}"
    );
    let faults = self::faults(&format!("{TENANT}simulated = true\ncloud = \"dod\""));
    assert_eq!(faults.len(), 4, "{faults:#?}");
    assert!(
        faults[0].starts_with("latchkey.toml:2: `tenant.id` is for a real tenant"),
        "{faults:#?}"
    );
    assert!(fault("[tenant]\nsimulated = false\nid = \"5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11\"\nclient_id = \"0b7b3f2c-93a4-4d0c-8a53-d1f0b9f0a6e2\"").contains("client_secret"));
}

#[test]
fn plain_http_is_for_this_machine_where_it_is_allowed() {
    let with = |url: &str, switch: &str| {
        read(&format!(
            "{TENANT}login_url = \"{url}\"\n[development]\nloopback_http = {switch}"
        ))
    };
    for url in [
        "http://127.0.0.1:1",
        "http://127.8.9.1",
        "http://[::1]:9/base",
        "http://localhost:80",
        "http://LOCALHOST",
    ] {
        assert!(with(url, "true").is_ok(), "{url}");
        let faults = with(url, "false").unwrap_err();
        assert!(faults[0].what.contains("loopback_http"), "{faults:?}");
    }
    for url in [
        "http://localhost.example.gr",
        "http://login.microsoftonline.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://127.0.0.1.example.gr",
        "ftp://127.0.0.1",
        "localhost:80",
        "login.microsoftonline.com",
        "https://",
        "https://bot:canary@login.example.gr",
        "https://login.example.gr/?token=canary",
        "",
    ] {
        let faults = with(url, "true").unwrap_err();
        assert_eq!(faults.len(), 1, "{url}: {faults:?}");
        assert_eq!(faults[0].line, 5, "{url}");
        assert!(!faults[0].what.contains("canary"), "{faults:?}");
    }
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known() {
    for (text, what) in [
        (
            "[htttp]\n",
            "latchkey.toml:3: there is no section `htttp`: did you mean `http`?",
        ),
        (
            "[weather]\n",
            "latchkey.toml:3: there is no section `weather`: there is `http`, `store`, `tenant`",
        ),
        (
            "[http]\nlistne = \"\"",
            "latchkey.toml:4: `listne` is no setting of [http]: did you mean `listen`?",
        ),
        (
            "[http]\nfolder = \"\"",
            "latchkey.toml:4: `folder` is no setting of [http]: write it under [intents]",
        ),
        (
            "[http]\nport = 1",
            "latchkey.toml:4: `port` is no setting of [http]: there is `listen`",
        ),
        (
            "[http.listen]\n",
            "latchkey.toml:3: `http.listen` is a table: write text in quotes",
        ),
        (
            "[[http]]\n",
            "latchkey.toml:3: `http` is a section: write [http] above its settings",
        ),
        (
            "[access]\ngrants = 99999999999999999999",
            "latchkey.toml:4: `access.grants` is a number: write tables",
        ),
        (
            "[\"http.listen\"]\n",
            "latchkey.toml:3: there is no section `http.listen`",
        ),
        (
            "[HTTP]\n",
            "latchkey.toml:3: there is no section `HTTP`: did you mean `http`?",
        ),
    ] {
        let fault = fault(&format!("{SIMULATED}{text}"));
        assert!(fault.starts_with(what), "{fault}");
    }
    let fault = fault(&format!("listen = \"127.0.0.1:1\"\n{SIMULATED}"));
    assert_eq!(
        fault,
        "latchkey.toml:1: `listen` stands outside its section: write it under [http]"
    );
}

/// What can't be read is set all the same: that the rest is missing would be said of no mistake.
#[test]
fn a_wrong_switch_is_one_fault() {
    assert!(fault("[tenant]\nsimulated = \"true\"").contains("without quotes"));
    let faults = faults_with("", &[("LATCHKEY__TENANT__SIMULATED", "maybe")]);
    assert_eq!(faults, ["LATCHKEY__TENANT__SIMULATED: write true or false"]);
}

#[test]
fn variables_are_held_to_the_same() {
    for (name, value, what) in [
        ("LATCHKEY__HTTP", "x", "this names a section"),
        ("LATCHKEY__HTP__LISTEN", "x", "did you mean `http`?"),
        ("LATCHKEY__HTTP__LISTN", "x", "did you mean `listen`?"),
        ("LATCHKEY__HTTP__LISTEN__X", "x", "is no setting"),
        ("LATCHKEY__HTTP__LISTEN[3]", "x", "is no setting"),
        ("LATCHKEY__HTTP__LISTEN", "", "is empty"),
        ("LATCHKEY__HTTP__LISTEN", "8080", "such as 127.0.0.1:8080"),
        ("LATCHKEY__TENANT__SIMULATED", "yes", "write true or false"),
        (
            "LATCHKEY__ACCESS__GRANTS",
            "x",
            "write it in the file, as [[access.grants]]",
        ),
        (
            "LATCHKEY__ACCESS__PROTECTED",
            "5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11,",
            "empty text",
        ),
        ("LATCHKEY__", "x", "there is no section"),
    ] {
        let faults = faults_with(SIMULATED, &[(name, value)]);
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(
            faults[0].starts_with(&format!("{name}: ")) && faults[0].contains(what),
            "{faults:#?}"
        );
    }
    let twice = [
        ("LATCHKEY__HTTP__LISTEN", "127.0.0.1:1"),
        ("latchkey__http__listen", "127.0.0.1:2"),
    ];
    assert!(faults_with(SIMULATED, &twice)[0].contains("set twice"));
}

/// A secret that has lost its key is read as a key.
#[test]
fn a_long_unknown_name_is_not_repeated() {
    for text in [
        "[http]\n\"canary~secret\" = 1",
        "[http]\ncanary0000000000000000000 = 1",
        "[\"canary secret\"]",
        "\"canary~\" = 1",
    ] {
        let fault = fault(&format!("{text}\n{SIMULATED}"));
        assert!(fault.contains("`…`"), "{fault}");
    }
}

/// One slip of the pen.
#[derive(Debug, Clone)]
struct Slip {
    at: prop::sample::Index,
    length: usize,
    instead: &'static str,
}

fn any_slip() -> impl Strategy<Value = Slip> {
    let instead = prop::sample::select(vec![
        "", "\"", "\n", "=", "[", "]", "[[", "#", ".", ",", " ", "'", "\"\"\"", "{", "}", "0", "-", "true", "\\", "é",
        "\0",
    ]);
    (any::<prop::sample::Index>(), 0..12_usize, instead).prop_map(|(at, length, instead)| Slip { at, length, instead })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever goes wrong in a file, it is read or its faults are named, and its secret is in none of them.
    #[test]
    fn no_slip_shows_the_secret(slips in prop::collection::vec(any_slip(), 1..5)) {
        let secret = "Qx7~canary.0123456789-abcdefgh_QQQQQQQQ";
        let mut text: Vec<char> = format!(
            "{}[http]\nlisten = \"127.0.0.1:1\"\n[[access.grants]]\nplatform = \"slack\"\nscope = \"T1\"\nuser = \"U1\"\n\
             actions = [\"look-up\"]\n[development]\nloopback_http = true\n",
            TENANT.replace("canary~secret", secret)
        )
        .chars()
        .collect();
        for slip in slips {
            let at = slip.at.index(text.len());
            let end = text.len().min(at + slip.length);
            text.splice(at..end, slip.instead.chars());
        }
        let text: String = text.into_iter().collect();
        for fault in read(&text).err().unwrap_or_default() {
            let lines = text.lines().count() + 1;
            prop_assert!(fault.line <= lines, "{fault}");
            prop_assert!(!fault.what.contains("0123456789") && !fault.what.contains("canary"), "{fault}");
        }
    }
}
