//! The shared stories on Discord.

use std::sync::Arc;

use latchkey::chat::{Identity, Platform};
use latchkey::gateways::Listener;
use latchkey::gateways::discord::Discord;

use crate::conformance::house::{House, Tenancy};
use crate::conformance::{Accounts, Place, Seen, Stage, Who};
use crate::fake::{ADMINS, Fake, GUILD, SUPPORT};

pub struct DiscordStage {
    pub fake: Fake,
    pub house: House,
}

pub fn user(who: Who) -> u64 {
    1_180_000_000_000_001_000 + who as u64
}

pub fn identity(who: Who) -> Identity {
    Identity {
        platform: Platform::Discord,
        scope: GUILD.to_string(),
        user: user(who).to_string(),
    }
}

impl DiscordStage {
    /// Begins with a Discord that the test has prepared.
    pub async fn on(fake: Fake, gateway: Arc<Discord>) -> Self {
        {
            let mut world = fake.world();
            for who in Who::ALL {
                world.join(GUILD, user(who), who.name());
            }
            let admins = [Who::Ana, Who::Petros, Who::Stranger].map(user);
            world.channels.get_mut(&ADMINS).unwrap().readers = Some(admins.into());
        }
        let house = House::open(Tenancy::begin(), gateway as Arc<dyn Listener>, identity).await;
        fake.connected().await;
        Self { fake, house }
    }

    pub async fn happens(&self, act: impl FnOnce(&Fake)) {
        let before = self.house.so_far();
        act(&self.fake);
        self.house.answered_since(before).await;
        self.sound();
    }

    /// Nothing that Discord would refuse was sent.
    pub fn sound(&self) {
        let world = self.fake.world();
        assert!(world.faults.is_empty(), "{:#?}", world.faults);
    }

    fn channel(&self, who: Who, place: Place) -> u64 {
        match place {
            Place::Direct => self.fake.world().direct(user(who)),
            Place::Support => SUPPORT,
            Place::Admins => ADMINS,
        }
    }
}

impl Stage for DiscordStage {
    const ACCOUNTS: Accounts = Accounts::Unknown;

    async fn begin() -> Self {
        let fake = Fake::start().await;
        let gateway = Discord::new(&fake.settings());
        Self::on(fake, gateway).await
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn says(&self, who: Who, place: Place, text: &str) {
        let channel = self.channel(who, place);
        self.happens(|fake| {
            fake.world().says(user(who), channel, text);
        })
        .await;
    }

    async fn mentions(&self, who: Who, place: Place, text: &str) {
        let channel = self.channel(who, place);
        self.happens(|fake| {
            fake.world().mentions(user(who), channel, text);
        })
        .await;
    }

    async fn commands(&self, who: Who, text: &str) {
        let (name, value) = text.split_once(' ').unwrap_or((text, ""));
        self.happens(|fake| {
            fake.world().commands(user(who), SUPPORT, (name, value));
        })
        .await;
    }

    async fn repeats(&self) {
        self.happens(|fake| {
            let mut world = fake.world();
            let (kind, data) = world.last_dispatch.clone().unwrap();
            world.dispatch(&kind, data);
        })
        .await;
        self.sound();
    }

    async fn presses(&self, who: Who, label: &str) {
        self.happens(|fake| {
            fake.world().presses(user(who), label);
        })
        .await;
    }

    async fn fills(&self, who: Who, text: &str, label: &str) {
        let pressed = self.fake.world().presses(user(who), label);
        self.fake
            .until("a dialog is open", |world| {
                let of_press = world.interactions.iter().find(|one| one.token == pressed);
                of_press.is_some_and(|one| one.modal.is_some())
            })
            .await;
        self.happens(|fake| {
            fake.world().sends_dialog(user(who), text);
        })
        .await;
    }

    fn news(&self, who: Who) -> Vec<Seen> {
        let news = self.fake.world().news(user(who));
        let seen = news.into_iter().map(|shown| Seen {
            place: match shown.channel {
                SUPPORT => Place::Support,
                ADMINS => Place::Admins,
                _ => Place::Direct,
            },
            private: shown.private,
            replaces: shown.replaces,
            text: shown.text,
            buttons: shown.buttons,
        });
        seen.collect()
    }

    fn close_private_ways(&self) {
        self.fake.world().tokens_dead = true;
    }

    fn standing(&self) -> String {
        let world = self.fake.world();
        let open = world
            .messages
            .iter()
            .filter(|message| message.only.is_none() && !message.deleted);
        open.map(|message| message.body.to_string()).collect()
    }
}
