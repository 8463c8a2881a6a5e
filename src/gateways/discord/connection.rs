//! The connection to Discord's gateway: serenity keeps, resumes and renews it; here it is begun, watched and ended.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use serenity::all::{
    ApplicationId, Client, ClientBuilder, ConnectionStage, Context, Event, EventHandler, GatewayError, GatewayIntents,
    Http, HttpBuilder, RawEventHandler, ShardId, ShardManager, ShardRunnerMessage, ShardStageUpdateEvent,
};
use url::{Host, Url};

use super::commands::{self, Registered};
use super::rest::{Ask, Fault};
use super::{Discord, receive};
use crate::gateways::{Reception, Stopped};

/// How often the connection is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Not connected for this long, everything is begun anew.
const GIVE_UP_AFTER: Duration = Duration::from_secs(180);
/// How long saying good-bye may take.
const GOOD_BYE: Duration = Duration::from_secs(10);
/// "The bot is not in this server": missing access, or unknown.
const NOT_INSIDE: [u64; 2] = [50_001, 10_004];

/// Connects, and listens until the end.
pub async fn listen(discord: Arc<Discord>, reception: Reception) -> Result<(), Stopped> {
    let address = gateway(&discord).await?;
    learn_own_name(&discord).await?;
    for guild in discord.settings.guild_ids.clone() {
        register(&discord, guild).await?;
    }
    let mut client = client(&discord, &reception, &address).await?;
    let shards = Arc::clone(&client.shard_manager);
    let ended = tokio::select! {
        ended = client.start() => Some(ended),
        () = watch(&shards, &reception) => None,
        () = reception.closing.cancelled() => None,
        () = discord.rest.lost() => Some(Err(serenity::Error::Gateway(GatewayError::InvalidAuthentication))),
    };
    let result = match ended {
        Some(Err(error)) => Err(stopped(&error)),
        Some(Ok(())) => Err(Stopped::Passing("the connection to Discord ended".to_owned())),
        None if reception.closing.is_cancelled() => Ok(()),
        None => Err(Stopped::Passing("no connection to Discord for some minutes".to_owned())),
    };
    if tokio::time::timeout(GOOD_BYE, say_good_bye(&shards)).await.is_err() {
        tracing::warn!(chat.platform = "discord", "the connection could not be ended in time");
    }
    result
}

/// What the bot must hear, and nothing else. What people write is read in answer channels alone: in mentions and direct
/// messages it comes without asking. <https://docs.discord.com/developers/events/gateway#gateway-intents>
pub fn intents(listens: Listens) -> GatewayIntents {
    let least = GatewayIntents::GUILDS | GatewayIntents::GUILD_MESSAGES | GatewayIntents::DIRECT_MESSAGES;
    match listens {
        Listens::ToMentions => least,
        Listens::ToChannels => least | GatewayIntents::MESSAGE_CONTENT,
    }
}

/// What the bot listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listens {
    /// What is said to it.
    ToMentions,
    /// Everything that is said in some channels.
    ToChannels,
}

impl Discord {
    fn listens(&self) -> Listens {
        if self.settings.answer_channels.is_empty() {
            Listens::ToMentions
        } else {
            Listens::ToChannels
        }
    }

    /// How it is, as far as servers go: connected, but not in all of them, is no more than half of the matter.
    fn tell_health(&self, reception: &Reception) {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        match missing.first() {
            None => reception.health.up(),
            Some(guild) => reception.health.troubled(format!(
                "connected, but the bot is not in server {guild}: open the invite that `latchkey manifest discord` prints"
            )),
        }
    }
}

/// Where the gateway is. Asking for it proves the token, too.
async fn gateway(discord: &Discord) -> Result<String, Stopped> {
    let answer = discord
        .rest
        .send(Ask::get("/gateway/bot".to_owned()))
        .await
        .map_err(fatal_if_unauthorized)?;
    if answer["session_start_limit"]["remaining"] == 0 {
        let wait = answer["session_start_limit"]["reset_after"].as_u64().unwrap_or(0) / 1000;
        return Err(Stopped::Passing(format!(
            "Discord allows no further connection for {wait} seconds: the bot was started too often today"
        )));
    }
    let address = answer["url"].as_str().unwrap_or_default();
    if is_safe(address, &discord.settings.api_url) {
        Ok(address.to_owned())
    } else {
        Err(Stopped::Fatal(
            "Discord's API named a gateway that is not wss, and the token would go there: check `discord.api_url`"
                .to_owned(),
        ))
    }
}

/// Which user the bot is, so that the first mention is understood whatever event comes first.
async fn learn_own_name(discord: &Discord) -> Result<(), Stopped> {
    let own = discord.rest.send(Ask::get("/users/@me".to_owned())).await;
    let own = own.map_err(fatal_if_unauthorized)?;
    if let Some(id) = own["id"].as_str().and_then(|id| id.parse().ok()) {
        discord.ears.places.learn_bot(id);
    }
    Ok(())
}

/// Whether the token may be sent there: over TLS, or within this machine where the API is there too.
fn is_safe(address: &str, api: &Url) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let is_here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "wss" || (url.scheme() == "ws" && is_here && api.scheme() == "http")
}

/// Registers the commands in a server, and notes where the bot is not.
async fn register(discord: &Discord, guild: u64) -> Result<(), Stopped> {
    let mut missing = Missing::No;
    match commands::register(&discord.rest, discord.settings.application_id, guild).await {
        Ok(Registered::Already) => {}
        Ok(Registered::Now) => {
            tracing::info!(
                chat.platform = "discord",
                discord.guild = guild,
                "commands were registered"
            );
        }
        Err(fault) if NOT_INSIDE.contains(&fault.code()) => {
            missing = Missing::Yes;
            tracing::warn!(
                chat.platform = "discord",
                discord.guild = guild,
                "the bot is not in this server, or was invited without applications.commands: open the invite that `latchkey manifest discord` prints"
            );
        }
        Err(fault) => return Err(fatal_if_unauthorized(fault)),
    }
    let mut all = discord.missing.lock().unwrap_or_else(PoisonError::into_inner);
    match missing {
        Missing::Yes => all.insert(guild),
        Missing::No => all.remove(&guild),
    };
    Ok(())
}

enum Missing {
    Yes,
    No,
}

async fn client(discord: &Arc<Discord>, reception: &Reception, address: &str) -> Result<Client, Stopped> {
    let handler = Handler {
        discord: Arc::clone(discord),
        reception: reception.clone(),
    };
    let client = ClientBuilder::new_with_http(http(discord), intents(discord.listens()))
        .raw_event_handler(handler.clone())
        .event_handler(handler)
        .await
        .map_err(|error| stopped(&error))?;
    // serenity asks for the address once more, and takes Discord's own where that fails.
    address.clone_into(&mut *client.ws_url.lock().await);
    Ok(client)
}

/// serenity's own client, which asks for the gateway's address and nothing else.
fn http(discord: &Discord) -> Http {
    HttpBuilder::new(discord.settings.token.expose_secret())
        .client(discord.rest.client().clone())
        .application_id(ApplicationId::new(discord.settings.application_id))
        .proxy(discord.settings.api_url.as_str().trim_end_matches('/'))
        .ratelimiter_disabled(true)
        .build()
}

/// Shows in `/health` how the connection is. Ends when there has been none for too long.
async fn watch(shards: &ShardManager, reception: &Reception) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut seen = Instant::now();
    loop {
        looks.tick().await;
        let stage = shards.runners.lock().await.get(&ShardId(0)).map(|runner| runner.stage);
        if stage == Some(ConnectionStage::Connected) {
            seen = Instant::now();
        } else if seen.elapsed() > GIVE_UP_AFTER {
            return;
        } else if seen.elapsed() > LOOK_EVERY {
            reception.health.troubled("reconnecting to Discord");
        }
    }
}

/// Ends every connection properly. The runner is told directly: what serenity's manager sends can miss one that was
/// restarted.
async fn say_good_bye(shards: &ShardManager) {
    for (id, runner) in shards.runners.lock().await.iter() {
        runner.runner_tx.send_to_shard(ShardRunnerMessage::Shutdown(*id, 1000));
    }
    shards.shutdown_all().await;
}

fn fatal_if_unauthorized(fault: Fault) -> Stopped {
    if fault.is_unauthorized() {
        return Stopped::Fatal(TOKEN_REFUSED.to_owned());
    }
    Stopped::Passing(fault.to_string())
}

/// What to do about a token that Discord doesn't take.
pub const TOKEN_REFUSED: &str = "Discord refused the token: reset it under Developer Portal > your application > Bot > Reset Token, and put it where `discord.token_file` names it";
/// What to do about messages that the bot may not read.
pub const INTENT_REFUSED: &str = "Discord refused to let the bot read messages: switch on Developer Portal > your application > Bot > Message Content Intent, or take out `discord.answer_channels`";

/// Why serenity gave up.
fn stopped(error: &serenity::Error) -> Stopped {
    match error {
        serenity::Error::Gateway(GatewayError::InvalidAuthentication | GatewayError::NoAuthentication) => {
            Stopped::Fatal(TOKEN_REFUSED.to_owned())
        }
        serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents | GatewayError::InvalidGatewayIntents) => {
            Stopped::Fatal(INTENT_REFUSED.to_owned())
        }
        // The error itself may hold an address with a token.
        _ => Stopped::Passing("the connection to Discord failed".to_owned()),
    }
}

/// Where serenity brings what it hears.
#[derive(Clone)]
struct Handler {
    discord: Arc<Discord>,
    reception: Reception,
}

#[serenity::async_trait]
impl RawEventHandler for Handler {
    async fn raw_event(&self, _: Context, event: Event) {
        self.hear(event).await;
    }
}

#[serenity::async_trait]
impl EventHandler for Handler {
    async fn shard_stage_update(&self, _: Context, update: ShardStageUpdateEvent) {
        self.stage(update.new);
    }
}

impl Handler {
    fn stage(&self, stage: ConnectionStage) {
        match stage {
            ConnectionStage::Connected => self.discord.tell_health(&self.reception),
            _ => self.reception.health.troubled("reconnecting to Discord"),
        }
    }

    async fn hear(&self, event: Event) {
        if self.reception.closing.is_cancelled() {
            return;
        }
        let (discord, places) = (&self.discord, &self.discord.ears.places);
        match event {
            Event::Ready(ready) => {
                places.learn_bot(ready.ready.user.id.get());
                discord.tell_health(&self.reception);
            }
            Event::Resumed(_) => discord.tell_health(&self.reception),
            Event::GuildCreate(created) => {
                places.learn_guild(&created.guild);
                self.joined(created.guild.id.get()).await;
                discord.welcome(&created.guild, &self.reception.inbox).await;
            }
            Event::GuildDelete(left) => self.left(left.guild.id.get(), left.guild.unavailable),
            Event::ThreadCreate(created) => places.learn_thread(&created.thread),
            Event::ThreadUpdate(updated) => places.learn_thread(&updated.thread),
            Event::ThreadListSync(synced) => synced.threads.iter().for_each(|thread| places.learn_thread(thread)),
            Event::ThreadDelete(deleted) => places.forget(deleted.thread.id.get()),
            Event::MessageCreate(created) => {
                if let Some(said) = receive::said(&created.message, &discord.ears) {
                    discord.take_message(said, &self.reception.inbox).await;
                }
            }
            Event::InteractionCreate(created) => {
                if let Some(call) = receive::call(&created.interaction, &discord.ears) {
                    discord.take_call(call, &self.reception.inbox).await;
                }
            }
            _ => {}
        }
    }

    /// The bot was taken out of a server; one that is merely out of order comes back by itself.
    fn left(&self, guild: u64, out_of_order: bool) {
        if !out_of_order && self.discord.ears.guilds.contains(&guild) {
            self.discord
                .missing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(guild);
            self.discord.tell_health(&self.reception);
        }
    }

    /// The bot is in a server. One that it was missing in gets its commands.
    async fn joined(&self, guild: u64) {
        let was_missing = self
            .discord
            .missing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&guild);
        if was_missing {
            if let Err(why) = register(&self.discord, guild).await {
                tracing::warn!(chat.platform = "discord", error = %why, "commands could not be registered");
            }
            self.discord.tell_health(&self.reception);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_no_gateway_that_others_can_read() {
        let discord = Url::parse("https://discord.com").unwrap();
        let here = Url::parse("http://127.0.0.1:4010").unwrap();
        assert!(is_safe("wss://gateway.discord.gg", &discord));
        assert!(is_safe("ws://127.0.0.1:4011", &here));
        for (address, api) in [
            ("ws://gateway.discord.gg", &discord),
            ("ws://gateway.discord.gg", &here),
            ("ws://127.0.0.1:4011", &discord),
            ("https://gateway.discord.gg", &discord),
            ("", &discord),
        ] {
            assert!(!is_safe(address, api), "{address}");
        }
    }

    #[test]
    fn what_people_write_is_read_only_where_that_is_wanted() {
        assert!(!intents(Listens::ToMentions).contains(GatewayIntents::MESSAGE_CONTENT));
        assert_eq!(
            intents(Listens::ToMentions) | GatewayIntents::MESSAGE_CONTENT,
            intents(Listens::ToChannels)
        );
    }
}
