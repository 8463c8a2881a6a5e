//! Disable rules: switches off inbox rules that send mail on or hide it, the hidden ones too. They are kept, as evidence,
//! and can be switched on again.

use super::steps::Steps;
use super::{Detail, Done, Outcome, ReadBack, Reading, Unfit};
use crate::access::Target;
use crate::tenant::account::{Account, InboxRule, RuleState};
use crate::tenant::{Tenant, TenantError};

/// Every mailbox can have rules.
pub fn fits(_target: &Target) -> Result<(), Unfit> {
    Ok(())
}

/// There must be rules to switch. Tells which, and whether hidden ones could be looked for.
pub async fn prepare(tenant: &Tenant, target: &Target, to: RuleState) -> Result<Vec<Detail>, Unfit> {
    let found = Found::look(tenant, &target.account, to)
        .await
        .map_err(Unfit::CannotTell)?;
    let names: Vec<String> = found.names();
    match (names.is_empty(), found.hidden) {
        (true, Ok(_)) => Err(Unfit::AlreadySo),
        (true, Err(error)) => Err(Unfit::CannotTell(error)),
        (false, Ok(_)) => Ok(vec![Detail::Rules(names)]),
        (false, Err(error)) => Ok(vec![Detail::Rules(names), Detail::HiddenRulesUnknown(error)]),
    }
}

/// Switches them off and reads back that none is on.
pub async fn run(tenant: &Tenant, target: &Target, read_back: &ReadBack) -> Done {
    switch(tenant, target, (RuleState::Disabled, read_back)).await
}

/// Shared with switching on.
pub(super) async fn switch(tenant: &Tenant, target: &Target, (to, read_back): (RuleState, &ReadBack)) -> Done {
    if let Err(unfit) = prepare(tenant, target, to).await {
        return Done::without_secret(Outcome::Unfit(unfit));
    }
    let account = &target.account;
    let found = match Found::look(tenant, account, to).await {
        Ok(found) => found,
        Err(error) => return Done::without_secret(Outcome::Unfit(Unfit::CannotTell(error))),
    };
    let hidden = found.hidden.as_deref().unwrap_or_default();
    let mut steps = Steps::of(found.visible.len() + hidden.len());
    for rule in &found.visible {
        steps.note(tenant.set_rule(&account.id, rule, to).await);
    }
    for rule in hidden {
        steps.note(tenant.set_hidden_rule(account, rule, to).await);
    }
    if let Err(error) = found.hidden {
        // The visible ones are switched; of the hidden ones nobody knows.
        steps.note(Err(error));
    }
    let outcome = steps.outcome(read_back, || async {
        let left = Found::look(tenant, account, to).await?;
        Ok(if left.names().is_empty() && left.hidden.is_ok() {
            Reading::Shows
        } else {
            Reading::NotYet
        })
    });
    Done::without_secret(outcome.await)
}

/// Rules that are to be switched.
struct Found {
    visible: Vec<InboxRule>,
    hidden: Result<Vec<InboxRule>, TenantError>,
}

impl Found {
    async fn look(tenant: &Tenant, account: &Account, to: RuleState) -> Result<Self, TenantError> {
        let (visible, hidden) = tokio::join!(tenant.inbox_rules(&account.id), tenant.hidden_rules(account));
        let switchable = |mut rules: Vec<InboxRule>| {
            rules.retain(|rule| rule.is_suspicious() && rule.enabled != (to == RuleState::Enabled));
            rules
        };
        // Without a mailbox there are no rules.
        let none = |error| match error {
            TenantError::NotFound { .. } => Ok(Vec::new()),
            other => Err(other),
        };
        Ok(Self {
            visible: switchable(visible.or_else(none)?),
            hidden: hidden.or_else(none).map(switchable),
        })
    }

    fn names(&self) -> Vec<String> {
        let hidden = self.hidden.as_deref().unwrap_or_default();
        self.visible
            .iter()
            .chain(hidden)
            .map(|rule| rule.name.clone())
            .collect()
    }
}
