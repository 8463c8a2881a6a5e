//! Answers to messages: the documented steps, a clarifying question, help, or silence.

use super::asker::{self, Asker, Asking, issue, tell};
use super::recent::Topic;
use super::voice::Voice;
use super::wording::{self, sources, words};
use super::{AssistantError, Parts, requests};
use crate::actions::tickets::{self, OPEN_FOR, Purpose, Request, Terms, Wish};
use crate::chat::{
    Addressed, AdministratorsView, Block, Button, Conversation, Identity, IncomingMessage, Look, Person, Reply, Room,
    Shows, Span, Text,
};
use crate::intents::codes::CodeHit;
use crate::intents::{Catalogue, Decision, IntentId, Scenario, Understanding};
use crate::language::Language;

/// The most clarifying buttons: more than three is a menu, not a question.
const MOST_CHOICES: usize = 3;

/// Answers a message that was not seen before.
pub async fn answer(parts: &Parts, catalogue: &Catalogue, message: &IncomingMessage) -> Result<(), AssistantError> {
    if message.addressed.to_the_bot()
        && let Some(language) = parts.languages.chosen(catalogue, &message.text)
    {
        return choose_language(parts, catalogue, message, &language).await;
    }
    let (understood, follows) = understand(parts, catalogue, message);
    let chosen = parts.store.preference(&message.sender.identity).await?;
    let wanted = chosen.as_ref().unwrap_or(&understood.language);
    let language = parts.languages.nearest(catalogue, Some(wanted));
    let voice = Voice {
        catalogue,
        language: &language,
    };
    if let Some(account) = understood.accounts.first()
        && let Heard::Done = account_named(parts, &voice, message, account, &understood).await?
    {
        return Ok(());
    }
    let said = Said {
        asker: message.asker(),
        account: understood.accounts.first(),
        about: understood.named.first(),
        codes: &understood.codes,
    };
    match (&understood.decision, message.addressed) {
        (Decision::Answer(intents), _) => {
            parts
                .recent
                .remember(said.place(), Topic::Answered(intents.clone()), parts.clock.now());
            for scenario in intents.iter().filter_map(|intent| catalogue.scenario(intent)) {
                match follows {
                    Follows::No => post_answer(parts, &voice, scenario, &said).await?,
                    Follows::Answer => post_follow_up(parts, &voice, scenario, &said).await?,
                }
            }
        }
        (Decision::Clarify(_) | Decision::Silent, Addressed::Ambient) => {}
        (Decision::Clarify(_), _) if tells_no_lockout(&understood) => {
            answer_silence(parts, &voice, message, said.codes).await?;
        }
        (Decision::Clarify(choices), _) => {
            parts
                .recent
                .remember(said.place(), Topic::Offered(choices.clone()), parts.clock.now());
            clarify(parts, &voice, choices, &said).await?;
        }
        (Decision::Silent, _) => {
            answer_silence(parts, &voice, message, said.codes).await?;
        }
    }
    Ok(())
}

/// Whether the message holds codes, none of which is a lockout: then that is the answer, and not a question.
fn tells_no_lockout(understood: &Understanding) -> bool {
    !understood.codes.is_empty() && !understood.codes.iter().any(CodeHit::is_lockout)
}

/// Somebody who spoke to the bot is told what their codes mean or, without any, what can be asked.
async fn answer_silence(
    parts: &Parts,
    voice: &Voice<'_>,
    message: &IncomingMessage,
    codes: &[CodeHit],
) -> Result<(), AssistantError> {
    let reply = match wording::codes(voice, codes) {
        Some(codes) => voice.reply(vec![codes, voice.paragraph("code-no-lockout", &[])]),
        None => help(parts, voice, &message.sender),
    };
    asker::answer(parts, voice, &message.asker(), reply).await
}

/// Whether a message only goes on about what was answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// It stands for itself, or chooses among what was offered.
    No,
    /// "Still not working": the same steps again would be no help.
    Answer,
}

/// Reads a message, in the light of what was lately talked about with this person here.
fn understand(parts: &Parts, catalogue: &Catalogue, message: &IncomingMessage) -> (Understanding, Follows) {
    let locale = message.locale.as_deref().map(Language::new);
    let reported = parts.languages.nearest(catalogue, locale.as_ref());
    let place = (&message.conversation, &message.sender.identity);
    let topic = parts.recent.recall(place, parts.clock.now());
    let (text, addressed) = (&message.text, message.addressed);
    let alone = catalogue.understand(text, addressed, Some(&reported));
    let Some(topic) = topic else {
        return (alone, Follows::No);
    };
    let understood = catalogue.understand_in_context(text, addressed, Some(&reported), topic.intents());
    let only_in_context = matches!(understood.decision, Decision::Answer(_)) && understood.decision != alone.decision;
    let follows = match topic {
        Topic::Answered(_) if only_in_context => Follows::Answer,
        Topic::Answered(_) | Topic::Offered(_) => Follows::No,
    };
    (understood, follows)
}

/// Whether a message needs no further answer.
enum Heard {
    Done,
    GoOn,
}

/// A message that names an account answers the question which one it is, or is an administrator's wish to see it.
async fn account_named(
    parts: &Parts,
    voice: &Voice<'_>,
    message: &IncomingMessage,
    account: &str,
    understood: &Understanding,
) -> Result<Heard, AssistantError> {
    if let Some(wish) = requests::take_question(parts, message).await? {
        let asker = message.asker();
        let wish = Wish {
            account: Some(account.to_owned()),
            ..wish
        };
        requests::ask_administrator(parts, voice.catalogue, &asker, wish).await?;
        return Ok(Heard::Done);
    }
    if message.addressed.to_the_bot() && parts.access.is_administrator(&message.sender) {
        let intent = match &understood.decision {
            Decision::Answer(intents) => intents.first(),
            Decision::Clarify(_) | Decision::Silent => None,
        };
        requests::show_account(parts, voice, &message.asker(), account, (intent, None)).await?;
        return Ok(Heard::Done);
    }
    Ok(Heard::GoOn)
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
    tell(parts, &voice, &message.asker(), voice.sentence("speak-chosen", &[])).await
}

/// Who asks, and which account they named.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Who asks.
    pub asker: Asker<'a>,
    /// The account that the message named.
    pub account: Option<&'a String>,
    /// Somebody else whom it named without an address.
    pub about: Option<&'a String>,
    /// The bounce and sign-in codes in the message.
    pub codes: &'a [CodeHit],
}

impl<'a> Said<'a> {
    /// Who, where: what a topic is remembered by.
    pub fn place(&self) -> (&'a Conversation, &'a Identity) {
        (self.asker.conversation, &self.asker.person.identity)
    }
}

/// Posts what is known about one scenario, with the way to an administrator where one is needed.
pub async fn post_answer(
    parts: &Parts,
    voice: &Voice<'_>,
    scenario: &Scenario,
    said: &Said<'_>,
) -> Result<(), AssistantError> {
    let mut reply = known(parts, voice, scenario, &said.asker);
    if let Some(codes) = wording::codes(voice, said.codes) {
        reply.blocks.insert(1, codes);
    }
    let view = offer_administrator(parts, voice, scenario, said, &mut reply).await?;
    answer_with_view(parts, voice, said, (reply, view)).await
}

/// Says what is left when the steps did not help.
async fn post_follow_up(
    parts: &Parts,
    voice: &Voice<'_>,
    scenario: &Scenario,
    said: &Said<'_>,
) -> Result<(), AssistantError> {
    let about = words(scenario, voice.language).choice.as_str();
    let mut reply = voice.sentence("follow-up", &[("about", about)]);
    let view = offer_administrator(parts, voice, scenario, said, &mut reply).await?;
    answer_with_view(parts, voice, said, (reply, view)).await
}

/// Posts an answer. Administrators who see its account's card in the place of it act on this very message: everybody must
/// see there what became of it.
async fn answer_with_view(
    parts: &Parts,
    voice: &Voice<'_>,
    said: &Said<'_>,
    (reply, view): (Reply, Option<Request>),
) -> Result<(), AssistantError> {
    let message = asker::answer_standing(parts, voice, &said.asker, reply).await?;
    if let Some(request) = view {
        requests::stands(parts, &request, &message).await;
    }
    Ok(())
}

/// Adds the way to an administrator, where one can help. The request is the one that administrators see in the place of
/// the answer, where they see another one.
async fn offer_administrator(
    parts: &Parts,
    voice: &Voice<'_>,
    scenario: &Scenario,
    said: &Said<'_>,
    reply: &mut Reply,
) -> Result<Option<Request>, AssistantError> {
    let mut view = None;
    if !scenario.actions.is_empty() {
        let wish = Wish {
            intent: scenario.id.clone(),
            account: said.account.cloned(),
            about: said.about.cloned(),
            language: voice.language.clone(),
        };
        let seen = view_for_administrators(parts, said, &wish).await?;
        (reply.for_administrators, view) = seen.unzip();
        let ticket = issue(parts, &said.asker, &Purpose::Ask(wish)).await?;
        reply.buttons.push(Button {
            shows: said.asker.told(),
            ..voice.button("ask-administrator", Look::Primary, ticket)
        });
    }
    Ok(view)
}

/// In a shared room administrators may see the account at once, where it is known whose it is and the platform can show
/// them a view of their own.
async fn view_for_administrators(
    parts: &Parts,
    said: &Said<'_>,
    wish: &Wish,
) -> Result<Option<(AdministratorsView, Request)>, AssistantError> {
    let people = parts.access.named_administrators();
    let own = said.asker.person.account.as_ref().filter(|_| said.about.is_none());
    let account = said.account.or(own);
    let (Some(account), Room::Shared, false) = (account, said.asker.conversation.room, people.is_empty()) else {
        return Ok(None);
    };
    let terms = Terms {
        conversation: said.asker.conversation,
        holder: None,
        expires: parts.clock.now() + OPEN_FOR,
    };
    let request = requests::request_of(&said.asker, wish, account);
    let ticket = tickets::issue(&parts.store, &terms, &Purpose::ShowRequest(request.clone())).await?;
    Ok(Some((AdministratorsView { ticket, people }, request)))
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
            shows: Shows::Openly,
        });
    }
    let question = if buttons.len() == 1 { "clarify-one" } else { "clarify" };
    let mut reply = voice.sentence(question, &[]);
    reply.buttons = buttons;
    // There is nothing private in it, and what follows is said openly, too. Nobody but the asker can choose.
    asker::answer(parts, voice, &said.asker, reply).await
}
