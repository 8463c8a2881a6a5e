//! What goes out: replies rendered as cards and delivered where they belong.

use serde_json::{Value, json};

use super::activity::{connector_id, thread_of};
use super::card::{self, Frame, Room as CardRoom};
use super::chats::own_chat;
use super::connector::{At, CallError, Made, message};
use super::invokes::{Answer, Invoke, Kind, Offered, Worth};
use super::limits::{OWN_VIEWS, ROSTER_PATIENCE};
use super::place::Shown;
use super::references::ServiceUrl;
use super::standing::Standing;
use super::words::Words;
use super::{Teams, lock};
use crate::chat::{
    Button, Conversation, DeliveryError, EventId, Identity, Look, MessageRef, Platform, Reply, Room, Secret, Shows,
    TicketId,
};
use crate::store::StoreError;

/// How often a message that was too large is made of smaller pieces.
const SMALLER: u32 = 2;

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

/// Cards on their way.
struct Letter<'a> {
    reply: &'a Reply,
    frame: Frame<'a>,
}

impl Teams {
    /// Says it to everybody in a conversation.
    pub(super) async fn post(&self, to: &Conversation, reply: &Reply) -> Result<MessageRef, DeliveryError> {
        let service = self.service(to).await?;
        let people = self.own_views(to, &service, reply).await;
        let mut frame = Frame::new(to, Shown::AsMessage);
        if let Some(view) = reply.for_administrators.as_ref().filter(|_| !people.is_empty()) {
            frame.own_views = Some((&view.ticket, &people));
        }
        let letter = Letter { reply, frame };
        let standing = match self.send(to, &service, &letter).await {
            Ok(standing) => standing,
            Err(error) => return Err(self.gone(to, error).await),
        };
        self.keep_copy(&standing, &letter);
        Ok(standing.kept(to))
    }

    /// Says it to one person: as the answer to the invoke that is open, else in their own chat.
    pub(super) async fn whisper(&self, whisper: &Whisper<'_>) -> Result<MessageRef, DeliveryError> {
        if let Some(invoke) = whisper.answering.and_then(|event| self.invokes.waiting(event)) {
            let answer = match card::toast(whisper.reply) {
                Some(words) => Answer::Toast(words),
                None => Answer::Card(self.view(whisper).await),
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

    /// Puts a reply in the place of what stands.
    pub(super) async fn replace(
        &self,
        what: &MessageRef,
        reply: &Reply,
        answering: Option<&EventId>,
    ) -> Result<MessageRef, DeliveryError> {
        match Standing::of(what) {
            Standing::View { user, over } => self.replace_view(what, reply, (&user, &over, answering)).await,
            Standing::Message { id, .. } if id.is_empty() => Err(gone("the message, whose id was never told")),
            Standing::Message { conversation, id } => {
                let at = (conversation.as_str(), id.as_str());
                let card = self.replace_message(&what.conversation, reply, at).await?;
                // Whoever pressed it sees at once what everybody will see.
                if let Some(invoke) = answering.and_then(|event| self.invokes.waiting(event)) {
                    invoke.offer(Worth::Standing, Answer::Card(card));
                }
                Ok(what.clone())
            }
        }
    }

    async fn replace_message(
        &self,
        belongs: &Conversation,
        reply: &Reply,
        (conversation, id): (&str, &str),
    ) -> Result<Value, DeliveryError> {
        let place = self.place_of(belongs, conversation);
        let service = self.service(&place).await?;
        let people = self.own_views(belongs, &service, reply).await;
        let mut frame = Frame::new(belongs, Shown::AsMessage);
        if let Some(view) = reply.for_administrators.as_ref().filter(|_| !people.is_empty()) {
            frame.own_views = Some((&view.ticket, &people));
        }
        let letter = Letter { reply, frame };
        let at = At {
            service: &service,
            conversation,
        };
        let mut room = CardRoom::default();
        for _ in 0..=SMALLER {
            let mut cards = card::cards(reply, &letter.frame, room);
            // The buttons stand on the message that stood; what came before them follows, in order.
            let with_buttons = cards.pop().unwrap_or_default();
            let sent = self
                .connector
                .replace(at, id, &message(with_buttons.clone(), &card::fallback(reply)))
                .await;
            match sent {
                Ok(()) => {
                    for card in cards {
                        let rest = message(card, &card::fallback(reply));
                        self.connector.send(at, &rest).await.map_err(refused)?;
                    }
                    let standing = Standing::Message {
                        conversation: conversation.to_owned(),
                        id: id.to_owned(),
                    };
                    self.keep_copy(&standing, &letter);
                    return Ok(with_buttons);
                }
                Err(CallError::TooLarge) => room = room.halved(),
                Err(error) => return Err(self.gone(&place, error).await),
            }
        }
        Err(refused(CallError::TooLarge))
    }

    /// A view can be replaced only in the answer to an invoke. What comes later goes to the person's own chat.
    async fn replace_view(
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
            let card = self.view(&whisper).await;
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

    /// The card of a view. What does not fit into one goes to the person's own chat before it.
    async fn view(&self, whisper: &Whisper<'_>) -> Value {
        let frame = Frame::new(whisper.to, Shown::AsView);
        let mut cards = card::cards(whisper.reply, &frame, CardRoom::default());
        let last = cards.pop().unwrap_or_default();
        for card in cards {
            let summary = card::fallback(whisper.reply);
            if let Err(error) = self.send_to_own_chat(whisper.person, &message(card, &summary)).await {
                tracing::warn!(error = %error, "a part of a long answer could not be brought to somebody's own chat");
            }
        }
        last
    }

    async fn to_own_chat(&self, whisper: &Whisper<'_>) -> Result<Standing, DeliveryError> {
        if whisper.to.room == Room::Direct {
            let service = self.service(whisper.to).await?;
            let letter = Letter {
                reply: whisper.reply,
                frame: Frame::new(whisper.to, Shown::AsMessage),
            };
            return match self.send(whisper.to, &service, &letter).await {
                Ok(standing) => Ok(standing),
                Err(error) => Err(self.gone(whisper.to, error).await),
            };
        }
        let frame = Frame::new(whisper.to, Shown::AsMessage);
        // Noted first: a button that is shown must work.
        let noted = self.references.note_shown(whisper.person, whisper.to).await;
        noted.map_err(|error| stored(&error))?;
        let mut standing = None;
        for card in card::cards(whisper.reply, &frame, CardRoom::default()) {
            let activity = message(card, &card::fallback(whisper.reply));
            standing = Some(self.send_to_own_chat(whisper.person, &activity).await?);
        }
        standing.ok_or_else(|| gone("the words of a reply"))
    }

    /// Sends to the chat that a person and the bot have alone, beginning it where there is none.
    async fn send_to_own_chat(&self, person: &Identity, activity: &Value) -> Result<Standing, DeliveryError> {
        let known = self.references.own_chat(person).await.map_err(|error| stored(&error))?;
        if let Some(id) = known {
            let chat = own_chat(person, id);
            if let Some(service) = self.known_service(&chat).await? {
                match self.send_one(&chat, &service, activity).await {
                    Ok(standing) => return Ok(standing),
                    Err(CallError::ConversationGone) => {
                        self.references
                            .forget_own_chat(person)
                            .await
                            .map_err(|error| stored(&error))?;
                    }
                    Err(error) => return Err(refused(error)),
                }
            }
        }
        let chat = self.begin_own_chat(person).await?;
        let service = self.service(&chat).await?;
        match self.send_one(&chat, &service, activity).await {
            Ok(standing) => Ok(standing),
            Err(error) => Err(self.gone(&chat, error).await),
        }
    }

    /// Sends a reply's cards. The last, which has the buttons, is the one that can be replaced.
    async fn send(&self, to: &Conversation, service: &ServiceUrl, letter: &Letter<'_>) -> Result<Standing, CallError> {
        let summary = card::fallback(letter.reply);
        let mut room = CardRoom::default();
        for _ in 0..=SMALLER {
            let mut cards = card::cards(letter.reply, &letter.frame, room).into_iter();
            let first = message(cards.next().unwrap_or_default(), &summary);
            let mut standing = match self.send_one(to, service, &first).await {
                Ok(standing) => standing,
                Err(CallError::TooLarge) => {
                    room = room.halved();
                    continue;
                }
                Err(error) => return Err(error),
            };
            // What follows goes into the thread that the first has begun.
            let thread = match &standing {
                Standing::Message { conversation, .. } => conversation.clone(),
                Standing::View { .. } => connector_id(to),
            };
            for card in cards {
                let at = At {
                    service,
                    conversation: &thread,
                };
                let id = self.connector.send(at, &message(card, &summary)).await?;
                standing = Standing::Message {
                    conversation: thread.clone(),
                    id: id.unwrap_or_default(),
                };
            }
            return Ok(standing);
        }
        Err(CallError::TooLarge)
    }

    /// Sends one activity. In a channel, outside of any thread, it begins one.
    async fn send_one(&self, to: &Conversation, service: &ServiceUrl, activity: &Value) -> Result<Standing, CallError> {
        if to.thread.is_none() && is_channel(&to.id) {
            let bot = self.bot(&to.scope).await.unwrap_or_else(|_| format!("28:{}", self.app));
            let parameters = json!({
                "isGroup": true,
                "bot": {"id": bot},
                "tenantId": to.scope,
                "channelData": {"channel": {"id": to.id}, "tenant": {"id": to.scope}},
                "activity": activity,
            });
            let Made { conversation, message } = self.connector.begin(service, &parameters).await?;
            // The first message of a thread is what the thread is named after.
            let id = message.or_else(|| thread_of(&conversation)).unwrap_or_default();
            return Ok(Standing::Message { conversation, id });
        }
        let conversation = connector_id(to);
        let at = At {
            service,
            conversation: &conversation,
        };
        let id = self.connector.send(at, activity).await?.unwrap_or_default();
        Ok(Standing::Message { conversation, id })
    }

    /// The connector's ids of the administrators who are in the conversation, and so can have a view of their own.
    async fn own_views(&self, to: &Conversation, service: &ServiceUrl, reply: &Reply) -> Vec<String> {
        let Some(view) = &reply.for_administrators else {
            return Vec::new();
        };
        let at = At {
            service,
            conversation: &to.id,
        };
        let mut found = Vec::new();
        let look = async {
            for object in view.people.iter().take(OWN_VIEWS) {
                found.extend(self.people.find(at, object).await.map(|member| member.id));
            }
        };
        // An answer does not wait for the administrators' convenience.
        let _ = tokio::time::timeout(ROSTER_PATIENCE, look).await;
        found
    }

    fn keep_copy(&self, standing: &Standing, letter: &Letter<'_>) {
        if let Standing::Message { conversation, id } = standing {
            let card = card::single(letter.reply, &letter.frame);
            lock(&self.copies).put((conversation.clone(), id.clone()), card);
        }
    }

    /// Where a message stands that belongs to another conversation.
    fn place_of(&self, belongs: &Conversation, connector_id: &str) -> Conversation {
        let id = connector_id.split(';').next().unwrap_or_default();
        if id == belongs.id {
            return belongs.clone();
        }
        Conversation {
            id: id.to_owned(),
            thread: thread_of(connector_id),
            room: Room::Direct,
            ..belongs.clone()
        }
    }

    pub(super) async fn bot(&self, tenant: &str) -> Result<String, DeliveryError> {
        let known = self.references.bot(tenant).await.map_err(|error| stored(&error))?;
        Ok(known.unwrap_or_else(|| format!("28:{}", self.app)))
    }

    pub(super) async fn service(&self, conversation: &Conversation) -> Result<ServiceUrl, DeliveryError> {
        self.known_service(conversation)
            .await?
            .ok_or_else(|| gone("a way to the conversation"))
    }

    pub(super) async fn known_service(&self, conversation: &Conversation) -> Result<Option<ServiceUrl>, DeliveryError> {
        self.references
            .service(conversation)
            .await
            .map_err(|error| stored(&error))
    }

    /// What a failed call means; a conversation that is gone is forgotten.
    async fn gone(&self, conversation: &Conversation, error: CallError) -> DeliveryError {
        if error == CallError::ConversationGone
            && let Err(error) = self.references.forget(conversation).await
        {
            tracing::warn!(error = %error, "a conversation that is gone could not be forgotten");
        }
        refused(error)
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

/// Whether a conversation is a channel, in which a message outside of a thread begins one. Chats' ids end otherwise.
fn is_channel(id: &str) -> bool {
    id.ends_with("@thread.tacv2") || id.ends_with("@thread.skype")
}

fn gone(what: &str) -> DeliveryError {
    DeliveryError::Gone {
        platform: Platform::Teams,
        what: what.to_owned(),
    }
}

pub(super) fn refused(error: CallError) -> DeliveryError {
    match error {
        CallError::ConversationGone => gone("the conversation"),
        CallError::MessageGone => gone("the message"),
        CallError::TooLarge | CallError::Failed(_) => DeliveryError::Refused {
            platform: Platform::Teams,
            why: error.to_string(),
        },
    }
}

pub(super) fn stored(error: &StoreError) -> DeliveryError {
    DeliveryError::Refused {
        platform: Platform::Teams,
        why: error.to_string(),
    }
}
