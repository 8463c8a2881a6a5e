//! Restricted entities: accounts that Exchange stopped from sending. No Graph API has them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Anchor, Cmdlet, Exchange};
use crate::tenant::account::{Account, BlockReason, BlockedSender};
use crate::tenant::error::TenantError;
use crate::tenant::service::Effect;
use crate::tenant::wire;

const WHAT: &str = "the list of restricted senders";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    sender_address: String,
    reason: Option<String>,
    /// A string; whatever else it may become is no date.
    created_datetime: Option<Value>,
}

impl Exchange {
    /// The account's entry. The whole list is read: an entry is under the user principal name for a hosted mailbox and
    /// under an SMTP address otherwise, and asking for one name at a time could miss it.
    pub(in crate::tenant) async fn blocked_sender(
        &self,
        account: &Account,
    ) -> Result<Option<BlockedSender>, TenantError> {
        let entries: Result<Vec<Entry>, TenantError> = self
            .run(&Cmdlet {
                name: "Get-BlockedSenderAddress",
                operation: "exchange.blocked_senders.list",
                what: WHAT,
                parameters: json!({}),
                anchor: Anchor::Organisation,
                effect: Effect::Read,
            })
            .await;
        let entries = entries.map_err(|error| match error {
            // "No such list" must never read as "not on the list".
            TenantError::NotFound { .. } => TenantError::unintelligible(WHAT, "it was not found"),
            other => other,
        })?;
        Ok(matching(entries, account))
    }

    /// Removes exactly this entry.
    pub(in crate::tenant) async fn unblock_sender(&self, entry: &BlockedSender) -> Result<(), TenantError> {
        self.change(&Cmdlet {
            name: "Remove-BlockedSenderAddress",
            operation: "exchange.blocked_senders.remove",
            what: "the removal from the restricted senders",
            parameters: json!({"SenderAddress": entry.sender_address}),
            anchor: Anchor::Organisation,
            // How often an account can be unblocked is limited.
            effect: Effect::Once,
        })
        .await
    }
}

fn matching(entries: Vec<Entry>, account: &Account) -> Option<BlockedSender> {
    std::iter::once(&account.upn)
        .chain(&account.mail)
        .chain(&account.addresses)
        .find_map(|name| {
            let name = name.to_lowercase();
            entries.iter().find(|entry| entry.sender_address.to_lowercase() == name)
        })
        .map(|entry| BlockedSender {
            sender_address: entry.sender_address.clone(),
            reason: reason(entry.reason.as_deref().unwrap_or_default()),
            since: entry
                .created_datetime
                .as_ref()
                .and_then(Value::as_str)
                .and_then(wire::date),
        })
}

/// `ExceedingLimitType=…;InternalRecipientCountToday=…` or `OutboundSpamLast24Hours=…;OutboundSpamPercent=…`.
fn reason(text: &str) -> BlockReason {
    let names: Vec<String> = text
        .split(';')
        .filter_map(|part| part.split_once(['=', ':']))
        .map(|(name, _)| name.trim().to_ascii_lowercase())
        .collect();
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    // Where both are said, the one that may be a compromise counts.
    if has("outboundspam") {
        BlockReason::Spam
    } else if has("exceedinglimittype") {
        BlockReason::Volume
    } else {
        BlockReason::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::account::{Kind, ObjectId, SignIn};

    fn account() -> Account {
        Account {
            id: ObjectId::parse("aaaaaaaa-0000-4000-8000-000000000001").unwrap(),
            name: "Eleni".to_owned(),
            upn: "eleni@contoso.com".to_owned(),
            mail: Some("Eleni.P@contoso.com".to_owned()),
            addresses: vec!["eleni.p@contoso.com".to_owned(), "sales@contoso.com".to_owned()],
            sign_in: SignIn::Allowed,
            password_changed: None,
            sessions_valid_from: None,
            synced: false,
            kind: Kind::Member,
        }
    }

    fn entry(address: &str) -> Entry {
        Entry {
            sender_address: address.to_owned(),
            reason: None,
            created_datetime: None,
        }
    }

    fn found(addresses: &[&str]) -> Option<String> {
        matching(addresses.iter().map(|address| entry(address)).collect(), &account()).map(|found| found.sender_address)
    }

    #[test]
    fn the_principal_name_comes_before_the_primary_address_and_that_before_aliases() {
        let all = ["SALES@contoso.com", "eleni.p@contoso.com", "Eleni@Contoso.com"];
        assert_eq!(found(&all).as_deref(), Some("Eleni@Contoso.com"));
        assert_eq!(found(&all[..2]).as_deref(), Some("eleni.p@contoso.com"));
        assert_eq!(found(&all[..1]).as_deref(), Some("SALES@contoso.com"));
        assert_eq!(found(&["xeleni@contoso.com", "eleni@contoso.com.example.gr"]), None);
    }

    #[test]
    fn both_forms_of_the_reason_are_told_apart() {
        for (text, expected) in [
            (
                "ExceedingLimitType=Daily;InternalRecipientCountToday=3;ExternalRecipientCountToday=9001",
                BlockReason::Volume,
            ),
            (
                "OutboundSpamLast24Hours=97;OutboundMailLast24Hours=99;OutboundSpamPercent=979;Last Spam Message \
                 MessagetraceId:aaaa",
                BlockReason::Spam,
            ),
            ("", BlockReason::Other),
            ("Something new", BlockReason::Other),
        ] {
            assert_eq!(reason(text), expected, "{text}");
        }
    }

    #[test]
    fn a_date_of_another_form_does_not_hide_the_entry() {
        for (created, readable) in [
            (json!("2026-11-20T08:00:00"), true),
            (json!("20/11/2026"), false),
            (json!({"DateTime": 1}), false),
            (json!(null), false),
        ] {
            let value = json!({"SenderAddress": "eleni@contoso.com", "CreatedDatetime": created,
                "CreatedDatetime@odata.type": "#System.DateTime"});
            let found = matching(vec![serde_json::from_value(value).unwrap()], &account()).unwrap();
            assert_eq!(found.since.is_some(), readable);
        }
    }
}
