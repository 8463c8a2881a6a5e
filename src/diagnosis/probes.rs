//! The probes: each asks the tenant one thing and says found, clear or unavailable.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::{Diagnosis, Finding, Probe, Restricted};
use crate::access::Protection;
use crate::tenant::account::{
    Account, BlockedSender, Consent, Forwarding, InboxRule, Kind, MailPlan, Origin, Privilege, Risk, ServiceIssue,
    SignIn, SignInEvent,
};
use crate::tenant::{Tenant, TenantError};

/// How far back sign-ins explain a lockout: smart lockout grows from a minute, and people ask within the day.
const SIGN_INS_SINCE: Duration = Duration::hours(24);
/// Smart lockout, or a malicious address.
const LOCKED_OUT: u32 = 50053;
/// The password has expired: in the cloud, on-premises.
const EXPIRED: [u32; 2] = [50055, 50144];

/// Everything the probes answered.
struct Answers {
    risk: Result<Risk, TenantError>,
    forwarding: Result<Forwarding, TenantError>,
    rules: Result<Vec<InboxRule>, TenantError>,
    hidden_rules: Result<Vec<InboxRule>, TenantError>,
    consents: Result<Vec<Consent>, TenantError>,
    health: Result<Vec<ServiceIssue>, TenantError>,
    restricted: Result<Option<BlockedSender>, TenantError>,
    sign_ins: Result<Vec<SignInEvent>, TenantError>,
    mailbox: Result<MailPlan, TenantError>,
    origin: Result<Origin, TenantError>,
    privilege: Result<Privilege, TenantError>,
}

pub(super) async fn examine(tenant: &Tenant, account: Account, now: OffsetDateTime) -> Diagnosis {
    let id = &account.id;
    let tenant = tenant.together();
    let (risk, forwarding, rules, hidden_rules, consents, health, restricted, sign_ins, mailbox, origin, privilege) = tokio::join!(
        tenant.risk(id),
        tenant.forwarding(&account),
        tenant.inbox_rules(id),
        tenant.hidden_rules(&account),
        tenant.consents(id),
        tenant.service_issues(),
        tenant.blocked_sender(&account),
        tenant.sign_ins(id, now - SIGN_INS_SINCE),
        tenant.mail_plan(id),
        tenant.origin(&account),
        tenant.privilege(id),
    );
    explain(
        account,
        Answers {
            risk,
            forwarding,
            rules,
            hidden_rules,
            consents,
            health,
            restricted,
            sign_ins,
            mailbox,
            origin,
            privilege,
        },
    )
}

/// Orders the answers: signs of a compromise, what stops the person, where the account is mastered.
fn explain(account: Account, answers: Answers) -> Diagnosis {
    let plan = answers.mailbox.as_ref().ok().copied();
    let origin = answers.origin.as_ref().ok().cloned();
    let restricted = match &answers.restricted {
        Ok(Some(entry)) => Restricted::Yes(entry.clone()),
        Ok(None) => Restricted::No,
        Err(_) => Restricted::CannotTell,
    };
    let mut sheet = Sheet::default();
    sheet.put(Probe::Risk, answers.risk, of_risk);
    sheet.put_of_mailbox(Probe::Forwarding, (answers.forwarding, plan), of_forwarding);
    sheet.put_of_mailbox(Probe::Rules, (answers.rules, plan), of_rules);
    sheet.put_of_mailbox(Probe::HiddenRules, (answers.hidden_rules, plan), of_hidden_rules);
    sheet.put(Probe::Consents, answers.consents, of_consents);
    sheet.put(Probe::Health, answers.health, |issues| {
        issues.into_iter().map(Finding::ServiceIssue).collect()
    });
    sheet.put(Probe::Restricted, answers.restricted, of_restricted);
    if account.sign_in == SignIn::Blocked {
        sheet.findings.push(Finding::SignInBlocked);
    }
    sheet.put(Probe::SignIns, answers.sign_ins, |events| {
        of_sign_ins(&events, account.password_changed)
    });
    sheet.put(Probe::Mailbox, answers.mailbox, |plan| match plan {
        MailPlan::Present => vec![],
        MailPlan::Missing => vec![Finding::NoMailbox],
    });
    sheet.put(Probe::Origin, answers.origin, of_origin);
    if account.kind == Kind::Guest {
        sheet.findings.push(Finding::Guest);
    }
    sheet.put(Probe::Privilege, answers.privilege, |privilege| {
        Protection::of(&privilege)
            .map(|protection| Finding::Privileged {
                name: protection.name().to_owned(),
            })
            .into_iter()
            .collect()
    });
    let Sheet {
        findings,
        clear,
        unavailable,
    } = sheet;
    Diagnosis {
        account,
        origin,
        restricted,
        findings,
        clear,
        unavailable,
    }
}

#[derive(Default)]
struct Sheet {
    findings: Vec<Finding>,
    clear: Vec<Probe>,
    unavailable: Vec<(Probe, TenantError)>,
}

impl Sheet {
    fn put<T>(&mut self, probe: Probe, answer: Result<T, TenantError>, read: impl FnOnce(T) -> Vec<Finding>) {
        match answer.map(read) {
            Ok(found) if found.is_empty() => self.clear.push(probe),
            Ok(found) => self.findings.extend(found),
            Err(why) => self.unavailable.push((probe, why)),
        }
    }

    /// Without a mailbox there is nothing to forward from, and the service's "not found" is no fault.
    fn put_of_mailbox<T: Default>(
        &mut self,
        probe: Probe,
        (answer, plan): (Result<T, TenantError>, Option<MailPlan>),
        read: impl FnOnce(T) -> Vec<Finding>,
    ) {
        let answer = match answer {
            Err(TenantError::NotFound { .. }) if plan == Some(MailPlan::Missing) => Ok(T::default()),
            other => other,
        };
        self.put(probe, answer, read);
    }
}

fn of_risk(risk: Risk) -> Vec<Finding> {
    match risk {
        Risk::None => vec![],
        Risk::AtRisk => vec![Finding::AtRisk],
        Risk::Compromised => vec![Finding::Compromised],
    }
}

fn of_forwarding(forwarding: Forwarding) -> Vec<Finding> {
    if forwarding.to.is_empty() {
        vec![]
    } else {
        vec![Finding::Forwarding { to: forwarding.to }]
    }
}

fn of_rules(rules: Vec<InboxRule>) -> Vec<Finding> {
    let names = suspicious(rules);
    let found = (!names.is_empty()).then_some(Finding::Rules { names });
    found.into_iter().collect()
}

fn of_hidden_rules(rules: Vec<InboxRule>) -> Vec<Finding> {
    let names = suspicious(rules);
    let found = (!names.is_empty()).then_some(Finding::HiddenRules { names });
    found.into_iter().collect()
}

fn suspicious(rules: Vec<InboxRule>) -> Vec<String> {
    rules
        .into_iter()
        .filter(|rule| rule.enabled && rule.is_suspicious())
        .map(|rule| rule.name)
        .collect()
}

/// What the applications may do, each thing once.
fn of_consents(consents: Vec<Consent>) -> Vec<Finding> {
    let reaching = consents.into_iter().filter(Consent::reaches_data);
    let scopes: BTreeSet<String> = reaching.flat_map(|consent| consent.scopes).collect();
    let scopes: Vec<String> = scopes.into_iter().collect();
    let found = (!scopes.is_empty()).then_some(Finding::Consents { scopes });
    found.into_iter().collect()
}

fn of_restricted(entry: Option<BlockedSender>) -> Vec<Finding> {
    entry
        .map(|entry| Finding::Restricted {
            reason: entry.reason,
            since: entry.since,
        })
        .into_iter()
        .collect()
}

/// What the newest sign-ins say. A success, or a password changed since, ends what came before it.
fn of_sign_ins(events: &[SignInEvent], password_changed: Option<OffsetDateTime>) -> Vec<Finding> {
    let mut newest: Vec<&SignInEvent> = events.iter().collect();
    newest.sort_by_key(|event| std::cmp::Reverse(event.at));
    let still = newest
        .into_iter()
        .take_while(|event| event.code != 0 && password_changed.is_none_or(|changed| event.at > changed));
    for event in still {
        if event.code == LOCKED_OUT {
            return vec![Finding::LockedOut { at: event.at }];
        }
        if EXPIRED.contains(&event.code) {
            return vec![Finding::PasswordExpired { at: event.at }];
        }
    }
    vec![]
}

fn of_origin(origin: Origin) -> Vec<Finding> {
    match origin {
        Origin::Cloud => vec![],
        Origin::Synced => vec![Finding::Synced],
        Origin::Federated { domain } => vec![Finding::Federated { domain }],
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::chat::ActionId;
    use crate::tenant::account::{BlockReason, ObjectId};

    fn account() -> Account {
        Account {
            id: ObjectId::parse("00000000-0000-0000-0000-000000000001").unwrap(),
            name: "Maria".into(),
            upn: "maria@contoso.com".into(),
            mail: None,
            addresses: vec![],
            sign_in: SignIn::Blocked,
            password_changed: None,
            sessions_valid_from: None,
            synced: false,
            kind: Kind::Member,
        }
    }

    fn unreachable() -> TenantError {
        TenantError::Unavailable {
            what: "anything".into(),
            why: "down".into(),
        }
    }

    fn clear() -> Answers {
        Answers {
            risk: Ok(Risk::None),
            forwarding: Ok(Forwarding::default()),
            rules: Ok(vec![]),
            hidden_rules: Ok(vec![]),
            consents: Ok(vec![]),
            health: Ok(vec![]),
            restricted: Ok(None),
            sign_ins: Ok(vec![]),
            mailbox: Ok(MailPlan::Present),
            origin: Ok(Origin::Cloud),
            privilege: Ok(Privilege::default()),
        }
    }

    fn failed(at: OffsetDateTime, code: u32) -> SignInEvent {
        SignInEvent { at, code, reason: None }
    }

    #[test]
    fn signs_of_a_compromise_come_before_what_stops_the_person() {
        let blocked = BlockedSender {
            sender_address: "x".into(),
            reason: BlockReason::Spam,
            since: None,
        };
        let answers = Answers {
            risk: Ok(Risk::AtRisk),
            restricted: Ok(Some(blocked)),
            ..clear()
        };
        let diagnosis = explain(account(), answers);
        assert_eq!(
            diagnosis.findings,
            [
                Finding::AtRisk,
                Finding::Restricted {
                    reason: BlockReason::Spam,
                    since: None
                },
                Finding::SignInBlocked
            ]
        );
        assert!(diagnosis.looks_compromised());
        // Sign-in is blocked already: what throws an intruder out comes next, and letting them in again last.
        let called_for = [
            ActionId::ResetPassword,
            ActionId::RevokeSessions,
            ActionId::DismissRisk,
            ActionId::UnblockSender,
            ActionId::AllowSignIn,
        ];
        assert_eq!(diagnosis.called_for(), called_for);
    }

    #[test]
    fn what_cannot_be_read_is_neither_found_nor_clear() {
        let answers = Answers {
            risk: Err(unreachable()),
            restricted: Err(unreachable()),
            ..clear()
        };
        let diagnosis = explain(account(), answers);
        assert_eq!(diagnosis.restricted, Restricted::CannotTell);
        let probes: Vec<Probe> = diagnosis.unavailable.iter().map(|(probe, _)| *probe).collect();
        assert_eq!(probes, [Probe::Risk, Probe::Restricted]);
        assert!(!diagnosis.clear.contains(&Probe::Risk) && !diagnosis.clear.contains(&Probe::Restricted));
    }

    #[test]
    fn a_lockout_ends_with_a_success_or_a_new_password() {
        let (nine, ten) = (datetime!(2026-11-20 09:00 UTC), datetime!(2026-11-20 10:00 UTC));
        let locked = [failed(nine, LOCKED_OUT)];
        assert_eq!(of_sign_ins(&locked, None), [Finding::LockedOut { at: nine }]);
        assert_eq!(of_sign_ins(&[failed(ten, 0), failed(nine, LOCKED_OUT)], None), []);
        assert_eq!(of_sign_ins(&locked, Some(ten)), []);
    }

    #[test]
    fn a_disabled_rule_is_no_finding() {
        let rule = InboxRule {
            id: "1".into(),
            name: "…".into(),
            enabled: false,
            forwards_to: vec!["x".into()],
            hides: true,
        };
        assert_eq!(of_rules(vec![rule.clone()]), []);
        assert_eq!(of_rules(vec![InboxRule { enabled: true, ..rule }]).len(), 1);
    }
}
