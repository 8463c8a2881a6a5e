//! Accounts: read by id or user principal name, and found by any address they have.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Consistency, Graph, Read};
use crate::tenant::account::{Account, Kind, ObjectId, SignIn};
use crate::tenant::error::{FindError, TenantError};
use crate::tenant::wire;

const WHAT: &str = "the account";

const SELECT: &str = "id,displayName,userPrincipalName,mail,proxyAddresses,accountEnabled,lastPasswordChangeDateTime,\
                      onPremisesSyncEnabled,userType,signInSessionsValidFromDateTime";

/// Longer than any address that there can be, guests' long names included.
const LONGEST_ADDRESS: usize = 320;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    display_name: Option<String>,
    user_principal_name: Option<String>,
    mail: Option<String>,
    proxy_addresses: Option<Vec<String>>,
    account_enabled: Option<bool>,
    last_password_change_date_time: Option<String>,
    on_premises_sync_enabled: Option<bool>,
    user_type: Option<String>,
    sign_in_sessions_valid_from_date_time: Option<String>,
}

impl Graph {
    /// The account with this id.
    pub(in crate::tenant) async fn account(&self, id: &ObjectId) -> Result<Account, TenantError> {
        let account = self.user(&format!("users/{id}")).await?;
        if account.id == *id {
            Ok(account)
        } else {
            Err(TenantError::unintelligible(WHAT, "it is about another account"))
        }
    }

    /// The one account with this id or address.
    ///
    /// A hit by user principal name is not enough: were the same address somebody else's alias, whoever can give
    /// themselves an alias could have the wrong account chosen. So all are counted, and two are too many.
    pub(in crate::tenant) async fn find(&self, address: &str) -> Result<Account, FindError> {
        let address = address.trim();
        if let Some(id) = ObjectId::parse(address) {
            return match self.account(&id).await {
                Err(TenantError::NotFound { .. }) => Err(FindError::NotFound),
                other => Ok(other?),
            };
        }
        if !is_address(address) {
            return Err(FindError::NotFound);
        }
        // The index behind the search lags, so the directory is asked directly too.
        let (direct, listed) = tokio::join!(self.by_principal_name(address), self.by_address(address));
        let mut hits = BTreeMap::new();
        for account in direct?.into_iter().chain(listed?) {
            hits.entry(account.id.clone()).or_insert(account);
        }
        let mut hits: Vec<Account> = hits.into_values().collect();
        match (hits.pop(), hits.len()) {
            (None, _) => Err(FindError::NotFound),
            // An answer about somebody else is no answer.
            (Some(account), 0) if has(&account, address) => Ok(account),
            (Some(_), 0) => Err(FindError::NotFound),
            (Some(_), others) => Err(FindError::Ambiguous(others + 1)),
        }
    }

    async fn by_principal_name(&self, name: &str) -> Result<Option<Account>, TenantError> {
        match self.user(&by_name(name)).await {
            Ok(account) => Ok(Some(account)),
            Err(TenantError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn by_address(&self, address: &str) -> Result<Vec<Account>, TenantError> {
        let plain = wire::literal(address);
        let proxy = wire::literal(&format!("smtp:{address}"));
        let filter = format!("mail eq {plain} or userPrincipalName eq {plain} or proxyAddresses/any(p:p eq {proxy})");
        let users: Vec<User> = self
            .list(&Read {
                operation: "graph.users.find",
                what: WHAT,
                path: "users",
                query: &[("$filter", &filter), ("$count", "true"), ("$select", SELECT)],
                consistency: Consistency::Eventual,
            })
            .await?;
        users.into_iter().map(Account::try_from).collect()
    }

    async fn user(&self, path: &str) -> Result<Account, TenantError> {
        self.get::<User>(&Read {
            operation: "graph.users.get",
            what: WHAT,
            path,
            query: &[("$select", SELECT)],
            consistency: Consistency::Current,
        })
        .await?
        .try_into()
    }
}

impl TryFrom<User> for Account {
    type Error = TenantError;

    fn try_from(user: User) -> Result<Self, TenantError> {
        let id = ObjectId::parse(&user.id).ok_or_else(|| TenantError::unintelligible(WHAT, "its id is no GUID"))?;
        let upn = user
            .user_principal_name
            .ok_or_else(|| TenantError::unintelligible(WHAT, "it has no user principal name"))?;
        // With too few permissions Graph leaves properties empty instead of refusing.
        let sign_in = match user.account_enabled {
            Some(true) => SignIn::Allowed,
            Some(false) => SignIn::Blocked,
            None => {
                return Err(TenantError::Denied {
                    what: WHAT.to_owned(),
                    code: "accountEnabled".to_owned(),
                    message: "left empty: the bot needs User.Read.All".to_owned(),
                });
            }
        };
        let proxies = user.proxy_addresses.unwrap_or_default();
        let primary = proxies
            .iter()
            .find_map(|proxy| proxy.strip_prefix("SMTP:"))
            .map(str::to_owned)
            .or(user.mail.filter(|mail| !mail.is_empty()));
        let mut addresses: Vec<String> = primary.iter().map(|mail| mail.to_lowercase()).collect();
        for address in proxies.iter().filter_map(|proxy| smtp(proxy)) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(Self {
            id,
            name: user.display_name.unwrap_or_else(|| upn.clone()),
            upn,
            mail: primary,
            addresses,
            sign_in,
            password_changed: user.last_password_change_date_time.as_deref().and_then(wire::date),
            sessions_valid_from: user
                .sign_in_sessions_valid_from_date_time
                .as_deref()
                .and_then(wire::date),
            synced: user.on_premises_sync_enabled.unwrap_or(false),
            kind: match user.user_type.as_deref() {
                Some(kind) if !kind.eq_ignore_ascii_case("member") => Kind::Guest,
                _ => Kind::Member,
            },
        })
    }
}

/// `smtp:` in any case, taken off; other kinds (`sip:`, `x500:`) are no addresses that people have.
fn smtp(proxy: &str) -> Option<String> {
    let (kind, address) = proxy.split_once(':')?;
    kind.eq_ignore_ascii_case("smtp").then(|| address.to_lowercase())
}

fn has(account: &Account, address: &str) -> bool {
    let address = address.to_lowercase();
    account.upn.to_lowercase() == address || account.addresses.contains(&address)
}

/// Whether it can be an address at all. What can't is not sent: it could only be there to change the request.
fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '/' | '?');
    match text.split_once('@') {
        Some((name, domain)) => {
            !name.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && text.chars().count() <= LONGEST_ADDRESS
                && !text.contains(odd)
        }
        None => false,
    }
}

/// `users/eleni%40contoso.com`; a name that begins with `$` would be read as syntax there, so it goes in parentheses.
fn by_name(name: &str) -> String {
    if name.starts_with('$') {
        format!("users({})", encode_literal(name))
    } else {
        format!("users/{}", wire::encode(name))
    }
}

fn encode_literal(text: &str) -> String {
    // The outer quotes are syntax; what is between them is not.
    format!("'{}'", wire::encode(&text.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_not_become_syntax() {
        assert_eq!(
            by_name("nikos_example.gr#EXT#@contoso.com"),
            "users/nikos_example.gr%23EXT%23%40contoso.com"
        );
        assert_eq!(by_name("o'brien@contoso.com"), "users/o%27brien%40contoso.com");
        assert_eq!(
            by_name("$o'brien@contoso.com"),
            "users('%24o%27%27brien%40contoso.com')"
        );
    }

    #[test]
    fn what_is_no_address_is_not_asked_about() {
        for good in [
            "eleni@contoso.com",
            "o'brien@contoso.com",
            "ελένη@example.gr",
            "$x+y@contoso.com",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "..",
            "eleni",
            "@contoso.com",
            "eleni@",
            "a@b@c",
            "a b@c",
            "a/../b@c",
            "a?$top=1@c",
            "a\n@c",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
        assert!(!is_address(&format!("{}@contoso.com", "a".repeat(400))));
    }

    #[test]
    fn proxies_become_addresses_with_the_primary_first() {
        let user: User = serde_json::from_value(serde_json::json!({
            "id": "AAAAAAAA-0000-4000-8000-000000000001",
            "userPrincipalName": "eleni@contoso.com",
            "accountEnabled": true,
            "mail": "Old@contoso.com",
            "proxyAddresses": ["smtp:Alias@contoso.com", "SMTP:Eleni@contoso.com", "sip:eleni@contoso.com", "odd"],
            "somethingNew": {"x": 1}
        }))
        .unwrap();
        let account = Account::try_from(user).unwrap();
        assert_eq!(account.id.as_str(), "aaaaaaaa-0000-4000-8000-000000000001");
        assert_eq!(account.mail.as_deref(), Some("Eleni@contoso.com"));
        assert_eq!(account.addresses, ["eleni@contoso.com", "alias@contoso.com"]);
        assert_eq!(account.kind, Kind::Member);
    }

    #[test]
    fn an_unknown_sign_in_state_is_not_guessed() {
        let user: User = serde_json::from_value(serde_json::json!({
            "id": "aaaaaaaa-0000-4000-8000-000000000001",
            "userPrincipalName": "eleni@contoso.com",
            "accountEnabled": null
        }))
        .unwrap();
        assert_eq!(Account::try_from(user).unwrap_err().code(), "denied");
    }
}
