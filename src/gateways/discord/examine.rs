//! What `latchkey doctor` looks at on Discord: the token, the intent, the servers and the channels. Changes nothing.

use super::Discord;
use super::connection::{INTENT_REFUSED, TOKEN_REFUSED};
use super::manifest::invite;
use super::rest::{Ask, Fault};
use crate::examination::Examined;

const AREA: &str = "discord";
/// Granted, for a verified application and for a small one.
/// <https://docs.discord.com/developers/resources/application#application-object-application-flags>
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;

impl Discord {
    /// Looks at what Discord must have granted.
    pub(super) async fn look(&self) -> Vec<Examined> {
        let token = self.rest.send(Ask::get("/users/@me".to_owned())).await;
        let works = token.is_ok();
        let mut examined = vec![match token {
            Ok(_) => Examined::ok(AREA, "the bot's token", ""),
            Err(fault) if fault.is_unauthorized() => {
                Examined::missing(AREA, "the bot's token", fault.to_string(), TOKEN_REFUSED)
            }
            Err(fault) => unclear("the bot's token", fault),
        }];
        if !works {
            return examined;
        }
        if !self.settings.answer_channels.is_empty() {
            examined.push(self.look_at_the_intent().await);
        }
        for guild in &self.settings.guild_ids {
            let path = format!("/applications/{}/guilds/{guild}/commands", self.settings.application_id);
            let what = format!("server {guild}");
            let seen = match self.rest.send(Ask::get(path)).await {
                Ok(_) => Examined::ok(AREA, what, ""),
                Err(fault @ Fault::Refused { .. }) => {
                    let mend = format!("open {} and choose the server", invite(self.settings.application_id));
                    Examined::missing(AREA, what, fault.to_string(), mend)
                }
                Err(fault) => unclear(&what, fault),
            };
            examined.push(seen.unlocking("answers and /latchkey there"));
        }
        if let Some(channel) = self.settings.admin_channel {
            examined.push(self.look_at_the_desk(channel).await);
        }
        for channel in &self.settings.answer_channels {
            examined.push(self.look_at_an_answer_channel(*channel).await);
        }
        examined
    }

    async fn look_at_the_intent(&self) -> Examined {
        const WHAT: &str = "Message Content Intent";
        let seen = match self.rest.send(Ask::get("/applications/@me".to_owned())).await {
            Ok(found) if found["flags"].as_u64().unwrap_or(0) & MESSAGE_CONTENT != 0 => Examined::ok(AREA, WHAT, ""),
            Ok(_) => Examined::missing(AREA, WHAT, "it is off", INTENT_REFUSED),
            Err(fault) => unclear(WHAT, fault),
        };
        seen.unlocking("answers to what nobody asked the bot")
    }

    async fn look_at_an_answer_channel(&self, channel: u64) -> Examined {
        let what = format!("channel {channel}");
        let mend =
            "let the role Latchkey view, write and embed links there, or take it out of `discord.answer_channels`";
        let served = |guild: &str| self.settings.guild_ids.iter().any(|served| served.to_string() == guild);
        let seen = match self.rest.send(Ask::get(format!("/channels/{channel}"))).await {
            Ok(found) if found["guild_id"].as_str().is_some_and(served) => Examined::ok(AREA, what, ""),
            Ok(_) => Examined::missing(AREA, what, "it is in no server of `discord.guild_ids`", mend),
            Err(fault @ Fault::Refused { .. }) => Examined::missing(AREA, what, fault.to_string(), mend),
            Err(fault) => unclear(&what, fault),
        };
        seen.unlocking("answers to what nobody asked the bot")
    }

    async fn look_at_the_desk(&self, channel: u64) -> Examined {
        let (what, home) = (format!("channel {channel}"), self.home().to_string());
        let mend =
            "let the role Latchkey view, write and embed links there, in the first server of `discord.guild_ids`";
        let seen = match self.rest.send(Ask::get(format!("/channels/{channel}"))).await {
            Ok(found) if found["guild_id"].as_str() == Some(&home) => Examined::ok(AREA, what, ""),
            Ok(_) => Examined::missing(AREA, what, "it is in another server than the first", mend),
            Err(fault @ Fault::Refused { .. }) => Examined::missing(AREA, what, fault.to_string(), mend),
            Err(fault) => unclear(&what, fault),
        };
        seen.unlocking("requests before the administrators")
    }
}

fn unclear(what: &str, fault: Fault) -> Examined {
    Examined::cant_tell(
        AREA,
        what,
        fault.to_string(),
        "see https://discordstatus.com, and try again",
    )
}
