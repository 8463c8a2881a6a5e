//! A word of welcome in a server that the bot has come into lately: where it listens, or else where the server greets.

use serenity::all::{Guild, Permissions};
use time::{Duration, OffsetDateTime};

use super::receive::{Caller, Spot};
use super::{Discord, person};
use crate::assistant::Inbox;
use crate::chat::{Command, EventId, Invocation, Platform};

/// How long after it came in it says hello still: it may have been invited before it was started. It does so once: what
/// was answered already is known to the store for longer than that.
const WITHIN: Duration = Duration::hours(24);
/// What it takes to say anything.
const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS);

impl Discord {
    /// Says hello in a server, if it is served and the bot is new there.
    pub(super) async fn welcome(&self, guild: &Guild, inbox: &Inbox) {
        let (id, joined) = (guild.id.get(), guild.joined_at.unix_timestamp());
        let since = OffsetDateTime::now_utc().unix_timestamp() - joined;
        if !self.ears.guilds.contains(&id) || since > WITHIN.whole_seconds() {
            return;
        }
        let Some(channel) = self.where_to_greet(guild) else {
            tracing::info!(
                chat.platform = "discord",
                discord.guild = id,
                "the bot is new in a server and may write in none of the channels where it would say hello"
            );
            return;
        };
        let spot = Spot {
            guild: Some(id),
            channel,
        };
        // Nobody in particular let it in, as far as Discord tells.
        let nobody = Caller {
            user: self.ears.places.bot().unwrap_or_default(),
            name: "Latchkey".to_owned(),
            roles: std::collections::BTreeSet::new(),
        };
        let invocation = Invocation {
            event: EventId {
                platform: Platform::Discord,
                id: format!("joined-{id}-{joined}"),
            },
            conversation: self.conversation(spot),
            person: person(id, nobody),
            command: Command::Welcome,
            locale: Some(guild.preferred_locale.clone()),
        };
        if let Err(error) = inbox.command(invocation).await {
            tracing::info!(chat.platform = "discord", error = %error, "a server could not be greeted");
        }
    }

    /// The first answer channel of the server, or else where it greets its newcomers; where the bot may write.
    fn where_to_greet(&self, guild: &Guild) -> Option<u64> {
        let system = guild.system_channel_id.map(|channel| channel.get());
        let places = self.ears.channels.iter().copied().chain(system);
        let mut there = places.filter_map(|place| guild.channels.values().find(|channel| channel.id.get() == place));
        let me = self
            .ears
            .places
            .bot()
            .and_then(|bot| guild.members.values().find(|member| member.user.id.get() == bot));
        there
            .find(|channel| me.is_none_or(|me| guild.user_permissions_in(channel, me).contains(NEEDED)))
            .map(|channel| channel.id.get())
    }
}
