//! How people are reached apart from their account: their manager, and the address that they registered.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::query::{Query, Rows, Spec, Store};
use super::users::{may_read_users, method_id, person};
use crate::tenant::simulator::answer::{Answer, graph_error};
use crate::tenant::simulator::call::Call;
use crate::tenant::simulator::directory::Method;
use crate::tenant::simulator::world::World;

/// `GET /users/{id}/manager`. Somebody without one is a 404, as is somebody who does not exist.
pub(super) fn manager(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    may_read_users(world)?;
    let spec = Spec {
        entity: "microsoft.graph.directoryObject",
        context: "directoryObjects",
        options: &["$select"],
        // The properties of what is selected here are those of a directory object, not of a user.
        properties: &["id", "deletedDateTime"],
        filters: &[],
        store: Store::Directory,
    };
    let query = Query::read(call, &spec)?;
    let found = person(world, id)?
        .manager
        .as_deref()
        .and_then(|manager| world.person(manager));
    let Some(manager) = found else {
        let text =
            "Resource 'manager' does not exist or one of its queried reference-property objects are not present.";
        return Err(graph_error(StatusCode::NOT_FOUND, "Request_ResourceNotFound", text));
    };
    let mut shown = query.entity(call, &spec, &json!({"id": manager.id}), None);
    shown["@odata.type"] = json!("#microsoft.graph.user");
    Ok(Answer::ok(shown))
}

/// `GET /users/{id}/authentication/emailMethods`.
pub(super) fn email_methods(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    if !world.may(&[
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ]) {
        return Err(graph_error(
            StatusCode::FORBIDDEN,
            "accessDenied",
            "Request Authorization failed",
        ));
    }
    let spec = Spec {
        entity: "microsoft.graph.emailAuthenticationMethod",
        context: &format!("users('{id}')/authentication/emailMethods"),
        options: &[],
        properties: &[],
        filters: &[],
        store: Store::Other,
    };
    let query = Query::read(call, &spec)?;
    let owner = person(world, id)?;
    let all: Vec<Value> = owner
        .methods
        .iter()
        .filter(|method| **method == Method::Email)
        .map(|method| json!({"id": method_id(owner, *method), "emailAddress": owner.registered_mail}))
        .collect();
    let rows = Rows {
        all: &all,
        usual: None,
        page_size: world.page_size,
    };
    Ok(Answer::ok(query.page(call, &spec, rows)))
}
