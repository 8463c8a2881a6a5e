//! What an account let applications do in its name.

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::{Consent, ObjectId};
use crate::tenant::error::TenantError;
use crate::tenant::wire;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    id: String,
    client_id: Option<String>,
    consent_type: Option<String>,
    scope: Option<String>,
}

impl Graph {
    /// The consents that the account gave itself. Those that an administrator gave for everybody are not its own.
    pub(in crate::tenant) async fn consents(&self, id: &ObjectId) -> Result<Vec<Consent>, TenantError> {
        let grants: Vec<Grant> = self
            .list(&Read {
                operation: "graph.consents.list",
                what: "the applications that the account let in",
                path: &format!("users/{id}/oauth2PermissionGrants"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(grants
            .into_iter()
            .filter(|grant| grant.consent_type.as_deref() != Some("AllPrincipals"))
            .map(|grant| Consent {
                id: grant.id,
                application: wire::tidy(grant.client_id.as_deref().unwrap_or("?")),
                scopes: grant
                    .scope
                    .unwrap_or_default()
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
            })
            .collect())
    }

    /// Takes a consent back.
    pub(in crate::tenant) async fn revoke_consent(&self, consent: &Consent) -> Result<(), TenantError> {
        let path = format!("oauth2PermissionGrants/{}", wire::encode(&consent.id));
        self.delete(&path, ("graph.consents.delete", "the removal of a consent"))
            .await
    }
}
