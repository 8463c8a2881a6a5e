//! Proof of the requester: before anything that gives somebody access, what shows that the owner of the account is behind
//! the request. Being the one who asks in a chat proves nothing, and knowing things about somebody proves nothing.
//!
//! What is wanted is a setting: the approval of a second administrator alone, the word of the owner's manager, or a code
//! sent to an address that the directory knew already. A [`Proof`] is for one request and one account, lies in the store,
//! and is looked for whenever somebody is authorised: only [`Access`] makes one, from what the store holds.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use time::Duration;

use super::approval::{Apart, apart};
use super::{Access, Ask, Denial, Target, World, approval, gives_access};
use crate::chat::{Identity, Person, TicketId};
use crate::settings::{Approvers, RequesterProof};
use crate::store::audit::Entry;
use crate::store::proofs::{Begun, Matter, Most, ProofState, StoredProof};
use crate::store::{Claim, StoreError};
use crate::tenant::TenantError;
use crate::tenant::account::{Account, ObjectId};

/// How long a manager may take to answer.
pub const MANAGER_WITHIN: Duration = Duration::minutes(60);
/// How long a code counts. NIST SP 800-63B allows less than a day for mail; somebody who waits in a chat needs minutes.
pub const CODE_WITHIN: Duration = Duration::minutes(10);
/// How often a code can be tried.
const MOST_TRIES: i64 = 5;
/// How long a proof counts once it is given: whoever proved it waits for help now.
const HOLDS: Duration = Duration::hours(2);
/// How many attempts there may be within an hour: nobody's manager or mailbox is to be worn down.
const MOST: Most = Most { of_one: 3, of_all: 30 };
/// The digits of a code (NIST SP 800-63B wants six at least).
const DIGITS: usize = 8;

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

/// A manager whose word would do.
#[derive(Debug)]
pub struct Manager {
    account: Account,
    /// Where they have proved to be who they are.
    pub members: Vec<Identity>,
}

impl Manager {
    /// Their account.
    pub fn account(&self) -> &Account {
        &self.account
    }
}

/// A code on its way to an address.
pub struct Code {
    /// The address.
    pub to: String,
    /// The digits. To be sent there, and nowhere else.
    pub digits: Zeroizing<String>,
    hash: String,
}

/// What became of a code that somebody typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// It was this one: the owner is proved to be behind the request.
    Right,
    /// It was another one.
    Wrong {
        /// How often it can be tried still.
        left: i64,
    },
    /// There is none to be tried: it was used, its time is over, it was tried too often, or the process that made it
    /// has ended.
    Nothing,
}

/// The key of the codes' hashes. It lives as long as the process, and nowhere else: whoever reads the store can't try all
/// codes against what lies there.
#[derive(Clone)]
pub(super) struct Pepper(Arc<hmac::Key>);

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper([redacted])")
    }
}

impl Pepper {
    /// A new one.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness: there is no safe way on.
    pub(super) fn new() -> Self {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut()).expect("the operating system gives randomness");
        Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_ref())))
    }

    /// What is kept of a code: bound to the request and the account, so that it opens no other.
    fn hash(&self, matter: Matter<'_>, digits: &str) -> String {
        let text = Zeroizing::new(format!("{}\n{}\n{digits}", matter.request, matter.target));
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, text.as_bytes()))
    }
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

    /// The manager who can give their word on this, with where they can be reached.
    pub async fn manager(
        &self,
        world: &World<'_>,
        unproved: &Unproved,
        petition: &Petition<'_>,
    ) -> Result<Result<Manager, NoWay>, StoreError> {
        let account = match self.manager_of(world, &unproved.target.account.id).await {
            Ok(account) => account,
            Err(no_way) => return Ok(Err(no_way)),
        };
        if let Err(no_way) = stands_apart(&account, petition) {
            return Ok(Err(no_way));
        }
        let mut members = Vec::new();
        for link in world.store.links().await? {
            if ObjectId::parse(&link.entra).is_none_or(|entra| entra != account.id) {
                continue;
            }
            let person = self.recognise(world.store, bare(&link.person), world.now).await?;
            if is_manager(&person, &account.id) {
                members.push(link.person);
            }
        }
        Ok(Ok(Manager { account, members }))
    }

    async fn manager_of(&self, world: &World<'_>, target: &ObjectId) -> Result<Account, NoWay> {
        let id = world.tenant.manager(target).await.map_err(NoWay::CannotTell)?;
        let id = id.filter(|id| id != target).ok_or(NoWay::NoManager)?;
        world.tenant.account(&id).await.map_err(|error| match error {
            TenantError::NotFound { .. } => NoWay::NoManager,
            error => NoWay::CannotTell(error),
        })
    }

    /// Begins to wait for a manager's word.
    pub async fn await_word(
        &self,
        world: &World<'_>,
        (petition, manager): (&Petition<'_>, &Manager),
        entry: &Entry,
    ) -> Result<Result<(), NoWay>, StoreError> {
        let by = ProvedBy::Manager {
            id: manager.account.id.clone(),
            name: manager.account.name.clone(),
        };
        self.begin(world, (petition.matter, &by), (None, MANAGER_WITHIN), entry)
            .await
    }

    /// A new code for this, and the address that it goes to: one that is registered for proving who one is, else
    /// another that the directory knows. Never one of the account's own, and never one that was named in a chat.
    pub async fn code(&self, world: &World<'_>, unproved: &Unproved, petition: &Petition<'_>) -> Result<Code, NoWay> {
        let account = &unproved.target.account;
        let elsewhere = |address: &String| {
            let address = address.trim().to_lowercase();
            address.contains('@') && address != account.upn.to_lowercase() && !account.addresses.contains(&address)
        };
        let registered = world
            .tenant
            .registered_mail(&account.id)
            .await
            .map_err(NoWay::CannotTell)?;
        let to = match registered.into_iter().find(elsewhere) {
            Some(address) => address,
            None => {
                let contact = world.tenant.contact(&account.id).await.map_err(NoWay::CannotTell)?;
                contact
                    .other_mails
                    .into_iter()
                    .find(elsewhere)
                    .ok_or(NoWay::NoAddress)?
            }
        };
        let digits = digits();
        let hash = self.pepper.hash(petition.matter, &digits);
        Ok(Code { to, digits, hash })
    }

    /// Begins to wait for a code. To be called before it is sent; `masked` is what may be shown of the address.
    pub async fn await_code(
        &self,
        world: &World<'_>,
        (petition, code): (&Petition<'_>, &Code),
        masked: &str,
        entry: &Entry,
    ) -> Result<Result<(), NoWay>, StoreError> {
        let by = ProvedBy::Code { to: masked.to_owned() };
        let hash = Some(code.hash.clone());
        self.begin(world, (petition.matter, &by), (hash, CODE_WITHIN), entry)
            .await
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

    /// Whether this person may answer for the account's manager, now: they are that manager in the directory still, it
    /// is proved to be them, and they stand apart from whoever asked and from the administrator.
    pub async fn may_answer(&self, world: &World<'_>, person: &Person, petition: &Petition<'_>) -> Result<(), NoWay> {
        let target = ObjectId::parse(petition.matter.target).ok_or(NoWay::NoManager)?;
        let account = self.manager_of(world, &target).await?;
        if !is_manager(person, &account.id) {
            return Err(NoWay::NoManager);
        }
        stands_apart(&account, petition)
    }

    /// The manager's word, once. A denial stops the request. Call [`Self::may_answer`] first: it is asked again here.
    pub async fn answer(
        &self,
        world: &World<'_>,
        (person, petition): (&Person, &Petition<'_>),
        word: Word<'_>,
        entry: &Entry,
    ) -> Result<Result<Claim, NoWay>, StoreError> {
        if let Err(no_way) = self.may_answer(world, person, petition).await {
            return Ok(Err(no_way));
        }
        let (state, closes) = match word {
            Word::Yes => (ProofState::Proved, None),
            Word::No { closes } => (ProofState::Denied, Some(closes)),
        };
        let to = (state, world.now + HOLDS);
        let answered = world
            .store
            .answer_proof(petition.matter, to, (closes, world.now), entry);
        Ok(Ok(answered.await?))
    }

    /// Tries a code that somebody typed. A right one proves the request, once.
    pub async fn typed(
        &self,
        world: &World<'_>,
        (matter, typed): (Matter<'_>, &str),
        entry: &Entry,
    ) -> Result<Typed, StoreError> {
        let digits: Zeroizing<String> = Zeroizing::new(typed.chars().filter(char::is_ascii_digit).collect());
        let Some(trying) = world.store.try_proof(matter, (MOST_TRIES, world.now)).await? else {
            return Ok(Typed::Nothing);
        };
        let hash = self.pepper.hash(matter, &digits);
        if constant_time::verify_slices_are_equal(hash.as_bytes(), trying.code.as_bytes()).is_err() {
            return Ok(Typed::Wrong { left: trying.left });
        }
        let to = (ProofState::Proved, world.now + HOLDS);
        let proved = world.store.answer_proof(matter, to, (None, world.now), entry).await?;
        Ok(match proved {
            Claim::Won => Typed::Right,
            Claim::Lost => Typed::Nothing,
        })
    }
}

/// What a manager says.
#[derive(Debug, Clone, Copy)]
pub enum Word<'a> {
    /// It is them.
    Yes,
    /// It is not, or nobody knows: the request is over.
    No {
        /// The ticket that settles the request's card.
        closes: &'a TicketId,
    },
}

fn is_manager(person: &Person, manager: &ObjectId) -> bool {
    approval::entra(person).is_some_and(|entra| entra == *manager)
}

/// The manager must not be whoever asks, as far as anybody knows who that is, nor the administrator, whom everybody must
/// know.
fn stands_apart(manager: &Account, petition: &Petition<'_>) -> Result<(), NoWay> {
    let target = Target {
        account: manager.clone(),
        origin: crate::tenant::account::Origin::Cloud,
    };
    if petition
        .requester
        .is_some_and(|requester| approval::is_own(requester, &target))
    {
        return Err(NoWay::ManagerAsks);
    }
    let word = Person {
        entra: Some(manager.id.to_string()),
        ..bare(&nobody(petition.administrator))
    };
    match apart(&word, petition.administrator, Approvers::Linked) {
        Apart::Different => Ok(()),
        Apart::Same => Err(NoWay::ManagerActs),
        Apart::CannotTell => Err(NoWay::CannotTellApart),
    }
}

/// An identity that nobody has, so that Entra alone decides.
fn nobody(beside: &Person) -> Identity {
    Identity {
        user: String::new(),
        ..beside.identity.clone()
    }
}

fn bare(identity: &Identity) -> Person {
    Person {
        identity: identity.clone(),
        name: String::new(),
        entra: None,
        account: None,
        suggestion: None,
        roles: std::collections::BTreeSet::new(),
    }
}

/// As many digits as a code has, each as likely as the others.
fn digits() -> Zeroizing<String> {
    let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
    while digits.len() < DIGITS {
        let mut byte = [0_u8; 1];
        getrandom::fill(&mut byte).expect("the operating system gives randomness");
        // Each digit 25 times, the rest not at all.
        if byte[0] < 250 {
            digits.push(char::from(b'0' + byte[0] % 10));
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_long_different_and_bound_to_their_request() {
        let codes: std::collections::BTreeSet<String> = (0..200).map(|_| digits().to_string()).collect();
        assert!(codes.len() > 195);
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()))
        );
        let of = |request, target| Matter { request, target };
        let pepper = Pepper::new();
        let hash = pepper.hash(of("r1", "t1"), "12345678");
        assert_eq!(hash, pepper.hash(of("r1", "t1"), "12345678"));
        for other in [
            pepper.hash(of("r2", "t1"), "12345678"),
            pepper.hash(of("r1", "t2"), "12345678"),
            pepper.hash(of("r1", "t1"), "12345679"),
            Pepper::new().hash(of("r1", "t1"), "12345678"),
        ] {
            assert_ne!(hash, other);
        }
        assert!(!hash.contains("12345678"));
        assert_eq!(format!("{pepper:?}"), "Pepper([redacted])");
    }
}
