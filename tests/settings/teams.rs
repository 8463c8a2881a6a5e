//! `[teams]` and what the emulator needs: what is taken, and every way to get it wrong.

use latchkey::settings::{Cloud, Counterpart, TeamsSettings};

use super::{SIMULATED, TENANT, fault, faults, read};

const TEAMS: &str = "[teams]\napp_id = \"3f1c2b4a-5d6e-4f70-8a9b-0c1d2e3f4a5b\"\n\
                     app_tenant_id = \"72A1b0c9-d8e7-46f5-9a4b-3c2d1e0f9a8b\"\napp_password = \"canary~secret\"\n";
const EMULATOR: &str = "[development]\nteams_emulator = true\n";

fn teams(text: &str) -> TeamsSettings {
    read(text).unwrap().teams.unwrap()
}

#[test]
fn without_the_section_there_is_no_teams() {
    assert!(read(SIMULATED).unwrap().teams.is_none());
}

#[test]
fn three_lines_are_enough() {
    let settings = teams(&format!("{SIMULATED}{TEAMS}"));
    assert!(matches!(settings.counterpart, Counterpart::Teams(_)));
    assert_eq!(settings.allowed_tenants, ["72a1b0c9-d8e7-46f5-9a4b-3c2d1e0f9a8b"]);
    assert_eq!(settings.cloud, Cloud::GLOBAL);
    assert_eq!(settings.login_url.as_str(), "https://login.microsoftonline.com/");
    assert!(settings.admin_conversation.is_none() && settings.answer_channels.is_empty());
}

#[test]
fn the_tenants_cloud_is_the_bots() {
    for (cloud, bots, login) in [
        (
            "gcc-high",
            "https://api.botframework.us",
            "https://login.microsoftonline.us/",
        ),
        (
            "dod",
            "https://api.botframework.us",
            "https://login.microsoftonline.us/",
        ),
        (
            "china",
            "https://api.botframework.azure.cn",
            "https://login.partner.microsoftonline.cn/",
        ),
    ] {
        let settings = teams(&format!("{TENANT}cloud = \"{cloud}\"\n{TEAMS}"));
        assert_eq!((settings.cloud.name, settings.cloud.bots), (cloud, bots));
        assert_eq!(settings.login_url.as_str(), login);
        assert!(
            settings
                .openid_url
                .as_str()
                .starts_with("https://login.botframework.azure.")
        );
        let own = teams(&format!(
            "{TENANT}cloud = \"{cloud}\"\n{TEAMS}openid_url = \"https://keys.example.gr/openid\"\n"
        ));
        assert_eq!(own.openid_url.as_str(), "https://keys.example.gr/openid");
    }
}

#[test]
fn what_is_missing_is_named_with_what_mends_it() {
    for (section, what) in [
        (
            "[teams]\nadmin_conversation = \"19:a@thread.tacv2\"\n",
            "`teams.app_id` is missing",
        ),
        (
            "[teams]\nadmin_conversation = \"19:a@thread.tacv2\"\n",
            "`teams.app_tenant_id` is missing",
        ),
        (
            "[teams]\nadmin_conversation = \"19:a@thread.tacv2\"\n",
            "`teams.app_password` is missing",
        ),
        (
            "[teams]\nmanaged_identity = true\napp_tenant_id = \"72a1b0c9-d8e7-46f5-9a4b-3c2d1e0f9a8b\"\n",
            "the client id of the managed identity",
        ),
        ("[teams]\nallowed_tenants = []\n", "`teams.app_id` is missing"),
    ] {
        let found = faults(&format!("{SIMULATED}{section}"));
        let named = found.iter().find(|fault| fault.contains(what));
        assert!(
            named.is_some_and(|fault| fault.starts_with("latchkey.toml:3: ")),
            "{section}: {found:#?}"
        );
    }
}

#[test]
fn each_wrong_value_is_named_with_its_line() {
    for (line, what) in [
        ("app_certificate = \"x\"", "two ways to sign in"),
        ("managed_identity = true", "two ways to sign in"),
        ("federated_token_file = \"/x\"", "take it out, or set that"),
        ("admin_conversation = \"\"", "is empty"),
        ("admin_conversation = \"Lockout desk\"", "no conversation of Teams"),
        ("admin_conversation = \"ana@contoso.com\"", "no conversation of Teams"),
        (
            "admin_conversation = \"https://teams.microsoft.com/l/channel/19%3Aa%40thread.tacv2/x\"",
            "between `/channel/` and the next slash",
        ),
        (
            "admin_conversation = \"19:a@thread.tacv2;messageid=5\"",
            "end it before",
        ),
        (
            "answer_channels = [\"19:a@thread.tacv2\", \"the support channel\"]",
            "no conversation of Teams",
        ),
        ("allowed_tenants = [\"contoso.com\"]", "is no id"),
        ("openid_url = \"http://login.botframework.com/\"", "plain http"),
        ("openid_url = \"http://127.0.0.1:9/\"", "loopback_http = true"),
        ("login_url = \"login.microsoftonline.com\"", "no address"),
        ("app_name = \"Latchkey\"", "no setting of [teams]"),
        (
            "admin_conversations = \"19:a@thread.tacv2\"",
            "did you mean `admin_conversation`?",
        ),
    ] {
        let found = fault(&format!("{SIMULATED}{TEAMS}{line}\n"));
        assert!(found.contains(what), "{line}: {found}");
        assert!(found.starts_with("latchkey.toml:7: "), "{line}: {found}");
    }
    for (id, what) in [
        ("00000000-0000-0000-0000-000000000000", "placeholder"),
        ("Latchkey bot", "is a name"),
        ("bot@contoso.com", "is an address"),
    ] {
        for key in ["app_id", "app_tenant_id"] {
            let text = TEAMS.lines().filter(|line| !line.starts_with(&format!("{key} ")));
            let text: Vec<_> = text.collect();
            let found = fault(&format!("{SIMULATED}{}\n{key} = \"{id}\"\n", text.join("\n")));
            assert!(found.contains(what) && found.contains(key), "{key} {id}: {found}");
        }
    }
}

#[test]
fn the_emulator_needs_no_application_and_takes_none() {
    let settings = teams(&format!(
        "{SIMULATED}{EMULATOR}[teams]\nadmin_conversation = \"group\"\n"
    ));
    assert!(matches!(settings.counterpart, Counterpart::Emulator));
    assert_eq!(settings.admin_conversation.as_deref(), Some("group"));
    assert!(matches!(
        teams(&format!("{SIMULATED}{EMULATOR}")).counterpart,
        Counterpart::Emulator
    ));
    let found = faults(&format!("{SIMULATED}{EMULATOR}{TEAMS}"));
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found.iter().all(|fault| fault.contains("take out `teams_emulator`")),
        "{found:#?}"
    );
}

#[test]
fn the_emulator_is_let_in_only_where_nobody_else_can_come_and_nothing_is_real() {
    for (text, what) in [
        (
            format!("{SIMULATED}[http]\nlisten = \"0.0.0.0:8080\"\n"),
            "set `listen` under [http]",
        ),
        (
            format!("{SIMULATED}[http]\npublic_url = \"https://latchkey.contoso.com\"\n"),
            "take out `public_url`",
        ),
        (TENANT.to_owned(), "`simulated = true`"),
    ] {
        let found = fault(&format!("{text}{EMULATOR}"));
        assert!(found.contains(what), "{found}");
        let line = text.lines().count() + 2;
        assert!(found.starts_with(&format!("latchkey.toml:{line}: ")), "{found}");
    }
    let local = "login_url = \"http://127.0.0.1:1/\"\ngraph_url = \"http://localhost:1/\"\nexchange_url = \"http://[::1]:1/\"\n";
    read(&format!("{TENANT}{local}{EMULATOR}loopback_http = true\n")).unwrap();
}

#[test]
fn what_lies_beside_the_emulators_guide_can_be_taken() {
    let settings = read(include_str!("../../deploy/teams/playground/latchkey.toml")).unwrap();
    assert!(matches!(settings.teams.unwrap().counterpart, Counterpart::Emulator));
    assert_eq!(settings.access.grants.len(), 1);
}
