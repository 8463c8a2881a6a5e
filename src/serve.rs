//! Wiring and lifecycle: builds the parts from settings, starts them, and drains them at the end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Access;
use crate::access::links::{self, Links};
use crate::actions::ReadBack;
use crate::assistant::{Assistant, Clock, Courier, Inbox, Languages, Parts, Practice, Recent};
use crate::chat::{Gateway, Platform};
use crate::gateways::discord::Discord;
use crate::gateways::playground::{self, Backstage, Playground};
use crate::gateways::slack::Slack;
use crate::gateways::teams::{Patience, Teams};
use crate::gateways::{Condition, Health, Listener, Pace, Reception, Report, supervise};
use crate::intents::Catalogue;
use crate::intents::reload::Watcher;
use crate::language::Language;
use crate::settings::{AccessSettings, Emulator, IntentSettings, LoopbackHttp, Settings, TenantSettings};
use crate::store::Store;
use crate::tenant::simulator::{Simulator, people};
use crate::tenant::{Mode, Tenant};

const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// Long enough that whoever presses an old button still hears that it has expired.
const KEEP_DEAD_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// A started Latchkey.
pub struct Running {
    address: SocketAddr,
    closing: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
    inbox: Inbox,
    listening: TaskTracker,
    /// Kept alive for as long as the process runs.
    _simulator: Option<Arc<Simulator>>,
    _watcher: Option<Watcher>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until `signal`, then takes nothing more, finishes what was taken, and ends.
    pub async fn until(mut self, signal: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = signal => {}
            ended = &mut self.server => {
                ended.context("the server stopped")?.context("the server failed")?;
                bail!("the server ended by itself");
            }
        }
        self.closing.cancel();
        self.server
            .await
            .context("the server stopped")?
            .context("the server failed")?;
        self.listening.close();
        self.listening.wait().await;
        self.inbox.drain().await;
        Ok(())
    }
}

/// Waits for Ctrl-C, or for the signal with which service managers stop a process.
pub async fn interrupted() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// The demo: the playground, a simulated tenant, and a store in memory.
pub async fn demo(listen: SocketAddr) -> anyhow::Result<Running> {
    if !listen.ip().is_loopback() {
        bail!("the demo listens on loopback addresses only, and {listen} is none: try 127.0.0.1:8787");
    }
    let simulator = Arc::new(start_simulator()?);
    let store = Store::open("sqlite::memory:")
        .await
        .context("the store could not be opened")?;
    let catalogue = Arc::new(ArcSwap::from_pointee(catalogue(&IntentSettings {
        folder: None,
        languages: Vec::new(),
    })?));
    let playground = Playground::new();
    let parts = Parts {
        catalogue,
        store: store.clone(),
        tenant: connect_simulated(&simulator)?,
        access: policy(&playground::access())?,
        courier: Courier::new(vec![Arc::clone(&playground) as Arc<dyn Gateway>], Practice::Simulated),
        languages: Languages::default(),
        clock: Clock::system(),
        read_back: ReadBack::default(),
        recent: Recent::default(),
        mailbox: Some(people::HELP_DESK.to_owned()),
    };
    let inbox = Inbox::open(Assistant::new(parts));
    let closing = CancellationToken::new();
    let backstage = Backstage {
        store,
        accounts: accounts_of(&simulator),
    };
    tokio::spawn(refresh_on_change(
        Arc::clone(&playground),
        Arc::clone(&simulator),
        closing.clone(),
    ));
    let router = playground::router(playground, inbox.clone(), backstage, closing.clone());
    let (address, server) = listen_on(listen, router, &closing).await?;
    Ok(Running {
        address,
        closing,
        server,
        inbox,
        listening: TaskTracker::new(),
        _simulator: Some(simulator),
        _watcher: None,
    })
}

/// The bot proper: the gateways that the settings enable.
pub async fn serve(settings: Settings) -> anyhow::Result<Running> {
    if settings.development.loopback_http == LoopbackHttp::Allowed {
        tracing::warn!(
            "[development] loopback_http is on: plain http is taken for loopback addresses. Never use this with real accounts."
        );
    }
    if settings.development.teams_emulator == Emulator::Allowed {
        tracing::warn!(
            "[development] teams_emulator is on: whoever is on this machine is believed to be Teams. Never use this with real accounts."
        );
    }
    let mut store = Store::open(&settings.store.url)
        .await
        .context("the store could not be opened")?;
    if let Some(anchor) = &settings.audit.anchor {
        store = store.with_anchor(anchor);
    }
    let catalogue = Arc::new(ArcSwap::from_pointee(catalogue(&settings.intents)?));
    let languages = languages(&settings.intents, &catalogue.load())?;
    let watcher = match &settings.intents.folder {
        Some(folder) => Some(Watcher::start(folder, Arc::clone(&catalogue)).context("the intents can't be watched")?),
        None => None,
    };
    let (tenant, simulator) = match &settings.tenant {
        TenantSettings::Simulated => {
            tracing::warn!("[tenant] simulated = true: this is a practice tenant, and every card says so");
            let simulator = Arc::new(start_simulator()?);
            (connect_simulated(&simulator)?, Some(simulator))
        }
        TenantSettings::Real(real) => (
            Tenant::connect(real, Mode::Real, settings.development.loopback_http).context("the tenant")?,
            None,
        ),
    };
    let practice = if tenant.is_simulated() {
        Practice::Simulated
    } else {
        Practice::Real
    };
    let listeners = listeners(&settings, &store)?;
    if listeners.is_empty() {
        tracing::warn!("no chat platform is enabled in the settings, so nobody can talk to Latchkey yet");
    }
    let gateways = listeners
        .iter()
        .map(|listener| Arc::clone(listener) as Arc<dyn Gateway>)
        .collect();
    let closing = CancellationToken::new();
    tokio::spawn(closing.clone().run_until_cancelled_owned(sweep(store.clone())));
    let access = linking(policy(&settings.access)?, &settings)?;
    let pages = access.links().map_or_else(Router::new, |links| {
        links::routes(Arc::clone(links), store.clone(), Arc::clone(&catalogue))
    });
    let switch = store.clone();
    let parts = Parts {
        catalogue,
        store,
        tenant,
        access,
        courier: Courier::new(gateways, practice),
        languages,
        clock: Clock::system(),
        read_back: ReadBack::default(),
        recent: Recent::default(),
        mailbox: settings.mail.service_mailbox.clone(),
    };
    let assistant = Assistant::new(parts);
    assistant
        .report_unfinished()
        .await
        .context("actions left over from the last run could not be reported")?;
    let inbox = Inbox::open(assistant);
    inbox
        .resume()
        .await
        .context("clicks left over from the last run could not be taken up")?;
    let mut gateways = Listening::default();
    for listener in listeners {
        gateways.add(listener, &inbox, &closing);
    }
    let (router, listening) = gateways.router(switch);
    let (address, server) = listen_on(settings.http.listen, router.merge(pages), &closing).await?;
    Ok(Running {
        address,
        closing,
        server,
        inbox,
        listening,
        _simulator: simulator,
        _watcher: watcher,
    })
}

/// Drops what has been dead for a while, once an hour.
async fn sweep(store: Store) {
    let mut hourly = tokio::time::interval(SWEEP_EVERY);
    loop {
        hourly.tick().await;
        if let Err(error) = store.sweep(OffsetDateTime::now_utc(), KEEP_DEAD_FOR).await {
            tracing::error!(error = %error, "the store could not be swept");
        }
    }
}

fn start_simulator() -> anyhow::Result<Simulator> {
    Simulator::start(SocketAddr::from(([127, 0, 0, 1], 0))).context("the simulated tenant could not be started")
}

fn connect_simulated(simulator: &Simulator) -> anyhow::Result<Tenant> {
    Tenant::connect(&simulator.settings(), Mode::Simulated, LoopbackHttp::Allowed).context("the simulated tenant")
}

fn accounts_of(simulator: &Arc<Simulator>) -> Box<dyn Fn() -> serde_json::Value + Send + Sync> {
    let simulator = Arc::clone(simulator);
    Box::new(move || json!(simulator.people()))
}

async fn refresh_on_change(playground: Arc<Playground>, simulator: Arc<Simulator>, closing: CancellationToken) {
    let mut changes = simulator.subscribe();
    while let Some(Ok(())) = closing.run_until_cancelled(changes.changed()).await {
        playground.refresh();
    }
}

/// The catalogue that the settings name, narrowed to their languages.
fn catalogue(settings: &IntentSettings) -> anyhow::Result<Catalogue> {
    let loaded = match &settings.folder {
        Some(folder) => Catalogue::load(folder),
        None => Catalogue::embedded(),
    };
    loaded.map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the intents have faults:\n{}", lines.join("\n"))
    })
}

/// The languages of the settings, each of which the catalogue must have.
fn languages(settings: &IntentSettings, catalogue: &Catalogue) -> anyhow::Result<Languages> {
    let wanted: Vec<Language> = settings.languages.iter().map(|tag| Language::new(tag)).collect();
    if let Some(missing) = wanted.iter().find(|language| !catalogue.languages().contains(language)) {
        let known: Vec<&str> = catalogue.languages().iter().map(Language::tag).collect();
        bail!(
            "[intents] languages names `{missing}`, which the intents don't have: they have {}",
            known.join(", ")
        );
    }
    Ok(Languages(wanted))
}

fn policy(settings: &AccessSettings) -> anyhow::Result<Access> {
    Access::new(settings).map_err(|faults| {
        let lines: Vec<String> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.key, fault.what))
            .collect();
        anyhow::anyhow!("[access] has faults:\n{}", lines.join("\n"))
    })
}

/// The policy together with the way in which people prove who they are.
fn linking(access: Access, settings: &Settings) -> anyhow::Result<Access> {
    let TenantSettings::Real(tenant) = &settings.tenant else {
        return Ok(access.without_links());
    };
    let public_url = settings.http.public_url.as_ref();
    let links = Links::new(tenant, &settings.link, public_url, settings.development.loopback_http);
    Ok(match links.context("[link]")? {
        Some(links) => access.with_links(Arc::new(links)),
        None => access,
    })
}

/// The gateways that the settings enable, not started yet.
pub(crate) fn listeners(settings: &Settings, store: &Store) -> anyhow::Result<Vec<Arc<dyn Listener>>> {
    let mut listeners: Vec<Arc<dyn Listener>> = Vec::new();
    if let Some(slack) = &settings.slack {
        listeners.push(Slack::new(slack));
    }
    if let Some(discord) = &settings.discord {
        listeners.push(Discord::new(discord));
    }
    if let Some(teams) = &settings.teams {
        let loopback = settings.development.loopback_http;
        let patience = Patience::default();
        listeners.push(Teams::new(teams, store.clone(), loopback, patience).context("[teams] can't be used")?);
    }
    Ok(listeners)
}

/// Gateways that listen, what they answer on the shared server, and how they are.
#[derive(Default)]
struct Listening {
    routes: Router,
    health: Vec<(Platform, Health)>,
    tasks: TaskTracker,
}

impl Listening {
    fn add(&mut self, listener: Arc<dyn Listener>, inbox: &Inbox, closing: &CancellationToken) {
        let reception = Reception {
            inbox: inbox.clone(),
            health: Health::default(),
            closing: closing.clone(),
        };
        self.health.push((listener.platform(), reception.health.clone()));
        let routes = std::mem::take(&mut self.routes);
        self.routes = routes.merge(Arc::clone(&listener).routes(reception.clone()));
        self.tasks.spawn(supervise(listener, reception, Pace::default()));
    }

    fn router(self, store: Store) -> (Router, TaskTracker) {
        let Self { routes, health, tasks } = self;
        let answer = move || async move {
            let (code, Json(mut body)) = report(&health);
            body["actions"] = actions(&store).await;
            (code, Json(body))
        };
        (routes.route("/health", get(answer)), tasks)
    }
}

/// `ok` while every gateway is up; anything else says which is not, and why. 503 when none is left that works.
fn report(health: &[(Platform, Health)]) -> (StatusCode, Json<serde_json::Value>) {
    let reports: BTreeMap<&str, Report> = health
        .iter()
        .map(|(platform, health)| (platform.name(), health.report()))
        .collect();
    let works = |report: &Report| matches!(report.condition, Condition::Up | Condition::Starting);
    let status = if reports.values().all(works) { "ok" } else { "degraded" };
    let dead = |report: &Report| matches!(report.condition, Condition::Down(_));
    let code = if !reports.is_empty() && reports.values().all(dead) {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let body = json!({"status": status, "version": env!("CARGO_PKG_VERSION"), "gateways": reports});
    (code, Json(body))
}

/// Whether actions run: `running`, `frozen`, or `unknown` where the store does not tell.
async fn actions(store: &Store) -> serde_json::Value {
    match store.frozen().await {
        Ok(None) => json!("running"),
        Ok(Some(freeze)) => json!({"frozen": {"since": freeze.since.unix_timestamp()}}),
        Err(_) => json!("unknown"),
    }
}

async fn listen_on(
    listen: SocketAddr,
    router: Router,
    closing: &CancellationToken,
) -> anyhow::Result<(SocketAddr, JoinHandle<std::io::Result<()>>)> {
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!(
            "{listen} can't be listened on: is another Latchkey running? Choose another with --listen or [http] listen"
        )
    })?;
    let address = listener.local_addr()?;
    let stopped = closing.clone().cancelled_owned();
    let server = axum::serve(listener, router).with_graceful_shutdown(stopped);
    Ok((address, tokio::spawn(server.into_future())))
}
