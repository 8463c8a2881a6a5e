//! What a server's owner needs to let the bot in: the invite with the least permissions, and the commands that it will
//! register.

use serde_json::{Value, json};

use super::commands;

/// A permission, <https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags>.
struct Permission {
    bit: u32,
    name: &'static str,
    why: &'static str,
}

const PERMISSIONS: [Permission; 5] = [
    Permission {
        bit: 10,
        name: "View Channels",
        why: "to hear what is said to it, and to change its own messages",
    },
    Permission {
        bit: 11,
        name: "Send Messages",
        why: "to answer, and to bring requests before the administrators",
    },
    Permission {
        bit: 14,
        name: "Embed Links",
        why: "answers are embeds with the steps and their sources",
    },
    Permission {
        bit: 16,
        name: "Read Message History",
        why: "to show an answer as a reply to its question",
    },
    Permission {
        bit: 38,
        name: "Send Messages in Threads",
        why: "to answer in threads",
    },
];

/// The address that invites the bot.
pub fn invite(application: u64) -> String {
    let permissions: u64 = PERMISSIONS.iter().map(|permission| 1 << permission.bit).sum();
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={permissions}"
    )
}

/// The whole manifest.
pub fn manifest(application: u64) -> Value {
    let permission =
        |one: &Permission| json!({"name": one.name, "value": (1_u64 << one.bit).to_string(), "why": one.why});
    json!({
        "invite": invite(application),
        "scopes": [
            {"name": "bot", "why": "to be a member of the server"},
            {"name": "applications.commands", "why": "to register /latchkey there"},
        ],
        "permissions": PERMISSIONS.iter().map(permission).collect::<Vec<_>>(),
        "intents": [
            {"name": "GUILDS", "privileged": false, "why": "threads, and the bot's own role"},
            {"name": "GUILD_MESSAGES", "privileged": false, "why": "mentions"},
            {"name": "DIRECT_MESSAGES", "privileged": false, "why": "direct messages"},
            {
                "name": "MESSAGE_CONTENT",
                "privileged": true,
                "why": "only with answer_channels: to read what is not said to the bot; switch it on under Bot > Message Content Intent",
            },
        ],
        "commands": commands::all(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invite_asks_for_the_least() {
        let invite = invite(1_180_000_000_000_000_001);
        assert!(invite.starts_with("https://discord.com/oauth2/authorize?client_id=1180000000000000001&"));
        assert!(invite.ends_with("&permissions=274877991936"), "{invite}");
        const ADMINISTRATOR: u64 = 1 << 3;
        let sum: u64 = PERMISSIONS.iter().map(|permission| 1 << permission.bit).sum();
        assert_eq!(sum & ADMINISTRATOR, 0);
    }
}
