//! Microsoft 365 as a service layer: what can be read of an account and what can be changed, over Graph and the
//! Exchange Online gateway. Nothing here decides who may.

pub mod account;
mod error;
mod examine;
pub(crate) mod endpoint;
mod wire;
pub mod transport;
pub mod credential;
mod service;
mod graph;
mod exchange;
mod remedies;
pub mod simulator;

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::settings::{LoopbackHttp, RealTenant};
use account::{
    Account, BlockedSender, Forwarding, InboxRule, MailPlan, Memberships, ObjectId, Origin, Privilege, Risk, SignIn,
    SignInEvent,
};
use credential::{Application, Scoped};
use endpoint::Endpoint;
use exchange::Exchange;
use graph::Graph;
use service::Service;
use transport::{Brake, Pause};

pub use error::{FindError, TenantError};
pub use graph::{Contact, Letter};

/// Whether changes reach real people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A real tenant.
    Real,
    /// The practice tenant, which every card must then say.
    Simulated,
}

/// A Microsoft 365 tenant. Clones share connections and tokens.
#[derive(Clone)]
pub struct Tenant {
    parts: Arc<Parts>,
}

struct Parts {
    graph: Graph,
    exchange: Arc<Exchange>,
    mode: Mode,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("mode", &self.parts.mode)
            .finish_non_exhaustive()
    }
}

impl Tenant {
    /// Makes ready to call the tenant. Nothing is sent yet, so a wrong secret shows at the first call.
    ///
    /// # Errors
    ///
    /// [`TenantError::Rejected`] for an id that is no GUID or an address that may not be used (plain http is for
    /// loopback alone, and only when allowed); [`TenantError::Credential`] for an empty secret.
    pub fn connect(settings: &RealTenant, mode: Mode, http: LoopbackHttp) -> Result<Self, TenantError> {
        Self::connect_with(settings, mode, http, Pause::Wait)
    }

    /// As [`Self::connect`], with the waits between tries spent in another way.
    ///
    /// # Errors
    ///
    /// As [`Self::connect`].
    pub fn connect_with(
        settings: &RealTenant,
        mode: Mode,
        http: LoopbackHttp,
        pause: Pause,
    ) -> Result<Self, TenantError> {
        let tenant = guid("the tenant id", &settings.id)?;
        let mut credential = settings.credential.clone();
        credential.client_id = credential
            .client_id
            .map(|client| guid("the client id", &client))
            .transpose()?;
        let client = transport::http_client();
        let login = Endpoint::check(&settings.login_url, http)?;
        let mut application = Application::new(&credential, login, &tenant, client.clone());
        application.pause = pause.clone();
        let service = |url, judge, timeout| {
            let endpoint = Endpoint::check(url, http)?;
            Ok::<_, TenantError>(Service {
                tokens: Scoped::of(&application, &endpoint)?,
                endpoint,
                http: client.clone(),
                pause: pause.clone(),
                brake: Brake::default(),
                turn: tokio::sync::Mutex::default(),
                judge,
                timeout,
            })
        };
        let parts = Parts {
            graph: Graph {
                service: Arc::new(service(&settings.graph_url, service::by_status, graph::TIMEOUT)?),
                batch: None,
            },
            exchange: Arc::new(Exchange {
                service: service(&settings.exchange_url, exchange::judge, exchange::TIMEOUT)?,
                tenant,
            }),
            mode,
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// The same tenant for somebody who asks many things at once: Graph's reads that begin in the same breath travel as
    /// one. For a single question it saves nothing.
    pub fn together(&self) -> Self {
        let Parts { graph, exchange, mode } = &*self.parts;
        let parts = Parts {
            graph: Graph {
                service: Arc::clone(&graph.service),
                batch: Some(Arc::new(graph::Batch::default())),
            },
            exchange: Arc::clone(exchange),
            mode: *mode,
        };
        Self { parts: Arc::new(parts) }
    }

    /// Whether this is the practice tenant, which every card must then say.
    pub fn is_simulated(&self) -> bool {
        self.parts.mode == Mode::Simulated
    }

    /// The account with this object id, user principal name, primary address or alias.
    ///
    /// An address that is one account's name and another's alias names nobody: [`FindError::Ambiguous`].
    pub async fn find_account(&self, address: &str) -> Result<Account, FindError> {
        self.parts.graph.find(address).await
    }

    /// The account as it is now.
    pub async fn account(&self, id: &ObjectId) -> Result<Account, TenantError> {
        self.parts.graph.account(id).await
    }

    /// Where the account's password lives: cloud, synced from on-premises, or with another identity provider, which is
    /// also where a guest's is.
    pub async fn origin(&self, account: &Account) -> Result<Origin, TenantError> {
        self.parts.graph.origin(account).await
    }

    /// Sign-ins since `since`, newest first, at most 20.
    pub async fn sign_ins(&self, id: &ObjectId, since: OffsetDateTime) -> Result<Vec<SignInEvent>, TenantError> {
        self.parts.graph.sign_ins(id, since).await
    }

    /// What Identity Protection says.
    pub async fn risk(&self, id: &ObjectId) -> Result<Risk, TenantError> {
        self.parts.graph.risk(id).await
    }

    /// The mailbox's inbox rules; [`TenantError::NotFound`] where the account has no mailbox.
    pub async fn inbox_rules(&self, id: &ObjectId) -> Result<Vec<InboxRule>, TenantError> {
        self.parts.graph.inbox_rules(id).await
    }

    /// Whether a licence gives the account a mailbox.
    pub async fn mail_plan(&self, id: &ObjectId) -> Result<MailPlan, TenantError> {
        self.parts.graph.mail_plan(id).await
    }

    /// Directory roles, active and eligible, and role-assignable groups. If any of it can't be read, none is told.
    pub async fn privilege(&self, id: &ObjectId) -> Result<Privilege, TenantError> {
        self.parts.graph.privilege(id).await
    }

    /// What the account is a member of. If any of it can't be read, none is told.
    pub async fn memberships(&self, id: &ObjectId) -> Result<Memberships, TenantError> {
        self.parts.graph.memberships_of(id).await
    }

    /// The mailbox's forwarding; [`TenantError::NotFound`] where the account has no mailbox.
    pub async fn forwarding(&self, account: &Account) -> Result<Forwarding, TenantError> {
        self.parts.exchange.forwarding(account).await
    }

    /// The account's entry among the restricted entities, matched by user principal name, then primary address, then
    /// the aliases.
    pub async fn blocked_sender(&self, account: &Account) -> Result<Option<BlockedSender>, TenantError> {
        self.parts.exchange.blocked_sender(account).await
    }

    /// Removes exactly the entry that [`Self::blocked_sender`] returned. [`TenantError::NotFound`] means that it is no
    /// longer there.
    pub async fn unblock_sender(&self, entry: &BlockedSender) -> Result<(), TenantError> {
        self.parts.exchange.unblock_sender(entry).await
    }

    /// Allows or blocks sign-in.
    pub async fn set_sign_in(&self, id: &ObjectId, to: SignIn) -> Result<(), TenantError> {
        self.parts.graph.set_sign_in(id, to).await
    }

    /// Sets a password that must be changed at the next sign-in.
    pub async fn set_password(&self, id: &ObjectId, password: &SecretString) -> Result<(), TenantError> {
        self.parts.graph.set_password(id, password).await
    }

    /// Invalidates refresh tokens and session cookies.
    pub async fn revoke_sessions(&self, id: &ObjectId) -> Result<(), TenantError> {
        self.parts.graph.revoke_sessions(id).await
    }
}

/// A GUID in lower case: what goes into addresses and headers.
fn guid(what: &str, text: &str) -> Result<String, TenantError> {
    Uuid::try_parse(text.trim())
        .map(|id| id.hyphenated().to_string())
        .map_err(|_| TenantError::Rejected {
            what: "the settings".to_owned(),
            code: "id".to_owned(),
            message: format!("{what} must be a GUID"),
        })
}
