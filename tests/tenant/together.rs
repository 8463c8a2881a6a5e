//! Reads that travel together, and one budget of calls for everybody.

use std::time::Duration;

use latchkey::tenant::simulator::{Fault, FaultRule, people};

use crate::remedies::Practice;

const BATCH: &str = "/v1.0/$batch";

#[tokio::test]
async fn what_is_asked_in_the_same_breath_travels_as_one() {
    let practice = Practice::start();
    let sofia = practice.find(people::SOFIA).await;
    let before = practice.simulator.requests().len();
    let tenant = practice.tenant.together();
    let (risk, rules, plan) = tokio::join!(
        tenant.risk(&sofia.id),
        tenant.inbox_rules(&sofia.id),
        tenant.mail_plan(&sofia.id)
    );
    assert_eq!(risk.unwrap(), practice.tenant.risk(&sofia.id).await.unwrap());
    assert_eq!(rules.unwrap(), practice.tenant.inbox_rules(&sofia.id).await.unwrap());
    plan.unwrap();
    assert_eq!(practice.requests("POST", BATCH), 1);
    // The batch and its three parts, and the two that were asked for again alone.
    assert_eq!(practice.simulator.requests().len() - before, 6);
}

#[tokio::test]
async fn one_question_alone_is_no_batch() {
    let practice = Practice::start();
    let sofia = practice.find(people::SOFIA).await;
    practice.tenant.together().risk(&sofia.id).await.unwrap();
    assert_eq!(practice.requests("POST", BATCH), 0);
}

#[tokio::test]
async fn more_than_a_batch_holds_travels_as_several() {
    let practice = Practice::start();
    let sofia = practice.find(people::SOFIA).await;
    let tenant = practice.tenant.together();
    let many = (0..25).map(|_| tenant.risk(&sofia.id));
    let answers = futures::future::join_all(many).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(practice.requests("POST", BATCH), 2);
    assert_eq!(practice.requests("GET", "riskyUsers"), 25);
}

#[tokio::test]
async fn a_part_has_its_own_status_and_a_throttled_one_is_asked_for_again_alone() {
    let practice = Practice::start();
    let alex = practice.find(people::ALEX).await;
    let throttled = Fault::Throttled { retry_after: Some(5) };
    practice
        .simulator
        .inject(FaultRule::new(throttled).path("/v1.0/identityProtection"));
    practice.simulator.revoke_permission("MailboxSettings.Read");
    let tenant = practice.tenant.together();
    let (risk, rules, plan) = tokio::join!(
        tenant.risk(&alex.id),
        tenant.inbox_rules(&alex.id),
        tenant.mail_plan(&alex.id)
    );
    assert_eq!(rules.unwrap_err().code(), "denied");
    risk.unwrap();
    plan.unwrap();
    let waits = practice.waits();
    assert!(
        waits.len() == 1 && waits[0] > Duration::from_secs(4) && waits[0] <= Duration::from_secs(5),
        "{waits:?}"
    );
    assert_eq!(practice.requests("POST", BATCH), 1);
    assert_eq!(practice.requests("GET", "riskyUsers"), 2);
    assert_eq!(practice.requests("GET", "messageRules"), 1);
}

#[tokio::test]
async fn a_tenant_that_takes_no_batches_is_asked_one_by_one() {
    let practice = Practice::start();
    let alex = practice.find(people::ALEX).await;
    let refused = Fault::Status {
        status: 400,
        retry_after: None,
    };
    practice.simulator.inject(FaultRule::new(refused).path(BATCH));
    let tenant = practice.tenant.together();
    let (risk, plan) = tokio::join!(tenant.risk(&alex.id), tenant.mail_plan(&alex.id));
    assert!(risk.is_ok() && plan.is_ok());
}

#[tokio::test]
async fn a_batch_that_cannot_be_sent_fails_its_parts_and_is_not_multiplied() {
    let practice = Practice::start();
    let alex = practice.find(people::ALEX).await;
    let down = Fault::Status {
        status: 503,
        retry_after: None,
    };
    practice.simulator.inject(FaultRule::new(down).path("/v1.0").times(99));
    let before = practice.simulator.requests().len();
    let tenant = practice.tenant.together();
    let (risk, plan) = tokio::join!(tenant.risk(&alex.id), tenant.mail_plan(&alex.id));
    let (risk, plan) = (risk.unwrap_err(), plan.unwrap_err());
    assert_eq!((risk.code(), plan.code()), ("unavailable", "unavailable"));
    assert!(
        risk.to_string().contains("risk") && plan.to_string().contains("licences"),
        "{risk} {plan}"
    );
    assert_eq!(practice.simulator.requests().len() - before, 4);
}

#[tokio::test]
async fn what_one_caller_is_told_to_wait_holds_for_all_at_that_service_and_for_nobody_elsewhere() {
    let practice = Practice::start();
    let maria = practice.find(people::MARIA).await;
    let storm = Fault::Throttled { retry_after: Some(90) };
    practice
        .simulator
        .inject(FaultRule::new(storm).path("/v1.0/identityProtection"));
    let error = practice.tenant.risk(&maria.id).await.unwrap_err();
    assert_eq!(error.wait(), Some(Duration::from_secs(90)));
    let before = practice.simulator.requests().len();
    let error = practice.tenant.account(&maria.id).await.unwrap_err();
    assert_eq!(error.code(), "throttled");
    let left = error.wait().unwrap();
    assert!(
        left > Duration::from_secs(60) && left <= Duration::from_secs(90),
        "{left:?}"
    );
    assert_eq!(
        practice.simulator.requests().len(),
        before,
        "a paused service is not called"
    );
    practice.tenant.blocked_sender(&maria).await.unwrap();
}

#[tokio::test]
async fn a_short_pause_is_waited_out_by_the_others_as_well() {
    let practice = Practice::start();
    let maria = practice.find(people::MARIA).await;
    let storm = Fault::Throttled { retry_after: Some(5) };
    practice
        .simulator
        .inject(FaultRule::new(storm).path("/v1.0/identityProtection").times(4));
    assert_eq!(practice.tenant.risk(&maria.id).await.unwrap_err().code(), "throttled");
    assert_eq!(practice.waits().len(), 3);
    practice.tenant.account(&maria.id).await.unwrap();
    assert_eq!(practice.waits().len(), 4);
}
