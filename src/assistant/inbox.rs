//! The bounded inbox between a gateway, which must acknowledge at once, and the assistant, which may take its time.
//! Messages of one conversation are answered in the order in which they were written; clicks run side by side.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use super::{Assistant, AssistantError};
use crate::chat::{Click, IncomingMessage, Platform};

/// How many conversations are answered at once.
const LANES: usize = 8;
/// How many messages may wait in a lane.
const LANE_LENGTH: usize = 128;
/// How many clicks are worked on at once; more are refused, so that the platform tries again.
const CLICKS: usize = 64;

/// There is no room: the gateway must not acknowledge, or must say that it is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the inbox is full")]
pub struct Full;

/// Takes events and has the assistant answer them.
#[derive(Clone)]
pub struct Inbox {
    assistant: Assistant,
    lanes: Arc<[mpsc::Sender<IncomingMessage>]>,
    clicks: Arc<Semaphore>,
    working: TaskTracker,
}

impl Inbox {
    /// Starts answering. Must be called within a runtime.
    pub fn open(assistant: Assistant) -> Self {
        let working = TaskTracker::new();
        let lanes = (0..LANES).map(|_| open_lane(&assistant, &working)).collect();
        Self {
            assistant,
            lanes,
            clicks: Arc::new(Semaphore::new(CLICKS)),
            working,
        }
    }

    /// Takes a message.
    pub fn message(&self, message: IncomingMessage) -> Result<(), Full> {
        let mut hasher = DefaultHasher::new();
        message.conversation.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        self.lanes[lane].try_send(message).map_err(|_| Full)
    }

    /// Takes a click.
    pub fn click(&self, click: Click) -> Result<(), Full> {
        let room = Arc::clone(&self.clicks).try_acquire_owned().map_err(|_| Full)?;
        let assistant = self.assistant.clone();
        self.working.spawn(async move {
            let platform = click.event.platform;
            finish(
                platform,
                "click",
                tokio::spawn(async move { assistant.answer_click(click).await }),
            )
            .await;
            drop(room);
        });
        Ok(())
    }

    /// Takes nothing more and waits until everything taken is answered.
    pub async fn drain(self) {
        let Self { lanes, working, .. } = self;
        drop(lanes);
        working.close();
        working.wait().await;
    }
}

fn open_lane(assistant: &Assistant, working: &TaskTracker) -> mpsc::Sender<IncomingMessage> {
    let (sender, mut receiver) = mpsc::channel::<IncomingMessage>(LANE_LENGTH);
    let assistant = assistant.clone();
    working.spawn(async move {
        while let Some(message) = receiver.recv().await {
            let platform = message.event.platform;
            let one = assistant.clone();
            finish(
                platform,
                "message",
                tokio::spawn(async move { one.answer_message(message).await }),
            )
            .await;
        }
    });
    sender
}

/// Waits for an answer, which runs as a task of its own so that a panic costs one event and not the lane. Errors are
/// logged once, here.
async fn finish(platform: Platform, kind: &'static str, answering: JoinHandle<Result<(), AssistantError>>) {
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
}
