//! Somebody in a conversation who wants something: what is said to them, and buttons that they alone can press.

use super::courier::Recipient;
use super::voice::Voice;
use super::{AssistantError, Parts};
use crate::actions::tickets::{self, OPEN_FOR, Purpose, Terms};
use crate::chat::{
    Addressed, Click, Conversation, EventId, IncomingMessage, Invocation, MessageRef, Person, Reply, Room, Shows,
    TicketId,
};

/// Who asks, and where.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who.
    pub person: &'a Person,
    /// Where.
    pub conversation: &'a Conversation,
    /// How they came to be answered.
    pub manner: Manner<'a>,
}

/// How somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner<'a> {
    /// They wrote or pressed something where others may read the answer.
    Openly(&'a EventId),
    /// They gave a command: nobody else sees the answer.
    Privately(&'a EventId),
    /// They asked earlier, and hear now what became of it.
    Later,
}

impl<'a> Asker<'a> {
    /// The person, for saying something that nobody else sees.
    pub fn recipient(&self) -> Recipient<'a> {
        Recipient {
            conversation: self.conversation,
            person: &self.person.identity,
            answering: self.manner.event(),
        }
    }
}

impl Asker<'_> {
    /// Where [`tell`] says it: what a button should know whose answer is told.
    pub fn told(&self) -> Shows {
        match self.conversation.room {
            Room::Direct => Shows::Openly,
            Room::Shared => Shows::Privately,
        }
    }
}

impl<'a> Manner<'a> {
    fn event(self) -> Option<&'a EventId> {
        match self {
            Self::Openly(event) | Self::Privately(event) => Some(event),
            Self::Later => None,
        }
    }
}

/// An event of somebody who waits for an answer.
pub trait Asking {
    /// Who asks, where, and how.
    fn asker(&self) -> Asker<'_>;
}

impl Asking for IncomingMessage {
    fn asker(&self) -> Asker<'_> {
        Asker {
            person: &self.sender,
            conversation: &self.conversation,
            manner: match self.addressed {
                Addressed::Privately => Manner::Privately(&self.event),
                Addressed::Directly | Addressed::Ambient => Manner::Openly(&self.event),
            },
        }
    }
}

impl Asking for Click {
    fn asker(&self) -> Asker<'_> {
        Asker {
            person: &self.person,
            conversation: &self.conversation,
            manner: Manner::Openly(&self.event),
        }
    }
}

impl Asking for Invocation {
    fn asker(&self) -> Asker<'_> {
        Asker {
            person: &self.person,
            conversation: &self.conversation,
            manner: Manner::Privately(&self.event),
        }
    }
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

/// Answers: for everybody in the conversation, or for the asker alone where they asked so that nobody else sees it.
pub async fn answer(parts: &Parts, voice: &Voice<'_>, asker: &Asker<'_>, reply: Reply) -> Result<(), AssistantError> {
    answer_standing(parts, voice, asker, reply).await?;
    Ok(())
}

/// Answers like [`answer`], and tells where the answer stands.
pub async fn answer_standing(
    parts: &Parts,
    voice: &Voice<'_>,
    asker: &Asker<'_>,
    reply: Reply,
) -> Result<MessageRef, AssistantError> {
    Ok(match asker.manner {
        Manner::Privately(_) => parts.courier.tell(voice, &asker.recipient(), reply).await?,
        Manner::Openly(_) | Manner::Later => parts.courier.post(voice, asker.conversation, reply).await?,
    })
}

/// Says it to the asker: by posting where they are alone with the bot, else so that they alone see it.
pub async fn tell(parts: &Parts, voice: &Voice<'_>, asker: &Asker<'_>, reply: Reply) -> Result<(), AssistantError> {
    match asker.conversation.room {
        Room::Direct => answer(parts, voice, asker, reply).await,
        Room::Shared => {
            parts.courier.tell(voice, &asker.recipient(), reply).await?;
            Ok(())
        }
    }
}
