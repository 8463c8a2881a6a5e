//! The words for an account and what can be known about it, independent of the service that says so.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An Entra object id: a GUID in lower case. The only thing that names an account for authority.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(String);

impl ObjectId {
    /// Takes a GUID in any case; `None` where it isn't one.
    pub fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::try_parse(text)
            .ok()
            .map(|id| Self(id.hyphenated().to_string()))
    }

    /// The GUID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether sign-in is allowed (`accountEnabled`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// `accountEnabled` is true.
    Allowed,
    /// `accountEnabled` is false.
    Blocked,
}

/// Where the account's password and state are mastered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// In Entra alone: can be changed from here.
    Cloud,
    /// Synced from an on-premises directory: must be changed there.
    Synced,
    /// Signed in by another identity provider for this domain.
    Federated {
        /// The domain.
        domain: String,
    },
}

/// Member or guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Belongs to the tenant.
    Member,
    /// Invited from another.
    Guest,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its object id.
    pub id: ObjectId,
    /// Its display name.
    pub name: String,
    /// Its user principal name.
    pub upn: String,
    /// Its primary SMTP address.
    pub mail: Option<String>,
    /// Its SMTP addresses, the primary included, without the `smtp:` prefix, lower case.
    pub addresses: Vec<String>,
    /// Whether sign-in is allowed.
    pub sign_in: SignIn,
    /// When the password was last changed.
    pub password_changed: Option<OffsetDateTime>,
    /// Sessions from before this are invalid.
    pub sessions_valid_from: Option<OffsetDateTime>,
    /// Whether it is synced from on-premises.
    pub synced: bool,
    /// Member or guest.
    pub kind: Kind,
}

/// A sign-in that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInEvent {
    /// When.
    pub at: OffsetDateTime,
    /// The AADSTS code; 0 is a success.
    pub code: u32,
    /// The service's reason.
    pub reason: Option<String>,
}

/// What Identity Protection says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// None known, dismissed, remediated or confirmed safe.
    None,
    /// At risk.
    AtRisk,
    /// Confirmed compromised.
    Compromised,
}

/// A rule of the mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRule {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Where it sends mail on to: forwardTo, redirectTo, forwardAsAttachmentTo.
    pub forwards_to: Vec<String>,
    /// Whether it deletes, or moves and marks as read.
    pub hides: bool,
}

/// Whether a licence gives a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailPlan {
    /// Yes.
    Present,
    /// No Exchange plan: "can't send" is no block.
    Missing,
}

/// What makes an account too important to be changed from chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privilege {
    /// Directory roles that are active.
    pub active: Vec<String>,
    /// Directory roles that could be activated.
    pub eligible: Vec<String>,
    /// Groups through which roles are given.
    pub groups: Vec<String>,
}

/// What an account is a member of, directly or through groups, each by its object id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memberships {
    /// Groups.
    pub groups: BTreeSet<ObjectId>,
    /// Directory roles that are active, by the id of their template, which is the same in every tenant.
    pub roles: BTreeSet<ObjectId>,
    /// Administrative units.
    pub units: BTreeSet<ObjectId>,
}

impl Privilege {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.active.is_empty() && self.eligible.is_empty() && self.groups.is_empty()
    }
}

/// The mailbox's forwarding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarding {
    /// Where mail is sent on to.
    pub to: Vec<String>,
}

/// Why Exchange stopped an account from sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockReason {
    /// Too many recipients.
    Volume,
    /// Spam verdicts on what was sent: likely a compromise.
    Spam,
    /// Something else.
    Other,
}

/// An entry among Exchange's restricted entities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedSender {
    /// The exact identifier that the list returned, to be given back when removing it.
    pub sender_address: String,
    /// Why.
    pub reason: BlockReason,
    /// Since when.
    pub since: Option<OffsetDateTime>,
}

/// What proves who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodKind {
    /// The password, which is no second proof and stays.
    Password,
    /// A telephone, by text or call.
    Phone,
    /// Microsoft Authenticator.
    Authenticator,
    /// Codes of another authenticator.
    SoftwareOath,
    /// A security key or passkey.
    Fido2,
    /// An e-mail address, for resetting the password.
    Email,
    /// Windows Hello for Business.
    WindowsHello,
    /// A Temporary Access Pass.
    TemporaryPass,
    /// One that can't be taken away here.
    Other,
}

impl MethodKind {
    /// A short, stable name for phrases.
    pub fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Phone => "phone",
            Self::Authenticator => "authenticator",
            Self::SoftwareOath => "software-oath",
            Self::Fido2 => "fido2",
            Self::Email => "email",
            Self::WindowsHello => "windows-hello",
            Self::TemporaryPass => "temporary-pass",
            Self::Other => "other",
        }
    }

    /// Whether registering again begins with taking it away.
    pub fn is_removable(self) -> bool {
        !matches!(self, Self::Password | Self::TemporaryPass | Self::Other)
    }
}

/// A registered way to prove who signs in. The number or device behind it is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthMethod {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: MethodKind,
    /// Whether it is the one asked for first, which goes last.
    pub is_default: bool,
}

/// What the tenant allows of Temporary Access Passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassPolicy {
    /// Whether there may be any.
    pub enabled: bool,
    /// The shortest lifetime.
    pub least_minutes: u32,
    /// The longest.
    pub most_minutes: u32,
    /// Whether every pass must work only once.
    pub only_once: bool,
}

impl PassPolicy {
    /// The lifetime nearest to `wanted` that the policy takes.
    pub fn minutes(&self, wanted: u32) -> u32 {
        wanted.max(self.least_minutes).min(self.most_minutes)
    }
}

/// What Identity Protection is told of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskVerdict {
    /// Somebody else had it.
    Compromised,
    /// It was a false alarm.
    Safe,
    /// The risk has been dealt with.
    Dismissed,
}

/// Whether a rule of the mailbox works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleState {
    /// It does.
    Enabled,
    /// It is kept, as evidence, and does nothing.
    Disabled,
}

impl InboxRule {
    /// Whether it does what an intruder's rules do.
    pub fn is_suspicious(&self) -> bool {
        self.hides || !self.forwards_to.is_empty()
    }
}

/// What an account let an application do in its name. It outlives a new password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Its id.
    pub id: String,
    /// The application's object in the tenant.
    pub application: String,
    /// What it may do.
    pub scopes: Vec<String>,
}

impl Consent {
    /// Whether it opens mail, files or the directory: more than a name and an address.
    pub fn reaches_data(&self) -> bool {
        /// Scopes begin with what they open: `Mail.ReadWrite`, `Files.Read.All`.
        const REACHING: [&str; 12] = [
            "mail.",
            "mailboxsettings.",
            "files.",
            "sites.",
            "notes.",
            "contacts.",
            "chat.",
            "directory.",
            "ews.",
            "imap.",
            "pop.",
            "smtp.",
        ];
        self.scopes.iter().any(|scope| {
            let scope = scope.to_ascii_lowercase();
            scope == "full_access_as_user" || REACHING.iter().any(|start| scope.starts_with(start))
        })
    }
}

/// What became of a message that the account sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMail {
    /// When.
    pub at: OffsetDateTime,
    /// The service's word: `delivered`, `failed`, `filteredAsSpam` …
    pub status: String,
}

/// A fault of Microsoft 365 itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceIssue {
    /// Its number at Microsoft: `EX123456`.
    pub id: String,
    /// Which service: `Exchange Online`.
    pub service: String,
    /// In a sentence.
    pub title: String,
}
