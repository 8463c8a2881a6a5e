//! What goes out to one person alone: as the answer to the invoke that is open, else in the chat that they and the bot
//! have alone.

use serde_json::{Value, json};

use super::card::{self, Frame, Rest, Room as CardRoom};
use super::connector::CallError;
use super::invokes::{Answer, Invoke, Kind, Offered, Worth};
use super::place::{self, Shown};
use super::references::{OwnChat, ServiceUrl};
use super::send::{Letter, Towards, refused};
use super::standing::Standing;
use super::words::Words;
use super::{Teams, lock};
use crate::chat::{
    Button, Conversation, DeliveryError, EventId, Identity, Look, MessageRef, Platform, Reply, Room, Secret, Shows,
    TicketId,
};

/// Something for one person.
#[derive(Debug, Clone, Copy)]
pub struct Whisper<'a> {
    /// Where they are, and where the buttons belong.
    pub to: &'a Conversation,
    /// Who.
    pub person: &'a Identity,
    /// What.
    pub reply: &'a Reply,
    /// The event that is answered.
    pub answering: Option<&'a EventId>,
}

impl Teams {
    /// Says it to one person: as the answer to the invoke that is open, else in their own chat.
    pub(super) async fn whisper(&self, whisper: &Whisper<'_>) -> Result<MessageRef, DeliveryError> {
        if let Some(invoke) = whisper.answering.and_then(|event| self.invokes.waiting(event)) {
            let answer = match card::toast(whisper.reply) {
                Some(words) => Answer::Toast(words),
                None if invoke.kind() == Kind::Dialog => Answer::Card(self.view(whisper).await),
                None => Answer::Card(self.view_with_way_back(whisper).await),
            };
            if invoke.offer(Worth::Said, answer) == Offered::Taken {
                return Ok(view_of(whisper.person, whisper.answering).kept(whisper.to));
            }
        }
        let standing = self.to_own_chat(whisper).await?;
        Ok(standing.kept(whisper.to))
    }

    /// Shows a value once. See [`super::secrets`] for where it may stand and why.
    pub(super) async fn whisper_secret(
        &self,
        whisper: &Whisper<'_>,
        secret: &Secret,
    ) -> Result<MessageRef, DeliveryError> {
        let frame = Frame::new(whisper.to, Shown::AsView);
        let shown = card::with_secret(whisper.reply, &frame, secret);
        // A dialog is before one person and closes without a trace. A card over a message could be pushed aside at any
        // moment by the message's being replaced, and with it the password.
        let dialog = |invoke: &std::sync::Arc<Invoke>| invoke.kind() == Kind::Dialog;
        if let Some(invoke) = whisper
            .answering
            .and_then(|event| self.invokes.waiting(event))
            .filter(dialog)
            && invoke.offer(Worth::Said, Answer::Once(shown.clone())) == Offered::Taken
        {
            return Ok(view_of(whisper.person, whisper.answering).kept(whisper.to));
        }
        let name = self.secrets.keep(whisper.person, shown);
        let announced = announcement(whisper.reply, &name);
        let whisper = Whisper {
            reply: &announced,
            ..*whisper
        };
        match self.to_own_chat(&whisper).await {
            Ok(standing) => Ok(standing.kept(whisper.to)),
            Err(error) => {
                self.secrets.drop_card(&name);
                Err(error)
            }
        }
    }

    /// A view can be replaced only in the answer to an invoke. What comes later goes to the person's own chat.
    pub(super) async fn replace_view(
        &self,
        what: &MessageRef,
        reply: &Reply,
        (user, over, answering): (&str, &str, Option<&EventId>),
    ) -> Result<MessageRef, DeliveryError> {
        let person = Identity {
            platform: Platform::Teams,
            scope: what.conversation.scope.clone(),
            user: user.to_owned(),
        };
        let whisper = Whisper {
            to: &what.conversation,
            person: &person,
            reply,
            answering,
        };
        if let Some(invoke) = answering.and_then(|event| self.invokes.waiting(event)) {
            let card = self.view_with_way_back(&whisper).await;
            if invoke.offer(Worth::View, Answer::Card(card)) == Offered::Taken {
                return Ok(what.clone());
            }
        }
        let key = format!("{user}|{over}");
        let before = lock(&self.late_views).get(&key).cloned();
        if let Some(Standing::Message { conversation, id }) = before {
            let at = (conversation.as_str(), id.as_str());
            if self.replace_message(&what.conversation, reply, at).await.is_ok() {
                return Ok(what.clone());
            }
        }
        let standing = self.to_own_chat(&whisper).await?;
        lock(&self.late_views).put(key, standing);
        Ok(what.clone())
    }

    /// A view that offers nothing to press would stand in the way of the card under it.
    async fn view_with_way_back(&self, whisper: &Whisper<'_>) -> Value {
        if !whisper.reply.buttons.is_empty() {
            return self.view(whisper).await;
        }
        let mut reply = whisper.reply.clone();
        reply.buttons.push(Button {
            label: Words::Back.said(Some(&reply.language)).to_owned(),
            look: Look::Ordinary,
            ticket: place::back(),
            shows: Shows::Openly,
        });
        self.view(&Whisper {
            reply: &reply,
            ..*whisper
        })
        .await
    }

    /// The card of a view. What does not fit into one goes to the person's own chat before it.
    async fn view(&self, whisper: &Whisper<'_>) -> Value {
        let frame = Frame::new(whisper.to, Shown::AsView);
        let room = CardRoom::default();
        let mut rest = Rest::of(whisper.reply);
        let last = rest.last(&frame, room);
        rest.without_last(&last);
        if !rest.is_empty() {
            let towards = Towards::OwnChat(whisper.person);
            if let Err(error) = self.send_rest(towards, (&mut rest, room), None).await {
                tracing::warn!(error = %error, "a part of a long answer could not be brought to somebody's own chat");
            }
        }
        last.card
    }

    async fn to_own_chat(&self, whisper: &Whisper<'_>) -> Result<Standing, DeliveryError> {
        let letter = Letter {
            reply: whisper.reply,
            frame: Frame::new(whisper.to, Shown::AsMessage),
        };
        let sent = async {
            if whisper.to.room == Room::Direct {
                return self.send(Towards::Conversation(whisper.to), &letter).await;
            }
            // Noted first: a button that is shown must work.
            self.references.note_shown(whisper.person, whisper.to).await?;
            self.send(Towards::OwnChat(whisper.person), &letter).await
        };
        sent.await.map_err(refused)
    }

    /// Sends to the chat that a person and the bot have alone, beginning it where there is none. Where Teams refuses
    /// that, it is not asked again with every message.
    pub(super) async fn send_to_own_chat(&self, person: &Identity, activity: &Value) -> Result<Standing, CallError> {
        match self.references.own_chat(person).await? {
            OwnChat::Refused => return Err(CallError::ConversationGone),
            OwnChat::Known(id) => {
                let chat = own_chat(person, id);
                if let Some(service) = self.references.service(&chat).await? {
                    match self.send_one(&chat, &service, activity).await {
                        Err(CallError::ConversationGone) => {}
                        sent => return sent,
                    }
                }
            }
            OwnChat::Unknown => {}
        }
        let sent = async {
            let (chat, service) = self.begin_own_chat(person).await?;
            self.send_one(&chat, &service, activity).await
        };
        let sent = sent.await;
        if matches!(sent, Err(CallError::ConversationGone)) {
            self.references.note_no_own_chat(person).await?;
        }
        sent
    }

    /// The chat that a person and the bot have alone, as it is known or begun.
    pub(super) async fn chat_with(&self, person: &Identity) -> Result<Conversation, CallError> {
        match self.references.own_chat(person).await? {
            OwnChat::Refused => return Err(CallError::ConversationGone),
            OwnChat::Known(id) => {
                let chat = own_chat(person, id);
                if self.references.service(&chat).await?.is_some() {
                    return Ok(chat);
                }
            }
            OwnChat::Unknown => {}
        }
        match self.begin_own_chat(person).await {
            Ok((chat, _)) => Ok(chat),
            Err(CallError::ConversationGone) => {
                self.references.note_no_own_chat(person).await?;
                Err(CallError::ConversationGone)
            }
            Err(error) => Err(error),
        }
    }

    /// Begins the chat that a person and the bot have alone.
    /// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages>
    async fn begin_own_chat(&self, person: &Identity) -> Result<(Conversation, ServiceUrl), CallError> {
        let service = self.service(&own_chat(person, String::new())).await?;
        let known = self.references.connector_id(person).await?;
        let member = known.unwrap_or_else(|| person.user.clone());
        let parameters = json!({
            "isGroup": false,
            "bot": {"id": self.bot(&person.scope).await?},
            "members": [{"id": member}],
            "tenantId": person.scope,
            "channelData": {"tenant": {"id": person.scope}},
        });
        let made = self.connector.begin(&service, &parameters).await?;
        let chat = own_chat(person, made.conversation);
        self.references.note_own_chat(person, &chat.id).await?;
        self.references.vouch(&chat, &service).await?;
        Ok((chat, service))
    }
}

/// What stands in a person's own chat where a password waits for them.
fn announcement(reply: &Reply, name: &TicketId) -> Reply {
    let mut announced = reply.clone();
    announced.buttons = vec![Button {
        label: Words::ShowSecret.said(Some(&reply.language)).to_owned(),
        look: Look::Primary,
        ticket: name.clone(),
        shows: Shows::Privately,
    }];
    announced
}

fn view_of(person: &Identity, answering: Option<&EventId>) -> Standing {
    Standing::View {
        user: person.user.clone(),
        over: answering.map(|event| event.id.clone()).unwrap_or_default(),
    }
}

fn own_chat(person: &Identity, id: String) -> Conversation {
    Conversation {
        platform: Platform::Teams,
        scope: person.scope.clone(),
        id,
        thread: None,
        room: Room::Direct,
    }
}
