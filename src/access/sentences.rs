//! Who may do what, in sentences: what `latchkey check` says of the policy.

use super::grants::Who;
use super::{Access, Approval};
use crate::chat::ActionId;
use crate::settings::{Approvers, Rehearsal, RequesterProof};

impl Access {
    /// One sentence a grant and action, then what holds for all of them.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        for rule in self.grants.rules() {
            let who = match &rule.who {
                Who::Chat(identity) => format!("{} user {} of {}", identity.platform, identity.user, identity.scope),
                Who::Entra(id) => format!("Entra account {id}"),
                Who::Group(id) => format!("everybody in group {id}"),
                Who::Role(id) => format!("everybody with directory role {id}"),
            };
            let domains: Vec<&str> = rule.domains.iter().map(String::as_str).collect();
            let mut whom = match domains.as_slice() {
                [] => "every account".to_owned(),
                domains => domains.join(" and "),
            };
            for (what, ids) in [("group", &rule.groups), ("administrative unit", &rule.units)] {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                if !ids.is_empty() {
                    whom.push_str(&format!(" in {what} {}", ids.join(" or ")));
                }
            }
            for action in &rule.actions {
                said.push(format!(
                    "Access: {who} can {action} on {whom}{}",
                    self.condition(*action)
                ));
            }
        }
        if said.is_empty() {
            said.push("Access: nobody can do anything; [[access.grants]] says who may".to_owned());
            return said;
        }
        said.push(format!(
            "Access: nobody can change their own account, one with administrator roles, one of the bot's administrators, or one of the {} in `protected`",
            self.protected.len()
        ));
        said.push(format!(
            "Access: one administrator can begin {} changes an hour, all of them together {}; the same change to the same account waits {} minutes",
            self.limits.administrator_per_hour, self.limits.tenant_per_hour, self.limits.cool_down_minutes
        ));
        said.push(match self.approvers {
            Approvers::Members => "Access: a second person is told from the first by their Entra account, or within one workspace by their id there".to_owned(),
            Approvers::Linked => "Access: a second person is told from the first by their Entra account alone".to_owned(),
        });
        said.push(match self.requester_proof {
            RequesterProof::Approval => "Access: before anything that gives access to an account, the two administrators see to it themselves that its owner asked (requester_proof = \"approval\")",
            RequesterProof::Manager => "Access: before anything that gives access to an account, its owner's manager in the directory must confirm that its owner asked",
            RequesterProof::Code => "Access: before anything that gives access to an account, whoever asked must type a code that was sent to an address which the directory knows",
        }.to_owned());
        if self.rehearsal == Rehearsal::On {
            said.push("Access: dry_run is on, so nothing is ever changed".to_owned());
        }
        said
    }

    fn condition(&self, action: ActionId) -> &'static str {
        match self.approval(action) {
            Approval::Two => ", once a second administrator who can do so too approves",
            Approval::One => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{AccessSettings, Grant, Grantee};

    #[test]
    fn who_may_do_what_reads_like_a_sentence() {
        let settings = AccessSettings {
            grants: vec![Grant {
                domains: vec!["contoso.com".into()],
                ..Grant::new(
                    Grantee::Chat {
                        platform: "slack".into(),
                        scope: "T1".into(),
                        user: "U1".into(),
                    },
                    &["unblock-sender", "reset-password"],
                )
            }],
            ..AccessSettings::default()
        };
        let said = Access::new(&settings).expect("a whole policy").sentences();
        assert_eq!(said[0], "Access: slack user U1 of T1 can unblock-sender on contoso.com");
        assert_eq!(
            said[1],
            "Access: slack user U1 of T1 can reset-password on contoso.com, once a second administrator who can do so too approves"
        );
        let nobody = Access::new(&AccessSettings::default())
            .expect("a whole policy")
            .sentences();
        assert_eq!(nobody.len(), 1);
    }
}
