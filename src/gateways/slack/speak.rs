//! Says things on Slack: openly as messages, privately in the modal or tab where somebody waits, as ephemeral messages,
//! or in their direct messages. A secret is shown in a modal alone.

use serde_json::{Value, json};

use std::time::Duration;

use super::api::{ApiError, Method, Patience};
use super::open::{By, Content, ForWhat, Modal, Way};
use super::render::{self, Page, Shown};
use super::spot::Spot;
use super::{Slack, place, receive};
use crate::chat::{Conversation, DeliveryError, EventId, Identity, MessageRef, Platform, Reply, Room, Secret};

/// How long Slack may take to say whether somebody is there.
const FOR_PRESENCE: Duration = Duration::from_secs(2);

/// Something for one person alone.
pub(super) struct Whisper {
    pub to: Conversation,
    pub person: Identity,
    pub reply: Reply,
    pub secret: Option<Secret>,
    pub answering: Option<EventId>,
}

impl Slack {
    /// Says it to everybody in the conversation.
    pub(super) async fn post(&self, to: &Conversation, reply: &Reply) -> Result<MessageRef, DeliveryError> {
        let pages = render::messages(reply, to);
        let said = self
            .post_pages((&to.id, to.thread.as_deref()), &pages, Vec::new())
            .await;
        said.map(|spot| receive::message_ref(to, &spot))
            .map_err(|error| error.delivery())
    }

    /// Says it to one person alone.
    pub(super) async fn whisper(&self, whisper: Whisper) -> Result<MessageRef, DeliveryError> {
        let way = whisper
            .answering
            .as_ref()
            .and_then(|event| self.ways.to(event, &whisper.person));
        if let Some(way) = &way
            && let Some(spot) = self.where_they_wait(way, &whisper).await
        {
            return Ok(receive::message_ref(&whisper.to, &spot));
        }
        if whisper.secret.is_some() {
            return Err(DeliveryError::Refused {
                platform: Platform::Slack,
                why: "there is no modal open in which a secret could be shown".into(),
            });
        }
        let pages = render::messages(&whisper.reply, &whisper.to);
        let spot = self.tell((&whisper.to, &whisper.person), way.as_deref(), &pages).await;
        spot.map(|spot| receive::message_ref(&whisper.to, &spot))
            .map_err(|error| error.delivery())
    }

    /// Puts it in the place of what stands there.
    pub(super) async fn replace(
        &self,
        message: MessageRef,
        reply: &Reply,
        answering: Option<&EventId>,
    ) -> Result<MessageRef, DeliveryError> {
        let at = &message.conversation;
        let gone = |what: &str| DeliveryError::Gone {
            platform: Platform::Slack,
            what: what.to_owned(),
        };
        let spot: Spot = message.id.parse().map_err(|()| gone("the message"))?;
        let way = answering.and_then(|event| self.ways.of(event));
        let replaced = match &spot {
            Spot::Message { channel, ts, before } => {
                let standing = [before.as_slice(), std::slice::from_ref(ts)].concat();
                self.update((channel, &standing), at, reply).await
            }
            Spot::Ephemeral { .. } => self.replace_ephemeral(&spot, at, reply).await,
            Spot::View(view) => self.replace_view(view, way.as_deref(), (at, reply)).await,
            Spot::Home(user) => self.publish(user, at, reply).await,
        };
        match (replaced, way, &spot) {
            (Ok(spot), ..) => Ok(receive::message_ref(at, &spot)),
            // Whoever closed the modal, or whose private message can't be written over any more, hears it all the same.
            (Err(_), Some(way), Spot::View(_) | Spot::Ephemeral { .. }) => {
                let pages = render::messages(reply, at);
                let told = self.tell((at, &way.person), Some(&way), &pages).await;
                told.map(|spot| receive::message_ref(at, &spot))
                    .map_err(|error| error.delivery())
            }
            (Err(error), ..) => Err(error.delivery()),
        }
    }

    /// Says in a modal to which no answer came that it is elsewhere.
    pub(super) async fn let_go(&self, event: &EventId) {
        let Some(way) = self.ways.let_go(event) else { return };
        let Some(modal) = &way.modal else { return };
        let mut content = modal.state.lock().await;
        if let Some(unanswered) = content.unanswered.take()
            && let Err(error) = modal.put(&self.api, &unanswered.instead).await
        {
            tracing::debug!(slack.error = %error, "a modal without an answer was gone");
        }
    }

    /// The home tab or modal in which whoever is answered looks; `None` where there is none, or it is gone.
    async fn where_they_wait(&self, way: &Way, whisper: &Whisper) -> Option<Spot> {
        if let (Some(user), None) = (&way.home, &whisper.secret) {
            return self.publish(user, &whisper.to, &whisper.reply).await.ok();
        }
        let modal = way.modal.as_ref()?;
        if modal.for_what == ForWhat::Secrets && whisper.secret.is_none() {
            return None;
        }
        let mut content = modal.state.lock().await;
        if content.sealed {
            return None;
        }
        let shown = Shown {
            reply: &whisper.reply,
            secret: whisper.secret.as_ref(),
            above: content.above.as_ref(),
        };
        let rendered = render::modal(&shown, &whisper.to);
        let put = modal.put(&self.api, &rendered.view).await;
        let view = put
            .inspect_err(|error| tracing::info!(slack.error = %error, "a modal was gone before its answer"))
            .ok()?;
        settle(&mut content, whisper);
        drop(content);
        self.tell_rest((&whisper.to, &whisper.person), way, &rendered.before)
            .await;
        Some(Spot::View(view))
    }

    /// What a modal had no room for. It says the rest already, so a failure is only logged.
    async fn tell_rest(&self, to: (&Conversation, &Identity), way: &Way, pages: &[Page]) {
        if !pages.is_empty()
            && let Err(error) = self.tell(to, Some(way), pages).await
        {
            tracing::warn!(slack.error = %error, "a part of an answer that is too long for a modal could not be told");
        }
    }

    /// Tells one person something without a modal: where they gave an address for it, so that they alone see it in the
    /// conversation, or in their direct messages.
    async fn tell(
        &self,
        (to, person): (&Conversation, &Identity),
        way: Option<&Way>,
        pages: &[Page],
    ) -> Result<Spot, ApiError> {
        let mut rest = pages;
        if let Some(way) = way.filter(|way| way.by == By::Command) {
            rest = self.respond(way, to, rest).await;
        }
        if rest.is_empty() {
            let (channel, ts) = (to.id.clone(), String::new());
            return Ok(Spot::Ephemeral { channel, ts });
        }
        if to.room == Room::Direct && to.id.starts_with('D') {
            return self.post_pages((&to.id, to.thread.as_deref()), rest, Vec::new()).await;
        }
        if way.is_none() && self.is_away(&person.user).await {
            return self.direct(person, rest).await;
        }
        match self.ephemeral(to, person, rest).await {
            Err(error) if error.is_about_the_place() => self.direct(person, rest).await,
            told => told,
        }
    }

    /// Answers where a command was given. Gives back the pages for which its address was used up.
    async fn respond<'a>(&self, way: &Way, to: &Conversation, pages: &'a [Page]) -> &'a [Page] {
        let Some(address) = &way.response_url else { return pages };
        let mut address = address.lock().await;
        let mut rest = pages;
        while let [page, others @ ..] = rest {
            if let Err(error) = self
                .api
                .respond(&mut address, &response(page, to.thread.as_deref()))
                .await
            {
                tracing::info!(slack.error = %error, "an address for answers works no more");
                break;
            }
            rest = others;
        }
        rest
    }

    /// An ephemeral message is lost on somebody who doesn't look.
    /// <https://docs.slack.dev/reference/methods/chat.postEphemeral/>
    async fn is_away(&self, user: &str) -> bool {
        let asked = json!({"user": user});
        let presence = self
            .api
            .call_within(Method::GetPresence, &asked, Patience::Once(FOR_PRESENCE));
        presence.await.is_ok_and(|answer| answer["presence"] == "away")
    }

    async fn ephemeral(&self, to: &Conversation, person: &Identity, pages: &[Page]) -> Result<Spot, ApiError> {
        let mut ts = String::new();
        for page in pages {
            let mut message = content(page);
            message["channel"] = json!(to.id);
            message["user"] = json!(person.user);
            if let Some(thread) = self.visible_thread(to) {
                message["thread_ts"] = json!(thread);
            }
            let said = self.api.call(Method::PostEphemeral, &message).await?;
            ts = said["message_ts"].as_str().unwrap_or_default().to_owned();
        }
        let channel = to.id.clone();
        Ok(Spot::Ephemeral { channel, ts })
    }

    /// The thread in which a private message is seen: Slack shows none in a thread that has no reply yet.
    /// <https://docs.slack.dev/reference/methods/chat.postEphemeral/#arguments>
    fn visible_thread<'a>(&self, to: &'a Conversation) -> Option<&'a str> {
        let thread = to.thread.as_deref();
        thread.filter(|thread| !self.threads.has_no_answer(&to.id, thread))
    }

    async fn direct(&self, person: &Identity, pages: &[Page]) -> Result<Spot, ApiError> {
        let opened = self
            .api
            .call(Method::ConversationsOpen, &json!({"users": person.user}))
            .await?;
        let channel = opened["channel"]["id"].as_str().unwrap_or(&person.user);
        self.post_pages((channel, None), pages, Vec::new()).await
    }

    /// Posts page after page, below those that stand already. The last one has the buttons, and names the others.
    async fn post_pages(
        &self,
        (channel, thread): (&str, Option<&str>),
        pages: &[Page],
        mut before: Vec<String>,
    ) -> Result<Spot, ApiError> {
        let (mut channel, mut ts) = (channel.to_owned(), String::new());
        for (number, page) in pages.iter().enumerate() {
            if number > 0 {
                before.push(std::mem::take(&mut ts));
            }
            let mut message = below(page, &mut before);
            message["channel"] = json!(channel);
            message["unfurl_links"] = json!(false);
            message["unfurl_media"] = json!(false);
            if let Some(thread) = thread {
                message["thread_ts"] = json!(thread);
            }
            let said = self.api.call(Method::PostMessage, &message).await?;
            // Posted to a person, it stands in their direct messages.
            if let Some(really) = said["channel"].as_str() {
                really.clone_into(&mut channel);
            }
            said["ts"].as_str().unwrap_or_default().clone_into(&mut ts);
            if let Some(thread) = thread {
                self.threads.answered(&channel, thread);
            }
        }
        Ok(Spot::Message { channel, ts, before })
    }

    /// Writes over messages that belong together. The new words take the last of them, which keep their place below what
    /// was said meanwhile; those before that are not needed any more are deleted, and what they have no room for follows.
    async fn update(
        &self,
        (channel, standing): (&str, &[String]),
        at: &Conversation,
        reply: &Reply,
    ) -> Result<Spot, ApiError> {
        let pages = render::messages(reply, at);
        let (spare, kept) = standing.split_at(standing.len().saturating_sub(pages.len()));
        let (over, more) = pages.split_at(kept.len().min(pages.len()));
        let mut before = Vec::new();
        for (page, ts) in over.iter().zip(kept) {
            let mut message = below(page, &mut before);
            message["channel"] = json!(channel);
            message["ts"] = json!(ts);
            self.api.call(Method::Update, &message).await?;
            before.push(ts.clone());
        }
        for ts in spare {
            let gone = self
                .api
                .call(Method::Delete, &json!({"channel": channel, "ts": ts}))
                .await;
            if let Err(error) = gone {
                tracing::warn!(slack.error = %error, "a part of what was replaced still stands");
            }
        }
        if !more.is_empty() {
            return self.post_pages((channel, at.thread.as_deref()), more, before).await;
        }
        let ts = before.pop().unwrap_or_default();
        let channel = channel.to_owned();
        Ok(Spot::Message { channel, ts, before })
    }

    async fn replace_ephemeral(&self, spot: &Spot, at: &Conversation, reply: &Reply) -> Result<Spot, ApiError> {
        let Some(address) = self.ways.ephemeral(spot) else {
            return Err(ApiError::Refused {
                method: "response_url",
                error: "expired_url".into(),
                needed: None,
            });
        };
        let mut address = address.lock().await;
        for (number, page) in render::messages(reply, at).iter().enumerate() {
            let mut message = response(page, self.visible_thread(at));
            message["replace_original"] = json!(number == 0);
            self.api.respond(&mut address, &message).await?;
        }
        Ok(spot.clone())
    }

    async fn replace_view(
        &self,
        view: &str,
        way: Option<&Way>,
        (at, reply): (&Conversation, &Reply),
    ) -> Result<Spot, ApiError> {
        let shown = Shown {
            reply,
            secret: None,
            above: None,
        };
        let rendered = render::modal(&shown, at);
        let own = way.and_then(|way| {
            way.modal
                .as_ref()
                .filter(|modal| modal.is(view))
                .map(|modal| (way, modal))
        });
        match own {
            Some((way, modal)) => {
                self.put_into(modal, &rendered.view, reply).await?;
                self.tell_rest((at, &way.person), way, &rendered.before).await;
            }
            None => {
                let arguments = json!({"view_id": view, "view": rendered.view});
                self.api.call(Method::ViewsUpdate, &arguments).await?;
            }
        }
        Ok(Spot::View(view.to_owned()))
    }

    async fn put_into(&self, modal: &Modal, view: &Value, reply: &Reply) -> Result<(), ApiError> {
        let mut content = modal.state.lock().await;
        modal.put(&self.api, view).await?;
        *content = Content {
            above: Some(reply.clone()),
            ..Content::default()
        };
        Ok(())
    }

    async fn publish(&self, user: &str, at: &Conversation, reply: &Reply) -> Result<Spot, ApiError> {
        let rendered = render::home(reply, at);
        let arguments = json!({"user_id": user, "view": rendered.view});
        self.api.call(Method::ViewsPublish, &arguments).await?;
        Ok(Spot::Home(user.to_owned()))
    }
}

/// What an answer leaves in a modal.
fn settle(content: &mut Content, whisper: &Whisper) {
    content.unanswered = None;
    content.sealed = whisper.secret.is_some();
    let above = content.above.get_or_insert_with(Reply::default);
    above.blocks.extend(whisper.reply.blocks.iter().cloned());
    above.buttons.extend(whisper.reply.buttons.iter().cloned());
}

/// A page below others that it belongs to: its buttons name them, as many as there is room for.
fn below(page: &Page, before: &mut Vec<String>) -> Value {
    before.drain(..before.len().saturating_sub(place::MOST_BEFORE));
    let mut message = content(page);
    let blocks = message["blocks"].as_array_mut().into_iter().flatten();
    for block in blocks.filter(|block| block["type"] == "actions" && !before.is_empty()) {
        let id = block["block_id"].as_str().unwrap_or_default();
        block["block_id"] = json!(place::with_before(id, before));
    }
    message
}

fn content(page: &Page) -> Value {
    json!({"text": page.text, "blocks": page.blocks})
}

fn response(page: &Page, thread: Option<&str>) -> Value {
    let mut message = content(page);
    message["response_type"] = json!("ephemeral");
    message["replace_original"] = json!(false);
    if let Some(thread) = thread {
        message["thread_ts"] = json!(thread);
    }
    message
}
