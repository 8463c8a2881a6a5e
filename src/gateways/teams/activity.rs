//! Bot Framework activities as they come in. Read field by field: what is missing, unknown or of another type is no
//! reason to drop the rest.

use serde_json::{Map, Value};

use crate::chat::{Conversation, EventId, Identity, Person, Platform, Room};

/// What separates a channel's id from the message that began the thread.
const THREAD: &str = ";messageid=";

/// An activity.
#[derive(Debug, Clone)]
pub struct Activity(Value);

/// Somebody, as an activity names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The connector's id: `29:…` for people, `28:…` for bots.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Their Entra object id, in lower case.
    pub object: Option<String>,
}

impl Activity {
    /// Reads one. `None` if it is no JSON object.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        value.is_object().then_some(Self(value))
    }

    /// The text at a JSON pointer, if there is one that isn't empty.
    pub fn text_at(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// Anything at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// A list at a JSON pointer; empty where there is none.
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.0
            .pointer(pointer)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// `message`, `invoke`, `conversationUpdate`, …
    pub fn kind(&self) -> &str {
        self.text_at("/type").unwrap_or_default()
    }

    /// Which channel of the Bot Framework: `msteams`.
    pub fn channel(&self) -> &str {
        self.text_at("/channelId").unwrap_or_default()
    }

    /// Where its connector is.
    pub fn service_url(&self) -> Option<&str> {
        self.text_at("/serviceUrl")
    }

    /// The tenant in which it happened, in lower case. `None` where two are named that differ.
    pub fn tenant(&self) -> Option<String> {
        let named = [
            self.text_at("/channelData/tenant/id"),
            self.text_at("/conversation/tenantId"),
        ];
        let mut named = named.into_iter().flatten().map(str::to_lowercase);
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)
    }

    /// Who did it.
    pub fn from(&self) -> Option<Account> {
        Account::read(self.at("/from")?)
    }

    /// The bot, as this conversation knows it.
    pub fn recipient(&self) -> Option<Account> {
        Account::read(self.at("/recipient")?)
    }

    /// Where it happened.
    pub fn conversation(&self, tenant: &str) -> Option<Conversation> {
        let whole = self.text_at("/conversation/id")?;
        let (id, thread) = whole
            .split_once(THREAD)
            .map_or((whole, None), |(id, thread)| (id, Some(thread)));
        let grouped = self.at("/conversation/isGroup").and_then(Value::as_bool) == Some(true);
        let room = match self.text_at("/conversation/conversationType") {
            Some("personal") => Room::Direct,
            Some(_) => Room::Shared,
            None if grouped || id.starts_with("19:") => Room::Shared,
            None => Room::Direct,
        };
        Some(Conversation {
            platform: Platform::Teams,
            scope: tenant.to_owned(),
            id: id.to_owned(),
            thread: thread.map(str::to_owned),
            room,
        })
    }

    /// The delivery. Teams repeats an activity with the same id, which is unique within its conversation.
    pub fn event(&self) -> Option<EventId> {
        let id = self.text_at("/id")?;
        let conversation = self.text_at("/conversation/id")?;
        Some(EventId {
            platform: Platform::Teams,
            id: format!("{conversation}/{id}"),
        })
    }

    /// The language that Teams reports for the person.
    pub fn locale(&self) -> Option<String> {
        let of_client = || {
            self.list("/entities")
                .iter()
                .filter(|entity| entity["type"] == "clientInfo")
                .find_map(|entity| entity["locale"].as_str())
        };
        self.text_at("/locale").or_else(of_client).map(str::to_owned)
    }

    /// What a pressed button carried, with what was typed beside it: of an invoke, or of an old client's message.
    pub fn data(&self) -> Option<&Map<String, Value>> {
        let pointer = match (self.kind(), self.text_at("/name")) {
            ("invoke", Some("adaptiveCard/action")) => "/value/action/data",
            ("invoke", Some("task/fetch" | "task/submit")) => "/value/data",
            ("message", _) => "/value",
            _ => return None,
        };
        self.at(pointer)?.as_object()
    }

    /// Whether Teams itself asks, because a card that has views of its own came into sight.
    pub fn is_automatic(&self) -> bool {
        self.text_at("/value/trigger") == Some("automatic")
    }
}

impl Account {
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
        Some(Self {
            id: text("id")?.to_owned(),
            name: text("name").unwrap_or_default().to_owned(),
            object: text("aadObjectId").or_else(|| text("objectId")).map(str::to_lowercase),
        })
    }

    /// Whether this is a bot: bots' ids begin with 28.
    pub fn is_bot(&self) -> bool {
        self.id.starts_with("28:")
    }

    /// The person. An object id is Entra's own, and Teams vouches for it.
    pub fn person(&self, tenant: &str) -> Person {
        Person {
            identity: Identity {
                platform: Platform::Teams,
                scope: tenant.to_owned(),
                user: self.object.clone().unwrap_or_else(|| self.id.clone()),
            },
            name: self.name.clone(),
            entra: self.object.clone(),
            account: None,
            suggestion: None,
            roles: std::collections::BTreeSet::new(),
        }
    }
}

/// The connector's id of a conversation, with the thread where there is one.
pub fn connector_id(conversation: &Conversation) -> String {
    match &conversation.thread {
        Some(thread) => format!("{}{THREAD}{thread}", conversation.id),
        None => conversation.id.clone(),
    }
}

/// The thread in a connector's id of a conversation.
pub fn thread_of(connector_id: &str) -> Option<String> {
    connector_id.split_once(THREAD).map(|(_, thread)| thread.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn activity(value: Value) -> Activity {
        Activity::parse(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_channel_and_its_thread_are_told_apart() {
        let said = activity(json!({
            "id": "7", "conversation": {"conversationType": "channel", "id": "19:a@thread.tacv2;messageid=5", "tenantId": "T"}
        }));
        let conversation = said.conversation("t").unwrap();
        assert_eq!(conversation.id, "19:a@thread.tacv2");
        assert_eq!(conversation.thread.as_deref(), Some("5"));
        assert_eq!(conversation.room, Room::Shared);
        assert_eq!(connector_id(&conversation), "19:a@thread.tacv2;messageid=5");
        assert_eq!(said.event().unwrap().id, "19:a@thread.tacv2;messageid=5/7");
        assert_eq!(said.tenant().as_deref(), Some("t"));
    }

    #[test]
    fn two_tenants_that_differ_are_none() {
        let said = activity(json!({"channelData": {"tenant": {"id": "a"}}, "conversation": {"tenantId": "b"}}));
        assert_eq!(said.tenant(), None);
        let said = activity(json!({"channelData": {"tenant": {"id": "A"}}, "conversation": {"tenantId": "a"}}));
        assert_eq!(said.tenant().as_deref(), Some("a"));
    }

    #[test]
    fn odd_types_are_read_as_missing() {
        let said = activity(json!({"type": 7, "from": "x", "entities": {}, "conversation": null, "locale": ""}));
        assert_eq!(said.kind(), "");
        assert_eq!(said.from(), None);
        assert!(said.list("/entities").is_empty());
        assert!(said.conversation("t").is_none());
        assert_eq!(said.locale(), None);
        assert!(Activity::parse(b"[]").is_none());
    }
}
