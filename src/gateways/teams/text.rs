//! Words inside a card. What people and directories wrote goes into text runs, in which Teams reads no markup at all;
//! a text block, which reads Markdown and date macros, is used only for words that hold none of their signs.

use serde_json::{Value, json};

use super::clusters;
use crate::chat::{Span, Text};

/// How the words of an element look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// What the card is about.
    Heading,
    /// Ordinary words.
    Body,
    /// What a fact is called.
    Label,
    /// Small print.
    Note,
}

/// One element with these words.
pub fn element(text: &Text, style: Style) -> Value {
    if style == Style::Heading
        && let words = text.words()
        && is_unmarked(&words)
    {
        return json!({"type": "TextBlock", "text": words, "size": "Large", "weight": "Bolder", "wrap": true, "style": "heading"});
    }
    let runs: Vec<Value> = text.0.iter().map(|span| run(span, style)).collect();
    json!({"type": "RichTextBlock", "inlines": runs})
}

fn run(span: &Span, style: Style) -> Value {
    let (Span::Plain(words) | Span::Strong(words) | Span::Code(words) | Span::Link { text: words, .. }) = span;
    let mut run = json!({"type": "TextRun", "text": words});
    match style {
        Style::Heading => {
            run["size"] = json!("Large");
            run["weight"] = json!("Bolder");
        }
        Style::Note => {
            run["size"] = json!("Small");
            run["isSubtle"] = json!(true);
        }
        Style::Label => run["weight"] = json!("Bolder"),
        Style::Body => {}
    }
    match span {
        Span::Plain(_) => {}
        Span::Strong(_) => run["weight"] = json!("Bolder"),
        Span::Code(_) => run["fontType"] = json!("Monospace"),
        Span::Link { url, .. } if is_https(url) => {
            run["color"] = json!("Accent");
            run["underline"] = json!(true);
            // Small print is subtle; a link in it must still be seen to be one.
            run["isSubtle"] = json!(false);
            run["selectAction"] = json!({"type": "Action.OpenUrl", "url": url});
        }
        Span::Link { .. } => {}
    }
    run
}

/// Whether a text block would show exactly these words.
pub fn is_unmarked(words: &str) -> bool {
    let signs = [
        '\\', '`', '*', '_', '[', ']', '#', '<', '>', '&', '~', '|', '{', '}', '!', '\n', '\r', '@',
    ];
    let starts_a_list = words.starts_with(['-', '+']) || words.starts_with(|c: char| c.is_ascii_digit());
    !words.contains(signs) && !words.contains("://") && !starts_a_list
}

fn is_https(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.scheme() == "https")
}

/// The words in pieces of at most `bytes`, cut between letters, each span keeping its look.
pub fn pieces(text: &Text, bytes: usize) -> Vec<Text> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    let mut room = bytes;
    for span in &text.0 {
        let mut rest = words_of(span);
        while rest.len() > room {
            let at = clusters::cut(rest, room);
            // A first letter that does not fit waits for the next piece, unless there it would be first again.
            if at > room && !piece.is_empty() {
                pieces.push(Text(std::mem::take(&mut piece)));
                room = bytes;
                continue;
            }
            piece.push(with_words(span, &rest[..at]));
            pieces.push(Text(std::mem::take(&mut piece)));
            rest = &rest[at..];
            room = bytes;
        }
        if !rest.is_empty() {
            piece.push(with_words(span, rest));
            room -= rest.len();
        }
    }
    if !piece.is_empty() || pieces.is_empty() {
        pieces.push(Text(piece));
    }
    pieces
}

fn words_of(span: &Span) -> &str {
    match span {
        Span::Plain(t) | Span::Strong(t) | Span::Code(t) | Span::Link { text: t, .. } => t,
    }
}

fn with_words(span: &Span, words: &str) -> Span {
    let words = words.to_owned();
    match span {
        Span::Plain(_) => Span::Plain(words),
        Span::Strong(_) => Span::Strong(words),
        Span::Code(_) => Span::Code(words),
        Span::Link { url, .. } => Span::Link {
            text: words,
            url: url.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_signs_of_markdown_are_never_in_a_text_block() {
        for words in [
            "**b**",
            "a_b",
            "[x](y)",
            "{{DATE(2026-11-22)}}",
            "<at>x</at>",
            "1. x",
            "- x",
            "# x",
            "a\nb",
            "&amp;",
        ] {
            let heading = element(&Text::plain(words), Style::Heading);
            assert_eq!(heading["type"], "RichTextBlock", "{words}");
            assert_eq!(heading["inlines"][0]["text"], words);
        }
        let heading = element(&Text::plain("Δεν μπορείτε να στείλετε email"), Style::Heading);
        assert_eq!(heading["type"], "TextBlock");
    }

    #[test]
    fn only_https_links_can_be_opened() {
        let link = |url: &str| {
            let span = Span::Link {
                text: "x".into(),
                url: url.into(),
            };
            element(&Text(vec![span]), Style::Body)["inlines"][0]["selectAction"].clone()
        };
        assert_eq!(link("https://aka.ms/sspr")["url"], "https://aka.ms/sspr");
        assert_eq!(link("javascript:alert(1)"), Value::Null);
        assert_eq!(link("http://example.gr"), Value::Null);
    }

    #[test]
    fn pieces_lose_nothing_and_keep_their_look() {
        let text = Text(vec![Span::Plain("αβγ".into()), Span::Strong("δεζηθ".into())]);
        let parts = pieces(&text, 8);
        assert_eq!(parts.iter().map(Text::words).collect::<String>(), "αβγδεζηθ");
        assert!(parts.iter().all(|part| part.words().len() <= 8));
        assert_eq!(parts[0].0.len(), 2);
        assert!(matches!(parts[1].0[0], Span::Strong(_)));
        assert_eq!(pieces(&Text::default(), 8), [Text::default()]);
        let wide = Text::plain("👩‍👩‍👧‍👦a");
        assert_eq!(
            pieces(&wide, 3).iter().map(Text::words).collect::<Vec<_>>(),
            ["👩‍👩‍👧‍👦", "a"]
        );
    }
}
