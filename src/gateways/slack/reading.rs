//! What somebody wrote, as they wrote it: Slack's markup for links, mentions and escaped letters undone.
//! <https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages>

/// Plain text. Mentions of `bot` are taken out; others stay as `@name`, so that they are no part of a word.
pub fn plain(text: &str, bot: Option<&str>) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        read.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        match rest.find('>') {
            Some(end) => {
                put(&mut read, &rest[..end], bot);
                rest = &rest[end + 1..];
            }
            None => read.push('<'),
        }
    }
    read.push_str(rest);
    unescaped(&read).trim().to_owned()
}

/// Whether the text mentions this user.
pub fn mentions(text: &str, user: &str) -> bool {
    text.split("<@")
        .skip(1)
        .any(|rest| rest.strip_prefix(user).is_some_and(|rest| rest.starts_with(['>', '|'])))
}

/// What stood between `<` and `>`.
fn put(read: &mut String, inside: &str, bot: Option<&str>) {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    };
    match target.chars().next() {
        Some('@') if Some(&target[1..]) == bot => {
            if !read.is_empty() && !read.ends_with(char::is_whitespace) {
                read.push(' ');
            }
        }
        Some('@') => {
            read.push('@');
            read.push_str(label.unwrap_or(&target[1..]));
        }
        Some('#') => {
            read.push('#');
            read.push_str(label.unwrap_or(&target[1..]));
        }
        // `!here`, `!subteam^S0|@support`, `!date^…|yesterday`.
        Some('!') => match label {
            Some(label) => read.push_str(label),
            None => {
                read.push('@');
                read.push_str(target[1..].split('^').next().unwrap_or_default());
            }
        },
        _ => read.push_str(label.unwrap_or_else(|| target.strip_prefix("mailto:").unwrap_or(target))),
    }
}

/// The three letters that Slack escapes, `&` last so that nothing is undone twice.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_undone() {
        for (written, read) in [
            ("<@UBOT> I can't send mail", "I can't send mail"),
            ("hey <@UBOT>, δεν μπορώ", "hey , δεν μπορώ"),
            ("<@UBOT|latchkey> status", "status"),
            ("ask <@U1|maria> or <@U2>", "ask @maria or @U2"),
            ("<mailto:maria@contoso.com|maria@contoso.com>", "maria@contoso.com"),
            ("<mailto:maria@contoso.com>", "maria@contoso.com"),
            (
                "see <https://example.gr/a?b=1&amp;c=2>",
                "see https://example.gr/a?b=1&c=2",
            ),
            ("see <http://example.gr|example.gr>", "see example.gr"),
            (
                "in <#C1|general> <!here> <!subteam^S1|@support>",
                "in #general @here @support",
            ),
            ("a &lt;b&gt; &amp;amp; c < d", "a <b> &amp; c < d"),
            ("<@UBOT>", ""),
        ] {
            assert_eq!(plain(written, Some("UBOT")), read, "{written}");
        }
    }

    #[test]
    fn a_mention_is_told_from_one_of_somebody_whose_id_begins_alike() {
        assert!(mentions("hi <@U12>", "U12"));
        assert!(mentions("hi <@U12|bot>", "U12"));
        assert!(!mentions("hi <@U123>", "U12"));
        assert!(!mentions("hi @U12", "U12"));
    }
}
