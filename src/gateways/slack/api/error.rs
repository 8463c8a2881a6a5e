//! Why Slack did not do what it was asked for, and what can be done about it.

use std::time::Duration;

use crate::chat::{DeliveryError, Platform};

/// Why a call failed. No token and no address is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Slack said no. Asking again would get the same answer.
    #[error("{method}: {error}{}", hint(.error, .needed.as_deref()))]
    Refused {
        /// What was asked for.
        method: &'static str,
        /// Slack's word for it.
        error: String,
        /// The scope that is missing, where Slack names it.
        needed: Option<String>,
    },
    /// Slack asked to wait for longer than anybody would.
    #[error("{method}: Slack asks to wait for {} s", .wait.as_secs())]
    Throttled {
        /// What was asked for.
        method: &'static str,
        /// How long.
        wait: Duration,
    },
    /// Slack can't be reached, or is not well.
    #[error("{method}: {why}")]
    Unavailable {
        /// What was asked for.
        method: &'static str,
        /// What happened.
        why: String,
    },
}

impl ApiError {
    /// Slack's word, where it said one.
    pub fn word(&self) -> &str {
        match self {
            Self::Refused { error, .. } => error,
            Self::Throttled { .. } => "ratelimited",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// Whether the conversation can't be written to like this, so that another way should be tried.
    pub fn is_about_the_place(&self) -> bool {
        matches!(
            self.word(),
            "channel_not_found"
                | "not_in_channel"
                | "user_not_in_channel"
                | "is_archived"
                | "messages_tab_disabled"
                | "method_not_supported_for_channel_type"
                | "restricted_action"
                | "restricted_action_read_only_channel"
        )
    }

    /// For the assistant.
    pub fn delivery(&self) -> DeliveryError {
        let platform = Platform::Slack;
        match self.word() {
            "channel_not_found" | "is_archived" => DeliveryError::Gone {
                platform,
                what: "the conversation".into(),
            },
            "message_not_found"
            | "cant_update_message"
            | "edit_window_closed"
            | "thread_not_found"
            | "used_url"
            | "expired_url" => DeliveryError::Gone {
                platform,
                what: "the message".into(),
            },
            "not_found" | "view_not_found" => DeliveryError::Gone {
                platform,
                what: "the view".into(),
            },
            "user_not_found" | "users_not_found" | "user_disabled" => DeliveryError::Gone {
                platform,
                what: "the person".into(),
            },
            _ => DeliveryError::Refused {
                platform,
                why: self.to_string(),
            },
        }
    }
}

/// What mends it, after Slack's word.
fn hint(error: &str, needed: Option<&str>) -> String {
    if let Some(needed) = needed {
        return format!(" (add the scope {needed} to the app's manifest and reinstall the app)");
    }
    let hint = match error {
        "not_in_channel" => "invite the bot to the channel: /invite @Latchkey",
        "channel_not_found" => "the bot doesn't see that channel: is the id right, and was the bot invited?",
        "messages_tab_disabled" => "switch on App Home > Messages Tab in the app's settings",
        _ => return String::new(),
    };
    format!(" ({hint})")
}

/// What somebody must do before a token works again; `None` for what may pass by itself.
/// <https://docs.slack.dev/reference/methods/auth.test/#errors>
pub fn remedy(error: &str) -> Option<&'static str> {
    Some(match error {
        "invalid_auth" | "not_authed" => "the token is not valid: copy it again from api.slack.com/apps",
        "token_revoked" | "token_expired" => "the token was revoked: install the app again and set the new token",
        "account_inactive" => "the app was removed from the workspace, or its workspace was deleted: install it again",
        "missing_scope" | "no_permission" => {
            "the token lacks a scope: compare the app with `latchkey manifest slack`; the app-level token needs connections:write"
        }
        "not_allowed_token_type" => {
            "this is another kind of token: bot_token is the one that begins with xoxb-, app_token with xapp-"
        }
        "org_login_required" | "team_access_not_granted" | "access_denied" | "ekm_access_denied" => {
            "the workspace does not let the app in: ask its owner to approve it"
        }
        "two_factor_setup_required" => "the workspace requires two-factor authentication: its owner must set it up",
        "app_disabled" | "forbidden_team" | "socket_mode_disabled" => {
            "the app is switched off: switch it on under api.slack.com/apps, Socket Mode included"
        }
        _ => return None,
    })
}
