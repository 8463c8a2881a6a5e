//! Privilege: the roles an account has, could take, or has through a group.

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::{Memberships, ObjectId, Privilege};
use crate::tenant::error::TenantError;
use crate::tenant::wire;

const WHAT: &str = "the account's roles";

/// The built-in roles by their ids, which are the same in every tenant.
/// Source: "Microsoft Entra built-in roles". Others are shown by id.
const BUILT_IN: [(&str, &str); 16] = [
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    (
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
        "Privileged Authentication Administrator",
    ),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    (
        "b1be1c3e-5b65-4f19-8427-f6fa0d97feb9",
        "Conditional Access Administrator",
    ),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    (
        "158c047a-c907-4556-b7ef-446551a6b5f7",
        "Cloud Application Administrator",
    ),
    ("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator"),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator"),
    ("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a26ee74c4ed4", "Global Reader"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Membership {
    id: String,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
    display_name: Option<String>,
    is_assignable_to_role: Option<bool>,
    role_template_id: Option<String>,
}

const ROLE_TYPE: &str = "#microsoft.graph.directoryRole";
const GROUP_TYPE: &str = "#microsoft.graph.group";
const UNIT_TYPE: &str = "#microsoft.graph.administrativeUnit";

/// An assignment of a role, active or eligible.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    role_definition_id: Option<String>,
}

/// A group that the account could become a member of by itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupEligibility {
    group_id: Option<String>,
}

impl Graph {
    /// What makes the account privileged. Anything that can't be read is an error: nobody is unprivileged by default.
    pub(in crate::tenant) async fn privilege(&self, id: &ObjectId) -> Result<Privilege, TenantError> {
        let (roles, scoped, memberships, owned, eligible, groups) = tokio::join!(
            self.active_roles(id),
            self.assigned_roles(id),
            self.memberships(id),
            self.owned_groups(id),
            self.eligible_roles(id),
            self.eligible_groups(id),
        );
        let mut privilege = Privilege {
            active: roles?,
            eligible: eligible?,
            groups: groups?,
        };
        for role in scoped? {
            push(&mut privilege.active, role);
        }
        for group in owned? {
            // Who owns such a group can put anybody into it.
            if told(&group)? && group.is_assignable_to_role == Some(true) {
                push(&mut privilege.groups, group.shown());
            }
        }
        for membership in memberships? {
            let is_role = membership.kind.as_deref() == Some(ROLE_TYPE);
            // No role is given through an administrative unit.
            if membership.kind.as_deref() == Some(UNIT_TYPE) {
                continue;
            }
            if !is_role {
                told(&membership)?;
            }
            let gives_role = membership.is_assignable_to_role == Some(true);
            let into = match (is_role, gives_role) {
                (true, _) => &mut privilege.active,
                (false, true) => &mut privilege.groups,
                (false, false) => continue,
            };
            push(into, membership.shown());
        }
        Ok(privilege)
    }

    /// The groups, active directory roles and administrative units that the account is in, through other groups too.
    pub(in crate::tenant) async fn memberships_of(&self, id: &ObjectId) -> Result<Memberships, TenantError> {
        let mut found = Memberships::default();
        for membership in self.memberships(id).await? {
            let into = match membership.kind.as_deref() {
                Some(GROUP_TYPE) => &mut found.groups,
                Some(UNIT_TYPE) => &mut found.units,
                Some(ROLE_TYPE) => {
                    // Which role it is stands in its template; without leave to read roles there is none.
                    let template = membership.role_template_id.ok_or_else(|| TenantError::Denied {
                        what: WHAT.to_owned(),
                        code: "roleTemplateId".to_owned(),
                        message: "left empty: the bot needs RoleManagement.Read.Directory".to_owned(),
                    })?;
                    found.roles.extend(ObjectId::parse(&template));
                    continue;
                }
                _ => continue,
            };
            into.extend(ObjectId::parse(&membership.id));
        }
        Ok(found)
    }

    async fn active_roles(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        let roles: Vec<Membership> = self
            .list(&Read {
                operation: "graph.roles.active",
                what: WHAT,
                path: &format!("users/{id}/transitiveMemberOf/microsoft.graph.directoryRole"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        let mut names = Vec::new();
        for role in roles {
            push(&mut names, role.shown());
        }
        Ok(names)
    }

    async fn memberships(&self, id: &ObjectId) -> Result<Vec<Membership>, TenantError> {
        self.list(&Read {
            operation: "graph.roles.groups",
            what: WHAT,
            path: &format!("users/{id}/transitiveMemberOf"),
            query: &[
                ("$select", "id,displayName,isAssignableToRole,roleTemplateId"),
                ("$top", "999"),
            ],
            consistency: Consistency::Current,
        })
        .await
    }

    /// Roles that are given to the account itself, those for one administrative unit alone included: a membership list
    /// does not show these.
    async fn assigned_roles(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        let found: Vec<Assignment> = self
            .list(&Read {
                operation: "graph.roles.assigned",
                what: WHAT,
                path: "roleManagement/directory/roleAssignments",
                query: &[("$filter", &format!("principalId eq '{id}'"))],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(names(found))
    }

    async fn owned_groups(&self, id: &ObjectId) -> Result<Vec<Membership>, TenantError> {
        self.list(&Read {
            operation: "graph.roles.owned",
            what: WHAT,
            path: &format!("users/{id}/ownedObjects/microsoft.graph.group"),
            query: &[("$select", "id,displayName,isAssignableToRole"), ("$top", "999")],
            consistency: Consistency::Current,
        })
        .await
    }

    async fn eligible_roles(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        let found: Result<Vec<Assignment>, TenantError> = self
            .list(&Read {
                operation: "graph.roles.eligible",
                what: WHAT,
                path: "roleManagement/directory/roleEligibilityScheduleInstances",
                query: &[("$filter", &format!("principalId eq '{id}'"))],
                consistency: Consistency::Current,
            })
            .await;
        Ok(names(without_licence(found)?))
    }

    /// Groups that the account may enter whenever it likes. Entra manages none in this way but those that matter.
    async fn eligible_groups(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        let found: Result<Vec<GroupEligibility>, TenantError> = self
            .list(&Read {
                operation: "graph.roles.eligible_groups",
                what: WHAT,
                path: "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
                query: &[("$filter", &format!("principalId eq '{id}'"))],
                consistency: Consistency::Current,
            })
            .await;
        let mut groups = Vec::new();
        for found in without_licence(found)? {
            push(&mut groups, wire::tidy(found.group_id.as_deref().unwrap_or("?")));
        }
        Ok(groups)
    }
}

/// Without the licence for eligible roles and groups there are none: Entra removes them when it ends.
fn without_licence<T>(found: Result<Vec<T>, TenantError>) -> Result<Vec<T>, TenantError> {
    match found {
        Err(TenantError::NotLicensed { .. }) => Ok(Vec::new()),
        other => other,
    }
}

fn names(assignments: Vec<Assignment>) -> Vec<String> {
    let mut names = Vec::new();
    for assignment in assignments {
        push(
            &mut names,
            role_name(assignment.role_definition_id.as_deref().unwrap_or("?")),
        );
    }
    names
}

/// Without GroupMember.Read.All a group comes with its id alone: whether it gives a role is not told.
fn told(group: &Membership) -> Result<bool, TenantError> {
    if group.display_name.is_some() {
        return Ok(true);
    }
    Err(TenantError::Denied {
        what: WHAT.to_owned(),
        code: "isAssignableToRole".to_owned(),
        message: "left empty: the bot needs GroupMember.Read.All".to_owned(),
    })
}

impl Membership {
    fn shown(self) -> String {
        self.display_name.filter(|name| !name.is_empty()).unwrap_or(self.id)
    }
}

fn push(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}

fn role_name(id: &str) -> String {
    BUILT_IN
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(id))
        .map_or_else(|| wire::tidy(id), |(_, name)| (*name).to_owned())
}
