//! The chat platform of the test bot.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use latchkey::chat::{
    Block, Conversation, DeliveryError, Gateway, Identity, MessageRef, Outgoing, Platform, Reply, Room, Span, Text,
};
use secrecy::ExposeSecret;

use super::people::{conversation, desk};

/// How a delivery reached the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    Posted,
    Whispered(String),
    Replaced,
}

/// One thing that the bot did.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub how: How,
    pub message: MessageRef,
    pub reply: Reply,
    pub secret: Option<String>,
}

impl Delivered {
    /// All its words, one block a line.
    pub fn text(&self) -> String {
        words(&self.reply)
    }

    pub fn in_conversation(&self, id: &str) -> bool {
        self.message.conversation.id == id
    }
}

/// All words of a reply, one block or list item a line.
pub fn words(reply: &Reply) -> String {
    let mut lines = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Heading(text) | Block::Paragraph(text) | Block::Note(text) => lines.push(text.words()),
            Block::Steps(items) | Block::Bullets(items) => lines.extend(items.iter().map(Text::words)),
            Block::Facts(facts) => lines.extend(facts.iter().map(|(label, text)| format!("{label}: {}", text.words()))),
        }
    }
    lines.join("\n")
}

/// Every link of a reply.
pub fn links(reply: &Reply) -> Vec<String> {
    let mut urls = Vec::new();
    let mut take = |text: &Text| {
        urls.extend(text.0.iter().filter_map(|span| match span {
            Span::Link { url, .. } => Some(url.clone()),
            _ => None,
        }));
    };
    for block in &reply.blocks {
        match block {
            Block::Heading(text) | Block::Paragraph(text) | Block::Note(text) => take(text),
            Block::Steps(items) | Block::Bullets(items) => items.iter().for_each(&mut take),
            Block::Facts(facts) => facts.iter().for_each(|(_, text)| take(text)),
        }
    }
    urls
}

/// A chat platform in memory: it keeps messages by id, refuses to replace what does not stand, and remembers whom each
/// private message was for.
#[derive(Default)]
pub struct TestChat {
    pub(super) next: AtomicU64,
    pub(super) standing: Mutex<BTreeMap<String, Delivered>>,
    pub(super) unread: Mutex<VecDeque<Delivered>>,
    pub(super) everything: Mutex<Vec<Delivered>>,
    pub(super) secrets_refused: Mutex<bool>,
    pub(super) when_refused: Mutex<Option<Box<dyn Fn() + Send + Sync>>>,
    pub(super) unreachable: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Gateway for TestChat {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    fn admin_conversation(&self) -> Option<Conversation> {
        Some(desk())
    }

    async fn own_chat(&self, person: &Identity) -> Result<Conversation, DeliveryError> {
        if self.unreachable.lock().unwrap().contains(&person.user) {
            return Err(DeliveryError::Gone {
                platform: Platform::Slack,
                what: "the person".into(),
            });
        }
        Ok(conversation(&format!("D-{}", person.user), Room::Direct))
    }

    async fn deliver(&self, outgoing: Outgoing) -> Result<MessageRef, DeliveryError> {
        // Where a process may stop: the platform has not heard of it yet.
        tokio::task::yield_now().await;
        let delivered = match outgoing {
            Outgoing::Post { to, reply } => Delivered {
                how: How::Posted,
                message: self.new_message(to),
                reply,
                secret: None,
            },
            Outgoing::Whisper {
                to,
                person,
                reply,
                secret,
                ..
            } => {
                if secret.is_some() && *self.secrets_refused.lock().unwrap() {
                    if let Some(then) = &*self.when_refused.lock().unwrap() {
                        then();
                    }
                    return Err(DeliveryError::Refused {
                        platform: Platform::Slack,
                        why: "no modal".into(),
                    });
                }
                let secret = secret.map(|secret| secret.value.expose_secret().to_owned());
                Delivered {
                    how: How::Whispered(person.user),
                    message: self.new_message(to),
                    reply,
                    secret,
                }
            }
            Outgoing::Replace { message, reply, .. } => {
                let how = match self.standing.lock().unwrap().get(&message.id) {
                    Some(_) => How::Replaced,
                    None => {
                        return Err(DeliveryError::Gone {
                            platform: Platform::Slack,
                            what: "the message".into(),
                        });
                    }
                };
                Delivered {
                    how,
                    message,
                    reply,
                    secret: None,
                }
            }
        };
        self.keep(delivered.clone());
        // And here it has.
        tokio::task::yield_now().await;
        Ok(delivered.message)
    }
}

impl TestChat {
    /// Whether nothing was said that no test has looked at.
    pub fn is_silent(&self) -> bool {
        self.unread.lock().unwrap().is_empty()
    }

    fn new_message(&self, conversation: Conversation) -> MessageRef {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        MessageRef {
            conversation,
            id: format!("{id}"),
        }
    }

    fn keep(&self, delivered: Delivered) {
        let mut standing = self.standing.lock().unwrap();
        let audience = standing.get(&delivered.message.id).map(|before| before.how.clone());
        let mut kept = delivered.clone();
        if let (How::Replaced, Some(how)) = (&delivered.how, audience) {
            kept.how = how;
        }
        standing.insert(delivered.message.id.clone(), kept);
        self.unread.lock().unwrap().push_back(delivered.clone());
        self.everything.lock().unwrap().push(delivered);
    }
}
