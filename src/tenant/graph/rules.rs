//! Inbox rules: what an intruder leaves behind to read or hide mail. Hidden rules are not in Graph.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::writes::json;
use super::{Consistency, Graph, Read};
use crate::tenant::account::{InboxRule, ObjectId, RuleState};
use crate::tenant::error::TenantError;
use crate::tenant::service::{Call, Effect};
use crate::tenant::wire;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    display_name: Option<String>,
    is_enabled: Option<bool>,
    actions: Option<Actions>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actions {
    forward_to: Option<Vec<Recipient>>,
    redirect_to: Option<Vec<Recipient>>,
    forward_as_attachment_to: Option<Vec<Recipient>>,
    delete: Option<bool>,
    permanent_delete: Option<bool>,
    move_to_folder: Option<String>,
    mark_as_read: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Option<EmailAddress>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Switch {
    is_enabled: bool,
}

#[derive(Deserialize)]
struct EmailAddress {
    address: Option<String>,
    name: Option<String>,
}

impl Graph {
    /// The rules; without a mailbox there are none to read, which is [`TenantError::NotFound`].
    pub(in crate::tenant) async fn inbox_rules(&self, id: &ObjectId) -> Result<Vec<InboxRule>, TenantError> {
        let rules: Vec<Rule> = self
            .list(&Read {
                operation: "graph.rules.list",
                what: "the mailbox's rules",
                path: &format!("users/{id}/mailFolders/inbox/messageRules"),
                query: &[],
                consistency: Consistency::Current,
            })
            .await?;
        Ok(rules.into_iter().map(InboxRule::from).collect())
    }

    /// Switches a rule. It is never deleted: it is evidence.
    pub(in crate::tenant) async fn set_rule(
        &self,
        id: &ObjectId,
        (rule, to): (&InboxRule, RuleState),
    ) -> Result<(), TenantError> {
        let body = json(&Switch {
            is_enabled: to == RuleState::Enabled,
        })?;
        let path = format!("users/{id}/mailFolders/inbox/messageRules/{}", wire::encode(&rule.id));
        let call = self.write(Method::PATCH, &path, Some(body))?;
        self.change(Call {
            operation: "graph.rules.set",
            what: "the change of an inbox rule",
            effect: Effect::Set,
            ..call
        })
        .await
    }
}

impl From<Rule> for InboxRule {
    fn from(rule: Rule) -> Self {
        let actions = rule.actions.unwrap_or_default();
        let yes = |flag: Option<bool>| flag == Some(true);
        let forwards_to = [
            actions.forward_to,
            actions.redirect_to,
            actions.forward_as_attachment_to,
        ]
        .into_iter()
        .flatten()
        .flatten()
        .map(Recipient::shown)
        .collect();
        Self {
            id: rule.id,
            name: rule.display_name.unwrap_or_default(),
            // A rule is on unless it says otherwise: to doubt is to show it.
            enabled: rule.is_enabled.unwrap_or(true),
            forwards_to,
            hides: yes(actions.delete)
                || yes(actions.permanent_delete)
                || (actions.move_to_folder.is_some() && yes(actions.mark_as_read)),
        }
    }
}

impl Recipient {
    /// A recipient is never dropped: mail goes there, whether or not we can name it.
    fn shown(self) -> String {
        self.email_address
            .and_then(|to| {
                to.address
                    .filter(|text| !text.is_empty())
                    .or(to.name.filter(|text| !text.is_empty()))
            })
            .unwrap_or_else(|| "?".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(value: serde_json::Value) -> InboxRule {
        serde_json::from_value::<Rule>(value).unwrap().into()
    }

    #[test]
    fn every_way_out_of_the_mailbox_is_named() {
        let to = |address: &str| json!([{"emailAddress": {"name": "x", "address": address}}]);
        let found = rule(json!({"id": "1", "displayName": ".", "isEnabled": true, "actions": {
            "forwardTo": to("a@example.gr"), "redirectTo": to("b@example.gr"), "forwardAsAttachmentTo": to("c@example.gr"),
            "newAction": true}}));
        assert_eq!(found.forwards_to, ["a@example.gr", "b@example.gr", "c@example.gr"]);
        let unnamed = rule(json!({"id": "1", "actions": {"forwardTo": [{"emailAddress": {}}]}}));
        assert_eq!(unnamed.forwards_to, ["?"]);
        assert!(unnamed.enabled);
    }

    #[test]
    fn hiding_is_deleting_or_moving_what_is_marked_as_read() {
        for (actions, hides) in [
            (json!({"delete": true}), true),
            (json!({"permanentDelete": true}), true),
            (json!({"moveToFolder": "x", "markAsRead": true}), true),
            (json!({"moveToFolder": "x"}), false),
            (json!({"markAsRead": true}), false),
            (json!(null), false),
        ] {
            assert_eq!(rule(json!({"id": "1", "actions": actions})).hides, hides, "{actions}");
        }
    }
}
