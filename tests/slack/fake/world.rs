//! The workspace: its people, channels, messages, views and triggers, and what each person sees.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::blocks;

pub const TEAM: &str = "T024BE7LD";
pub const BOT: &str = "U0BOT";
pub const SUPPORT: &str = "C0SUPPORT";
pub const ADMINS: &str = "C0ADMINS";
/// A channel in which the bot is, without listening unasked.
pub const GENERAL: &str = "C0GENERAL";

#[derive(Debug, Clone)]
pub struct User {
    pub name: String,
    pub email: Option<String>,
    pub locale: String,
    pub team: String,
    pub presence: &'static str,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub channel: String,
    pub ts: String,
    pub thread: Option<String>,
    /// Who sees it, where not everybody does.
    pub only: Option<String>,
    pub by_the_bot: bool,
    pub text: String,
    pub blocks: Value,
    /// When it changed last.
    pub changed: u64,
}

#[derive(Debug, Clone)]
pub struct View {
    pub id: String,
    pub user: String,
    pub view: Value,
    pub open: bool,
    /// Where it was opened from.
    pub from: Option<String>,
    pub changed: u64,
    /// Whether more than the first sentence was ever in it.
    pub answered: bool,
}

#[derive(Debug, Clone)]
pub struct Trigger {
    pub user: String,
    pub channel: Option<String>,
    pub at: Duration,
    pub used: bool,
}

#[derive(Debug, Clone)]
pub struct ResponseUrl {
    pub user: String,
    pub channel: String,
    /// The message in which something was pressed.
    pub message: Option<String>,
    pub uses: u8,
}

/// Something that became visible.
#[derive(Debug, Clone)]
pub struct Sight {
    pub channel: Option<String>,
    pub only: Option<String>,
    pub replaces: bool,
    pub text: String,
    pub buttons: Vec<String>,
    /// The thread it stands in.
    pub thread: Option<String>,
    /// What it is: `message`, `ephemeral`, `modal`, `home`.
    pub kind: &'static str,
}

#[derive(Default)]
pub struct World {
    pub users: BTreeMap<String, User>,
    pub members: BTreeMap<String, BTreeSet<String>>,
    pub messages: Vec<Message>,
    pub views: Vec<View>,
    pub homes: BTreeMap<String, Value>,
    pub triggers: BTreeMap<String, Trigger>,
    pub response_urls: BTreeMap<String, ResponseUrl>,
    pub sights: Vec<Sight>,
    /// Slack's clock, for what expires.
    pub now: Duration,
    pub private_ways_closed: bool,
    /// The scopes that Slack tells with every answer, separated by commas.
    pub granted: Option<String>,
    pub archived: BTreeSet<String>,
    /// The organisation that the workspace belongs to, where it belongs to one.
    pub enterprise: Option<String>,
    /// Where Slack sends the bot for its connection, in the place of the fake's own.
    pub socket_elsewhere: Option<String>,
    next: u64,
}

pub fn direct(user: &str) -> String {
    format!("D{}", &user[1..])
}

pub fn user(name: &str) -> String {
    format!("U0{}", name.to_uppercase())
}

impl World {
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn ts(&mut self) -> String {
        let number = self.number();
        format!("1700000{:03}.{:06}", number / 1000, number)
    }

    pub fn join(&mut self, channel: &str, user: &str) {
        self.members
            .entry(channel.to_owned())
            .or_default()
            .insert(user.to_owned());
    }

    pub fn is_in(&self, channel: &str, user: &str) -> bool {
        self.members.get(channel).is_some_and(|members| members.contains(user))
    }

    pub fn trigger(&mut self, user: &str, channel: Option<&str>) -> String {
        let id = format!("{}.{}.trigger-canary", self.number(), self.next);
        let trigger = Trigger {
            user: user.to_owned(),
            channel: channel.map(ToOwned::to_owned),
            at: self.now,
            used: false,
        };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    pub fn response_url(&mut self, user: &str, channel: &str, message: Option<&str>) -> String {
        let id = format!("response-canary-{}", self.number());
        let url = ResponseUrl {
            user: user.to_owned(),
            channel: channel.to_owned(),
            message: message.map(ToOwned::to_owned),
            uses: 5,
        };
        self.response_urls.insert(id.clone(), url);
        id
    }

    /// A person writes.
    pub fn written(&mut self, channel: &str, thread: Option<&str>, text: &str) -> String {
        let ts = self.ts();
        let changed = self.number();
        self.messages.push(Message {
            channel: channel.to_owned(),
            ts: ts.clone(),
            thread: thread.map(ToOwned::to_owned),
            only: None,
            by_the_bot: false,
            text: text.to_owned(),
            blocks: Value::Null,
            changed,
        });
        ts
    }

    /// The bot says something.
    pub fn said(&mut self, to: (&str, Option<&str>, Option<&str>), text: &str, blocks: &Value) -> String {
        let (channel, thread, only) = to;
        let ts = self.ts();
        let changed = self.number();
        // "Ephemeral messages in threads are only shown if there is already an active thread."
        let is_shown = thread.is_none_or(|thread| only.is_none() || self.is_active(channel, thread));
        if !is_shown {
            return ts;
        }
        self.sights.push(Sight {
            channel: Some(channel.to_owned()),
            only: only.map(ToOwned::to_owned),
            replaces: false,
            text: blocks::words(blocks),
            buttons: labels(blocks),
            thread: thread.map(ToOwned::to_owned),
            kind: if only.is_some() { "ephemeral" } else { "message" },
        });
        self.messages.push(Message {
            channel: channel.to_owned(),
            ts: ts.clone(),
            thread: thread.map(ToOwned::to_owned),
            only: only.map(ToOwned::to_owned),
            by_the_bot: true,
            text: text.to_owned(),
            blocks: blocks.clone(),
            changed,
        });
        ts
    }

    /// Whether somebody has replied in a thread.
    fn is_active(&self, channel: &str, thread: &str) -> bool {
        let mut replies = self.messages.iter().filter(|message| message.only.is_none());
        replies.any(|message| message.channel == channel && message.thread.as_deref() == Some(thread))
    }

    /// The bot writes over something that it said. False where there is no such thing.
    pub fn updated(&mut self, (channel, ts): (&str, &str), text: &str, blocks: &Value) -> bool {
        let changed = self.number();
        let found = self
            .messages
            .iter_mut()
            .find(|message| message.channel == channel && message.ts == ts && message.by_the_bot);
        let Some(message) = found else { return false };
        text.clone_into(&mut message.text);
        message.blocks = blocks.clone();
        message.changed = changed;
        let sight = Sight {
            channel: Some(channel.to_owned()),
            only: message.only.clone(),
            replaces: true,
            text: blocks::words(blocks),
            buttons: labels(blocks),
            thread: message.thread.clone(),
            kind: if message.only.is_some() { "ephemeral" } else { "message" },
        };
        self.sights.push(sight);
        true
    }

    pub fn open_view(&mut self, trigger: &Trigger, view: &Value) -> String {
        let id = format!("V{}", self.number());
        let changed = self.number();
        self.views.push(View {
            id: id.clone(),
            user: trigger.user.clone(),
            view: view.clone(),
            open: true,
            from: trigger.channel.clone(),
            changed,
            answered: false,
        });
        id
    }

    /// Puts another view in the place of an open one.
    pub fn update_view(&mut self, id: &str, view: &Value) -> bool {
        let changed = self.number();
        let Some(open) = self.views.iter_mut().find(|open| open.id == id && open.open) else {
            return false;
        };
        open.view = view.clone();
        open.changed = changed;
        let mut buttons = labels(&view["blocks"]);
        buttons.extend(view["submit"]["text"].as_str().map(ToOwned::to_owned));
        self.sights.push(Sight {
            channel: open.from.clone(),
            only: Some(open.user.clone()),
            replaces: open.answered,
            text: blocks::words(&view["blocks"]),
            buttons,
            thread: None,
            kind: "modal",
        });
        open.answered = true;
        true
    }

    pub fn published(&mut self, user: &str, view: &Value) {
        let replaces = self.homes.insert(user.to_owned(), view.clone()).is_some();
        self.sights.push(Sight {
            channel: None,
            only: Some(user.to_owned()),
            replaces,
            text: blocks::words(&view["blocks"]),
            buttons: labels(&view["blocks"]),
            thread: None,
            kind: "home",
        });
    }

    pub fn sees(&self, sight: &Sight, user: &str) -> bool {
        let there = match &sight.channel {
            Some(channel) if sight.only.is_none() || channel.starts_with('D') => self.is_in(channel, user),
            _ => true,
        };
        there && sight.only.as_deref().is_none_or(|only| only == user)
    }

    /// Everything that stands, raw.
    pub fn standing(&self) -> String {
        let messages: Vec<_> = self
            .messages
            .iter()
            .map(|message| json!({"text": message.text, "blocks": message.blocks}))
            .collect();
        json!({"messages": messages, "homes": self.homes}).to_string()
    }
}

fn labels(blocks: &Value) -> Vec<String> {
    let label = |(_, button): (String, Value)| button["text"]["text"].as_str().unwrap_or_default().to_owned();
    blocks::buttons(blocks).into_iter().map(label).collect()
}
