//! Settings: `latchkey.toml`, then `LATCHKEY__SECTION__KEY`, then `…_FILE` variants for secrets. Unknown keys are
//! refused, groups are all-or-nothing, and every fault is reported at once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::Url;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[http]`
    pub http: Http,
    /// `[store]`
    pub store: StoreSettings,
    /// `[tenant]`
    pub tenant: TenantSettings,
    /// `[intents]`
    pub intents: IntentSettings,
    /// `[access]`
    pub access: AccessSettings,
    /// `[development]`
    pub development: Development,
}

/// `[http]`: the server that platforms and probes reach.
#[derive(Debug, Clone)]
pub struct Http {
    /// Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
}

/// `[store]`
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Default `sqlite://latchkey.sqlite`.
    pub url: String,
}

/// `[tenant]`: which Microsoft 365 tenant, and how to sign in to it.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
pub enum TenantSettings {
    /// `simulated = true`: the practice tenant, in this process.
    Simulated,
    /// A real one.
    Real(RealTenant),
}

/// A real tenant.
#[derive(Debug, Clone)]
pub struct RealTenant {
    /// Its id: a GUID.
    pub id: String,
    /// The bot's application id: a GUID.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
    /// Where tokens come from.
    pub login_url: Url,
    /// Where Graph is.
    pub graph_url: Url,
    /// Where the Exchange gateway is.
    pub exchange_url: Url,
}

/// `[intents]`
#[derive(Debug, Clone)]
pub struct IntentSettings {
    /// A folder in the place of the embedded one, reloaded when it changes.
    pub folder: Option<PathBuf>,
    /// The languages to answer in; empty means all that there are.
    pub languages: Vec<String>,
}

/// `[access]`: who may do what. Empty means nobody.
#[derive(Debug, Clone, Default)]
pub struct AccessSettings {
    /// `[[access.grants]]`
    pub grants: Vec<Grant>,
    /// `protected`: object ids that no action may touch.
    pub protected: Vec<String>,
}

/// `[[access.grants]]`: one administrator.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who.
    pub who: Grantee,
    /// The names of actions they may run.
    pub actions: Vec<String>,
}

/// Who a grant is for: an immutable identity, never a display name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// `platform`, `scope` (tenant, team or guild) and `user`.
    Chat {
        /// The platform's name.
        platform: String,
        /// The tenant, team or guild.
        scope: String,
        /// The platform's user id.
        user: String,
    },
    /// `entra`: an object id.
    Entra(String),
}

/// `[development]`
#[derive(Debug, Clone, Default)]
pub struct Development {
    /// Whether plain http is taken for loopback addresses.
    pub loopback_http: LoopbackHttp,
}

/// Whether plain http is taken for loopback addresses. Never for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoopbackHttp {
    /// https only.
    #[default]
    Refused,
    /// http to 127.0.0.0/8, `[::1]` and `localhost`; warned about at each start.
    Allowed,
}

/// A fault in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFault {
    /// The file or environment variable it is in.
    pub file: String,
    /// The line, from 1; 0 where there is none.
    pub line: usize,
    /// What is wrong, and how to mend it.
    pub what: String,
}

impl Settings {
    /// Reads the file (if one is named or `latchkey.toml` exists) and the environment.
    pub fn load(_file: Option<&Path>) -> Result<Self, Vec<SettingsFault>> {
        unimplemented!()
    }
}
