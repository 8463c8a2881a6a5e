//! Hidden inbox rules, which neither Outlook nor Graph shows.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Anchor, Cmdlet, Exchange};
use crate::tenant::account::{Account, InboxRule, RuleState};
use crate::tenant::error::TenantError;
use crate::tenant::service::Effect;

const WHAT: &str = "the mailbox's hidden rules";

/// Rules that Exchange keeps hidden in every mailbox, for itself.
const EXCHANGES_OWN: [&str; 1] = ["Junk E-Mail Rule"];
/// And these, for automatic replies.
const AUTOMATIC_REPLIES: &str = "Microsoft.Exchange.OOF.";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    identity: Option<String>,
    /// A number that is too large for some readers, so it comes as either.
    rule_identity: Option<Value>,
    name: Option<String>,
    enabled: Option<bool>,
    forward_to: Option<Value>,
    redirect_to: Option<Value>,
    forward_as_attachment_to: Option<Value>,
    delete_message: Option<bool>,
    move_to_folder: Option<Value>,
    mark_as_read: Option<bool>,
}

impl Exchange {
    /// The rules that show only when they are asked for, without Exchange's own.
    pub(in crate::tenant) async fn hidden_rules(&self, account: &Account) -> Result<Vec<InboxRule>, TenantError> {
        let id = account.id.as_str();
        let (all, visible) = tokio::join!(
            self.rules(account, json!({"Mailbox": id, "IncludeHidden": true})),
            self.rules(account, json!({"Mailbox": id})),
        );
        let visible: BTreeSet<String> = visible?.iter().map(Rule::key).collect();
        Ok(all?
            .into_iter()
            .filter(|rule| !visible.contains(&rule.key()) && !rule.is_exchanges_own())
            .map(InboxRule::from)
            .collect())
    }

    /// Switches a hidden rule. It is never deleted: it is evidence.
    pub(in crate::tenant) async fn set_hidden_rule(
        &self,
        account: &Account,
        (rule, to): (&InboxRule, RuleState),
    ) -> Result<(), TenantError> {
        let (name, operation) = match to {
            RuleState::Enabled => ("Enable-InboxRule", "exchange.rules.enable"),
            RuleState::Disabled => ("Disable-InboxRule", "exchange.rules.disable"),
        };
        self.change(&Cmdlet {
            name,
            operation,
            what: "the change of a hidden rule",
            parameters: json!({"Mailbox": account.id.as_str(), "Identity": rule.id, "Confirm": false}),
            anchor: Anchor::Mailbox(&account.upn),
            effect: Effect::Set,
        })
        .await
    }

    async fn rules(&self, account: &Account, parameters: Value) -> Result<Vec<Rule>, TenantError> {
        self.run(&Cmdlet {
            name: "Get-InboxRule",
            operation: "exchange.rules.list",
            what: WHAT,
            parameters,
            anchor: Anchor::Mailbox(&account.upn),
            effect: Effect::Read,
        })
        .await
    }
}

impl Rule {
    fn key(&self) -> String {
        match &self.rule_identity {
            Some(Value::String(id)) => id.clone(),
            Some(other) => other.to_string(),
            None => self.identity.clone().unwrap_or_default(),
        }
    }

    fn is_exchanges_own(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        EXCHANGES_OWN.contains(&name) || name.starts_with(AUTOMATIC_REPLIES)
    }
}

impl From<Rule> for InboxRule {
    fn from(rule: Rule) -> Self {
        let yes = |flag: Option<bool>| flag == Some(true);
        let moves = rule.move_to_folder.as_ref().is_some_and(|folder| !folder.is_null());
        let hides = yes(rule.delete_message) || (moves && yes(rule.mark_as_read));
        let ways = [&rule.forward_to, &rule.redirect_to, &rule.forward_as_attachment_to];
        let forwards_to = ways.into_iter().flatten().flat_map(recipients).collect();
        // The identity names the rule with its mailbox, and is what the cmdlets take.
        let id = rule.identity.clone().unwrap_or_else(|| rule.key());
        Self {
            id,
            name: rule.name.unwrap_or_default(),
            enabled: rule.enabled.unwrap_or(true),
            forwards_to,
            hides,
        }
    }
}

/// `"Name" [SMTP:name@domain]`, one or several. What can't be read is still a recipient.
fn recipients(value: &Value) -> Vec<String> {
    let shown = |text: &str| {
        let inside = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
        let address = inside.map_or(text, |(address, _)| address);
        let (_, bare) = address.split_once(':').unwrap_or(("", address));
        bare.trim_matches('"').to_owned()
    };
    match value {
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![shown(text)],
        Value::Array(all) => all.iter().flat_map(recipients).collect(),
        _ => vec!["?".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> InboxRule {
        serde_json::from_value::<Rule>(value).unwrap().into()
    }

    #[test]
    fn both_forms_of_a_recipient_are_named() {
        let rule = read(
            json!({"Identity": "Sofia\\1", "RuleIdentity": 18_446_744_073_709_551_615_u64, "Name": ".",
            "Enabled": true, "ForwardTo": ["\"x\" [SMTP:x@example.gr]"], "RedirectTo": "y@example.gr",
            "ForwardAsAttachmentTo": {"odd": 1}}),
        );
        assert_eq!(rule.forwards_to, ["x@example.gr", "y@example.gr", "?"]);
        assert_eq!(rule.id, "Sofia\\1");
    }

    #[test]
    fn exchanges_own_hidden_rules_are_nobodys_doing() {
        for (name, own) in [
            ("Junk E-Mail Rule", true),
            ("Microsoft.Exchange.OOF.InternalSenders.Global", true),
            ("Junk E-Mail Rule 2", false),
            ("", false),
        ] {
            let rule: Rule = serde_json::from_value(json!({"Name": name})).unwrap();
            assert_eq!(rule.is_exchanges_own(), own, "{name}");
        }
    }
}
