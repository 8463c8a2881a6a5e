//! How conversations and people are reached: where their connector is, and which conversation is somebody's own. Teams
//! tells it in passing with each activity, and it must survive a restart, so it lies in the store. Only what a validated
//! token vouched for is ever written here.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::bounded::Bounded;
use crate::chat::{Conversation, Identity, Platform};
use crate::settings::LoopbackHttp;
use crate::store::{Claim, Store, StoreError};

/// What was written lately is not written again with every activity; but not for long, because another replica may have
/// written something else meanwhile.
const REMEMBERED: usize = 10_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(10 * 60);

/// How long it is remembered, in seconds, that somebody can't be written to, unless they are heard before.
const ASKED_AGAIN_AFTER: i64 = 24 * 60 * 60;

/// The conversation that a person and the bot have alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnChat {
    /// This one.
    Known(String),
    /// None is known yet.
    Unknown,
    /// Teams refused one lately.
    Refused,
}

/// The address of a connector, to which our token may be sent: https, or http to this machine where the settings allow
/// that for development.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// Checks an address.
    pub fn parse(text: &str, loopback: LoopbackHttp) -> Option<Self> {
        let url = url::Url::parse(text).ok()?;
        let plain =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let fits = match url.scheme() {
            "https" => url.host().is_some(),
            "http" => loopback == LoopbackHttp::Allowed && is_loopback(&url),
            _ => false,
        };
        (plain && fits).then(|| Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can't lead to another machine.
    pub fn is_on_this_machine(&self) -> bool {
        url::Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }
}

/// Whether an address can't lead to another machine.
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The references.
pub struct References {
    store: Store,
    loopback: LoopbackHttp,
    written: Mutex<Bounded<String, Value>>,
}

impl References {
    /// Those that lie in this store.
    pub fn new(store: Store, loopback: LoopbackHttp) -> Self {
        Self {
            store,
            loopback,
            written: Mutex::new(Bounded::new(REMEMBERED, REMEMBERED_FOR)),
        }
    }

    /// Where this conversation's connector is; where nobody spoke there yet, its tenant's. `None` for one that was
    /// forgotten, too.
    pub async fn service(&self, conversation: &Conversation) -> Result<Option<ServiceUrl>, StoreError> {
        let own = self.read(&service_key(conversation)).await?;
        let found = match own {
            Some(found) => Some(found),
            None => self.read(&tenant_key(&conversation.scope)).await?,
        };
        Ok(found
            .as_ref()
            .and_then(Value::as_str)
            .and_then(|url| ServiceUrl::parse(url, self.loopback)))
    }

    /// Notes where a conversation's connector is.
    pub async fn vouch(&self, conversation: &Conversation, service: &ServiceUrl) -> Result<(), StoreError> {
        let url = json!(service.as_str());
        self.write(service_key(conversation), url.clone()).await?;
        self.write(tenant_key(&conversation.scope), url).await
    }

    /// The bot's own id, as this tenant's connector knows it.
    pub async fn bot(&self, tenant: &str) -> Result<Option<String>, StoreError> {
        Ok(self.read(&bot_key(tenant)).await?.and_then(text))
    }

    /// Notes it.
    pub async fn note_bot(&self, tenant: &str, id: &str) -> Result<(), StoreError> {
        self.write(bot_key(tenant), json!(id)).await
    }

    /// The connector's id of a person, if they were ever heard of.
    pub async fn connector_id(&self, person: &Identity) -> Result<Option<String>, StoreError> {
        Ok(self.read(&person_key(person)).await?.and_then(text))
    }

    /// Notes the connector's id of a person.
    pub async fn note_person(&self, person: &Identity, connector_id: &str) -> Result<(), StoreError> {
        self.write(person_key(person), json!(connector_id)).await
    }

    /// The conversation that a person and the bot have alone.
    pub async fn own_chat(&self, person: &Identity) -> Result<OwnChat, StoreError> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        Ok(match self.read(&chat_key(person)).await? {
            Some(Value::String(id)) => OwnChat::Known(id),
            Some(Value::Number(since)) if since.as_i64().is_some_and(|since| now - since < ASKED_AGAIN_AFTER) => {
                OwnChat::Refused
            }
            _ => OwnChat::Unknown,
        })
    }

    /// Teams refused one: the person has blocked the bot, or may not have it. Others must not have Teams asked again
    /// with every message.
    pub async fn note_no_own_chat(&self, person: &Identity) -> Result<(), StoreError> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        self.write(chat_key(person), json!(now)).await
    }

    /// Notes it.
    pub async fn note_own_chat(&self, person: &Identity, conversation: &str) -> Result<(), StoreError> {
        self.write(chat_key(person), json!(conversation)).await
    }

    /// Notes that a card of this conversation was brought to a person in their own chat.
    pub async fn note_shown(&self, person: &Identity, conversation: &Conversation) -> Result<(), StoreError> {
        self.write(shown_key(person, conversation), json!(true)).await
    }

    /// Whether one ever was.
    pub async fn was_shown(&self, person: &Identity, conversation: &Conversation) -> Result<bool, StoreError> {
        Ok(self.read(&shown_key(person, conversation)).await?.is_some())
    }

    /// Whether this is the first that is heard of the bot's being in this conversation.
    pub async fn came_in(&self, conversation: &Conversation) -> Result<Claim, StoreError> {
        let key = welcome_key(conversation);
        self.store.claim_reference(Platform::Teams, &key, &json!(true)).await
    }

    /// The bot was removed from this conversation: it is not tried again before somebody is heard there.
    pub async fn forget(&self, conversation: &Conversation) -> Result<(), StoreError> {
        self.drop_key(&welcome_key(conversation)).await?;
        self.write(service_key(conversation), Value::Null).await
    }

    /// The conversation that a person and the bot have alone is gone.
    pub async fn forget_own_chat(&self, person: &Identity) -> Result<(), StoreError> {
        self.drop_key(&chat_key(person)).await
    }

    async fn read(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let remembered = self.remembered(key);
        match remembered {
            Some(value) => Ok(Some(value)),
            None => self.store.reference(Platform::Teams, key).await,
        }
    }

    async fn write(&self, key: String, value: Value) -> Result<(), StoreError> {
        if self.remembered(&key).is_some_and(|written| written == value) {
            return Ok(());
        }
        self.store.put_reference(Platform::Teams, &key, &value).await?;
        self.written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(key, value);
        Ok(())
    }

    async fn drop_key(&self, key: &str) -> Result<(), StoreError> {
        self.written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(&key.to_owned());
        self.store.forget_reference(Platform::Teams, key).await
    }

    fn remembered(&self, key: &str) -> Option<Value> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.get(&key.to_owned()).cloned()
    }
}

fn text(value: Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn tenant_key(tenant: &str) -> String {
    format!("service/{tenant}")
}

fn bot_key(tenant: &str) -> String {
    format!("bot/{tenant}")
}

fn service_key(conversation: &Conversation) -> String {
    format!("service/{}/{}", conversation.scope, conversation.id)
}

fn welcome_key(conversation: &Conversation) -> String {
    format!("welcome/{}/{}", conversation.scope, conversation.id)
}

fn person_key(person: &Identity) -> String {
    format!("person/{}/{}", person.scope, person.user)
}

fn chat_key(person: &Identity) -> String {
    format!("chat/{}/{}", person.scope, person.user)
}

fn shown_key(person: &Identity, conversation: &Conversation) -> String {
    format!("shown/{}/{}/{}", person.scope, person.user, conversation.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_https_or_to_this_machine_where_that_is_allowed() {
        let parse = |url: &str, loopback| ServiceUrl::parse(url, loopback).map(|url| url.0);
        for loopback in [LoopbackHttp::Refused, LoopbackHttp::Allowed] {
            assert_eq!(
                parse("https://smba.trafficmanager.net/emea/", loopback).as_deref(),
                Some("https://smba.trafficmanager.net/emea")
            );
            for url in [
                "http://smba.trafficmanager.net/emea/",
                "http://127.0.0.1.contoso.com/",
                "https://a:b@smba.trafficmanager.net/",
                "https://smba.trafficmanager.net/?x",
                "ftp://127.0.0.1/",
                "smba",
            ] {
                assert_eq!(parse(url, loopback), None, "{url}");
            }
        }
        assert_eq!(parse("http://localhost:56150/_connector", LoopbackHttp::Refused), None);
        assert!(parse("http://localhost:56150/_connector", LoopbackHttp::Allowed).is_some());
    }
}
