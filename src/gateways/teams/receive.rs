//! What comes in: `POST /api/messages`. A token first, then the body, then what it means.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::activity::{Activity, connector_id};
use super::auth::{Admitted, TurnedAway};
use super::connector::At;
use super::invokes::{self, Answer, Kind, Opened};
use super::limits::LARGEST_ACTIVITY;
use super::mentions;
use super::place::{self, Belongs, Pressed, Shown};
use super::secrets::Secrets;
use super::standing::Standing;
use super::words::Words;
use super::{Teams, lock};
use crate::chat::{
    Addressed, Click, Command, Conversation, EventId, IncomingMessage, Invocation, MessageRef, Person, Room,
};
use crate::gateways::Reception;
use crate::store::{Claim, StoreError};

/// Where the Bot Framework sends activities, by convention.
pub const PATH: &str = "/api/messages";

/// The routes of the gateway.
pub fn routes(teams: Arc<Teams>, reception: Reception) -> Router {
    Router::new().route(PATH, post(messages)).with_state((teams, reception))
}

async fn messages(
    State((teams, reception)): State<(Arc<Teams>, Reception)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let caller = teams.door.knock(&headers).await?;
    let body = to_bytes(body, LARGEST_ACTIVITY)
        .await
        .map_err(|_| Refusal(StatusCode::PAYLOAD_TOO_LARGE))?;
    let activity = Activity::parse(&body).ok_or(Refusal(StatusCode::BAD_REQUEST))?;
    let admitted = teams.door.admit(&caller, &activity)?;
    let Some(heard) = Heard::of(activity, admitted) else {
        // Nothing that we know happens nowhere or by nobody, but something new might.
        return Ok(StatusCode::OK.into_response());
    };
    teams.take(&heard, &reception).await
}

/// A status without a word, so that nobody learns what was wrong.
struct Refusal(StatusCode);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<TurnedAway> for Refusal {
    fn from(why: TurnedAway) -> Self {
        tracing::warn!(error = %why, "somebody without a right to speak for Teams was turned away");
        Self(why.status())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "an activity could not be taken");
        Self(StatusCode::SERVICE_UNAVAILABLE)
    }
}

/// An activity, and what every kind of it tells.
struct Heard {
    activity: Activity,
    admitted: Admitted,
    conversation: Conversation,
    event: EventId,
    person: Person,
    connector_id: String,
    is_bot: bool,
}

impl Heard {
    fn of(activity: Activity, admitted: Admitted) -> Option<Self> {
        let from = activity.from()?;
        let own = activity.text_at("/recipient/id") == Some(&from.id);
        Some(Self {
            conversation: activity.conversation(&admitted.tenant)?,
            event: activity.event()?,
            person: from.person(&admitted.tenant),
            is_bot: from.is_bot() || own || activity.text_at("/from/role") == Some("bot"),
            connector_id: from.id,
            activity,
            admitted,
        })
    }

    /// Whether the bot itself is among the members that were added or removed.
    fn names_the_bot(&self, list: &str) -> bool {
        let bot = self.activity.text_at("/recipient/id");
        bot.is_some()
            && self
                .activity
                .list(list)
                .iter()
                .any(|member| member["id"].as_str() == bot)
    }

    fn locale(&self) -> Option<String> {
        self.activity.locale()
    }
}

impl Teams {
    async fn take(&self, heard: &Heard, reception: &Reception) -> Result<Response, Refusal> {
        let ok = || Ok(StatusCode::OK.into_response());
        let kind = heard.activity.kind();
        let change = heard.activity.text_at("/action").unwrap_or_default();
        let removed = match kind {
            "installationUpdate" => change.starts_with("remove"),
            "conversationUpdate" => heard.names_the_bot("/membersRemoved"),
            _ => false,
        };
        if removed {
            self.forget(heard).await?;
            return ok();
        }
        self.note(heard).await?;
        match kind {
            "installationUpdate" if change.starts_with("add") => self.welcome(heard, reception).await,
            "conversationUpdate" if heard.names_the_bot("/membersAdded") => self.welcome(heard, reception).await,
            // Other bots are not answered, or two could talk for ever.
            "message" if heard.is_bot => ok(),
            "message" => self.message(heard, reception).await,
            "invoke" => self.invoke(heard, reception).await,
            _ => ok(),
        }
    }

    /// Remembers how the conversation and the person are reached. A validated token vouches for it.
    async fn note(&self, heard: &Heard) -> Result<(), StoreError> {
        let Heard {
            conversation, person, ..
        } = heard;
        self.references.vouch(conversation, &heard.admitted.service).await?;
        if let Some(bot) = heard.activity.recipient() {
            self.references.note_bot(&conversation.scope, &bot.id).await?;
        }
        if heard.is_bot {
            return Ok(());
        }
        self.references
            .note_person(&person.identity, &heard.connector_id)
            .await?;
        if conversation.room == Room::Direct {
            self.references
                .note_own_chat(&person.identity, &conversation.id)
                .await?;
        }
        Ok(())
    }

    async fn forget(&self, heard: &Heard) -> Result<(), StoreError> {
        self.references.forget(&heard.conversation).await?;
        if heard.conversation.room == Room::Direct {
            self.references.forget_own_chat(&heard.person.identity).await?;
        }
        Ok(())
    }

    /// Teams tells twice that the bot has come in, in either order. It is said once.
    async fn welcome(&self, heard: &Heard, reception: &Reception) -> Result<Response, Refusal> {
        let conversation = Conversation {
            thread: None,
            ..heard.conversation.clone()
        };
        if self.references.came_in(&conversation).await? == Claim::Lost {
            return Ok(StatusCode::OK.into_response());
        }
        let invocation = Invocation {
            event: heard.event.clone(),
            conversation: conversation.clone(),
            person: heard.person.clone(),
            command: Command::Welcome,
            locale: heard.locale(),
        };
        if let Err(error) = reception.inbox.command(invocation).await {
            tracing::warn!(error = %error, "a welcome was not taken");
            self.references.forget(&conversation).await?;
            return Err(Refusal(StatusCode::SERVICE_UNAVAILABLE));
        }
        Ok(StatusCode::OK.into_response())
    }

    async fn message(&self, heard: &Heard, reception: &Reception) -> Result<Response, Refusal> {
        // Old clients send what a button carries as a message without words.
        if let Some(pressed) = heard.activity.data().and_then(place::read) {
            let click = self.click(heard, &pressed).await?;
            return taken(reception.inbox.click(click).await);
        }
        let addressed = match heard.conversation.room {
            Room::Direct => Addressed::Directly,
            Room::Shared if mentions::of_the_bot(&heard.activity) => Addressed::Directly,
            Room::Shared => Addressed::Ambient,
        };
        if addressed == Addressed::Ambient && !self.may_answer_unasked(&heard.conversation) {
            return Ok(StatusCode::OK.into_response());
        }
        let text = mentions::words(&heard.activity);
        let command = Command::parse(&text);
        if addressed == Addressed::Directly && !matches!(command, Command::Ask(_)) {
            let invocation = Invocation {
                event: heard.event.clone(),
                conversation: heard.conversation.clone(),
                person: self.with_account(heard).await,
                command,
                locale: heard.locale(),
            };
            return taken(reception.inbox.command(invocation).await);
        }
        taken(reception.inbox.message(IncomingMessage {
            event: heard.event.clone(),
            conversation: heard.conversation.clone(),
            // Whose account it is matters in a support channel most of all: administrators see it at once.
            sender: self.with_account(heard).await,
            text,
            addressed,
            locale: heard.locale(),
        }))
    }

    /// With resource-specific consent the bot hears everything; the settings may say where it answers.
    fn may_answer_unasked(&self, conversation: &Conversation) -> bool {
        self.answer_channels.is_empty() || self.answer_channels.contains(&conversation.id)
    }

    /// The person with the address that they sign in with, for which Teams vouches.
    async fn with_account(&self, heard: &Heard) -> Person {
        let mut person = heard.person.clone();
        if let Some(object) = &person.entra {
            let at = At {
                service: &heard.admitted.service,
                conversation: &heard.conversation.id,
            };
            let found = self.people.find(at, object).await;
            person.account = found.and_then(|member| member.account);
        }
        person
    }

    async fn click(&self, heard: &Heard, pressed: &Pressed) -> Result<Click, StoreError> {
        let conversation = match pressed.belongs(&heard.conversation) {
            Belongs::To(conversation) => conversation,
            Belongs::Perhaps { named, actual } => {
                let shown = self.references.was_shown(&heard.person.identity, &named).await?;
                if shown { named } else { actual }
            }
        };
        Ok(Click {
            event: heard.event.clone(),
            message: pressed_message(heard, pressed, &conversation),
            conversation,
            person: self.with_account(heard).await,
            ticket: pressed.ticket.clone(),
            inputs: pressed.inputs.clone(),
            locale: heard.locale(),
        })
    }

    async fn invoke(&self, heard: &Heard, reception: &Reception) -> Result<Response, Refusal> {
        let kind = match heard.activity.text_at("/name") {
            Some("adaptiveCard/action") => Kind::Card,
            Some("task/fetch" | "task/submit") => Kind::Dialog,
            _ => return Ok(StatusCode::NOT_IMPLEMENTED.into_response()),
        };
        let Some(pressed) = heard.activity.data().and_then(place::read) else {
            return Ok(Json(not_ours()).into_response());
        };
        let locale = heard.locale();
        let automatic = heard.activity.is_automatic();
        let invoke = match self.invokes.open(&heard.event, kind) {
            Opened::New(invoke) if Secrets::is_name(&pressed.ticket) => {
                let answer = match self.secrets.give(&pressed.ticket, &heard.person.identity) {
                    Some(card) => Answer::Once(card),
                    None => Answer::Toast(Words::SecretGone.said(locale.as_deref()).to_owned()),
                };
                invoke.offer(invokes::Worth::Said, answer);
                invoke
            }
            Opened::New(invoke) if pressed.ticket == place::back() => {
                let gone = || Answer::Toast(Words::BackByItself.said(locale.as_deref()).to_owned());
                invoke.offer(invokes::Worth::Said, self.copy(heard).unwrap_or_else(gone));
                invoke
            }
            Opened::New(invoke) => {
                let click = self.click(heard, &pressed).await;
                let click = click.inspect_err(|_| self.invokes.forget(&heard.event))?;
                if let Err(error) = reception.inbox.click(click).await {
                    tracing::warn!(error = %error, "a click was not taken");
                    self.invokes.forget(&heard.event);
                    let busy = Answer::Toast(Words::Busy.said(locale.as_deref()).to_owned());
                    return Ok(Json(invokes::body(kind, busy)).into_response());
                }
                invoke
            }
            Opened::Again(invoke) => invoke,
        };
        let answer = invoke.answered(self.patience, locale.as_deref()).await;
        let answer = match answer {
            // Nobody pressed anything: whoever has no view of their own sees what all see, and no refusal.
            Some(Answer::Toast(words)) if automatic => self.copy(heard).unwrap_or(Answer::Toast(words)),
            Some(answer) => answer,
            None => self
                .copy(heard)
                .unwrap_or_else(|| Answer::Toast(Words::Noted.said(locale.as_deref()).to_owned())),
        };
        Ok(Json(invokes::body(kind, answer)).into_response())
    }

    /// The pressed card, as everybody sees it, if it is one of which a copy is kept.
    fn copy(&self, heard: &Heard) -> Option<Answer> {
        let id = heard.activity.text_at("/replyToId")?.to_owned();
        let conversation = connector_id(&heard.conversation);
        let copies = lock(&self.copies);
        let copy = copies
            .get(&(conversation, id.clone()))
            .or_else(|| copies.get(&(heard.conversation.id.clone(), id)));
        copy.cloned().map(Answer::Card)
    }
}

/// The message whose button was pressed.
fn pressed_message(heard: &Heard, pressed: &Pressed, belongs: &Conversation) -> MessageRef {
    let id = heard.activity.text_at("/replyToId").unwrap_or_default().to_owned();
    let standing = match pressed.shown {
        Shown::AsView => Standing::View {
            user: heard.person.identity.user.clone(),
            over: id,
        },
        Shown::AsMessage => Standing::Message {
            conversation: connector_id(&heard.conversation),
            id,
        },
    };
    standing.kept(belongs)
}

fn taken<E: std::fmt::Display>(taken: Result<(), E>) -> Result<Response, Refusal> {
    match taken {
        Ok(()) => Ok(StatusCode::OK.into_response()),
        Err(error) => {
            tracing::warn!(error = %error, "an activity was not taken");
            Err(Refusal(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

/// The answer to an action that is none of ours.
fn not_ours() -> Value {
    json!({
        "statusCode": 400,
        "type": "application/vnd.microsoft.error",
        "value": {"code": "BadRequest", "message": "This button is none of this bot's."},
    })
}
