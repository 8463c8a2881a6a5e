//! From a verified payload to the inbox: repeats are noticed, clicks and commands are stored, and only then is Slack
//! told that they were taken.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Slack;
use super::lanes::{Lanes, Written, person};
use super::open::{By, ForWhat, Placeholders, Way};
use super::pressed;
use super::receive::{self, Handles, Happening, Heard, Submits};
use super::render::placeholder;
use super::spot::Spot;
use super::taken::First;
use crate::assistant::NotTaken;
use crate::chat::{Click, Command, Conversation, EventId, Invocation, Room};
use crate::gateways::Reception;

/// How long a name is waited for before a press is acknowledged: Slack waits for three seconds in all.
const FOR_A_NAME: Duration = Duration::from_millis(700);

/// What kind of payload it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of the Events API.
    Event,
    /// A button, a modal.
    Interaction,
    /// A slash command.
    Command,
}

/// What to tell Slack.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It was taken, or there is nothing to take. With what to say, where Slack lets us say something.
    Acknowledged(Option<Value>),
    /// It was not taken: Slack is to try again.
    Busy,
}

impl Slack {
    /// Takes what Slack sent.
    pub(super) async fn take(&self, reception: &Reception, kind: Kind, payload: &Value) -> Verdict {
        if reception.closing.is_cancelled() {
            return Verdict::Busy;
        }
        let me = self.me.load();
        let me = me.as_deref();
        let own_team = me.map(|me| vec![me.team.clone()]).unwrap_or_default();
        let teams = if self.team_ids.is_empty() {
            &own_team
        } else {
            &self.team_ids
        };
        if teams.is_empty() {
            // Nobody knows yet whom the bot serves.
            return Verdict::Busy;
        }
        let ears = receive::Ears {
            bot: me.map(|me| me.user.as_str()),
            teams,
            answer_channels: &self.answer_channels,
        };
        let heard = match kind {
            Kind::Event => receive::event(payload, &ears),
            Kind::Interaction => pressed::interaction(payload, &ears),
            Kind::Command => receive::command(payload, &ears),
        };
        let Some(heard) = heard else {
            return Verdict::Acknowledged(None);
        };
        let event = heard.id().clone();
        match self.taken.begin(&event.id) {
            First::No => return Verdict::Acknowledged(None),
            First::Underway => return Verdict::Busy,
            First::Yes => {}
        }
        let verdict = self.bring(reception, heard).await;
        match verdict {
            Ok(verdict) => {
                self.taken.done(&event.id);
                verdict
            }
            Err(error) => {
                tracing::warn!(error = %error, slack.kind = ?kind, "something from Slack could not be taken");
                self.ways.let_go(&event);
                self.taken.not(&event.id);
                match kind {
                    // Nobody sends a command again but the person, who must hear of it.
                    Kind::Command => {
                        let busy = reception.inbox.phrase(None, "busy");
                        Verdict::Acknowledged(Some(json!({"response_type": "ephemeral", "text": busy})))
                    }
                    Kind::Event | Kind::Interaction => Verdict::Busy,
                }
            }
        }
    }

    async fn bring(&self, reception: &Reception, heard: Heard) -> Result<Verdict, NotTaken> {
        match heard {
            Heard::Message { event, text, addressed } => {
                self.note_thread(&event);
                let written = Written { event, text, addressed };
                self.lanes(reception).put(written)?;
                Ok(Verdict::Acknowledged(None))
            }
            Heard::Opened { event } => {
                if let Some(slack) = self.own.upgrade() {
                    let reception = reception.clone();
                    tokio::spawn(async move { slack.welcome(&reception, event).await });
                }
                Ok(Verdict::Acknowledged(None))
            }
            Heard::Command { event, command, handle } => {
                self.bring_command(reception, event, (command, handle)).await?;
                Ok(Verdict::Acknowledged(None))
            }
            Heard::Click { .. } => self.bring_click(reception, heard).await,
        }
    }

    async fn bring_command(
        &self,
        reception: &Reception,
        event: Happening,
        (command, handle): (Command, Handles),
    ) -> Result<(), NotTaken> {
        let profile = self.people.profile(&self.api, &event.who.user, FOR_A_NAME).await;
        self.keep_way(reception, &event, (By::Command, handle, profile.locale.as_deref()));
        let invocation = Invocation {
            event: event.id.clone(),
            conversation: event.conversation.clone(),
            person: person(&event, &profile),
            command,
            locale: profile.locale,
        };
        reception.inbox.command(invocation).await
    }

    async fn bring_click(&self, reception: &Reception, heard: Heard) -> Result<Verdict, NotTaken> {
        let Heard::Click {
            event,
            ticket,
            spot,
            inputs,
            handle,
        } = heard
        else {
            return Ok(Verdict::Acknowledged(None));
        };
        let profile = self.people.profile(&self.api, &event.who.user, FOR_A_NAME).await;
        let locale = profile.locale.as_deref();
        let submits = handle.submits;
        let way = self.keep_way(reception, &event, (By::Press, handle, locale));
        if let (Spot::Ephemeral { .. }, Some(address)) = (&spot, &way.response_url) {
            self.ways.keep_ephemeral(&spot, address);
        }
        let waiting = placeholder(&reception.inbox.phrase(locale, "working"), &event.conversation);
        let click = Click {
            event: event.id.clone(),
            conversation: event.conversation.clone(),
            person: person(&event, &profile),
            ticket,
            message: receive::message_ref(&event.conversation, &spot),
            inputs,
            locale: profile.locale.clone(),
        };
        reception.inbox.click(click).await?;
        self.open_at_once(&way);
        // A modal that is sent off closes by itself, and its answer belongs into it.
        let keep_open = json!({"response_action": "update", "view": waiting});
        Ok(Verdict::Acknowledged((submits == Submits::AView).then_some(keep_open)))
    }

    /// A message is the beginning of a thread, or the reply with which one has begun.
    fn note_thread(&self, event: &Happening) {
        let Conversation { id, thread, room, .. } = &event.conversation;
        match (thread, room) {
            (Some(thread), Room::Shared) if event.id.id.ends_with(&format!(":{thread}")) => {
                self.threads.may_begin(id, thread);
            }
            (Some(thread), Room::Shared) => self.threads.answered(id, thread),
            _ => {}
        }
    }

    fn keep_way(
        &self,
        reception: &Reception,
        event: &Happening,
        (by, handle, locale): (By, Handles, Option<&str>),
    ) -> Arc<Way> {
        let say = |key: &str| placeholder(&reception.inbox.phrase(locale, key), &event.conversation);
        let placeholders = Placeholders {
            waiting: say("working"),
            elsewhere: say("answered-elsewhere"),
        };
        let way = Arc::new(Way::new(event.who.clone(), by, handle, placeholders));
        self.ways.keep(&event.id, Arc::clone(&way));
        way
    }

    /// The trigger lives for three seconds, and the answer may take longer.
    fn open_at_once(&self, way: &Arc<Way>) {
        if way
            .modal
            .as_ref()
            .is_some_and(|modal| modal.for_what == ForWhat::Everything)
        {
            let (way, api) = (Arc::clone(way), Arc::clone(&self.api));
            tokio::spawn(async move {
                if let Some(modal) = &way.modal {
                    modal.view(&api).await;
                }
            });
        }
    }

    /// The lanes, opened with the first message.
    pub(super) fn lanes(&self, reception: &Reception) -> &Lanes {
        self.lanes
            .get_or_init(|| Lanes::open(&self.api, &self.people, &reception.inbox))
    }
}

impl Heard {
    fn id(&self) -> &EventId {
        match self {
            Self::Message { event, .. }
            | Self::Opened { event }
            | Self::Command { event, .. }
            | Self::Click { event, .. } => &event.id,
        }
    }
}
