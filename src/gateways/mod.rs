//! The chat platforms. Each verifies what comes in, turns it into the shared vocabulary, acknowledges, and renders what
//! goes out. None decides anything, and none knows another.

pub mod discord;
mod health;
pub mod playground;
pub mod slack;
mod supervision;
pub mod teams;

use std::sync::Arc;

use axum::Router;
use tokio_util::sync::CancellationToken;

use crate::assistant::Inbox;
use crate::chat::Gateway;
use crate::examination::Examined;

pub use health::{Condition, Health, Report};
pub use supervision::{Pace, supervise};

/// A gateway that can be started.
#[async_trait::async_trait]
pub trait Listener: Gateway {
    /// What it answers on the shared server, with whole paths such as `/slack/events`. Every route verifies what it is
    /// sent before it reads further.
    fn routes(self: Arc<Self>, _reception: Reception) -> Router {
        Router::new()
    }

    /// Looks at what the platform must have granted, for `latchkey doctor`: tokens, scopes, channels. Changes nothing.
    async fn examine(&self) -> Vec<Examined> {
        Vec::new()
    }

    /// Keeps a connection to the platform until [`Reception::closing`]. It is started again, more and more slowly,
    /// when it ends with [`Stopped::Passing`], and left alone after [`Stopped::Fatal`]. One that the platform calls
    /// by HTTP says that it is up, and waits.
    async fn listen(self: Arc<Self>, reception: Reception) -> Result<(), Stopped> {
        reception.health.up();
        reception.closing.cancelled().await;
        Ok(())
    }
}

/// Where a gateway brings what it hears, and says how it is.
#[derive(Clone)]
pub struct Reception {
    /// Takes messages, clicks and commands.
    pub inbox: Inbox,
    /// How the gateway is: shown in `/health`.
    pub health: Health,
    /// Cancelled when nothing more is to be taken.
    pub closing: CancellationToken,
}

/// Why a gateway stopped listening. The words are shown in `/health` and in the log: no token, no address of a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// It may work later: the network, an outage, a rate limit.
    #[error("{0}")]
    Passing(String),
    /// It can't work until somebody changes something: a token that was revoked, a permission that is not granted.
    #[error("{0}")]
    Fatal(String),
}
