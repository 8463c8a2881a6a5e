//! What `latchkey doctor` sees of Slack: the tokens, the scopes that were granted, and whether there is a channel for
//! administrators. Nothing is posted.

use serde_json::{Value, json};

use super::Slack;
use super::api::{ApiError, Method, SCOPES_HEADER, remedy};
use super::manifest;
use crate::examination::Examined;
use crate::settings::SlackMode;

const AREA: &str = "slack";
const MEND_SCOPES: &str = "Paste what `latchkey manifest slack` writes under api.slack.com/apps > your app > App Manifest, and install the app again";

impl Slack {
    /// Looks at what Slack must have granted.
    pub(super) async fn look(&self) -> Vec<Examined> {
        let mut seen = Vec::new();
        match self.api.call(Method::AuthTest, &json!({})).await {
            Ok(answer) => {
                let team = answer["team_id"].as_str().unwrap_or_default();
                seen.push(
                    Examined::ok(AREA, "bot_token", format!("of the workspace {team}")).unlocking("speaking at all"),
                );
                seen.extend(self.scopes(&answer));
            }
            Err(error) => seen.push(refused("bot_token", &error).unlocking("speaking at all")),
        }
        if let SlackMode::Socket { app_token, .. } = &self.mode {
            let opened = self.api.call_as(app_token, Method::ConnectionsOpen).await;
            let found = match opened {
                Ok(_) => Examined::ok(AREA, "app_token", "a connection can be opened"),
                Err(error) => refused("app_token", &error),
            };
            seen.push(found.unlocking("hearing anything in the mode `socket`"));
        }
        if self.admin_channel.is_none() {
            let mend = "Make a private channel, invite the bot, and set its id as `admin_channel` under [slack]";
            let found = Examined::missing(AREA, "admin_channel", "it is not set", mend);
            seen.push(found.unlocking("requests to administrators"));
        }
        seen
    }

    fn scopes(&self, answer: &Value) -> Vec<Examined> {
        let Some(granted) = answer[SCOPES_HEADER].as_str() else {
            let mend = "Compare OAuth & Permissions > Scopes with `latchkey manifest slack`";
            return vec![Examined::cant_tell(
                AREA,
                "scopes",
                "Slack did not say which there are",
                mend,
            )];
        };
        let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
        let needed = manifest::scopes(&self.answer_channels);
        let found = |(scope, why): (&'static str, &'static str)| {
            let found = if granted.contains(&scope) {
                Examined::ok(AREA, scope, "granted")
            } else {
                Examined::missing(AREA, scope, "not granted", MEND_SCOPES)
            };
            found.unlocking(why)
        };
        needed.map(found).collect()
    }
}

fn refused(what: &str, error: &ApiError) -> Examined {
    match remedy(error.word()) {
        Some(remedy) => Examined::missing(AREA, what, error.to_string(), remedy),
        None => Examined::cant_tell(AREA, what, error.to_string(), "Try again when Slack can be reached"),
    }
}
