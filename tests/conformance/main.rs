//! The suite on an ideal platform: one that does everything the vocabulary can say. What fails here is wrong in the
//! assistant or in the suite itself, not in a gateway.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

#[path = "mod.rs"]
mod conformance;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use conformance::house::{House, Tenancy};
use conformance::{Accounts, Place, Seen, Stage, Who};
use latchkey::chat::{
    Addressed, Block, Click, Command, Conversation, DeliveryError, EventId, Gateway, Identity, IncomingMessage,
    Invocation, MessageRef, Outgoing, Person, Platform, Reply, Room, Text,
};
use latchkey::gateways::Listener;
use secrecy::ExposeSecret;

/// A message that stands, and who may see it.
#[derive(Debug, Clone)]
struct Line {
    message: MessageRef,
    reply: Reply,
    only: Option<String>,
    secret: Option<String>,
    replaces: bool,
}

#[derive(Default)]
struct Rooms {
    lines: Vec<Line>,
    /// How far each person has read.
    read: HashMap<&'static str, usize>,
    private_ways_closed: bool,
}

#[derive(Default)]
struct Ideal(Mutex<Rooms>);

fn conversation(place: Place, who: Who) -> Conversation {
    let (id, room) = match place {
        Place::Direct => (format!("D-{}", who.name()), Room::Direct),
        Place::Support => ("support".to_owned(), Room::Shared),
        Place::Admins => ("admins".to_owned(), Room::Shared),
    };
    Conversation {
        platform: Platform::Playground,
        scope: "ideal".into(),
        id,
        thread: None,
        room,
    }
}

#[async_trait::async_trait]
impl Gateway for Ideal {
    fn platform(&self) -> Platform {
        Platform::Playground
    }

    fn admin_conversation(&self) -> Option<Conversation> {
        Some(conversation(Place::Admins, Who::Ana))
    }

    async fn own_chat(&self, person: &Identity) -> Result<Conversation, DeliveryError> {
        let mut everybody = Who::ALL.into_iter();
        let who = everybody.find(|who| who.name() == person.user).unwrap();
        Ok(conversation(Place::Direct, who))
    }

    async fn deliver(&self, outgoing: Outgoing) -> Result<MessageRef, DeliveryError> {
        let mut rooms = self.0.lock().unwrap();
        let new = |to: Conversation, number: usize| MessageRef {
            conversation: to,
            id: number.to_string(),
        };
        let number = rooms.lines.len();
        let line = match outgoing {
            Outgoing::Post { to, reply } => Line {
                message: new(to, number),
                reply,
                only: None,
                secret: None,
                replaces: false,
            },
            Outgoing::Whisper {
                to,
                person,
                reply,
                secret,
                ..
            } => {
                if secret.is_some() && rooms.private_ways_closed {
                    return Err(DeliveryError::Refused {
                        platform: Platform::Playground,
                        why: "nobody is looking".into(),
                    });
                }
                Line {
                    message: new(to, number),
                    reply,
                    only: Some(person.user),
                    secret: secret.map(|secret| secret.value.expose_secret().to_owned()),
                    replaces: false,
                }
            }
            Outgoing::Replace { message, reply, .. } => {
                let before = rooms.lines.iter().find(|line| line.message == message).cloned();
                let Some(before) = before else {
                    return Err(DeliveryError::Gone {
                        platform: Platform::Playground,
                        what: "the message".into(),
                    });
                };
                Line {
                    message,
                    reply,
                    only: before.only,
                    secret: None,
                    replaces: true,
                }
            }
        };
        let message = line.message.clone();
        rooms.lines.push(line);
        Ok(message)
    }
}

impl Listener for Ideal {}

impl Rooms {
    fn sees(line: &Line, who: Who) -> bool {
        let place = line.message.conversation.id.as_str();
        let there = match place {
            "support" => true,
            "admins" => matches!(who, Who::Ana | Who::Petros | Who::Stranger),
            direct => direct == format!("D-{}", who.name()),
        };
        there && line.only.as_ref().is_none_or(|only| only == who.name())
    }

    /// The newest version of every message that somebody can see, newest first.
    fn standing(&self, who: Who) -> Vec<&Line> {
        let mut found: Vec<&Line> = Vec::new();
        for line in self.lines.iter().rev().filter(|line| Self::sees(line, who)) {
            if !found.iter().any(|newer| newer.message == line.message) {
                found.push(line);
            }
        }
        found
    }
}

struct IdealStage {
    chat: Arc<Ideal>,
    house: House,
    last: Mutex<Option<Event>>,
    events: Mutex<u64>,
}

#[derive(Clone)]
enum Event {
    Message(IncomingMessage),
    Click(Click),
    Command(Invocation),
}

fn identity(who: Who) -> Identity {
    Identity {
        platform: Platform::Playground,
        scope: "ideal".into(),
        user: who.name().into(),
    }
}

fn person(who: Who) -> Person {
    Person {
        identity: identity(who),
        name: who.name().into(),
        entra: None,
        account: who.address().map(Into::into),
        suggestion: None,
        roles: std::collections::BTreeSet::new(),
    }
}

impl IdealStage {
    fn event(&self) -> EventId {
        let mut events = self.events.lock().unwrap();
        *events += 1;
        EventId {
            platform: Platform::Playground,
            id: events.to_string(),
        }
    }

    async fn happens(&self, event: Event) {
        *self.last.lock().unwrap() = Some(event.clone());
        let before = self.house.so_far();
        match event {
            Event::Message(message) => self.house.inbox.message(message).unwrap(),
            Event::Click(click) => self.house.inbox.click(click).await.unwrap(),
            Event::Command(invocation) => self.house.inbox.command(invocation).await.unwrap(),
        }
        self.house.answered_since(before).await;
    }

    async fn writes(&self, who: Who, place: Place, said: (&str, Addressed)) {
        self.happens(Event::Message(IncomingMessage {
            event: self.event(),
            conversation: conversation(place, who),
            sender: person(who),
            text: said.0.into(),
            addressed: said.1,
            locale: None,
        }))
        .await;
    }

    fn click(&self, who: Who, label: &str) -> (Click, Option<String>) {
        let rooms = self.chat.0.lock().unwrap();
        let standing = rooms.standing(who);
        for line in &standing {
            if let Some(button) = line.reply.buttons.iter().find(|button| button.label == label) {
                let click = Click {
                    event: self.event(),
                    conversation: line.message.conversation.clone(),
                    person: person(who),
                    ticket: button.ticket.clone(),
                    message: line.message.clone(),
                    inputs: BTreeMap::new(),
                    locale: None,
                };
                return (click, line.reply.field.as_ref().map(|field| field.name.clone()));
            }
        }
        panic!("{who:?} sees no button `{label}` in {standing:#?}");
    }
}

impl Stage for IdealStage {
    const ACCOUNTS: Accounts = Accounts::Vouched;

    async fn begin() -> Self {
        let chat = Arc::new(Ideal::default());
        let house = House::open(Tenancy::begin(), Arc::clone(&chat) as Arc<dyn Listener>, identity).await;
        Self {
            chat,
            house,
            last: Mutex::default(),
            events: Mutex::default(),
        }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn says(&self, who: Who, place: Place, text: &str) {
        let addressed = match place {
            Place::Direct => Addressed::Directly,
            Place::Support | Place::Admins => Addressed::Ambient,
        };
        self.writes(who, place, (text, addressed)).await;
    }

    async fn mentions(&self, who: Who, place: Place, text: &str) {
        self.writes(who, place, (text, Addressed::Directly)).await;
    }

    async fn commands(&self, who: Who, text: &str) {
        self.happens(Event::Command(Invocation {
            event: self.event(),
            conversation: conversation(Place::Support, who),
            person: person(who),
            command: Command::parse(text),
            locale: None,
        }))
        .await;
    }

    async fn repeats(&self) {
        let last = self.last.lock().unwrap().clone().unwrap();
        self.happens(last).await;
    }

    async fn presses(&self, who: Who, label: &str) {
        let (click, _) = self.click(who, label);
        self.happens(Event::Click(click)).await;
    }

    async fn fills(&self, who: Who, text: &str, label: &str) {
        let (mut click, field) = self.click(who, label);
        click.inputs.insert(field.unwrap(), text.into());
        self.happens(Event::Click(click)).await;
    }

    fn news(&self, who: Who) -> Vec<Seen> {
        let mut rooms = self.chat.0.lock().unwrap();
        let now = rooms.lines.len();
        let from = rooms.read.insert(who.name(), now).unwrap_or(0);
        rooms.lines[from..]
            .iter()
            .filter(|line| Rooms::sees(line, who))
            .map(seen)
            .collect()
    }

    fn close_private_ways(&self) {
        self.chat.0.lock().unwrap().private_ways_closed = true;
    }

    fn standing(&self) -> String {
        let rooms = self.chat.0.lock().unwrap();
        let replies: Vec<&Reply> = rooms.lines.iter().map(|line| &line.reply).collect();
        serde_json::to_string(&replies).unwrap()
    }
}

fn seen(line: &Line) -> Seen {
    let mut text = words(&line.reply);
    text.extend(line.secret.clone());
    Seen {
        place: match line.message.conversation.id.as_str() {
            "support" => Place::Support,
            "admins" => Place::Admins,
            _ => Place::Direct,
        },
        private: line.only.is_some(),
        replaces: line.replaces,
        text: text.join("\n"),
        buttons: line.reply.buttons.iter().map(|button| button.label.clone()).collect(),
    }
}

fn words(reply: &Reply) -> Vec<String> {
    let mut lines = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Heading(text) | Block::Paragraph(text) | Block::Note(text) => lines.push(text.words()),
            Block::Steps(items) | Block::Bullets(items) => lines.extend(items.iter().map(Text::words)),
            Block::Facts(facts) => lines.extend(facts.iter().map(|(label, text)| format!("{label}: {}", text.words()))),
        }
    }
    lines
}

conformance!(IdealStage);
