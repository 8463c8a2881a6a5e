//! Groups and roles of Entra as grants know them: looked up when somebody does something, noted beside the person for as
//! long as that is decided, and never believed from anywhere else.

use super::{Access, Denial};
use crate::chat::Person;
use crate::tenant::account::{Memberships, ObjectId};
use crate::tenant::{Tenant, TenantError};

/// What is noted among a person's roles begins so. No platform's role id does: those hold letters and digits alone.
const NOTED: &str = "latchkey:member:";

/// Stands there where it could not be looked up.
const UNREADABLE: &str = "latchkey:member:unreadable";

/// Something that somebody is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing<'a> {
    /// A member of this group.
    InGroup(&'a ObjectId),
    /// A holder of this directory role.
    HoldsRole(&'a ObjectId),
}

impl Standing<'_> {
    /// Whether this was found of the person.
    pub(super) fn is_of(self, person: &Person) -> bool {
        person.roles.contains(&self.note())
    }

    fn note(self) -> String {
        match self {
            Self::InGroup(id) => format!("{NOTED}group:{id}"),
            Self::HoldsRole(id) => format!("{NOTED}role:{id}"),
        }
    }
}

/// Takes away whatever a person brought along that only [`Access::recognise_member`] may note.
pub(super) fn forget(person: &mut Person) {
    person.roles.retain(|role| !role.starts_with(NOTED));
}

/// Why nothing is known of the person's groups and roles, where that is so.
pub(super) fn unreadable(person: &Person) -> Option<Denial> {
    person.roles.contains(UNREADABLE).then_some(Denial::CannotTellMember)
}

impl Access {
    /// The person with the groups and roles of Entra that they are in now, where any grant is for those. To be asked once
    /// for each event, after [`Access::recognise`]. Where they can't be read, grants to groups and roles don't hold.
    pub async fn recognise_member(&self, tenant: &Tenant, person: Person) -> Person {
        let mut person = person;
        forget(&mut person);
        if !self.grants.are_for_members() {
            return person;
        }
        let Some(id) = person.entra.as_deref().and_then(ObjectId::parse) else {
            return person;
        };
        match tenant.memberships(&id).await {
            Ok(Memberships { groups, roles, .. }) => {
                person
                    .roles
                    .extend(groups.iter().map(|id| Standing::InGroup(id).note()));
                person
                    .roles
                    .extend(roles.iter().map(|id| Standing::HoldsRole(id).note()));
            }
            // Whoever is gone from the directory is in no group.
            Err(TenantError::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(error = %error, "the groups and roles of somebody could not be read");
                person.roles.insert(UNREADABLE.to_owned());
            }
        }
        person
    }
}
