//! The kill switch by command: any administrator may stop all actions. Letting them run again takes the command line of
//! the machine, so that whoever took over an administrator can't do it.

use super::asker::Asking;
use super::voice::Voice;
use super::{AssistantError, Parts, asker, readable, requests};
use crate::chat::{Block, Invocation};
use crate::store::Claim;
use crate::store::audit::{Detail, Entry, Event};
use crate::store::brakes::Freeze;

/// Stops all actions, those that wait for a second person included, and says so among the administrators.
pub async fn freeze(parts: &Parts, voice: &Voice<'_>, invocation: &Invocation) -> Result<(), AssistantError> {
    let asker = invocation.asker();
    let person = &invocation.person;
    let entry = Entry {
        at: parts.clock.now(),
        event: Event::Frozen,
        who: person.identity.clone(),
        who_entra: person.entra.clone(),
        action: None,
        target: None,
        operation: invocation.event.id.clone(),
        note: "by command".to_owned(),
        detail: Detail::default(),
    };
    if let Err(denial) = parts.access.administrator(person) {
        let refused = Entry {
            event: Event::Refused,
            note: denial.code().to_owned(),
            ..entry
        };
        parts.store.record(&refused).await?;
        return requests::refuse(parts, voice, &asker, &denial).await;
    }
    let freeze = Freeze {
        since: parts.clock.now(),
        who: person.identity.to_string(),
        reason: None,
    };
    if parts.store.freeze(&freeze, &entry).await? == Claim::Lost {
        return asker::answer(parts, voice, &asker, voice.sentence("frozen-already", &[])).await;
    }
    let when = readable(freeze.since);
    let said = voice.sentence("frozen-now", &[("name", &person.name), ("when", &when)]);
    if let Some(desk) = parts.courier.admin_conversation(asker.conversation.platform) {
        parts.courier.post(voice, &desk, said.clone()).await?;
    }
    asker::answer(parts, voice, &asker, said).await
}

/// What a card with actions says while they are stopped.
pub async fn note(parts: &Parts, voice: &Voice<'_>) -> Result<Option<Block>, AssistantError> {
    let frozen = parts.store.frozen().await?;
    Ok(frozen.map(|freeze| {
        let since = readable(freeze.since);
        Block::Note(voice.text("denied-frozen", &[("since", &since)]))
    }))
}
