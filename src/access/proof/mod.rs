//! Proof of the requester: before anything that gives somebody access, what shows that the owner of the account is behind
//! the request. Being the one who asks in a chat proves nothing, and knowing things about somebody proves nothing.
//!
//! What is wanted is a setting: the approval of a second administrator alone, the word of the owner's manager, or a code
//! sent to an address that the directory knew already. A [`Proof`] is for one request and one account, lies in the store,
//! and is looked for whenever somebody is authorised: only [`Access`] makes one, from what the store holds.

mod code;
mod manager;

use std::fmt;

use serde::{Deserialize, Serialize};
use time::Duration;

use super::{Access, Ask, Denial, Target, World, approval, gives_access};
use crate::chat::Person;
use crate::settings::RequesterProof;
use crate::store::StoreError;
use crate::store::audit::Entry;
use crate::store::proofs::{Begun, Matter, Most, ProofState, StoredProof};
use crate::tenant::TenantError;
use crate::tenant::account::ObjectId;

pub(in crate::access) use code::Pepper;
pub use code::{CODE_WITHIN, Code, Typed};
pub use manager::{MANAGER_WITHIN, Manager, Word};

/// How long a proof counts once it is given: whoever proved it waits for help now.
const HOLDS: Duration = Duration::hours(2);
/// How many attempts there may be within an hour: nobody's manager or mailbox is to be worn down.
const MOST: Most = Most { of_one: 3, of_all: 30 };
/// Shows that the owner of an account is behind a request. Its field is private and it can't be read from anywhere: it
/// is made of what the store holds, when somebody is authorised.
///
/// ```compile_fail
/// fn forge(by: latchkey::access::ProvedBy) -> latchkey::access::Proof {
///     latchkey::access::Proof { by }
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Proof {
    by: ProvedBy,
}

/// What a proof rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum ProvedBy {
    /// The owner's manager has confirmed it.
    Manager {
        /// Their object id.
        id: ObjectId,
        /// Their name in the directory.
        name: String,
    },
    /// Somebody knew the code that was sent to an address which the directory knew.
    Code {
        /// The address, masked.
        to: String,
    },
}

impl ProvedBy {
    const MANAGER: &'static str = "manager";
    const CODE: &'static str = "code";

    const fn name(&self) -> &'static str {
        match self {
            Self::Manager { .. } => Self::MANAGER,
            Self::Code { .. } => Self::CODE,
        }
    }
}

/// For the audit trail.
impl fmt::Display for ProvedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manager { id, .. } => write!(f, "manager {id}"),
            Self::Code { to } => write!(f, "code sent to {to}"),
        }
    }
}

impl Proof {
    /// What it rests on.
    pub fn by(&self) -> &ProvedBy {
        &self.by
    }

    /// Whoever gave their word must be somebody else than this administrator, and that must be known.
    pub(super) fn refuse_own(&self, administrator: &Person) -> Result<(), Lack> {
        match &self.by {
            ProvedBy::Code { .. } => Ok(()),
            ProvedBy::Manager { id, .. } => match approval::entra(administrator) {
                Some(own) if own != *id => Ok(()),
                Some(_) => Err(Lack::OwnWord),
                None => Err(Lack::CannotTellApart),
            },
        }
    }
}

/// All else would be well, but nothing shows that the owner is behind it. Only an authorisation that got that far gives
/// one, and only with one can a proof be asked for.
#[derive(Debug)]
pub struct Unproved {
    lack: Lack,
    target: Target,
}

impl Unproved {
    pub(super) fn new(lack: Lack, target: Target) -> Self {
        Self { lack, target }
    }

    /// What is lacking.
    pub fn lack(&self) -> Lack {
        self.lack
    }

    /// To whom it would be done.
    pub fn target(&self) -> &Target {
        &self.target
    }
}

/// What is lacking of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Nobody was asked yet.
    NotAsked,
    /// Somebody was, and has not answered.
    Waiting,
    /// Nobody answered in time, or the proof has grown old.
    Lapsed,
    /// It was denied.
    Denied,
    /// The administrator would act on their own word as the manager.
    OwnWord,
    /// Nobody knows whether the administrator is the manager.
    CannotTellApart,
}

impl Lack {
    /// A short, stable name for phrases.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Waiting => "waiting",
            Self::Lapsed => "lapsed",
            Self::Denied => "denied",
            Self::OwnWord => "own-word",
            Self::CannotTellApart => "cannot-tell-apart",
        }
    }
}

/// Why a proof can't be had. Each has a phrase that says what to do in its place.
#[derive(Debug)]
pub enum NoWay {
    /// The directory names no manager.
    NoManager,
    /// The manager is the one who asks.
    ManagerAsks,
    /// The manager is the administrator.
    ManagerActs,
    /// Nobody knows whether the administrator is the manager.
    CannotTellApart,
    /// The manager can't be reached in any chat in which it is known that it is them.
    NotReachable,
    /// The directory knows no address outside of the locked mailbox.
    NoAddress,
    /// There is no mailbox to send from.
    NoMailbox,
    /// There were too many attempts lately.
    TooMany,
    /// There was an attempt for this request already.
    Before,
    /// A look-up failed.
    CannotTell(TenantError),
}

impl NoWay {
    /// A short, stable name for phrases and audit records.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoManager => "no-manager",
            Self::ManagerAsks => "manager-asks",
            Self::ManagerActs => "manager-acts",
            Self::CannotTellApart => "cannot-tell-apart",
            Self::NotReachable => "not-reachable",
            Self::NoAddress => "no-address",
            Self::NoMailbox => "no-mailbox",
            Self::TooMany => "too-many",
            Self::Before => "before",
            Self::CannotTell(_) => "cannot-tell",
        }
    }
}

/// Who wants a proof, and of what.
#[derive(Debug, Clone, Copy)]
pub struct Petition<'a> {
    /// The request and the account.
    pub matter: Matter<'a>,
    /// The administrator who wants it.
    pub administrator: &'a Person,
    /// Whoever asked for help, if anybody did.
    pub requester: Option<&'a Person>,
}

impl Access {
    /// How a request must be proved.
    pub fn wants(&self) -> RequesterProof {
        self.requester_proof
    }

    /// The proof that what is asked rests on, as the store holds it now; `None` where none is wanted.
    pub(super) async fn proof(
        &self,
        world: &World<'_>,
        ask: &Ask<'_>,
        target: &Target,
    ) -> Result<Option<Proof>, Denial> {
        if self.requester_proof == RequesterProof::Approval || !gives_access(ask.action) {
            return Ok(None);
        }
        let matter = Matter {
            request: ask.request,
            target: target.account.id.as_str(),
        };
        let stored = world.store.proof(matter).await.map_err(Denial::StoreFailed)?;
        let proof = self.read(stored, world.now);
        let proof = proof.and_then(|proof| proof.refuse_own(ask.person).map(|()| proof));
        match proof {
            Ok(proof) => Ok(Some(proof)),
            Err(lack) => Err(Denial::NotProved(Box::new(Unproved::new(lack, target.clone())))),
        }
    }

    fn read(&self, stored: Option<StoredProof>, now: time::OffsetDateTime) -> Result<Proof, Lack> {
        let wanted = match self.requester_proof {
            RequesterProof::Manager => ProvedBy::MANAGER,
            RequesterProof::Approval | RequesterProof::Code => ProvedBy::CODE,
        };
        // What was proved in a way that does not do any more is no proof.
        let Some(stored) = stored else {
            return Err(Lack::NotAsked);
        };
        if stored.how != wanted {
            return Err(Lack::Lapsed);
        }
        match stored.state {
            ProofState::Denied => Err(Lack::Denied),
            ProofState::Asked | ProofState::Proved if stored.expires <= now => Err(Lack::Lapsed),
            ProofState::Asked => Err(Lack::Waiting),
            ProofState::Proved => match serde_json::from_value(stored.content) {
                Ok(by) => Ok(Proof { by }),
                Err(_) => Err(Lack::Lapsed),
            },
        }
    }

    async fn begin(
        &self,
        world: &World<'_>,
        (matter, by): (Matter<'_>, &ProvedBy),
        (code, within): (Option<String>, Duration),
        entry: &Entry,
    ) -> Result<Result<(), NoWay>, StoreError> {
        let proof = StoredProof {
            how: by.name().to_owned(),
            state: ProofState::Asked,
            content: serde_json::to_value(by)?,
            code,
            expires: world.now + within,
        };
        let begun = world
            .store
            .begin_proof(matter, &proof, (MOST, world.now), entry)
            .await?;
        Ok(match begun {
            Begun::Now => Ok(()),
            Begun::Before => Err(NoWay::Before),
            Begun::TooMany => Err(NoWay::TooMany),
        })
    }
}
