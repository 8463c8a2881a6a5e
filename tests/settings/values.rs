//! What can be set, where it comes from, and which source wins.

use std::path::PathBuf;

use latchkey::settings::{Grantee, LoopbackHttp, Settings, TenantSettings};
use secrecy::ExposeSecret;

use super::{Desk, SIMULATED, TENANT, fault, faults_with, leave_home, read, read_with, real};

#[test]
fn defaults_stand_where_nothing_is_set() {
    let settings = read(SIMULATED).unwrap();
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.store.url, "sqlite://latchkey.sqlite");
    assert!(matches!(settings.tenant, TenantSettings::Simulated));
    assert_eq!(settings.intents.folder, None);
    assert!(settings.intents.languages.is_empty());
    assert!(settings.access.grants.is_empty() && settings.access.protected.is_empty());
    assert_eq!(settings.development.loopback_http, LoopbackHttp::Refused);
}

#[test]
fn everything_can_be_set() {
    let settings = read(&format!(
        "{TENANT}
[http]
listen = \"[::1]:9000\"
[store]
url = \"sqlite:///var/lib/latchkey/store.sqlite\"
[intents]
folder = \"intents\"
languages = [\"en\", \"pt-BR\"]
[access]
protected = [\"F0C9A7E1-4a3b-4f0e-9d37-0a4f5b8e2c11\"]
[[access.grants]]
platform = \"slack\"
scope = \"T024BE7LD\"
user = \"U024BE7LH\"
actions = [\"look-up\", \"unblock-sender\"]
[[access.grants]]
entra = \"F0C9A7E1-4A3B-4F0E-9D37-0A4F5B8E2C12\"
actions = [\"reset-password\"]
"
    ))
    .unwrap();
    assert_eq!(settings.http.listen.port(), 9000);
    assert_eq!(settings.store.url, "sqlite:///var/lib/latchkey/store.sqlite");
    assert_eq!(settings.intents.folder, Some(PathBuf::from("intents")));
    assert_eq!(settings.intents.languages, ["en", "pt-BR"]);
    assert_eq!(settings.access.protected, ["f0c9a7e1-4a3b-4f0e-9d37-0a4f5b8e2c11"]);
    let [slack, entra] = settings.access.grants.as_slice() else {
        panic!("two grants were given")
    };
    let (scope, user) = ("T024BE7LD".to_owned(), "U024BE7LH".to_owned());
    assert_eq!(
        slack.who,
        Grantee::Chat {
            platform: "slack".to_owned(),
            scope,
            user
        }
    );
    assert_eq!(slack.actions, ["look-up", "unblock-sender"]);
    assert_eq!(
        entra.who,
        Grantee::Entra("f0c9a7e1-4a3b-4f0e-9d37-0a4f5b8e2c12".to_owned())
    );
    let tenant = real(settings);
    assert_eq!(tenant.id, "5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11");
    assert_eq!(tenant.credential.secret().unwrap().expose_secret(), "canary~secret");
    assert_eq!(tenant.graph_url.as_str(), "https://graph.microsoft.com/");
}

#[test]
fn a_cloud_sets_the_addresses_and_an_address_wins() {
    for (cloud, hosts) in [
        (
            "global",
            [
                "login.microsoftonline.com",
                "graph.microsoft.com",
                "outlook.office365.com",
            ],
        ),
        (
            "gcc-high",
            ["login.microsoftonline.us", "graph.microsoft.us", "outlook.office365.us"],
        ),
        (
            "dod",
            ["login.microsoftonline.us", "dod-graph.microsoft.us", "webmail.apps.mil"],
        ),
        (
            "china",
            [
                "login.partner.microsoftonline.cn",
                "microsoftgraph.chinacloudapi.cn",
                "partner.outlook.cn",
            ],
        ),
    ] {
        let tenant = real(read(&format!("{TENANT}cloud = \"{cloud}\"")).unwrap());
        let urls = [tenant.login_url, tenant.graph_url, tenant.exchange_url];
        assert_eq!(urls.each_ref().map(|url| url.host_str().unwrap()), hosts);
        assert!(urls.iter().all(|url| url.scheme() == "https"));
    }
    let text = format!("{TENANT}cloud = \"dod\"\ngraph_url = \"https://graph.example.gr/base\"");
    let tenant = real(read(&text).unwrap());
    assert_eq!(tenant.graph_url.as_str(), "https://graph.example.gr/base");
    assert_eq!(tenant.exchange_url.host_str(), Some("webmail.apps.mil"));
}

#[test]
fn the_environment_lies_over_the_file() {
    let variables = [
        ("LATCHKEY__HTTP__LISTEN", "0.0.0.0:80"),
        ("LATCHKEY__TENANT__CLIENT_SECRET", "12345"),
        ("LATCHKEY__INTENTS__LANGUAGES", "en, el"),
        ("LATCHKEY__DEVELOPMENT__LOOPBACK_HTTP", "true"),
        ("LATCHKEY__TENANT__GRAPH_URL", "http://127.0.0.1:7001"),
        ("LATCHKEY_LOG", "debug"),
        ("LATCHKEY_PORT", "tcp://10.0.0.1:80"),
        ("HOME", "/home/nikos"),
    ];
    let settings = read_with(&format!("[http]\nlisten = \"127.0.0.1:1\"\n{TENANT}"), &variables).unwrap();
    assert_eq!(settings.http.listen.to_string(), "0.0.0.0:80");
    assert_eq!(settings.intents.languages, ["en", "el"]);
    assert_eq!(settings.development.loopback_http, LoopbackHttp::Allowed);
    let tenant = real(settings);
    assert_eq!(tenant.credential.secret().unwrap().expose_secret(), "12345");
    assert_eq!(tenant.graph_url.as_str(), "http://127.0.0.1:7001/");
}

#[test]
fn the_environment_alone_is_enough() {
    leave_home();
    let variables = [
        ("LATCHKEY__TENANT__ID", "5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11"),
        ("LATCHKEY__TENANT__CLIENT_ID", "0b7b3f2c-93a4-4d0c-8a53-d1f0b9f0a6e2"),
        ("LATCHKEY__TENANT__CLIENT_SECRET", "canary"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(
        real(Settings::read(None, variables).unwrap())
            .credential
            .secret()
            .unwrap()
            .expose_secret(),
        "canary"
    );
}

#[test]
fn without_a_tenant_the_fault_says_how_to_name_one() {
    leave_home();
    let faults = Settings::read(None, []).unwrap_err();
    let [fault] = faults.as_slice() else {
        panic!("{faults:#?}")
    };
    assert_eq!((fault.file.as_str(), fault.line), ("latchkey.toml", 0));
    for part in ["`client_secret`", "LATCHKEY__TENANT__ID", "`simulated = true`"] {
        assert!(fault.what.contains(part), "{fault}");
    }
}

#[test]
fn a_secret_comes_from_a_file_without_its_last_line_break() {
    let desk = Desk::new();
    let tenant = TENANT.replace("client_secret = \"canary~secret\"\n", "");
    for content in ["canary", "canary\n", "canary\r\n"] {
        let secret = desk.file("secret", content);
        let text = format!("{tenant}client_secret_file = \"{}\"", secret.display());
        assert_eq!(
            real(read(&text).unwrap()).credential.secret().unwrap().expose_secret(),
            "canary"
        );
        let name = secret.display().to_string();
        let variables = [("LATCHKEY__TENANT__CLIENT_SECRET_FILE", name.as_str())];
        let settings = read_with(&TENANT.replace("canary", "other"), &variables).unwrap();
        assert_eq!(real(settings).credential.secret().unwrap().expose_secret(), "canary");
        let variables = [("LATCHKEY__TENANT__CLIENT_SECRET", "from the environment")];
        let settings = read_with(&text, &variables).unwrap();
        assert_eq!(
            real(settings).credential.secret().unwrap().expose_secret(),
            "from the environment"
        );
    }
}

#[test]
fn a_secret_file_that_is_no_good_is_a_fault() {
    let desk = Desk::new();
    let tenant = TENANT.replace("client_secret = \"canary~secret\"\n", "");
    for (content, why) in [
        (&b""[..], "is empty"),
        (b"\n\n", "is empty"),
        (b"canary\xff", "is not text"),
        (&[b'x'; 70_000], "is too long"),
    ] {
        let secret = desk.file("secret", content);
        let fault = fault(&format!("{tenant}client_secret_file = \"{}\"", secret.display()));
        assert!(
            fault.starts_with("latchkey.toml:4: the file that `tenant.client_secret_file` names"),
            "{fault}"
        );
        assert!(fault.contains(why), "{fault}");
    }
    let fault = fault(&format!("{tenant}client_secret_file = \"/no/such/file\""));
    assert!(fault.contains("can't be read"), "{fault}");
    let variables = [("LATCHKEY__TENANT__CLIENT_SECRET_FILE", "/no/such/file")];
    let faults = faults_with(&tenant, &variables);
    assert!(
        faults[0].starts_with("LATCHKEY__TENANT__CLIENT_SECRET_FILE: the file"),
        "{faults:?}"
    );
}

#[test]
fn a_secret_and_its_file_on_one_level_are_a_fault() {
    let fault = fault(&format!("{TENANT}client_secret_file = \"secret\""));
    assert!(
        fault.starts_with("latchkey.toml:5: ") && fault.contains("keep one"),
        "{fault}"
    );
    let variables = [
        ("LATCHKEY__TENANT__CLIENT_SECRET", "canary"),
        ("LATCHKEY__TENANT__CLIENT_SECRET_FILE", "secret"),
    ];
    let faults = faults_with(TENANT, &variables);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with("LATCHKEY__TENANT__CLIENT_SECRET_FILE: "),
        "{faults:?}"
    );
}

#[test]
fn printed_settings_hide_their_secrets() {
    let shown = format!("{:?}", read(TENANT).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}
