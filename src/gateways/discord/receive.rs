//! Discord's events as what they say. Pure: nothing is looked up and nothing answered here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serenity::model::application::{
    ActionRow, ActionRowComponent, ButtonKind, CommandDataOption, CommandDataOptionValue, CommandInteraction,
    ComponentInteraction, Interaction, ModalInteraction,
};
use serenity::model::channel::{Embed, Message, MessageFlags, MessageType};
use serenity::model::guild::Member;
use serenity::model::user::User;

use super::commands::{self, ACCOUNT, CODE, TEXT};
use super::handles::Token;
use super::markdown;
use super::places::{Parent, Places};
use super::tag::Tag;
use crate::chat::{ActionId, Addressed, Command, Field};

/// In front of the custom id of a button, for the dialog that it opens.
const OF_A_MODAL: char = 'm';

/// Where the bot listens.
#[derive(Debug)]
pub struct Ears {
    /// The servers that are served.
    pub guilds: Vec<u64>,
    /// The channels in which it listens unasked.
    pub channels: Vec<u64>,
    /// What is known of the servers.
    pub places: Places,
}

impl Ears {
    fn serves(&self, guild: Option<u64>) -> bool {
        guild.is_none_or(|guild| self.guilds.contains(&guild))
    }

    /// Whether the bot listens unasked in a channel, or in the one that a thread hangs under.
    pub fn listens_in(&self, channel: u64) -> Hears {
        if self.channels.contains(&channel) {
            return Hears::Always;
        }
        match self.places.parent(channel) {
            _ if self.channels.is_empty() => Hears::Never,
            Parent::Is(parent) if self.channels.contains(&parent) => Hears::Always,
            Parent::Is(_) | Parent::None => Hears::Never,
            Parent::Unknown => Hears::IfThread,
        }
    }
}

/// Whether something is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// It is.
    Always,
    /// It is if the channel turns out to be a thread of an answer channel.
    IfThread,
    /// It is not.
    Never,
}

/// Somebody, as Discord shows them in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Their id.
    pub user: u64,
    /// What they are called there.
    pub name: String,
    /// The roles that they hold there.
    pub roles: BTreeSet<String>,
}

/// Where something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The server; `None` in a direct conversation.
    pub guild: Option<u64>,
    /// The channel or thread.
    pub channel: u64,
}

/// Somebody wrote something that the bot should hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The message.
    pub id: u64,
    /// Where.
    pub spot: Spot,
    /// Who.
    pub author: Caller,
    /// What, without mentions.
    pub text: String,
    /// Whether to the bot.
    pub addressed: Addressed,
    /// Whether it is certain that the bot should hear it.
    pub hears: Hears,
}

/// An interaction, which must be answered within three seconds.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its id.
    pub id: u64,
    /// The way to answer it.
    pub token: Token,
    /// Where.
    pub spot: Spot,
    /// Who.
    pub caller: Caller,
    /// The language of their client.
    pub locale: String,
    /// What they want.
    pub wants: Wants,
}

/// What an interaction wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Wants {
    /// A slash command.
    Command(Command),
    /// A button was pressed that asks for something first.
    Dialog {
        /// The dialog's custom id.
        custom_id: String,
        /// Its title.
        title: String,
        /// What it asks for.
        field: Field,
    },
    /// A button was pressed, or its dialog was sent.
    Press(Press),
}

/// A button was pressed.
#[derive(Debug, Clone, PartialEq)]
pub struct Press {
    /// What it carried.
    pub tag: Tag,
    /// The message that holds it.
    pub message: u64,
    /// Whether only the one who pressed can see that message.
    pub seen: Seen,
    /// What was typed, by field.
    pub inputs: BTreeMap<String, String>,
}

/// Who can see a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Everybody there.
    ByAll,
    /// One person.
    ByOne,
}

/// What a message says to the bot; `None` where it isn't for it.
pub fn said(message: &Message, ears: &Ears) -> Option<Said> {
    let by_a_person = !message.author.bot && !message.author.system && message.webhook_id.is_none();
    let is_speech = matches!(message.kind, MessageType::Regular | MessageType::InlineReply);
    let guild = message.guild_id.map(|guild| guild.get());
    if !by_a_person || !is_speech || !ears.serves(guild) {
        return None;
    }
    let channel = message.channel_id.get();
    let bot = ears.places.bot();
    let mentioned = message.mentions.iter().any(|user| Some(user.id.get()) == bot)
        || message
            .mention_roles
            .iter()
            .any(|role| ears.places.is_own_role(role.get()));
    let text = without_markup(&message.content);
    let (addressed, hears) = if guild.is_none() || mentioned {
        (Addressed::Directly, Hears::Always)
    } else {
        (Addressed::Ambient, ears.listens_in(channel))
    };
    if hears == Hears::Never || (addressed == Addressed::Ambient && text.is_empty()) {
        return None;
    }
    let member = message.member.as_deref();
    Some(Said {
        id: message.id.get(),
        spot: Spot { guild, channel },
        author: Caller {
            user: message.author.id.get(),
            name: name(&message.author, member.and_then(|member| member.nick.as_deref())),
            roles: member.map(|member| roles(&member.roles)).unwrap_or_default(),
        },
        text,
        addressed,
        hears,
    })
}

/// What an interaction wants; `None` for what we never offered.
pub fn call(interaction: &Interaction, ears: &Ears) -> Option<Call> {
    let call = match interaction {
        Interaction::Command(given) => of_command(given)?,
        Interaction::Component(pressed) => of_press(pressed)?,
        Interaction::Modal(sent) => of_dialog(sent)?,
        _ => return None,
    };
    ears.serves(call.spot.guild).then_some(call)
}

fn of_command(given: &CommandInteraction) -> Option<Call> {
    let command = (given.data.name == commands::NAME).then(|| command(&given.data.options))?;
    Some(Call {
        id: given.id.get(),
        token: Token::new(&given.token),
        spot: Spot {
            guild: given.guild_id.map(|guild| guild.get()),
            channel: given.channel_id.get(),
        },
        caller: caller(&given.user, given.member.as_deref()),
        locale: given.locale.clone(),
        wants: Wants::Command(command),
    })
}

fn of_press(pressed: &ComponentInteraction) -> Option<Call> {
    let tag = Tag::read(&pressed.data.custom_id)?;
    let wants = match &tag.field {
        Some(name) => Wants::Dialog {
            custom_id: format!("{OF_A_MODAL}{}", pressed.data.custom_id),
            title: label_of(&pressed.message.components, &pressed.data.custom_id),
            field: field(name, &pressed.message.embeds),
        },
        None => Wants::Press(Press {
            tag,
            message: pressed.message.id.get(),
            seen: seen(&pressed.message),
            inputs: BTreeMap::new(),
        }),
    };
    Some(Call {
        id: pressed.id.get(),
        token: Token::new(&pressed.token),
        spot: Spot {
            guild: pressed.guild_id.map(|guild| guild.get()),
            channel: pressed.channel_id.get(),
        },
        caller: caller(&pressed.user, pressed.member.as_ref()),
        locale: pressed.locale.clone(),
        wants,
    })
}

fn of_dialog(sent: &ModalInteraction) -> Option<Call> {
    let tag = Tag::read(sent.data.custom_id.strip_prefix(OF_A_MODAL)?)?;
    let message = sent.message.as_deref()?;
    let typed = sent.data.components.iter().flat_map(|row| &row.components);
    let inputs = typed.filter_map(|component| match component {
        ActionRowComponent::InputText(input) => {
            Some((input.custom_id.clone(), input.value.clone().unwrap_or_default()))
        }
        _ => None,
    });
    Some(Call {
        id: sent.id.get(),
        token: Token::new(&sent.token),
        spot: Spot {
            guild: sent.guild_id.map(|guild| guild.get()),
            channel: sent.channel_id.get(),
        },
        caller: caller(&sent.user, sent.member.as_ref()),
        locale: sent.locale.clone(),
        wants: Wants::Press(Press {
            tag,
            message: message.id.get(),
            seen: seen(message),
            inputs: inputs.collect(),
        }),
    })
}

/// The command of a `/latchkey …`. Anything that we never registered is answered with help.
fn command(options: &[CommandDataOption]) -> Command {
    let Some((name, options)) = options.iter().find_map(|option| match &option.value {
        CommandDataOptionValue::SubCommand(options) => Some((option.name.as_str(), options)),
        _ => None,
    }) else {
        return Command::Help;
    };
    let text = |wanted: &str| {
        options.iter().find_map(|option| match &option.value {
            CommandDataOptionValue::String(text) if option.name == wanted && !text.trim().is_empty() => {
                Some(text.trim().to_owned())
            }
            _ => None,
        })
    };
    let account = || text(ACCOUNT);
    match name {
        "status" => Command::Status { account: account() },
        "ask" => text(TEXT).map_or(Command::Help, Command::Ask),
        "link" => text(CODE).map_or(Command::Link, Command::LinkCode),
        "links" => Command::Links,
        "unlink" => Command::Unlink,
        "freeze" => Command::Freeze,
        name => match ActionId::ALL.into_iter().find(|action| action.command() == name) {
            Some(action) => Command::Act {
                action,
                account: account(),
            },
            None => Command::Help,
        },
    }
}

fn caller(user: &User, member: Option<&Member>) -> Caller {
    Caller {
        user: user.id.get(),
        name: name(user, member.and_then(|member| member.nick.as_deref())),
        roles: member.map(|member| roles(&member.roles)).unwrap_or_default(),
    }
}

fn name(user: &User, nick: Option<&str>) -> String {
    nick.or(user.global_name.as_deref()).unwrap_or(&user.name).to_owned()
}

fn roles(roles: &[serenity::model::id::RoleId]) -> BTreeSet<String> {
    roles.iter().map(ToString::to_string).collect()
}

fn seen(message: &Message) -> Seen {
    let alone = message
        .flags
        .is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL));
    if alone { Seen::ByOne } else { Seen::ByAll }
}

/// What is written on the button.
fn label_of(rows: &[ActionRow], custom_id: &str) -> String {
    let label = rows
        .iter()
        .flat_map(|row| &row.components)
        .find_map(|component| match component {
            ActionRowComponent::Button(button) => match &button.data {
                ButtonKind::NonLink { custom_id: id, .. } if id == custom_id => button.label.clone(),
                _ => None,
            },
            _ => None,
        });
    label
        .filter(|label| !label.is_empty())
        .unwrap_or_else(|| "Latchkey".to_owned())
}

/// What the message asks for: its last fact, as the renderer put it there.
fn field(name: &str, embeds: &[Embed]) -> Field {
    let asked = embeds.iter().rev().find_map(|embed| embed.fields.last());
    Field {
        name: name.to_owned(),
        label: asked.map_or_else(|| name.to_owned(), |asked| markdown::unescape(&asked.name)),
        hint: asked
            .map(|asked| markdown::uncode(&asked.value).to_owned())
            .unwrap_or_default(),
    }
}

/// What was written, without mentions and other marks that are no words.
/// <https://docs.discord.com/developers/reference#message-formatting>
fn without_markup(content: &str) -> String {
    static MARKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"<(?:@[!&]?\d+|#\d+|a?:\w+:\d+|t:-?\d+(?::\w)?|/[^:>]*:\d+|id:\w+)>").expect("the pattern is right")
    });
    MARKS.replace_all(content, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_are_no_words_go() {
        for (written, words) in [
            ("<@123> I can't send mail", "I can't send mail"),
            ("<@!123> help <#45> <a:wave:6>", "help"),
            ("hello <@&9>", "hello"),
            ("<t:1700000000:R>", ""),
            ("a < b > c <maria@contoso.com>", "a < b > c <maria@contoso.com>"),
        ] {
            assert_eq!(without_markup(written), words);
        }
    }
}
