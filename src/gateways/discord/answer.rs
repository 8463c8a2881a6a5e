//! What is heard, brought to the inbox and acknowledged in time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::handles::{Answered, Known, Open};
use super::limits::FIRST_ANSWER;
use super::receive::{Call, Caller, Hears, Press, Said, Seen, Spot, Wants};
use super::rest::{ALREADY_ANSWERED, Again, Ask, Fault};
use super::{Discord, deliver, event, person, render};
use crate::assistant::Inbox;
use crate::chat::{Addressed, Click, Conversation, IncomingMessage, Invocation, MessageRef, Person, Shows};

/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>
const MESSAGE: u8 = 4;
const THINKING: u8 = 5;
const QUIETLY: u8 = 6;
const DIALOG: u8 = 9;
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub const EPHEMERAL: u64 = 1 << 6;
/// What is left of the three seconds after everything else.
const PATIENCE: Duration = FIRST_ANSWER.saturating_sub(Duration::from_millis(500));

/// Said where the inbox did not take something.
const BUSY: &str = "busy";

/// Somebody whom no configured server knows.
struct Stranger;

/// When an interaction was answered first.
enum First {
    Now,
    Before,
}

impl Discord {
    /// Takes a message.
    pub(super) async fn take_message(&self, said: Said, inbox: &Inbox) {
        if said.hears == Hears::IfThread && !self.is_below_an_answer_channel(said.spot.channel).await {
            return;
        }
        let conversation = self.conversation(said.spot);
        let Ok((sender, conversation)) = self.who(&said.author, (said.spot, conversation), None).await else {
            return;
        };
        let (addressed, shared) = (said.addressed, said.spot.guild.is_some());
        let message = IncomingMessage {
            event: event(said.id),
            conversation: conversation.clone(),
            sender,
            text: said.text,
            addressed,
            locale: None,
        };
        if shared {
            self.anchors.wait(&conversation, said.id);
        }
        if inbox.message(message).is_err() {
            self.anchors.release(&said.id.to_string());
            tracing::warn!(chat.platform = "discord", "a message was not taken: the inbox is full");
            if addressed == Addressed::Directly {
                let body = json!({"content": inbox.phrase(None, BUSY), "allowed_mentions": {"parse": []}});
                let path = format!("/channels/{}/messages", said.spot.channel);
                if let Err(fault) = self.rest.send(Ask::post(path, &body)).await {
                    tracing::warn!(chat.platform = "discord", error = %fault, "could not say that the bot is busy");
                }
            }
        }
    }

    /// Asks Discord about a channel that was never heard of: a thread may be written in before it is announced.
    async fn is_below_an_answer_channel(&self, channel: u64) -> bool {
        match self.rest.send(Ask::get(format!("/channels/{channel}"))).await {
            Ok(found) => {
                let parent = found["parent_id"].as_str().and_then(|id| id.parse().ok());
                self.ears.places.learn_channel(channel, parent);
                self.ears.listens_in(channel) == Hears::Always
            }
            Err(fault) => {
                tracing::warn!(chat.platform = "discord", error = %fault, "a channel could not be looked up");
                false
            }
        }
    }

    /// Takes a click, a command or a dialog, and acknowledges it once it is stored.
    pub(super) async fn take_call(&self, call: Call, inbox: &Inbox) {
        match &call.wants {
            Wants::Dialog {
                custom_id,
                title,
                field,
            } => {
                let dialog = render::modal(custom_id, title, field);
                let opened = self.first_answer(&call, DIALOG, Some(dialog)).await;
                log(opened, "a dialog could not be opened");
            }
            Wants::Press(_) | Wants::Command(_) => self.take_stored(call, inbox).await,
        }
    }

    async fn take_stored(&self, call: Call, inbox: &Inbox) {
        let press = match &call.wants {
            Wants::Press(press) => Some(press),
            _ => None,
        };
        let open = Arc::new(Open {
            token: call.token.clone(),
            user: call.caller.user,
            channel: call.spot.channel,
            message: press.map(|press| press.message),
            answered: Answered::Not.into(),
        });
        let id = call.id.to_string();
        // Held until it is acknowledged: whoever wants to say something through it waits for that.
        let mut answered = open.answered.lock().await;
        if self.handles.keep(&id, &open) == Known::Before {
            return;
        }
        if self.bring(&call, inbox).await.is_err() {
            self.handles.take(&id);
            let busy = json!({"content": inbox.phrase(Some(&call.locale), BUSY), "flags": EPHEMERAL, "allowed_mentions": {"parse": []}});
            let told = self.first_answer(&call, MESSAGE, Some(busy)).await;
            log(told, "could not say that the bot is busy");
            return;
        }
        let (kind, data, then) = match press.map(|press| press.tag.shows) {
            Some(Shows::Openly) => (QUIETLY, None, Answered::Quietly),
            Some(Shows::Privately) | None => (THINKING, Some(json!({"flags": EPHEMERAL})), Answered::Thinking),
        };
        *answered = match self.first_answer(&call, kind, data).await {
            Ok(First::Now) => then,
            // What stands there by now may be a whole answer: nothing may take it for an empty one.
            Ok(First::Before) if then == Answered::Thinking => Answered::Filled,
            Ok(First::Before) => then,
            Err(fault) => {
                log::<First>(Err(fault), "an interaction could not be acknowledged");
                Answered::Not
            }
        };
    }

    /// Stores what an interaction wants.
    async fn bring(&self, call: &Call, inbox: &Inbox) -> Result<(), ()> {
        let home = match &call.wants {
            Wants::Press(press) => press.tag.home.filter(|_| call.spot.guild.is_none()),
            _ => None,
        };
        let conversation = home.map_or_else(|| self.conversation(call.spot), |home| home.conversation());
        let (person, conversation) = self
            .who(&call.caller, (call.spot, conversation), home.map(|home| home.guild))
            .await
            .map_err(|Stranger| ())?;
        let taken = match &call.wants {
            Wants::Command(command) => {
                let invocation = Invocation {
                    event: event(call.id),
                    conversation,
                    person,
                    command: command.clone(),
                    locale: Some(call.locale.clone()),
                };
                inbox.command(invocation).await
            }
            Wants::Press(press) => inbox.click(click(call, press, person, conversation)).await,
            Wants::Dialog { .. } => return Ok(()),
        };
        taken.map_err(|error| {
            tracing::warn!(chat.platform = "discord", error = %error, "an interaction was not taken");
        })
    }

    /// Who somebody is, with roles, in the server that they speak in; in a direct message, in the server that
    /// [`Discord::membership`] finds.
    async fn who(
        &self,
        caller: &Caller,
        (spot, conversation): (Spot, Conversation),
        only: Option<u64>,
    ) -> Result<(Person, Conversation), Stranger> {
        if let Some(guild) = spot.guild {
            return Ok((person(guild, caller.clone()), conversation));
        }
        match self.membership(caller, only).await {
            Ok(Some((guild, caller))) => Ok((person(guild, caller), conversation)),
            Ok(None) => {
                tracing::info!(
                    chat.platform = "discord",
                    "somebody who is in no configured server was not answered"
                );
                Err(Stranger)
            }
            Err(fault) => {
                tracing::warn!(chat.platform = "discord", error = %fault, "could not tell whether somebody is a member, so they were not answered");
                Err(Stranger)
            }
        }
    }

    async fn first_answer(&self, call: &Call, kind: u8, data: Option<Value>) -> Result<First, Fault> {
        let path = format!("/interactions/{}/{}/callback", call.id, call.token.expose());
        let mut body = json!({"type": kind});
        if let Some(data) = data {
            body["data"] = data;
        }
        let ask = Ask {
            // A second one is refused by Discord, and then the first has arrived.
            again: Again::Harmless,
            patience: PATIENCE,
            ..Ask::post(path, &body)
        };
        match self.rest.send(ask).await {
            Err(fault) if fault.code() == ALREADY_ANSWERED => Ok(First::Before),
            other => other.map(|_| First::Now),
        }
    }
}

fn click(call: &Call, press: &Press, person: Person, conversation: Conversation) -> Click {
    let place = match press.seen {
        Seen::ByOne => deliver::Place::Whispered(press.message),
        Seen::ByAll => deliver::Place::Standing {
            channel: call.spot.channel,
            message: press.message,
        },
    };
    Click {
        event: event(call.id),
        message: MessageRef {
            id: place.write(&conversation),
            conversation: conversation.clone(),
        },
        conversation,
        person,
        ticket: press.tag.ticket.clone(),
        inputs: press.inputs.clone(),
        locale: Some(call.locale.clone()),
    }
}

fn log<T>(done: Result<T, Fault>, what: &str) {
    if let Err(fault) = done {
        tracing::warn!(chat.platform = "discord", error = %fault, "{what}");
    }
}
