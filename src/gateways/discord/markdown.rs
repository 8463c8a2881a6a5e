//! Spans as Discord's markdown. Whatever somebody wrote stays what they wrote: it can't format, mention, link or open
//! a line.

use super::limits::length;
use crate::chat::{Span, Text};

/// One line. `\` before anything that is neither letter, digit nor space makes it literal:
/// <https://support.discord.com/hc/en-us/articles/210298617>.
pub fn line(text: &Text) -> String {
    text.0.iter().map(span).collect()
}

/// One span.
pub fn span(span: &Span) -> String {
    match span {
        Span::Plain(words) => escape(words),
        Span::Strong(words) => strong(words),
        Span::Code(words) => code(words),
        Span::Link { text, url } => link(text, url),
    }
}

/// Words that are shown as they are.
pub fn escape(words: &str) -> String {
    let words = one_line(words);
    let mut escaped = String::with_capacity(words.len() + 8);
    let mut line = Opening::Nothing;
    for (at, c) in words.char_indices() {
        let rest = &words[at + c.len_utf8()..];
        let opens_a_list = match c {
            '-' | '+' => line == Opening::Nothing,
            '.' | ')' => line == Opening::Number,
            ':' => opens_something(rest),
            _ => false,
        };
        if is_markup(c) || opens_a_list {
            escaped.push('\\');
        }
        line = match c {
            ' ' if line == Opening::Nothing => Opening::Nothing,
            c if c.is_ascii_digit() && line != Opening::Over => Opening::Number,
            _ => Opening::Over,
        };
        escaped.push(c);
    }
    escaped
}

/// How a line begins so far: a list opens with a sign, or with a number and its dot.
#[derive(Clone, Copy, PartialEq)]
enum Opening {
    Nothing,
    Number,
    Over,
}

/// Whether a colon goes on as an address or as the name of an emoji.
fn opens_something(rest: &str) -> bool {
    let name = rest.split(':').next().unwrap_or_default();
    let is_name = !name.is_empty() && name.len() < rest.len() && !name.contains(char::is_whitespace);
    rest.starts_with("//") || is_name
}

/// How much room a letter of escaped words may take up.
pub fn escaped_length(letter: &str) -> usize {
    let could_be_escaped = |c: &char| is_markup(*c) || matches!(c, '-' | '+' | '.' | ')' | ':');
    length(letter) + letter.chars().filter(could_be_escaped).count()
}

/// Takes the backslashes of [`escape`] away again.
pub fn unescape(escaped: &str) -> String {
    let mut words = String::with_capacity(escaped.len());
    let mut letters = escaped.chars().peekable();
    while let Some(c) = letters.next() {
        match letters.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => words.extend(letters.next()),
            _ => words.push(c),
        }
    }
    words
}

/// Takes the marks of [`code`] away again.
pub fn uncode(code: &str) -> &str {
    code.trim_matches('`').trim()
}

fn is_markup(c: char) -> bool {
    matches!(
        c,
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '@' | '[' | ']' | '#'
    )
}

fn strong(words: &str) -> String {
    match one_line(words).trim() {
        "" => String::new(),
        inner => format!("**{}**", escape(inner)),
    }
}

/// Something literal. Nothing can be escaped inside, so a backtick makes the marks around it double, and two in a row,
/// which would need three and open a block, become a letter that looks the same.
fn code(words: &str) -> String {
    let words = one_line(words);
    let inner = words.trim();
    if inner.is_empty() {
        return String::new();
    }
    if !inner.contains('`') {
        return format!("`{inner}`");
    }
    let inner = inner.replace("``", "ˋˋ");
    format!("`` {inner} ``")
}

/// A link, where the address is one. Discord shows no link whose words look like another address.
fn link(text: &str, url: &str) -> String {
    let Some(url) = address(url) else {
        return escape(text);
    };
    // Brackets in the words would end them early, escaped or not.
    let words = one_line(text).replace('[', "(").replace(']', ")");
    let words = words.trim();
    if words.is_empty() || words.contains("://") {
        return format!("<{url}>");
    }
    format!("[{}]({url})", escape(words))
}

/// An https address in characters that can't end the link early.
fn address(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
    let mut safe = String::new();
    for c in parsed.as_str().chars() {
        match c {
            '(' => safe.push_str("%28"),
            ')' => safe.push_str("%29"),
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            '|' => safe.push_str("%7C"),
            '\\' => safe.push_str("%5C"),
            '`' => safe.push_str("%60"),
            '*' => safe.push_str("%2A"),
            c => safe.push(c),
        }
    }
    Some(safe)
}

/// Without line breaks, and without what is invisible and turns the writing around.
fn one_line(words: &str) -> String {
    words
        .chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| {
            if c.is_control() || c == '\u{2028}' || c == '\u{2029}' {
                ' '
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_somebody_wrote_is_markup() {
        for (written, shown) in [
            ("**b** _i_ ~~s~~ ||x||", r"\*\*b\*\* \_i\_ \~\~s\~\~ \|\|x\|\|"),
            ("<@1> <@&2> <#3> @everyone", r"\<\@1\> \<\@&2\> \<\#3\> \@everyone"),
            ("https://example.gr", r"https\://example.gr"),
            ("[x](https://e.gr)", r"\[x\](https\://e.gr)"),
            ("# a\n- b\n> c", r"\# a - b \> c"),
            ("- b", r"\- b"),
            ("-# c", r"\-\# c"),
            ("12. d", r"12\. d"),
            ("3) d", r"3\) d"),
            ("<t:0:R> :smile: `c` \\", r"\<t\:0:R\> \:smile: \`c\` \\"),
            ("a-b.c", "a-b.c"),
            (". at 12:30 (x): y", ". at 12:30 (x): y"),
            ("abc\u{202e}cba", "abccba"),
        ] {
            assert_eq!(escape(written), shown);
            let measured: usize = super::super::cut::clusters(written).map(escaped_length).sum();
            assert!(length(&escape(written)) <= measured, "{written}");
        }
    }

    #[test]
    fn escaping_is_undone() {
        for words in ["Διεύθυνση: (α) *β* \\ γ", "a@b.gr", "- x", "1. y"] {
            assert_eq!(unescape(&escape(words)), words);
        }
        assert_eq!(uncode(&code("maria@contoso.com")), "maria@contoso.com");
    }

    #[test]
    fn code_can_not_be_left() {
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("a``b```"), "`` aˋˋbˋˋ` ``");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(code(" "), "");
    }

    #[test]
    fn a_link_leads_where_it_says() {
        assert_eq!(link("here", "https://e.gr/a(b)c"), "[here](https://e.gr/a%28b%29c)");
        assert_eq!(link("here", "javascript:alert(1)"), "here");
        assert_eq!(link("https://a.gr", "https://b.gr"), "<https://b.gr/>");
        assert_eq!(link("x](https://c.gr)", "https://b.gr"), "<https://b.gr/>");
        assert_eq!(link("x](y)", "https://b.gr"), r"[x)(y)](https://b.gr/)");
    }
}
