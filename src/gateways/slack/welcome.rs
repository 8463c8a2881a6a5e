//! A word of welcome for whoever opens their direct messages with the bot for the first time. Whether it is the first
//! time, the conversation itself tells: it is empty then.
//! <https://docs.slack.dev/reference/events/app_home_opened/>

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::Slack;
use super::api::{Method, Patience};
use super::keep::Keep;
use super::lanes::person;
use super::receive::Happening;
use crate::chat::{Command, Invocation};
use crate::gateways::Reception;

/// Nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long somebody is known to have been welcomed, so that Slack is not asked again each time.
const FOR: Duration = Duration::from_secs(24 * 3600);
const MOST: usize = 20_000;

/// Those who were welcomed, by the conversation with them.
pub struct Welcomed(Mutex<Keep<String, ()>>);

impl Default for Welcomed {
    fn default() -> Self {
        Self(Mutex::new(Keep::new(MOST, FOR)))
    }
}

impl Welcomed {
    /// Whether it is the first time that somebody is heard of here. They count as welcomed from now on.
    fn is_new(&self, conversation: &str) -> bool {
        let mut keep = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = keep.get(&conversation.to_owned()).is_none();
        keep.put(conversation.to_owned(), ());
        new
    }
}

impl Slack {
    /// Welcomes somebody who opened their direct messages, if nothing was said there yet. It may be left out: where Slack
    /// does not say whether something was, nothing is said.
    pub(super) async fn welcome(&self, reception: &Reception, event: Happening) {
        if !self.welcomed.is_new(&event.conversation.id) {
            return;
        }
        let arguments = json!({"channel": event.conversation.id, "limit": "1"});
        let history = self
            .api
            .call_within(Method::ConversationsHistory, &arguments, Patience::Once(PATIENCE))
            .await;
        match history {
            Ok(history) if history["messages"].as_array().is_some_and(Vec::is_empty) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::debug!(slack.error = %error, "it could not be seen whether somebody was welcomed already");
                return;
            }
        }
        let profile = self.people.profile(&self.api, &event.who.user, PATIENCE).await;
        let invocation = Invocation {
            event: event.id.clone(),
            conversation: event.conversation.clone(),
            person: person(&event, &profile),
            command: Command::Welcome,
            locale: profile.locale,
        };
        if let Err(error) = reception.inbox.command(invocation).await {
            tracing::debug!(error = %error, "somebody could not be welcomed");
        }
    }
}
