//! Tickets: what a button stands for. The button carries a random id; everything else stays in the store.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::access::ProvedBy;
use crate::chat::{ActionId, Conversation, Identity, MessageRef, Person, TicketId};
use crate::intents::IntentId;
use crate::language::Language;
use crate::store::{Store, StoreError, StoredTicket};
use crate::tenant::account::ObjectId;

/// How long a button under an answer or on a request can be pressed: a request may wait for the morning.
pub const OPEN_FOR: Duration = Duration::hours(24);
/// How long a preview can be confirmed: what it shows grows stale.
pub const CONFIRM_WITHIN: Duration = Duration::minutes(5);

/// How long a second person can approve: what was seen of the account grows stale, and so does whoever asked.
pub const APPROVE_WITHIN: Duration = Duration::minutes(30);

/// What a button does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "kebab-case")]
pub enum Purpose {
    /// Answers one of the scenarios that a message may have meant.
    Choose {
        /// Which.
        intent: IntentId,
        /// The account that the message named.
        account: Option<String>,
        /// The language to answer in.
        language: Language,
    },
    /// Asks an administrator.
    Ask(Wish),
    /// Gives the account that was asked for, from the field.
    GiveAccount(Wish),
    /// Shows an administrator's steps.
    ShowSteps(Request),
    /// Reads the account again and posts a fresh card.
    LookAgain(Request),
    /// Shows what an action would do. May be pressed as often as its card is open.
    Preview {
        /// Which action.
        action: ActionId,
        /// On whom.
        target: ObjectId,
        /// For which request.
        request: Request,
    },
    /// Runs an action.
    Confirm {
        /// Which action.
        action: ActionId,
        /// On whom.
        target: ObjectId,
        /// For which request.
        request: Request,
        /// The card that the outcome replaces.
        card: MessageRef,
    },
    /// Asks why an action should be run in spite of signs of an intruder. May be pressed as often as its card is open.
    Override {
        /// Which action.
        action: ActionId,
        /// On whom.
        target: ObjectId,
        /// For which request.
        request: Request,
    },
    /// Brings that before the other administrators, with the reason from the field.
    ProposeOverride {
        /// Which action.
        action: ActionId,
        /// On whom.
        target: ObjectId,
        /// For which request.
        request: Request,
        /// The card that the outcome replaces.
        card: MessageRef,
    },
    /// Leads to a proof that the owner of an account is behind a request.
    Proof(ProofStep),
    /// A second person has what a first one confirmed carried out.
    Approve(Proposal),
    /// A second person says no.
    Reject(Proposal),
    /// Puts a preview away.
    Cancel {
        /// The language that it was shown in.
        language: Language,
    },
    /// Closes a request without acting.
    Close(Request),
    /// Shows an administrator the card of a request, for them alone. May be pressed as often as the request is open.
    ShowRequest(Request),
    /// Its being claimed settles a card.
    Card {
        /// The request that the card is of.
        #[serde(default)]
        request: Option<Request>,
    },
}

impl Purpose {
    /// How [`Purpose::Card`] is found among stored tickets.
    pub const CARD: &'static str = "card";
    /// How [`Purpose::Approve`] is found among stored tickets.
    pub const APPROVE: &'static str = "approve";
}

/// A step towards a proof that the owner of an account is behind a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum ProofStep {
    /// An administrator has it asked for.
    Ask(ProofAsk),
    /// The owner's manager says yes.
    Confirm(ProofAsk),
    /// They say no.
    Deny(ProofAsk),
    /// The code is given that was sent, from the field.
    Code(ProofAsk),
}

/// What is to be proved, and who wants to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProofAsk {
    /// What is to be done.
    pub action: ActionId,
    /// To whom.
    pub target: ObjectId,
    /// For which request.
    pub request: Request,
    /// The administrator who wants it proved.
    pub administrator: Person,
}

/// What a first administrator confirmed and a second one must approve. The store holds this and no permission: whoever
/// proposed it is authorised again when somebody approves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Ties the audit records together: the button that was confirmed, used up by then.
    pub operation: String,
    /// The ticket that approves it.
    pub approve: TicketId,
    /// The ticket that rejects it.
    pub reject: TicketId,
    /// What is to be done.
    pub action: ActionId,
    /// To whom.
    pub target: ObjectId,
    /// For which request.
    pub request: Request,
    /// The card of the request, as the first person saw it.
    pub card: MessageRef,
    /// Who confirmed it.
    pub first: Person,
    /// Where it overrides signs of an intruder: which, and why.
    #[serde(default)]
    pub overrides: Option<Override>,
    /// What shows that the owner of the account is behind it. For display: it is looked for again.
    #[serde(default)]
    pub proof: Option<ProvedBy>,
}

/// Signs of an intruder that two administrators answer for overriding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// What was found, each in words of the card's language.
    pub signs: Vec<String>,
    /// The same by their names, for the audit trail.
    pub codes: String,
    /// Why it should be done all the same, in the first administrator's words.
    pub reason: String,
}

/// Somebody would like an administrator's help.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// With what.
    pub intent: IntentId,
    /// The account that the message named.
    pub account: Option<String>,
    /// Somebody else whom the message named without an address, such as "Maria from accounting": then it is not the
    /// asker's own account.
    #[serde(default)]
    pub about: Option<String>,
    /// The language they speak.
    pub language: Language,
}

/// A request that stands before the administrators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Ties the audit records together.
    pub id: String,
    /// What it is about, where it came from an answer.
    pub intent: Option<IntentId>,
    /// The action that was asked for by name.
    #[serde(default)]
    pub wanted: Option<ActionId>,
    /// The account concerned, as it was given.
    pub account: String,
    /// How the account came to be known.
    #[serde(default)]
    pub given: Given,
    /// Who asked; `None` when an administrator came by themselves.
    pub requester: Option<Requester>,
    /// The language of its cards.
    pub language: Language,
    /// The ticket whose claim settles the card.
    pub card: TicketId,
}

/// How the account of a request came to be known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// Somebody named it, or the platform vouches for it.
    #[default]
    Named,
    /// The platform shows it beside the name of whoever asked: a suggestion, no proof.
    Suggested,
}

/// Who asked, and where to tell them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requester {
    /// Who.
    pub person: Person,
    /// Where.
    pub conversation: Conversation,
}

/// A ticket, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Where it may be used.
    pub conversation: Conversation,
    /// The only one who may use it, where it is bound to somebody.
    pub holder: Option<Identity>,
    /// What it does.
    pub purpose: Purpose,
}

/// Why a ticket can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// Never issued, or swept away long after it died.
    Unknown,
    /// Its time is over.
    Expired,
    /// Used already.
    Used,
    /// Pressed somewhere else than where it was shown.
    Elsewhere,
    /// Bound to somebody else.
    NotYours,
}

/// A ticket that can't be used, and the language in which to say so.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Why.
    pub why: Dead,
    /// The language of the card that holds the button, where it is known.
    pub language: Option<Language>,
    /// What it would have done, where it was used here by somebody who might have.
    pub settled: Option<Purpose>,
}

impl Dead {
    /// A short, stable name for phrases and audit records.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Used => "used",
            Self::Elsewhere => "elsewhere",
            Self::NotYours => "not-yours",
        }
    }
}

/// Where a ticket is shown, to whom, and until when.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// Where it may be used.
    pub conversation: &'a Conversation,
    /// The only one who may use it.
    pub holder: Option<&'a Identity>,
    /// After this it is dead.
    pub expires: OffsetDateTime,
}

/// Where, by whom and when a ticket is used.
#[derive(Debug, Clone)]
pub struct Usage<'a> {
    /// Where the button was pressed.
    pub conversation: &'a Conversation,
    /// Who pressed it.
    pub by: &'a Identity,
    /// When.
    pub now: OffsetDateTime,
}

/// A new id: 128 random bits, which nobody guesses.
///
/// Panics when the operating system has no randomness: there is no safe way on.
pub fn new_id() -> TicketId {
    use base64::Engine;
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    TicketId(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// Stores a ticket and gives its id, for a button.
pub async fn issue(store: &Store, terms: &Terms<'_>, purpose: &Purpose) -> Result<TicketId, StoreError> {
    let id = new_id();
    issue_as(store, terms, purpose, id.clone()).await?;
    Ok(id)
}

/// A ticket as it will be stored, for a step that brings it into the world.
pub fn shaped(terms: &Terms<'_>, purpose: &Purpose, id: TicketId) -> Result<StoredTicket, StoreError> {
    Ok(StoredTicket {
        id,
        conversation: terms.conversation.clone(),
        holder: terms.holder.cloned(),
        content: serde_json::to_value(purpose)?,
        expires: terms.expires,
        used: None,
    })
}

/// Stores a ticket under an id that was made before.
pub async fn issue_as(store: &Store, terms: &Terms<'_>, purpose: &Purpose, id: TicketId) -> Result<(), StoreError> {
    store.put_ticket(&shaped(terms, purpose, id)?).await
}

/// Reads a ticket and holds it against where, by whom and when it is used. Claims nothing.
pub async fn read(store: &Store, id: &TicketId, usage: &Usage<'_>) -> Result<Result<Ticket, Refused>, StoreError> {
    let Some(stored) = store.ticket(id).await? else {
        return Ok(Err(Refused {
            why: Dead::Unknown,
            language: None,
            settled: None,
        }));
    };
    let purpose: Purpose = serde_json::from_value(stored.content)?;
    let dead = if stored.conversation != *usage.conversation {
        Some(Dead::Elsewhere)
    } else if stored.holder.as_ref().is_some_and(|holder| holder != usage.by) {
        Some(Dead::NotYours)
    } else if stored.used.is_some() {
        Some(Dead::Used)
    } else if stored.expires <= usage.now {
        Some(Dead::Expired)
    } else {
        None
    };
    Ok(match dead {
        Some(why) => Err(Refused {
            why,
            language: purpose.language().cloned(),
            settled: (why == Dead::Used).then_some(purpose),
        }),
        None => Ok(Ticket {
            id: stored.id,
            conversation: stored.conversation,
            holder: stored.holder,
            purpose,
        }),
    })
}

impl Purpose {
    /// The language of the card that holds the button.
    pub fn language(&self) -> Option<&Language> {
        match self {
            Self::Choose { language, .. } | Self::Cancel { language } => Some(language),
            Self::Ask(wish) | Self::GiveAccount(wish) => Some(&wish.language),
            Self::ShowSteps(request) | Self::LookAgain(request) | Self::Close(request) | Self::ShowRequest(request) => {
                Some(&request.language)
            }
            Self::Proof(
                ProofStep::Ask(ask) | ProofStep::Confirm(ask) | ProofStep::Deny(ask) | ProofStep::Code(ask),
            ) => Some(&ask.request.language),
            Self::Approve(proposal) | Self::Reject(proposal) => Some(&proposal.request.language),
            Self::Preview { request, .. }
            | Self::Confirm { request, .. }
            | Self::Override { request, .. }
            | Self::ProposeOverride { request, .. } => Some(&request.language),
            Self::Card { request } => request.as_ref().map(|request| &request.language),
        }
    }
}
