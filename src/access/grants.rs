//! Grants: immutable identities and the actions that they may run.

use std::collections::BTreeSet;

use super::links::BY_DEVICE_CODE;
use crate::chat::{ActionId, Identity, Person, Platform};
use crate::settings::{Grant, Grantee};
use crate::tenant::account::{Account, ObjectId};

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
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Chat(Identity),
    Entra(ObjectId),
}

impl Rule {
    fn is_for(&self, person: &Person) -> bool {
        let named = match &self.who {
            Who::Chat(identity) => *identity == person.identity,
            Who::Entra(id) => {
                person.entra.as_deref().and_then(ObjectId::parse).as_ref() == Some(id)
                    && !person.roles.contains(BY_DEVICE_CODE)
            }
        };
        named && (self.roles.is_empty() || !self.roles.is_disjoint(&person.roles))
    }

    /// Whether the account is one of those that the grant is for. What signs in under another domain is not, whatever
    /// aliases it has.
    fn reaches(&self, account: &Account) -> bool {
        let domain = account.upn.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        self.domains.is_empty() || domain.is_some_and(|domain| self.domains.contains(&domain))
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
            let domains = grant.domains.iter().map(|domain| domain.to_lowercase()).collect();
            if let (Some(who), Some(actions)) = (who, actions) {
                let roles = grant.roles.iter().cloned().collect();
                grants.push(Rule {
                    who,
                    actions,
                    domains,
                    roles,
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
    pub fn reach(&self, person: &Person, action: ActionId, account: &Account) -> bool {
        self.0
            .iter()
            .any(|rule| rule.is_for(person) && rule.actions.contains(&action) && rule.reaches(account))
    }

    /// Every grant.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.0
    }

    /// Whether a grant names anybody by an Entra id.
    pub fn name_entra(&self) -> bool {
        self.0.iter().any(|given| matches!(given.who, Who::Entra(_)))
    }

    /// The Entra object ids of everybody whom a grant names by one.
    pub fn named(&self) -> BTreeSet<&ObjectId> {
        self.0
            .iter()
            .filter_map(|rule| match &rule.who {
                Who::Entra(id) => Some(id),
                Who::Chat(_) => None,
            })
            .collect()
    }

    /// Whether a grant names this account as an administrator.
    pub fn names_account(&self, id: &ObjectId) -> bool {
        self.named().contains(id)
    }
}

fn who(grantee: &Grantee, key: &str, faults: &mut Vec<GrantFault>) -> Option<Who> {
    match grantee {
        Grantee::Entra(id) => ObjectId::parse(id).map(Who::Entra).or_else(|| {
            let what = format!("`{id}` is not an Entra object id: write the account's GUID");
            faults.push(GrantFault {
                key: format!("{key}.entra"),
                what,
            });
            None
        }),
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
        let grants = Grants::read(
            &[Grant {
                who,
                actions: vec!["unblock-sender".into()],
                domains: Vec::new(),
                roles: Vec::new(),
            }],
            &mut faults,
        );
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
        let narrowed = Grant {
            who: Grantee::Chat {
                platform: "slack".into(),
                scope: "T1".into(),
                user: "U1".into(),
            },
            actions: vec!["unblock-sender".into()],
            domains: Vec::new(),
            roles: vec!["R1".into(), "R2".into()],
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
        let faulty = Grant {
            who: Grantee::Chat {
                platform: "slak".into(),
                scope: "T1".into(),
                user: "U1".into(),
            },
            actions: vec!["unblock-sender".into(), "reset".into()],
            domains: Vec::new(),
            roles: Vec::new(),
        };
        let grants = Grants::read(&[faulty], &mut faults);
        let keys: Vec<_> = faults.iter().map(|f| f.key.as_str()).collect();
        assert_eq!(keys, ["access.grants[0].platform", "access.grants[0].actions[1]"]);
        assert!(grants.of(&person("T1", "U1", None)).is_empty());
    }
}
