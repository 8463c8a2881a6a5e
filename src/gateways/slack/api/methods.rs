//! The methods of Slack's Web API that are used, and how often each may be called.

use std::num::NonZeroU32;

/// A method of the Web API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Who the token belongs to: <https://docs.slack.dev/reference/methods/auth.test/>.
    AuthTest,
    /// An address for a connection: <https://docs.slack.dev/reference/methods/apps.connections.open/>.
    ConnectionsOpen,
    /// <https://docs.slack.dev/reference/methods/chat.postMessage/>
    PostMessage,
    /// <https://docs.slack.dev/reference/methods/chat.postEphemeral/>
    PostEphemeral,
    /// <https://docs.slack.dev/reference/methods/chat.update/>
    Update,
    /// <https://docs.slack.dev/reference/methods/chat.delete/>
    Delete,
    /// <https://docs.slack.dev/reference/methods/views.open/>
    ViewsOpen,
    /// <https://docs.slack.dev/reference/methods/views.update/>
    ViewsUpdate,
    /// <https://docs.slack.dev/reference/methods/views.publish/>
    ViewsPublish,
    /// <https://docs.slack.dev/reference/methods/users.info/>
    UsersInfo,
    /// <https://docs.slack.dev/reference/methods/users.getPresence/>
    GetPresence,
    /// <https://docs.slack.dev/reference/methods/conversations.open/>
    ConversationsOpen,
    /// <https://docs.slack.dev/reference/methods/conversations.history/>
    ConversationsHistory,
    /// <https://docs.slack.dev/reference/methods/conversations.info/>
    ConversationsInfo,
}

/// How the arguments are sent: what only reads takes no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
}

/// What a call that broke off may have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twice {
    /// Doing it twice is doing it once.
    Harmless,
    /// Somebody would read it twice.
    Seen,
}

impl Method {
    /// Its name in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthTest => "auth.test",
            Self::ConnectionsOpen => "apps.connections.open",
            Self::PostMessage => "chat.postMessage",
            Self::PostEphemeral => "chat.postEphemeral",
            Self::Update => "chat.update",
            Self::Delete => "chat.delete",
            Self::ViewsOpen => "views.open",
            Self::ViewsUpdate => "views.update",
            Self::ViewsPublish => "views.publish",
            Self::UsersInfo => "users.info",
            Self::GetPresence => "users.getPresence",
            Self::ConversationsOpen => "conversations.open",
            Self::ConversationsHistory => "conversations.history",
            Self::ConversationsInfo => "conversations.info",
        }
    }

    /// How its arguments are sent.
    pub const fn encoding(self) -> Encoding {
        match self {
            Self::AuthTest
            | Self::ConnectionsOpen
            | Self::UsersInfo
            | Self::GetPresence
            | Self::ConversationsHistory
            | Self::ConversationsInfo => Encoding::Form,
            _ => Encoding::Json,
        }
    }

    /// How often it may be called in a minute, in a workspace: <https://docs.slack.dev/apis/web-api/rate-limits/#tiers>.
    pub fn a_minute(self) -> NonZeroU32 {
        let count = match self {
            // Tier 3
            Self::Update
            | Self::Delete
            | Self::GetPresence
            | Self::ConversationsOpen
            | Self::ConversationsHistory
            | Self::ConversationsInfo => 50,
            // Tier 4
            Self::PostEphemeral | Self::ViewsOpen | Self::ViewsUpdate | Self::ViewsPublish | Self::UsersInfo => 100,
            // "Several hundred messages a minute" in a workspace; a channel has a limit of its own.
            Self::PostMessage => 300,
            // "Hundreds of requests a minute"; and one is made at each start.
            Self::AuthTest => 100,
            // Tier 1 allows bursts; a connection that was refused waits longer by itself.
            Self::ConnectionsOpen => 30,
        };
        NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
    }

    /// What happens if it is done twice.
    pub const fn twice(self) -> Twice {
        match self {
            Self::PostMessage | Self::PostEphemeral | Self::ViewsOpen => Twice::Seen,
            _ => Twice::Harmless,
        }
    }
}
