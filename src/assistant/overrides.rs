//! Letting somebody send or sign in again in spite of signs of an intruder: one administrator says why, and a second one
//! answers for it too.

use super::AssistantError;
use super::approvals;
use super::clicks::{Press, Subject};
use super::wording;
use crate::access::{Decision, Signs};
use crate::actions::gate;
use crate::actions::tickets::{self, CONFIRM_WITHIN, Override, Purpose, Request, Terms};
use crate::chat::{ActionId, Block, Button, Field, Look, MessageRef};
use crate::tenant::account::ObjectId;

/// The field of the reason, in a click's inputs.
pub const REASON_FIELD: &str = "reason";

/// A reason is a sentence, not a full stop.
const SHORTEST_REASON: usize = 10;
/// As much as a card shows whole.
const LONGEST_REASON: usize = 300;

/// An action whose gate is to be overridden.
pub fn subject<'a>(action: ActionId, target: &'a ObjectId, request: &'a Request) -> Subject<'a> {
    Subject {
        action,
        target,
        request,
        signs: Signs::Overridden,
        justification: None,
    }
}

/// Beside a refusal: the way on for somebody who knows more than the bot.
pub async fn button(press: &Press<'_>, subject: &Subject<'_>) -> Result<Button, AssistantError> {
    let purpose = Purpose::Override {
        action: subject.action,
        target: subject.target.clone(),
        request: subject.request.clone(),
    };
    let ticket = tickets::issue(&press.parts.store, &terms(press), &purpose).await?;
    Ok(press.voice.private_button("override", Look::Danger, ticket))
}

/// Asks for the reason, beside what was found.
pub async fn ask_why(press: &Press<'_>, subject: &Subject<'_>) -> Result<(), AssistantError> {
    let voice = &press.voice;
    let Some(decision) = press.decide(subject).await? else {
        return Ok(());
    };
    let Err(gate) = gate::check(subject.action, &press.parts.tenant, decision.target()).await else {
        return press.whisper(voice.sentence("override-open", &[])).await;
    };
    let purpose = Purpose::ProposeOverride {
        action: subject.action,
        target: subject.target.clone(),
        request: subject.request.clone(),
        card: press.click.message.clone(),
    };
    let ticket = tickets::issue(&press.parts.store, &terms(press), &purpose).await?;
    let action = voice.say(&format!("action-{}", subject.action), &[]);
    let mut reply = voice.reply(vec![
        voice.heading("override-title", &[("action", &action)]),
        voice.paragraph("override-signs", &[]),
        Block::Bullets(wording::signs(voice, &gate)),
        voice.paragraph("override-why", &[]),
    ]);
    reply.field = Some(Field {
        name: REASON_FIELD.into(),
        label: voice.say("override-field", &[]),
        hint: voice.say("override-hint", &[]),
    });
    reply.buttons = vec![voice.private_button("override-propose", Look::Danger, ticket)];
    press.whisper(reply).await
}

/// Brings it before the other administrators.
pub async fn propose(press: &Press<'_>, subject: &Subject<'_>, card: &MessageRef) -> Result<(), AssistantError> {
    let voice = &press.voice;
    let given = press.click.inputs.get(REASON_FIELD).map_or("", String::as_str);
    let reason = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(SHORTEST_REASON..=LONGEST_REASON).contains(&reason.chars().count()) {
        let least = SHORTEST_REASON.to_string();
        let most = LONGEST_REASON.to_string();
        let sentence = voice.sentence("override-reason-length", &[("least", &least), ("most", &most)]);
        return press.whisper(sentence).await;
    }
    let Some(decision) = press.decide(subject).await? else {
        return Ok(());
    };
    if press.is_settled(subject.request).await? {
        return press.whisper(voice.sentence("ticket-used", &[])).await;
    }
    let Err(gate) = gate::check(subject.action, &press.parts.tenant, decision.target()).await else {
        return press.whisper(voice.sentence("override-open", &[])).await;
    };
    let overrides = Override {
        signs: wording::signs(voice, &gate)
            .iter()
            .map(crate::chat::Text::words)
            .collect(),
        codes: gate.codes(),
        reason,
    };
    match decision {
        Decision::NeedsSecond(pending) => approvals::propose(press, subject, &pending, (card, Some(overrides))).await,
        // The policy never answers so where signs are overridden.
        Decision::Permit(_) => press.whisper(voice.sentence("ticket-unknown", &[])).await,
    }
}

fn terms<'a>(press: &'a Press<'_>) -> Terms<'a> {
    Terms {
        conversation: &press.click.conversation,
        holder: Some(&press.click.person.identity),
        expires: press.parts.clock.now() + CONFIRM_WITHIN,
    }
}
