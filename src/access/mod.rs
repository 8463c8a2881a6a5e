//! Who may do what to whom. Deny by default; everything else is decided here, when a button is pressed, from what the
//! server knows at that moment. The proof is a [`Permit`], which nothing else can make.

mod grants;
pub mod links;
mod protection;
pub mod tokens;

pub use grants::{GrantFault, Grants};
pub use protection::Protection;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chat::{ActionId, Identity, Person};
use crate::settings::AccessSettings;
use crate::tenant::account::{Account, ObjectId, Origin};
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
    target: Target,
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

    /// To whom, as it was when the permit was made.
    pub fn target(&self) -> &Target {
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

/// Why a request was refused. Every one has a sentence that tells the person where to go instead.
#[derive(Debug)]
pub enum Denial {
    /// No grant names this person at all.
    NotAnAdministrator,
    /// Grants name the person, but not this action.
    NotThisAction,
    /// The platform does not tell who the person is in Entra, and they have not proved it.
    NotLinked,
    /// The person's own account.
    OwnAccount,
    /// The account is too important to be changed from chat.
    Protected(Protection),
    /// The account is gone.
    TargetGone,
    /// A look-up that the decision rests on failed, so the answer is no.
    CannotTell(TenantError),
}

impl Denial {
    /// A short, stable name for audit records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnAdministrator => "not-an-administrator",
            Self::NotThisAction => "not-this-action",
            Self::NotLinked => "not-linked",
            Self::OwnAccount => "own-account",
            Self::Protected(_) => "protected-target",
            Self::TargetGone => "target-gone",
            Self::CannotTell(_) => "cannot-tell",
        }
    }
}

/// The policy: grants and protected accounts.
#[derive(Debug, Clone)]
pub struct Access {
    grants: Grants,
    protected: Vec<ObjectId>,
    duty: links::Duty,
    links: Option<Arc<links::Links>>,
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
        if faults.is_empty() {
            Ok(Self {
                grants,
                protected,
                duty: links::Duty::Required,
                links: None,
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

    /// Whether a grant names this person for this action. Costs nothing and touches no tenant, so that a stranger's
    /// click is refused before anything is looked up.
    pub fn granted(&self, person: &Person, action: ActionId) -> Result<(), Denial> {
        self.administrator(person)?;
        if self.grants.of(person).contains(&action) {
            Ok(())
        } else {
            Err(Denial::NotThisAction)
        }
    }

    /// Decides whether `person` may run `action` on `target`, from the target as it is now.
    pub async fn authorise(
        &self,
        tenant: &Tenant,
        person: &Person,
        action: ActionId,
        target: &ObjectId,
    ) -> Result<Permit, Denial> {
        self.granted(person, action)?;
        let account = match tenant.account(target).await {
            Ok(account) => account,
            Err(TenantError::NotFound { .. }) => return Err(Denial::TargetGone),
            Err(error) => return Err(Denial::CannotTell(error)),
        };
        if changes_something(action) {
            if self.is_own(person, &account) {
                return Err(Denial::OwnAccount);
            }
            self.refuse_protected(tenant, target).await?;
        }
        let origin = tenant.origin(&account).await.map_err(Denial::CannotTell)?;
        Ok(Permit {
            action,
            administrator: person.identity.clone(),
            target: Target { account, origin },
        })
    }

    async fn refuse_protected(&self, tenant: &Tenant, target: &ObjectId) -> Result<(), Denial> {
        if self.protected.contains(target) {
            return Err(Denial::Protected(Protection::Listed));
        }
        if self.grants.names_account(target) {
            return Err(Denial::Protected(Protection::Operator));
        }
        let privilege = tenant.privilege(target).await.map_err(Denial::CannotTell)?;
        match Protection::of(&privilege) {
            Some(protection) => Err(Denial::Protected(protection)),
            None => Ok(()),
        }
    }

    fn is_own(&self, person: &Person, account: &Account) -> bool {
        let by_id = person
            .entra
            .as_deref()
            .and_then(ObjectId::parse)
            .is_some_and(|id| id == account.id);
        let by_address = person.account.as_deref().is_some_and(|own| {
            let own = own.to_lowercase();
            own == account.upn.to_lowercase() || account.addresses.contains(&own)
        });
        by_id || by_address
    }
}

/// Whether an action changes the account. Reading needs a grant alone.
pub fn changes_something(action: ActionId) -> bool {
    match action {
        ActionId::LookUp => false,
        ActionId::UnblockSender
        | ActionId::ResetPassword
        | ActionId::AllowSignIn
        | ActionId::BlockSignIn
        | ActionId::RevokeSessions
        | ActionId::TemporaryAccessPass
        | ActionId::ResetMfa
        | ActionId::DisableRules
        | ActionId::EnableRules
        | ActionId::ClearForwarding
        | ActionId::RevokeConsents
        | ActionId::DismissRisk
        | ActionId::ConfirmCompromised => true,
    }
}
