//! Somebody in a conversation who wants something: what is said to them, and buttons that they alone can press.

use super::courier::Recipient;
use super::voice::Voice;
use super::{AssistantError, Parts};
use crate::actions::tickets::{self, OPEN_FOR, Purpose, Terms};
use crate::chat::{Conversation, Person, Reply, Room, TicketId};

/// Who asks, and where.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who.
    pub person: &'a Person,
    /// Where.
    pub conversation: &'a Conversation,
}

/// A ticket that the asker alone can use, here.
pub async fn issue(parts: &Parts, asker: &Asker<'_>, purpose: &Purpose) -> Result<TicketId, AssistantError> {
    let terms = Terms {
        conversation: asker.conversation,
        holder: Some(&asker.person.identity),
        expires: parts.clock.now() + OPEN_FOR,
    };
    Ok(tickets::issue(&parts.store, &terms, purpose).await?)
}

/// Says it to the asker: by posting where they are alone with the bot, else so that they alone see it.
pub async fn tell(parts: &Parts, voice: &Voice<'_>, asker: &Asker<'_>, reply: Reply) -> Result<(), AssistantError> {
    match asker.conversation.room {
        Room::Direct => parts.courier.post(voice, asker.conversation, reply).await?,
        Room::Shared => {
            let person = Recipient {
                conversation: asker.conversation,
                person: &asker.person.identity,
            };
            parts.courier.tell(voice, &person, reply).await?
        }
    };
    Ok(())
}
