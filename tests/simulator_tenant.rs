//! Where the service layer and the practice tenant, each written from Microsoft's documentation without a look at the
//! other, could disagree at somebody's cost.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

use latchkey::settings::LoopbackHttp;
use latchkey::tenant::account::{Account, BlockReason, SignIn};
use latchkey::tenant::simulator::Simulator;
use latchkey::tenant::simulator::people::{GLOBAL_ADMIN, NIKOS, PETROS, VASILIS};
use latchkey::tenant::{Mode, Tenant, TenantError};
use secrecy::SecretString;
use time::OffsetDateTime;

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
async fn what_can_not_be_read_is_never_taken_for_no_privilege() {
    unread_is_not_none("RoleManagement.Read.Directory").await;
    unread_is_not_none("RoleEligibilitySchedule.Read.Directory").await;
}

/// Without leave to read groups, Graph shows each with its id and type, and everything else null: `isAssignableToRole`
/// too. A group that shows no name was not read, and must not pass for one that gives no role.
#[tokio::test]
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
