//! What is said: in a channel, to one person alone, or in the place of a message.

use serde_json::{Value, json};

use super::answer::EPHEMERAL;
use super::handles::{Answered, Open, Token, Whisper};
use super::rest::{Again, Ask, Fault};
use super::tag::Home;
use super::{Discord, render};
use crate::chat::{Conversation, DeliveryError, EventId, Identity, MessageRef, Platform, Reply, Room, Secret};

/// "Unknown channel", "unknown server", "unknown message", "unknown user".
const GONE: [u64; 4] = [10_003, 10_004, 10_008, 10_013];
/// "Missing access", "missing permissions".
const NOT_ALLOWED: [u64; 2] = [50_001, 50_013];
/// "Cannot send messages to this user": their own choice, or no server in common.
const NO_DIRECT_MESSAGES: [u64; 2] = [50_007, 50_278];

/// What is said to one person.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// What everybody could see.
    pub reply: &'a Reply,
    /// What is shown once.
    pub secret: Option<&'a Secret>,
}

/// Where a message stands, as [`MessageRef::id`] has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a channel: `message`, or `channel/message` where it is not the conversation's own.
    Standing {
        /// The channel.
        channel: u64,
        /// The message.
        message: u64,
    },
    /// Shown to one person alone, as an answer to an interaction: `~message`.
    Whispered(u64),
}

impl Place {
    /// As an id.
    pub fn write(self, conversation: &Conversation) -> String {
        match self {
            Self::Standing { channel, message } if channel.to_string() == conversation.id => message.to_string(),
            Self::Standing { channel, message } => format!("{channel}/{message}"),
            Self::Whispered(message) => format!("~{message}"),
        }
    }

    /// Reads an id.
    pub fn read(message: &MessageRef) -> Option<Self> {
        if let Some(whispered) = message.id.strip_prefix('~') {
            return whispered.parse().ok().map(Self::Whispered);
        }
        let (channel, id) = message
            .id
            .split_once('/')
            .unwrap_or((message.conversation.id.as_str(), &message.id));
        Some(Self::Standing {
            channel: channel.parse().ok()?,
            message: id.parse().ok()?,
        })
    }
}

impl Discord {
    /// Says it in a channel, as a reply where it answers a message there.
    pub(super) async fn post(&self, to: Conversation, reply: &Reply) -> Result<MessageRef, DeliveryError> {
        let channel = id_of(&to)?;
        let mut messages = render::messages(reply, None, None);
        if let (Some(first), Some(answered)) = (messages.first_mut(), self.anchors.take(&to)) {
            first["message_reference"] = json!({"message_id": answered.to_string(), "fail_if_not_exists": false});
        }
        let message = self
            .say(channel, messages, Vec::new())
            .await
            .map_err(|fault| failed(fault, channel))?;
        let place = Place::Standing { channel, message };
        Ok(MessageRef {
            id: place.write(&to),
            conversation: to,
        })
    }

    /// Says it so that one person alone sees it: through their interaction, or in a direct message; a secret through
    /// the interaction alone, because a direct message stays.
    pub(super) async fn whisper(
        &self,
        to: Conversation,
        person: &Identity,
        words: Words<'_>,
        answering: Option<&EventId>,
    ) -> Result<MessageRef, DeliveryError> {
        let open = answering
            .and_then(|event| self.handles.find(&event.id))
            .filter(|open| open.user.to_string() == person.user);
        if let Some(open) = open {
            let home = Home::of(&to).filter(|home| home.channel != open.channel);
            let messages = render::messages(words.reply, words.secret, home);
            match self.say_through(&open, messages).await {
                Ok(place) => {
                    return Ok(MessageRef {
                        id: place.write(&to),
                        conversation: to,
                    });
                }
                Err(fault) if fault.is_expired() => {}
                Err(fault) => return Err(failed(fault, open.channel)),
            }
        }
        if words.secret.is_some() {
            return Err(refused(
                "there is no private way to the person that leaves nothing behind",
            ));
        }
        self.write_to(to, person, words.reply).await
    }

    /// Puts it in the place of a message.
    pub(super) async fn replace(
        &self,
        message: MessageRef,
        reply: &Reply,
        answering: Option<&EventId>,
    ) -> Result<MessageRef, DeliveryError> {
        let Some(place) = Place::read(&message) else {
            return Err(gone("a message that is none of Discord's"));
        };
        let conversation = message.conversation;
        let new = match place {
            Place::Standing { channel, message } => {
                let home = Home::of(&conversation).filter(|home| home.channel != channel);
                let home = home.filter(|_| conversation.room == Room::Shared);
                let messages = render::messages(reply, None, home);
                let written = self.write_over(channel, message, messages).await;
                let message = written.map_err(|fault| failed(fault, channel))?;
                Place::Standing { channel, message }
            }
            Place::Whispered(message) => self.replace_whisper(&conversation, message, reply, answering).await?,
        };
        Ok(MessageRef {
            id: new.write(&conversation),
            conversation,
        })
    }

    /// Takes the "thinking…" away that nobody filled.
    pub(super) async fn put_away(&self, open: &Open) {
        let mut answered = open.answered.lock().await;
        if *answered == Answered::Thinking {
            *answered = Answered::Not;
            let path = self.path_of(&open.token, "@original");
            if let Err(fault) = self.rest.send(Ask::delete(path)).await
                && !fault.is_expired()
            {
                tracing::warn!(chat.platform = "discord", error = %fault, "an empty answer could not be taken away");
            }
        }
    }

    /// Says one message.
    pub(super) async fn say_once(&self, path: &str, mut message: Value) -> Result<u64, Fault> {
        // With a nonce Discord itself drops a repetition, so that a lost answer does not show twice.
        message["nonce"] = nonce().into();
        message["enforce_nonce"] = true.into();
        let ask = Ask {
            again: Again::Harmless,
            ..Ask::post(path.to_owned(), &message)
        };
        id_in(&self.rest.send(ask).await?)
    }

    /// Fills the "thinking…" first, and follows it up.
    async fn say_through(&self, open: &Open, messages: Vec<Value>) -> Result<Place, Fault> {
        let mut answered = open.answered.lock().await;
        let mut parts = Vec::new();
        for message in messages {
            let said = match *answered {
                Answered::Not => {
                    return Err(Fault::Refused {
                        status: 404,
                        code: super::rest::UNKNOWN_WEBHOOK,
                    });
                }
                Answered::Thinking => {
                    let path = self.path_of(&open.token, "@original");
                    let said = self.rest.send(Ask::patch(path, &message)).await?;
                    *answered = Answered::Filled;
                    said
                }
                Answered::Filled | Answered::Quietly => self.follow_up(&open.token, message).await?,
            };
            parts.push(id_in(&said)?);
        }
        Ok(Place::Whispered(self.shown(&open.token, parts)))
    }

    /// Remembers what was shown through an interaction. Gives the last part.
    fn shown(&self, token: &Token, parts: Vec<u64>) -> u64 {
        let last = parts.last().copied().unwrap_or_default();
        let shown = Whisper {
            token: token.clone(),
            parts,
        };
        self.handles.shown(last, shown);
        last
    }

    async fn follow_up(&self, token: &Token, mut message: Value) -> Result<Value, Fault> {
        message["flags"] = EPHEMERAL.into();
        let path = format!("/webhooks/{}/{}", self.settings.application_id, token.expose());
        self.rest.send(Ask::post(path, &message)).await
    }

    /// A message that one person sees can be changed through the interaction that showed it, or through the click on
    /// it.
    async fn replace_whisper(
        &self,
        conversation: &Conversation,
        message: u64,
        reply: &Reply,
        answering: Option<&EventId>,
    ) -> Result<Place, DeliveryError> {
        let open = answering.and_then(|event| self.handles.find(&event.id));
        let pressed = match &open {
            Some(open) => *open.answered.lock().await == Answered::Quietly && open.message == Some(message),
            None => false,
        };
        let showed = self.handles.showed(message);
        let (token, which) = match (open.filter(|_| pressed), &showed) {
            (Some(open), _) => (open.token.clone(), "@original".to_owned()),
            (None, Some(shown)) => (shown.token.clone(), message.to_string()),
            (None, None) => return Err(gone("a private message")),
        };
        let channel = id_of(conversation)?;
        // The last part has the buttons, and can be changed the longest. The others go, and what it has no room for follows.
        let mut messages = render::messages(reply, None, None).into_iter();
        let first = messages.next().unwrap_or_default();
        let path = self.path_of(&token, &which);
        self.rest
            .send(Ask::patch(path, &first))
            .await
            .map_err(|fault| failed(fault, channel))?;
        if let Some(shown) = showed {
            let others = shown.parts.into_iter().filter(|part| *part != message);
            self.take_away(&shown.token, others).await;
        }
        let mut parts = vec![message];
        for more in messages {
            let said = self.follow_up(&token, more).await;
            let said = said.and_then(|said| id_in(&said));
            parts.push(said.map_err(|fault| failed(fault, channel))?);
        }
        Ok(Place::Whispered(self.shown(&token, parts)))
    }

    /// Takes private messages away, as long as the interaction that showed them lets us.
    async fn take_away(&self, token: &Token, parts: impl Iterator<Item = u64>) {
        for part in parts {
            let path = self.path_of(token, &part.to_string());
            if let Err(fault) = self.rest.send(Ask::delete(path)).await {
                tracing::info!(chat.platform = "discord", error = %fault, "a part of a private answer could not be taken away");
            }
        }
    }

    /// Writes to somebody directly.
    async fn write_to(&self, to: Conversation, person: &Identity, reply: &Reply) -> Result<MessageRef, DeliveryError> {
        if to.room == Room::Direct {
            return self.post(to, reply).await;
        }
        let channel = self.direct_channel(person).await?;
        let messages = render::messages(reply, None, Home::of(&to));
        let message = self.say(channel, messages, Vec::new()).await.map_err(direct)?;
        let place = Place::Standing { channel, message };
        Ok(MessageRef {
            id: place.write(&to),
            conversation: to,
        })
    }

    /// The channel that somebody and the bot have alone.
    /// <https://docs.discord.com/developers/resources/user#create-dm>
    pub(super) async fn direct_channel(&self, person: &Identity) -> Result<u64, DeliveryError> {
        let body = json!({"recipient_id": person.user});
        let ask = Ask {
            again: Again::Harmless,
            ..Ask::post("/users/@me/channels".to_owned(), &body)
        };
        let opened = self.rest.send(ask).await.and_then(|channel| id_in(&channel));
        opened.map_err(direct)
    }

    fn path_of(&self, token: &Token, message: &str) -> String {
        let application = self.settings.application_id;
        format!("/webhooks/{application}/{}/messages/{message}", token.expose())
    }
}

fn id_of(conversation: &Conversation) -> Result<u64, DeliveryError> {
    conversation
        .id
        .parse()
        .map_err(|_| gone("a channel that is none of Discord's"))
}

fn id_in(answer: &Value) -> Result<u64, Fault> {
    answer["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .ok_or(Fault::Silent("its answer can't be read"))
}

/// At most 25 characters, <https://docs.discord.com/developers/resources/message#create-message-jsonform-params>.
fn nonce() -> String {
    let mut nonce = uuid::Uuid::new_v4().simple().to_string();
    nonce.truncate(25);
    nonce
}

fn direct(fault: Fault) -> DeliveryError {
    if NO_DIRECT_MESSAGES.contains(&fault.code()) {
        return refused("the person takes no direct messages from the bot");
    }
    refused(&fault.to_string())
}

fn failed(fault: Fault, channel: u64) -> DeliveryError {
    match fault.code() {
        code if GONE.contains(&code) => gone(&format!("the message or channel {channel}")),
        code if NOT_ALLOWED.contains(&code) => refused(&format!(
            "{fault}: the bot may not see, write or embed links in channel {channel}; allow it under the channel's Permissions"
        )),
        _ if fault.is_expired() => gone("the interaction"),
        _ => refused(&fault.to_string()),
    }
}

fn gone(what: &str) -> DeliveryError {
    DeliveryError::Gone {
        platform: Platform::Discord,
        what: what.to_owned(),
    }
}

fn refused(why: &str) -> DeliveryError {
    DeliveryError::Refused {
        platform: Platform::Discord,
        why: why.to_owned(),
    }
}
