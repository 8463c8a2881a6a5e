//! Who may do what to whom. Deny by default; everything else is decided here, when a button is pressed, from what the
//! server knows at that moment. The proof is a [`Permit`], which nothing else can make; for what takes two people, only out
//! of a [`Pending`] and a second person.

mod approval;
mod effects;
mod grants;
pub mod links;
mod members;
pub mod proof;
mod protection;
mod sentences;
pub mod tokens;

pub use approval::{Approval, Pending, Second};
pub use effects::{changes_something, gives_access};
pub use grants::{GrantFault, Grants};
pub use proof::{Proof, ProvedBy};
pub use protection::Protection;

use std::collections::BTreeSet;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::chat::{ActionId, Identity, Person};
use crate::settings::{AccessSettings, Approvers, Limits, Rehearsal, RequesterProof};
use crate::store::brakes::{Freeze, Over, Toll};
use crate::store::{Store, StoreError};
use crate::tenant::account::{Account, Memberships, ObjectId, Origin};
use crate::tenant::{Tenant, TenantError};

/// Proof that one person may run one action on one account, now. Consumed by `actions::run`.
///
/// Its fields are private and it is neither `Clone` nor deserialisable: a permit can't be kept, copied or forged.
///
/// ```compile_fail
/// let permit = latchkey::access::Permit { action: latchkey::chat::ActionId::LookUp };
/// ```
#[derive(Debug)]
pub struct Permit {
    action: ActionId,
    administrator: Identity,
    approver: Option<Identity>,
    target: Target,
    rehearsal: Rehearsal,
    signs: Signs,
    proof: Option<Proof>,
}

/// What signs of an intruder mean to an action that lets somebody go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// They keep it from being run.
    Heeded,
    /// Two people answer for its being run all the same.
    Overridden,
}

impl Permit {
    /// What may be done.
    pub fn action(&self) -> ActionId {
        self.action
    }

    /// Who may do it.
    pub fn administrator(&self) -> &Identity {
        &self.administrator
    }

    /// The second person, where it took one.
    pub fn approver(&self) -> Option<&Identity> {
        self.approver.as_ref()
    }

    /// What shows that the owner of the account is behind it, where that is wanted.
    pub fn proof(&self) -> Option<&Proof> {
        self.proof.as_ref()
    }

    /// Whether the change itself is left out.
    pub fn rehearsal(&self) -> Rehearsal {
        self.rehearsal
    }

    /// Whether signs of an intruder keep it from being run. Only a second person makes a permit for which they don't.
    pub fn signs(&self) -> Signs {
        self.signs
    }

    /// What takes back a secret that came of it and reached nobody.
    pub fn voucher(&self) -> Voucher {
        Voucher {
            action: self.action,
            target: self.target.account.id.clone(),
        }
    }

    /// To whom, as it was when the permit was made.
    pub fn target(&self) -> &Target {
        &self.target
    }
}

/// Leave to make a secret worthless that came of a permitted action. Only a permit gives one.
#[derive(Debug)]
pub struct Voucher {
    action: ActionId,
    target: ObjectId,
}

impl Voucher {
    /// What the secret came of.
    pub fn action(&self) -> ActionId {
        self.action
    }

    /// Whose it is.
    pub fn target(&self) -> &ObjectId {
        &self.target
    }
}

/// An account with where it is mastered: what every action needs to know before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The account as it is now.
    pub account: Account,
    /// Where its password and state are mastered.
    pub origin: Origin,
}

/// What may be done now.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one a click, never kept")]
pub enum Decision {
    /// It may be run.
    Permit(Permit),
    /// It may be run once a second person approves.
    NeedsSecond(Pending),
}

impl Decision {
    /// To whom, as it is now.
    pub fn target(&self) -> &Target {
        match self {
            Self::Permit(permit) => permit.target(),
            Self::NeedsSecond(pending) => pending.target(),
        }
    }

    /// What shows that the owner of the account is behind it, where that is wanted.
    pub fn proof(&self) -> Option<&Proof> {
        match self {
            Self::Permit(permit) => permit.proof(),
            Self::NeedsSecond(pending) => pending.permit.proof(),
        }
    }
}

/// What is asked of the policy.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Who wants it.
    pub person: &'a Person,
    /// What.
    pub action: ActionId,
    /// To whom.
    pub target: &'a ObjectId,
    /// Whether signs of an intruder are to be overridden, which takes two people whatever the action takes.
    pub signs: Signs,
    /// For which request.
    pub request: &'a str,
}

/// What the policy looks at.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// Where accounts are.
    pub tenant: &'a Tenant,
    /// Where the kill switch and the limits are kept.
    pub store: &'a Store,
    /// The time.
    pub now: OffsetDateTime,
}

/// Why a request was refused. Every one has a sentence that tells the person where to go instead.
#[derive(Debug)]
pub enum Denial {
    /// No grant names this person at all.
    NotAnAdministrator,
    /// Grants name the person, but not this action.
    NotThisAction,
    /// The platform does not tell who the person is in Entra, and they have not proved it.
    NotLinked,
    /// Grants give the person this action, but not on this account.
    NotThisTarget,
    /// Grants are for groups or roles, and whether the person is in one could not be read.
    CannotTellMember,
    /// The person's own account.
    OwnAccount,
    /// The person would approve what they asked for as an administrator.
    SamePerson,
    /// The person would approve what they asked for themselves.
    OwnRequest,
    /// Nobody knows whether these are two people.
    CannotTellApart,
    /// The account is too important to be changed from chat.
    Protected(Protection),
    /// The account is gone.
    TargetGone,
    /// Nothing shows that the owner of the account is behind the request.
    NotProved(Box<proof::Unproved>),
    /// All actions are stopped.
    Frozen(Freeze),
    /// It was done too often lately.
    Over(Over),
    /// A look-up that the decision rests on failed, so the answer is no.
    CannotTell(TenantError),
    /// What the store knows could not be read, so the answer is no.
    StoreFailed(StoreError),
}

impl Denial {
    /// A short, stable name for audit records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnAdministrator => "not-an-administrator",
            Self::NotThisAction => "not-this-action",
            Self::NotLinked => "not-linked",
            Self::NotThisTarget => "not-this-target",
            Self::CannotTellMember => "cannot-tell-member",
            Self::OwnAccount => "own-account",
            Self::SamePerson => "same-person",
            Self::OwnRequest => "own-request",
            Self::CannotTellApart => "cannot-tell-apart",
            Self::Protected(_) => "protected-target",
            Self::TargetGone => "target-gone",
            Self::NotProved(_) => "not-proved",
            Self::Frozen(_) => "frozen",
            Self::Over(_) => "over-limit",
            Self::CannotTell(_) => "cannot-tell",
            Self::StoreFailed(_) => "store-failed",
        }
    }

    /// Whether it lies in the person, and not in the account or the hour.
    pub fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::NotAnAdministrator
                | Self::NotThisAction
                | Self::NotThisTarget
                | Self::NotLinked
                | Self::OwnAccount
                | Self::SamePerson
                | Self::OwnRequest
                | Self::CannotTellApart
        )
    }
}

/// The policy: grants, protected accounts, approvals and limits.
#[derive(Debug, Clone)]
pub struct Access {
    grants: Grants,
    protected: Vec<ObjectId>,
    duty: links::Duty,
    links: Option<Arc<links::Links>>,
    two_people: BTreeSet<ActionId>,
    approvers: Approvers,
    limits: Limits,
    rehearsal: Rehearsal,
    requester_proof: RequesterProof,
    pepper: proof::Pepper,
}

impl Access {
    /// Reads the `[access]` settings. Every fault at once.
    pub fn new(settings: &AccessSettings) -> Result<Self, Vec<GrantFault>> {
        let mut faults = Vec::new();
        let grants = Grants::read(&settings.grants, &mut faults);
        let mut protected = Vec::new();
        for (index, text) in settings.protected.iter().enumerate() {
            match ObjectId::parse(text) {
                Some(id) => protected.push(id),
                None => faults.push(GrantFault {
                    key: format!("access.protected[{index}]"),
                    what: format!("`{text}` is not an Entra object id: write the account's GUID"),
                }),
            }
        }
        let mut two_people = BTreeSet::new();
        for (index, name) in settings.two_people.iter().enumerate() {
            match name.parse() {
                Ok(action) => {
                    two_people.insert(action);
                }
                Err(_) => faults.push(GrantFault {
                    key: format!("access.two_people[{index}]"),
                    what: format!("`{name}` is not an action"),
                }),
            }
        }
        if faults.is_empty() {
            Ok(Self {
                grants,
                protected,
                duty: links::Duty::Required,
                links: None,
                two_people,
                approvers: settings.approvers,
                limits: settings.limits,
                rehearsal: settings.rehearsal,
                requester_proof: settings.requester_proof,
                pepper: proof::Pepper::new(),
            })
        } else {
            Err(faults)
        }
    }

    /// Whether any grant names this person. Decides what is offered, never what is done.
    pub fn is_administrator(&self, person: &Person) -> bool {
        !self.grants.of(person).is_empty()
    }

    /// What grants let this person do. Decides what is offered, never what is done.
    pub fn actions_of(&self, person: &Person) -> BTreeSet<ActionId> {
        if self.must_link(person) {
            return BTreeSet::new();
        }
        self.grants.of(person)
    }

    /// The Entra object ids of the administrators that the settings name, for platforms that show them more.
    pub fn named_administrators(&self) -> Vec<String> {
        self.grants.named().into_iter().map(ToString::to_string).collect()
    }

    /// How many people an action takes.
    pub fn approval(&self, action: ActionId) -> Approval {
        Approval::of(action, &self.two_people)
    }

    /// Whether changes are left out.
    pub fn rehearsal(&self) -> Rehearsal {
        self.rehearsal
    }

    /// What a change by this person counts against.
    pub fn toll<'a>(&self, ask: &Ask<'a>) -> Toll<'a> {
        Toll {
            administrator: approval::entra(ask.person)
                .map_or_else(|| ask.person.identity.to_string(), |id| id.to_string()),
            action: ask.action.name(),
            target: ask.target.as_str(),
            limits: self.limits,
        }
    }

    /// Whether a grant names this person for this action. Costs nothing and touches no tenant, so that a stranger's
    /// click is refused before anything is looked up.
    pub fn granted(&self, person: &Person, action: ActionId) -> Result<(), Denial> {
        self.administrator(person)?;
        if self.grants.of(person).contains(&action) {
            Ok(())
        } else {
            Err(members::unreadable(person).unwrap_or(Denial::NotThisAction))
        }
    }

    /// Whether a grant gives this person this action on this account.
    fn reaches(&self, person: &Person, action: ActionId, account: (&Account, &Memberships)) -> Result<(), Denial> {
        if self.grants.reach(person, action, account) {
            Ok(())
        } else {
            Err(Denial::NotThisTarget)
        }
    }

    /// Decides whether somebody may run an action, from the target, the kill switch and the limits as they are now.
    pub async fn authorise(&self, world: &World<'_>, ask: &Ask<'_>) -> Result<Decision, Denial> {
        self.granted(ask.person, ask.action)?;
        if changes_something(ask.action) {
            self.refuse_held_back(world, ask).await?;
        }
        let tenant = world.tenant;
        let account = match tenant.account(ask.target).await {
            Ok(account) => account,
            Err(TenantError::NotFound { .. }) => return Err(Denial::TargetGone),
            Err(error) => return Err(Denial::CannotTell(error)),
        };
        let of = if self.grants.ask_for_memberships() {
            tenant.memberships(ask.target).await.map_err(Denial::CannotTell)?
        } else {
            Memberships::default()
        };
        self.reaches(ask.person, ask.action, (&account, &of))?;
        let origin = tenant.origin(&account).await.map_err(Denial::CannotTell)?;
        let target = Target { account, origin };
        if changes_something(ask.action) {
            if approval::is_own(ask.person, &target) {
                return Err(Denial::OwnAccount);
            }
            if self.grants.name_member(&of) {
                return Err(Denial::Protected(Protection::Operator));
            }
            self.refuse_protected(world, ask.target).await?;
        }
        let proof = self.proof(world, ask, &target).await?;
        let permit = Permit {
            action: ask.action,
            administrator: ask.person.identity.clone(),
            approver: None,
            target,
            rehearsal: self.rehearsal,
            signs: ask.signs,
            proof,
        };
        let takes = match ask.signs {
            Signs::Heeded => self.approval(ask.action),
            Signs::Overridden => Approval::Two,
        };
        Ok(match takes {
            Approval::One => Decision::Permit(permit),
            Approval::Two => Decision::NeedsSecond(Pending {
                permit,
                of,
                first: ask.person.clone(),
            }),
        })
    }

    async fn refuse_held_back(&self, world: &World<'_>, ask: &Ask<'_>) -> Result<(), Denial> {
        if let Some(freeze) = world.store.frozen().await.map_err(Denial::StoreFailed)? {
            return Err(Denial::Frozen(freeze));
        }
        let over = world.store.over(&self.toll(ask), world.now).await;
        match over.map_err(Denial::StoreFailed)? {
            Some(over) => Err(Denial::Over(over)),
            None => Ok(()),
        }
    }

    async fn refuse_protected(&self, world: &World<'_>, target: &ObjectId) -> Result<(), Denial> {
        if self.protected.contains(target) {
            return Err(Denial::Protected(Protection::Listed));
        }
        // An administrator who is named by a chat's id is whoever was linked there, even if that has run out.
        let links = world.store.links().await.map_err(Denial::StoreFailed)?;
        let mut theirs = links
            .iter()
            .filter(|link| ObjectId::parse(&link.entra).as_ref() == Some(target));
        if self.grants.names_account(target) || theirs.any(|link| self.grants.names_identity(&link.person)) {
            return Err(Denial::Protected(Protection::Operator));
        }
        let privilege = world.tenant.privilege(target).await.map_err(Denial::CannotTell)?;
        match Protection::of(&privilege) {
            Some(protection) => Err(Denial::Protected(protection)),
            None => Ok(()),
        }
    }
}
