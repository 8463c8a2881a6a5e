//! What settings are taken, and that every fault is named at its place with the way to mend it.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use latchkey::chat::{ActionId, Platform};
use latchkey::settings::{self, Grantee, LoopbackHttp, RealTenant, Settings, SettingsFault, TenantSettings};
use secrecy::ExposeSecret;

const TENANT: &str = "[tenant]\nid = \"5F0C9A7E-4a3b-4f0e-9d37-0a4f5b8e2c11\"\n\
                      client_id = \"0b7b3f2c-93a4-4d0c-8a53-d1f0b9f0a6e2\"\nclient_secret = \"canary~secret\"\n";
const SIMULATED: &str = "[tenant]\nsimulated = true\n";

/// A folder with a settings file in it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

fn read_with(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Vec<SettingsFault>> {
    let desk = Desk::new();
    let path = desk.file("latchkey.toml", text);
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let read = Settings::read(Some(&path), variables);
    let folder = format!("{}/", desk.folder.path().display());
    read.map_err(|faults| {
        faults
            .into_iter()
            .map(|fault| SettingsFault {
                file: fault.file.replace(&folder, ""),
                ..fault
            })
            .collect()
    })
}

fn read(text: &str) -> Result<Settings, Vec<SettingsFault>> {
    read_with(text, &[])
}

fn faults_with(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let faults = read_with(text, variables).unwrap_err();
    let shown: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(!shown.join("\n").contains("canary"), "a secret is shown: {shown:#?}");
    shown
}

fn faults(text: &str) -> Vec<String> {
    faults_with(text, &[])
}

/// The only fault of a text that is otherwise whole.
fn fault(text: &str) -> String {
    let mut faults = faults(text);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.remove(0)
}

fn real(settings: Settings) -> RealTenant {
    match settings.tenant {
        TenantSettings::Real(tenant) => tenant,
        TenantSettings::Simulated => panic!("this is the practice tenant"),
    }
}

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
    assert_eq!(tenant.client_secret.expose_secret(), "canary~secret");
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
    assert_eq!(tenant.client_secret.expose_secret(), "12345");
    assert_eq!(tenant.graph_url.as_str(), "http://127.0.0.1:7001/");
}

#[test]
fn the_environment_alone_is_enough() {
    let variables = [
        ("LATCHKEY__TENANT__ID", "5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11"),
        ("LATCHKEY__TENANT__CLIENT_ID", "0b7b3f2c-93a4-4d0c-8a53-d1f0b9f0a6e2"),
        ("LATCHKEY__TENANT__CLIENT_SECRET", "canary"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(
        real(Settings::read(None, variables).unwrap())
            .client_secret
            .expose_secret(),
        "canary"
    );
}

#[test]
fn without_a_tenant_the_fault_says_how_to_name_one() {
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
        assert_eq!(real(read(&text).unwrap()).client_secret.expose_secret(), "canary");
        let name = secret.display().to_string();
        let variables = [("LATCHKEY__TENANT__CLIENT_SECRET_FILE", name.as_str())];
        let settings = read_with(&TENANT.replace("canary", "other"), &variables).unwrap();
        assert_eq!(real(settings).client_secret.expose_secret(), "canary");
        let variables = [("LATCHKEY__TENANT__CLIENT_SECRET", "from the environment")];
        let settings = read_with(&text, &variables).unwrap();
        assert_eq!(real(settings).client_secret.expose_secret(), "from the environment");
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
