//! How fast events are acknowledged while the tenant answers slowly. A measurement, not a test of the gate: run it with
//! `taskset -c 0 cargo test --release --test slack load -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use latchkey::tenant::simulator::{Fault, FaultRule};

use crate::conformance::{Stage, Who};
use crate::fake::form;
use crate::fake::world::{SUPPORT, User, direct, user};
use crate::stage::{Http, SlackStage};
use serde_json::json;

const A_SECOND: u32 = 200;
const SECONDS: u32 = 10;
const SLOWLY: u64 = 2000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn two_hundred_signed_events_a_second() {
    let stage = Arc::new(SlackStage::<Http>::begin().await);
    stage.house().tenancy.simulator.inject(FaultRule {
        method: None,
        path: None,
        cmdlet: None,
        skip: 0,
        times: u32::MAX,
        fault: Fault::Delay { milliseconds: SLOWLY },
    });
    let sent: Vec<_> = (0..A_SECOND * SECONDS).map(|number| event(&stage, number)).collect();
    let mut every = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
    let mut waiting = Vec::new();
    for (path, body) in sent {
        every.tick().await;
        let stage = Arc::clone(&stage);
        waiting.push(tokio::spawn(async move {
            let began = Instant::now();
            let (status, _) = stage.fake.request(stage.house().address, path, &body).await;
            (status, began.elapsed())
        }));
    }
    let mut took = Vec::new();
    let mut refused = 0;
    for one in waiting {
        let (status, time) = one.await.unwrap();
        refused += u32::from(status != 200);
        took.push(time);
    }
    took.sort_unstable();
    let at = |part: usize| took[(took.len() - 1) * part / 100];
    println!(
        "{} events, {A_SECOND} a second: acknowledged after {:?} (half), {:?} (99 of 100), {:?} (all); {refused} to be sent again",
        took.len(),
        at(50),
        at(99),
        at(100),
    );
    assert!(at(100) < Duration::from_secs(3), "Slack waits for three seconds");
}

/// Ordinary talk, questions of many people, and an administrator's looks into the slow tenant.
fn event(stage: &SlackStage<Http>, number: u32) -> (&'static str, String) {
    if number.is_multiple_of(50) {
        let command = stage.command(Who::Ana, (SUPPORT, "status maria.papadopoulou@contoso.com"));
        return ("/slack/commands", form(&command.payload));
    }
    let name = format!("u{}", number % 100);
    let id = user(&name);
    let mut world = stage.fake.world();
    let somebody = User {
        name: name.clone(),
        email: None,
        locale: "el-GR".into(),
        team: crate::fake::world::TEAM.into(),
        presence: "active",
    };
    world.users.insert(id.clone(), somebody);
    world.join(&direct(&id), &id);
    world.join(&direct(&id), crate::fake::world::BOT);
    drop(world);
    let (channel, text) = if number.is_multiple_of(20) {
        (direct(&id), "δεν μπορώ να στείλω mail")
    } else {
        (SUPPORT.to_owned(), "καλημέρα, πάμε για καφέ;")
    };
    let mut sent = stage.message(Who::Maria, &channel, (text, None));
    sent.payload["event"]["user"] = json!(id);
    ("/slack/events", sent.payload.to_string())
}
