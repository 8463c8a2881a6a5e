//! Directory roles and groups: what a user holds now, and what they could activate.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::filter::Operator::{self, Eq, StartsWith};
use super::query::{Query, Rows, Spec, Store};
use super::users::{may_read_users, person};
use crate::tenant::simulator::answer::{
    Answer, bad_request, denied, graph_error, malformed, no_such_object, no_such_path,
};
use crate::tenant::simulator::call::Call;
use crate::tenant::simulator::directory::Person;
use crate::tenant::simulator::people::{ROLES, UNIT};
use crate::tenant::simulator::world::World;

const ROLE_TYPE: &str = "#microsoft.graph.directoryRole";
const GROUP_TYPE: &str = "#microsoft.graph.group";
const UNIT_TYPE: &str = "#microsoft.graph.administrativeUnit";

/// What can be selected of the objects that a user is a member of.
const PROPERTIES: [&str; 14] = [
    "id",
    "deletedDateTime",
    "displayName",
    "description",
    "roleTemplateId",
    "isAssignableToRole",
    "securityEnabled",
    "mailEnabled",
    "mail",
    "mailNickname",
    "groupTypes",
    "visibility",
    "createdDateTime",
    "onPremisesSyncEnabled",
];

/// `GET /users/{id}/transitiveMemberOf`, with or without a cast.
pub(super) fn list(world: &mut World, call: &Call, (id, cast): (&str, Option<&str>)) -> Result<Answer, Answer> {
    may_read_users(world)?;
    let kind = match cast {
        None => None,
        Some("microsoft.graph.directoryRole") => Some(ROLE_TYPE),
        Some("microsoft.graph.group") => Some(GROUP_TYPE),
        Some("microsoft.graph.administrativeUnit") => Some(UNIT_TYPE),
        Some(other) => return Err(no_such_path(other)),
    };
    let spec = Spec {
        entity: cast.unwrap_or("microsoft.graph.directoryObject"),
        context: "directoryObjects",
        options: &["$select", "$filter", "$top", "$count", "$orderby"],
        properties: &PROPERTIES,
        filters: &[
            ("displayName", &[Eq, StartsWith] as &[Operator]),
            ("isAssignableToRole", &[Eq]),
        ],
        store: Store::Directory,
    };
    let query = Query::read(call, &spec)?;
    let eventual = call
        .header("consistencylevel")
        .is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
    if query.filter().is_some() && !(eventual && call.option("$count") == Some("true")) {
        // Filtering what a user is a member of is an advanced query, whatever the filter is.
        return Err(bad_request(
            "The specified filter to the reference property query is currently not supported.",
        ));
    }
    let all: Vec<Value> = member_of(world, person(world, id)?)
        .into_iter()
        .filter(|object| kind.is_none_or(|kind| object["@odata.type"] == kind))
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    let mut page = query.page(call, &spec, rows);
    if kind.is_some() {
        for object in page["value"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            object.remove("@odata.type");
        }
    }
    Ok(Answer::ok(page))
}

/// `GET /roleManagement/directory/roleEligibilityScheduleInstances`.
pub(super) fn eligible(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    may_read_eligibility(world)?;
    let spec = Spec {
        entity: "microsoft.graph.unifiedRoleEligibilityScheduleInstance",
        context: "roleManagement/directory/roleEligibilityScheduleInstances",
        options: &["$select", "$filter", "$top", "$count", "$expand"],
        properties: &[
            "id",
            "principalId",
            "roleDefinitionId",
            "directoryScopeId",
            "appScopeId",
            "startDateTime",
            "endDateTime",
            "memberType",
            "roleEligibilityScheduleId",
        ],
        filters: &[("principalId", &[Eq]), ("roleDefinitionId", &[Eq])],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let expanded = match call.option("$expand") {
        None => false,
        Some("roleDefinition") => true,
        Some(other) => {
            let text = format!("Parsing OData Select and Expand failed: Could not find a property named '{other}'.");
            return Err(malformed(&text));
        }
    };
    let all: Vec<Value> = world
        .people
        .iter()
        .flat_map(|person| instances(person, expanded))
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// `GET /roleManagement/directory/roleDefinitions/{id}`.
pub(super) fn role_definition(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    may_read_eligibility(world)?;
    let spec = Spec {
        entity: "microsoft.graph.unifiedRoleDefinition",
        context: "roleManagement/directory/roleDefinitions",
        options: &["$select"],
        properties: &["id", "displayName", "templateId", "isBuiltIn", "isEnabled"],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let role = ROLES
        .iter()
        .find(|role| role.template == id)
        .ok_or_else(|| no_such_object(id))?;
    let row = json!({
        "id": role.template,
        "displayName": role.name,
        "templateId": role.template,
        "isBuiltIn": true,
        "isEnabled": true,
    });
    Ok(Answer::ok(query.entity(call, &spec, &row, None)))
}

/// `GET /roleManagement/directory/roleAssignments`: with their scope, which a membership list does not show.
pub(super) fn assigned(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    if !world.may(&["RoleManagement.Read.Directory", "Directory.Read.All"]) {
        return Err(denied());
    }
    let spec = Spec {
        entity: "microsoft.graph.unifiedRoleAssignment",
        context: "roleManagement/directory/roleAssignments",
        options: &["$filter", "$top"],
        properties: &[],
        filters: &[("principalId", &[Eq]), ("roleDefinitionId", &[Eq])],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let show = |person: &Person, template: &str, scope: &str| {
        json!({
            "id": format!("{template}-{}", person.id),
            "principalId": person.id,
            "roleDefinitionId": template,
            "directoryScopeId": scope,
            "appScopeId": null,
        })
    };
    let all: Vec<Value> = world
        .people
        .iter()
        .flat_map(|person| {
            let everywhere = person.roles.iter().map(|role| show(person, role.template, "/"));
            let unit = format!("/administrativeUnits/{UNIT}");
            everywhere.chain(person.scoped.iter().map(move |role| show(person, role.template, &unit)))
        })
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// `GET /users/{id}/ownedObjects/microsoft.graph.group`.
pub(super) fn owned(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    may_read_users(world)?;
    let spec = Spec {
        entity: "microsoft.graph.group",
        context: "groups",
        options: &["$select", "$top"],
        properties: &PROPERTIES,
        filters: &[],
        store: Store::Directory,
    };
    let query = Query::read(call, &spec)?;
    let readable = world.may(&["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"]);
    let who = person(world, id)?;
    let mine = world.groups.iter().filter(|group| who.owns.contains(&group.id));
    let all: Vec<Value> = mine
        .map(|group| {
            let object = json!({
                "id": group.id,
                "displayName": group.name,
                "isAssignableToRole": group.assignable_to_role.then_some(true),
            });
            if readable { object } else { limited(&object) }
        })
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// `GET /identityGovernance/privilegedAccess/group/eligibilityScheduleInstances`.
pub(super) fn eligible_groups(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    if !world.may(&["PrivilegedEligibilitySchedule.Read.AzureADGroup"]) {
        return Err(denied());
    }
    let spec = Spec {
        entity: "microsoft.graph.privilegedAccessGroupEligibilityScheduleInstance",
        context: "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
        options: &["$filter", "$top"],
        properties: &[],
        filters: &[("principalId", &[Eq]), ("groupId", &[Eq])],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    if query.filter().is_none() {
        return Err(malformed("The required filters (groupId or principalId) are missing."));
    }
    let all: Vec<Value> = world
        .people
        .iter()
        .flat_map(|person| {
            person.eligible_groups.iter().map(|group| {
                json!({
                    "id": format!("{group}_member_{}", person.id),
                    "principalId": person.id,
                    "groupId": group,
                    "accessId": "member",
                    "memberType": "direct",
                    "startDateTime": "2026-01-12T08:00:00Z",
                    "endDateTime": null,
                })
            })
        })
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}

/// Role management says which scopes it misses, as JSON inside the message.
fn may_read_eligibility(world: &World) -> Result<(), Answer> {
    let any_of = [
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.All",
        "RoleManagement.ReadWrite.Directory",
    ];
    if world.may(&any_of) {
        return Ok(());
    }
    let text = format!(
        "Authorization failed due to missing permission scope {}.",
        any_of.join(",")
    );
    let message = json!({"errorCode": "PermissionScopeNotGranted", "message": text, "instanceAnnotations": []});
    Err(graph_error(StatusCode::FORBIDDEN, "UnknownError", &message.to_string()))
}

/// What the person is a member of. An object of a type that the application may not read is there with its id alone,
/// and the rest of it is null: to take that for "no" would be wrong.
fn member_of(world: &World, person: &Person) -> Vec<Value> {
    let roles = world.may(&["RoleManagement.Read.Directory", "Directory.Read.All"]);
    let groups = world.may(&["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"]);
    let role_objects = person.roles.iter().enumerate().map(|(index, role)| {
        let object = json!({
            "@odata.type": ROLE_TYPE,
            "id": format!("00000000-0000-4000-c000-{:012}", index + 1),
            "deletedDateTime": null,
            "displayName": role.name,
            "description": role.name,
            "roleTemplateId": role.template,
        });
        if roles { object } else { limited(&object) }
    });
    let own_groups = world.groups.iter().filter(|group| person.groups.contains(&group.id));
    let group_objects = own_groups.map(|group| {
        let object = json!({
            "@odata.type": GROUP_TYPE,
            "id": group.id,
            "deletedDateTime": null,
            "displayName": group.name,
            "description": null,
            "isAssignableToRole": group.assignable_to_role.then_some(true),
            "securityEnabled": true,
            "mailEnabled": false,
            "groupTypes": [],
        });
        if groups { object } else { limited(&object) }
    });
    let units = world.may(&["AdministrativeUnit.Read.All", "Directory.Read.All"]);
    let unit_objects = person.units.iter().map(|unit| {
        let object = json!({
            "@odata.type": UNIT_TYPE,
            "id": unit,
            "deletedDateTime": null,
            "displayName": "Athens campus",
            "description": null,
            "visibility": null,
        });
        if units { object } else { limited(&object) }
    });
    role_objects.chain(group_objects).chain(unit_objects).collect()
}

fn limited(object: &Value) -> Value {
    let fields = object.as_object().into_iter().flatten().map(|(name, value)| {
        let kept = name == "id" || name.starts_with('@');
        (name.clone(), if kept { value.clone() } else { Value::Null })
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

fn instances(person: &Person, expanded: bool) -> Vec<Value> {
    let show = |role: &crate::tenant::simulator::directory::Role| {
        let mut instance = json!({
            "id": format!("{}-1-e", role.template),
            "principalId": person.id,
            "roleDefinitionId": role.template,
            "directoryScopeId": "/",
            "appScopeId": null,
            "startDateTime": "2026-01-12T08:00:00Z",
            "endDateTime": null,
            "memberType": "Direct",
            "roleEligibilityScheduleId": format!("{}-schedule", role.template),
        });
        if expanded {
            instance["roleDefinition"] = json!({"id": role.template, "displayName": role.name});
        }
        instance
    };
    person.eligible.iter().map(show).collect()
}
