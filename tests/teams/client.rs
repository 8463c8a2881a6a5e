//! People in Teams: what their clients send to the bot through the Bot Framework, and what they see of it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::fake::{APP, Colleague, Fake, GROUP, Line, TENANT, base_of};
use crate::keys;
use latchkey::gateways::teams::Words;
use latchkey::tenant::transport::http_client;

/// What comes back for an invoke that shows a card.
pub const CARD: &str = "application/vnd.microsoft.card.adaptive";

/// The organisation's Teams, connected to a bot at this address.
pub struct Client {
    pub fake: Fake,
    pub address: SocketAddr,
    http: reqwest::Client,
    next: Mutex<u64>,
    last: Mutex<Option<Value>>,
}

/// A button as somebody sees it.
#[derive(Debug, Clone)]
pub struct Pressable {
    pub line: Line,
    pub action: Value,
    pub card: Value,
}

impl Client {
    pub fn new(fake: &Fake, address: SocketAddr) -> Self {
        Self {
            fake: fake.clone(),
            address,
            http: http_client(),
            next: Mutex::new(1_600_000_000_000),
            last: Mutex::default(),
        }
    }

    /// What every activity of somebody in a conversation holds.
    pub fn activity(&self, who: &Colleague, conversation: &str, kind: &str) -> Value {
        let id = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            next.to_string()
        };
        let shape = if conversation.starts_with("a:") {
            "personal"
        } else if conversation == GROUP {
            "groupChat"
        } else {
            "channel"
        };
        json!({
            "type": kind,
            "id": id,
            "timestamp": "2026-11-22T09:30:00.000Z",
            "serviceUrl": self.fake.service(),
            "channelId": "msteams",
            "from": {"id": who.mri(), "name": who.name, "aadObjectId": who.object},
            "recipient": {"id": format!("28:{APP}"), "name": "Latchkey"},
            "conversation": {
                "conversationType": shape,
                "tenantId": TENANT,
                "id": conversation,
                "isGroup": shape != "personal",
            },
            "entities": [{"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web"}],
            "channelData": {"tenant": {"id": TENANT}, "something": {"new": true}},
        })
    }

    /// A message. In a channel it begins a thread.
    pub fn message(&self, who: &Colleague, conversation: &str, text: &str) -> Value {
        let mut said = self.activity(who, conversation, "message");
        if said["conversation"]["conversationType"] == "channel" && base_of(conversation) == conversation {
            let root = said["id"].as_str().unwrap().to_owned();
            said["conversation"]["id"] = json!(format!("{conversation};messageid={root}"));
        }
        said["text"] = json!(text);
        said["textFormat"] = json!("plain");
        said
    }

    /// A message that mentions the bot.
    pub fn mention(&self, who: &Colleague, conversation: &str, text: &str) -> Value {
        let mut said = self.message(who, conversation, &format!("<at>Latchkey</at> {text}"));
        said["entities"].as_array_mut().unwrap().push(json!({
            "type": "mention",
            "mentioned": {"id": format!("28:{APP}"), "name": "Latchkey"},
            "text": "<at>Latchkey</at>",
        }));
        said
    }

    /// The invoke of a pressed button, with what was typed.
    pub fn press(&self, who: &Colleague, pressable: &Pressable, inputs: &Value) -> Value {
        let mut pressed = self.activity(who, &pressable.line.conversation, "invoke");
        pressed["name"] = json!("adaptiveCard/action");
        pressed["replyToId"] = json!(pressable.line.id);
        let mut data = pressable.action["data"].clone();
        for (name, value) in inputs.as_object().unwrap() {
            data[name] = value.clone();
        }
        pressed["value"] = json!({
            "action": {
                "type": "Action.Execute",
                "title": pressable.action["title"],
                "verb": pressable.action["verb"],
                "data": data,
            },
            "trigger": "manual",
        });
        pressed
    }

    /// Sends an activity as the Bot Framework does.
    pub async fn deliver(&self, activity: &Value) -> (StatusCode, Value) {
        *self.last.lock().unwrap() = Some(activity.clone());
        let token = keys::bot_framework().token(&self.fake.claims());
        self.deliver_with(Some(&token), activity).await
    }

    /// Sends the last activity once more.
    pub async fn deliver_again(&self) -> (StatusCode, Value, Value) {
        let last = self.last.lock().unwrap().clone().unwrap();
        let (status, body) = self.deliver(&last).await;
        (status, body, last)
    }

    /// Sends an activity with this token.
    pub async fn deliver_with(&self, token: Option<&str>, activity: &Value) -> (StatusCode, Value) {
        self.send(token, activity.to_string()).await
    }

    /// The invoke with which Teams asks, by itself, for somebody's own view of a card that came into their sight.
    pub fn refresh(&self, who: &Colleague, line: &Line) -> Value {
        let card = &line.activity["attachments"][0]["content"];
        let mut asked = self.activity(who, &line.conversation, "invoke");
        asked["name"] = json!("adaptiveCard/action");
        asked["replyToId"] = json!(line.id);
        asked["value"] = json!({"action": card["refresh"]["action"], "trigger": "automatic"});
        asked
    }

    pub async fn send(&self, token: Option<&str>, body: String) -> (StatusCode, Value) {
        self.send_as(token, &[], body).await
    }

    /// Sends a body with these headers more.
    pub async fn send_as(&self, token: Option<&str>, headers: &[(&str, &str)], body: String) -> (StatusCode, Value) {
        let mut request = self
            .http
            .post(format!("http://{}/api/messages", self.address))
            .header("content-type", "application/json")
            .body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Presses a button, and keeps what the person sees of the answer.
    pub async fn presses(&self, who: &Colleague, pressable: &Pressable, inputs: &Value) -> Value {
        let activity = self.press(who, pressable, inputs);
        let (status, answer) = self.deliver(&activity).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        self.show(who, &pressable.line, &answer);
        answer
    }

    /// The client shows the answer of an invoke to whoever pressed.
    pub fn show(&self, who: &Colleague, over: &Line, answer: &Value) {
        let shown = if answer["type"] == CARD {
            json!({"attachments": [{"contentType": CARD, "content": answer["value"]}]})
        } else {
            assert_eq!(answer["type"], "application/vnd.microsoft.activity.message", "{answer}");
            let words = answer["value"].as_str().unwrap();
            assert!(!words.is_empty(), "Teams takes an empty answer for a failure");
            json!({"text": words})
        };
        let replaces = answer["type"] == CARD;
        // A card that is what stands there changes nothing before anybody's eyes.
        let stands = |line: &Line| line.activity["attachments"] == shown["attachments"];
        let standing = self.fake.standing(base_of(&over.conversation));
        if standing
            .iter()
            .any(|line| line.id == over.id && replaces && stands(line))
        {
            return;
        }
        self.fake.world().lines.push(Line {
            conversation: over.conversation.clone(),
            id: over.id.clone(),
            activity: shown,
            replaces,
            only: Some(who.name.clone()),
        });
    }

    /// The newest button with this title that somebody can see.
    pub fn button(&self, who: &Colleague, title: &str) -> Option<Pressable> {
        let seen = self.sees(who);
        for line in seen.iter().rev() {
            let card = &line.activity["attachments"][0]["content"];
            let actions = card["actions"].as_array().map_or(&[][..], Vec::as_slice);
            if let Some(action) = actions.iter().find(|action| action["title"] == title) {
                return Some(Pressable {
                    line: line.clone(),
                    action: action.clone(),
                    card: card.clone(),
                });
            }
        }
        None
    }

    /// What stands before somebody now: the newest of each message, a view in its place where it is newer. Passing
    /// messages have passed.
    fn sees(&self, who: &Colleague) -> Vec<Line> {
        let world = self.fake.world();
        let mut newest: HashMap<(String, String), usize> = HashMap::new();
        for (index, line) in world.lines.iter().enumerate() {
            let there = world.members[base_of(&line.conversation)].contains(&who.mri());
            let mine = line.only.as_ref().is_none_or(|only| *only == who.name);
            let stays = line.activity["attachments"].is_array();
            if there && mine && stays {
                let key = (base_of(&line.conversation).to_owned(), line.id.clone());
                newest.insert(key, index);
            }
        }
        let mut seen: Vec<usize> = newest.into_values().collect();
        seen.sort_unstable();
        seen.into_iter().map(|index| world.lines[index].clone()).collect()
    }

    /// The button behind which a new password waits, if there is one.
    pub fn secret_button(&self, who: &Colleague) -> Option<Pressable> {
        ["en", "el"]
            .iter()
            .find_map(|language| self.button(who, Words::ShowSecret.said(Some(language))))
    }
}

/// All words that somebody sees of a message, one element a line.
pub fn words(activity: &Value) -> String {
    if let Some(text) = activity["text"].as_str() {
        return text.to_owned();
    }
    let mut lines = Vec::new();
    collect(&activity["attachments"][0]["content"]["body"], &mut lines);
    lines.join("\n")
}

fn collect(element: &Value, lines: &mut Vec<String>) {
    match element {
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, lines)),
        Value::Object(fields) => match element["type"].as_str() {
            Some("TextBlock") => lines.push(element["text"].as_str().unwrap().to_owned()),
            Some("RichTextBlock") => {
                let runs = element["inlines"].as_array().unwrap();
                lines.push(runs.iter().map(|run| run["text"].as_str().unwrap()).collect());
            }
            Some("Input.Text") => lines.push(element["label"].as_str().unwrap().to_owned()),
            _ => fields.values().for_each(|field| collect(field, lines)),
        },
        _ => {}
    }
}

/// What is written on the buttons.
pub fn titles(activity: &Value) -> Vec<String> {
    let actions = activity["attachments"][0]["content"]["actions"].as_array();
    actions
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(|action| action["title"].as_str().unwrap().to_owned())
        .collect()
}
