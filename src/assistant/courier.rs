//! Hands what the assistant says to the gateway that speaks on the platform. While the tenant is simulated, every card
//! says so: here, in the one place that they all pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::voice::Voice;
use crate::chat::{
    Block, Click, Conversation, DeliveryError, EventId, Gateway, Identity, MessageRef, Outgoing, Platform, Reply,
    Secret,
};

/// Whether replies must say that nothing here is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Practice {
    /// A real tenant.
    Real,
    /// The simulated tenant.
    Simulated,
}

/// The gateways that are running.
#[derive(Clone)]
pub struct Courier {
    gateways: BTreeMap<Platform, Arc<dyn Gateway>>,
    practice: Practice,
}

impl Courier {
    /// Speaks through these gateways.
    pub fn new(gateways: Vec<Arc<dyn Gateway>>, practice: Practice) -> Self {
        let gateways = gateways
            .into_iter()
            .map(|gateway| (gateway.platform(), gateway))
            .collect();
        Self { gateways, practice }
    }

    /// Where administrators see requests from this platform: there, or on the first platform that has such a place.
    pub fn admin_conversation(&self, asked_on: Platform) -> Option<Conversation> {
        let own = self
            .gateways
            .get(&asked_on)
            .and_then(|gateway| gateway.admin_conversation());
        own.or_else(|| self.gateways.values().find_map(|gateway| gateway.admin_conversation()))
    }

    /// The own chat of somebody of whom it is known who they are: on this platform, else on the first that reaches them.
    /// `entra` is for platforms that vouch for it, `members` is where it was proved elsewhere.
    pub async fn own_chat(
        &self,
        first: Platform,
        (entra, members): (&str, &[Identity]),
    ) -> Option<(Identity, Conversation)> {
        let mut gateways: Vec<_> = self.gateways.values().collect();
        gateways.sort_by_key(|gateway| gateway.platform() != first);
        for gateway in gateways {
            let here = members.iter().filter(|member| member.platform == gateway.platform());
            for member in gateway.member(entra).into_iter().chain(here.cloned()) {
                match gateway.own_chat(&member).await {
                    Ok(chat) => return Some((member, chat)),
                    Err(error) => {
                        tracing::info!(error = %error, chat.platform = %gateway.platform(), "somebody's own chat could not be begun");
                    }
                }
            }
        }
        None
    }

    /// Says it to everybody in the conversation.
    pub async fn post(&self, voice: &Voice<'_>, to: &Conversation, reply: Reply) -> Result<MessageRef, DeliveryError> {
        let reply = self.marked(voice, reply);
        self.deliver(to.platform, Outgoing::Post { to: to.clone(), reply })
            .await
    }

    /// Says it to one person alone.
    pub async fn tell(&self, voice: &Voice<'_>, to: &Recipient<'_>, reply: Reply) -> Result<MessageRef, DeliveryError> {
        self.whisper(voice, to, reply, None).await
    }

    /// Says it to one person alone, with a value that is shown once.
    pub async fn tell_secret(
        &self,
        voice: &Voice<'_>,
        to: &Recipient<'_>,
        reply: Reply,
        secret: Secret,
    ) -> Result<MessageRef, DeliveryError> {
        self.whisper(voice, to, reply, Some(secret)).await
    }

    /// Puts it in the place of a message.
    pub async fn replace(
        &self,
        voice: &Voice<'_>,
        message: &Standing<'_>,
        reply: Reply,
    ) -> Result<MessageRef, DeliveryError> {
        let reply = self.marked(voice, reply);
        let platform = message.message.conversation.platform;
        self.deliver(
            platform,
            Outgoing::Replace {
                message: message.message.clone(),
                reply,
                answering: message.answering.cloned(),
            },
        )
        .await
    }

    async fn whisper(
        &self,
        voice: &Voice<'_>,
        to: &Recipient<'_>,
        reply: Reply,
        secret: Option<Secret>,
    ) -> Result<MessageRef, DeliveryError> {
        let reply = self.marked(voice, reply);
        let whisper = Outgoing::Whisper {
            to: to.conversation.clone(),
            person: to.person.clone(),
            reply,
            secret,
            answering: to.answering.cloned(),
        };
        self.deliver(to.conversation.platform, whisper).await
    }

    /// Everything that there was to say to this event is said.
    pub async fn settled(&self, event: &EventId) {
        if let Some(gateway) = self.gateways.get(&event.platform) {
            gateway.settled(event).await;
        }
    }

    async fn deliver(&self, platform: Platform, outgoing: Outgoing) -> Result<MessageRef, DeliveryError> {
        match self.gateways.get(&platform) {
            Some(gateway) => gateway.deliver(outgoing).await,
            None => Err(DeliveryError::Gone {
                platform,
                what: "its gateway, which is not running".into(),
            }),
        }
    }

    fn marked(&self, voice: &Voice<'_>, mut reply: Reply) -> Reply {
        if self.practice == Practice::Simulated {
            reply.blocks.push(Block::Note(voice.text("practice-tenant", &[])));
        }
        reply
    }
}

/// One person in a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// Where they are.
    pub conversation: &'a Conversation,
    /// Who.
    pub person: &'a Identity,
    /// The event that is answered.
    pub answering: Option<&'a EventId>,
}

/// A message that stands, and the event that has it replaced.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Which message.
    pub message: &'a MessageRef,
    /// The event that is answered.
    pub answering: Option<&'a EventId>,
}

impl<'a> Standing<'a> {
    /// The message whose button was pressed.
    pub fn pressed(click: &'a Click) -> Self {
        Self {
            message: &click.message,
            answering: Some(&click.event),
        }
    }
}
