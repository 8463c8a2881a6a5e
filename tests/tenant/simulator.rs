//! The same layer against the practice tenant: everybody reads as they are, every change is there when read back, and
//! faults end as they should.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use latchkey::settings::LoopbackHttp;
use latchkey::tenant::account::{Account, BlockReason, MailPlan, Origin, Risk, SignIn};
use latchkey::tenant::simulator::{Fault, FaultRule, Simulator, people};
use latchkey::tenant::transport::Pause;
use latchkey::tenant::{FindError, Mode, Tenant};
use secrecy::SecretString;
use time::{Duration, OffsetDateTime};

const PASSWORD: &str = "Kalo-Taxidi-2026-x";

struct Practice {
    simulator: Simulator,
    tenant: Tenant,
}

impl Practice {
    fn start() -> Self {
        let simulator = Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let pause = Pause::Note(Arc::new(Mutex::new(Vec::new())));
        let tenant =
            Tenant::connect_with(&simulator.settings(), Mode::Simulated, LoopbackHttp::Allowed, pause).unwrap();
        Self { simulator, tenant }
    }

    async fn find(&self, address: &str) -> Account {
        self.tenant.find_account(address).await.unwrap()
    }

    fn changes(&self, method: &str, path: &str) -> usize {
        let requests = self.simulator.requests();
        requests
            .iter()
            .filter(|request| request.method == method && request.path.contains(path))
            .count()
    }
}

#[tokio::test]
async fn everybody_is_found_by_every_address_that_is_theirs_alone() {
    let practice = Practice::start();
    assert!(practice.tenant.is_simulated());
    for person in practice.simulator.people() {
        for address in person.addresses.iter().chain([&person.upn, &person.id]) {
            let found = practice.tenant.find_account(address).await;
            if address == "info@contoso.com" {
                assert!(matches!(found, Err(FindError::Ambiguous(2))));
            } else {
                let account = found.unwrap();
                assert_eq!(account.id.as_str(), person.id, "{address}");
                assert_eq!(account.sign_in == SignIn::Allowed, person.sign_in_allowed);
                assert_eq!(account.synced, person.synced);
            }
        }
    }
    let nobody = practice.tenant.find_account("nobody@contoso.com").await;
    assert!(matches!(nobody, Err(FindError::NotFound)));
}

#[tokio::test]
async fn origins() {
    let practice = Practice::start();
    let federated = |domain: &str| Origin::Federated {
        domain: domain.to_owned(),
    };
    for (who, origin) in [
        (people::MARIA, Origin::Cloud),
        (people::NIKOS, Origin::Synced),
        (people::DIMITRA, federated("example.gr")),
        (people::PARTNER, federated("fabrikam.com")),
    ] {
        let account = practice.find(who).await;
        assert_eq!(practice.tenant.origin(&account).await.unwrap(), origin, "{who}");
    }
}

#[tokio::test]
async fn a_compromise_shows_from_every_side() {
    let practice = Practice::start();
    let sofia = practice.find(people::SOFIA).await;
    let tenant = &practice.tenant;
    assert_eq!(tenant.risk(&sofia.id).await.unwrap(), Risk::AtRisk);
    assert_eq!(
        tenant.forwarding(&sofia).await.unwrap().to,
        ["collector@fabrikam.example"]
    );
    let rules = tenant.inbox_rules(&sofia.id).await.unwrap();
    assert!(
        rules
            .iter()
            .any(|rule| rule.forwards_to == ["collector@fabrikam.example"])
    );
    let entry = tenant.blocked_sender(&sofia).await.unwrap().unwrap();
    assert_eq!(entry.reason, BlockReason::Spam);
    assert!(entry.since.is_some());
    let week = OffsetDateTime::now_utc() - Duration::days(7);
    let sign_ins = tenant.sign_ins(&sofia.id, week).await.unwrap();
    assert_eq!(sign_ins.len(), 2);
    assert!(sign_ins[0].at > sign_ins[1].at);
}

#[tokio::test]
async fn the_others_read_as_they_are() {
    let practice = Practice::start();
    let tenant = &practice.tenant;
    let eleni = practice.find(people::ELENI).await;
    let hour = OffsetDateTime::now_utc() - Duration::hours(1);
    let codes: Vec<u32> = tenant
        .sign_ins(&eleni.id, hour)
        .await
        .unwrap()
        .iter()
        .map(|event| event.code)
        .collect();
    assert_eq!(codes, [50053, 50053, 50126]);
    assert_eq!(tenant.risk(&eleni.id).await.unwrap(), Risk::None);
    assert_eq!(tenant.mail_plan(&eleni.id).await.unwrap(), MailPlan::Present);
    assert!(tenant.inbox_rules(&eleni.id).await.unwrap().is_empty());
    assert!(tenant.forwarding(&eleni).await.unwrap().to.is_empty());
    assert_eq!(tenant.blocked_sender(&eleni).await.unwrap(), None);

    let reception = practice.find(people::RECEPTION).await;
    assert_eq!(tenant.mail_plan(&reception.id).await.unwrap(), MailPlan::Missing);
    assert_eq!(tenant.forwarding(&reception).await.unwrap_err().code(), "not-found");
    assert_eq!(tenant.inbox_rules(&reception.id).await.unwrap_err().code(), "not-found");
}

#[tokio::test]
async fn privilege_of_every_kind_is_seen_page_by_page() {
    let practice = Practice::start();
    practice.simulator.set_page_size(1);
    for (who, active, eligible, groups) in [
        (people::GLOBAL_ADMIN, &["Global Administrator"][..], &[][..], &[][..]),
        (people::PETROS, &[], &["User Administrator"], &[]),
        (people::VASILIS, &[], &[], &["SG-Emergency-Access"]),
        (people::ALEX, &[], &[], &[]),
    ] {
        let account = practice.find(who).await;
        let privilege = practice.tenant.privilege(&account.id).await.unwrap();
        assert_eq!(privilege.active, active, "{who}");
        assert_eq!(privilege.eligible, eligible, "{who}");
        assert_eq!(privilege.groups, groups, "{who}");
    }
}

#[tokio::test]
async fn without_licence_or_permission_nothing_is_all_clear() {
    let practice = Practice::start();
    let sofia = practice.find(people::SOFIA).await;
    let week = OffsetDateTime::now_utc() - Duration::days(7);
    practice.simulator.revoke_permission("AAD_PREMIUM_P2");
    assert_eq!(
        practice.tenant.risk(&sofia.id).await.unwrap_err().code(),
        "not-licensed"
    );
    assert_eq!(
        practice.tenant.sign_ins(&sofia.id, week).await.unwrap_err().code(),
        "not-licensed"
    );
    practice.simulator.revoke_permission("MailboxSettings.Read");
    assert_eq!(
        practice.tenant.inbox_rules(&sofia.id).await.unwrap_err().code(),
        "denied"
    );
    practice.simulator.revoke_permission("Exchange.ManageAsApp");
    assert_eq!(
        practice.tenant.blocked_sender(&sofia).await.unwrap_err().code(),
        "denied"
    );
}

#[tokio::test]
async fn every_change_is_there_when_read_back() {
    let practice = Practice::start();
    let tenant = &practice.tenant;
    let maria = practice.find(people::MARIA).await;
    let entry = tenant.blocked_sender(&maria).await.unwrap().unwrap();
    tenant.unblock_sender(&entry).await.unwrap();
    assert_eq!(tenant.blocked_sender(&maria).await.unwrap(), None);
    assert_eq!(tenant.unblock_sender(&entry).await.unwrap_err().code(), "not-found");

    tenant.set_sign_in(&maria.id, SignIn::Blocked).await.unwrap();
    assert_eq!(tenant.account(&maria.id).await.unwrap().sign_in, SignIn::Blocked);
    tenant.set_sign_in(&maria.id, SignIn::Allowed).await.unwrap();
    assert_eq!(tenant.account(&maria.id).await.unwrap().sign_in, SignIn::Allowed);

    tenant.revoke_sessions(&maria.id).await.unwrap();
    tenant
        .set_password(&maria.id, &SecretString::from(PASSWORD.to_owned()))
        .await
        .unwrap();
    let after = tenant.account(&maria.id).await.unwrap();
    assert!(after.sessions_valid_from > maria.sessions_valid_from);
    assert!(after.password_changed > maria.password_changed);
    assert!(practice.simulator.password_is(people::MARIA, PASSWORD));
}

#[tokio::test]
async fn a_password_is_written_once_whatever_becomes_of_the_answer() {
    for (fault, code, done) in [
        (Fault::DropBefore, "outcome-unknown", false),
        (Fault::DropAfter, "outcome-unknown", true),
        (Fault::Truncated, "outcome-unknown", true),
        (
            Fault::Status {
                status: 500,
                retry_after: None,
            },
            "outcome-unknown",
            false,
        ),
    ] {
        let practice = Practice::start();
        let maria = practice.find(people::MARIA).await;
        practice.simulator.inject(FaultRule::new(fault.clone()).method("PATCH"));
        let password = SecretString::from(PASSWORD.to_owned());
        let error = practice.tenant.set_password(&maria.id, &password).await.unwrap_err();
        assert_eq!(error.code(), code, "{fault:?}");
        assert_eq!(practice.changes("PATCH", "/users/"), 1, "{fault:?}");
        assert_eq!(
            practice.simulator.password_is(people::MARIA, PASSWORD),
            done,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn an_unblock_is_counted_once() {
    let practice = Practice::start();
    let maria = practice.find(people::MARIA).await;
    let entry = practice.tenant.blocked_sender(&maria).await.unwrap().unwrap();
    let rule = FaultRule::new(Fault::DropAfter).cmdlet("Remove-BlockedSenderAddress");
    practice.simulator.inject(rule);
    assert!(
        practice
            .tenant
            .unblock_sender(&entry)
            .await
            .unwrap_err()
            .outcome_is_unknown()
    );
    assert_eq!(practice.simulator.person(people::MARIA).unwrap().unblocked_times, 1);
    assert_eq!(practice.tenant.blocked_sender(&maria).await.unwrap(), None);
}

#[tokio::test]
async fn storms_and_expired_tokens_pass() {
    let practice = Practice::start();
    let maria = practice.find(people::MARIA).await;
    let storm = Fault::Throttled { retry_after: Some(3) };
    practice.simulator.inject(FaultRule::new(storm.clone()).times(3));
    practice.tenant.set_sign_in(&maria.id, SignIn::Blocked).await.unwrap();
    practice.simulator.expire_tokens();
    assert_eq!(
        practice.tenant.account(&maria.id).await.unwrap().sign_in,
        SignIn::Blocked
    );
    practice.simulator.inject(FaultRule::new(storm).times(4));
    assert_eq!(
        practice.tenant.account(&maria.id).await.unwrap_err().code(),
        "throttled"
    );
}
