//! The parts of a reply as blocks. Words go into rich text and plain text, in which Slack reads no markup; the small
//! print goes into a context block where it holds nothing that could be read as markup.

use serde_json::{Value, json};

use super::Piece;
use crate::chat::{Block, Span, Text};
use crate::gateways::slack::cutting;
use crate::gateways::slack::limits::{BLOCK_TEXT, HEADER_TEXT, length};

/// Blocks for one part of a reply, in order.
pub fn pieces(block: &Block) -> Vec<Piece> {
    match block {
        Block::Heading(text) => heading(text),
        Block::Paragraph(text) => sections(&text.0).into_iter().map(Line::alone).collect(),
        Block::Steps(items) => list(items, Style::Ordered),
        Block::Bullets(items) => list(items, Style::Bullet),
        Block::Facts(facts) => stacked(facts.iter().flat_map(|(label, text)| fact(label, text)).collect()),
        Block::Note(text) => note(text),
    }
}

/// A label with its value, which is to be read and copied literally.
pub fn labelled(label: &str, value: &str) -> Vec<Piece> {
    stacked(fact(label, &Text(vec![Span::Code(value.to_owned())])))
}

/// One line of rich text.
struct Line {
    elements: Vec<Value>,
    words: String,
}

impl Line {
    fn section(&self) -> Value {
        json!({"type": "rich_text_section", "elements": self.elements})
    }

    fn alone(self) -> Piece {
        rich(vec![self.section()], self.words)
    }
}

fn rich(elements: Vec<Value>, words: String) -> Piece {
    Piece {
        block: json!({"type": "rich_text", "elements": elements}),
        words,
    }
}

/// Spans as lines that each fit into a block. Most often there is one.
fn sections(spans: &[Span]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line {
        elements: Vec::new(),
        words: String::new(),
    };
    for span in spans {
        let mut rest = words_of(span);
        while !rest.is_empty() {
            let room = BLOCK_TEXT - length(&line.words);
            let (now, later) = if length(rest) <= room {
                (rest, "")
            } else if room > BLOCK_TEXT / 2 {
                cutting::first(rest, room)
            } else {
                ("", rest)
            };
            if !now.is_empty() {
                line.elements.push(element(span, now));
                line.words.push_str(now);
            }
            if !later.is_empty() {
                lines.push(std::mem::replace(
                    &mut line,
                    Line {
                        elements: Vec::new(),
                        words: String::new(),
                    },
                ));
            }
            rest = later;
        }
    }
    if !line.elements.is_empty() {
        lines.push(line);
    }
    lines
}

fn words_of(span: &Span) -> &str {
    match span {
        Span::Plain(text) | Span::Strong(text) | Span::Code(text) => text,
        // A link without words shows its address.
        Span::Link { text, url } if text.is_empty() => url,
        Span::Link { text, .. } => text,
    }
}

fn element(span: &Span, words: &str) -> Value {
    match span {
        Span::Plain(_) => json!({"type": "text", "text": words}),
        Span::Strong(_) => json!({"type": "text", "text": words, "style": {"bold": true}}),
        Span::Code(_) => json!({"type": "text", "text": words, "style": {"code": true}}),
        Span::Link { url, .. } => json!({"type": "link", "url": url, "text": words}),
    }
}

fn heading(text: &Text) -> Vec<Piece> {
    let words = text.words();
    if words.trim().is_empty() {
        return Vec::new();
    }
    if length(&words) > HEADER_TEXT {
        let bold = [Span::Strong(words)];
        return sections(&bold).into_iter().map(Line::alone).collect();
    }
    vec![Piece {
        block: json!({"type": "header", "text": plain_text(&words)}),
        words,
    }]
}

/// Text in which Slack reads nothing: no markup, no `:smile:`.
pub fn plain_text(words: &str) -> Value {
    json!({"type": "plain_text", "text": words, "emoji": false})
}

fn fact(label: &str, text: &Text) -> Vec<Line> {
    let mut spans = vec![Span::Strong(label.to_owned()), Span::Plain(": ".to_owned())];
    spans.extend_from_slice(&text.0);
    sections(&spans)
}

/// Lines one below the other, as many in a block as fit.
fn stacked(lines: Vec<Line>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut elements, mut words) = (Vec::new(), String::new());
    for line in lines {
        if !elements.is_empty() && length(&words) + length(&line.words) + 1 > BLOCK_TEXT {
            pieces.push(rich(std::mem::take(&mut elements), std::mem::take(&mut words)));
        }
        if !words.is_empty() {
            words.push('\n');
        }
        elements.push(line.section());
        words.push_str(&line.words);
    }
    if !elements.is_empty() {
        pieces.push(rich(elements, words));
    }
    pieces
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Ordered,
    Bullet,
}

/// Room for the number or bullet that an item begins with where it stands outside of a list.
const MARK: usize = 8;

/// A list, in as many blocks as it needs. Slack numbers each list from one: from the second block on, the numbers are
/// written out.
fn list(items: &[Text], style: Style) -> Vec<Piece> {
    let whole = |item: &Text| sections(&item.0).len() <= 1;
    let fitting = items.iter().map(|item| length(&item.words()) + MARK);
    let total: usize = fitting.sum();
    if total <= BLOCK_TEXT && items.iter().all(whole) {
        return one_list(items, style).into_iter().collect();
    }
    let lines = items.iter().enumerate().flat_map(|(index, item)| {
        let mark = match style {
            Style::Ordered => format!("{}. ", index + 1),
            Style::Bullet => "• ".to_owned(),
        };
        let mut spans = vec![Span::Plain(mark)];
        spans.extend_from_slice(&item.0);
        sections(&spans)
    });
    stacked(lines.collect())
}

fn one_list(items: &[Text], style: Style) -> Option<Piece> {
    let lines: Vec<Line> = items.iter().flat_map(|item| sections(&item.0)).collect();
    if lines.is_empty() {
        return None;
    }
    let words = lines.iter().enumerate().map(|(index, line)| match style {
        Style::Ordered => format!("{}. {}", index + 1, line.words),
        Style::Bullet => format!("• {}", line.words),
    });
    let style = match style {
        Style::Ordered => "ordered",
        Style::Bullet => "bullet",
    };
    let words = words.collect::<Vec<_>>().join("\n");
    let sections: Vec<Value> = lines.iter().map(Line::section).collect();
    Some(rich(
        vec![json!({"type": "rich_text_list", "style": style, "elements": sections})],
        words,
    ))
}

/// Small print. Markup that could be read into somebody's words sends it into rich text, at the full size.
fn note(text: &Text) -> Vec<Piece> {
    let words = text.words();
    if words.trim().is_empty() {
        return Vec::new();
    }
    let element = if text.0.iter().all(|span| matches!(span, Span::Plain(_))) {
        Some(plain_text(&words))
    } else {
        mrkdwn(text).map(|mrkdwn| json!({"type": "mrkdwn", "text": mrkdwn, "verbatim": true}))
    };
    match element.filter(|element| length(element["text"].as_str().unwrap_or_default()) <= BLOCK_TEXT) {
        Some(element) => vec![Piece {
            block: json!({"type": "context", "elements": [element]}),
            words,
        }],
        None => sections(&text.0).into_iter().map(Line::alone).collect(),
    }
}

/// The text in Slack's markup; `None` where some of its words could be read as more than words.
/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
fn mrkdwn(text: &Text) -> Option<String> {
    let mut written = String::new();
    for span in &text.0 {
        let words = words_of(span);
        if words.contains(['*', '_', '~', '`', '\n']) || looks_like_emoji(words) || words.starts_with(['>', '•']) {
            return None;
        }
        match span {
            Span::Plain(_) => written.push_str(&escaped(words)),
            Span::Strong(_) => written.push_str(&format!("*{}*", escaped(words.trim()))),
            Span::Code(_) => written.push_str(&format!("`{}`", escaped(words))),
            Span::Link { url, .. } => {
                let url = url.replace('|', "%7C").replace('<', "%3C").replace('>', "%3E");
                written.push_str(&format!("<{}|{}>", escaped(&url), escaped(words)));
            }
        }
    }
    Some(written)
}

/// `:smile:` and the like.
fn looks_like_emoji(words: &str) -> bool {
    let between = words.split(':').skip(1);
    let count = words.matches(':').count();
    count > 1
        && between.take(count - 1).any(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'\''))
        })
}

/// The three letters that mean something to Slack, written so that they don't.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Span {
        Span::Link {
            text: text.into(),
            url: "https://example.gr/a|b?c=1&d=2".into(),
        }
    }

    #[test]
    fn small_print_with_a_link_is_small() {
        let text = Text(vec![Span::Plain("Source <1>: ".into()), link("a page")]);
        let pieces = note(&text);
        assert_eq!(
            pieces[0].block["elements"][0]["text"],
            "Source &lt;1&gt;: <https://example.gr/a%7Cb?c=1&amp;d=2|a page>"
        );
    }

    #[test]
    fn words_that_could_be_markup_are_no_markup() {
        for words in ["*bold*", "_it_", "~no~", "`code`", ":smile:", "> quote", "a\n>b"] {
            let pieces = note(&Text(vec![Span::Plain(words.into()), link("a page")]));
            assert_eq!(pieces[0].block["type"], "rich_text", "{words}");
        }
        let time = note(&Text(vec![Span::Plain("at 09:30 or 10:15, ".into()), link("a page")]));
        assert_eq!(time[0].block["type"], "context");
    }

    #[test]
    fn a_list_that_needs_two_blocks_goes_on_counting() {
        let items: Vec<Text> = (1..=5)
            .map(|n| Text::plain(format!("{} [{n}]", "x".repeat(1200))))
            .collect();
        let pieces = list(&items, Style::Ordered);
        assert!(pieces.len() > 1);
        let words: Vec<&str> = pieces.iter().map(|piece| piece.words.as_str()).collect();
        for n in 1..=5 {
            assert!(words.iter().any(|words| words.contains(&format!("{n}. x"))), "{n}");
            assert!(words.iter().any(|words| words.contains(&format!("[{n}]"))), "{n}");
        }
    }
}
