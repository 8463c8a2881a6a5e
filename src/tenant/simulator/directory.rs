//! What the practice tenant stores: people, groups, domains, and the snapshot of a person that the demo shows.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::tenant::account::{BlockReason, Kind, Origin, SignIn};

/// Why a person can't sign in though sign-in is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lockout {
    /// They can.
    None,
    /// Too many wrong passwords.
    Locked,
    /// The password has expired.
    PasswordExpired,
}

/// A person as they are now: what a page that shows the tenant needs, and nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonState {
    /// Object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// User principal name.
    pub upn: String,
    /// Every SMTP address, the primary first, without a prefix.
    pub addresses: Vec<String>,
    /// Whether sign-in is allowed.
    pub sign_in_allowed: bool,
    /// Locked, or password expired.
    pub lockout: Lockout,
    /// Whether Exchange stops them from sending.
    pub restricted: bool,
    /// Why.
    pub restricted_reason: Option<BlockReason>,
    /// How often they have been unblocked.
    pub unblocked_times: u32,
    /// When the password was last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub password_changed: OffsetDateTime,
    /// Whether they must change it at the next sign-in.
    pub must_change_password: bool,
    /// Sessions from before this are invalid.
    #[serde(with = "time::serde::rfc3339")]
    pub sessions_valid_from: OffsetDateTime,
    /// Whether the account is synced from on-premises.
    pub synced: bool,
    /// Whether another identity provider signs them in.
    pub federated: bool,
    /// Whether they are a guest.
    pub guest: bool,
    /// Whether a licence gives them a mailbox.
    pub mailbox: bool,
    /// Active directory roles.
    pub roles: Vec<String>,
    /// Roles that they could activate.
    pub eligible_roles: Vec<String>,
    /// Where their mailbox forwards to.
    pub forwards_to: Option<String>,
    /// What Identity Protection says, in its own word.
    pub risk: Option<String>,
    /// How many sign-in methods beside the password they have.
    pub methods: usize,
    /// Whether a Temporary Access Pass waits for them.
    pub pass: bool,
    /// Inbox rules that are on, the hidden ones included.
    pub rules: Vec<String>,
    /// How many applications they let in.
    pub consents: usize,
}

/// A directory role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) template: &'static str,
    pub(super) name: &'static str,
    /// From the "Who can reset passwords" table of the Entra documentation.
    pub(super) resettable_by_helpdesk: bool,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) assignable_to_role: bool,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) name: &'static str,
    pub(super) authentication: &'static str,
    pub(super) default: bool,
}

/// What a person's licence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Licence {
    None,
    /// No mailbox.
    Free,
    /// With a mailbox.
    Enterprise,
}

/// An authentication method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Password,
    Phone,
    OfficePhone,
    Authenticator,
    SoftwareOath,
    Fido2,
    Email,
    WindowsHello,
}

/// A Temporary Access Pass, which is never shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PassRecord {
    pub(super) id: String,
    pub(super) digest: PasswordDigest,
    pub(super) minutes: u32,
    pub(super) once: bool,
    pub(super) created: OffsetDateTime,
}

/// What a person let an application do in their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConsentRecord {
    pub(super) id: String,
    pub(super) client: &'static str,
    pub(super) scope: &'static str,
}

/// What the tenant allows of Temporary Access Passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PassRules {
    pub(super) enabled: bool,
    pub(super) minutes: (u32, u32),
    pub(super) once: bool,
}

/// A sign-in that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignInRecord {
    pub(super) at: OffsetDateTime,
    pub(super) code: u32,
    pub(super) country: &'static str,
}

/// What Identity Protection knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RiskRecord {
    pub(super) state: &'static str,
    pub(super) level: &'static str,
    pub(super) since: OffsetDateTime,
}

/// Whether an inbox rule shows in Outlook and Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Visible,
    Hidden,
}

/// An inbox rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) forwards_to: Option<&'static str>,
    pub(super) moves_to: Option<&'static str>,
    pub(super) marks_as_read: bool,
    pub(super) deletes: bool,
    pub(super) enabled: bool,
    pub(super) sight: Sight,
}

impl Rule {
    /// Moves mail away and marks it as read, so that its owner does not see it.
    pub(super) fn moving(id: &'static str, name: &'static str) -> Self {
        Self {
            moves_to: Some("RSS Feeds"),
            marks_as_read: true,
            ..Self::plain(id, name)
        }
    }

    /// Forwards mail.
    pub(super) fn forwarding(id: &'static str, name: &'static str, to: &'static str) -> Self {
        Self {
            forwards_to: Some(to),
            ..Self::plain(id, name)
        }
    }

    /// Forwards and deletes mail, and shows in no client.
    pub(super) fn hidden(id: &'static str, name: &'static str, to: &'static str) -> Self {
        Self {
            forwards_to: Some(to),
            deletes: true,
            sight: Sight::Hidden,
            ..Self::plain(id, name)
        }
    }

    fn plain(id: &'static str, name: &'static str) -> Self {
        Self {
            id,
            name,
            forwards_to: None,
            moves_to: None,
            marks_as_read: false,
            deletes: false,
            enabled: true,
            sight: Sight::Visible,
        }
    }
}

/// A digest that recognises a password and does not hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PasswordDigest([u8; 32]);

impl PasswordDigest {
    pub(super) fn of(person: &str, password: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(person.as_bytes());
        hash.update([0]);
        hash.update(password.as_bytes());
        Self(hash.finalize().into())
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) given: String,
    pub(super) surname: String,
    pub(super) upn: String,
    pub(super) mail: Option<String>,
    pub(super) proxies: Vec<String>,
    pub(super) sign_in: SignIn,
    pub(super) lockout: Lockout,
    pub(super) password: Option<PasswordDigest>,
    pub(super) must_change_password: bool,
    pub(super) password_changed: OffsetDateTime,
    pub(super) sessions_valid_from: OffsetDateTime,
    pub(super) origin: Origin,
    pub(super) kind: Kind,
    pub(super) licence: Licence,
    pub(super) roles: Vec<Role>,
    pub(super) eligible: Vec<Role>,
    pub(super) groups: Vec<&'static str>,
    /// Administrative units.
    pub(super) units: Vec<&'static str>,
    /// Roles over one administrative unit alone.
    pub(super) scoped: Vec<Role>,
    /// Groups that they may enter through PIM.
    pub(super) eligible_groups: Vec<&'static str>,
    /// Groups that they own.
    pub(super) owns: Vec<&'static str>,
    pub(super) methods: Vec<Method>,
    /// The one that is asked for first.
    pub(super) default_method: Option<Method>,
    pub(super) pass: Option<PassRecord>,
    pub(super) consents: Vec<ConsentRecord>,
    pub(super) sign_ins: Vec<SignInRecord>,
    pub(super) risk: Option<RiskRecord>,
    pub(super) forwards_to: Option<String>,
    pub(super) rules: Vec<Rule>,
    /// The id of their manager.
    pub(super) manager: Option<String>,
    /// Addresses outside of the tenant.
    pub(super) other_mails: Vec<String>,
    /// The address of their e-mail method, where one is registered.
    pub(super) registered_mail: String,
    /// The language that they prefer.
    pub(super) language: Option<String>,
}

impl Person {
    /// Whether this is their id or user principal name.
    pub(super) fn is(&self, id: &str) -> bool {
        self.id.eq_ignore_ascii_case(id) || self.upn.eq_ignore_ascii_case(id)
    }

    /// Whether this is any of their SMTP addresses.
    pub(super) fn has_address(&self, address: &str) -> bool {
        self.addresses().any(|own| own.eq_ignore_ascii_case(address))
    }

    /// Their SMTP addresses without the prefix.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.proxies.iter().filter_map(|proxy| proxy.get(5..))
    }

    /// Whether a licence gives them a mailbox.
    pub(super) fn has_mailbox(&self) -> bool {
        self.licence == Licence::Enterprise
    }

    /// Their password, state and name as the demo shows them.
    pub(super) fn snapshot(&self, restriction: Option<BlockReason>, unblocked_times: u32) -> PersonState {
        let names = |roles: &[Role]| roles.iter().map(|role| role.name.to_owned()).collect();
        PersonState {
            id: self.id.clone(),
            name: self.name.clone(),
            upn: self.upn.clone(),
            addresses: self.addresses().map(str::to_owned).collect(),
            sign_in_allowed: self.sign_in == SignIn::Allowed,
            lockout: self.lockout,
            restricted: restriction.is_some(),
            restricted_reason: restriction,
            unblocked_times,
            password_changed: self.password_changed,
            must_change_password: self.must_change_password,
            sessions_valid_from: self.sessions_valid_from,
            synced: self.origin == Origin::Synced,
            federated: matches!(self.origin, Origin::Federated { .. }),
            guest: self.kind == Kind::Guest,
            mailbox: self.has_mailbox(),
            roles: names(&self.roles),
            eligible_roles: names(&self.eligible),
            forwards_to: self.forwards_to.clone(),
            risk: self.risk.as_ref().map(|risk| risk.state.to_owned()),
            methods: self
                .methods
                .iter()
                .filter(|method| **method != Method::Password)
                .count(),
            pass: self.pass.is_some(),
            rules: self
                .rules
                .iter()
                .filter(|rule| rule.enabled)
                .map(|rule| rule.name.to_owned())
                .collect(),
            consents: self.consents.len(),
        }
    }
}
