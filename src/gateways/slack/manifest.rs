//! The app's manifest, made from the settings: the least scopes, each with what it is for.
//! <https://docs.slack.dev/reference/app-manifest/>

use crate::settings::{SlackApp, SlackWay};
use url::Url;

/// Why there is no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Slack must know where to send requests.
    #[error(
        "in the mode `http` Slack must reach Latchkey: set `public_url` under [http], such as https://latchkey.contoso.com"
    )]
    NoAddress,
}

/// A scope or an event, and what it is for.
type Granted = (&'static str, &'static str);

const SCOPES: [Granted; 9] = [
    ("app_mentions:read", "hears when somebody mentions it in a channel"),
    (
        "chat:write",
        "answers, and posts requests in the administrators' channel",
    ),
    (
        "channels:read",
        "notices when it is invited to a channel, and says hello there; `latchkey doctor` sees which it is in",
    ),
    ("groups:read", "the same for private channels that it is in"),
    ("commands", "has the command /latchkey"),
    ("im:history", "reads what somebody writes to it directly"),
    (
        "im:write",
        "tells somebody what became of their request when they are away",
    ),
    ("users:read", "reads a person's name and language, to answer in it"),
    (
        "users:read.email",
        "suggests to administrators which account may be meant; nothing is decided by it",
    ),
];

/// Only where it listens unasked.
const TO_LISTEN: [Granted; 2] = [
    (
        "channels:history",
        "reads the public channels it is in: it answers in answer_channels, and reads past the rest",
    ),
    ("groups:history", "the same for private channels"),
];

const EVENTS: [Granted; 4] = [
    ("app_home_opened", "somebody opens its home tab"),
    ("app_mention", "somebody mentions it"),
    ("member_joined_channel", "it was invited to a channel"),
    ("message.im", "somebody writes to it directly"),
];

const EVENTS_TO_LISTEN: [Granted; 2] = [
    ("message.channels", "somebody writes in a public channel that it is in"),
    ("message.groups", "somebody writes in a private channel that it is in"),
];

/// The scopes that the bot needs, each with what it is for.
pub(super) fn scopes(answer_channels: &[String]) -> impl Iterator<Item = Granted> {
    let to_listen = TO_LISTEN.into_iter().filter(|_| !answer_channels.is_empty());
    SCOPES.into_iter().chain(to_listen)
}

/// The manifest as YAML.
pub fn yaml(app: &SlackApp) -> Result<String, ManifestError> {
    let address = match (app.way, &app.public_url) {
        (SlackWay::Socket, _) => None,
        (SlackWay::Http, Some(url)) => Some(url),
        (SlackWay::Http, None) => return Err(ManifestError::NoAddress),
    };
    let request = |path: &str| address.map(|address| endpoint(address, path));
    let lines = [
        HEAD.to_owned(),
        request("commands").map_or_else(String::new, |url| format!("      url: \"{url}\"\n")),
        "oauth_config:\n  scopes:\n    bot:\n".to_owned(),
        granted(&SCOPES, &TO_LISTEN, app),
        "settings:\n  event_subscriptions:\n".to_owned(),
        request("events").map_or_else(String::new, |url| format!("    request_url: \"{url}\"\n")),
        "    bot_events:\n".to_owned(),
        granted(&EVENTS, &EVENTS_TO_LISTEN, app),
        "  interactivity:\n    # Buttons and modals.\n    is_enabled: true\n".to_owned(),
        request("interactions").map_or_else(String::new, |url| format!("    request_url: \"{url}\"\n")),
        "  org_deploy_enabled: false\n".to_owned(),
        match address {
            None => "  # Latchkey opens the connections: no public address is needed.\n  socket_mode_enabled: true\n",
            Some(_) => "  socket_mode_enabled: false\n",
        }
        .to_owned(),
        "  token_rotation_enabled: false\n".to_owned(),
    ];
    Ok(lines.concat())
}

const HEAD: &str = "\
# Latchkey on Slack, made by `latchkey manifest slack`. Create the app from it at https://api.slack.com/apps.
_metadata:
  major_version: 2
  minor_version: 1
display_information:
  name: Latchkey
  description: Helps when Microsoft 365 locks you out
  background_color: \"#1f3a5f\"
features:
  app_home:
    # The home tab shows what one can ask and, to administrators, open requests.
    home_tab_enabled: true
    # Without it nobody could write to the bot directly.
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: Latchkey
    always_online: true
  slash_commands:
    - command: /latchkey
      description: Help with Microsoft 365 lockouts
      usage_hint: \"[help | status ADDRESS | unblock ADDRESS | reset ADDRESS]\"
      should_escape: false
";

fn endpoint(address: &Url, path: &str) -> String {
    format!("{}/slack/{path}", address.as_str().trim_end_matches('/'))
}

/// Each with what it is for; what only listening needs is left out where the bot doesn't listen.
fn granted(always: &[Granted], to_listen: &[Granted], app: &SlackApp) -> String {
    let listens = !app.answer_channels.is_empty();
    let mut lines = String::new();
    for (name, why) in always {
        lines.push_str(&format!("      # {why}\n      - {name}\n"));
    }
    if listens {
        lines.push_str("      # For answer_channels alone:\n");
    }
    for (name, why) in to_listen.iter().filter(|_| listens) {
        lines.push_str(&format!("      # {why}\n      - {name}\n"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(way: SlackWay) -> SlackApp {
        SlackApp {
            way,
            answer_channels: vec!["C0G9QF9GW".into()],
            public_url: None,
        }
    }

    /// `latchkey manifest slack` without settings, and for support channels, gives what lies ready.
    #[test]
    fn the_one_that_lies_ready_is_made_here() {
        let ready = include_str!("../../../deploy/slack/manifest.yaml");
        assert_eq!(yaml(&app(SlackWay::Socket)).unwrap(), ready);
    }

    #[test]
    fn whoever_does_not_listen_asks_for_less() {
        let quiet = SlackApp {
            answer_channels: Vec::new(),
            ..app(SlackWay::Socket)
        };
        let yaml = yaml(&quiet).unwrap();
        for none in [
            "channels:history",
            "groups:history",
            "message.channels",
            "message.groups",
            "request_url",
        ] {
            assert!(!yaml.contains(none), "{none}");
        }
        assert!(yaml.contains("socket_mode_enabled: true"));
    }

    #[test]
    fn slack_is_told_where_to_send_requests() {
        assert_eq!(yaml(&app(SlackWay::Http)), Err(ManifestError::NoAddress));
        let public = SlackApp {
            public_url: Url::parse("https://latchkey.contoso.com/").ok(),
            ..app(SlackWay::Http)
        };
        let yaml = yaml(&public).unwrap();
        for path in ["events", "interactions", "commands"] {
            assert!(
                yaml.contains(&format!("url: \"https://latchkey.contoso.com/slack/{path}\"")),
                "{path}"
            );
        }
        assert!(yaml.contains("socket_mode_enabled: false"));
    }
}
