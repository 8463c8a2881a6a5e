//! Teams, as Microsoft documents it: the issuers' keys, the login service, the connector, and the world that they share.

mod connector;
mod issuers;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::http::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use latchkey::settings::{Cloud, Counterpart, Credential, TeamsSettings};

pub const APP: &str = "3f1c2b4a-5d6e-4f70-8a9b-0c1d2e3f4a5b";
pub const PASSWORD: &str = "a-password-of-the-bot";
pub const TENANT: &str = "72a1b0c9-d8e7-46f5-9a4b-3c2d1e0f9a8b";
pub const SUPPORT: &str = "19:support@thread.tacv2";
pub const ADMINS: &str = "19:admins@thread.tacv2";
pub const GROUP: &str = "19:group@thread.v2";
const LARGEST: usize = 28 * 1024;

/// Somebody in the organisation.
#[derive(Debug, Clone)]
pub struct Colleague {
    pub name: String,
    pub object: String,
    pub address: Option<String>,
}

impl Colleague {
    pub fn mri(&self) -> String {
        format!("29:{}", self.name)
    }

    pub fn chat(&self) -> String {
        format!("a:{}", self.name)
    }
}

/// What the connector did with a card.
#[derive(Debug, Clone)]
pub struct Line {
    pub conversation: String,
    pub id: String,
    pub activity: Value,
    pub replaces: bool,
    /// Whose view it is, where it is one: the answer to an invoke.
    pub only: Option<String>,
}

/// An answer to be given instead of the right one.
pub struct Mishap {
    pub method: Method,
    pub path: &'static str,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

#[derive(Default)]
pub struct World {
    pub colleagues: Vec<Colleague>,
    /// Who is in which conversation, by the conversation's id without a thread.
    pub members: BTreeMap<String, Vec<String>>,
    pub lines: Vec<Line>,
    pub calls: Vec<(Method, String)>,
    /// The bodies of the calls that had one, with where they went.
    pub sent: Vec<(Method, String, Value)>,
    pub mishaps: VecDeque<Mishap>,
    pub tokens: usize,
    pub refused_tokens: Vec<String>,
    pub token_life: u64,
    pub largest: usize,
    /// What is taken at most once another message was taken.
    pub then_largest: Option<usize>,
    /// Which of Microsoft's clouds it is.
    pub cloud: Option<Cloud>,
    /// The other side is the emulator: there are no tokens.
    pub emulated: bool,
    /// The people with whom the bot can't have a chat.
    pub unreachable: Vec<String>,
    pub without_ids: bool,
    pub endorsements: Option<Value>,
    next: usize,
}

#[derive(Clone)]
pub struct Fake {
    pub base: String,
    world: Arc<Mutex<World>>,
}

impl Fake {
    pub async fn start() -> Self {
        Self::start_in(Cloud::GLOBAL).await
    }

    /// Teams in one of Microsoft's clouds.
    pub async fn start_in(cloud: Cloud) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let world = World {
            token_life: 3600,
            largest: LARGEST,
            endorsements: Some(json!(["msteams", "webchat"])),
            next: 1_700_000_000_000,
            cloud: Some(cloud),
            ..World::default()
        };
        let fake = Self {
            base,
            world: Arc::new(Mutex::new(world)),
        };
        let routes = issuers::routes()
            .nest("/emea", connector::routes())
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        fake
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Where the connector is.
    pub fn service(&self) -> String {
        format!("{}/emea/", self.base)
    }

    pub fn cloud(&self) -> Cloud {
        self.world().cloud.unwrap()
    }

    pub fn settings(&self) -> TeamsSettings {
        if self.world().emulated {
            return TeamsSettings {
                app_id: String::new(),
                app_tenant_id: String::new(),
                counterpart: Counterpart::Emulator,
                allowed_tenants: Vec::new(),
                ..self.settings_of_teams()
            };
        }
        self.settings_of_teams()
    }

    fn settings_of_teams(&self) -> TeamsSettings {
        TeamsSettings {
            app_id: APP.into(),
            app_tenant_id: TENANT.into(),
            counterpart: Counterpart::Teams(Credential::with_secret(APP, SecretString::from(PASSWORD))),
            admin_conversation: Some(ADMINS.into()),
            answer_channels: vec![SUPPORT.into(), GROUP.into()],
            allowed_tenants: vec![TENANT.into()],
            cloud: self.cloud(),
            openid_url: Url::parse(&format!("{}/v1/.well-known/openidconfiguration", self.base)).unwrap(),
            login_url: Url::parse(&self.base).unwrap(),
        }
    }

    /// Somebody joins the organisation, and these conversations.
    pub fn employ(&self, colleague: Colleague, conversations: &[&str]) {
        let mut world = self.world();
        for conversation in conversations {
            world
                .members
                .entry((*conversation).to_owned())
                .or_default()
                .push(colleague.mri());
        }
        let own = vec![colleague.mri()];
        world.members.insert(colleague.chat(), own);
        world.colleagues.push(colleague);
    }

    /// Claims that the Bot Framework would sign now.
    pub fn claims(&self) -> Value {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        json!({
            "iss": self.cloud().bots,
            "aud": APP,
            "nbf": now - 60,
            "exp": now + 3600,
            "serviceurl": self.service(),
        })
    }

    /// Claims that Entra would sign for the bot itself.
    pub fn own_claims(&self) -> Value {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        json!({
            "iss": format!("{}/{TENANT}/v2.0", self.cloud().login),
            "aud": APP,
            "azp": APP,
            "nbf": now - 60,
            "exp": now + 3600,
        })
    }

    pub fn fails(&self, method: Method, path: &'static str, status: u16) {
        self.mishap(Mishap {
            method,
            path,
            status,
            headers: Vec::new(),
            body: Value::Null,
        });
    }

    pub fn mishap(&self, mishap: Mishap) {
        self.world().mishaps.push_back(mishap);
    }

    /// What stands in a conversation now, by its id without a thread.
    pub fn standing(&self, conversation: &str) -> Vec<Line> {
        let world = self.world();
        let mut standing: Vec<Line> = Vec::new();
        for line in world
            .lines
            .iter()
            .filter(|line| base_of(&line.conversation) == conversation && line.only.is_none())
        {
            match standing.iter_mut().find(|before| before.id == line.id) {
                Some(before) => *before = line.clone(),
                None => standing.push(line.clone()),
            }
        }
        standing
    }
}

impl World {
    fn stands(&self, conversation: &str, id: &str) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| line.id == id && base_of(&line.conversation) == base_of(conversation))
    }

    fn colleague(&self, id: &str) -> Option<&Colleague> {
        self.colleagues
            .iter()
            .find(|colleague| colleague.mri() == id || colleague.object == id)
    }

    fn new_id(&mut self) -> String {
        self.next += 1;
        self.next.to_string()
    }
}

pub fn base_of(conversation: &str) -> &str {
    conversation.split(";messageid=").next().unwrap()
}
