//! The stories that hold on every platform, told in Teams.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use latchkey::chat::{Identity, Platform};
use latchkey::gateways::Listener;
use latchkey::gateways::teams::{Patience, Teams};
use latchkey::settings::LoopbackHttp;
use latchkey::store::Store;
use serde_json::{Value, json};

use crate::client::{Client, Pressable, titles, words};
use crate::conformance::house::{House, Tenancy};
use crate::conformance::{Accounts, Place, Seen, Stage, Who};
use crate::fake::{ADMINS, Colleague, Fake, GROUP, SUPPORT, TENANT, base_of};

/// Teams with everybody in it, and the bot.
pub struct Office {
    pub fake: Fake,
    pub client: Client,
    pub house: House,
    pub teams: Arc<Teams>,
    pub people: HashMap<Who, Colleague>,
    read: Mutex<HashMap<Who, usize>>,
    /// Where everybody did something last.
    last: Mutex<HashMap<Who, Place>>,
}

impl Office {
    pub async fn open(patience: Patience) -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let fake = Fake::start().await;
        Self::open_with(fake, store, patience).await
    }

    /// Opens, or opens again, with what was kept.
    pub async fn open_with(fake: Fake, store: Store, patience: Patience) -> Self {
        let tenancy = Tenancy::begin();
        let people: HashMap<Who, Colleague> = Who::ALL.iter().map(|who| (*who, colleague(&tenancy, *who))).collect();
        if fake.world().colleagues.is_empty() {
            for who in Who::ALL {
                let rooms: &[&str] = match who {
                    Who::Ana | Who::Petros | Who::Stranger => &[SUPPORT, GROUP, ADMINS],
                    Who::Maria | Who::Kostas => &[SUPPORT, GROUP],
                };
                fake.employ(people[&who].clone(), rooms);
            }
        }
        let teams = Teams::new(&fake.settings(), store.clone(), LoopbackHttp::Allowed, patience).unwrap();
        let identity = |who: Who| Identity {
            platform: Platform::Teams,
            scope: TENANT.into(),
            user: people[&who].object.clone(),
        };
        let house = House::open_with(tenancy, Arc::clone(&teams) as Arc<dyn Listener>, identity, store).await;
        let client = Client::new(&fake, house.address);
        Self {
            fake,
            client,
            house,
            teams,
            people,
            read: Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// Something that the assistant has to deal with.
    pub async fn happens(&self, activity: &Value) {
        let before = self.house.so_far();
        let (status, body) = self.client.deliver(activity).await;
        assert!(status.is_success(), "{status} {body}");
        self.house.answered_since(before).await;
    }

    pub async fn presses_it(&self, who: Who, pressable: &Pressable, inputs: &Value) -> Value {
        let place = place_of(&pressable.line.conversation);
        self.last.lock().unwrap().insert(who, place);
        let before = self.house.so_far();
        let answer = self.client.presses(&self.people[&who], pressable, inputs).await;
        self.house.answered_since(before).await;
        // An administrator who has set a password looks at it.
        if let Some(secret) = self.client.secret_button(&self.people[&who]) {
            self.client.presses(&self.people[&who], &secret, &json!({})).await;
        }
        answer
    }

    pub fn button(&self, who: Who, label: &str) -> Pressable {
        if let Some(found) = self.client.button(&self.people[&who], label) {
            return found;
        }
        let world = self.fake.world();
        let seen: Vec<String> = world.lines.iter().map(|line| format!("{line:?}")).collect();
        let calls = world.calls.clone();
        drop(world);
        panic!("{who:?} sees no button `{label}` in {seen:#?} after {calls:#?}");
    }

    pub fn conversation(&self, who: Who, place: Place) -> String {
        match place {
            Place::Direct => self.people[&who].chat(),
            Place::Support => SUPPORT.to_owned(),
            Place::Admins => ADMINS.to_owned(),
        }
    }
}

pub fn colleague(tenancy: &Tenancy, who: Who) -> Colleague {
    let number = Who::ALL.iter().position(|one| *one == who).unwrap();
    let made_up = format!("0000000{number}-1111-4222-8333-444444444444");
    Colleague {
        name: who.name().to_owned(),
        object: tenancy
            .account(who)
            .map_or(made_up, |account| account.id.to_lowercase()),
        address: who.address().map(str::to_owned),
    }
}

fn place_of(conversation: &str) -> Place {
    match base_of(conversation) {
        ADMINS => Place::Admins,
        own if own.starts_with("a:") => Place::Direct,
        _ => Place::Support,
    }
}

impl Stage for Office {
    const ACCOUNTS: Accounts = Accounts::Vouched;

    async fn begin() -> Self {
        let office = Self::open(Patience::default()).await;
        // The bot is installed among the administrators: before that, nothing vouches for their conversation.
        let mut installed = office
            .client
            .activity(&office.people[&Who::Ana], ADMINS, "installationUpdate");
        installed["action"] = json!("add");
        office.happens(&installed).await;
        for who in Who::ALL {
            office.news(who);
        }
        office
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn says(&self, who: Who, place: Place, text: &str) {
        self.last.lock().unwrap().insert(who, place);
        let conversation = self.conversation(who, place);
        let said = self.client.message(&self.people[&who], &conversation, text);
        self.happens(&said).await;
    }

    async fn mentions(&self, who: Who, place: Place, text: &str) {
        self.last.lock().unwrap().insert(who, place);
        let conversation = self.conversation(who, place);
        let said = self.client.mention(&self.people[&who], &conversation, text);
        self.happens(&said).await;
    }

    async fn commands(&self, who: Who, text: &str) {
        self.mentions(who, Place::Support, text).await;
    }

    async fn repeats(&self) {
        let before = self.house.so_far();
        let (status, _, activity) = self.client.deliver_again().await;
        assert!(status.is_success(), "{status}");
        // A repeated invoke gets its answer from the gateway; a repeated message is dropped further in.
        if activity["type"] == "message" {
            self.house.answered_since(before).await;
        }
    }

    async fn presses(&self, who: Who, label: &str) {
        let pressable = self.button(who, label);
        self.presses_it(who, &pressable, &json!({})).await;
    }

    async fn fills(&self, who: Who, text: &str, label: &str) {
        let pressable = self.button(who, label);
        let body = pressable.card["body"].as_array().unwrap();
        let field = body.iter().find(|element| element["type"] == "Input.Text").unwrap();
        let inputs = json!({field["id"].as_str().unwrap(): text});
        self.presses_it(who, &pressable, &inputs).await;
    }

    fn news(&self, who: Who) -> Vec<Seen> {
        let world = self.fake.world();
        let me = &self.people[&who];
        let mut read = self.read.lock().unwrap();
        let from = read.insert(who, world.lines.len()).unwrap_or(0);
        let last = self.last.lock().unwrap().get(&who).copied();
        let new = world.lines.iter().skip(from);
        let seen = new.filter(|line| {
            let there = world.members[base_of(&line.conversation)].contains(&me.mri());
            there && line.only.as_ref().is_none_or(|only| *only == me.name)
        });
        seen.map(|line| {
            let place = place_of(&line.conversation);
            // What is asked among others and answered in one's own chat is answered privately.
            let brought = place == Place::Direct && last != Some(Place::Direct);
            Seen {
                place,
                private: line.only.is_some() || brought,
                replaces: line.replaces,
                text: words(&line.activity),
                buttons: titles(&line.activity),
            }
        })
        .collect()
    }

    fn close_private_ways(&self) {
        let names = self.people.values().map(|person| person.name.clone()).collect();
        self.fake.world().unreachable = names;
    }

    fn standing(&self) -> String {
        let world = self.fake.world();
        let standing = world.lines.iter().filter(|line| line.only.is_none());
        standing.map(|line| line.activity.to_string()).collect()
    }
}

crate::conformance!(Office);
