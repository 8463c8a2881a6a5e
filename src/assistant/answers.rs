//! Answers to messages: the documented steps, a clarifying question, help, or silence.

use super::asker::{Asker, issue, tell};
use super::courier::Recipient;
use super::voice::Voice;
use super::wording::{sources, words};
use super::{AssistantError, Parts, requests};
use crate::actions::tickets::{Purpose, Wish};
use crate::chat::{Addressed, Block, Button, IncomingMessage, Look, Person, Reply, Room, Span, Text};
use crate::intents::{Catalogue, Decision, IntentId, Scenario};
use crate::language::Language;

/// The most clarifying buttons: more than three is a menu, not a question.
const MOST_CHOICES: usize = 3;

/// Answers a message that was not seen before.
pub async fn answer(parts: &Parts, catalogue: &Catalogue, message: &IncomingMessage) -> Result<(), AssistantError> {
    if message.addressed == Addressed::Directly
        && let Some(language) = parts.languages.chosen(catalogue, &message.text)
    {
        return choose_language(parts, catalogue, message, &language).await;
    }
    let locale = message.locale.as_deref().map(Language::new);
    let reported = parts.languages.nearest(catalogue, locale.as_ref());
    let understood = catalogue.understand(&message.text, message.addressed, Some(&reported));
    let chosen = parts.store.preference(&message.sender.identity).await?;
    let language = parts
        .languages
        .nearest(catalogue, chosen.as_ref().or(Some(&understood.language)));
    let voice = Voice {
        catalogue,
        language: &language,
    };
    let account = understood.accounts.first();

    if let Some(account) = account {
        if let Some(wish) = requests::take_question(parts, message).await? {
            let asker = Asker {
                person: &message.sender,
                conversation: &message.conversation,
            };
            return requests::ask_administrator(
                parts,
                catalogue,
                &asker,
                Wish {
                    account: Some(account.clone()),
                    ..wish
                },
            )
            .await;
        }
        if message.addressed == Addressed::Directly && parts.access.is_administrator(&message.sender) {
            let intent = match &understood.decision {
                Decision::Answer(intents) => intents.first(),
                Decision::Clarify(_) | Decision::Silent => None,
            };
            return requests::show_account(parts, &voice, message, account, intent).await;
        }
    }

    let said = Said {
        asker: Asker {
            person: &message.sender,
            conversation: &message.conversation,
        },
        account,
    };
    match (&understood.decision, message.addressed) {
        (Decision::Answer(intents), _) => {
            for intent in intents {
                if let Some(scenario) = catalogue.scenario(intent) {
                    post_answer(parts, &voice, scenario, &said).await?;
                }
            }
        }
        (Decision::Clarify(choices), Addressed::Directly) => clarify(parts, &voice, choices, &said).await?,
        (Decision::Silent, Addressed::Directly) => {
            let help = help(parts, &voice, &message.sender);
            parts.courier.post(&voice, &message.conversation, help).await?;
        }
        (Decision::Clarify(_) | Decision::Silent, Addressed::Ambient) => {}
    }
    Ok(())
}

/// Remembers the language that a person wants to be answered in, and says so in it.
async fn choose_language(
    parts: &Parts,
    catalogue: &Catalogue,
    message: &IncomingMessage,
    language: &Language,
) -> Result<(), AssistantError> {
    parts.store.prefer(&message.sender.identity, language).await?;
    let voice = Voice { catalogue, language };
    let asker = Asker {
        person: &message.sender,
        conversation: &message.conversation,
    };
    tell(parts, &voice, &asker, voice.sentence("speak-chosen", &[])).await
}

/// Who asks, and which account they named.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Who asks.
    pub asker: Asker<'a>,
    /// The account that the message named.
    pub account: Option<&'a String>,
}

/// Posts what is known about one scenario, with the way to an administrator where one is needed.
pub async fn post_answer(
    parts: &Parts,
    voice: &Voice<'_>,
    scenario: &Scenario,
    said: &Said<'_>,
) -> Result<(), AssistantError> {
    let mut reply = known(parts, voice, scenario, &said.asker);
    if !scenario.actions.is_empty() {
        let wish = Wish {
            intent: scenario.id.clone(),
            account: said.account.cloned(),
            language: voice.language.clone(),
        };
        let ticket = issue(parts, &said.asker, &Purpose::Ask(wish)).await?;
        reply
            .buttons
            .push(voice.button("ask-administrator", Look::Primary, ticket));
    }
    parts.courier.post(voice, said.asker.conversation, reply).await?;
    Ok(())
}

/// What is known about one scenario, without any button.
pub fn known(parts: &Parts, voice: &Voice<'_>, scenario: &Scenario, asker: &Asker<'_>) -> Reply {
    let words = words(scenario, voice.language);
    let mut blocks = vec![Block::Heading(Text::plain(&words.title))];
    blocks.extend(words.person.iter().cloned());
    // In a shared room an administrator's steps would be read by everybody; there they come with the request's card.
    if asker.conversation.room == Room::Direct && parts.access.is_administrator(asker.person) {
        blocks.push(Block::Paragraph(Text(vec![Span::Strong(
            voice.say("for-administrators", &[]),
        )])));
        blocks.extend(words.administrator.iter().cloned());
    }
    blocks.extend(sources(voice, scenario));
    voice.reply(blocks)
}

/// What can be asked.
pub fn help(parts: &Parts, voice: &Voice<'_>, person: &Person) -> Reply {
    let topics = voice
        .catalogue
        .scenarios()
        .map(|scenario| Text::plain(&words(scenario, voice.language).choice))
        .collect();
    let mut blocks = vec![
        voice.heading("help-title", &[]),
        voice.paragraph("help-topics", &[]),
        Block::Bullets(topics),
        voice.paragraph("help-request", &[]),
        voice.paragraph("help-languages", &[]),
    ];
    if parts.access.is_administrator(person) {
        blocks.push(voice.paragraph("help-administrator", &[]));
    }
    blocks.push(Block::Note(voice.text("help-secret", &[])));
    voice.reply(blocks)
}

async fn clarify(
    parts: &Parts,
    voice: &Voice<'_>,
    choices: &[IntentId],
    said: &Said<'_>,
) -> Result<(), AssistantError> {
    let mut buttons = Vec::new();
    for intent in choices.iter().take(MOST_CHOICES) {
        let Some(scenario) = voice.catalogue.scenario(intent) else {
            continue;
        };
        let purpose = Purpose::Choose {
            intent: intent.clone(),
            account: said.account.cloned(),
            language: voice.language.clone(),
        };
        let ticket = issue(parts, &said.asker, &purpose).await?;
        let label = words(scenario, voice.language).choice.clone();
        buttons.push(Button {
            label,
            look: Look::Ordinary,
            ticket,
        });
    }
    let mut reply = voice.sentence("clarify", &[]);
    reply.buttons = buttons;
    match said.asker.conversation.room {
        Room::Direct => parts.courier.post(voice, said.asker.conversation, reply).await?,
        Room::Shared => {
            let person = Recipient {
                conversation: said.asker.conversation,
                person: &said.asker.person.identity,
            };
            parts.courier.tell(voice, &person, reply).await?
        }
    };
    Ok(())
}
