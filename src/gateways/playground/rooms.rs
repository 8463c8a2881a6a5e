//! What was said in each room, and the stream of it to everybody who is looking.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::mpsc;

use crate::chat::{Person, Reply};

/// How many lines a page may fall behind before it must load again.
const BEHIND: usize = 1024;
/// How many lines are kept: a demo, not an archive.
const KEPT: usize = 2000;

/// A line in a room.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    id: String,
    from: Value,
    private: bool,
    at: String,
    reply: Option<Reply>,
    text: Option<String>,
}

impl Line {
    /// What the bot says.
    pub fn bot(reply: Reply) -> Self {
        Self {
            reply: Some(reply),
            ..Self::empty(json!({"kind": "bot"}))
        }
    }

    /// What a person says.
    pub fn person(person: &Person, text: String) -> Self {
        let from = json!({"kind": "person", "id": person.identity.user, "name": person.name});
        Self {
            text: Some(text),
            ..Self::empty(from)
        }
    }

    fn empty(from: Value) -> Self {
        let at = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        Self {
            id: String::new(),
            from,
            private: false,
            at,
            reply: None,
            text: None,
        }
    }
}

struct Said {
    conversation: String,
    /// The only one who may see it.
    only: Option<String>,
    line: Line,
}

/// All rooms.
pub struct Rooms {
    said: Vec<Said>,
    next: u64,
    panels: HashMap<&'static str, Value>,
    watchers: Vec<(String, mpsc::Sender<Value>)>,
    events: VecDeque<String>,
}

impl Rooms {
    /// Nothing said, nobody looking.
    pub fn new() -> Self {
        Self {
            said: Vec::new(),
            next: 1,
            panels: HashMap::new(),
            watchers: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Adds a line and gives its id.
    pub fn add(&mut self, conversation: &str, only: Option<String>, line: Line) -> String {
        let (id, said) = self.numbered(conversation, only, line);
        self.broadcast(&said, "message");
        self.keep(said);
        id
    }

    /// Whether this event comes for the first time, so that a repeated delivery does not show twice.
    pub fn first(&mut self, event: &str) -> bool {
        if self.events.iter().any(|seen| seen == event) {
            return false;
        }
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event.to_owned());
        true
    }

    /// Puts a reply in the place of a line; tells whether there was one.
    pub fn replace(&mut self, id: &str, reply: Reply) -> bool {
        let Some(index) = self.said.iter().position(|said| said.line.id == id) else {
            return false;
        };
        self.said[index].line.reply = Some(reply);
        let said = Said {
            conversation: self.said[index].conversation.clone(),
            only: self.said[index].only.clone(),
            line: self.said[index].line.clone(),
        };
        self.broadcast(&said, "replaced");
        true
    }

    /// Shows a panel's content to everybody, where it has changed.
    pub fn panel(&mut self, name: &'static str, content: Value) {
        if self.panels.get(name) != Some(&content) {
            self.panels.insert(name, content.clone());
            self.watchers
                .retain(|(_, watcher)| watcher.try_send(content.clone()).is_ok());
        }
    }

    /// Whether a line stands in this room and this person can see it.
    pub fn stands(&self, conversation: &str, id: &str, person: &str) -> bool {
        self.said
            .iter()
            .any(|said| said.line.id == id && said.conversation == conversation && visible(said, person))
    }

    /// Adds a line for one person with a value that is shown once: sent to whoever looks as this person now, and no
    /// part of what is kept. `None` where nobody looks; then nothing is added.
    pub fn add_secret(&mut self, conversation: &str, person: &str, line: Line, secret: Value) -> Option<String> {
        self.watchers.retain(|(_, watcher)| !watcher.is_closed());
        if !self.watchers.iter().any(|(who, _)| who == person) {
            return None;
        }
        let (id, said) = self.numbered(conversation, Some(person.to_owned()), line);
        let mut shown = event("message", &said);
        shown["message"]["secret"] = secret;
        let mut taken = false;
        self.watchers.retain(|(who, watcher)| {
            let sent = who != person || watcher.try_send(shown.clone()).is_ok();
            taken |= sent && who == person;
            sent
        });
        self.keep(said);
        taken.then_some(id)
    }

    /// Starts looking as `person`: all that was said that they can see, then everything new. A page that falls too far
    /// behind loses its stream, and gets all again when it reconnects.
    pub fn watch(&mut self, person: &str) -> (Vec<Value>, mpsc::Receiver<Value>) {
        let mut past: Vec<Value> = self
            .said
            .iter()
            .filter(|said| visible(said, person))
            .map(|said| event("message", said))
            .collect();
        past.extend(self.panels.values().cloned());
        past.push(json!({"type": "ready"}));
        let (sender, receiver) = mpsc::channel(BEHIND);
        self.watchers.push((person.to_owned(), sender));
        (past, receiver)
    }

    fn numbered(&mut self, conversation: &str, only: Option<String>, mut line: Line) -> (String, Said) {
        let id = format!("m{}", self.next);
        self.next += 1;
        line.id.clone_from(&id);
        line.private = only.is_some();
        (
            id,
            Said {
                conversation: conversation.to_owned(),
                only,
                line,
            },
        )
    }

    fn keep(&mut self, said: Said) {
        if self.said.len() == KEPT {
            self.said.remove(0);
        }
        self.said.push(said);
    }

    fn broadcast(&mut self, said: &Said, kind: &str) {
        let live = event(kind, said);
        self.watchers
            .retain(|(person, watcher)| !visible(said, person) || watcher.try_send(live.clone()).is_ok());
    }
}

/// A direct room is its person's alone; a private line is for one person wherever it stands.
fn visible(said: &Said, person: &str) -> bool {
    let room = said.conversation.strip_prefix("dm-").is_none_or(|of| of == person);
    room && said.only.as_deref().is_none_or(|only| only == person)
}

fn event(kind: &str, said: &Said) -> Value {
    json!({"type": kind, "conversation": said.conversation, "message": said.line})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(conversation: &str, only: Option<&str>) -> Said {
        let line = Line::bot(Reply::default());
        Said {
            conversation: conversation.into(),
            only: only.map(Into::into),
            line,
        }
    }

    #[test]
    fn a_private_line_and_a_direct_room_are_for_one_person() {
        assert!(visible(&said("support", None), "maria"));
        assert!(!visible(&said("support", Some("ana")), "maria"));
        assert!(!visible(&said("dm-ana", None), "maria"));
        assert!(visible(&said("dm-maria", Some("maria")), "maria"));
    }

    #[test]
    fn a_secret_reaches_only_those_who_look_now_and_is_not_replayed() {
        let mut rooms = Rooms::new();
        let tell = |rooms: &mut Rooms| {
            let secret = json!({"label": "Temporary password", "value": "canary-7f"});
            rooms.add_secret("admins", "ana", Line::bot(Reply::default()), secret)
        };
        assert_eq!(tell(&mut rooms), None);
        let (_, mut as_maria) = rooms.watch("maria");
        let (_, mut as_ana) = rooms.watch("ana");
        assert!(tell(&mut rooms).is_some());
        let shown = as_ana.try_recv().unwrap();
        assert_eq!(shown["message"]["secret"]["value"], "canary-7f");
        assert!(as_maria.try_recv().is_err());
        let (past, _) = rooms.watch("ana");
        assert!(!serde_json::to_string(&past).unwrap().contains("canary-7f"));
    }
}
