//! What people read: markdown as Discord's client shows it, written independently of the renderer.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::world::World;

/// Something that became visible to somebody.
#[derive(Debug, Clone)]
pub struct Shown {
    pub channel: u64,
    pub private: bool,
    pub replaces: bool,
    pub text: String,
    pub buttons: Vec<String>,
}

impl World {
    /// What became visible to somebody since this was asked last, with every "thinking…" that still stands.
    pub fn news(&mut self, user: u64) -> Vec<Shown> {
        let from = self.reads.insert(user, self.changes.len()).unwrap_or(0);
        let mut news = Vec::new();
        for change in &self.changes[from..] {
            let message = self
                .messages
                .iter()
                .find(|message| message.id == change.message)
                .unwrap();
            if self.sees(user, message) {
                news.push(Shown {
                    channel: message.channel,
                    private: message.only.is_some(),
                    replaces: change.replaces,
                    ..shown(&change.body)
                });
            }
        }
        for message in self
            .messages
            .iter()
            .filter(|message| message.loading && !message.deleted)
        {
            if self.sees(user, message) {
                news.push(Shown {
                    channel: message.channel,
                    private: message.only.is_some(),
                    replaces: false,
                    text: "Latchkey is thinking…".into(),
                    buttons: Vec::new(),
                });
            }
        }
        news
    }
}

/// A message as it looks.
pub fn shown(body: &Value) -> Shown {
    let text = |value: &Value| value.as_str().map(plain);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> = text(&body["content"]).into_iter().collect();
    for embed in list(&body["embeds"]) {
        lines.extend(text(&embed["title"]));
        lines.extend(text(&embed["description"]));
        for field in list(&embed["fields"]) {
            let (name, value) = (text(&field["name"]).unwrap(), text(&field["value"]).unwrap());
            lines.push(format!("{name}: {value}"));
        }
    }
    let rows = list(&body["components"]);
    let buttons = rows.iter().flat_map(|row| list(&row["components"]));
    Shown {
        channel: 0,
        private: false,
        replaces: false,
        text: lines.join("\n"),
        buttons: buttons
            .map(|button| button["label"].as_str().unwrap().to_owned())
            .collect(),
    }
}

/// Markdown without its marks. What would ping, format or lead elsewhere without being meant to stays visible as a mark.
fn plain(markdown: &str) -> String {
    static LINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?:-# |#{1,3} |> |\d+\. |[-*] )").unwrap());
    markdown
        .lines()
        .map(|line| inline(&LINE.replace(line, "")))
        .collect::<Vec<_>>()
        .join("\n")
}

fn inline(text: &str) -> String {
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x)
            \\(?P<literal>[^0-9A-Za-z\s])
            | ``\ (?P<double>.+?)\ ``
            | `(?P<code>[^`]+)`
            | \*\*(?P<strong>(?:\\.|[^*\\])+)\*\*
            | \[(?P<words>(?:\\.|[^\]\\])+)\]\((?P<url>https://[^()\s]+)\)
            | <(?P<bare>https://[^>\s]+)>
            | (?P<mention><(?:@[!&]?|\#|t:|a?:\w+:|/)[^>]*> | @everyone | @here | \|\| | ~~ | __)
            ",
        )
        .unwrap()
    });
    MARK.replace_all(text, |found: &regex::Captures<'_>| {
        let get = |name: &str| found.name(name).map(|text| text.as_str().to_owned());
        if let Some(marked) = get("mention") {
            return format!("⟦{marked}⟧");
        }
        get("literal")
            .or_else(|| get("double"))
            .or_else(|| get("code"))
            .or_else(|| get("strong").map(|inner| inline(&inner)))
            .or_else(|| get("words").map(|inner| inline(&inner)))
            .or_else(|| get("bare"))
            .unwrap_or_default()
    })
    .into_owned()
}
