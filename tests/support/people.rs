//! Who is who in the tests, and where they talk.

use latchkey::chat::{Conversation, Identity, Person, Platform, Room};

/// The scope of everybody in the tests.
pub const SCOPE: &str = "T-contoso";

/// The administrators' conversation.
pub fn desk() -> Conversation {
    conversation("C-admins", Room::Shared)
}

/// The support channel.
pub fn support() -> Conversation {
    conversation("C-support", Room::Shared)
}

pub fn conversation(id: &str, room: Room) -> Conversation {
    Conversation {
        platform: Platform::Slack,
        scope: SCOPE.into(),
        id: id.into(),
        thread: None,
        room,
    }
}

/// Somebody's own conversation with the bot.
pub fn direct(person: &Person) -> Conversation {
    conversation(&format!("D-{}", person.identity.user), Room::Direct)
}

/// Somebody with an account that the platform vouches for.
pub fn person(user: &str, account: Option<&str>) -> Person {
    Person {
        identity: Identity {
            platform: Platform::Slack,
            scope: SCOPE.into(),
            user: user.into(),
        },
        name: user.into(),
        entra: None,
        account: account.map(Into::into),
        suggestion: None,
        roles: std::collections::BTreeSet::new(),
    }
}

pub fn maria() -> Person {
    person("maria", Some("maria.papadopoulou@contoso.com"))
}

/// An administrator with every action.
pub fn ana() -> Person {
    person("ana", Some("ana.admin@contoso.com"))
}

/// An administrator who may look, revoke sessions, and what takes two people.
pub fn petros() -> Person {
    person("petros", None)
}

/// Somebody without any grant.
pub fn stranger() -> Person {
    person("stranger", None)
}
