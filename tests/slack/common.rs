//! What the tests of the wire share.

use std::sync::Arc;

use latchkey::gateways::Condition;

use crate::conformance::house::{House, Tenancy};
use crate::conformance::{Place, Stage, Who};
use crate::fake::{Fake, PATIENCE};
use crate::stage::{Mode, SlackStage, identity, mode, settings};

pub const QUESTION: &str = "I can't send email";

/// Waits until the gateway is in a condition.
pub async fn becomes(house: &House, wanted: impl Fn(&Condition) -> bool) -> Condition {
    let reached = async {
        loop {
            let now = house.health.report().condition;
            if wanted(&now) {
                return now;
            }
            tokio::task::yield_now().await;
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reached).await;
    reached.unwrap_or_else(|_| panic!("it stays {:?}", house.health.report()))
}

pub fn say<M: Mode>(stage: &SlackStage<M>, key: &str) -> String {
    stage.house().phrase("en", key)
}

/// A request stands before the administrators, and everybody has read everything.
pub async fn requested<M: Mode>(stage: &SlackStage<M>, who: Who, text: &str) {
    stage.says(who, Place::Direct, text).await;
    stage.presses(who, &say(stage, "ask-administrator")).await;
    for who in Who::ALL {
        stage.news(who);
    }
}

/// A Latchkey on a fake that the test has prepared.
pub async fn opened<M: Mode>(fake: &Arc<Fake>) -> House {
    let slack = latchkey::gateways::slack::Slack::new(&settings(fake, mode::<M>()));
    House::open(Tenancy::begin(), slack, identity).await
}
