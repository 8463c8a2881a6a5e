//! The connector: the service through which a bot speaks in Teams. A call carries the bot's token, so it goes only to an
//! address that a validated token vouched for.
//!
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference>

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::limits::{CALL_TIMEOUT, FUTILE_FOR, RETRIES, RETRY_PATIENCE};
use super::references::ServiceUrl;
use crate::store::StoreError;
use crate::tenant::TenantError;
use crate::tenant::credential::Tokens;
use crate::tenant::transport::{self, Again, Answer, Pause, Silence};

/// Answers hold ids, or a page of a roster.
const LARGEST_ANSWER: usize = 4 << 20;
/// The first wait where the connector asks for none; doubled after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Why a call to the connector came to nothing. Holds no address, token or words of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The bot was removed from the conversation, blocked there, or the conversation is no more.
    #[error("the conversation can't be reached any more")]
    ConversationGone,
    /// The message is no more.
    #[error("the message is no more")]
    MessageGone,
    /// Nobody ever told, under a token, where the conversation's connector is.
    #[error("there is no way to the conversation")]
    NoWay,
    /// It was larger than the connector takes.
    #[error("the message was too large")]
    TooLarge,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl From<TenantError> for CallError {
    fn from(error: TenantError) -> Self {
        Self::Failed(format!("no token for the connector: {error}"))
    }
}

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The client.
#[derive(Clone)]
pub struct Connector {
    http: reqwest::Client,
    tokens: Option<Bearer>,
    pause: Pause,
}

/// The bot's tokens.
#[derive(Clone)]
pub struct Bearer {
    tokens: Tokens,
    scope: String,
    /// When a token was refused that had just been fetched.
    futile: Arc<Mutex<Option<Instant>>>,
}

impl Bearer {
    /// Tokens for the Bot Framework, which calls itself `service`.
    pub fn new(tokens: Tokens, service: &str) -> Self {
        Self {
            tokens,
            scope: format!("{service}/.default"),
            futile: Arc::default(),
        }
    }

    async fn token(&self) -> Result<SecretString, CallError> {
        Ok(self.tokens.token(&self.scope).await?)
    }

    /// Another token in the place of one that was refused. `None` where that was of no use a moment ago: then it is not
    /// the token's age that the connector minds, and every message would ask the login service for one more.
    async fn instead_of(&self, refused: &SecretString) -> Result<Option<SecretString>, CallError> {
        if self.futile().is_some_and(|since| since.elapsed() < FUTILE_FOR) {
            return Ok(None);
        }
        Ok(Some(self.tokens.instead_of(refused, &self.scope).await?))
    }

    /// What became of the newest token.
    fn found(&self, taken: Taken) {
        *self.futile() = match taken {
            Taken::Yes => None,
            Taken::No => Some(Instant::now()),
        };
    }

    fn futile(&self) -> MutexGuard<'_, Option<Instant>> {
        self.futile.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy)]
enum Taken {
    Yes,
    No,
}

/// One call.
struct Call<'a> {
    method: Method,
    url: String,
    body: Option<&'a Value>,
    timeout: Duration,
}

/// A conversation as the connector knows it.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Where its connector is.
    pub service: &'a ServiceUrl,
    /// Its id, with the thread.
    pub conversation: &'a str,
}

/// What the connector called into being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The conversation, with the thread.
    pub conversation: String,
    /// The message, where one was sent with it and the connector told its id.
    pub message: Option<String>,
}

impl Connector {
    /// A client with these tokens; with none where the other side asks for none.
    pub fn new(http: reqwest::Client, tokens: Option<Bearer>, pause: Pause) -> Self {
        Self { http, tokens, pause }
    }

    /// Whether a token can be had at all. Sends nothing to the connector.
    pub async fn examine(&self) -> Result<(), CallError> {
        if let Some(bearer) = &self.tokens {
            bearer.token().await?;
        }
        Ok(())
    }

    /// Sends a message. `None` where the connector took it and told no id.
    pub async fn send(&self, at: At<'_>, activity: &Value) -> Result<Option<String>, CallError> {
        let answer = self
            .call(Call::new(Method::POST, activities(at), Some(activity)))
            .await?;
        Ok(id_in(&answer, "id"))
    }

    /// Puts a message in the place of one that stands.
    pub async fn replace(&self, at: At<'_>, id: &str, activity: &Value) -> Result<(), CallError> {
        let url = format!("{}/{}", activities(at), encode(id));
        self.call(Call::new(Method::PUT, url, Some(activity))).await.map(drop)
    }

    /// Begins a conversation: with one person, or as a thread of a channel.
    pub async fn begin(&self, service: &ServiceUrl, parameters: &Value) -> Result<Made, CallError> {
        let url = format!("{}/v3/conversations", service.as_str());
        let answer = self.call(Call::new(Method::POST, url, Some(parameters))).await?;
        match id_in(&answer, "id") {
            Some(conversation) => Ok(Made {
                conversation,
                message: id_in(&answer, "activityId"),
            }),
            None => Err(CallError::Failed(
                "the connector began a conversation and told no id".to_owned(),
            )),
        }
    }

    /// One page of a conversation's members, and the mark of the next one.
    pub async fn members(&self, at: At<'_>, page: Page<'_>) -> Result<(Vec<Value>, Option<String>), CallError> {
        let mut url = format!(
            "{}/v3/conversations/{}/pagedmembers?pageSize={}",
            at.service.as_str(),
            encode(at.conversation),
            page.size
        );
        if let Some(mark) = page.after {
            url.push_str("&continuationToken=");
            url.push_str(&encode(mark));
        }
        let mut answer = self
            .call(Call::new(Method::GET, url, None).within(page.timeout))
            .await?;
        let next = id_in(&answer, "continuationToken");
        let members = answer["members"].take();
        match members {
            Value::Array(members) => Ok((members, next)),
            _ => Ok((Vec::new(), None)),
        }
    }

    /// One member of a conversation, by the connector's id or by the Entra object id.
    pub async fn member(&self, at: At<'_>, id: &str, timeout: Duration) -> Result<Value, CallError> {
        let url = format!(
            "{}/v3/conversations/{}/members/{}",
            at.service.as_str(),
            encode(at.conversation),
            encode(id)
        );
        self.call(Call::new(Method::GET, url, None).within(timeout)).await
    }

    /// Makes a call, with a new token if the old one is refused, and again as often as makes sense.
    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        let begun = Instant::now();
        let mut tries = 0;
        let mut waited = Duration::ZERO;
        loop {
            let (error, again) = match self.signed(&call).await? {
                Ok(answer) => match judge(&answer) {
                    Ok(body) => return Ok(body),
                    Err(failed) => failed,
                },
                Err(silence) => lost(&call.method, &silence),
            };
            let wait = match again {
                Again::Never => return Err(error),
                Again::Later => FIRST_WAIT * 2_u32.pow(tries),
                Again::After(asked) => asked,
            };
            tries += 1;
            waited += wait;
            if tries > RETRIES || waited > RETRY_PATIENCE || begun.elapsed() > RETRY_PATIENCE {
                return Err(error);
            }
            tracing::info!(
                teams.method = %call.method,
                error = %error,
                retry.attempt = tries,
                retry.wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "a call to the connector will be tried again"
            );
            self.pause.clone().spend(wait).await;
        }
    }

    /// One try with the bot's token; with another one, once, if the first is refused.
    async fn signed(&self, call: &Call<'_>) -> Result<Result<Answer, Silence>, CallError> {
        let Some(bearer) = &self.tokens else {
            return Ok(self.once(call, None).await);
        };
        let token = bearer.token().await?;
        let first = self.once(call, Some(&token)).await;
        if !is_refusal(&first) {
            return Ok(first);
        }
        let Some(token) = bearer.instead_of(&token).await? else {
            return Ok(first);
        };
        let second = self.once(call, Some(&token)).await;
        bearer.found(if is_refusal(&second) { Taken::No } else { Taken::Yes });
        Ok(second)
    }

    async fn once(&self, call: &Call<'_>, token: Option<&SecretString>) -> Result<Answer, Silence> {
        let mut request = self.http.request(call.method.clone(), &call.url).timeout(call.timeout);
        if let Some(token) = token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        transport::send_once(request, LARGEST_ANSWER).await
    }
}

/// Which page of a roster is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// How many members it may hold.
    pub size: usize,
    /// The mark that the page before ended with.
    pub after: Option<&'a str>,
    /// How long it may take.
    pub timeout: Duration,
}

impl<'a> Call<'a> {
    fn new(method: Method, url: String, body: Option<&'a Value>) -> Self {
        Self {
            method,
            url,
            body,
            timeout: CALL_TIMEOUT,
        }
    }

    fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

fn is_refusal(answer: &Result<Answer, Silence>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|answer| answer.status == StatusCode::UNAUTHORIZED)
}

/// What an answer means. Microsoft asks that 412, 429, 502 and 504 be tried again.
/// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit>
fn judge(answer: &Answer) -> Result<Value, (CallError, Again)> {
    if answer.status.is_success() {
        // Some answers, 202 above all, have no body.
        return Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null));
    }
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let code = told["error"]["code"].as_str().unwrap_or_default();
    let failed = || CallError::Failed(format!("the connector answered HTTP {}", answer.status.as_u16()));
    let never = |error| Err((error, Again::Never));
    match (answer.status.as_u16(), code) {
        (404, "ActivityNotFoundInConversation" | "MessageNotFound") => never(CallError::MessageGone),
        (404, "ConversationNotFound") => never(CallError::ConversationGone),
        (404, _) if is_of_a_message(&told) => never(CallError::MessageGone),
        (404, _) => never(CallError::ConversationGone),
        // These two are about our set-up; any other 403 is about the conversation: removed, blocked, forbidden there.
        (403, "NotEnoughPermissions" | "InvalidBotApiHost") => never(failed()),
        (403, _) => never(CallError::ConversationGone),
        (413, _) | (400, "MessageSizeTooBig") => never(CallError::TooLarge),
        (412 | 429 | 500 | 502..=504, _) => Err((failed(), Again::asked_by(&answer.headers))),
        _ => never(failed()),
    }
}

fn is_of_a_message(told: &Value) -> bool {
    let message = told["error"]["message"].as_str().unwrap_or_default().to_lowercase();
    message.contains("activity") || message.contains("message")
}

/// A request that may have arrived is not repeated if repeating it would say something twice.
fn lost(method: &Method, silence: &Silence) -> (CallError, Again) {
    match silence {
        Silence::NotSent(why) => (CallError::Failed((*why).to_owned()), Again::Later),
        Silence::Lost(why) if *method == Method::POST => (CallError::Failed((*why).to_owned()), Again::Never),
        Silence::Lost(why) => (CallError::Failed((*why).to_owned()), Again::Later),
        Silence::TooLarge => (CallError::Failed("the answer is too large".to_owned()), Again::Never),
    }
}

fn activities(at: At<'_>) -> String {
    format!(
        "{}/v3/conversations/{}/activities",
        at.service.as_str(),
        encode(at.conversation)
    )
}

fn id_in(answer: &Value, name: &str) -> Option<String> {
    answer[name].as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Percent-encodes everything that could be syntax in a path.
fn encode(text: &str) -> String {
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    form.replace('+', "%20")
}

/// A message that holds a card, with what notifications show of it.
pub fn message(card: Value, summary: &str) -> Value {
    json!({
        "type": "message",
        "summary": summary,
        "attachments": [{"contentType": super::card::CONTENT_TYPE, "content": card}],
    })
}
