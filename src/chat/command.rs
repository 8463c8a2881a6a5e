//! Commands: what somebody asks for by name, such as `/latchkey status maria@contoso.com`. The answer is for them alone.

use serde::{Deserialize, Serialize};

use super::{ActionId, Conversation, EventId, Person};

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// What can be asked here.
    Help,
    /// What the person can do and, for administrators, which requests are open.
    Home,
    /// The bot has just come into the conversation: say so there.
    Welcome,
    /// The state of an account.
    Status {
        /// Whose; the person's own where none is given.
        account: Option<String>,
    },
    /// An action on an account: its preview for an administrator, a request for anybody else.
    Act {
        /// Which.
        action: ActionId,
        /// On whose; the person's own where none is given.
        account: Option<String>,
    },
    /// Prove who one is: begins an Entra sign-in.
    Link,
    /// The code that the sign-in page showed.
    LinkCode(String),
    /// Which Entra account one is linked to, since when, how it was proved and how long it lasts.
    Links,
    /// Forget the link.
    Unlink,
    /// Stop all actions at once.
    Freeze,
    /// Anything else: understood like a message.
    Ask(String),
}

/// Somebody gave a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// The delivery, for dropping repeats.
    pub event: EventId,
    /// Where it was given.
    pub conversation: Conversation,
    /// Who gave it.
    pub person: Person,
    /// What is asked for.
    pub command: Command,
    /// The language that the platform reports for the person.
    pub locale: Option<String>,
}

impl Command {
    /// Reads what was typed after the command's name, on platforms that hand it over as text. What is none of the
    /// commands is a question.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let account = || (!rest.is_empty()).then(|| rest.to_owned());
        // Only a command's own argument may follow it: "reset doesn't work" is a question, "reset maria@contoso.com" is not.
        let one_word = !rest.contains(char::is_whitespace);
        match name.to_lowercase().as_str() {
            "" | "help" if rest.is_empty() => Self::Help,
            "home" if rest.is_empty() => Self::Home,
            "link" if rest.is_empty() => Self::Link,
            "link" if one_word => Self::LinkCode(rest.to_owned()),
            "links" if rest.is_empty() => Self::Links,
            "freeze" if rest.is_empty() => Self::Freeze,
            "unlink" if rest.is_empty() => Self::Unlink,
            "status" if one_word => Self::Status { account: account() },
            word if one_word => match ActionId::ALL.into_iter().find(|action| action.command() == word) {
                Some(ActionId::LookUp) => Self::Status { account: account() },
                Some(action) => Self::Act {
                    action,
                    account: account(),
                },
                None => Self::Ask(text.to_owned()),
            },
            _ => Self::Ask(text.to_owned()),
        }
    }
}

impl ActionId {
    /// The word that asks for it in a command.
    pub const fn command(self) -> &'static str {
        match self {
            Self::LookUp => "status",
            Self::UnblockSender => "unblock",
            Self::ResetPassword => "reset",
            Self::AllowSignIn => "allow",
            Self::BlockSignIn => "block",
            Self::RevokeSessions => "revoke",
            Self::TemporaryAccessPass => "pass",
            Self::ResetMfa => "mfa",
            Self::DisableRules => "rules",
            Self::EnableRules => "enable-rules",
            Self::ClearForwarding => "forwarding",
            Self::RevokeConsents => "consents",
            Self::DismissRisk => "dismiss",
            Self::ConfirmCompromised => "compromised",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(action: ActionId, account: Option<&str>) -> Command {
        Command::Act {
            action,
            account: account.map(Into::into),
        }
    }

    #[test]
    fn a_command_and_its_argument_are_read() {
        let maria = Some("maria@contoso.com");
        assert_eq!(Command::parse(""), Command::Help);
        assert_eq!(Command::parse(" HELP "), Command::Help);
        assert_eq!(Command::parse("reset"), act(ActionId::ResetPassword, None));
        assert_eq!(
            Command::parse("Unblock  maria@contoso.com "),
            act(ActionId::UnblockSender, maria)
        );
        assert_eq!(
            Command::parse("status maria@contoso.com"),
            Command::Status {
                account: maria.map(Into::into)
            }
        );
        assert_eq!(Command::parse("link"), Command::Link);
        assert_eq!(Command::parse("link K7QM2X"), Command::LinkCode("K7QM2X".into()));
    }

    #[test]
    fn a_sentence_that_begins_like_a_command_is_a_question() {
        for text in [
            "reset doesn't work for me",
            "help me, I can't send mail",
            "δεν μπορώ να στείλω",
            "allow-sign-in",
        ] {
            assert_eq!(Command::parse(text), Command::Ask(text.into()));
        }
    }
}
