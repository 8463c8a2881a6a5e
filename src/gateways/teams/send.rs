//! What goes out to everybody: replies rendered as cards, and delivered card by card where they belong.

use serde_json::{Value, json};

use super::activity::{connector_id, thread_of};
use super::card::{self, Frame, Rest, Room as CardRoom};
use super::connector::{At, CallError, Made, message};
use super::invokes::{Answer, Worth};
use super::limits::{OWN_VIEWS, ROSTER_PATIENCE};
use super::place::Shown;
use super::references::ServiceUrl;
use super::standing::Standing;
use super::{Teams, lock};
use crate::chat::{Conversation, DeliveryError, EventId, Identity, MessageRef, Platform, Reply, Room};

/// Cards on their way.
pub(super) struct Letter<'a> {
    pub(super) reply: &'a Reply,
    pub(super) frame: Frame<'a>,
}

/// Where the next card goes.
pub(super) enum Towards<'a> {
    /// A conversation; in a channel, outside of any thread, a card begins one.
    Conversation(&'a Conversation),
    /// What is there already, by the connector's id.
    Thread(ServiceUrl, String),
    /// The chat that somebody and the bot have alone.
    OwnChat(&'a Identity),
}

impl Teams {
    /// Says it to everybody in a conversation.
    pub(super) async fn post(&self, to: &Conversation, reply: &Reply) -> Result<MessageRef, DeliveryError> {
        let posted = async {
            let service = self.service(to).await?;
            let people = self.own_views(to, &service, reply).await;
            let letter = Letter {
                reply,
                frame: for_everybody(to, reply, &people),
            };
            let standing = self.send(Towards::Conversation(to), &letter).await?;
            self.keep_copy(&standing, &letter);
            Ok(standing.kept(to))
        };
        posted.await.map_err(refused)
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

    /// Replaces a message that belongs to a conversation and stands at `at`: its conversation and its own id.
    pub(super) async fn replace_message(
        &self,
        belongs: &Conversation,
        reply: &Reply,
        at: (&str, &str),
    ) -> Result<Value, DeliveryError> {
        self.put(belongs, reply, at).await.map_err(refused)
    }

    async fn put(
        &self,
        belongs: &Conversation,
        reply: &Reply,
        (conversation, id): (&str, &str),
    ) -> Result<Value, CallError> {
        let place = place_of(belongs, conversation);
        let service = self.service(&place).await?;
        let people = self.own_views(belongs, &service, reply).await;
        let letter = Letter {
            reply,
            frame: for_everybody(belongs, reply, &people),
        };
        let at = At {
            service: &service,
            conversation,
        };
        let mut rest = Rest::of(reply);
        let mut room = CardRoom::default();
        // The buttons stand on the message that stood; what came before them follows, in order.
        let with_buttons = loop {
            let piece = rest.last(&letter.frame, room);
            let activity = message(piece.card.clone(), &card::fallback(reply));
            match self.connector.replace(at, id, &activity).await {
                Ok(()) => {
                    rest.without_last(&piece);
                    break piece.card;
                }
                Err(CallError::TooLarge) => room = room.halved().ok_or(CallError::TooLarge)?,
                Err(error) => return Err(self.noticed(&place, error).await),
            }
        };
        let standing = Standing::Message {
            conversation: conversation.to_owned(),
            id: id.to_owned(),
        };
        self.keep_copy(&standing, &letter);
        if !rest.is_empty() {
            let towards = Towards::Thread(service.clone(), conversation.to_owned());
            self.send_rest(towards, (&mut rest, room), None).await?;
        }
        Ok(with_buttons)
    }

    /// Sends a reply's cards. The last, which has the buttons, is the one that can be replaced.
    pub(super) async fn send(&self, towards: Towards<'_>, letter: &Letter<'_>) -> Result<Standing, CallError> {
        let mut rest = Rest::of(letter.reply);
        let whole = (&mut rest, CardRoom::default());
        self.send_rest(towards, whole, Some(&letter.frame)).await
    }

    /// Sends what is left, without buttons where there is no frame. What Teams finds too large is sent in smaller pieces,
    /// wherever in a long answer that happens.
    pub(super) async fn send_rest(
        &self,
        mut towards: Towards<'_>,
        (rest, mut room): (&mut Rest<'_>, CardRoom),
        frame: Option<&Frame<'_>>,
    ) -> Result<Standing, CallError> {
        loop {
            let piece = rest.first(frame, room);
            let activity = message(piece.card.clone(), &card::fallback(rest.reply()));
            let standing = match self.send_card(&mut towards, &activity).await {
                Ok(standing) => standing,
                Err(CallError::TooLarge) => {
                    room = room.halved().ok_or(CallError::TooLarge)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            rest.without_first(&piece);
            if rest.is_empty() {
                return Ok(standing);
            }
        }
    }

    async fn send_card(&self, towards: &mut Towards<'_>, activity: &Value) -> Result<Standing, CallError> {
        match towards {
            Towards::Conversation(to) => {
                let service = self.service(to).await?;
                let standing = self.send_one(to, &service, activity).await?;
                // What follows goes into the thread that the first has begun.
                if let Standing::Message { conversation, .. } = &standing {
                    *towards = Towards::Thread(service, conversation.clone());
                }
                Ok(standing)
            }
            Towards::Thread(service, conversation) => {
                let at = At { service, conversation };
                let id = self.connector.send(at, activity).await?;
                Ok(Standing::Message {
                    conversation: conversation.clone(),
                    id: id.unwrap_or_default(),
                })
            }
            Towards::OwnChat(person) => self.send_to_own_chat(person, activity).await,
        }
    }

    /// Sends one activity. In a channel, outside of any thread, it begins one.
    pub(super) async fn send_one(
        &self,
        to: &Conversation,
        service: &ServiceUrl,
        activity: &Value,
    ) -> Result<Standing, CallError> {
        let sent = async {
            if to.thread.is_none() && is_channel(&to.id) {
                return self.begin_thread(to, service, activity).await;
            }
            let conversation = connector_id(to);
            let at = At {
                service,
                conversation: &conversation,
            };
            let id = self.connector.send(at, activity).await?.unwrap_or_default();
            Ok(Standing::Message { conversation, id })
        };
        match sent.await {
            Ok(standing) => Ok(standing),
            Err(error) => Err(self.noticed(to, error).await),
        }
    }

    /// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations>
    async fn begin_thread(
        &self,
        to: &Conversation,
        service: &ServiceUrl,
        activity: &Value,
    ) -> Result<Standing, CallError> {
        let parameters = json!({
            "isGroup": true,
            "bot": {"id": self.bot(&to.scope).await?},
            "tenantId": to.scope,
            "channelData": {"channel": {"id": to.id}, "tenant": {"id": to.scope}},
            "activity": activity,
        });
        let Made { conversation, message } = self.connector.begin(service, &parameters).await?;
        // The first message of a thread is what the thread is named after.
        let id = message.or_else(|| thread_of(&conversation)).unwrap_or_default();
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

    pub(super) async fn bot(&self, tenant: &str) -> Result<String, CallError> {
        let known = self.references.bot(tenant).await?;
        Ok(known.unwrap_or_else(|| format!("28:{}", self.app)))
    }

    pub(super) async fn service(&self, conversation: &Conversation) -> Result<ServiceUrl, CallError> {
        let known = self.references.service(conversation).await?;
        known.ok_or(CallError::NoWay)
    }

    /// A conversation that is gone is forgotten.
    async fn noticed(&self, conversation: &Conversation, error: CallError) -> CallError {
        if error == CallError::ConversationGone
            && let Err(error) = self.references.forget(conversation).await
        {
            tracing::warn!(error = %error, "a conversation that is gone could not be forgotten");
        }
        error
    }
}

/// What surrounds a reply that everybody sees; `people` have a view of their own.
fn for_everybody<'a>(to: &'a Conversation, reply: &'a Reply, people: &'a [String]) -> Frame<'a> {
    let mut frame = Frame::new(to, Shown::AsMessage);
    if let Some(view) = reply.for_administrators.as_ref().filter(|_| !people.is_empty()) {
        frame.own_views = Some((&view.ticket, people));
    }
    frame
}

/// Where a message stands that belongs to another conversation.
fn place_of(belongs: &Conversation, connector_id: &str) -> Conversation {
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

/// Whether a conversation is a channel, in which a message outside of a thread begins one. Chats' ids end otherwise.
fn is_channel(id: &str) -> bool {
    id.ends_with("@thread.tacv2") || id.ends_with("@thread.skype")
}

pub(super) fn gone(what: &str) -> DeliveryError {
    DeliveryError::Gone {
        platform: Platform::Teams,
        what: what.to_owned(),
    }
}

/// What a failed call means to the rest of the house.
pub(super) fn refused(error: CallError) -> DeliveryError {
    match error {
        CallError::ConversationGone => gone("the conversation"),
        CallError::MessageGone => gone("the message"),
        CallError::NoWay => gone("a way to the conversation"),
        CallError::TooLarge | CallError::Failed(_) => DeliveryError::Refused {
            platform: Platform::Teams,
            why: error.to_string(),
        },
    }
}
