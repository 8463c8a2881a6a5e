//! The chats that people and the bot have alone: known from what was heard there, or begun by the bot.

use serde_json::json;

use super::Teams;
use super::send::{refused, stored};
use crate::chat::{Conversation, DeliveryError, Identity, Platform, Room};

impl Teams {
    /// The chat that a person and the bot have alone, as it is known or begun.
    pub(super) async fn chat_with(&self, person: &Identity) -> Result<Conversation, DeliveryError> {
        let known = self.references.own_chat(person).await.map_err(|error| stored(&error))?;
        if let Some(id) = known {
            let chat = own_chat(person, id);
            if self.known_service(&chat).await?.is_some() {
                return Ok(chat);
            }
        }
        self.begin_own_chat(person).await
    }

    /// Begins the chat that a person and the bot have alone.
    /// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages>
    pub(super) async fn begin_own_chat(&self, person: &Identity) -> Result<Conversation, DeliveryError> {
        let chat = own_chat(person, String::new());
        let service = self.service(&chat).await?;
        let known = self.references.connector_id(person).await;
        let member = known
            .map_err(|error| stored(&error))?
            .unwrap_or_else(|| person.user.clone());
        let parameters = json!({
            "isGroup": false,
            "bot": {"id": self.bot(&person.scope).await?},
            "members": [{"id": member}],
            "tenantId": person.scope,
            "channelData": {"tenant": {"id": person.scope}},
        });
        let made = self.connector.begin(&service, &parameters).await.map_err(refused)?;
        let chat = own_chat(person, made.conversation);
        let kept = async {
            self.references.note_own_chat(person, &chat.id).await?;
            self.references.vouch(&chat, &service).await
        };
        kept.await.map_err(|error| stored(&error))?;
        Ok(chat)
    }
}

/// That chat, as a conversation.
pub(super) fn own_chat(person: &Identity, id: String) -> Conversation {
    Conversation {
        platform: Platform::Teams,
        scope: person.scope.clone(),
        id,
        thread: None,
        room: Room::Direct,
    }
}
