//! The test bot: the real assistant, store and service layer over the simulated tenant, with a chat platform that keeps
//! what it was given, so that a test reads like a conversation.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod chat;
mod people;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use latchkey::access::Access;
use latchkey::actions::ReadBack;
use latchkey::assistant::{Assistant, Clock, Courier, Hearing, Languages, Parts, Practice, Recent};
use latchkey::chat::{
    ActionId, Addressed, Click, Command, Conversation, EventId, Gateway, Identity, IncomingMessage, Invocation,
    MessageRef, Person, Platform, TicketId,
};
use latchkey::intents::Catalogue;
use latchkey::language::Language;
use latchkey::settings::{AccessSettings, Grant, Grantee, LoopbackHttp};
use latchkey::store::Store;
use latchkey::store::audit::{Detail, Entry, Event, Record};
use latchkey::store::links::StoredLink;
use latchkey::tenant::simulator::{PersonState, Simulator};
use latchkey::tenant::{Mode, Tenant};
use time::OffsetDateTime;

pub use self::chat::*;
pub use self::people::*;

/// Compiled once for all tests: that takes longer than most of them.
static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();

/// The object id of Ana's account in the simulated tenant.
pub const ANA_ENTRA: &str = "00000000-0000-4000-a000-000000000009";

/// The mailbox in the simulated tenant from which letters are sent.
pub const HELP_DESK: &str = "helpdesk@contoso.com";

/// A running story.
pub struct Story {
    pub assistant: Assistant,
    pub chat: Arc<TestChat>,
    pub simulator: Arc<Simulator>,
    pub store: Store,
    pub catalogue: Arc<Catalogue>,
    now: Arc<Mutex<OffsetDateTime>>,
    mailbox: Option<String>,
    events: AtomicU64,
}

impl Story {
    pub async fn begin() -> Self {
        Self::begin_with(Store::open("sqlite::memory:").await.unwrap()).await
    }

    /// With a tenant that the bot knows to be a practice one.
    pub async fn begin_in(practice: Practice) -> Self {
        Self::build(Store::open("sqlite::memory:").await.unwrap(), practice, |access, _| {
            access
        })
        .await
    }

    /// With a policy that the test changes, and that may go by the story's clock.
    pub async fn begin_where(store: &str, change: impl FnOnce(Access, Arc<Mutex<OffsetDateTime>>) -> Access) -> Self {
        Self::build(Store::open(store).await.unwrap(), Practice::Real, change).await
    }

    /// With a store of the test's own.
    pub async fn begin_with(store: Store) -> Self {
        Self::build(store, Practice::Real, |access, _| access).await
    }

    /// With other settings.
    pub async fn begin_under(access: &AccessSettings) -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        Self::build(store, Practice::Real, |_, _| Access::new(access).unwrap()).await
    }

    /// With other settings, and a mailbox from which people are told what was done to their account.
    pub async fn begin_with_mailbox(store: Store, access: &AccessSettings) -> Self {
        let story = Self::build(store.clone(), Practice::Real, |_, _| Access::new(access).unwrap()).await;
        Self {
            mailbox: Some(HELP_DESK.into()),
            ..story
        }
        .again_with(store, access)
        .await
    }

    async fn build(
        store: Store,
        practice: Practice,
        change: impl FnOnce(Access, Arc<Mutex<OffsetDateTime>>) -> Access,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let simulator = Arc::new(Simulator::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap());
        for (administrator, address) in [
            (ana(), "ana.admin@contoso.com"),
            (petros(), "petros.markou@contoso.com"),
        ] {
            link(&store, &administrator.identity, &simulator.person(address).unwrap()).await;
        }
        let now = Arc::new(Mutex::new(OffsetDateTime::now_utc()));
        let access = change(Access::new(&grants()).unwrap(), Arc::clone(&now));
        let world = (Arc::new(TestChat::default()), simulator, now, None);
        Self::with_parts(store, practice, access, world)
    }

    /// The process stopped and was started again, perhaps under another policy: the platform, the tenant and what is
    /// stored are the same.
    pub async fn again_with(&self, store: Store, access: &AccessSettings) -> Self {
        let world = (
            Arc::clone(&self.chat),
            Arc::clone(&self.simulator),
            Arc::clone(&self.now),
            self.mailbox.clone(),
        );
        let again = Self::with_parts(store, Practice::Real, Access::new(access).unwrap(), world);
        let events = self.events.load(Ordering::Relaxed);
        again.events.store(events, Ordering::Relaxed);
        again
    }

    fn with_parts(
        store: Store,
        practice: Practice,
        access: Access,
        (chat, simulator, now, mailbox): (
            Arc<TestChat>,
            Arc<Simulator>,
            Arc<Mutex<OffsetDateTime>>,
            Option<String>,
        ),
    ) -> Self {
        let tenant = Tenant::connect(&simulator.settings(), Mode::Real, LoopbackHttp::Allowed).unwrap();
        let catalogue = Arc::clone(CATALOGUE.get_or_init(|| Arc::new(Catalogue::embedded().unwrap())));
        let told = Arc::clone(&now);
        let parts = Parts {
            catalogue: Arc::new(ArcSwap::new(Arc::clone(&catalogue))),
            store: store.clone(),
            tenant,
            access,
            courier: Courier::new(vec![Arc::clone(&chat) as Arc<dyn Gateway>], practice),
            languages: Languages::default(),
            clock: Clock::from(move || *told.lock().unwrap()),
            read_back: ReadBack {
                pauses: vec![Duration::ZERO; 2],
            },
            recent: Recent::default(),
            mailbox: mailbox.clone(),
        };
        let assistant = Assistant::new(parts);
        Self {
            assistant,
            chat,
            simulator,
            store,
            catalogue,
            now,
            mailbox,
            events: AtomicU64::new(1),
        }
    }

    /// Somebody writes to the bot directly.
    pub async fn says(&self, who: &Person, text: &str) {
        self.assistant
            .answer_message(self.message(who, direct(who), text, Addressed::Directly))
            .await
            .unwrap();
    }

    /// Somebody writes in the support channel, to nobody in particular.
    pub async fn says_in_channel(&self, who: &Person, text: &str) {
        self.assistant
            .answer_message(self.message(who, support(), text, Addressed::Ambient))
            .await
            .unwrap();
    }

    pub fn message(&self, who: &Person, to: Conversation, text: &str, addressed: Addressed) -> IncomingMessage {
        IncomingMessage {
            event: self.event(),
            conversation: to,
            sender: who.clone(),
            text: text.into(),
            addressed,
            locale: None,
        }
    }

    /// Somebody gives a command in the support channel.
    pub async fn commands(&self, who: &Person, text: &str) {
        let invocation = self.invocation(who, Command::parse(text));
        self.assistant.answer_command(invocation, Hearing::First).await.unwrap();
    }

    pub fn invocation(&self, who: &Person, command: Command) -> Invocation {
        Invocation {
            event: self.event(),
            conversation: support(),
            person: who.clone(),
            command,
            locale: None,
        }
    }

    /// Somebody presses the newest button with this phrase on it, or this label.
    pub async fn clicks(&self, who: &Person, button: &str) {
        let click = self.click(who, button);
        self.assistant.answer_click(click, Hearing::First).await.unwrap();
    }

    /// The click of the newest button with this phrase on it that this person can see.
    pub fn click(&self, who: &Person, button: &str) -> Click {
        self.find(who, button).unwrap_or_else(|| {
            let texts: Vec<String> = self.seen_by(who).iter().map(Delivered::text).collect();
            panic!("{} sees no button `{button}` in:\n{}", who.name, texts.join("\n---\n"))
        })
    }

    /// The same, where there is such a button.
    pub fn find(&self, who: &Person, button: &str) -> Option<Click> {
        self.seen_by(who).iter().find_map(|delivered| {
            let language = Language::new(&delivered.reply.language);
            let label = self.catalogue.phrase(&language, button, &[]);
            let mut buttons = delivered.reply.buttons.iter();
            let found = buttons.find(|b| b.label == label || b.label == button)?;
            Some(self.click_on(who, &delivered.message, &found.ticket))
        })
    }

    /// What stands before somebody, newest first.
    fn seen_by(&self, who: &Person) -> Vec<Delivered> {
        let standing = self.chat.standing.lock().unwrap();
        let mut seen: Vec<Delivered> = standing
            .values()
            .filter(|delivered| match &delivered.how {
                How::Whispered(person) => *person == who.identity.user,
                How::Posted | How::Replaced => true,
            })
            .cloned()
            .collect();
        seen.sort_by_key(|delivered| std::cmp::Reverse(delivered.message.id.parse::<u64>().unwrap()));
        seen
    }

    pub fn click_on(&self, who: &Person, message: &MessageRef, ticket: &TicketId) -> Click {
        Click {
            event: self.event(),
            conversation: message.conversation.clone(),
            person: who.clone(),
            ticket: ticket.clone(),
            message: message.clone(),
            inputs: BTreeMap::new(),
            locale: None,
        }
    }

    /// The oldest thing that the bot did and that no test has looked at.
    pub fn next(&self) -> Delivered {
        self.chat
            .unread
            .lock()
            .unwrap()
            .pop_front()
            .expect("the bot did nothing more")
    }

    /// Looks at everything new and gives the last.
    pub fn last(&self) -> Delivered {
        let mut unread = self.chat.unread.lock().unwrap();
        let last = unread.pop_back().expect("the bot did nothing");
        unread.clear();
        last
    }

    /// Nothing is left that no test has looked at.
    pub fn quiet(&self) {
        let unread = self.chat.unread.lock().unwrap();
        let texts: Vec<String> = unread.iter().map(|d| format!("{:?}: {}", d.how, d.text())).collect();
        assert!(texts.is_empty(), "unread:\n{}", texts.join("\n---\n"));
    }

    /// Everything that the bot ever did.
    pub fn everything(&self) -> Vec<Delivered> {
        self.chat.everything.lock().unwrap().clone()
    }

    /// From now on the platform has no way to show a secret.
    pub fn refuse_secrets(&self) {
        *self.chat.secrets_refused.lock().unwrap() = true;
    }

    /// From now on nobody can write to this person.
    pub fn cannot_reach(&self, who: &Person) {
        self.chat.unreachable.lock().unwrap().push(who.identity.user.clone());
    }

    /// Somebody fills the newest field and presses the button below it.
    pub async fn types(&self, who: &Person, (field, text): (&str, &str), button: &str) {
        let mut click = self.click(who, button);
        click.inputs.insert(field.into(), text.into());
        self.assistant.answer_click(click, Hearing::First).await.unwrap();
    }

    pub fn now(&self) -> OffsetDateTime {
        *self.now.lock().unwrap()
    }

    /// The same, and `then` happens each time.
    pub fn refuse_secrets_and(&self, then: impl Fn() + Send + Sync + 'static) {
        *self.chat.when_refused.lock().unwrap() = Some(Box::new(then));
        self.refuse_secrets();
    }

    pub fn wait(&self, time: time::Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// The trail, without the links with which every story begins.
    pub async fn audit(&self) -> Vec<Record> {
        let records = self.store.recent_records(1000).await.unwrap();
        let told = |record: &Record| record.entry.note != LINKED_BEFORE;
        records.into_iter().filter(told).collect()
    }

    pub async fn audit_events(&self) -> Vec<Event> {
        self.audit()
            .await
            .into_iter()
            .map(|record| record.entry.event)
            .collect()
    }

    pub fn state(&self, upn: &str) -> PersonState {
        self.simulator.person(upn).unwrap()
    }

    /// A phrase in a language.
    pub fn phrase(&self, language: &str, key: &str) -> String {
        self.catalogue.phrase(&Language::new(language), key, &[])
    }

    /// A person asks about an account and the request stands before the administrators. All of it is read.
    pub async fn request(&self, who: &Person, text: &str) {
        self.says(who, text).await;
        self.clicks(who, "ask-administrator").await;
        self.chat.unread.lock().unwrap().clear();
    }

    /// Forgets what was not looked at.
    pub fn read_all(&self) {
        self.chat.unread.lock().unwrap().clear();
    }

    /// Everything that the bot ever said, in words.
    pub fn said(&self) -> String {
        let texts: Vec<String> = self.everything().iter().map(Delivered::text).collect();
        texts.join("\n---\n")
    }

    fn event(&self) -> EventId {
        let id = self.events.fetch_add(1, Ordering::Relaxed);
        EventId {
            platform: Platform::Slack,
            id: format!("Ev{id}"),
        }
    }
}

/// What the audit records say of the links with which a story begins.
const LINKED_BEFORE: &str = "linked before the story";

/// Links somebody to an account, as if they had signed in to it.
pub async fn link(store: &Store, who: &Identity, account: &PersonState) {
    let now = OffsetDateTime::now_utc();
    let link = StoredLink {
        person: who.clone(),
        entra: account.id.clone(),
        account: account.upn.clone(),
        how: "oidc".into(),
        linked: now,
        expires: now + time::Duration::days(90),
    };
    let record = Entry {
        at: now,
        event: Event::Linked,
        who: who.clone(),
        who_entra: Some(account.id.clone()),
        action: None,
        target: Some(account.id.clone()),
        operation: format!("link-{}", who.user),
        note: LINKED_BEFORE.into(),
        detail: Detail::default(),
    };
    store.put_link(&link, &record).await.unwrap();
}

/// A grant to somebody on the platform.
pub fn to(user: &str, actions: &[ActionId]) -> Grant {
    let who = Grantee::Chat {
        platform: "slack".into(),
        scope: SCOPE.into(),
        user: user.into(),
    };
    let actions: Vec<&str> = actions.iter().map(|action| action.name()).collect();
    Grant::new(who, &actions)
}

/// The usual policy.
pub fn grants() -> AccessSettings {
    AccessSettings {
        grants: vec![
            to("ana", &ActionId::ALL),
            Grant::new(Grantee::Entra(ANA_ENTRA.into()), &[ActionId::LookUp.name()]),
            to(
                "petros",
                &[
                    ActionId::LookUp,
                    ActionId::RevokeSessions,
                    ActionId::ResetPassword,
                    ActionId::AllowSignIn,
                    ActionId::TemporaryAccessPass,
                    ActionId::ResetMfa,
                ],
            ),
        ],
        ..AccessSettings::default()
    }
}
