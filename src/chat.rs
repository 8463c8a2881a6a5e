//! The vocabulary that every room shares: what comes in from a chat platform, and what goes out to one.
//!
//! No platform type appears here, and nothing here decides anything. A gateway turns its payloads into
//! [`IncomingMessage`] and [`Click`], and renders [`Outgoing`].

mod action;
mod command;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use action::ActionId;
pub use command::{Command, Invocation};

/// A chat platform that Latchkey speaks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// The page that the demo serves.
    Playground,
    /// Microsoft Teams.
    Teams,
    /// Slack.
    Slack,
    /// Discord.
    Discord,
    /// No chat: the command line of the machine that Latchkey runs on. Only audit records name it.
    Console,
}

impl Platform {
    /// The name used in settings, audit records and event ids.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Playground => "playground",
            Self::Teams => "teams",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Console => "console",
        }
    }

    /// The name as its makers write it, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Playground => "Playground",
            Self::Teams => "Teams",
            Self::Slack => "Slack",
            Self::Discord => "Discord",
            Self::Console => "Console",
        }
    }

    /// Every chat platform, in the order they are documented.
    pub const ALL: [Self; 4] = [Self::Playground, Self::Teams, Self::Slack, Self::Discord];
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Platform {
    type Err = UnknownName;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|p| p.name() == s)
            .ok_or_else(|| UnknownName::new(s))
    }
}

/// A name that is none of the ones we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known name")]
pub struct UnknownName(String);

impl UnknownName {
    /// Wraps the name that was not recognised.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// The platform's own id of one delivery, unique within the platform. Retries of one event carry the same id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventId {
    /// Where the event came from.
    pub platform: Platform,
    /// The id as the platform gave it.
    pub id: String,
}

/// Who somebody is on a platform, immutably: never a display name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// The platform.
    pub platform: Platform,
    /// The tenant, team or guild within which `user` is unique.
    pub scope: String,
    /// The platform's immutable user id.
    pub user: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.platform, self.scope, self.user)
    }
}

/// Somebody in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who they are.
    pub identity: Identity,
    /// What to call them. For display only: anybody can choose any name.
    pub name: String,
    /// Their Entra object id, where the platform itself vouches for it.
    pub entra: Option<String>,
    /// The address of the account they are signed in with, where the platform itself vouches for it.
    pub account: Option<String>,
    /// An address that the platform shows beside their name. Anybody may have typed it: an administrator sees it as a
    /// suggestion, and nothing is decided by it.
    #[serde(default)]
    pub suggestion: Option<String>,
    /// The platform's ids of the roles they hold where they speak. These may narrow what somebody may do, never widen it.
    #[serde(default)]
    pub roles: BTreeSet<String>,
}

/// How many people can read a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Room {
    /// One person and the bot.
    Direct,
    /// Several people.
    Shared,
}

/// A place where messages are posted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conversation {
    /// The platform.
    pub platform: Platform,
    /// The tenant, team or guild.
    pub scope: String,
    /// The platform's id of the conversation.
    pub id: String,
    /// The thread inside it, where there is one.
    pub thread: Option<String>,
    /// Who can read it.
    pub room: Room,
}

/// Whether the bot was spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addressed {
    /// A direct message or a mention: silence would be rude.
    Directly,
    /// A command that nobody else sees: it is answered for the person alone.
    Privately,
    /// Said in a channel where the bot listens: answer only when sure.
    Ambient,
}

impl Addressed {
    /// Whether somebody waits for an answer.
    pub const fn to_the_bot(self) -> bool {
        matches!(self, Self::Directly | Self::Privately)
    }
}

/// A message that a person wrote. Mentions of the bot are already removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingMessage {
    /// The delivery, for dropping repeats.
    pub event: EventId,
    /// Where it was said.
    pub conversation: Conversation,
    /// Who said it.
    pub sender: Person,
    /// What was said.
    pub text: String,
    /// Whether it was said to the bot.
    pub addressed: Addressed,
    /// The language that the platform reports for the person, such as `el-GR`.
    pub locale: Option<String>,
}

/// A posted message that can be replaced later.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    /// Where it stands.
    pub conversation: Conversation,
    /// The platform's id of the message.
    pub id: String,
}

/// An opaque, unguessable name for what a button stands for. What it means is known to the store alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub String);

/// Somebody pressed a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    /// The delivery, for dropping repeats.
    pub event: EventId,
    /// Where the button stands.
    pub conversation: Conversation,
    /// Who pressed it.
    pub person: Person,
    /// What the button carried.
    pub ticket: TicketId,
    /// The message that holds the button.
    pub message: MessageRef,
    /// What was typed into the message's fields, by field name.
    pub inputs: BTreeMap<String, String>,
    /// The language that the platform reports for the person.
    pub locale: Option<String>,
}

/// A stretch of text with one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// Ordinary words. A gateway escapes what its platform would read as markup.
    Plain(String),
    /// Words that matter.
    Strong(String),
    /// Something to type or find literally: a name, a code, an address.
    Code(String),
    /// A link.
    Link {
        /// The words that are shown.
        text: String,
        /// An absolute https address.
        url: String,
    },
}

/// A run of [`Span`]s: one paragraph, one list item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Span>);

impl Text {
    /// Unformatted words.
    pub fn plain(words: impl Into<String>) -> Self {
        Self(vec![Span::Plain(words.into())])
    }

    /// The words without their looks, for logs of tests, notifications and plain-text fallbacks.
    pub fn words(&self) -> String {
        self.0
            .iter()
            .map(|span| match span {
                Span::Plain(t) | Span::Strong(t) | Span::Code(t) | Span::Link { text: t, .. } => t.as_str(),
            })
            .collect()
    }
}

/// A part of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// What the reply is about. At most one, first.
    Heading(Text),
    /// A paragraph.
    Paragraph(Text),
    /// Things to do, in order.
    Steps(Vec<Text>),
    /// Things without order.
    Bullets(Vec<Text>),
    /// What is known, each with its label.
    Facts(Vec<(String, Text)>),
    /// Small print: sources, dates, a warning that the tenant is simulated.
    Note(Text),
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// The one to press.
    Primary,
    /// One of several.
    Ordinary,
    /// Hard to take back.
    Danger,
}

/// A button: a request, never a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What is written on it.
    pub label: String,
    /// How it looks.
    pub look: Look,
    /// What comes back when it is pressed.
    pub ticket: TicketId,
    /// Where what it leads to is shown.
    #[serde(default)]
    pub shows: Shows,
}

/// Where what a button leads to is shown, for platforms that must open a private place at once (a modal, a dialog, an
/// ephemeral answer) or not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    /// In the conversation, or nowhere.
    #[default]
    Openly,
    /// To whoever pressed it alone: most likely an [`Outgoing::Whisper`] that answers the click follows.
    Privately,
}

/// A line for a person to fill in; its content comes back in [`Click::inputs`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The key in [`Click::inputs`].
    pub name: String,
    /// What is asked.
    pub label: String,
    /// An example of an answer.
    pub hint: String,
}

/// What the bot says, before any platform has shaped it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The language it is written in, as a BCP 47 tag such as `el`.
    pub language: String,
    /// Its parts, from the top.
    pub blocks: Vec<Block>,
    /// A line to fill in, shown above the buttons.
    pub field: Option<Field>,
    /// The buttons below.
    pub buttons: Vec<Button>,
    /// Another view of the same message for administrators, on platforms that can show one (Teams).
    #[serde(default)]
    pub for_administrators: Option<AdministratorsView>,
}

/// What administrators see in the place of a reply that everybody sees. Whoever presses anything in it is held against
/// the policy as everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdministratorsView {
    /// A click with this ticket is answered by a whisper with their view, or by a refusal.
    pub ticket: TicketId,
    /// The Entra object ids of those who are named in the settings.
    pub people: Vec<String>,
}

/// One thing for a gateway to do. Only [`Outgoing::Whisper`] can carry a secret: no other variant has a place for one.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// Say it where everybody in the conversation reads it.
    Post {
        /// Where.
        to: Conversation,
        /// What.
        reply: Reply,
    },
    /// Say it so that one person alone sees it. A platform that can't must not fall back to posting.
    Whisper {
        /// Where the person is.
        to: Conversation,
        /// Who may see it.
        person: Identity,
        /// What.
        reply: Reply,
        /// A value to show once and keep nowhere.
        secret: Option<Secret>,
        /// The event that this answers. Where the platform gave a handle with it (a trigger, an interaction token, an
        /// open invoke), that is the way to the person.
        answering: Option<EventId>,
    },
    /// Put `reply` in the place of a message that stands already.
    Replace {
        /// Which.
        message: MessageRef,
        /// What.
        reply: Reply,
        /// The event that this answers, as in [`Outgoing::Whisper`].
        answering: Option<EventId>,
    },
}

/// A value that one person may see once. Prints as redacted.
#[derive(Debug, Clone)]
pub struct Secret {
    /// What the value is, in the reader's language, such as "Temporary password".
    pub label: String,
    /// The value.
    pub value: SecretString,
}

/// Why something could not be delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The conversation, message or person is gone: trying again can't help.
    #[error("{platform} no longer knows {what}")]
    Gone {
        /// The platform.
        platform: Platform,
        /// What is gone.
        what: String,
    },
    /// It may work later.
    #[error("{platform} did not take the message: {why}")]
    Refused {
        /// The platform.
        platform: Platform,
        /// What it said.
        why: String,
    },
}

/// A way to speak on a platform. Each gateway is one.
#[async_trait::async_trait]
pub trait Gateway: Send + Sync {
    /// The platform it speaks on.
    fn platform(&self) -> Platform;

    /// The conversation in which administrators see requests.
    fn admin_conversation(&self) -> Option<Conversation>;

    /// Delivers one thing. Returns where it now stands, for later [`Outgoing::Replace`].
    async fn deliver(&self, outgoing: Outgoing) -> Result<MessageRef, DeliveryError>;

    /// Who has the Entra account with this object id here, where the platform itself vouches for that.
    fn member(&self, _entra: &str) -> Option<Identity> {
        None
    }

    /// The conversation that this person and the bot have alone, begun where there is none: what is posted there, buttons
    /// included, is for them.
    async fn own_chat(&self, _person: &Identity) -> Result<Conversation, DeliveryError> {
        Err(DeliveryError::Gone {
            platform: self.platform(),
            what: "a way to write to one person".into(),
        })
    }

    /// Everything that there was to say to this event has been delivered. A gateway that keeps something open for an
    /// event (an interaction, an invoke) lets go of it here.
    async fn settled(&self, _event: &EventId) {}
}
