//! Approval by a second person: what one administrator has confirmed stands before the others, and runs when one of them
//! approves.
//!
//! A secret that comes of it goes to whoever approves, not to whoever proposed. An attacker on the telephone works on
//! the one who proposes; the second person has not spoken to them, and delivers the secret on a way of their own. Theirs is
//! also the click that is live when the secret comes into being, so that it waits nowhere.

use super::clicks::{Press, Subject};
use super::courier::Standing;
use super::runs::{self, Run};
use super::voice::Voice;
use super::{AssistantError, Parts, proofs, readable, wording};
use crate::access::{Decision, Denial, Pending, Second, Signs};
use crate::actions;
use crate::actions::tickets::{self, APPROVE_WITHIN, Override, Proposal, Purpose, Terms};
use crate::chat::{Block, Conversation, Look, MessageRef, Reply, Span, Text};
use crate::intents::Catalogue;
use crate::store::audit::{Detail, Entry, Event};
use crate::store::brakes::{Step, Taken};
use crate::tenant::account::Account;

/// The most proposals that are looked at after a restart.
const MOST_PROPOSALS: u32 = 100;

/// The first administrator has confirmed: it is recorded, and stands before the others.
pub async fn propose(
    press: &Press<'_>,
    subject: &Subject<'_>,
    pending: &Pending,
    (card, overrides): (&MessageRef, Option<Override>),
) -> Result<(), AssistantError> {
    let Press {
        parts, voice, click, ..
    } = press;
    let Some(desk) = parts.courier.admin_conversation(click.conversation.platform) else {
        return press.whisper(voice.sentence("no-second", &[])).await;
    };
    let proposal = Proposal {
        operation: press.ticket.id.0.clone(),
        approve: tickets::new_id(),
        reject: tickets::new_id(),
        action: subject.action,
        target: subject.target.clone(),
        request: subject.request.clone(),
        card: card.clone(),
        first: click.person.clone(),
        overrides,
        proof: pending.proof().map(|proof| proof.by().clone()),
    };
    let terms = Terms {
        conversation: &desk,
        holder: None,
        expires: parts.clock.now() + APPROVE_WITHIN,
    };
    let note = match &proposal.overrides {
        Some(Override { codes, .. }) => format!("waits for a second person, in spite of {codes}"),
        None => "waits for a second person".into(),
    };
    let entry = Entry {
        detail: Detail {
            proof: proposal.proof.as_ref().map(ToString::to_string),
            ..self::subject(&proposal).detail()
        },
        ..press.entry(Event::Proposed, subject, &proposal.operation, &note)
    };
    let step = Step {
        claim: std::slice::from_ref(&press.ticket.id),
        put: &[
            tickets::shaped(&terms, &Purpose::Approve(proposal.clone()), proposal.approve.clone())?,
            tickets::shaped(&terms, &Purpose::Reject(proposal.clone()), proposal.reject.clone())?,
        ],
        entry: &entry,
        toll: None,
        owes: None,
    };
    match parts.store.take(&step, parts.clock.now()).await? {
        Taken::Won => {}
        Taken::Lost => return press.whisper(voice.sentence("ticket-used", &[])).await,
        Taken::Frozen(freeze) => return press.refused(subject, &Denial::Frozen(freeze)).await,
        Taken::Over(over) => return press.refused(subject, &Denial::Over(over)).await,
    }
    bring(parts, voice, &desk, (&proposal, &pending.target().account)).await?;
    let waiting = voice.sentence("waiting-for-second", &[]);
    parts.courier.replace(voice, &Standing::pressed(click), waiting).await?;
    Ok(())
}

/// Posts the card of a proposal, and remembers that it stands.
async fn bring(
    parts: &Parts,
    voice: &Voice<'_>,
    desk: &Conversation,
    (proposal, account): (&Proposal, &Account),
) -> Result<(), AssistantError> {
    let card = card(parts, voice, proposal, account);
    let message = parts.courier.post(voice, desk, card).await?;
    parts.store.stands(&proposal.approve, &message).await?;
    Ok(())
}

/// Who wants what for whom, and why; and what approving means.
fn card(parts: &Parts, voice: &Voice<'_>, proposal: &Proposal, account: &Account) -> Reply {
    let (name, upn) = (account.name.as_str(), account.upn.as_str());
    let action = voice.say(&format!("action-{}", proposal.action), &[]);
    let fact = |key: &str, text: Text| (voice.say(key, &[]), text);
    let whom = Text(vec![Span::Plain(format!("{name} ")), Span::Code(upn.to_owned())]);
    let mut facts = vec![
        fact("fact-account", whom),
        fact(
            "fact-proposed-by",
            Text::plain(wording::asked_by(voice, &proposal.first)),
        ),
    ];
    if let Some(requester) = &proposal.request.requester {
        let by = wording::asked_by(voice, &requester.person);
        facts.push(fact("fact-asked-by", Text::plain(by)));
    }
    if let Some(about) = wording::about(voice, proposal.request.intent.as_ref()) {
        facts.push(fact("fact-about", Text::plain(about)));
    }
    if let Some(overrides) = &proposal.overrides {
        facts.push(fact("fact-override-reason", Text::plain(&overrides.reason)));
    }
    let arguments = [("name", name), ("account", upn), ("sender", upn)];
    let mut blocks = vec![
        voice.heading("approval-title", &[("action", &action)]),
        Block::Facts(facts),
        voice.paragraph(&format!("preview-{}", proposal.action), &arguments),
        voice.paragraph("approval-think", &[]),
    ];
    blocks.extend(proposal.proof.as_ref().map(|by| proofs::shown_by(voice, by)));
    if let Some(Override { signs, .. }) = &proposal.overrides {
        blocks.push(voice.paragraph("override-signs", &[]));
        blocks.push(Block::Bullets(signs.iter().map(Text::plain).collect()));
    }
    if actions::gives_a_secret(proposal.action) {
        blocks.push(voice.paragraph("approval-hand-over", &[("name", name)]));
    }
    blocks.extend(runs::rehearsal_note(parts, voice));
    let mut reply = voice.reply(blocks);
    reply.buttons = vec![
        voice.private_button("approve", Look::Primary, proposal.approve.clone()),
        voice.button("reject", Look::Ordinary, proposal.reject.clone()),
    ];
    reply
}

/// A second administrator approves. Both are held against the policy, now.
pub async fn approve(press: &Press<'_>, proposal: &Proposal) -> Result<(), AssistantError> {
    let Press { parts, click, .. } = press;
    let subject = subject(proposal);
    // A stranger's press asks the tenant nothing.
    if let Err(denial) = parts.access.granted(&click.person, proposal.action) {
        return press.refused(&subject, &denial).await;
    }
    // Links may have ended since: who the others are in Entra is asked again as well.
    let now = parts.clock.now();
    let first = parts
        .access
        .recognise(&parts.store, proposal.first.clone(), now)
        .await?;
    let first = parts.access.recognise_member(&parts.tenant, first).await;
    let requester = match &proposal.request.requester {
        Some(requester) => Some(
            parts
                .access
                .recognise(&parts.store, requester.person.clone(), now)
                .await?,
        ),
        None => None,
    };
    let ask = subject.ask(&first);
    let permit = match parts.access.authorise(&parts.world(), &ask).await {
        Err(denial) if denial.is_personal() => return first_may_not(press, &subject, &denial).await,
        Err(denial) => return press.refused(&subject, &denial).await,
        // What needed two people when it was proposed needs two now, whatever the settings say today.
        Ok(Decision::Permit(_)) => return press.whisper(press.voice.sentence("ticket-unknown", &[])).await,
        Ok(Decision::NeedsSecond(pending)) => {
            let second = Second {
                person: &click.person,
                requester: requester.as_ref(),
            };
            match parts.access.approve(pending, &second) {
                Ok(permit) => permit,
                Err(denial) => return press.refused(&subject, &denial).await,
            }
        }
    };
    let standing = parts.store.standing(&proposal.request.card).await?;
    let run = Run {
        press,
        subject: &subject,
        first: &first,
        second: Some(&click.person),
        operation: &proposal.operation,
        card: standing.as_ref().unwrap_or(&proposal.card),
        claim: &[
            proposal.approve.clone(),
            proposal.reject.clone(),
            proposal.request.card.clone(),
        ],
    };
    run.carry_out(permit).await
}

/// What the first person may not do any more is nothing that a second can approve.
async fn first_may_not(press: &Press<'_>, subject: &Subject<'_>, denial: &Denial) -> Result<(), AssistantError> {
    let note = format!("whoever proposed it: {}", denial.code());
    let entry = press.entry(Event::Refused, subject, &press.click.event.id, &note);
    press.parts.store.record(&entry).await?;
    press.whisper(press.voice.sentence("first-may-not", &[])).await
}

/// An administrator who may do the same says no. Whoever proposed it may take it back as well.
pub async fn reject(press: &Press<'_>, proposal: &Proposal) -> Result<(), AssistantError> {
    let Press {
        parts, voice, click, ..
    } = press;
    let subject = subject(proposal);
    if let Err(denial) = parts.access.granted(&click.person, proposal.action) {
        return press.refused(&subject, &denial).await;
    }
    let both = [proposal.approve.clone(), proposal.reject.clone()];
    let entry = Entry {
        detail: subject.detail(),
        ..press.entry(Event::Rejected, &subject, &proposal.operation, "rejected")
    };
    if parts.store.claim_and_record(&both, &entry, parts.clock.now()).await? == crate::store::Claim::Lost {
        return press.whisper(voice.sentence("ticket-used", &[])).await;
    }
    let action = voice.say(&format!("action-{}", proposal.action), &[]);
    let when = readable(parts.clock.now());
    let arguments = [
        ("first", proposal.first.name.as_str()),
        ("second", &click.person.name),
        ("account", &proposal.request.account),
        ("when", &when),
    ];
    let reply = voice.reply(vec![
        voice.heading("outcome-rejected", &[("action", &action)]),
        voice.paragraph("rejected-by", &arguments),
    ]);
    parts.courier.replace(voice, &Standing::pressed(click), reply).await?;
    Ok(())
}

/// What is to be done, to whom, for which request.
pub fn subject(proposal: &Proposal) -> Subject<'_> {
    Subject {
        action: proposal.action,
        target: &proposal.target,
        request: &proposal.request,
        signs: match proposal.overrides {
            Some(_) => Signs::Overridden,
            None => Signs::Heeded,
        },
        justification: proposal.overrides.as_ref().map(|overrides| overrides.reason.as_str()),
    }
}

/// Proposals that were taken and never posted, because the process stopped in between, are posted now.
pub async fn bring_forgotten(parts: &Parts, catalogue: &Catalogue) -> Result<(), AssistantError> {
    let now = parts.clock.now();
    for ticket in parts.store.open_tickets(Purpose::APPROVE, now, MOST_PROPOSALS).await? {
        let Ok(Purpose::Approve(proposal)) = serde_json::from_value(ticket.content) else {
            continue;
        };
        if parts.store.standing(&proposal.approve).await?.is_some() {
            continue;
        }
        let voice = Voice {
            catalogue,
            language: &proposal.request.language,
        };
        match parts.tenant.account(&proposal.target).await {
            Ok(account) => bring(parts, &voice, &ticket.conversation, (&proposal, &account)).await?,
            Err(error) => tracing::warn!(error = %error, "a proposal could not be brought before the administrators"),
        }
    }
    Ok(())
}
