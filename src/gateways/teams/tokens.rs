//! The bot's own tokens for the connector: one is kept until shortly before it ends, and one request fetches it for all
//! who wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::connector::CallError;
use super::limits::CALL_TIMEOUT;
use crate::settings::TeamsSettings;
use crate::tenant::transport;

/// What the token is for.
const SCOPE: &str = "https://api.botframework.com/.default";
/// A token's answer is a few kilobytes.
const LARGEST_ANSWER: usize = 1 << 20;
/// A token is renewed this long before it ends.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// The tokens.
#[derive(Clone)]
pub struct BotTokens {
    http: reqwest::Client,
    url: String,
    app: String,
    password: SecretString,
    kept: Arc<Mutex<Option<Kept>>>,
}

struct Kept {
    token: SecretString,
    until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl BotTokens {
    /// The tokens of this bot. Nothing is fetched yet.
    pub fn new(settings: &TeamsSettings, http: reqwest::Client) -> Self {
        let login = settings.login_url.as_str().trim_end_matches('/');
        Self {
            http,
            url: format!("{login}/{}/oauth2/v2.0/token", settings.app_tenant_id),
            app: settings.app_id.clone(),
            password: settings.app_password.clone(),
            kept: Arc::default(),
        }
    }

    /// A token that works, as far as we know.
    pub async fn current(&self) -> Result<SecretString, CallError> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref()
            && kept.until > Instant::now()
        {
            return Ok(kept.token.clone());
        }
        let granted = self.fetch().await?;
        let token = SecretString::from(granted.access_token);
        *kept = Some(Kept {
            token: token.clone(),
            until: Instant::now() + Duration::from_secs(granted.expires_in).saturating_sub(MARGIN),
        });
        Ok(token)
    }

    /// Another token, because the connector refused this one.
    pub async fn instead_of(&self, refused: &SecretString) -> Result<SecretString, CallError> {
        {
            let mut kept = self.kept.lock().await;
            if kept
                .as_ref()
                .is_some_and(|kept| kept.token.expose_secret() == refused.expose_secret())
            {
                *kept = None;
            }
        }
        self.current().await
    }

    async fn fetch(&self) -> Result<Granted, CallError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.app),
            ("client_secret", self.password.expose_secret()),
            ("scope", SCOPE),
        ];
        let request = self.http.post(&self.url).timeout(CALL_TIMEOUT).form(&form);
        let failed = |why: &str| CallError::Failed(format!("no token for the connector: {why}"));
        let answer = transport::send_once(request, LARGEST_ANSWER)
            .await
            .map_err(|_| failed("the login service did not answer"))?;
        if !answer.status.is_success() {
            return Err(failed(&format!("HTTP {}", answer.status.as_u16())));
        }
        serde_json::from_slice(&answer.body).map_err(|_| failed("the answer holds none"))
    }
}
