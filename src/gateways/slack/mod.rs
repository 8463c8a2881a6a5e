//! Slack: events by Socket Mode or HTTP, verified, acknowledged and read; replies as Block Kit.
//!
//! What comes in goes through `socket` or `http` to `intake`; what goes out through `speak`, which renders it and calls
//! the Web API. Private answers go where the person waits: a modal that was opened when they pressed the button.

mod api;
mod cutting;
mod examine;
mod http;
mod intake;
mod keep;
mod lanes;
mod limits;
pub mod manifest;
mod open;
mod people;
mod place;
mod pressed;
mod reading;
mod receive;
mod render;
mod socket;
mod speak;
mod spot;
mod taken;
mod threads;
mod welcome;

use std::sync::{Arc, OnceLock, Weak};

use arc_swap::ArcSwapOption;
use axum::Router;
use serde_json::Value;

use super::{Listener, Reception, Stopped};
use crate::chat::{Conversation, DeliveryError, EventId, Gateway, Identity, MessageRef, Outgoing, Platform, Room};
use crate::examination::Examined;
use crate::settings::{SlackMode, SlackSettings};
use api::{Api, ApiError, Method, remedy};
use lanes::Lanes;
use open::Ways;
use people::People;
use speak::Whisper;
use taken::Taken;
use threads::Threads;
use welcome::Welcomed;

pub use render::golden;

/// The bot on Slack.
pub struct Slack {
    mode: SlackMode,
    team_ids: Vec<String>,
    admin_channel: Option<String>,
    answer_channels: Vec<String>,
    api: Arc<Api>,
    people: Arc<People>,
    ways: Ways,
    taken: Taken,
    threads: Threads,
    welcomed: Welcomed,
    /// Itself, for what goes on after an acknowledgement.
    own: Weak<Self>,
    lanes: OnceLock<Lanes>,
    /// Known once Slack has been asked.
    me: ArcSwapOption<Me>,
}

/// Who the bot is.
struct Me {
    team: String,
    user: String,
}

impl Slack {
    /// The bot of these settings, not connected yet.
    pub fn new(settings: &SlackSettings) -> Arc<Self> {
        let api = Api::new(settings.api_url.clone(), settings.bot_token.clone(), settings.loopback);
        Arc::new_cyclic(|own| Self {
            mode: settings.mode.clone(),
            team_ids: settings.team_ids.clone(),
            admin_channel: settings.admin_channel.clone(),
            answer_channels: settings.answer_channels.clone(),
            api: Arc::new(api),
            people: Arc::default(),
            ways: Ways::default(),
            taken: Taken::default(),
            threads: Threads::default(),
            welcomed: Welcomed::default(),
            own: Weak::clone(own),
            lanes: OnceLock::new(),
            me: ArcSwapOption::empty(),
        })
    }

    /// Asks Slack who the token belongs to.
    async fn learn_who_i_am(&self) -> Result<(), Stopped> {
        let empty = Value::Object(serde_json::Map::new());
        let answer = self.api.call(Method::AuthTest, &empty).await.map_err(stopped)?;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let (team, user, enterprise) = (text("team_id"), text("user_id"), text("enterprise_id"));
        let served = self.team_ids.is_empty() || self.team_ids.contains(&team) || self.team_ids.contains(&enterprise);
        if !served {
            return Err(Stopped::Fatal(format!(
                "slack.bot_token belongs to the workspace {team}, which slack.team_ids does not name: add it, or set that workspace's token"
            )));
        }
        self.me.store(Some(Arc::new(Me { team, user })));
        Ok(())
    }

    async fn listens(self: Arc<Self>, reception: &Reception) -> Result<(), Stopped> {
        self.learn_who_i_am().await?;
        match &self.mode {
            SlackMode::Socket { app_token, connections } => {
                socket::listen(&self, reception, (app_token, *connections)).await
            }
            SlackMode::Http { .. } => {
                reception.health.up();
                reception.closing.cancelled().await;
                Ok(())
            }
        }
    }
}

/// Whether a refusal may pass by itself.
fn stopped(error: ApiError) -> Stopped {
    match (&error, remedy(error.word())) {
        (ApiError::Refused { .. }, Some(remedy)) => Stopped::Fatal(format!("{error}: {remedy}")),
        _ => Stopped::Passing(error.to_string()),
    }
}

#[async_trait::async_trait]
impl Gateway for Slack {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    fn admin_conversation(&self) -> Option<Conversation> {
        let me = self.me.load();
        let team = me
            .as_deref()
            .map(|me| me.team.clone())
            .or_else(|| self.team_ids.first().cloned());
        Some(Conversation {
            platform: Platform::Slack,
            scope: team?,
            id: self.admin_channel.clone()?,
            thread: None,
            room: Room::Shared,
        })
    }

    /// <https://docs.slack.dev/reference/methods/conversations.open/>
    async fn own_chat(&self, person: &Identity) -> Result<Conversation, DeliveryError> {
        let refused = |why: String| DeliveryError::Refused {
            platform: Platform::Slack,
            why,
        };
        let arguments = serde_json::json!({"users": person.user});
        let opened = self.api.call(Method::ConversationsOpen, &arguments).await;
        let opened = opened.map_err(|error| refused(error.to_string()))?;
        let channel = opened["channel"]["id"].as_str();
        let id = channel.ok_or_else(|| refused("its answer names no conversation".into()))?;
        Ok(Conversation {
            platform: Platform::Slack,
            scope: person.scope.clone(),
            id: id.to_owned(),
            thread: None,
            room: Room::Direct,
        })
    }

    async fn deliver(&self, outgoing: Outgoing) -> Result<MessageRef, DeliveryError> {
        match outgoing {
            Outgoing::Post { to, reply } => self.post(&to, &reply).await,
            Outgoing::Whisper {
                to,
                person,
                reply,
                secret,
                answering,
            } => {
                self.whisper(Whisper {
                    to,
                    person,
                    reply,
                    secret,
                    answering,
                })
                .await
            }
            Outgoing::Replace {
                message,
                reply,
                answering,
            } => self.replace(message, &reply, answering.as_ref()).await,
        }
    }

    async fn settled(&self, event: &EventId) {
        self.let_go(event).await;
    }
}

#[async_trait::async_trait]
impl Listener for Slack {
    fn routes(self: Arc<Self>, reception: Reception) -> Router {
        match &self.mode {
            SlackMode::Http { signing_secret } => http::routes(Arc::clone(&self), reception, signing_secret.clone()),
            SlackMode::Socket { .. } => Router::new(),
        }
    }

    async fn examine(&self) -> Vec<Examined> {
        self.look().await
    }

    async fn listen(self: Arc<Self>, reception: Reception) -> Result<(), Stopped> {
        let mut lost = self.api.lost();
        let ended = tokio::select! {
            ended = Arc::clone(&self).listens(&reception) => ended,
            // A token that is revoked while the bot runs is noticed when it is used.
            Ok(why) = lost.wait_for(Option::is_some) => {
                Err(Stopped::Fatal(why.clone().unwrap_or_default()))
            }
        };
        if let (true, Some(lanes)) = (reception.closing.is_cancelled(), self.lanes.get()) {
            lanes.drained().await;
        }
        ended
    }
}
