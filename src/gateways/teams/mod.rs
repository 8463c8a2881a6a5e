//! Microsoft Teams: Bot Framework activities over HTTP in, the connector out.
//!
//! `auth` turns away whoever has no right to speak; `receive` turns activities into the shared vocabulary and answers
//! invokes; `send` renders and delivers. Where something is private in Teams, which knows no ephemeral messages: in the
//! answer to an invoke, which one person sees over a card, and in their own chat with the bot.

mod activity;
mod auth;
mod bounded;
mod card;
mod clusters;
mod connector;
mod invokes;
mod limits;
pub mod manifest;
mod mentions;
mod people;
mod place;
mod private;
mod receive;
mod references;
mod secrets;
mod send;
mod standing;
mod text;
mod words;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use serde_json::Value;

use self::auth::Door;
use self::bounded::Bounded;
use self::connector::{Bearer, Connector};
use self::invokes::Invokes;
use self::people::People;
use self::references::References;
use self::secrets::Secrets;
use self::standing::Standing;
use super::{Listener, Reception};
use crate::chat::{Conversation, DeliveryError, EventId, Gateway, Identity, MessageRef, Outgoing, Platform, Room};
use crate::examination::Examined;
use crate::settings::{Counterpart, LoopbackHttp, TeamsSettings};
use crate::store::Store;
use crate::tenant::credential::Tokens;
use crate::tenant::transport::{self, Pause};

pub use self::card::{Frame, Room as CardRoom, cards, with_secret};
pub use self::limits::{INVOKE_PATIENCE, LARGEST_ACTIVITY, LARGEST_MESSAGE};
pub use self::place::Shown;
pub use self::words::Words;

/// Cards of which a copy is kept: an invoke to which nothing private is said is answered with the card as all see it.
const COPIES: usize = 500;
/// How long such copies and the places of late views are kept.
const COPIES_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The gateway.
pub struct Teams {
    /// The tenant in which the administrators are.
    home: String,
    admin_conversation: Option<Conversation>,
    answer_channels: BTreeSet<String>,
    app: String,
    door: Door,
    connector: Connector,
    references: References,
    people: People,
    invokes: Invokes,
    secrets: Secrets,
    /// Cards as everybody sees them, by the conversation's id and their own.
    copies: Mutex<Bounded<(String, String), Value>>,
    /// Where the content of a view went when it came too late for the view.
    late_views: Mutex<Bounded<String, Standing>>,
    patience: Duration,
}

/// How a gateway spends time: production waits, tests don't.
#[derive(Debug, Clone)]
pub struct Patience {
    /// The waits between tries.
    pub pause: Pause,
    /// How long an invoke is kept open.
    pub invoke: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            pause: Pause::Wait,
            invoke: INVOKE_PATIENCE,
        }
    }
}

impl Teams {
    /// Makes the gateway. Nothing is sent yet, so a wrong password shows at the first call.
    pub fn new(
        settings: &TeamsSettings,
        store: Store,
        loopback: LoopbackHttp,
        patience: Patience,
    ) -> anyhow::Result<Arc<Self>> {
        // The emulator's connector is on this machine, without https; the door holds it to that.
        let loopback = match settings.counterpart {
            Counterpart::Teams(_) => loopback,
            Counterpart::Emulator => LoopbackHttp::Allowed,
        };
        let tokens = match &settings.counterpart {
            Counterpart::Teams(credential) => {
                let tokens = Tokens::new(credential, &settings.login_url, &settings.app_tenant_id, loopback)?;
                Some(Bearer::new(tokens.pausing(patience.pause.clone()), settings.cloud.bots))
            }
            Counterpart::Emulator => None,
        };
        let connector = Connector::new(transport::http_client(), tokens, patience.pause);
        // The administrators are in the bot's own tenant, unless only others are served.
        let tenants = &settings.allowed_tenants;
        let own = tenants.contains(&settings.app_tenant_id);
        let home = match settings.counterpart {
            Counterpart::Teams(_) if own => &settings.app_tenant_id,
            Counterpart::Teams(_) => tenants.first().unwrap_or(&settings.app_tenant_id),
            Counterpart::Emulator => auth::EMULATED_TENANT,
        };
        Ok(Arc::new(Self {
            admin_conversation: settings.admin_conversation.as_ref().map(|id| Conversation {
                platform: Platform::Teams,
                scope: home.to_owned(),
                id: id.clone(),
                thread: None,
                room: Room::Shared,
            }),
            home: home.to_owned(),
            answer_channels: settings.answer_channels.iter().cloned().collect(),
            app: settings.app_id.clone(),
            door: Door::new(settings, loopback)?,
            people: People::new(connector.clone()),
            connector,
            references: References::new(store, loopback),
            invokes: Invokes::default(),
            secrets: Secrets::default(),
            copies: Mutex::new(Bounded::new(COPIES, COPIES_KEPT)),
            late_views: Mutex::new(Bounded::new(COPIES, COPIES_KEPT)),
            patience: patience.invoke,
        }))
    }
}

#[async_trait::async_trait]
impl Gateway for Teams {
    fn platform(&self) -> Platform {
        Platform::Teams
    }

    fn admin_conversation(&self) -> Option<Conversation> {
        self.admin_conversation.clone()
    }

    /// An Entra object id is who somebody is here, in the bot's own tenant.
    fn member(&self, entra: &str) -> Option<Identity> {
        Some(Identity {
            platform: Platform::Teams,
            scope: self.home.clone(),
            user: entra.to_owned(),
        })
    }

    async fn own_chat(&self, person: &Identity) -> Result<Conversation, DeliveryError> {
        self.chat_with(person).await.map_err(send::refused)
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
                let whisper = private::Whisper {
                    to: &to,
                    person: &person,
                    reply: &reply,
                    answering: answering.as_ref(),
                };
                match secret {
                    Some(secret) => self.whisper_secret(&whisper, &secret).await,
                    None => self.whisper(&whisper).await,
                }
            }
            Outgoing::Replace {
                message,
                reply,
                answering,
            } => self.replace(&message, &reply, answering.as_ref()).await,
        }
    }

    async fn settled(&self, event: &EventId) {
        self.invokes.settle(event);
    }
}

#[async_trait::async_trait]
impl Listener for Teams {
    fn routes(self: Arc<Self>, reception: Reception) -> Router {
        receive::routes(self, reception)
    }

    async fn examine(&self) -> Vec<Examined> {
        let token = match self.connector.examine().await {
            Ok(()) => Examined::ok("teams", "bot token", "the bot's application signs in"),
            Err(error) => Examined::missing(
                "teams",
                "bot token",
                error.to_string(),
                "Check app_id, app_tenant_id and the secret under [teams]: Entra admin center > App registrations > \
                 your bot > Certificates & secrets",
            ),
        };
        let desk = if self.admin_conversation.is_some() {
            Examined::ok("teams", "admin_conversation", "requests have a place to go")
        } else {
            Examined::missing(
                "teams",
                "admin_conversation",
                "nobody would see requests made in Teams",
                "Set admin_conversation under [teams] to the id of the administrators' channel or group chat",
            )
        };
        vec![token, desk]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
