//! What Slack shows of people: a name, a language, an address. None of it proves anything.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::api::{Api, ApiError, Method, Patience};
use super::keep::Keep;

/// How many people are remembered.
const MOST: usize = 5000;
/// How long: somebody who changes their language waits no longer.
const FOR: Duration = Duration::from_secs(3600);

/// What Slack shows of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// What others call them.
    pub name: Option<String>,
    /// The address in their profile. It may be anybody's.
    pub email: Option<String>,
    /// The language of their Slack, such as `el-GR`.
    pub locale: Option<String>,
}

/// Everybody whom Slack was asked about.
pub struct People(Mutex<Keep<String, Profile>>);

impl Default for People {
    fn default() -> Self {
        Self(Mutex::new(Keep::new(MOST, FOR)))
    }
}

impl People {
    /// What is shown of somebody; nothing where Slack does not say within `wait`. Nobody waits long for a name.
    pub async fn profile(&self, api: &Api, user: &str, wait: Duration) -> Profile {
        if let Some(known) = self.keep().get(&user.to_owned()) {
            return known.clone();
        }
        let arguments = json!({"user": user, "include_locale": "true"});
        match api
            .call_within(Method::UsersInfo, &arguments, Patience::Once(wait))
            .await
        {
            Ok(answer) => {
                let profile = read(&answer["user"]);
                self.keep().put(user.to_owned(), profile.clone());
                profile
            }
            Err(error) => {
                // Asking again would get the same answer.
                if matches!(error, ApiError::Refused { .. }) {
                    self.keep().put(user.to_owned(), Profile::default());
                }
                tracing::debug!(slack.error = %error, "nothing could be learned of somebody on Slack");
                Profile::default()
            }
        }
    }

    fn keep(&self) -> std::sync::MutexGuard<'_, Keep<String, Profile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(user: &Value) -> Profile {
    let text = |value: &Value| {
        value
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(ToOwned::to_owned)
    };
    Profile {
        name: text(&user["profile"]["display_name"])
            .or_else(|| text(&user["profile"]["real_name"]))
            .or_else(|| text(&user["real_name"]))
            .or_else(|| text(&user["name"])),
        email: text(&user["profile"]["email"]),
        locale: text(&user["locale"]),
    }
}
