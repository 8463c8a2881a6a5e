//! What an action would do, said before it is confirmed.

use super::clicks::{Press, Subject};
use super::{AssistantError, cards, notices, proofs, runs, wording};
use crate::access::Decision;
use crate::actions::tickets::{self, CONFIRM_WITHIN, Purpose, Terms};
use crate::actions::{self, Known};
use crate::chat::{ActionId, Button, Look};
use crate::diagnosis;
use crate::tenant::account::BlockedSender;

/// Says exactly what would happen, to the administrator alone, with Confirm and Cancel.
pub async fn show(press: &Press<'_>, subject: &Subject<'_>) -> Result<(), AssistantError> {
    let Some(decision) = press.decide(subject).await? else {
        return Ok(());
    };
    if press.is_settled(subject.request).await? {
        return press.whisper(press.voice.sentence("ticket-used", &[])).await;
    }
    let target = decision.target();
    let diagnosis = Box::pin(diagnosis::examine(
        &press.parts.tenant,
        target.account.clone(),
        press.parts.clock.now(),
    ))
    .await;
    if let Err(unfit) = actions::fits(subject.action, target, diagnosis.restricted.known()) {
        return press.unfit(subject, &unfit).await;
    }
    let details = match actions::prepare(subject.action, &press.parts.tenant, target).await {
        Ok(details) => details,
        Err(unfit) => return press.unfit(subject, &unfit).await,
    };
    let (name, upn) = (target.account.name.as_str(), target.account.upn.as_str());
    let sender = match diagnosis.restricted.known() {
        Known::Present(BlockedSender { sender_address, .. }) => sender_address.as_str(),
        Known::Absent | Known::Unknown => upn,
    };
    let action = subject.action;
    let arguments = [("name", name), ("account", upn), ("sender", sender)];
    let mut blocks = vec![
        press.voice.heading(&format!("action-{action}"), &[]),
        press.voice.paragraph(&format!("preview-{action}"), &arguments),
        press.voice.paragraph(&format!("delay-{action}"), &[]),
    ];
    blocks.extend(wording::details(&press.voice, &details));
    blocks.extend(cards::unblocked_before(press.parts, &press.voice, (action, subject.target)).await?);
    blocks.extend(proofs::shown(&press.voice, decision.proof()));
    blocks.extend(notices::nobody_is_told(press.parts, &press.voice, action));
    blocks.push(wording::undo(&press.voice, action));
    if matches!(decision, Decision::NeedsSecond(_)) {
        blocks.push(press.voice.paragraph("needs-second", &[]));
    }
    blocks.extend(runs::rehearsal_note(press.parts, &press.voice));
    let mut reply = press.voice.reply(blocks);
    reply.buttons = buttons(press, subject).await?;
    press.whisper(reply).await
}

async fn buttons(press: &Press<'_>, subject: &Subject<'_>) -> Result<Vec<Button>, AssistantError> {
    let terms = Terms {
        conversation: &press.click.conversation,
        holder: Some(&press.click.person.identity),
        expires: press.parts.clock.now() + CONFIRM_WITHIN,
    };
    let confirm = Purpose::Confirm {
        action: subject.action,
        target: subject.target.clone(),
        request: subject.request.clone(),
        card: press.click.message.clone(),
    };
    let cancel = Purpose::Cancel {
        language: press.voice.language.clone(),
    };
    let confirm = tickets::issue(&press.parts.store, &terms, &confirm).await?;
    let cancel = tickets::issue(&press.parts.store, &terms, &cancel).await?;
    let look = if subject.action == ActionId::BlockSignIn {
        Look::Danger
    } else {
        Look::Primary
    };
    Ok(vec![
        press.voice.button("confirm", look, confirm),
        press.voice.button("cancel", Look::Ordinary, cancel),
    ])
}
