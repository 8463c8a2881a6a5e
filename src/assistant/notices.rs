//! Telling the owner of an account, by mail, that somebody was given access to it: on a way of its own, so that whoever
//! talked an administrator into it is not the only one who knows. It is owed from the moment in which the action is begun
//! and sent at most once; that it could not be sent undoes nothing, and is said and recorded.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::letters::{self, plain};
use super::voice::Voice;
use super::wording::fault;
use super::{AssistantError, Parts, readable};
use crate::access::gives_access;
use crate::actions::Outcome;
use crate::chat::{ActionId, Block, Identity, Person};
use crate::intents::Catalogue;
use crate::settings::Rehearsal;
use crate::store::Claim;
use crate::store::audit::{Detail, Entry, Event};
use crate::store::notices::{Stage, StoredNotice};
use crate::tenant::account::{MailPlan, ObjectId};
use crate::tenant::{Letter, TenantError};

/// The most addresses outside of the tenant to which one letter goes.
const MOST_OTHERS: usize = 3;
/// What is owed to the owner of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    action: ActionId,
    target: ObjectId,
    /// Whoever did it, for the audit trail.
    who: Identity,
    who_entra: Option<String>,
    /// Their name, and that of the second person, as the outcome shows them.
    first: String,
    second: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

/// How what is told about ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was done.
    Done,
    /// It may have been done.
    Perhaps,
    /// It was done, and the secret that came of it is worthless.
    Voided,
}

impl Ending {
    /// How this outcome is told; `None` where nothing changed.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Succeeded => Some(Self::Done),
            Outcome::Unconfirmed | Outcome::Unknown(_) | Outcome::Partial { .. } => Some(Self::Perhaps),
            Outcome::Unfit(_) | Outcome::Failed(_) | Outcome::Rehearsed => None,
        }
    }
}

/// What became of a notice.
#[derive(Debug)]
pub struct Told {
    /// To which addresses a letter went: their own mailbox, or a masked one.
    reached: Vec<Reached>,
    /// Why not everywhere.
    missed: Option<Missed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reached {
    Mailbox,
    Other(String),
}

#[derive(Debug)]
enum Missed {
    NoAddress,
    Interrupted,
    Fault(TenantError),
}

/// What is owed once this action is begun; `None` where nobody is told of it.
pub fn owed(parts: &Parts, what: (ActionId, &ObjectId), who: (&Person, Option<&Person>)) -> Option<serde_json::Value> {
    let ((action, target), (first, second)) = (what, who);
    let told = gives_access(action) && parts.mailbox.is_some() && parts.access.rehearsal() == Rehearsal::Off;
    let notice = Notice {
        action,
        target: target.clone(),
        who: first.identity.clone(),
        who_entra: first.entra.clone(),
        first: first.name.clone(),
        second: second.map(|second| second.name.clone()),
        at: parts.clock.now(),
    };
    told.then(|| serde_json::json!(notice))
}

/// What a preview says where nobody will be told.
pub fn nobody_is_told(parts: &Parts, voice: &Voice<'_>, action: ActionId) -> Option<Block> {
    (gives_access(action) && parts.mailbox.is_none()).then(|| voice.paragraph("notice-nobody", &[]))
}

/// Tells the owner what this operation did to their account, if that is owed and nobody has taken it in hand.
pub async fn tell(
    parts: &Parts,
    catalogue: &Catalogue,
    operation: &str,
    ending: Ending,
) -> Result<Option<Told>, AssistantError> {
    let owed = parts.store.notices().await?;
    let Some(stored) = owed.into_iter().find(|notice| notice.operation == operation) else {
        return Ok(None);
    };
    let Ok(notice) = serde_json::from_value::<Notice>(stored.content) else {
        return Ok(None);
    };
    if parts.store.take_notice(operation).await? == Claim::Lost {
        return Ok(None);
    }
    let told = send(parts, catalogue, &notice, ending).await;
    settle(parts, operation, &notice, &told).await?;
    Ok(Some(told))
}

/// What a stopped process owed: sent now, or said not to be known; then it is said to the administrators.
pub async fn tell_forgotten(parts: &Parts, catalogue: &Catalogue) -> Result<(), AssistantError> {
    for StoredNotice {
        operation,
        content,
        stage,
    } in parts.store.notices().await?
    {
        let Ok(notice) = serde_json::from_value::<Notice>(content) else {
            tracing::error!("a notice of another version can't be read and was dropped");
            parts.store.drop_notice(&operation).await?;
            continue;
        };
        let Some(ending) = ending_of(parts, &operation).await? else {
            parts.store.drop_notice(&operation).await?;
            continue;
        };
        let told = match stage {
            Stage::Owed => tell(parts, catalogue, &operation, ending).await?,
            Stage::InHand => {
                let told = Told {
                    reached: Vec::new(),
                    missed: Some(Missed::Interrupted),
                };
                settle(parts, &operation, &notice, &told).await?;
                Some(told)
            }
        };
        if let Some(told) = told {
            say_to_administrators(parts, catalogue, &notice, &told).await;
        }
    }
    Ok(())
}

/// What the audit trail knows of how it ended; `None` where nothing changed.
async fn ending_of(parts: &Parts, operation: &str) -> Result<Option<Ending>, AssistantError> {
    let records = parts.store.operation(operation).await?;
    let is = |event: Event| records.iter().any(|record| record.entry.event == event);
    Ok(if is(Event::Voided) {
        Some(Ending::Voided)
    } else if is(Event::Succeeded) {
        Some(Ending::Done)
    } else if is(Event::Unconfirmed) || is(Event::Unknown) {
        Some(Ending::Perhaps)
    } else {
        None
    })
}

async fn say_to_administrators(parts: &Parts, catalogue: &Catalogue, notice: &Notice, told: &Told) {
    let house = parts.languages.house();
    let voice = Voice {
        catalogue,
        language: &house,
    };
    let Some(desk) = parts.courier.admin_conversation(notice.who.platform) else {
        return;
    };
    let upn = parts.tenant.account(&notice.target).await.map(|account| account.upn);
    let account = upn.unwrap_or_else(|_| notice.target.to_string());
    let action = voice.say(&format!("action-{}", notice.action), &[]);
    let when = readable(notice.at);
    let arguments = [("action", action.as_str()), ("account", &account), ("when", &when)];
    let mut blocks = vec![voice.paragraph("notice-after-restart", &arguments)];
    blocks.push(told.block(&voice));
    if let Err(error) = parts.courier.post(&voice, &desk, voice.reply(blocks)).await {
        tracing::error!(error = %error, "what became of a notice could not be said to the administrators");
    }
}

/// A letter to their own mailbox, where there is one, and to each other address that the directory knows.
async fn send(parts: &Parts, catalogue: &Catalogue, notice: &Notice, ending: Ending) -> Told {
    let mut told = Told {
        reached: Vec::new(),
        missed: None,
    };
    let Some(mailbox) = &parts.mailbox else {
        told.missed = Some(Missed::NoAddress);
        return told;
    };
    let tenant = &parts.tenant;
    let account = match tenant.account(&notice.target).await {
        Ok(account) => account,
        Err(error) => {
            told.missed = Some(Missed::Fault(error));
            return told;
        }
    };
    let (plan, contact) = tokio::join!(tenant.mail_plan(&account.id), tenant.contact(&account.id));
    let contact = contact.unwrap_or_else(|error| {
        told.missed = Some(Missed::Fault(error));
        Default::default()
    });
    let mut to = Vec::new();
    // Where the licence can't be read, a letter that does not arrive does no harm.
    if let Some(own) = account.mail.as_ref().filter(|_| !matches!(plan, Ok(MailPlan::Missing))) {
        to.push((own.clone(), Reached::Mailbox));
    }
    let language = letters::language(parts, catalogue, &contact);
    let others = contact.other_mails.into_iter();
    for other in others
        .filter(|other| !account.addresses.contains(&other.to_lowercase()))
        .take(MOST_OTHERS)
    {
        let shown = Reached::Other(masked(&other));
        to.push((other, shown));
    }
    let voice = Voice {
        catalogue,
        language: &language,
    };
    let (subject, text) = words(&voice, notice, (&account.name, &account.upn), ending);
    if to.is_empty() && told.missed.is_none() {
        told.missed = Some(Missed::NoAddress);
    }
    for (address, shown) in to {
        let letter = Letter {
            to: address,
            subject: subject.clone(),
            text: text.clone(),
        };
        match tenant.send_mail(mailbox, &letter).await {
            Ok(()) => told.reached.push(shown),
            Err(error) => told.missed = Some(Missed::Fault(error)),
        }
    }
    told
}

/// What the letter says: what, when, by whom, and what to do. It holds no link, and asks for nothing.
fn words(voice: &Voice<'_>, notice: &Notice, (name, account): (&str, &str), ending: Ending) -> (String, String) {
    let action = voice.say(&format!("action-{}", notice.action), &[]);
    let (name, first) = (plain(name), plain(&notice.first));
    let second = notice.second.as_deref().map(plain);
    let what = [("account", account)];
    let mut parts = vec![
        voice.say("letter-greeting", &[("name", &name)]),
        voice.say(&format!("letter-{}", notice.action), &what),
    ];
    match ending {
        Ending::Done => {}
        Ending::Perhaps => parts.push(voice.say("letter-perhaps", &[])),
        Ending::Voided => parts.push(voice.say("letter-voided", &[])),
    }
    parts.push(match &second {
        Some(second) => voice.say("letter-by-two", &[("first", &first), ("second", second)]),
        None => voice.say("letter-by", &[("administrator", &first)]),
    });
    parts.push(voice.say("letter-when", &[("when", &readable(notice.at))]));
    parts.push(voice.say("letter-unexpected", &[]));
    parts.push(voice.say("letter-closing", &[]));
    (voice.say("letter-subject", &[("action", &action)]), parts.join("\n\n"))
}

/// An address of which whoever knows it recognises it, and nobody else learns it: `m•••@example.gr`.
pub fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => format!("{}•••@{domain}", local.chars().next().unwrap_or('•')),
        None => "•••".to_owned(),
    }
}

async fn settle(parts: &Parts, operation: &str, notice: &Notice, told: &Told) -> Result<(), AssistantError> {
    let event = if told.reached.is_empty() {
        Event::NotNotified
    } else {
        Event::Notified
    };
    let entry = Entry {
        at: parts.clock.now(),
        event,
        who: notice.who.clone(),
        who_entra: notice.who_entra.clone(),
        action: Some(notice.action),
        target: Some(notice.target.to_string()),
        operation: operation.to_owned(),
        note: told.note(),
        detail: Detail::default(),
    };
    parts.store.settle_notice(operation, &entry).await?;
    Ok(())
}

impl Told {
    /// For the card.
    pub fn block(&self, voice: &Voice<'_>) -> Block {
        let places: Vec<String> = self
            .reached
            .iter()
            .map(|reached| match reached {
                Reached::Mailbox => voice.say("notice-mailbox", &[]),
                Reached::Other(address) => address.clone(),
            })
            .collect();
        let places = places.join(", ");
        let why = match &self.missed {
            None => return voice.paragraph("notice-told", &[("where", &places)]),
            Some(Missed::NoAddress) => voice.say("notice-no-address", &[]),
            Some(Missed::Interrupted) => voice.say("notice-interrupted", &[]),
            Some(Missed::Fault(error)) => fault(voice, error),
        };
        if places.is_empty() {
            voice.paragraph("notice-not-told", &[("why", &why)])
        } else {
            voice.paragraph("notice-told-in-part", &[("where", &places), ("why", &why)])
        }
    }

    /// For the audit trail: no address.
    fn note(&self) -> String {
        let places: Vec<&str> = self
            .reached
            .iter()
            .map(|reached| match reached {
                Reached::Mailbox => "their mailbox",
                Reached::Other(_) => "another address",
            })
            .collect();
        let why = match &self.missed {
            None => None,
            Some(Missed::NoAddress) => Some("no address"),
            Some(Missed::Interrupted) => Some("the process stopped while telling"),
            Some(Missed::Fault(error)) => Some(error.code()),
        };
        match (places.is_empty(), why) {
            (false, None) => format!("by mail: {}", places.join(", ")),
            (false, Some(why)) => format!("by mail: {}; not everywhere: {why}", places.join(", ")),
            (true, why) => format!("by mail: {}", why.unwrap_or("nothing was sent")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_masked() {
        assert_eq!(masked("maria@example.gr"), "m•••@example.gr");
        assert_eq!(masked("Ελένη@example.gr"), "Ε•••@example.gr");
        assert_eq!(masked("odd"), "•••");
    }
}
