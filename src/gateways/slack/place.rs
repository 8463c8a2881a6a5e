//! A conversation as it is carried in what Slack gives back: the ids of blocks, and the metadata of views. A button may
//! be pressed elsewhere than in its conversation (in a modal, on the home tab), and still belongs to it.

use super::limits::BLOCK_ID;
use crate::chat::{Conversation, Platform, Room};

/// How many messages a button's block can name beside its own: as many as surely fit into its id. With its own they hold
/// ninety thousand letters, more than any answer.
pub const MOST_BEFORE: usize = 8;

/// Writes a conversation down, with a number that makes block ids differ.
pub fn write(conversation: &Conversation, number: usize) -> String {
    let Conversation {
        scope,
        id,
        thread,
        room,
        ..
    } = conversation;
    let thread = thread.as_deref().unwrap_or_default();
    let room = match room {
        Room::Direct => "direct",
        Room::Shared => "shared",
    };
    let written = format!("{scope}/{id}/{thread}/{room}/{number}");
    debug_assert!(written.len() <= BLOCK_ID, "Slack's ids are short");
    written
}

/// Adds to the id of a message's block the messages before it that hold the beginning of what it says: whoever replaces
/// the one must replace the others, too, also after a restart.
pub fn with_before(written: &str, before: &[String]) -> String {
    let written = format!("{written}/{}", before.join("+"));
    debug_assert!(written.len() <= BLOCK_ID, "Slack's ids are short");
    written
}

/// Reads what [`with_before()`] added; nothing where nothing was.
pub fn before(written: &str) -> Vec<String> {
    let added = written.split('/').nth(5).unwrap_or_default();
    let all = added.split('+').filter(|ts| is_ts(ts)).take(MOST_BEFORE);
    all.map(ToOwned::to_owned).collect()
}

/// `1700000000.000100`
fn is_ts(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(seconds, rest)| number(seconds) && number(rest))
}

/// Reads what [`write()`] wrote.
pub fn read(written: &str) -> Option<Conversation> {
    let mut parts = written.split('/');
    let (scope, id, thread, room) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    parts.next()?.parse::<usize>().ok()?;
    let room = match room {
        "direct" => Room::Direct,
        "shared" => Room::Shared,
        _ => return None,
    };
    let before = parts
        .next()
        .is_none_or(|added| !added.is_empty() && added.split('+').all(is_ts));
    let whole = !scope.is_empty() && !id.is_empty() && before && parts.next().is_none();
    whole.then(|| Conversation {
        platform: Platform::Slack,
        scope: scope.to_owned(),
        id: id.to_owned(),
        thread: (!thread.is_empty()).then(|| thread.to_owned()),
        room,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (thread, room) in [(None, Room::Direct), (Some("1700000000.000100"), Room::Shared)] {
            let conversation = Conversation {
                platform: Platform::Slack,
                scope: "T024BE7LD".into(),
                id: "C024BE91L".into(),
                thread: thread.map(Into::into),
                room,
            };
            let written = write(&conversation, 3);
            assert_eq!(before(&written), Vec::<String>::new());
            let longest = vec!["1700000000.000099".to_owned(); MOST_BEFORE];
            let with_more = with_before(&written, &longest);
            assert!(with_more.len() <= BLOCK_ID);
            assert_eq!(
                (read(&with_more), before(&with_more)),
                (Some(conversation.clone()), longest)
            );
            assert_eq!(read(&written), Some(conversation));
        }
        for wrong in [
            "",
            "field",
            "T/C//direct",
            "T/C//direct/x",
            "T/C//other/0",
            "/C//direct/0",
            "T/C//direct/0/0",
            "T/C//direct/0/",
            "T/C//direct/0/1.0+",
            "T/C//direct/0/1.0/2.0",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
