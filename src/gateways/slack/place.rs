//! A conversation as it is carried in what Slack gives back: the ids of blocks, and the metadata of views. A button may
//! be pressed elsewhere than in its conversation (in a modal, on the home tab), and still belongs to it.

use super::limits::BLOCK_ID;
use crate::chat::{Conversation, Platform, Room};

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
    let whole = !scope.is_empty() && !id.is_empty() && parts.next().is_none();
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
            assert_eq!(read(&write(&conversation, 3)), Some(conversation));
        }
        for wrong in [
            "",
            "field",
            "T/C//direct",
            "T/C//direct/x",
            "T/C//other/0",
            "/C//direct/0",
            "T/C//direct/0/0",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
