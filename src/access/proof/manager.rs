//! The word of the owner's manager: who that is, where it is known that it is them, and their answer, once.

use time::Duration;

use super::{HOLDS, NoWay, Petition, ProvedBy, Unproved};
use crate::access::approval::{self, Apart, apart};
use crate::access::links::BY_DEVICE_CODE;
use crate::access::{Access, Target, World};
use crate::chat::{Identity, Person, TicketId};
use crate::settings::Approvers;
use crate::store::audit::Entry;
use crate::store::proofs::ProofState;
use crate::store::{Claim, StoreError};
use crate::tenant::TenantError;
use crate::tenant::account::{Account, ObjectId, Origin, SignIn};

/// How long a manager may take to answer.
pub const MANAGER_WITHIN: Duration = Duration::minutes(60);

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

impl Access {
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
        match world.tenant.account(&id).await {
            // Whoever may not sign in any more has no say either, though a chat may still know them.
            Ok(account) if account.sign_in == SignIn::Blocked => Err(NoWay::NoManager),
            Ok(account) => Ok(account),
            Err(TenantError::NotFound { .. }) => Err(NoWay::NoManager),
            Err(error) => Err(NoWay::CannotTell(error)),
        }
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

    /// Whether this person may answer for the account's manager, now: they are that manager in the directory still, it
    /// is proved to be them, and they stand apart from whoever asked and from the administrator.
    async fn may_answer(&self, world: &World<'_>, person: &Person, petition: &Petition<'_>) -> Result<(), NoWay> {
        let target = ObjectId::parse(petition.matter.target).ok_or(NoWay::NoManager)?;
        let account = self.manager_of(world, &target).await?;
        if !is_manager(person, &account.id) {
            return Err(NoWay::NoManager);
        }
        stands_apart(&account, petition)
    }

    /// The manager's word, once. A denial stops the request.
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
        let asked = world.store.proof(petition.matter).await?;
        let asked = asked.and_then(|stored| serde_json::from_value(stored.content).ok());
        // Whoever became the manager meanwhile was not asked.
        match asked {
            Some(ProvedBy::Manager { id, .. }) if approval::entra(person).as_ref() == Some(&id) => {}
            _ => return Ok(Err(NoWay::NoManager)),
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
}

/// A link that rests on a device code is not enough: somebody who is talked into typing such a code would give their word
/// away with it.
fn is_manager(person: &Person, manager: &ObjectId) -> bool {
    approval::entra(person).is_some_and(|entra| entra == *manager) && !person.roles.contains(BY_DEVICE_CODE)
}

/// The manager must not be whoever asks, as far as anybody knows who that is, nor the administrator, whom everybody must
/// know.
fn stands_apart(manager: &Account, petition: &Petition<'_>) -> Result<(), NoWay> {
    let target = Target {
        account: manager.clone(),
        origin: Origin::Cloud,
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
