//! Who is in a conversation, as Teams itself tells: the address that people sign in with, and the connector's ids of
//! people of whom only the Entra object id is known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OnceCell;

use super::bounded::Bounded;
use super::connector::{At, CallError, Connector, Page};
use super::limits::{ROSTER_PAGE, ROSTER_PAGES, ROSTER_PATIENCE};
use super::lock;

/// How many rosters are kept, and for how long: addresses and memberships change.
const ROSTERS: usize = 200;
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);
/// How long a conversation is not asked again who is in it, after it could not tell: every message there waits for it.
const NOT_ASKED_FOR: Duration = Duration::from_secs(60);
/// How many people are kept who were looked up one by one.
const SINGLES: usize = 2000;

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The connector's id.
    pub id: String,
    /// The address that they sign in with.
    pub account: Option<String>,
}

/// The rosters that were read lately.
pub struct People {
    connector: Connector,
    rosters: Mutex<Bounded<String, Arc<OnceCell<Roster>>>>,
    singles: Mutex<Bounded<(String, String), Option<Member>>>,
    silent: Mutex<Bounded<String, ()>>,
}

struct Roster {
    /// By Entra object id.
    members: HashMap<String, Member>,
    whole: bool,
}

impl People {
    /// Nobody is known yet.
    pub fn new(connector: Connector) -> Self {
        Self {
            connector,
            rosters: Mutex::new(Bounded::new(ROSTERS, KEPT_FOR)),
            singles: Mutex::new(Bounded::new(SINGLES, KEPT_FOR)),
            silent: Mutex::new(Bounded::new(ROSTERS, NOT_ASKED_FOR)),
        }
    }

    /// Somebody in a conversation, by their Entra object id. `None` if they are not there or nobody can tell now.
    pub async fn find(&self, at: At<'_>, object: &str) -> Option<Member> {
        let conversation = at.conversation.to_owned();
        if lock(&self.silent).get(&conversation).is_some() {
            return None;
        }
        let why = match tokio::time::timeout(ROSTER_PATIENCE, self.look(at, object)).await {
            Ok(Ok(found)) => return found,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took too long".to_owned(),
        };
        tracing::info!(error = why, "who is in a conversation could not be read");
        lock(&self.silent).put(conversation, ());
        None
    }

    async fn look(&self, at: At<'_>, object: &str) -> Result<Option<Member>, CallError> {
        let cell = self.cell(at.conversation);
        let roster = cell.get_or_try_init(|| self.read(at)).await?;
        Ok(match roster.members.get(object) {
            Some(member) => Some(member.clone()),
            None if roster.whole => None,
            None => self.look_up(at, object).await,
        })
    }

    fn cell(&self, conversation: &str) -> Arc<OnceCell<Roster>> {
        let mut rosters = lock(&self.rosters);
        let key = conversation.to_owned();
        if let Some(cell) = rosters.get(&key) {
            return Arc::clone(cell);
        }
        let cell = Arc::new(OnceCell::new());
        rosters.put(key, Arc::clone(&cell));
        cell
    }

    async fn read(&self, at: At<'_>) -> Result<Roster, CallError> {
        let mut members = HashMap::new();
        let mut after: Option<String> = None;
        for _ in 0..ROSTER_PAGES {
            let page = Page {
                size: ROSTER_PAGE,
                after: after.as_deref(),
                timeout: ROSTER_PATIENCE,
            };
            let (found, next) = self.connector.members(at, page).await?;
            members.extend(found.iter().filter_map(member));
            after = next;
            if after.is_none() {
                break;
            }
        }
        Ok(Roster {
            members,
            whole: after.is_none(),
        })
    }

    /// In a conversation with more people than are read at once.
    async fn look_up(&self, at: At<'_>, object: &str) -> Option<Member> {
        let key = (at.conversation.to_owned(), object.to_owned());
        {
            let singles = lock(&self.singles);
            if let Some(known) = singles.get(&key) {
                return known.clone();
            }
        }
        let found = match self.connector.member(at, object, ROSTER_PATIENCE).await {
            Ok(value) => member(&value)
                .filter(|(found, _)| found == object)
                .map(|(_, member)| member),
            Err(CallError::ConversationGone | CallError::MessageGone) => None,
            Err(_) => return None,
        };
        let mut singles = lock(&self.singles);
        singles.put(key, found.clone());
        found
    }
}

fn member(value: &Value) -> Option<(String, Member)> {
    let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
    let object = text("aadObjectId").or_else(|| text("objectId"))?.to_lowercase();
    let member = Member {
        id: text("id")?.to_owned(),
        account: text("userPrincipalName").map(str::to_owned),
    };
    Some((object, member))
}
