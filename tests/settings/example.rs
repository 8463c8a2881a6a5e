//! The example that is copied: it is whole once it is filled in, and says what to fill in until then.

use latchkey::settings::{Limits, SlackMode, TenantSettings};

use super::{Desk, faults, read};

const EXAMPLE: &str = include_str!("../../deploy/latchkey.example.toml");

/// What somebody does who follows the example.
fn filled_in(desk: &Desk) -> String {
    let secret = desk.file("secret", "canary");
    let slack = |name: &str, token: &str| desk.file(name, token).display().to_string();
    let token = desk.file("discord-token", "canary.token.discord");
    EXAMPLE
        .replace(
            "/run/secrets/latchkey-slack-bot-token",
            &slack("slack-bot", "xoxb-canary"),
        )
        .replace(
            "/run/secrets/latchkey-slack-app-token",
            &slack("slack-app", "xapp-canary"),
        )
        .replace(
            "/run/secrets/latchkey-slack-signing-secret",
            &slack("slack-signing", "canary"),
        )
        .replace(
            "00000000-0000-0000-0000-000000000000",
            "5f0c9a7e-4a3b-4f0e-9d37-0a4f5b8e2c11",
        )
        .replace("/run/secrets/latchkey-client-secret", &secret.display().to_string())
        .replace("/run/secrets/latchkey-discord-token", &token.display().to_string())
        .replace(
            "/run/secrets/latchkey-teams-password",
            &desk.file("teams", "canary").display().to_string(),
        )
}

#[test]
fn as_it_is_it_says_what_to_fill_in() {
    let faults = faults(EXAMPLE);
    assert_eq!(faults.len(), 3, "{faults:#?}");
    for (fault, what) in faults.iter().zip([
        "`tenant.id` is a placeholder",
        "`tenant.client_id` is a",
        "_secret_file`",
    ]) {
        assert!(fault.contains(what), "{faults:#?}");
    }
}

#[test]
fn filled_in_it_is_whole() {
    let settings = read(&filled_in(&Desk::new())).unwrap();
    assert!(settings.access.grants.is_empty());
}

#[test]
fn everything_that_it_offers_can_be_taken() {
    let desk = Desk::new();
    let offered: Vec<_> = filled_in(&desk)
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| !rest.starts_with(' '))
                .unwrap_or(line)
                .to_owned()
        })
        .collect();
    let settings = read(&offered.join("\n")).unwrap();
    assert_eq!(settings.access.grants.len(), 4);
    assert_eq!(
        settings.access.grants[2].units,
        ["0d1e2f3a-4b5c-4d6e-9f7a-8b9c0d1e2f3a"]
    );
    assert_eq!(settings.access.protected.len(), 1);
    assert_eq!(settings.access.two_people, ["unblock-sender"]);
    assert_eq!(settings.access.limits, Limits::default());
    assert_eq!(settings.intents.languages, ["en", "el"]);
    let slack = settings.slack.unwrap();
    assert_eq!(slack.team_ids, ["T024BE7LD"]);
    assert_eq!(slack.api_url.as_str(), "https://slack.com/api");
    assert!(matches!(slack.mode, SlackMode::Socket { connections: 2, .. }));
    let discord = settings.discord.unwrap();
    assert_eq!(discord.guild_ids, [1_180_000_000_000_000_002]);
    assert_eq!(discord.api_url.as_str(), "https://discord.com/");
}

#[test]
fn a_pilot_takes_out_the_tenant() {
    let desk = Desk::new();
    let pilot: Vec<_> = filled_in(&desk)
        .lines()
        .filter(|line| !line.starts_with("id =") && !line.starts_with("client_"))
        .map(|line| {
            line.strip_prefix("# ")
                .filter(|rest| *rest == "simulated = true")
                .unwrap_or(line)
                .to_owned()
        })
        .collect();
    assert!(matches!(
        read(&pilot.join("\n")).unwrap().tenant,
        TenantSettings::Simulated
    ));
}
