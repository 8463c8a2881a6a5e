//! What `latchkey doctor` sees of Slack: the tokens, the scopes that were granted, and whether the bot is in the channels
//! that the settings name. Nothing is posted.

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
        let desk = match &self.admin_channel {
            Some(channel) => self.channel(("admin_channel", channel)).await,
            None => {
                let mend = "Make a private channel, invite the bot, and set its id as `admin_channel` under [slack]";
                Examined::missing(AREA, "admin_channel", "it is not set", mend)
            }
        };
        seen.push(desk.unlocking("requests to administrators"));
        for channel in &self.answer_channels {
            let listened = self.channel(("answer_channels", channel)).await;
            seen.push(listened.unlocking("answers to what nobody asked the bot"));
        }
        seen
    }

    /// Whether the bot is in a channel that the settings name.
    async fn channel(&self, (key, channel): (&str, &str)) -> Examined {
        let what = format!("{key} {channel}");
        let invite = format!("Write /invite @Latchkey in {channel}, or correct `{key}` under [slack]");
        match self
            .api
            .call(Method::ConversationsInfo, &json!({"channel": channel}))
            .await
        {
            Ok(answer) if answer["channel"]["is_archived"] == true => {
                let mend = format!("Restore it, or name another one as `{key}` under [slack]");
                Examined::missing(AREA, what, "it is archived", mend)
            }
            Ok(answer) if answer["channel"]["is_member"] == true => Examined::ok(AREA, what, "the bot is in it"),
            Ok(_) => Examined::missing(AREA, what, "the bot is not in it", invite),
            // A private channel that it is not in does not exist for it.
            Err(error) if error.is_about_the_place() => Examined::missing(AREA, what, error.to_string(), invite),
            Err(error) if error.word() == "missing_scope" => {
                Examined::cant_tell(AREA, what, error.to_string(), MEND_SCOPES)
            }
            Err(error) => refused(&what, &error),
        }
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
