//! What a person said, without the marks that Teams puts around mentions. The bot's own name is no part of the message.

use serde_json::Value;

use super::activity::Activity;

/// Whether the bot is mentioned.
pub fn of_the_bot(activity: &Activity) -> bool {
    !names(activity).is_empty()
}

/// The words of a message: mentions of the bot removed, other people's names kept.
pub fn words(activity: &Activity) -> String {
    let names = names(activity);
    let text = activity.text_at("/text").unwrap_or_default();
    let mut text = without_marks(text, &names);
    // A client that writes a mention without marks says so in the entity's text.
    for literal in literals(activity) {
        text = text.replace(&literal, " ");
    }
    if activity.text_at("/textFormat") == Some("xml") {
        text = without_tags(&text);
    }
    let text = text
        .replace("&nbsp;", " ")
        .replace('\u{a0}', " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    text.trim().to_owned()
}

/// What the bot is called in this message.
fn names(activity: &Activity) -> Vec<String> {
    of_bot(activity)
        .flat_map(|mention| {
            let shown = mention["text"].as_str().map(without_tags);
            let named = mention["mentioned"]["name"].as_str().map(str::to_owned);
            [shown, named, Some(String::new())]
        })
        .flatten()
        .map(|name| name.trim().to_lowercase())
        .collect()
}

fn literals(activity: &Activity) -> Vec<String> {
    of_bot(activity)
        .filter_map(|mention| mention["text"].as_str())
        .filter(|text| text.starts_with('@') && text.len() > 1)
        .map(str::to_owned)
        .collect()
}

fn of_bot(activity: &Activity) -> impl Iterator<Item = &Value> {
    let bot = activity.text_at("/recipient/id").unwrap_or_default();
    activity
        .list("/entities")
        .iter()
        .filter(move |entity| entity["type"] == "mention" && !bot.is_empty() && entity["mentioned"]["id"] == bot)
}

/// Takes `<at>…</at>` apart: what is inside goes if it is one of these names, and stays as plain words if it isn't.
fn without_marks(text: &str, names: &[String]) -> String {
    // One level for the message itself, and one more for each mention that is open.
    let mut levels = vec![String::new()];
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        let end = tag.find('>').map(|end| end + 1);
        if let Some(open) = levels.last_mut() {
            open.push_str(before);
        }
        match (tag_name(tag), end) {
            (Some("at"), Some(end)) => {
                levels.push(String::new());
                rest = &tag[end..];
            }
            (Some("/at"), Some(end)) => {
                close(&mut levels, names);
                rest = &tag[end..];
            }
            _ => {
                if let Some(open) = levels.last_mut() {
                    open.push('<');
                }
                rest = &tag[1..];
            }
        }
    }
    if let Some(open) = levels.last_mut() {
        open.push_str(rest);
    }
    while levels.len() > 1 {
        close(&mut levels, names);
    }
    levels.pop().unwrap_or_default()
}

fn close(levels: &mut Vec<String>, names: &[String]) {
    // A closing mark that nothing opened is dropped.
    if levels.len() < 2 {
        return;
    }
    let inner = levels.pop().unwrap_or_default();
    let is_ours = names.contains(&inner.trim().to_lowercase());
    if let Some(outer) = levels.last_mut() {
        outer.push_str(if is_ours { " " } else { &inner });
    }
}

/// The name of the tag that a text begins with, `/` included.
fn tag_name(tag: &str) -> Option<&str> {
    let inner = tag.strip_prefix('<')?;
    let end = inner.find(|c: char| c == '>' || c.is_whitespace())?;
    Some(&inner[..end])
}

fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let is_tag = tag.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic());
        match tag.split_once('>') {
            Some((name, after)) if is_tag => {
                if matches!(name.trim_end_matches(['/', ' ']), "br" | "/p" | "/div" | "/li") {
                    out.push('\n');
                }
                rest = after;
            }
            _ => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(text: &str, mentions: &[(&str, &str)]) -> Activity {
        let entities: Vec<Value> = mentions
            .iter()
            .map(|(id, text)| json!({"type": "mention", "mentioned": {"id": id, "name": "x"}, "text": text}))
            .collect();
        let activity = json!({"type": "message", "text": text, "recipient": {"id": "28:bot"}, "entities": entities});
        Activity::parse(activity.to_string().as_bytes()).unwrap()
    }

    const BOT: (&str, &str) = ("28:bot", "<at>Latchkey</at>");

    #[test]
    fn the_bots_name_goes_wherever_and_however_often_it_stands() {
        for text in [
            "<at>Latchkey</at> I can't send",
            "I can't <at>Latchkey</at>send",
            "<at>Latchkey</at> <at>Latchkey</at> I can't send <at>Latchkey</at>",
            "<at><at>Latchkey</at></at> I can't send",
            "<at>Latchkey <at>Latchkey</at></at>&nbsp;I can't send",
            "<at id=\"0\">Latchkey</at>\u{a0}I can't send",
            "<at>Latchkey</at> I can't send <at>Latchkey",
        ] {
            let found = words(&said(text, &[BOT]));
            assert_eq!(
                found.split_whitespace().collect::<Vec<_>>().join(" "),
                "I can't send",
                "{text}"
            );
        }
    }

    #[test]
    fn other_peoples_names_stay() {
        let maria = ("29:maria", "<at>Maria</at>");
        let text = "<at>Latchkey</at> help <at>Maria</at> please";
        assert_eq!(words(&said(text, &[BOT, maria])), "help Maria please");
        assert!(of_the_bot(&said(text, &[BOT, maria])));
        assert!(!of_the_bot(&said(text, &[maria])));
    }

    #[test]
    fn words_that_only_look_like_marks_stay() {
        assert_eq!(words(&said("a < b and <attach> c", &[BOT])), "a < b and <attach> c");
        assert_eq!(words(&said("</at> 5 > 4 &lt;at&gt;", &[])), "5 > 4 <at>");
    }

    #[test]
    fn a_mention_written_without_marks_goes_too() {
        assert_eq!(words(&said("@Latchkey hello", &[("28:bot", "@Latchkey")])), "hello");
    }
}
