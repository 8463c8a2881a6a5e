//! The stories' stage on the fake: people write, press what they see and fill in what they are shown.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use latchkey::chat::{Identity, Platform};
use latchkey::gateways::Listener;
use latchkey::gateways::slack::Slack;
use latchkey::settings::{LoopbackHttp, SlackMode, SlackSettings};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::conformance::house::{House, Tenancy};
use crate::conformance::{Accounts, Place, Seen, Stage, Who};
use crate::fake::world::{ADMINS, BOT, GENERAL, SUPPORT, TEAM, User, direct, user};
use crate::fake::{APP_TOKEN, BOT_TOKEN, Fake, SIGNING_SECRET, blocks, form};

/// How events reach the bot.
pub trait Mode {
    const HTTP: bool;
}

pub struct Socket;
pub struct Http;

impl Mode for Socket {
    const HTTP: bool = false;
}

impl Mode for Http {
    const HTTP: bool = true;
}

/// What Slack sends.
#[derive(Debug, Clone)]
pub struct Sent {
    pub kind: &'static str,
    pub payload: Value,
}

pub struct SlackStage<M> {
    pub fake: Arc<Fake>,
    pub slack: Arc<Slack>,
    house: House,
    last: Mutex<Option<Sent>>,
    read: Mutex<HashMap<&'static str, usize>>,
    mode: PhantomData<fn() -> M>,
}

pub fn settings(fake: &Fake, mode: SlackMode) -> SlackSettings {
    SlackSettings {
        mode,
        bot_token: SecretString::from(BOT_TOKEN),
        team_ids: vec![TEAM.into()],
        admin_channel: Some(ADMINS.into()),
        answer_channels: vec![SUPPORT.into()],
        api_url: fake.api_url().parse().unwrap(),
        loopback: LoopbackHttp::Allowed,
    }
}

pub fn mode<M: Mode>() -> SlackMode {
    if M::HTTP {
        SlackMode::Http {
            signing_secret: SecretString::from(SIGNING_SECRET),
        }
    } else {
        SlackMode::Socket {
            app_token: SecretString::from(APP_TOKEN),
            connections: 2,
        }
    }
}

pub fn identity(who: Who) -> Identity {
    Identity {
        platform: Platform::Slack,
        scope: TEAM.into(),
        user: user(who.name()),
    }
}

/// Everybody of the stories is there.
pub fn furnish(fake: &Fake) {
    let mut world = fake.world();
    for channel in [SUPPORT, ADMINS, GENERAL] {
        world.join(channel, BOT);
    }
    for who in Who::ALL {
        let id = user(who.name());
        world.users.insert(
            id.clone(),
            User {
                name: who.name().into(),
                email: who.address().map(Into::into),
                locale: "en-US".into(),
                team: TEAM.into(),
                presence: "active",
            },
        );
        world.join(SUPPORT, &id);
        world.join(GENERAL, &id);
        world.join(&direct(&id), &id);
        world.join(&direct(&id), BOT);
        if matches!(who, Who::Ana | Who::Petros | Who::Stranger) {
            world.join(ADMINS, &id);
        }
    }
}

impl<M: Mode> SlackStage<M> {
    pub async fn on(fake: Arc<Fake>) -> Self {
        let settings = settings(&fake, mode::<M>());
        Self::with(fake, &settings).await
    }

    pub async fn with(fake: Arc<Fake>, settings: &SlackSettings) -> Self {
        let slack = Slack::new(settings);
        let listener = Arc::clone(&slack) as Arc<dyn Listener>;
        let house = House::open(Tenancy::begin(), listener, identity).await;
        if M::HTTP {
            fake.was_called("auth.test", 1).await;
        } else {
            fake.sockets.are_open(2).await;
        }
        Self {
            fake,
            slack,
            house,
            last: Mutex::default(),
            read: Mutex::default(),
            mode: PhantomData,
        }
    }

    /// Slack delivers something, and hears that it was taken. Gives what is answered.
    pub async fn delivers(&self, sent: &Sent) -> Value {
        *self.last.lock().unwrap() = Some(sent.clone());
        let answer = if M::HTTP {
            let (path, body) = match sent.kind {
                "events_api" => ("/slack/events", sent.payload.to_string()),
                "interactive" => (
                    "/slack/interactions",
                    form(&json!({"payload": sent.payload.to_string()})),
                ),
                _ => ("/slack/commands", form(&sent.payload)),
            };
            let (status, answer) = self.fake.request(self.house.address, path, &body).await;
            assert_eq!(status, 200, "{answer}");
            serde_json::from_str(&answer).unwrap_or_default()
        } else {
            let id = self.fake.sockets.sends(sent.kind, &sent.payload).await;
            self.fake.sockets.acknowledged(&id).await
        };
        self.closes(sent, &answer);
        answer
    }

    /// A modal that is sent off closes, unless the acknowledgement puts something else in its place.
    fn closes(&self, sent: &Sent, answer: &Value) {
        if sent.payload["type"] != "view_submission" {
            return;
        }
        let id = sent.payload["view"]["id"].as_str().unwrap();
        let mut world = self.fake.world();
        let view = world.views.iter_mut().find(|view| view.id == id).unwrap();
        if answer["response_action"] == "update" {
            blocks::check_view(&answer["view"]).unwrap();
            view.view = answer["view"].clone();
        } else {
            view.open = false;
        }
    }

    async fn happens(&self, sent: Sent) {
        let before = self.house.so_far();
        self.delivers(&sent).await;
        self.house.answered_since(before).await;
    }

    pub fn message(&self, who: Who, channel: &str, (text, thread): (&str, Option<&str>)) -> Sent {
        let ts = self.fake.world().written(channel, thread, text);
        let kind = if channel.starts_with('D') { "im" } else { "channel" };
        let mut event = json!({
            "type": "message",
            "user": user(who.name()),
            "team": TEAM,
            "text": text,
            "ts": ts,
            "event_ts": ts,
            "channel": channel,
            "channel_type": kind,
            "client_msg_id": format!("client-{ts}"),
            "blocks": [{"type": "rich_text", "elements": "of another type than expected"}],
        });
        if let Some(thread) = thread {
            event["thread_ts"] = json!(thread);
        }
        Sent {
            kind: "events_api",
            payload: self.fake.event(event),
        }
    }

    /// The same message as a mention.
    pub fn as_mention(&self, sent: &Sent) -> Sent {
        let mut event = sent.payload["event"].clone();
        event["type"] = json!("app_mention");
        event.as_object_mut().unwrap().remove("channel_type");
        Sent {
            kind: "events_api",
            payload: self.fake.event(event),
        }
    }

    pub fn command(&self, who: Who, (channel, text): (&str, &str)) -> Sent {
        let mut world = self.fake.world();
        let id = user(who.name());
        let trigger = world.trigger(&id, Some(channel));
        let response = world.response_url(&id, channel, None);
        drop(world);
        Sent {
            kind: "slash_commands",
            payload: json!({
                "token": "verification-canary", "team_id": TEAM, "team_domain": "contoso", "channel_id": channel,
                "channel_name": "support", "user_id": id, "user_name": who.name(), "command": "/latchkey", "text": text,
                "api_app_id": "A0LATCHKEY", "is_enterprise_install": "false",
                "response_url": self.fake.response_url(&response), "trigger_id": trigger,
            }),
        }
    }

    /// The press of the newest button with this label that somebody sees; `typed` is in the field beside it.
    pub fn press(&self, who: Who, label: &str, typed: Option<&str>) -> Sent {
        let id = user(who.name());
        let world = self.fake.world();
        let views = world.views.iter().filter(|view| view.user == id).filter_map(|view| {
            let submits = view.view["submit"]["text"] == label;
            let button = blocks::buttons(&view.view["blocks"])
                .into_iter()
                .find(|(_, button)| is_labelled(button, label));
            (submits || button.is_some()).then(|| (view.changed, Standing::View(Box::new(view.clone()), button)))
        });
        let messages = world.messages.iter().filter_map(|message| {
            let sees = message.only.as_deref().is_none_or(|only| only == id) && world.is_in(&message.channel, &id);
            let button = blocks::buttons(&message.blocks)
                .into_iter()
                .find(|(_, button)| is_labelled(button, label))?;
            sees.then(|| (message.changed, Standing::Message(Box::new(message.clone()), button)))
        });
        let (_, standing) = views
            .chain(messages)
            .max_by_key(|(changed, _)| *changed)
            .unwrap_or_else(|| panic!("{who:?} sees no button `{label}`"));
        drop(world);
        self.press_on(&id, standing, typed)
    }

    fn press_on(&self, id: &str, standing: Standing, typed: Option<&str>) -> Sent {
        let mut world = self.fake.world();
        let name = world.users.get(id).map(|user| user.name.clone()).unwrap_or_default();
        let team = world
            .users
            .get(id)
            .map_or_else(|| TEAM.to_owned(), |user| user.team.clone());
        let number = world.number();
        let mut payload = json!({
            "user": {"id": id, "username": name, "name": name, "team_id": team},
            "api_app_id": "A0LATCHKEY", "token": "verification-canary",
            "team": {"id": TEAM, "domain": "contoso"}, "enterprise": null, "is_enterprise_install": false,
        });
        let state = |blocks: &Value| {
            let mut values = json!({});
            if let Some((block, action)) = blocks::field(blocks) {
                values[block][action] = json!({"type": "plain_text_input", "value": typed});
            }
            json!({ "values": values })
        };
        let action = |(block, button): &(String, Value)| {
            json!({"action_id": button["action_id"], "block_id": block, "text": button["text"], "value": button["value"],
                "style": button["style"], "type": "button", "action_ts": format!("1700009999.{number:06}")})
        };
        match standing {
            Standing::View(view, button) => {
                payload["trigger_id"] = json!(world.trigger(id, view.from.as_deref()));
                let mut shown = view.view.clone();
                shown["id"] = json!(view.id);
                shown["team_id"] = json!(TEAM);
                shown["hash"] = json!(format!("156.{}", view.changed));
                shown["state"] = state(&view.view["blocks"]);
                payload["view"] = shown;
                match button {
                    Some(button) => {
                        payload["type"] = json!("block_actions");
                        payload["container"] = json!({"type": "view", "view_id": view.id});
                        payload["actions"] = json!([action(&button)]);
                    }
                    None => {
                        payload["type"] = json!("view_submission");
                        payload["response_urls"] = json!([]);
                    }
                }
            }
            Standing::Message(message, button) => {
                payload["trigger_id"] = json!(world.trigger(id, Some(&message.channel)));
                let response = world.response_url(id, &message.channel, Some(&message.ts));
                payload["type"] = json!("block_actions");
                payload["response_url"] = json!(self.fake.response_url(&response));
                payload["channel"] = json!({"id": message.channel, "name": "somewhere"});
                payload["container"] = json!({"type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": message.only.is_some()});
                if let Some(thread) = &message.thread {
                    payload["container"]["thread_ts"] = json!(thread);
                }
                if message.only.is_none() {
                    payload["message"] = json!({"type": "message", "ts": message.ts, "blocks": message.blocks});
                }
                payload["state"] = state(&message.blocks);
                payload["actions"] = json!([action(&button)]);
            }
        }
        Sent {
            kind: "interactive",
            payload,
        }
    }

    /// What somebody sees newly, as the fake knows it.
    pub fn sights(&self, who: Who) -> Vec<crate::fake::world::Sight> {
        let world = self.fake.world();
        let mut read = self.read.lock().unwrap();
        let from = read.insert(who.name(), world.sights.len()).unwrap_or(0);
        let id = user(who.name());
        world.sights[from..]
            .iter()
            .filter(|sight| world.sees(sight, &id))
            .cloned()
            .collect()
    }

    /// Delivers, and waits until everything is answered.
    pub async fn answers(&self, sent: &Sent) {
        let before = self.house.so_far();
        self.delivers(sent).await;
        self.house.answered_since(before).await;
    }
}

enum Standing {
    View(Box<crate::fake::world::View>, Option<(String, Value)>),
    Message(Box<crate::fake::world::Message>, (String, Value)),
}

fn is_labelled(button: &Value, label: &str) -> bool {
    button["text"]["text"] == label
}

fn channel(place: Place, who: Who) -> String {
    match place {
        Place::Direct => direct(&user(who.name())),
        Place::Support => SUPPORT.into(),
        Place::Admins => ADMINS.into(),
    }
}

impl<M: Mode> Stage for SlackStage<M> {
    const ACCOUNTS: Accounts = Accounts::Suggested;

    async fn begin() -> Self {
        let fake = Fake::start().await;
        furnish(&fake);
        Self::on(fake).await
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn says(&self, who: Who, place: Place, text: &str) {
        self.happens(self.message(who, &channel(place, who), (text, None)))
            .await;
    }

    async fn mentions(&self, who: Who, place: Place, text: &str) {
        let said = format!("<@{BOT}> {text}");
        let message = self.message(who, &channel(place, who), (&said, None));
        // Slack sends it twice where the bot listens to everything.
        self.happens(self.as_mention(&message)).await;
        self.delivers(&message).await;
    }

    async fn commands(&self, who: Who, text: &str) {
        self.happens(self.command(who, (SUPPORT, text))).await;
    }

    async fn repeats(&self) {
        let last = self.last.lock().unwrap().clone().unwrap();
        let before = self.house.so_far();
        self.delivers(&last).await;
        assert_eq!(self.house.so_far(), before, "a repeat goes no further");
    }

    async fn presses(&self, who: Who, label: &str) {
        self.happens(self.press(who, label, None)).await;
    }

    async fn fills(&self, who: Who, text: &str, label: &str) {
        self.happens(self.press(who, label, Some(text))).await;
    }

    fn news(&self, who: Who) -> Vec<Seen> {
        self.fake.nothing_was_invalid();
        let seen = |sight: crate::fake::world::Sight| Seen {
            place: match sight.channel.as_deref() {
                Some(SUPPORT | GENERAL) => Place::Support,
                Some(ADMINS) => Place::Admins,
                _ => Place::Direct,
            },
            private: sight.only.is_some(),
            replaces: sight.replaces,
            text: sight.text,
            buttons: sight.buttons,
        };
        self.sights(who).into_iter().map(seen).collect()
    }

    fn close_private_ways(&self) {
        let mut world = self.fake.world();
        world.private_ways_closed = true;
        for view in &mut world.views {
            view.open = false;
        }
    }

    fn standing(&self) -> String {
        self.fake.world().standing()
    }
}
