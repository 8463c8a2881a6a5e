//! What puts an account right, against the practice tenant: each change is there when read back, is asked for in the
//! order that the services want, and is never made twice by mistake.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use latchkey::settings::LoopbackHttp;
use latchkey::tenant::account::{Account, MethodKind, Risk, RiskVerdict, RuleState};
use latchkey::tenant::simulator::{Fault, FaultRule, Simulator, people};
use latchkey::tenant::transport::Pause;
use latchkey::tenant::{Letter, Mode, Tenant};
use secrecy::ExposeSecret;
use time::OffsetDateTime;

/// A practice tenant whose client only notes its waits.
pub struct Practice {
    pub simulator: Simulator,
    pub tenant: Tenant,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Practice {
    pub fn start() -> Self {
        let simulator = Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let waits = Arc::new(Mutex::new(Vec::new()));
        let pause = Pause::Note(Arc::clone(&waits));
        let tenant =
            Tenant::connect_with(&simulator.settings(), Mode::Simulated, LoopbackHttp::Allowed, pause).unwrap();
        Self {
            simulator,
            tenant,
            waits,
        }
    }

    pub async fn find(&self, address: &str) -> Account {
        self.tenant.find_account(address).await.unwrap()
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    /// How many requests of this method came whose path holds this.
    pub fn requests(&self, method: &str, path: &str) -> usize {
        let requests = self.simulator.requests();
        requests
            .iter()
            .filter(|request| request.method == method && request.path.contains(path))
            .count()
    }
}

#[tokio::test]
async fn a_pass_is_shown_once_is_the_only_one_and_can_be_taken_away() {
    let practice = Practice::start();
    let kostas = practice.find(people::KOSTAS).await;
    let policy = practice.tenant.pass_policy().await.unwrap();
    assert!(policy.enabled && policy.minutes(10) == 60 && policy.minutes(6000) == 480 && policy.minutes(90) == 90);
    let pass = practice.tenant.issue_pass(&kostas.id, 60).await.unwrap();
    assert!(practice.simulator.pass_is(people::KOSTAS, pass.expose_secret()));
    let error = practice.tenant.issue_pass(&kostas.id, 60).await.unwrap_err();
    assert_eq!(error.code(), "rejected");
    let passes = practice.tenant.passes(&kostas.id).await.unwrap();
    practice.tenant.delete_pass(&kostas.id, &passes[0]).await.unwrap();
    assert!(!practice.simulator.person(people::KOSTAS).unwrap().pass);
    // Twice is the same as once.
    practice.tenant.delete_pass(&kostas.id, &passes[0]).await.unwrap();
}

#[tokio::test]
async fn a_pass_outside_the_policy_is_refused() {
    let practice = Practice::start();
    let kostas = practice.find(people::KOSTAS).await;
    for minutes in [59, 481] {
        let error = practice.tenant.issue_pass(&kostas.id, minutes).await.unwrap_err();
        assert_eq!(error.code(), "rejected", "{minutes}");
    }
    practice.simulator.forbid_passes();
    assert!(!practice.tenant.pass_policy().await.unwrap().enabled);
    assert_eq!(
        practice.tenant.issue_pass(&kostas.id, 60).await.unwrap_err().code(),
        "rejected"
    );
}

#[tokio::test]
async fn a_pass_whose_answer_is_lost_is_not_asked_for_again() {
    for fault in [Fault::DropAfter, Fault::Truncated] {
        let practice = Practice::start();
        let kostas = practice.find(people::KOSTAS).await;
        practice
            .simulator
            .inject(FaultRule::new(fault).method("POST").path("/v1.0/users"));
        let error = practice.tenant.issue_pass(&kostas.id, 60).await.unwrap_err();
        assert!(error.outcome_is_unknown(), "{error}");
        assert_eq!(practice.requests("POST", "temporaryAccessPassMethods"), 1);
    }
}

#[tokio::test]
async fn methods_come_in_an_order_in_which_they_can_go() {
    let practice = Practice::start();
    let kinds = [
        MethodKind::Phone,
        MethodKind::SoftwareOath,
        MethodKind::Fido2,
        MethodKind::Email,
        MethodKind::WindowsHello,
    ];
    for kind in kinds {
        practice.simulator.register(people::KOSTAS, kind);
    }
    let kostas = practice.find(people::KOSTAS).await;
    let methods = practice.tenant.auth_methods(&kostas.id).await.unwrap();
    let last = methods.last().unwrap();
    assert!(last.is_default && last.kind == MethodKind::Authenticator, "{methods:?}");
    // The default can't go while there are others.
    let error = practice.tenant.delete_method(&kostas.id, last).await.unwrap_err();
    assert_eq!(error.code(), "rejected");
    for method in methods.iter().filter(|method| method.kind.is_removable()) {
        practice.tenant.delete_method(&kostas.id, method).await.unwrap();
    }
    assert_eq!(practice.simulator.person(people::KOSTAS).unwrap().methods, 0);
    let left = practice.tenant.auth_methods(&kostas.id).await.unwrap();
    assert!(
        left.iter().all(|method| method.kind == MethodKind::Password),
        "{left:?}"
    );
}

#[tokio::test]
async fn changes_of_risk_are_a_second_apart() {
    let practice = Practice::start();
    practice.simulator.forgive_haste();
    let sofia = practice.find(people::SOFIA).await;
    practice
        .tenant
        .judge_risk(&sofia.id, RiskVerdict::Compromised)
        .await
        .unwrap();
    assert_eq!(practice.tenant.risk(&sofia.id).await.unwrap(), Risk::Compromised);
    practice
        .tenant
        .judge_risk(&sofia.id, RiskVerdict::Dismissed)
        .await
        .unwrap();
    assert_eq!(practice.tenant.risk(&sofia.id).await.unwrap(), Risk::None);
    practice.tenant.judge_risk(&sofia.id, RiskVerdict::Safe).await.unwrap();
    let waits = practice.waits();
    assert_eq!(waits.len(), 2, "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(1)));
}

#[tokio::test]
async fn rules_are_switched_and_kept_and_hidden_ones_are_told_from_exchanges_own() {
    let practice = Practice::start();
    let sofia = practice.find(people::SOFIA).await;
    let visible = practice.tenant.inbox_rules(&sofia.id).await.unwrap();
    let hidden = practice.tenant.hidden_rules(&sofia).await.unwrap();
    let names: Vec<&str> = hidden.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, [".."]);
    for rule in &visible {
        practice
            .tenant
            .set_rule(&sofia.id, rule, RuleState::Disabled)
            .await
            .unwrap();
    }
    practice
        .tenant
        .set_hidden_rule(&sofia, &hidden[0], RuleState::Disabled)
        .await
        .unwrap();
    assert!(practice.simulator.person(people::SOFIA).unwrap().rules.is_empty());
    let kept = practice.tenant.inbox_rules(&sofia.id).await.unwrap();
    assert_eq!(kept.len(), visible.len());
    assert!(kept.iter().all(|rule| !rule.enabled));
    practice
        .tenant
        .set_hidden_rule(&sofia, &hidden[0], RuleState::Enabled)
        .await
        .unwrap();
    assert_eq!(practice.simulator.person(people::SOFIA).unwrap().rules, [".."]);
}

#[tokio::test]
async fn forwarding_ends_and_consents_are_taken_back() {
    let practice = Practice::start();
    let sofia = practice.find(people::SOFIA).await;
    practice.tenant.clear_forwarding(&sofia).await.unwrap();
    assert!(practice.tenant.forwarding(&sofia).await.unwrap().to.is_empty());
    let consents = practice.tenant.consents(&sofia.id).await.unwrap();
    assert!(consents[0].reaches_data(), "{consents:?}");
    practice.tenant.revoke_consent(&consents[0]).await.unwrap();
    practice.tenant.revoke_consent(&consents[0]).await.unwrap();
    assert!(practice.tenant.consents(&sofia.id).await.unwrap().is_empty());
    let alex = practice.find(people::ALEX).await;
    let harmless = practice.tenant.consents(&alex.id).await.unwrap();
    assert!(harmless.len() == 1 && !harmless[0].reaches_data(), "{harmless:?}");
}

#[tokio::test]
async fn letters_traces_and_incidents() {
    let practice = Practice::start();
    let letter = Letter {
        to: people::MARIA.to_owned(),
        subject: "Your account".to_owned(),
        text: "Its password was reset.".to_owned(),
    };
    practice.tenant.send_mail(people::ALEX, &letter).await.unwrap();
    let letters = practice.simulator.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].to.as_str(), letters[0].text.as_str()),
        (people::MARIA, "Its password was reset.")
    );
    practice
        .simulator
        .inject(FaultRule::new(Fault::DropAfter).method("POST"));
    let lost = practice.tenant.send_mail(people::ALEX, &letter).await.unwrap_err();
    assert!(lost.outcome_is_unknown() && practice.simulator.letters().len() == 2);
    let now = OffsetDateTime::now_utc();
    let day = time::Duration::days(1);
    let sent = practice.tenant.sent_mail(people::SOFIA, now - day, now).await.unwrap();
    assert!(
        sent.len() == 3 && sent.iter().all(|mail| mail.status == "filteredAsSpam"),
        "{sent:?}"
    );
    assert!(practice.tenant.service_issues().await.unwrap().is_empty());
    practice.simulator.open_incident("Exchange Online", "Mail is delayed.");
    practice.simulator.open_incident("Planner", "Boards are slow.");
    let issues = practice.tenant.service_issues().await.unwrap();
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].title, "Mail is delayed.");
}

#[tokio::test]
async fn roundabout_privileges_count_and_those_that_cannot_be_read_refuse() {
    let practice = Practice::start();
    let alex = practice.find(people::ALEX).await;
    assert!(practice.tenant.privilege(&alex.id).await.unwrap().is_none());
    practice.simulator.give_scoped_role(people::ALEX, "User Administrator");
    let scoped = practice.tenant.privilege(&alex.id).await.unwrap();
    assert_eq!(scoped.active, ["User Administrator"]);

    let maria = practice.find(people::MARIA).await;
    practice.simulator.make_owner(people::MARIA);
    let owner = practice.tenant.privilege(&maria.id).await.unwrap();
    assert_eq!(owner.groups, ["SG-Emergency-Access"]);

    let kostas = practice.find(people::KOSTAS).await;
    practice.simulator.let_into_group(people::KOSTAS);
    assert_eq!(practice.tenant.privilege(&kostas.id).await.unwrap().groups.len(), 1);

    let eleni = practice.find(people::ELENI).await;
    for permission in [
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "RoleManagement.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "GroupMember.Read.All",
    ] {
        practice.simulator.revoke_permission(permission);
        let told = practice.tenant.privilege(&eleni.id).await;
        assert!(told.is_err(), "without {permission}: {told:?}");
        practice.simulator.grant_permission(permission);
    }
    assert!(practice.tenant.privilege(&eleni.id).await.unwrap().is_none());
}

#[tokio::test]
async fn how_somebody_is_reached_apart_from_their_account() {
    let practice = Practice::start();
    let maria = practice.find(people::MARIA).await;
    let alex = practice.find(people::ALEX).await;
    assert_eq!(practice.tenant.manager(&maria.id).await.unwrap(), None);
    practice.simulator.set_manager(people::MARIA, Some(people::ALEX));
    assert_eq!(practice.tenant.manager(&maria.id).await.unwrap(), Some(alex.id));
    let contact = practice.tenant.contact(&maria.id).await.unwrap();
    assert!(contact.language.is_none() && contact.other_mails.is_empty());
    practice.simulator.set_language(people::MARIA, "el-GR");
    practice.simulator.set_other_mails(people::MARIA, &["maria@example.gr"]);
    let contact = practice.tenant.contact(&maria.id).await.unwrap();
    assert_eq!(contact.language.as_deref(), Some("el-GR"));
    assert_eq!(contact.other_mails, ["maria@example.gr"]);
    assert!(practice.tenant.registered_mail(&maria.id).await.unwrap().is_empty());
    practice.simulator.register(people::MARIA, MethodKind::Email);
    practice.simulator.set_registered_mail(people::MARIA, "m@example.gr");
    assert_eq!(
        practice.tenant.registered_mail(&maria.id).await.unwrap(),
        ["m@example.gr"]
    );
    // What can't be read is no "none".
    practice.simulator.revoke_permission("User.Read.All");
    assert!(practice.tenant.manager(&maria.id).await.is_err());
    assert!(practice.tenant.contact(&maria.id).await.is_err());
    practice
        .simulator
        .revoke_permission("UserAuthenticationMethod.Read.All");
    assert!(practice.tenant.registered_mail(&maria.id).await.is_err());
}
