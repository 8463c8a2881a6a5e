//! Discord, through serenity: events come over its gateway, answers go through the REST API.
//!
//! # Who is who
//!
//! Only the servers in the settings are served. In a server, a person is the server's id and their user id, and a
//! conversation is the server's id and the channel's (a thread is a channel of its own). In a direct message Discord
//! names no server, so Latchkey asks it which of the configured servers the person is a member of *now*, the first one
//! counting: a grant or a link for that server holds there too, and ends when they leave. Who is a member of none is
//! not answered. The conversation itself belongs to the home server, the first in the settings.
//!
//! # What only one person may see
//!
//! Discord shows a message to one person alone only as the answer to their own click or command, for fifteen minutes.
//! Where that way is closed, what is no secret goes into a direct message, and its buttons carry the conversation that
//! they belong to. A secret takes no other way.

mod anchors;
mod answer;
mod commands;
mod connection;
mod cut;
mod deliver;
mod examine;
mod handles;
mod limits;
pub mod manifest;
mod markdown;
mod members;
mod parts;
mod places;
mod receive;
pub mod render;
mod rest;
mod tag;
mod welcome;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use anchors::Anchors;
use handles::Handles;
use parts::Parts;
use places::Places;
use receive::{Ears, Spot};
use rest::Rest;

use crate::chat::{
    Conversation, DeliveryError, EventId, Gateway, Identity, MessageRef, Outgoing, Person, Platform, Room,
};
use crate::examination::Examined;
use crate::gateways::{Listener, Reception, Stopped};
use crate::settings::DiscordSettings;
use receive::Caller;

/// The gateway.
pub struct Discord {
    settings: DiscordSettings,
    rest: Rest,
    ears: Ears,
    handles: Handles,
    anchors: Anchors,
    parts: Parts,
    /// Configured servers that the bot is not in.
    missing: Mutex<BTreeSet<u64>>,
}

impl Discord {
    /// A gateway that speaks as the settings say. Nothing is connected yet.
    pub fn new(settings: &DiscordSettings) -> Arc<Self> {
        Arc::new(Self {
            settings: settings.clone(),
            rest: Rest::new(settings),
            ears: Ears {
                guilds: settings.guild_ids.clone(),
                channels: settings.answer_channels.clone(),
                places: Places::default(),
            },
            handles: Handles::default(),
            anchors: Anchors::default(),
            parts: Parts::default(),
            missing: Mutex::default(),
        })
    }

    /// The server that direct conversations belong to and that has the administrators' channel.
    fn home(&self) -> u64 {
        self.settings.guild_ids.first().copied().unwrap_or_default()
    }

    fn conversation(&self, spot: Spot) -> Conversation {
        Conversation {
            platform: Platform::Discord,
            scope: spot.guild.unwrap_or_else(|| self.home()).to_string(),
            id: spot.channel.to_string(),
            thread: None,
            room: if spot.guild.is_some() {
                Room::Shared
            } else {
                Room::Direct
            },
        }
    }
}

/// Somebody, as a member of a server.
fn person(guild: u64, caller: Caller) -> Person {
    Person {
        identity: Identity {
            platform: Platform::Discord,
            scope: guild.to_string(),
            user: caller.user.to_string(),
        },
        name: caller.name,
        entra: None,
        account: None,
        suggestion: None,
        roles: caller.roles,
    }
}

fn event(id: u64) -> EventId {
    EventId {
        platform: Platform::Discord,
        id: id.to_string(),
    }
}

#[async_trait::async_trait]
impl Gateway for Discord {
    fn platform(&self) -> Platform {
        Platform::Discord
    }

    fn admin_conversation(&self) -> Option<Conversation> {
        let channel = self.settings.admin_channel?;
        Some(self.conversation(Spot {
            guild: Some(self.home()),
            channel,
        }))
    }

    async fn own_chat(&self, person: &Identity) -> Result<Conversation, DeliveryError> {
        let channel = self.direct_channel(person).await?;
        Ok(self.conversation(Spot { guild: None, channel }))
    }

    async fn deliver(&self, outgoing: Outgoing) -> Result<MessageRef, DeliveryError> {
        match outgoing {
            Outgoing::Post { to, reply } => self.post(to, &reply).await,
            Outgoing::Whisper {
                to,
                person,
                reply,
                secret,
                answering,
            } => {
                let words = deliver::Words {
                    reply: &reply,
                    secret: secret.as_ref(),
                };
                self.whisper(to, &person, words, answering.as_ref()).await
            }
            Outgoing::Replace {
                message,
                reply,
                answering,
            } => self.replace(message, &reply, answering.as_ref()).await,
        }
    }

    async fn settled(&self, event: &EventId) {
        self.anchors.release(&event.id);
        if let Some(open) = self.handles.take(&event.id) {
            self.put_away(&open).await;
        }
    }
}

#[async_trait::async_trait]
impl Listener for Discord {
    async fn examine(&self) -> Vec<Examined> {
        self.look().await
    }

    async fn listen(self: Arc<Self>, reception: Reception) -> Result<(), Stopped> {
        connection::listen(self, reception).await
    }
}
