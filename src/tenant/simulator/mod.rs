//! A practice tenant: an HTTP server that behaves as the real token endpoint, Microsoft Graph and the Exchange Online
//! gateway do for what this project asks of them, with people in every lockout state and switches that make it fail.
//!
//! It is strict where the real services are (paths, bodies, query options, tokens, permissions) and stateful: what is
//! written is read back. It never shows a password that was set; [`Simulator::password_is`] recognises one.

mod answer;
mod batch;
mod call;
mod connection;
mod control;
mod directory;
mod exchange;
mod fault;
mod graph;
mod login;
pub mod people;
mod server;
mod switches;
mod world;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use directory::{Lockout, PersonState};
pub use fault::{Fault, FaultRule};
pub use world::{PostedLetter, RequestRecord};

use crate::settings::{Credential, RealTenant};
use crate::tenant::account::{BlockReason, Origin};
use connection::{Door, Wire};
use directory::Person;
use login::Resources;
use server::Shared;
use world::{CLIENT_ID, TENANT_ID, World};

/// How long [`Simulator::shutdown`] waits for requests that are under way.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// A running practice tenant. Dropping it stops it.
pub struct Simulator {
    address: SocketAddr,
    secret: SecretString,
    shared: Arc<Shared>,
    task: Option<JoinHandle<io::Result<()>>>,
}

impl Simulator {
    /// Starts it on this address (port 0 takes a free one), inside the tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// Where there is no runtime, the address can't be had, or it is neither 127.0.0.1 nor `[::1]`: those two have the
    /// second name that Exchange needs, and nobody else's machine can reach them.
    pub fn start(listen: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        if ![IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].contains(&listen.ip()) {
            let why = "the simulated tenant listens on 127.0.0.1 or [::1] only";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = std::net::TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let secret = random_secret()?;
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(secret.clone(), OffsetDateTime::now_utc())),
            changed: watch::Sender::new(0),
            stop: CancellationToken::new(),
            resources: Resources {
                graph: format!("http://{address}"),
                // Another name of the same address.
                exchange: format!("http://localhost:{}", address.port()),
            },
        });
        let app = Router::new()
            .fallback(server::serve)
            .with_state(shared.clone())
            .into_make_service_with_connect_info::<Wire>();
        let stopped = shared.stop.clone().cancelled_owned();
        let task = runtime.spawn(async move { axum::serve(Door(listener), app).with_graceful_shutdown(stopped).await });
        shared.tell();
        Ok(Self {
            address,
            secret,
            shared,
            task: Some(task),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How to sign in to it. Graph and Exchange have different names for the one address, because a token for the
    /// one must not open the other.
    ///
    /// # Panics
    /// Never: an address makes a URL.
    pub fn settings(&self) -> RealTenant {
        RealTenant {
            id: TENANT_ID.to_owned(),
            credential: Credential::with_secret(CLIENT_ID, self.secret.clone()),
            login_url: url(&self.shared.resources.graph),
            graph_url: url(&self.shared.resources.graph),
            exchange_url: url(&self.shared.resources.exchange),
        }
    }

    /// Everybody, as they are now.
    pub fn people(&self) -> Vec<PersonState> {
        self.shared.world().snapshot()
    }

    /// The person with this user principal name or id, as they are now.
    pub fn person(&self, upn: &str) -> Option<PersonState> {
        self.people()
            .into_iter()
            .find(|person| person.upn.eq_ignore_ascii_case(upn) || person.id.eq_ignore_ascii_case(upn))
    }

    /// Makes requests fail. Rules are tried in the order in which they were given.
    pub fn inject(&self, rule: FaultRule) {
        self.shared.world().faults.push(rule);
    }

    /// Forgets every rule that still waits.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// How many rules still wait.
    pub fn faults_waiting(&self) -> usize {
        self.shared.world().faults.len()
    }

    /// The requests to the services so far (not those below `/_simulator/`).
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.world().requests()
    }

    /// Takes a permission from the application: a Graph permission, `Exchange.ManageAsApp`, the name of a cmdlet, or
    /// `AAD_PREMIUM_P2` for the tenant's licence. It counts at once, also for tokens that were given out.
    pub fn revoke_permission(&self, name: &str) {
        // Who may write may read as well, so the wider one goes with it.
        let wider = name.replace(".Read.", ".ReadWrite.");
        let wider = wider
            .strip_suffix(".Read")
            .map_or(wider.clone(), |start| format!("{start}.ReadWrite"));
        let mut world = self.shared.world();
        world.permissions.remove(name);
        world.permissions.remove(&wider);
    }

    /// Gives it back.
    pub fn grant_permission(&self, name: &str) {
        self.shared.world().permissions.insert(name.to_owned());
    }

    /// Lets every token that was given out expire.
    pub fn expire_tokens(&self) {
        let past = OffsetDateTime::now_utc() - Duration::seconds(1);
        for token in self.shared.world().tokens.values_mut() {
            token.expires_at = past;
        }
    }

    /// Restricts an address from sending, exactly as it is to be listed.
    pub fn restrict(&self, address: &str, reason: BlockReason) {
        self.shared.world().restrict(address, reason, OffsetDateTime::now_utc());
        self.shared.tell();
    }

    /// Makes the account one that is synced from an on-premises directory.
    ///
    /// # Panics
    ///
    /// Where nobody has this name: a test that changes nobody would prove nothing.
    pub fn set_synced(&self, upn: &str) {
        self.change(upn, |person| person.origin = Origin::Synced);
    }

    /// Makes the account eligible for a directory role, by the role's display name.
    ///
    /// # Panics
    ///
    /// Where nobody has this name, or the tenant has no such role.
    pub fn make_eligible(&self, upn: &str, role: &str) {
        let known = people::ROLES.into_iter().find(|known| known.name == role);
        assert!(known.is_some(), "the practice tenant has no role {role}");
        self.change(upn, |person| person.eligible.extend(known));
    }

    /// How many items a page of a list holds where the client does not say.
    pub fn set_page_size(&self, items: usize) {
        self.shared.world().page_size = items.max(1);
    }

    /// Whether this is the password that was set for the person.
    pub fn password_is(&self, upn: &str, password: &str) -> bool {
        self.shared.world().password_is(upn, password)
    }

    /// Says when the state changes; the number counts the changes.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    fn change(&self, upn: &str, change: impl FnOnce(&mut Person)) {
        let mut world = self.shared.world();
        let changed = world.person_mut(upn).map(change);
        assert!(changed.is_some(), "the practice tenant has nobody called {upn}");
        world.touch();
        drop(world);
        self.shared.tell();
    }

    /// Stops it and waits until it has, or a client has kept a request open for too long.
    pub async fn shutdown(mut self) {
        self.shared.stop.cancel();
        if let Some(task) = self.task.take() {
            tokio::time::timeout(PATIENCE, task).await.ok();
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

fn random_secret() -> io::Result<SecretString> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|fault| io::Error::other(fault.to_string()))?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
}

#[expect(clippy::expect_used, reason = "an address and a port always make a URL")]
fn url(origin: &str) -> Url {
    Url::parse(origin).expect("an address makes a URL")
}
