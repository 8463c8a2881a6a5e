//! Grants: immutable identities, or groups and roles of Entra, and the actions that they may run.

use std::collections::BTreeSet;

use super::links::BY_DEVICE_CODE;
use super::members::Standing;
use crate::chat::{ActionId, Identity, Person, Platform};
use crate::settings::{Grant, Grantee};
use crate::tenant::account::{Account, Memberships, ObjectId};

/// What is wrong with a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFault {
    /// The key in the settings, such as `access.grants[0].actions[1]`.
    pub key: String,
    /// What is wrong, and how to mend it.
    pub what: String,
}

/// All grants.
#[derive(Debug, Clone, Default)]
pub struct Grants(Vec<Rule>);

/// One grant, read.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) who: Who,
    pub(super) actions: BTreeSet<ActionId>,
    /// In lower case; none means everywhere.
    pub(super) domains: BTreeSet<String>,
    /// One of these must be held as well, where there are any.
    pub(super) roles: BTreeSet<String>,
    /// The account must be in one of these groups, where there are any.
    pub(super) groups: BTreeSet<ObjectId>,
    /// And in one of these administrative units.
    pub(super) units: BTreeSet<ObjectId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Chat(Identity),
    Entra(ObjectId),
    Group(ObjectId),
    Role(ObjectId),
}

impl Rule {
    fn is_for(&self, person: &Person) -> bool {
        let proved = !person.roles.contains(BY_DEVICE_CODE);
        let named = match &self.who {
            Who::Chat(identity) => *identity == person.identity,
            Who::Entra(id) => proved && person.entra.as_deref().and_then(ObjectId::parse).as_ref() == Some(id),
            Who::Group(id) => proved && Standing::InGroup(id).is_of(person),
            Who::Role(id) => proved && Standing::HoldsRole(id).is_of(person),
        };
        named && (self.roles.is_empty() || !self.roles.is_disjoint(&person.roles))
    }

    /// Whether the account is one of those that the grant is for. What signs in under another domain is not, whatever
    /// aliases it has.
    fn reaches(&self, account: &Account, of: &Memberships) -> bool {
        let domain = account.upn.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let by_domain = self.domains.is_empty() || domain.is_some_and(|domain| self.domains.contains(&domain));
        let by_group = self.groups.is_empty() || !self.groups.is_disjoint(&of.groups);
        let by_unit = self.units.is_empty() || !self.units.is_disjoint(&of.units);
        by_domain && by_group && by_unit
    }
}

impl Grants {
    /// Reads grants, adding what is wrong to `faults`. A grant with a fault grants nothing.
    pub fn read(settings: &[Grant], faults: &mut Vec<GrantFault>) -> Self {
        let mut grants = Vec::new();
        for (index, grant) in settings.iter().enumerate() {
            let key = format!("access.grants[{index}]");
            let who = who(&grant.who, &key, faults);
            let actions = actions(&grant.actions, &key, faults);
            let groups = ids(&grant.groups, &format!("{key}.target_groups"), faults);
            let units = ids(&grant.units, &format!("{key}.administrative_units"), faults);
            if let (Some(who), Some(actions), Some(groups), Some(units)) = (who, actions, groups, units) {
                grants.push(Rule {
                    who,
                    actions,
                    domains: grant.domains.iter().map(|domain| domain.to_lowercase()).collect(),
                    roles: grant.roles.iter().cloned().collect(),
                    groups,
                    units,
                });
            }
        }
        Self(grants)
    }

    /// The actions that any grant gives this person, on whatever accounts.
    pub fn of(&self, person: &Person) -> BTreeSet<ActionId> {
        let own = self.0.iter().filter(|rule| rule.is_for(person));
        own.flat_map(|rule| rule.actions.iter().copied()).collect()
    }

    /// Whether a grant gives this person this action on this account.
    pub fn reach(&self, person: &Person, action: ActionId, (account, of): (&Account, &Memberships)) -> bool {
        self.0
            .iter()
            .any(|rule| rule.is_for(person) && rule.actions.contains(&action) && rule.reaches(account, of))
    }

    /// Whether what an account is a member of makes a difference to any grant.
    pub fn ask_for_memberships(&self) -> bool {
        self.are_for_members()
            || self
                .0
                .iter()
                .any(|rule| !(rule.groups.is_empty() && rule.units.is_empty()))
    }

    /// Whether any grant is for a group's members or a role's holders.
    pub fn are_for_members(&self) -> bool {
        self.0
            .iter()
            .any(|rule| matches!(rule.who, Who::Group(_) | Who::Role(_)))
    }

    /// Whether these memberships make somebody an administrator.
    pub fn name_member(&self, of: &Memberships) -> bool {
        self.0.iter().any(|rule| match &rule.who {
            Who::Group(id) => of.groups.contains(id),
            Who::Role(id) => of.roles.contains(id),
            Who::Chat(_) | Who::Entra(_) => false,
        })
    }

    /// Whether a grant names somebody by what they are in a chat.
    pub fn names_identity(&self, identity: &Identity) -> bool {
        self.0
            .iter()
            .any(|rule| matches!(&rule.who, Who::Chat(named) if named == identity))
    }

    /// Every grant.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.0
    }

    /// Whether a grant names anybody by an id of Entra.
    pub fn name_entra(&self) -> bool {
        self.0.iter().any(|given| !matches!(given.who, Who::Chat(_)))
    }

    /// The Entra object ids of everybody whom a grant names by one.
    pub fn named(&self) -> BTreeSet<&ObjectId> {
        self.0
            .iter()
            .filter_map(|rule| match &rule.who {
                Who::Entra(id) => Some(id),
                Who::Chat(_) | Who::Group(_) | Who::Role(_) => None,
            })
            .collect()
    }

    /// Whether a grant names this account as an administrator.
    pub fn names_account(&self, id: &ObjectId) -> bool {
        self.named().contains(id)
    }
}

fn who(grantee: &Grantee, key: &str, faults: &mut Vec<GrantFault>) -> Option<Who> {
    let mut id = |id: &str, name: &str, make: fn(ObjectId) -> Who| {
        ObjectId::parse(id).map(make).or_else(|| {
            faults.push(GrantFault {
                key: format!("{key}.{name}"),
                what: format!("`{id}` is not an id of Entra: write the GUID"),
            });
            None
        })
    };
    match grantee {
        Grantee::Entra(account) => id(account, "entra", Who::Entra),
        Grantee::Group(group) => id(group, "group", Who::Group),
        Grantee::Role(role) => id(role, "role", Who::Role),
        Grantee::Chat { platform, scope, user } => match platform.parse::<Platform>() {
            Ok(platform) => Some(Who::Chat(Identity {
                platform,
                scope: scope.clone(),
                user: user.clone(),
            })),
            Err(_) => {
                let what = format!("`{platform}` is not a platform: write teams, slack or discord");
                faults.push(GrantFault {
                    key: format!("{key}.platform"),
                    what,
                });
                None
            }
        },
    }
}

fn ids(texts: &[String], key: &str, faults: &mut Vec<GrantFault>) -> Option<BTreeSet<ObjectId>> {
    let before = faults.len();
    let mut ids = BTreeSet::new();
    for (index, text) in texts.iter().enumerate() {
        match ObjectId::parse(text) {
            Some(id) => {
                ids.insert(id);
            }
            None => faults.push(GrantFault {
                key: format!("{key}[{index}]"),
                what: format!("`{text}` is not an id of Entra: write the GUID"),
            }),
        }
    }
    (faults.len() == before).then_some(ids)
}

fn actions(names: &[String], key: &str, faults: &mut Vec<GrantFault>) -> Option<BTreeSet<ActionId>> {
    let before = faults.len();
    let known = ActionId::ALL.map(ActionId::name).join(", ");
    let mut actions = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        match name.parse() {
            Ok(action) => {
                actions.insert(action);
            }
            Err(_) => faults.push(GrantFault {
                key: format!("{key}.actions[{index}]"),
                what: format!("`{name}` is not an action: write one of {known}"),
            }),
        }
    }
    (faults.len() == before).then_some(actions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(scope: &str, user: &str, entra: Option<&str>) -> Person {
        Person {
            identity: Identity {
                platform: Platform::Slack,
                scope: scope.into(),
                user: user.into(),
            },
            name: "Ana".into(),
            entra: entra.map(Into::into),
            account: None,
            suggestion: None,
            roles: std::collections::BTreeSet::new(),
        }
    }

    fn grants(who: Grantee) -> Grants {
        let mut faults = Vec::new();
        let grants = Grants::read(&[Grant::new(who, &["unblock-sender"])], &mut faults);
        assert_eq!(faults, []);
        grants
    }

    #[test]
    fn the_same_user_id_in_another_team_has_no_grant() {
        let grants = grants(Grantee::Chat {
            platform: "slack".into(),
            scope: "T1".into(),
            user: "U1".into(),
        });
        assert!(grants.of(&person("T1", "U1", None)).contains(&ActionId::UnblockSender));
        assert!(grants.of(&person("T2", "U1", None)).is_empty());
        assert!(grants.of(&person("T1", "U2", None)).is_empty());
    }

    #[test]
    fn an_entra_grant_needs_an_entra_identity_that_the_platform_vouches_for() {
        let id = "11111111-2222-3333-4444-555555555555";
        let grants = grants(Grantee::Entra(id.to_uppercase()));
        assert!(grants.of(&person("T1", id, None)).is_empty());
        assert!(!grants.of(&person("T1", "U1", Some(id))).is_empty());
    }

    #[test]
    fn roles_narrow_a_grant_and_give_none() {
        let mut faults = Vec::new();
        let who = Grantee::Chat {
            platform: "slack".into(),
            scope: "T1".into(),
            user: "U1".into(),
        };
        let narrowed = Grant {
            roles: vec!["R1".into(), "R2".into()],
            ..Grant::new(who, &["unblock-sender"])
        };
        let grants = Grants::read(&[narrowed], &mut faults);
        let with = |user: &str, roles: &[&str]| Person {
            roles: roles.iter().map(ToString::to_string).collect(),
            ..person("T1", user, None)
        };
        assert!(grants.of(&with("U1", &[])).is_empty());
        assert!(grants.of(&with("U1", &["R3"])).is_empty());
        assert!(!grants.of(&with("U1", &["R3", "R2"])).is_empty());
        assert!(
            grants.of(&with("U2", &["R1", "R2"])).is_empty(),
            "a role alone gives nothing"
        );
    }

    #[test]
    fn every_fault_is_named_and_a_faulty_grant_grants_nothing() {
        let mut faults = Vec::new();
        let who = Grantee::Chat {
            platform: "slak".into(),
            scope: "T1".into(),
            user: "U1".into(),
        };
        let faulty = Grant::new(who, &["unblock-sender", "reset"]);
        let grants = Grants::read(&[faulty], &mut faults);
        let keys: Vec<_> = faults.iter().map(|f| f.key.as_str()).collect();
        assert_eq!(keys, ["access.grants[0].platform", "access.grants[0].actions[1]"]);
        assert!(grants.of(&person("T1", "U1", None)).is_empty());
    }
}
