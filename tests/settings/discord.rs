//! `[discord]`: whole or absent, and every slip named.

use secrecy::ExposeSecret;

use super::{SIMULATED, fault, faults, faults_with, read, read_with};

const WHOLE: &str = "[discord]\ntoken = \"canary.bot.token\"\napplication_id = \"1180000000000000001\"\n\
                     guild_ids = [\"1180000000000000002\"]\n";

fn with(more: &str) -> String {
    format!("{SIMULATED}{WHOLE}{more}")
}

#[test]
fn without_the_section_there_is_no_discord() {
    assert!(read(SIMULATED).unwrap().discord.is_none());
}

#[test]
fn what_is_needed_is_enough() {
    let discord = read(&with("")).unwrap().discord.unwrap();
    assert_eq!(discord.token.expose_secret(), "canary.bot.token");
    assert_eq!(discord.application_id, 1_180_000_000_000_000_001);
    assert_eq!(discord.guild_ids, [1_180_000_000_000_000_002]);
    assert_eq!((discord.admin_channel, discord.answer_channels.len()), (None, 0));
    assert_eq!(discord.api_url.as_str(), "https://discord.com/");
}

#[test]
fn it_can_come_from_the_environment() {
    let variables = [
        ("LATCHKEY__DISCORD__TOKEN", "canary.bot.token"),
        ("LATCHKEY__DISCORD__APPLICATION_ID", "1180000000000000001"),
        (
            "LATCHKEY__DISCORD__GUILD_IDS",
            "1180000000000000002,1180000000000000003",
        ),
    ];
    let discord = read_with(SIMULATED, &variables).unwrap().discord.unwrap();
    assert_eq!(discord.guild_ids.len(), 2);
    let faults = faults_with(SIMULATED, &variables[..1]);
    assert_eq!(faults.len(), 2, "{faults:#?}");
}

#[test]
fn everything_that_is_missing_is_named() {
    let faults = faults(&format!(
        "{SIMULATED}[discord]\nadmin_channel = \"1180000000000000003\"\n"
    ));
    assert_eq!(faults.len(), 3, "{faults:#?}");
    for (fault, key) in faults.iter().zip(["token", "application_id", "guild_ids"]) {
        assert!(fault.contains(&format!("`discord.{key}` is missing")), "{fault}");
    }
}

#[test]
fn serving_nobody_or_everybody_is_refused() {
    let text = with("").replace("[\"1180000000000000002\"]", "[]");
    assert!(fault(&text).contains("`discord.guild_ids` names no server"));
}

#[test]
fn what_is_no_id_is_refused() {
    for (more, key) in [
        ("admin_channel = \"#it-requests\"", "admin_channel"),
        ("admin_channel = \"0180000000000000003\"", "admin_channel"),
        (
            "answer_channels = [\"1180000000000000004\", \"support\"]",
            "answer_channels",
        ),
        ("answer_channels = [\"99999999999999999999\"]", "answer_channels"),
    ] {
        assert!(
            fault(&with(more)).contains(&format!("`discord.{key}` holds something that is no id")),
            "{more}"
        );
    }
    let twice = with("answer_channels = [\"1180000000000000004\", \"1180000000000000004\"]");
    assert!(fault(&twice).contains("twice"));
}

#[test]
fn what_is_no_bot_token_is_refused_and_not_shown() {
    for (token, why) in [
        ("canary0bc7d1f7a", "is no bot token"),
        ("Bot canary.bot.token", "write the token alone"),
        ("canary.bot token", "copy it again"),
    ] {
        assert!(
            fault(&with("").replace("canary.bot.token", token)).contains(why),
            "{token}"
        );
    }
}

#[test]
fn another_address_must_be_https_or_here_by_leave() {
    assert!(fault(&with("api_url = \"http://discord.contoso.com\"")).contains("`discord.api_url` is plain http"));
    let here = with("api_url = \"http://127.0.0.1:4010\"");
    assert!(fault(&here).contains("loopback_http"));
    let allowed = format!("{here}\n[development]\nloopback_http = true\n");
    assert_eq!(
        read(&allowed).unwrap().discord.unwrap().api_url.as_str(),
        "http://127.0.0.1:4010/"
    );
}
