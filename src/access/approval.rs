//! Approval: which actions take a second person, and who may be one. The second person is held against the policy as the
//! first was; they must not be the first, nor whoever asked, nor the owner of the account.

use std::collections::BTreeSet;

use super::proof::Unproved;
use super::{Access, Denial, Permit, Proof, Target};
use crate::chat::{ActionId, Person};
use crate::settings::Approvers;
use crate::tenant::account::{Memberships, ObjectId};

/// How many people an action takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approval {
    /// One administrator.
    One,
    /// A second one must approve.
    Two,
}

impl Approval {
    /// What an action takes at least; settings can only add to it. What gives somebody access takes two, because that is
    /// what an attacker talks people into. What takes access away fails safe, and must not wait.
    pub const fn least(action: ActionId) -> Self {
        match action {
            ActionId::ResetPassword | ActionId::AllowSignIn | ActionId::TemporaryAccessPass | ActionId::ResetMfa => {
                Self::Two
            }
            ActionId::LookUp
            | ActionId::UnblockSender
            | ActionId::BlockSignIn
            | ActionId::RevokeSessions
            | ActionId::DisableRules
            | ActionId::EnableRules
            | ActionId::ClearForwarding
            | ActionId::RevokeConsents
            | ActionId::DismissRisk
            | ActionId::ConfirmCompromised => Self::One,
        }
    }

    /// What an action takes with these settings.
    pub fn of(action: ActionId, two_people: &BTreeSet<ActionId>) -> Self {
        if two_people.contains(&action) {
            Self::Two
        } else {
            Self::least(action)
        }
    }
}

/// What one administrator may have done once a second one approves. It can't be kept, copied or made elsewhere: between
/// the two people the store holds only who asked for what, and that is authorised anew.
///
/// ```compile_fail
/// fn run_alone(pending: latchkey::access::Pending) -> latchkey::access::Permit {
///     pending.permit
/// }
/// ```
#[derive(Debug)]
pub struct Pending {
    pub(super) permit: Permit,
    pub(super) of: Memberships,
    pub(super) first: Person,
}

impl Pending {
    /// To whom it would be done, as it is now.
    pub fn target(&self) -> &Target {
        &self.permit.target
    }

    /// What shows that the owner of the account is behind it, where that is wanted.
    pub fn proof(&self) -> Option<&Proof> {
        self.permit.proof()
    }

    /// What would be done.
    pub fn action(&self) -> ActionId {
        self.permit.action
    }
}

/// Somebody who approves.
#[derive(Debug, Clone, Copy)]
pub struct Second<'a> {
    /// Who.
    pub person: &'a Person,
    /// Whoever asked for help, if anybody did.
    pub requester: Option<&'a Person>,
}

impl Access {
    /// Makes a permit of what a first person may have done, if the second person may approve it.
    pub fn approve(&self, pending: Pending, second: &Second<'_>) -> Result<Permit, Denial> {
        let Pending { mut permit, of, first } = pending;
        self.granted(second.person, permit.action)?;
        self.reaches(second.person, permit.action, (&permit.target.account, &of))?;
        match self.apart(&first, second.person) {
            Apart::Same => return Err(Denial::SamePerson),
            Apart::CannotTell => return Err(Denial::CannotTellApart),
            Apart::Different => {}
        }
        if let Some(requester) = second.requester {
            match self.apart(requester, second.person) {
                Apart::Same => return Err(Denial::OwnRequest),
                Apart::CannotTell => return Err(Denial::CannotTellApart),
                Apart::Different => {}
            }
        }
        if is_own(second.person, &permit.target) {
            return Err(Denial::OwnAccount);
        }
        if let Some(proof) = &permit.proof
            && let Err(lack) = proof.refuse_own(second.person)
        {
            let unproved = Unproved::new(lack, permit.target);
            return Err(Denial::NotProved(Box::new(unproved)));
        }
        permit.approver = Some(second.person.identity.clone());
        Ok(permit)
    }

    fn apart(&self, one: &Person, other: &Person) -> Apart {
        apart(one, other, self.approvers)
    }
}

/// Whether two identities are two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Apart {
    Same,
    Different,
    CannotTell,
}

/// Entra decides where it is known of both. Else two members of one workspace are two people, unless the settings want
/// more; of members of two places nobody knows.
pub(super) fn apart(one: &Person, other: &Person, approvers: Approvers) -> Apart {
    let account = |person: &Person| person.account.as_deref().map(str::to_lowercase);
    if one.identity == other.identity {
        return Apart::Same;
    }
    if let (Some(one), Some(other)) = (entra(one), entra(other)) {
        return if one == other { Apart::Same } else { Apart::Different };
    }
    if account(one).is_some() && account(one) == account(other) {
        return Apart::Same;
    }
    let together = one.identity.platform == other.identity.platform && one.identity.scope == other.identity.scope;
    match approvers {
        Approvers::Members if together => Apart::Different,
        Approvers::Members | Approvers::Linked => Apart::CannotTell,
    }
}

pub(super) fn entra(person: &Person) -> Option<ObjectId> {
    person.entra.as_deref().and_then(ObjectId::parse)
}

/// Whether the account is the person's own. An address that a platform merely shows is enough to say no.
pub(super) fn is_own(person: &Person, target: &Target) -> bool {
    let account = &target.account;
    let is_theirs = |address: &str| {
        let own = address.trim().to_lowercase();
        own == account.upn.to_lowercase() || account.addresses.contains(&own)
    };
    entra(person).is_some_and(|id| id == account.id)
        || [&person.account, &person.suggestion]
            .into_iter()
            .flatten()
            .any(|address| is_theirs(address))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chat::{Identity, Platform};

    fn person(platform: Platform, user: &str, entra: Option<&str>) -> Person {
        Person {
            identity: Identity {
                platform,
                scope: "contoso".into(),
                user: user.into(),
            },
            name: user.into(),
            entra: entra.map(Into::into),
            account: None,
            suggestion: None,
            roles: BTreeSet::new(),
        }
    }

    const ONE: &str = "11111111-2222-3333-4444-555555555555";
    const OTHER: &str = "11111111-2222-3333-4444-666666666666";

    #[test]
    fn one_human_on_two_platforms_is_one_person_and_an_unknown_one_might_be() {
        use Approvers::{Linked, Members};
        let slack = |user, entra| person(Platform::Slack, user, entra);
        let teams = |user, entra| person(Platform::Teams, user, entra);
        for policy in [Members, Linked] {
            assert_eq!(
                apart(&slack("a", Some(ONE)), &teams("b", Some(ONE)), policy),
                Apart::Same
            );
            assert_eq!(
                apart(&slack("a", Some(ONE)), &slack("b", Some(ONE)), policy),
                Apart::Same
            );
            assert_eq!(
                apart(&slack("a", Some(ONE)), &teams("b", Some(OTHER)), policy),
                Apart::Different
            );
            assert_eq!(
                apart(&slack("a", None), &teams("b", Some(ONE)), policy),
                Apart::CannotTell
            );
            assert_eq!(apart(&slack("a", None), &slack("a", None), policy), Apart::Same);
        }
        assert_eq!(apart(&slack("a", None), &slack("b", None), Members), Apart::Different);
        assert_eq!(apart(&slack("a", None), &slack("b", None), Linked), Apart::CannotTell);
    }

    #[test]
    fn settings_add_to_what_takes_two_and_take_nothing_away() {
        let added = BTreeSet::from([ActionId::UnblockSender]);
        assert_eq!(Approval::of(ActionId::UnblockSender, &added), Approval::Two);
        for action in ActionId::ALL {
            assert!(Approval::of(action, &BTreeSet::new()) >= Approval::least(action));
            assert!(Approval::of(action, &added) >= Approval::least(action));
        }
        assert_eq!(Approval::least(ActionId::ResetPassword), Approval::Two);
        for takes_two in [ActionId::AllowSignIn, ActionId::TemporaryAccessPass, ActionId::ResetMfa] {
            assert_eq!(Approval::least(takes_two), Approval::Two);
        }
        assert_eq!(Approval::least(ActionId::BlockSignIn), Approval::One);
    }

    proptest! {
        /// Whatever is known of two identities: that they are different is never said of one Entra account, nor of one
        /// member, nor across platforms without both accounts; and the answer does not depend on who comes first.
        #[test]
        fn different_is_said_of_two_people_alone(
            (a, b) in (0..3_usize, 0..3_usize),
            (pa, pb) in (0..2_usize, 0..2_usize),
            (ea, eb) in (0..3_usize, 0..3_usize),
            linked in any::<bool>(),
        ) {
            let users = ["u", "v", "w"];
            let platforms = [Platform::Slack, Platform::Discord];
            let accounts = [None, Some(ONE), Some(OTHER)];
            let one = person(platforms[pa], users[a], accounts[ea]);
            let other = person(platforms[pb], users[b], accounts[eb]);
            let policy = if linked { Approvers::Linked } else { Approvers::Members };
            let found = apart(&one, &other, policy);
            prop_assert_eq!(found, apart(&other, &one, policy));
            if found == Apart::Different {
                prop_assert!(one.identity != other.identity);
                prop_assert!(one.entra.is_none() || one.entra != other.entra);
                let known = one.entra.is_some() && other.entra.is_some();
                prop_assert!(known || (!linked && pa == pb));
            }
        }
    }
}
