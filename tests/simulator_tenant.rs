//! The service layer against the practice tenant. Each was written from Microsoft's documentation without a look at
//! the other, so where they agree neither is alone with its reading.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

use latchkey::settings::LoopbackHttp;
use latchkey::tenant::account::{Account, BlockReason, MailPlan, Origin, Risk, SignIn};
use latchkey::tenant::simulator::people::{
    ALEX, ANA, DIMITRA, ELENI, GIORGOS, GLOBAL_ADMIN, MARIA, NIKOS, PARTNER, PETROS, RECEPTION, SOFIA, VASILIS,
};
use latchkey::tenant::simulator::{Fault, FaultRule, Simulator};
use latchkey::tenant::{FindError, Mode, Tenant, TenantError};
use secrecy::SecretString;
use time::{Duration, OffsetDateTime};

struct Bench {
    simulator: Simulator,
    tenant: Tenant,
}

impl Bench {
    fn start() -> Self {
        let simulator = Simulator::start(([127, 0, 0, 1], 0).into()).unwrap();
        let tenant = Tenant::connect(&simulator.settings(), Mode::Simulated, LoopbackHttp::Allowed).unwrap();
        Self { simulator, tenant }
    }

    async fn find(&self, address: &str) -> Account {
        self.tenant.find_account(address).await.unwrap()
    }
}

#[tokio::test]
async fn everybody_is_found_by_name_and_by_alias() {
    let bench = Bench::start();
    for person in bench.simulator.people() {
        let account = bench.find(&person.upn).await;
        assert_eq!(account.id.as_str(), person.id, "{}", person.upn);
        assert_eq!(account.sign_in == SignIn::Allowed, person.sign_in_allowed);
        assert_eq!(account.synced, person.synced);
    }
    assert_eq!(bench.find("maria@contoso.com").await.upn, MARIA);
    let shared = bench.tenant.find_account("info@contoso.com").await;
    assert!(matches!(shared, Err(FindError::Ambiguous(2))), "{shared:?}");
    let nobody = bench.tenant.find_account("nobody@contoso.com").await;
    assert!(matches!(nobody, Err(FindError::NotFound)), "{nobody:?}");
}

#[tokio::test]
async fn every_state_is_recognised() {
    let bench = Bench::start();
    let tenant = &bench.tenant;
    assert_eq!(tenant.origin(&bench.find(NIKOS).await).await.unwrap(), Origin::Synced);
    assert!(matches!(
        tenant.origin(&bench.find(DIMITRA).await).await.unwrap(),
        Origin::Federated { domain } if domain == "example.gr"
    ));
    assert_eq!(tenant.origin(&bench.find(MARIA).await).await.unwrap(), Origin::Cloud);
    let eleni = bench.find(ELENI).await;
    let since = OffsetDateTime::now_utc() - Duration::hours(1);
    let codes: Vec<u32> = tenant
        .sign_ins(&eleni.id, since)
        .await
        .unwrap()
        .iter()
        .map(|event| event.code)
        .collect();
    assert_eq!(codes, [50053, 50053, 50126]);
    let sofia = bench.find(SOFIA).await;
    assert_eq!(tenant.risk(&sofia.id).await.unwrap(), Risk::AtRisk);
    assert_eq!(tenant.risk(&eleni.id).await.unwrap(), Risk::None);
    assert!(
        tenant
            .forwarding(&sofia)
            .await
            .unwrap()
            .to
            .iter()
            .any(|to| to.contains("collector@fabrikam.example"))
    );
    let rules = tenant.inbox_rules(&sofia.id).await.unwrap();
    assert!(rules.iter().any(|rule| rule.hides) && rules.iter().any(|rule| !rule.forwards_to.is_empty()));
    for (upn, plan) in [
        (MARIA, MailPlan::Present),
        (RECEPTION, MailPlan::Missing),
        (PARTNER, MailPlan::Missing),
    ] {
        assert_eq!(
            tenant.mail_plan(&bench.find(upn).await.id).await.unwrap(),
            plan,
            "{upn}"
        );
    }
}

#[tokio::test]
async fn privilege_is_seen_in_every_form() {
    let bench = Bench::start();
    let privilege = async |upn: &str| bench.tenant.privilege(&bench.find(upn).await.id).await.unwrap();
    assert_eq!(privilege(GLOBAL_ADMIN).await.active, ["Global Administrator"]);
    assert_eq!(privilege(ANA).await.active, ["Helpdesk Administrator"]);
    assert_eq!(privilege(PETROS).await.eligible.len(), 1);
    assert_eq!(privilege(VASILIS).await.groups.len(), 1);
    assert!(privilege(ALEX).await.is_none());
}

#[tokio::test]
async fn what_can_not_be_read_is_never_taken_for_no_privilege() {
    unread_is_not_none("RoleManagement.Read.Directory").await;
    unread_is_not_none("RoleEligibilitySchedule.Read.Directory").await;
}

/// Without leave to read groups, Graph shows each with its id and type, and everything else null: `isAssignableToRole`
/// too. A group that shows no name was not read, and must not pass for one that gives no role.
#[tokio::test]
#[ignore = "open: a group whose properties may not be read passes for one that gives no role"]
async fn a_group_that_can_not_be_read_is_never_taken_for_no_privilege() {
    unread_is_not_none("GroupMember.Read.All").await;
}

async fn unread_is_not_none(permission: &str) {
    for upn in [GLOBAL_ADMIN, PETROS, VASILIS] {
        let bench = Bench::start();
        let id = bench.find(upn).await.id;
        bench.simulator.revoke_permission(permission);
        if let Ok(privilege) = bench.tenant.privilege(&id).await {
            assert!(!privilege.is_none(), "{upn} without {permission}");
        }
    }
}

#[tokio::test]
async fn a_sender_is_unblocked() {
    let bench = Bench::start();
    for (upn, reason) in [(MARIA, BlockReason::Volume), (SOFIA, BlockReason::Spam)] {
        let account = bench.find(upn).await;
        let entry = bench.tenant.blocked_sender(&account).await.unwrap().unwrap();
        assert_eq!((entry.sender_address.as_str(), entry.reason), (upn, reason));
        bench.tenant.unblock_sender(&entry).await.unwrap();
        assert!(bench.tenant.blocked_sender(&account).await.unwrap().is_none());
        assert!(!bench.simulator.person(upn).unwrap().restricted);
    }
}

#[tokio::test]
async fn an_entry_under_an_alias_is_found_and_removed_as_it_is_listed() {
    let bench = Bench::start();
    let account = bench.find("anna.l@contoso.com").await;
    bench
        .simulator
        .restrict("anna.lambrou@contoso.com", BlockReason::Volume);
    let entry = bench.tenant.blocked_sender(&account).await.unwrap().unwrap();
    assert_eq!(entry.sender_address, "anna.lambrou@contoso.com");
    bench.tenant.unblock_sender(&entry).await.unwrap();
    assert!(!bench.simulator.person(&account.upn).unwrap().restricted);
}

#[tokio::test]
async fn accounts_are_changed() {
    let bench = Bench::start();
    let giorgos = bench.find(GIORGOS).await;
    bench.tenant.set_sign_in(&giorgos.id, SignIn::Allowed).await.unwrap();
    assert!(bench.simulator.person(GIORGOS).unwrap().sign_in_allowed);
    let password = "Ruby-Tundra-4417";
    bench
        .tenant
        .set_password(&giorgos.id, &SecretString::from(password))
        .await
        .unwrap();
    assert!(bench.simulator.password_is(GIORGOS, password));
    let before = bench.simulator.person(GIORGOS).unwrap().sessions_valid_from;
    bench.tenant.revoke_sessions(&giorgos.id).await.unwrap();
    assert!(bench.simulator.person(GIORGOS).unwrap().sessions_valid_from > before);
}

#[tokio::test]
async fn refusals_keep_their_kind() {
    let bench = Bench::start();
    let password = SecretString::from("Ruby-Tundra-4417");
    let admin = bench.find(GLOBAL_ADMIN).await;
    let denied = bench.tenant.set_password(&admin.id, &password).await;
    assert!(matches!(denied, Err(TenantError::Denied { .. })), "{denied:?}");
    let nikos = bench.find(NIKOS).await;
    let rejected = bench.tenant.set_sign_in(&nikos.id, SignIn::Blocked).await;
    assert!(matches!(rejected, Err(TenantError::Rejected { .. })), "{rejected:?}");
    bench.simulator.revoke_permission("AAD_PREMIUM_P2");
    let unlicensed = bench.tenant.sign_ins(&nikos.id, OffsetDateTime::now_utc()).await;
    assert!(
        matches!(unlicensed, Err(TenantError::NotLicensed { .. })),
        "{unlicensed:?}"
    );
    bench.simulator.revoke_permission("MailboxSettings.Read");
    let rules = bench.tenant.inbox_rules(&nikos.id).await;
    assert!(matches!(rules, Err(TenantError::Denied { .. })), "{rules:?}");
}

#[tokio::test]
async fn a_write_without_an_answer_is_unknown_and_sent_once() {
    for fault in [Fault::DropBefore, Fault::DropAfter, Fault::Truncated] {
        let bench = Bench::start();
        let giorgos = bench.find(GIORGOS).await;
        bench
            .simulator
            .inject(FaultRule::new(fault.clone()).method("PATCH").times(5));
        let password = SecretString::from("Ruby-Tundra-4417");
        let outcome = bench.tenant.set_password(&giorgos.id, &password).await;
        assert!(
            matches!(outcome, Err(TenantError::OutcomeUnknown { .. })),
            "{fault:?}: {outcome:?}"
        );
        let writes = bench
            .simulator
            .requests()
            .iter()
            .filter(|request| request.method == "PATCH")
            .count();
        assert_eq!(writes, 1, "{fault:?}");
        assert_eq!(
            bench.simulator.password_is(GIORGOS, "Ruby-Tundra-4417"),
            fault != Fault::DropBefore
        );
    }
}

#[tokio::test]
async fn an_expired_token_is_replaced() {
    let bench = Bench::start();
    let maria = bench.find(MARIA).await;
    bench.simulator.expire_tokens();
    let again = bench.tenant.account(&maria.id).await;
    assert!(
        again.is_ok() || matches!(again, Err(TenantError::Credential { .. })),
        "{again:?}"
    );
}

#[tokio::test]
async fn lists_are_read_to_their_last_page() {
    let bench = Bench::start();
    bench.simulator.set_page_size(1);
    let sofia = bench.find(SOFIA).await;
    assert!(bench.tenant.blocked_sender(&sofia).await.unwrap().is_some());
    assert!(bench.tenant.inbox_rules(&sofia.id).await.unwrap().len() >= 2);
    let vasilis = bench.find(VASILIS).await;
    assert_eq!(bench.tenant.privilege(&vasilis.id).await.unwrap().groups.len(), 1);
    let shared = bench.tenant.find_account("info@contoso.com").await;
    assert!(matches!(shared, Err(FindError::Ambiguous(_))), "{shared:?}");
}
