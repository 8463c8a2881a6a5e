//! What to say: an answer to a message, and what follows when a button is pressed.
//!
//! [`Assistant::answer_message`] and [`Assistant::answer_click`] are the two paths. A gateway has verified and
//! acknowledged the event before it gets here; an event seen before is dropped here.

mod answers;
mod approvals;
mod asker;
mod brakes;
mod cards;
mod clicks;
mod clock;
mod commands;
mod courier;
mod inbox;
mod home;
mod languages;
mod letters;
mod links;
mod notices;
mod outcomes;
mod overrides;
mod previews;
mod proofs;
mod recent;
mod requests;
mod runs;
mod voice;
mod wording;

use std::sync::Arc;

use arc_swap::ArcSwap;

pub use clock::{Clock, readable};
pub use courier::{Courier, Practice};
pub use inbox::{Inbox, NotTaken, Traffic};
pub use languages::Languages;
pub use recent::Recent;

use crate::access::{Access, World};
use crate::actions::ReadBack;
use crate::chat::{Click, DeliveryError, EventId, IncomingMessage, Invocation, Person, Reply};
use crate::intents::Catalogue;
use crate::language::Language;
use crate::store::{Seen, Store, StoreError};
use crate::tenant::Tenant;
use asker::{Asker, Asking};
use voice::Voice;

/// What the assistant is made of.
pub struct Parts {
    /// What is known about answering; replaced when the folder changes.
    pub catalogue: Arc<ArcSwap<Catalogue>>,
    /// What must outlive a restart.
    pub store: Store,
    /// Microsoft 365.
    pub tenant: Tenant,
    /// Who may do what.
    pub access: Access,
    /// The gateways.
    pub courier: Courier,
    /// The languages to answer in.
    pub languages: Languages,
    /// The time.
    pub clock: Clock,
    /// How changes are confirmed.
    pub read_back: ReadBack,
    /// What was lately talked about.
    pub recent: Recent,
    /// The mailbox from which people are told what was done to their account, where there is one.
    pub mailbox: Option<String>,
}

impl Parts {
    /// What the policy looks at.
    fn world(&self) -> World<'_> {
        World {
            tenant: &self.tenant,
            store: &self.store,
            now: self.clock.now(),
        }
    }
}

/// Whether an event comes from the platform, or from the store after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// From the platform, which may repeat it.
    First,
    /// Taken by a process that stopped before it was answered.
    Again,
}

/// Answers messages and clicks.
#[derive(Clone)]
pub struct Assistant {
    parts: Arc<Parts>,
}

/// Why an event could not be answered. For operators; people are told separately.
#[derive(Debug, thiserror::Error)]
pub enum AssistantError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A reply could not be delivered.
    #[error("a reply could not be delivered")]
    Delivery(#[from] DeliveryError),
}

impl Assistant {
    /// An assistant of these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Answers a message: with the documented steps, a question, help, or silence.
    pub async fn answer_message(&self, mut message: IncomingMessage) -> Result<(), AssistantError> {
        if self.is_repeat(&message.event, Hearing::First).await? {
            return Ok(());
        }
        // Nobody does anything by a message; what is said to the bot may be answered with what they may do.
        message.sender = if message.addressed.to_the_bot() {
            self.recognise_member(message.sender).await?
        } else {
            self.recognise(message.sender).await?
        };
        let catalogue = self.parts.catalogue.load_full();
        // What answering remembers meanwhile is large, and stands on the heap rather than on a worker's stack.
        let answered = Box::pin(answers::answer(&self.parts, &catalogue, &message)).await;
        if answered.is_err() && message.addressed.to_the_bot() {
            let language = self.language_of(&catalogue, message.locale.as_deref());
            let voice = Voice {
                catalogue: &catalogue,
                language: &language,
            };
            self.apologise(&voice, &message.asker()).await;
        }
        answered
    }

    /// Does what a button stands for, if the person may.
    pub async fn answer_click(&self, mut click: Click, hearing: Hearing) -> Result<(), AssistantError> {
        if self.is_repeat(&click.event, hearing).await? {
            return Ok(());
        }
        click.person = self.recognise_member(click.person).await?;
        let catalogue = self.parts.catalogue.load_full();
        let language = self.language_of(&catalogue, click.locale.as_deref());
        let answered = Box::pin(clicks::answer(&self.parts, &catalogue, &click, (&language, hearing))).await;
        if answered.is_err() {
            let voice = Voice {
                catalogue: &catalogue,
                language: &language,
            };
            self.apologise(&voice, &click.asker()).await;
        }
        answered
    }

    /// Does what a command asks for, as far as the person may.
    pub async fn answer_command(&self, mut invocation: Invocation, hearing: Hearing) -> Result<(), AssistantError> {
        if self.is_repeat(&invocation.event, hearing).await? {
            return Ok(());
        }
        invocation.person = self.recognise_member(invocation.person).await?;
        let catalogue = self.parts.catalogue.load_full();
        let language = self.language_of(&catalogue, invocation.locale.as_deref());
        let answered = Box::pin(commands::answer(&self.parts, &catalogue, &invocation, &language)).await;
        if answered.is_err() {
            let voice = Voice {
                catalogue: &catalogue,
                language: &language,
            };
            self.apologise(&voice, &invocation.asker()).await;
        }
        answered
    }

    /// Everything that there was to say to this event is said.
    pub async fn settled(&self, event: &EventId) {
        self.parts.courier.settled(event).await;
    }

    pub(crate) fn phrase(&self, locale: Option<&str>, key: &str) -> String {
        let catalogue = self.parts.catalogue.load_full();
        catalogue.phrase(&self.language_of(&catalogue, locale), key, &[])
    }

    pub(crate) fn store(&self) -> &Store {
        &self.parts.store
    }

    /// The person with what is known of their Entra account now.
    async fn recognise(&self, person: Person) -> Result<Person, AssistantError> {
        let now = self.parts.clock.now();
        Ok(self.parts.access.recognise(&self.parts.store, person, now).await?)
    }

    /// The same, with the groups and roles that grants are for.
    async fn recognise_member(&self, person: Person) -> Result<Person, AssistantError> {
        let person = self.recognise(person).await?;
        Ok(self.parts.access.recognise_member(&self.parts.tenant, person).await)
    }

    async fn is_repeat(&self, event: &EventId, hearing: Hearing) -> Result<bool, AssistantError> {
        let seen = self.parts.store.see(event, self.parts.clock.now()).await?;
        Ok(seen == Seen::Before && hearing == Hearing::First)
    }

    /// Reports actions that a stopped process left without an outcome. They are not repeated. What waits for a second
    /// person and was not brought before the administrators yet is brought before them.
    pub async fn report_unfinished(&self) -> Result<(), AssistantError> {
        let catalogue = self.parts.catalogue.load_full();
        outcomes::report_unfinished(&self.parts, &catalogue).await?;
        notices::tell_forgotten(&self.parts, &catalogue).await?;
        approvals::bring_forgotten(&self.parts, &catalogue).await
    }

    fn language_of(&self, catalogue: &Catalogue, locale: Option<&str>) -> Language {
        self.parts
            .languages
            .nearest(catalogue, locale.map(Language::new).as_ref())
    }

    /// Addressed, it always answers: also when something broke. What broke is in the log.
    async fn apologise(&self, voice: &Voice<'_>, to: &Asker<'_>) {
        let reply: Reply = voice.sentence("something-broke", &[]);
        if let Err(error) = self.parts.courier.tell(voice, &to.recipient(), reply).await {
            tracing::warn!(error = %error, chat.platform = %to.conversation.platform, "could not say that something broke");
        }
    }
}
