//! The bounded inbox between a gateway, which must acknowledge at once, and the assistant, which may take its time.
//! Messages of one conversation are answered in the order in which they were written; clicks and commands run side by
//! side, and are stored first, so that a restart does not lose them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Assistant, AssistantError, Hearing};
use crate::chat::{Click, EventId, IncomingMessage, Invocation};
use crate::store::StoreError;

/// How many conversations are answered at once.
const LANES: usize = 8;
/// How many messages may wait in a lane.
const LANE_LENGTH: usize = 128;
/// How many clicks and commands are worked on at once; more are refused, so that the platform tries again.
const AT_ONCE: usize = 64;

/// An event was not taken: the gateway must not acknowledge it, or must say that the bot is busy.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// There is no room.
    #[error("the inbox is full")]
    Full,
    /// It could not be stored.
    #[error("the event could not be stored")]
    Store(#[from] StoreError),
}

/// Takes events and has the assistant answer them.
#[derive(Clone)]
pub struct Inbox {
    assistant: Assistant,
    lanes: Arc<[mpsc::Sender<IncomingMessage>]>,
    room: Arc<Semaphore>,
    working: TaskTracker,
    closing: CancellationToken,
    traffic: watch::Sender<Traffic>,
}

/// How many events were taken and answered since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Taken from gateways or from the store.
    pub taken: u64,
    /// Answered, those included for which silence was the answer.
    pub answered: u64,
}

/// What is stored until it is answered.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Waiting {
    Click(Click),
    Command(Invocation),
}

impl Waiting {
    fn event(&self) -> &EventId {
        match self {
            Self::Click(click) => &click.event,
            Self::Command(invocation) => &invocation.event,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Click(_) => "click",
            Self::Command(_) => "command",
        }
    }
}

impl Inbox {
    /// Starts answering. Must be called within a runtime.
    pub fn open(assistant: Assistant) -> Self {
        let working = TaskTracker::new();
        let closing = CancellationToken::new();
        let traffic = watch::Sender::new(Traffic::default());
        let lanes = (0..LANES)
            .map(|_| {
                let (sender, lane) = mpsc::channel(LANE_LENGTH);
                working.spawn(answer_lane(assistant.clone(), lane, closing.clone(), traffic.clone()));
                sender
            })
            .collect();
        Self {
            assistant,
            lanes,
            room: Arc::new(Semaphore::new(AT_ONCE)),
            working,
            closing,
            traffic,
        }
    }

    /// Follows how much was taken and answered.
    pub fn traffic(&self) -> watch::Receiver<Traffic> {
        self.traffic.subscribe()
    }

    /// Takes a message.
    pub fn message(&self, message: IncomingMessage) -> Result<(), NotTaken> {
        let mut hasher = DefaultHasher::new();
        message.conversation.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        let place = self.lanes[lane].try_reserve().map_err(|_| NotTaken::Full)?;
        self.traffic.send_modify(|traffic| traffic.taken += 1);
        place.send(message);
        Ok(())
    }

    /// Takes a click. It is stored when this returns, and may be acknowledged.
    pub async fn click(&self, click: Click) -> Result<(), NotTaken> {
        self.take(Waiting::Click(click)).await
    }

    /// Takes a command. It is stored when this returns, and may be acknowledged.
    pub async fn command(&self, invocation: Invocation) -> Result<(), NotTaken> {
        self.take(Waiting::Command(invocation)).await
    }

    /// A phrase of the interface for somebody whose language the platform reports: for what a gateway must say by
    /// itself, such as that an answer is on its way.
    pub fn phrase(&self, locale: Option<&str>, key: &str) -> String {
        self.assistant.phrase(locale, key)
    }

    /// Takes up what a stopped process had taken and not answered.
    pub async fn resume(&self) -> Result<(), StoreError> {
        for (event, stored) in self.assistant.store().waiting().await? {
            match serde_json::from_value::<Waiting>(stored) {
                Ok(waiting) => {
                    // There is always room in the end: what is worked on finishes.
                    if let Ok(room) = Arc::clone(&self.room).acquire_owned().await {
                        self.work(waiting, Hearing::Again, room);
                    }
                }
                Err(error) => {
                    tracing::error!(error = %error, chat.platform = %event.platform, "an event of another version can't be read and was dropped");
                    self.assistant.store().answered(&event).await?;
                }
            }
        }
        Ok(())
    }

    /// Takes nothing more and waits until everything taken is answered.
    pub async fn drain(self) {
        self.closing.cancel();
        self.room.close();
        self.working.close();
        self.working.wait().await;
    }

    async fn take(&self, waiting: Waiting) -> Result<(), NotTaken> {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| NotTaken::Full)?;
        let stored = serde_json::to_value(&waiting).map_err(StoreError::from)?;
        self.assistant.store().keep_waiting(waiting.event(), &stored).await?;
        self.work(waiting, Hearing::First, room);
        Ok(())
    }

    fn work(&self, waiting: Waiting, hearing: Hearing, room: OwnedSemaphorePermit) {
        let assistant = self.assistant.clone();
        let traffic = self.traffic.clone();
        traffic.send_modify(|traffic| traffic.taken += 1);
        self.working.spawn(async move {
            let (event, kind) = (waiting.event().clone(), waiting.kind());
            let one = assistant.clone();
            let answering = tokio::spawn(async move {
                match waiting {
                    Waiting::Click(click) => one.answer_click(click, hearing).await,
                    Waiting::Command(invocation) => one.answer_command(invocation, hearing).await,
                }
            });
            finish(&assistant, &event, kind, answering).await;
            if let Err(error) = assistant.store().answered(&event).await {
                tracing::error!(error = %error, chat.platform = %event.platform, chat.event = kind, "an answered event could not be put away");
            }
            drop(room);
            traffic.send_modify(|traffic| traffic.answered += 1);
        });
    }
}

/// Answers one message after another; once `closing`, takes no more and answers what waits.
async fn answer_lane(
    assistant: Assistant,
    mut lane: mpsc::Receiver<IncomingMessage>,
    closing: CancellationToken,
    traffic: watch::Sender<Traffic>,
) {
    loop {
        let next = match closing.run_until_cancelled(lane.recv()).await {
            Some(next) => next,
            None => {
                lane.close();
                lane.recv().await
            }
        };
        let Some(message) = next else { return };
        let event = message.event.clone();
        let one = assistant.clone();
        let answering = tokio::spawn(async move { one.answer_message(message).await });
        finish(&assistant, &event, "message", answering).await;
        traffic.send_modify(|traffic| traffic.answered += 1);
    }
}

/// Waits for an answer, which runs as a task of its own so that a panic costs one event and not the lane. Errors are
/// logged once, here.
async fn finish(
    assistant: &Assistant,
    event: &EventId,
    kind: &'static str,
    answering: JoinHandle<Result<(), AssistantError>>,
) {
    let platform = event.platform;
    match answering.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let cause = std::error::Error::source(&error)
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::error!(error = %error, error.cause = %cause, chat.platform = %platform, chat.event = kind, "an event could not be answered");
        }
        Err(panicked) => {
            tracing::error!(error = %panicked, chat.platform = %platform, chat.event = kind, "answering broke off");
        }
    }
    assistant.settled(event).await;
}
