//! People of contoso.com, as Graph describes them, and the targets that ask for them.

use latchkey::tenant::account::ObjectId;
use serde_json::{Value, json};

pub const ELENI: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub const NIKOS: &str = "aaaaaaaa-0000-4000-8000-000000000002";

const SELECT: &str = "$select=id,displayName,userPrincipalName,mail,proxyAddresses,accountEnabled,\
                      lastPasswordChangeDateTime,onPremisesSyncEnabled,userType,signInSessionsValidFromDateTime";

pub fn id(text: &str) -> ObjectId {
    ObjectId::parse(text).unwrap()
}

pub fn eleni() -> Value {
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
        "id": ELENI,
        "displayName": "Ελένη Παππά",
        "userPrincipalName": "eleni@contoso.com",
        "mail": "eleni@contoso.com",
        "proxyAddresses": ["SMTP:eleni@contoso.com", "smtp:sales@contoso.com"],
        "accountEnabled": true,
        "lastPasswordChangeDateTime": "2026-11-01T08:00:00Z",
        "onPremisesSyncEnabled": null,
        "userType": "Member",
        "signInSessionsValidFromDateTime": "2026-11-02T08:00:00Z"
    })
}

pub fn nikos() -> Value {
    json!({
        "id": NIKOS,
        "displayName": "Nikos",
        "userPrincipalName": "nikos@contoso.com",
        "mail": "nikos@contoso.com",
        "proxyAddresses": ["SMTP:nikos@contoso.com", "smtp:sales@contoso.com"],
        "accountEnabled": false,
        "onPremisesSyncEnabled": true,
        "userType": "Guest"
    })
}

/// `users/<who>?$select=…`, `who` as it is written in a path.
pub fn user(who: &str) -> String {
    format!("users/{who}?{SELECT}")
}

/// `users(<literal>)?$select=…`
pub fn user_in_parentheses(literal: &str) -> String {
    format!("users({literal})?{SELECT}")
}

/// The search for an address, `plain` as it is written in a query.
pub fn search(plain: &str) -> String {
    format!(
        "users?$filter=mail%20eq%20%27{plain}%27%20or%20userPrincipalName%20eq%20%27{plain}%27%20or%20\
         proxyAddresses%2Fany%28p%3Ap%20eq%20%27smtp%3A{plain}%27%29&$count=true&{SELECT}"
    )
}

pub fn list(items: &[Value]) -> Value {
    json!({"value": items})
}
