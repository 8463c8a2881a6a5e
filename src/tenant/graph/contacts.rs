//! How an account's owner is reached apart from the account itself: addresses that the directory knows, their language,
//! and who their manager is.

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::ObjectId;
use crate::tenant::error::TenantError;

const WHAT: &str = "the account's other addresses";
const MANAGER: &str = "the account's manager";
const REGISTERED: &str = "the account's registered address";

/// What the directory knows of how somebody is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The language that they prefer, as a tag such as `el-GR`.
    pub language: Option<String>,
    /// Addresses outside of the tenant.
    pub other_mails: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    preferred_language: Option<String>,
    other_mails: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Manager {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EmailMethod {
    email_address: Option<String>,
}

impl Graph {
    /// The language and the other addresses of an account.
    pub(in crate::tenant) async fn contact(&self, id: &ObjectId) -> Result<Contact, TenantError> {
        let user: User = self
            .get(&Read {
                operation: "graph.contacts.get",
                what: WHAT,
                path: &format!("users/{id}"),
                query: &[("$select", "preferredLanguage,otherMails")],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(Contact {
            language: user.preferred_language.filter(|language| !language.is_empty()),
            other_mails: user.other_mails.unwrap_or_default(),
        })
    }

    /// The object id of the account's manager, if it has one.
    pub(in crate::tenant) async fn manager(&self, id: &ObjectId) -> Result<Option<ObjectId>, TenantError> {
        let found: Result<Manager, TenantError> = self
            .get(&Read {
                operation: "graph.contacts.manager",
                what: MANAGER,
                path: &format!("users/{id}/manager"),
                query: &[("$select", "id")],
                consistency: Consistency::Current,
            })
            .await;
        match found {
            Ok(manager) => ObjectId::parse(&manager.id)
                .map(Some)
                .ok_or_else(|| TenantError::unintelligible(MANAGER, "its id is no GUID")),
            Err(TenantError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The addresses that are registered for proving who one is. Microsoft allows one.
    pub(in crate::tenant) async fn registered_mail(&self, id: &ObjectId) -> Result<Vec<String>, TenantError> {
        let methods: Vec<EmailMethod> = self
            .list(&Read {
                operation: "graph.contacts.registered",
                what: REGISTERED,
                path: &format!("users/{id}/authentication/emailMethods"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(methods.into_iter().filter_map(|method| method.email_address).collect())
    }
}
