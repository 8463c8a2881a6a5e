//! Latchkey as it is served, for one platform: the real assistant, inbox, store and service layer over the simulated
//! tenant, with the gateway's routes on a server of their own, and a clock that the test turns.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use latchkey::access::Access;
use latchkey::actions::ReadBack;
use latchkey::assistant::{Assistant, Clock, Courier, Inbox, Languages, Parts, Practice, Recent, Traffic};
use latchkey::chat::{ActionId, Gateway, Identity, Platform};
use latchkey::gateways::{Health, Listener, Pace, Reception, supervise};
use latchkey::intents::Catalogue;
use latchkey::language::Language;
use latchkey::settings::{AccessSettings, Grant, Grantee, LoopbackHttp};
use latchkey::store::Store;
use latchkey::store::audit::{Detail, Entry, Event};
use latchkey::store::links::StoredLink;
use latchkey::tenant::simulator::{PersonState, Simulator};
use latchkey::tenant::{Mode, Tenant};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Who;

/// Longer than anything on loopback takes. A test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The simulated tenant, started before the gateway is made: a platform may know the object ids of its people.
pub struct Tenancy {
    pub simulator: Simulator,
}

impl Tenancy {
    pub fn begin() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Self {
            simulator: Simulator::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap(),
        }
    }

    /// Somebody's account, where they have one.
    pub fn account(&self, who: Who) -> Option<PersonState> {
        self.simulator.person(who.address()?)
    }
}

/// A running Latchkey.
pub struct House {
    pub tenancy: Tenancy,
    pub store: Store,
    pub catalogue: Arc<Catalogue>,
    pub inbox: Inbox,
    pub health: Health,
    /// Where the gateway's routes are answered.
    pub address: SocketAddr,
    pub gateway: Arc<dyn Listener>,
    people: BTreeMap<Who, Identity>,
    now: Arc<Mutex<OffsetDateTime>>,
    closing: CancellationToken,
}

impl House {
    /// Opens for `gateway`. `identity` tells who is who on its platform: Ana may do everything, Petros may look,
    /// revoke sessions, and do (or approve) what takes two people.
    pub async fn open(tenancy: Tenancy, gateway: Arc<dyn Listener>, identity: impl Fn(Who) -> Identity) -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        Self::open_with(tenancy, gateway, identity, store).await
    }

    /// Opens with a store of the test's own, such as the one of a house that was closed.
    pub async fn open_with(
        tenancy: Tenancy,
        gateway: Arc<dyn Listener>,
        identity: impl Fn(Who) -> Identity,
        store: Store,
    ) -> Self {
        let catalogue = Arc::new(Catalogue::embedded().unwrap());
        let now = Arc::new(Mutex::new(OffsetDateTime::now_utc()));
        let told = Arc::clone(&now);
        let tenant = Tenant::connect(&tenancy.simulator.settings(), Mode::Real, LoopbackHttp::Allowed).unwrap();
        let parts = Parts {
            catalogue: Arc::new(ArcSwap::new(Arc::clone(&catalogue))),
            store: store.clone(),
            tenant,
            access: Access::new(&policy(&identity)).unwrap(),
            courier: Courier::new(vec![Arc::clone(&gateway) as Arc<dyn Gateway>], Practice::Real),
            languages: Languages::default(),
            clock: Clock::from(move || *told.lock().unwrap()),
            read_back: ReadBack {
                pauses: vec![Duration::ZERO; 2],
            },
            recent: Recent::default(),
            mailbox: None,
        };
        for who in [Who::Ana, Who::Petros] {
            link(&store, &identity(who), &tenancy.account(who).unwrap()).await;
        }
        let inbox = Inbox::open(Assistant::new(parts));
        let closing = CancellationToken::new();
        let reception = Reception {
            inbox: inbox.clone(),
            health: Health::default(),
            closing: closing.clone(),
        };
        let health = reception.health.clone();
        let routes = Arc::clone(&gateway).routes(reception.clone());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(
            axum::serve(listener, routes)
                .with_graceful_shutdown(closing.clone().cancelled_owned())
                .into_future(),
        );
        let at_once = Pace {
            first: Duration::from_millis(1),
            longest: Duration::from_millis(1),
            ..Pace::default()
        };
        tokio::spawn(supervise(Arc::clone(&gateway), reception, at_once));
        let people = Who::ALL.into_iter().map(|who| (who, identity(who))).collect();
        Self {
            tenancy,
            store,
            catalogue,
            inbox,
            health,
            address,
            gateway,
            people,
            now,
            closing,
        }
    }

    /// How much was taken and answered so far; for [`House::answered_since`].
    pub fn so_far(&self) -> Traffic {
        *self.inbox.traffic().borrow()
    }

    /// Waits until something more than `before` was taken, and everything that was taken is answered.
    pub async fn answered_since(&self, before: Traffic) {
        let mut traffic = self.inbox.traffic();
        let done = traffic.wait_for(|now| now.taken > before.taken && now.answered == now.taken);
        match tokio::time::timeout(PATIENCE, done).await {
            Ok(reached) => drop(reached.unwrap()),
            Err(_) => panic!("the bot took nothing, or did not finish: {:?}", self.so_far()),
        }
    }

    /// Somebody, as the platform knows them.
    pub fn identity(&self, who: Who) -> Identity {
        self.people[&who].clone()
    }

    /// What time it is.
    pub fn now(&self) -> OffsetDateTime {
        *self.now.lock().unwrap()
    }

    /// Turns the clock on.
    pub fn wait(&self, time: time::Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// A phrase in a language.
    pub fn phrase(&self, language: &str, key: &str) -> String {
        self.catalogue.phrase(&Language::new(language), key, &[])
    }

    /// The state of somebody's account.
    pub fn state(&self, who: Who) -> PersonState {
        self.tenancy.account(who).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// Links an administrator to their account, as they would have done by signing in to it. Where the platform vouches for
/// accounts it makes no difference.
async fn link(store: &Store, who: &Identity, account: &PersonState) {
    let now = OffsetDateTime::now_utc();
    let link = StoredLink {
        person: who.clone(),
        entra: account.id.clone(),
        account: account.upn.clone(),
        how: "oidc".into(),
        linked: now,
        expires: now + time::Duration::days(90),
    };
    let record = Entry {
        at: now,
        event: Event::Linked,
        who: who.clone(),
        who_entra: Some(account.id.clone()),
        action: None,
        target: Some(account.id.clone()),
        operation: format!("link-{}", who.user),
        note: "oidc".into(),
        detail: Detail::default(),
    };
    store.put_link(&link, &record).await.unwrap();
}

fn policy(identity: &impl Fn(Who) -> Identity) -> AccessSettings {
    let to = |who: Who, actions: &[ActionId]| {
        let identity = identity(who);
        let who = match identity.platform {
            // Teams vouches for who somebody is in Entra.
            Platform::Teams => Grantee::Entra(identity.user),
            platform => Grantee::Chat {
                platform: platform.name().into(),
                scope: identity.scope,
                user: identity.user,
            },
        };
        let actions: Vec<&str> = actions.iter().map(|action| action.name()).collect();
        Grant::new(who, &actions)
    };
    AccessSettings {
        grants: vec![
            to(Who::Ana, &ActionId::ALL),
            to(
                Who::Petros,
                &[
                    ActionId::LookUp,
                    ActionId::RevokeSessions,
                    ActionId::ResetPassword,
                    ActionId::AllowSignIn,
                ],
            ),
        ],
        ..AccessSettings::default()
    }
}
