//! Forwarding that is set on the mailbox itself, which no inbox rule shows.

use serde::Deserialize;
use serde_json::json;

use super::{Anchor, Cmdlet, Exchange};
use crate::tenant::account::{Account, Forwarding};
use crate::tenant::error::TenantError;
use crate::tenant::service::Effect;

const WHAT: &str = "the mailbox";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mailbox {
    /// Somebody of the organisation.
    forwarding_address: Option<String>,
    /// Anybody: `smtp:name@domain`.
    forwarding_smtp_address: Option<String>,
}

impl Exchange {
    /// Where the mailbox sends mail on to; [`TenantError::NotFound`] where the account has no mailbox.
    pub(in crate::tenant) async fn forwarding(&self, account: &Account) -> Result<Forwarding, TenantError> {
        let mut mailboxes: Vec<Mailbox> = self
            .run(&Cmdlet {
                name: "Get-Mailbox",
                operation: "exchange.mailbox.get",
                what: WHAT,
                parameters: json!({"Identity": account.id.as_str()}),
                anchor: Anchor::Mailbox(&account.upn),
                effect: Effect::Read,
            })
            .await?;
        match (mailboxes.pop(), mailboxes.len()) {
            (Some(mailbox), 0) => Ok(mailbox.into()),
            (None, _) => Err(TenantError::NotFound { what: WHAT.to_owned() }),
            (Some(_), _) => Err(TenantError::unintelligible(WHAT, "there is more than one")),
        }
    }
}

impl Exchange {
    /// Takes both kinds of forwarding off the mailbox. Inbox rules that forward are something else.
    pub(in crate::tenant) async fn clear_forwarding(&self, account: &Account) -> Result<(), TenantError> {
        self.change(&Cmdlet {
            name: "Set-Mailbox",
            operation: "exchange.mailbox.clear_forwarding",
            what: "the end of the forwarding",
            parameters: json!({
                "Identity": account.id.as_str(),
                "ForwardingAddress": null,
                "ForwardingSmtpAddress": null,
                "DeliverToMailboxAndForward": false,
                "Confirm": false,
            }),
            anchor: Anchor::Mailbox(&account.upn),
            effect: Effect::Set,
        })
        .await
    }
}

impl From<Mailbox> for Forwarding {
    fn from(mailbox: Mailbox) -> Self {
        let to = [mailbox.forwarding_address, mailbox.forwarding_smtp_address]
            .into_iter()
            .flatten()
            .map(|address| {
                let address = address.trim();
                match address.split_once(':') {
                    Some((kind, rest)) if kind.eq_ignore_ascii_case("smtp") => rest.to_owned(),
                    _ => address.to_owned(),
                }
            })
            .filter(|address| !address.is_empty())
            .collect();
        Self { to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_forwarding_count() {
        let read = |value| Forwarding::from(serde_json::from_value::<Mailbox>(value).unwrap()).to;
        assert_eq!(
            read(
                json!({"ForwardingAddress": "Sales", "ForwardingSmtpAddress": "smtp:x@example.gr",
                "ForwardingSmtpAddress@odata.type": "#System.String", "DeliverToMailboxAndForward": true})
            ),
            ["Sales", "x@example.gr"]
        );
        assert!(read(json!({"ForwardingAddress": null, "ForwardingSmtpAddress": ""})).is_empty());
    }
}
