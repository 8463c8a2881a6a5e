//! The practice tenant's state: its people, what its application may do, the tokens that it gave out, the restricted
//! entities, the faults that wait and the requests that came.

use std::collections::{BTreeSet, HashMap, VecDeque};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::directory::{Domain, Group, PassRules, PasswordDigest, Person, PersonState};
use super::fault::FaultRule;
use super::people;
use crate::tenant::account::BlockReason;

/// The tenant's id.
pub(super) const TENANT_ID: &str = "c0470500-0000-4000-8000-000000000365";
/// The application's id.
pub(super) const CLIENT_ID: &str = "b07b07b0-0000-4000-8000-000000000001";
/// The tenant's first domain, which names it as well as the id does.
pub(super) const INITIAL_DOMAIN: &str = "contoso.onmicrosoft.com";

/// What the application registration may do: Graph application permissions, the Exchange application role, and the
/// cmdlets of its Exchange role group. All of it can be taken away by name.
pub(super) const PERMISSIONS: &[&str] = &[
    "User.Read.All",
    "Domain.Read.All",
    "LicenseAssignment.Read.All",
    "AuditLog.Read.All",
    "UserAuthenticationMethod.Read.All",
    "IdentityRiskyUser.Read.All",
    "MailboxSettings.Read",
    "GroupMember.Read.All",
    "RoleManagement.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "User.EnableDisableAccount.All",
    "User-PasswordProfile.ReadWrite.All",
    "User.RevokeSessions.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "Policy.Read.AuthenticationMethod",
    "IdentityRiskyUser.ReadWrite.All",
    "MailboxSettings.ReadWrite",
    "DelegatedPermissionGrant.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    "Mail.Send",
    "ExchangeMessageTrace.Read.All",
    "ServiceHealth.Read.All",
    "Exchange.ManageAsApp",
    "Get-BlockedSenderAddress",
    "Remove-BlockedSenderAddress",
    "Get-Mailbox",
    "Get-InboxRule",
    "Set-Mailbox",
    "Disable-InboxRule",
    "Enable-InboxRule",
    // A tenant without Entra ID P2 has no sign-in log and no risk; a test takes the licence away by this name.
    "AAD_PREMIUM_P2",
];

/// How often an account can be unblocked before only Microsoft Support can. The real number is not published.
pub(super) const UNBLOCKS_ALLOWED: u32 = 3;

/// How many requests the log keeps.
const REQUESTS_KEPT: usize = 10_000;

/// One request that came, without its query, headers and body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// `GET`, `PATCH` …
    pub method: String,
    /// The decoded path.
    pub path: String,
    /// The cmdlet of an Exchange call.
    pub cmdlet: Option<String>,
    /// The answer's status; none where no whole answer was sent.
    pub status: Option<u16>,
    /// The fault that struck, if any.
    pub fault: Option<String>,
}

/// A letter that was sent from a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedLetter {
    /// The mailbox's user principal name.
    pub from: String,
    /// The address that it is for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// Which service a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Graph,
    Exchange,
}

/// A token that was given out.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) audience: Audience,
    pub(super) expires_at: OffsetDateTime,
}

/// An entry among the restricted entities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Restriction {
    pub(super) address: String,
    pub(super) reason: BlockReason,
    pub(super) since: OffsetDateTime,
}

/// An old state that some reads still show.
#[derive(Debug, Clone)]
struct Stale<T> {
    was: T,
    reads: u32,
}

/// The state.
pub(super) struct World {
    pub(super) secret: SecretString,
    pub(super) permissions: BTreeSet<String>,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) people: Vec<Person>,
    pub(super) groups: Vec<Group>,
    pub(super) domains: Vec<Domain>,
    pub(super) restrictions: Vec<Restriction>,
    pub(super) unblocks: HashMap<String, u32>,
    pub(super) pass_rules: PassRules,
    /// When Identity Protection last took a change.
    pub(super) risk_changed: Option<OffsetDateTime>,
    /// Whether Identity Protection refuses a second change within a second: true, but for tests that spend no time.
    pub(super) strict_about_time: bool,
    pub(super) letters: Vec<PostedLetter>,
    pub(super) issues: Vec<(String, String)>,
    pub(super) faults: Vec<FaultRule>,
    pub(super) page_size: usize,
    /// Counts changes, so that those who watch are told.
    pub(super) revision: u64,
    stale_people: Vec<Stale<Person>>,
    stale_restrictions: Option<Stale<Vec<Restriction>>>,
    requests: VecDeque<RequestRecord>,
}

impl World {
    /// The tenant as it is at `now`, whose application has this secret.
    pub(super) fn new(secret: SecretString, now: OffsetDateTime) -> Self {
        let mut world = Self {
            secret,
            permissions: PERMISSIONS.iter().map(|name| (*name).to_owned()).collect(),
            tokens: HashMap::new(),
            people: people::seed(now),
            groups: people::groups(),
            domains: people::domains(),
            restrictions: Vec::new(),
            unblocks: HashMap::new(),
            pass_rules: PassRules {
                enabled: true,
                minutes: (60, 480),
                once: false,
            },
            risk_changed: None,
            strict_about_time: true,
            letters: Vec::new(),
            issues: Vec::new(),
            faults: Vec::new(),
            page_size: 100,
            revision: 0,
            stale_people: Vec::new(),
            stale_restrictions: None,
            requests: VecDeque::new(),
        };
        world.restrict(people::MARIA, BlockReason::Volume, now - time::Duration::minutes(35));
        world.restrict(people::SOFIA, BlockReason::Spam, now - time::Duration::hours(2));
        world
    }

    /// Adds an entry among the restricted entities, or replaces it.
    pub(super) fn restrict(&mut self, address: &str, reason: BlockReason, since: OffsetDateTime) {
        self.restrictions
            .retain(|entry| !entry.address.eq_ignore_ascii_case(address));
        self.restrictions.push(Restriction {
            address: address.to_owned(),
            reason,
            since,
        });
        self.touch();
    }

    /// Counts a change.
    pub(super) fn touch(&mut self) {
        self.revision += 1;
    }

    /// Whether the application holds any of these.
    pub(super) fn may(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|name| self.permissions.contains(*name))
    }

    /// The person with this id or user principal name.
    pub(super) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.is(id))
    }

    /// The same, to be changed.
    pub(super) fn person_mut(&mut self, id: &str) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.is(id))
    }

    /// The person as a read by id shows them, which may lag behind.
    pub(super) fn person_read(&mut self, id: &str) -> Option<Person> {
        if let Some(index) = self.stale_people.iter().position(|stale| stale.was.is(id)) {
            let stale = &mut self.stale_people[index];
            let was = stale.was.clone();
            stale.reads -= 1;
            if stale.reads == 0 {
                self.stale_people.remove(index);
            }
            return Some(was);
        }
        self.person(id).cloned()
    }

    /// The restricted entities as a read shows them, which may lag behind.
    pub(super) fn restrictions_read(&mut self) -> Vec<Restriction> {
        let Some(stale) = &mut self.stale_restrictions else {
            return self.restrictions.clone();
        };
        let was = stale.was.clone();
        stale.reads -= 1;
        if stale.reads == 0 {
            self.stale_restrictions = None;
        }
        was
    }

    /// What was changed since then is hidden from this many reads.
    pub(super) fn lag_behind(&mut self, people: Vec<Person>, restrictions: Vec<Restriction>, reads: u32) {
        if reads == 0 {
            return;
        }
        for was in people {
            if self.person(&was.id).is_some_and(|is| *is != was) {
                self.stale_people.push(Stale { was, reads });
            }
        }
        if restrictions != self.restrictions {
            self.stale_restrictions = Some(Stale {
                was: restrictions,
                reads,
            });
        }
    }

    /// Everybody, as a page shows them.
    pub(super) fn snapshot(&self) -> Vec<PersonState> {
        let show = |person: &Person| {
            let entry = self
                .restrictions
                .iter()
                .find(|entry| entry.address.eq_ignore_ascii_case(&person.upn) || person.has_address(&entry.address));
            let unblocked = self
                .unblocks
                .iter()
                .filter(|(address, _)| person.upn.eq_ignore_ascii_case(address) || person.has_address(address));
            person.snapshot(
                entry.map(|entry| entry.reason),
                unblocked.map(|(_, times)| *times).sum(),
            )
        };
        self.people.iter().map(show).collect()
    }

    /// Whether this is the person's password. Only one that was set here is known.
    pub(super) fn password_is(&self, id: &str, password: &str) -> bool {
        self.person(id)
            .is_some_and(|person| person.password == Some(PasswordDigest::of(&person.id, password)))
    }

    /// Whether this is the person's Temporary Access Pass.
    pub(super) fn pass_is(&self, id: &str, pass: &str) -> bool {
        self.person(id).is_some_and(|person| {
            let digest = PasswordDigest::of(&person.id, pass);
            person.pass.as_ref().is_some_and(|record| record.digest == digest)
        })
    }

    /// Whether this is the application's secret.
    pub(super) fn secret_is(&self, secret: &str) -> bool {
        self.secret.expose_secret() == secret
    }

    /// Writes a request to the log.
    pub(super) fn record(&mut self, record: RequestRecord) {
        if self.requests.len() == REQUESTS_KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(record);
    }

    /// The requests that came.
    pub(super) fn requests(&self) -> Vec<RequestRecord> {
        self.requests.iter().cloned().collect()
    }
}
