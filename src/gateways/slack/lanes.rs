//! Messages on their way from the acknowledgement to the inbox: whoever wrote them is looked up, and those of one
//! channel stay in their order. A full lane is told to Slack, which tries again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::api::Api;
use super::people::{People, Profile};
use super::receive::Happening;
use crate::assistant::{Inbox, NotTaken};
use crate::chat::{Addressed, IncomingMessage, Person};

const LANES: usize = 8;
/// How many messages may wait in a lane.
const LENGTH: usize = 256;
/// How long a name is waited for: a message is answered without it too.
const FOR_A_NAME: Duration = Duration::from_secs(2);
/// How long to wait until there is room in the inbox again.
const FOR_ROOM: Duration = Duration::from_millis(50);

/// A message that was acknowledged.
pub struct Written {
    /// Who, where.
    pub event: Happening,
    /// What.
    pub text: String,
    /// To whom.
    pub addressed: Addressed,
}

/// The lanes.
pub struct Lanes {
    lanes: Vec<mpsc::Sender<Written>>,
    waiting: watch::Sender<usize>,
}

impl Lanes {
    /// Begins to work. Must be called within a runtime.
    pub fn open(api: &Arc<Api>, people: &Arc<People>, inbox: &Inbox) -> Self {
        let waiting = watch::Sender::new(0);
        let lanes = (0..LANES)
            .map(|_| {
                let (sender, mut lane) = mpsc::channel(LENGTH);
                let (api, people, inbox) = (Arc::clone(api), Arc::clone(people), inbox.clone());
                let waiting = waiting.clone();
                tokio::spawn(async move {
                    while let Some(written) = lane.recv().await {
                        bring(&api, &people, &inbox, written).await;
                        waiting.send_modify(|waiting| *waiting -= 1);
                    }
                });
                sender
            })
            .collect();
        Self { lanes, waiting }
    }

    /// Takes a message, where there is room.
    pub fn put(&self, written: Written) -> Result<(), NotTaken> {
        let mut hasher = DefaultHasher::new();
        written.event.conversation.id.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        self.waiting.send_modify(|waiting| *waiting += 1);
        self.lanes[lane].try_send(written).map_err(|_| {
            self.waiting.send_modify(|waiting| *waiting -= 1);
            NotTaken::Full
        })
    }

    /// Waits until everything that was taken is in the inbox.
    pub async fn drained(&self) {
        // It ends with the sender, which is ours.
        let _ = self.waiting.subscribe().wait_for(|waiting| *waiting == 0).await;
    }
}

async fn bring(api: &Api, people: &People, inbox: &Inbox, written: Written) {
    let profile = people.profile(api, &written.event.who.user, FOR_A_NAME).await;
    let message = IncomingMessage {
        event: written.event.id.clone(),
        conversation: written.event.conversation.clone(),
        sender: person(&written.event, &profile),
        text: written.text,
        addressed: written.addressed,
        locale: profile.locale,
    };
    // It was acknowledged: nobody sends it again.
    while inbox.message(message.clone()).is_err() {
        tokio::time::sleep(FOR_ROOM).await;
    }
}

/// Whoever did it, as far as Slack tells.
pub fn person(event: &Happening, profile: &Profile) -> Person {
    let name = profile.name.clone().or_else(|| event.name.clone());
    Person {
        identity: event.who.clone(),
        name: name.unwrap_or_else(|| event.who.user.clone()),
        entra: None,
        account: None,
        suggestion: profile.email.clone(),
        roles: std::collections::BTreeSet::new(),
    }
}
