//! `[slack]`: what is taken, and every way to get it wrong.

use latchkey::settings::{SlackMode, SlackSettings};

use super::{SIMULATED, faults, read, read_with};

const SOCKET: &str = "[slack]\nbot_token = \"xoxb-canary\"\napp_token = \"xapp-canary\"\n";
const HTTP: &str = "[slack]\nmode = \"http\"\nbot_token = \"xoxb-canary\"\nsigning_secret = \"canary\"\n";

fn slack(section: &str) -> SlackSettings {
    read(&format!("{SIMULATED}{section}")).unwrap().slack.unwrap()
}

#[test]
fn without_the_section_there_is_no_slack() {
    assert!(read(SIMULATED).unwrap().slack.is_none());
}

#[test]
fn two_tokens_are_enough() {
    let settings = slack(SOCKET);
    assert!(matches!(settings.mode, SlackMode::Socket { connections: 2, .. }));
    assert_eq!(settings.api_url.as_str(), "https://slack.com/api");
    assert!(settings.team_ids.is_empty() && settings.admin_channel.is_none());
    assert!(matches!(slack(HTTP).mode, SlackMode::Http { .. }));
}

#[test]
fn each_fault_is_named_with_what_mends_it() {
    for (section, fault) in [
        ("[slack]\nmode = \"socket\"\n", "`slack.bot_token` is missing"),
        ("[slack]\nbot_token = \"xoxb-canary\"\n", "`slack.app_token` is missing"),
        (
            "[slack]\nmode = \"http\"\nbot_token = \"xoxb-canary\"\n",
            "`slack.signing_secret` is missing",
        ),
        (
            "[slack]\nmode = \"soket\"\nbot_token = \"xoxb-canary\"\n",
            "did you mean `socket`?",
        ),
        (
            "[slack]\nbot_token = \"xapp-canary\"\napp_token = \"xapp-canary\"\n",
            "another kind of token",
        ),
        (
            "[slack]\nbot_token = \"xoxb-canary\"\napp_token = \"xoxb-canary\"\n",
            "another kind of token",
        ),
        (
            "[slack]\nbot_token = \"xoxb canary\"\napp_token = \"xapp-canary\"\n",
            "copy it again",
        ),
    ] {
        let faults = faults(&format!("{SIMULATED}{section}"));
        assert!(
            faults.iter().any(|found| found.contains(fault)),
            "{section}: {faults:#?}"
        );
        assert!(faults.iter().all(|found| !found.contains("canary")), "{faults:#?}");
    }
    for (line, fault) in [
        ("team_ids = [\"contoso\"]", "no id of a workspace"),
        ("admin_channel = \"#admins\"", "no id of a channel"),
        ("answer_channels = [\"C024BE91L\", \"support\"]", "no id of a channel"),
        ("connections = 11", "from 1 to 10"),
        ("connections = 0", "from 1 to 10"),
        ("connections = -1", "from 1 to 10"),
        ("connections = \"2\"", "a whole number, without quotes"),
        ("connections = 2.5", "a whole number, without quotes"),
        ("connections = 99999999999999999999", "a whole number"),
        ("api_url = \"http://slack.com/api\"", "plain http"),
    ] {
        let faults = faults(&format!("{SIMULATED}{SOCKET}{line}\n"));
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(faults[0].contains(fault), "{faults:#?}");
    }
}

#[test]
fn a_number_comes_from_the_environment_too() {
    let text = format!("{SIMULATED}{SOCKET}connections = 2\n");
    let set = |value: &str| read_with(&text, &[("LATCHKEY__SLACK__CONNECTIONS", value)]);
    let settings = set("5").unwrap().slack.unwrap();
    assert!(matches!(settings.mode, SlackMode::Socket { connections: 5, .. }));
    for (value, fault) in [("five", "write a whole number"), ("50", "from 1 to 10")] {
        let faults = set(value).unwrap_err();
        assert!(faults[0].to_string().contains(fault), "{faults:#?}");
    }
}
