//! A Discord of its own on two free ports: the REST API and the gateway, stateful and as strict as Discord's
//! documentation. Its clock stands still until a test turns it.

mod check;
mod gateway;
mod interact;
mod read;
mod rest;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use latchkey::settings::DiscordSettings;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use world::TOKEN;

pub use check::message as faults_of;
pub use gateway::guild;
pub use read::shown;
pub use world::{
    ADMINS, APPLICATION, BOT, Channel, Frame, GUILD, LOUNGE, MESSAGE_CONTENT, OTHER_GUILD, OWN_ROLE, SUPPORT, Scripted,
    World,
};

/// Longer than anything on loopback takes. A test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The fake. Cheap to clone.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
    changed: Arc<watch::Sender<u64>>,
    pub rest: SocketAddr,
}

impl Fake {
    /// Starts it.
    pub async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let rest = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let fake = Self {
            world: Arc::new(Mutex::new(World::new(socket.local_addr().unwrap()))),
            changed: Arc::new(watch::Sender::new(0)),
            rest: rest.local_addr().unwrap(),
        };
        tokio::spawn(axum::serve(rest, rest::router(fake.clone())).into_future());
        tokio::spawn(gateway::serve(socket, fake.clone()));
        fake
    }

    /// Settings that lead to it.
    pub fn settings(&self) -> DiscordSettings {
        DiscordSettings {
            token: SecretString::from(TOKEN.to_owned()),
            application_id: APPLICATION,
            guild_ids: vec![GUILD],
            admin_channel: Some(ADMINS),
            answer_channels: vec![SUPPORT],
            api_url: Url::parse(&format!("http://{}", self.rest)).unwrap(),
        }
    }

    /// Looks at everything, or changes it.
    pub fn world(&self) -> Guard<'_> {
        Guard {
            world: self.world.lock().unwrap(),
            changed: &self.changed,
        }
    }

    /// Waits until something holds.
    pub async fn until(&self, what: &str, holds: impl Fn(&World) -> bool) {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            loop {
                if holds(&self.world.lock().unwrap()) {
                    return;
                }
                changed.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let world = self.world.lock().unwrap();
            panic!("waited in vain until {what}; faults: {:#?}", world.faults);
        }
    }

    /// Waits until the bot is connected.
    pub async fn connected(&self) {
        self.until("the bot is connected", |world| world.is_connected()).await;
    }
}

/// The world while it is looked at. Everybody who waits looks again when it is let go.
pub struct Guard<'a> {
    world: MutexGuard<'a, World>,
    changed: &'a watch::Sender<u64>,
}

impl std::ops::Deref for Guard<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl std::ops::DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.changed.send_modify(|version| *version += 1);
    }
}
