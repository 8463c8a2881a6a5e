//! Running an action: begun once and recorded before anything changes, read back, recorded again, told to all whom it
//! concerns. After a restart, what is known of it is told, and nothing is repeated.

use super::clicks::{Press, Subject};
use super::courier::Standing;
use super::notices;
use super::outcomes::{self, By};
use super::voice::Voice;
use super::{AssistantError, Parts, approvals, asker, readable};
use crate::access::{Denial, Permit, Signs};
use crate::actions::tickets::{Purpose, Request};
use crate::actions::{self, Outcome};
use crate::chat::{ActionId, Block, Click, MessageRef, Person, TicketId};
use crate::settings::Rehearsal;
use crate::store::audit::{Entry, Event, Record};
use crate::store::brakes::{Step, Taken};
use crate::tenant::account::{Account, ObjectId, SignIn};
use asker::{Asker, Asking, Manner};

/// What is about to be run.
pub struct Run<'a> {
    /// The press that has it run, now.
    pub press: &'a Press<'a>,
    /// What, to whom, for which request.
    pub subject: &'a Subject<'a>,
    /// Who confirmed it.
    pub first: &'a Person,
    /// Who approved it, where that takes somebody.
    pub second: Option<&'a Person>,
    /// Ties the audit records together.
    pub operation: &'a str,
    /// The card that the outcome replaces.
    pub card: &'a MessageRef,
    /// What is used up with it: the buttons that led here and the request's card.
    pub claim: &'a [TicketId],
}

/// One administrator is enough, and has confirmed.
pub async fn confirmed(
    press: &Press<'_>,
    subject: &Subject<'_>,
    permit: Permit,
    card: &MessageRef,
) -> Result<(), AssistantError> {
    let standing = press.parts.store.standing(&subject.request.card).await?;
    let run = Run {
        press,
        subject,
        first: &press.click.person,
        second: None,
        operation: &press.ticket.id.0,
        card: standing.as_ref().unwrap_or(card),
        claim: &[press.ticket.id.clone(), subject.request.card.clone()],
    };
    run.carry_out(permit).await
}

impl Run<'_> {
    /// Runs it, unless somebody was first, the kill switch is on, or a limit is reached.
    pub async fn carry_out(&self, permit: Permit) -> Result<(), AssistantError> {
        let Press {
            parts, voice, click, ..
        } = self.press;
        let (account, voucher) = (permit.target().account.clone(), permit.voucher());
        let mut started = self.entry(Event::Started, "confirmed", Some(&account));
        started.detail.proof = permit.proof().map(|proof| proof.by().to_string());
        let ask = self.subject.ask(self.first);
        let owed = notices::owed(
            parts,
            (self.subject.action, self.subject.target),
            (self.first, self.second),
        );
        let step = Step {
            claim: self.claim,
            put: &[],
            entry: &started,
            toll: Some(&parts.access.toll(&ask)),
            owes: owed.as_ref(),
        };
        match parts.store.take(&step, parts.clock.now()).await? {
            Taken::Won => {}
            Taken::Lost => return self.press.whisper(voice.sentence("ticket-used", &[])).await,
            Taken::Frozen(freeze) => return self.press.refused(self.subject, &Denial::Frozen(freeze)).await,
            Taken::Over(over) => return self.press.refused(self.subject, &Denial::Over(over)).await,
        }
        let working = voice.sentence("working", &[]);
        if let Err(error) = parts.courier.replace(voice, &Standing::pressed(click), working).await {
            tracing::warn!(error = %error, "the preview could not be replaced");
        }
        let done = Box::pin(actions::run(permit, &parts.tenant, &parts.read_back)).await;
        let recorded = self.record(&done.outcome).await;
        let story = outcomes::Story {
            parts,
            voice,
            click,
            action: self.subject.action,
            account: &account,
            request: self.subject.request,
            card: self.card,
            by: match self.second {
                None => By::One(&self.first.name),
                Some(second) => By::Two(&self.first.name, &second.name),
            },
            operation: self.operation,
        };
        story.tell(done, voucher).await?;
        recorded
    }

    /// Records how it ended, with the state of the account after it where that can be read.
    async fn record(&self, outcome: &Outcome) -> Result<(), AssistantError> {
        let parts = self.press.parts;
        let (event, note) = outcomes::for_audit(outcome);
        let changed = matches!(outcome, Outcome::Succeeded | Outcome::Unconfirmed | Outcome::Unknown(_));
        let after = if changed {
            parts.tenant.account(self.subject.target).await.ok()
        } else {
            None
        };
        let mut entry = self.entry(event, &note, None);
        entry.detail.after = after.as_ref().map(state);
        parts.store.record(&entry).await?;
        if !changed {
            parts.store.need_not_cool(&entry.operation).await?;
        }
        if notices::Ending::of(outcome).is_none() {
            parts.store.drop_notice(&entry.operation).await?;
        }
        Ok(())
    }

    /// The first person is who did it; the second stands beside them.
    fn entry(&self, event: Event, note: &str, before: Option<&Account>) -> Entry {
        let press = self.press;
        let mut detail = self.subject.detail();
        detail.before = before.map(state);
        detail.approver = self.second.map(|second| second.identity.clone());
        detail.approver_entra = self.second.and_then(|second| second.entra.clone());
        Entry {
            who: self.first.identity.clone(),
            who_entra: self.first.entra.clone(),
            detail,
            ..press.entry(event, self.subject, self.operation, note)
        }
    }
}

/// The state of an account that actions change: moments and switches, nothing else.
fn state(account: &Account) -> serde_json::Value {
    let moment = |at: Option<time::OffsetDateTime>| at.map(|at| at.unix_timestamp());
    serde_json::json!({
        "sign_in_allowed": account.sign_in == SignIn::Allowed,
        "password_changed": moment(account.password_changed),
        "sessions_valid_from": moment(account.sessions_valid_from),
    })
}

/// What every card of an action says while nothing is really changed.
pub fn rehearsal_note(parts: &Parts, voice: &Voice<'_>) -> Option<Block> {
    (parts.access.rehearsal() == Rehearsal::On).then(|| Block::Note(voice.text("rehearsal-note", &[])))
}

/// A click that a stopped process had taken, whose button was used up by then: what became of it is said to whoever
/// pressed it, on the card, and to whoever asked.
pub async fn resumed(parts: &Parts, voice: &Voice<'_>, click: &Click, purpose: &Purpose) -> Result<(), AssistantError> {
    let (subject, card, operation) = match purpose {
        Purpose::Confirm {
            action,
            target,
            request,
            card,
        }
        | Purpose::ProposeOverride {
            action,
            target,
            request,
            card,
        } => {
            let action = *action;
            let subject = Subject {
                action,
                target,
                request,
                signs: Signs::Heeded,
                justification: None,
            };
            (subject, card, &click.ticket.0)
        }
        Purpose::Approve(proposal) => (approvals::subject(proposal), &proposal.card, &proposal.operation),
        _ => return tell(parts, voice, click, vec![voice.paragraph("ticket-used", &[])]).await,
    };
    let records = parts.store.operation(operation).await?;
    // What the owner of the account was told is no end of the action.
    let of_the_action = |record: &&Record| !matches!(record.entry.event, Event::Notified | Event::NotNotified);
    let Some(last) = records.iter().rfind(of_the_action) else {
        return tell(parts, voice, click, vec![voice.paragraph("ticket-used", &[])]).await;
    };
    let resumed = Resumed {
        parts,
        voice,
        request: subject.request,
        action: subject.action,
        last,
    };
    let blocks = resumed.blocks(subject.target).await;
    tell(parts, voice, click, blocks.clone()).await?;
    if last.entry.event == Event::Proposed {
        return Ok(());
    }
    let standing = parts.store.standing(&subject.request.card).await?;
    let message = standing.as_ref().unwrap_or(card);
    let card = Standing {
        message,
        answering: None,
    };
    if let Err(error) = parts.courier.replace(voice, &card, voice.reply(blocks)).await {
        tracing::warn!(error = %error, "a card could not be updated after a restart");
    }
    resumed.tell_requester().await
}

async fn tell(parts: &Parts, voice: &Voice<'_>, click: &Click, blocks: Vec<Block>) -> Result<(), AssistantError> {
    parts
        .courier
        .tell(voice, &click.asker().recipient(), voice.reply(blocks))
        .await?;
    Ok(())
}

/// Something that was under way when the process stopped, as far as the audit trail knows.
struct Resumed<'a> {
    parts: &'a Parts,
    voice: &'a Voice<'a>,
    request: &'a Request,
    action: ActionId,
    last: &'a Record,
}

impl Resumed<'_> {
    async fn blocks(&self, target: &ObjectId) -> Vec<Block> {
        let voice = self.voice;
        let upn = self.parts.tenant.account(target).await.map(|account| account.upn);
        let account = upn.unwrap_or_else(|_| self.request.account.clone());
        let when = readable(self.last.entry.at);
        let event = self.last.entry.event.name();
        let action = voice.say(&format!("action-{}", self.action), &[]);
        let arguments = [("action", action.as_str()), ("account", &account), ("when", &when)];
        let mut blocks = vec![voice.paragraph(&format!("resumed-{event}"), &arguments)];
        let done = matches!(self.last.entry.event, Event::Succeeded | Event::Unconfirmed);
        if done && actions::gives_a_secret(self.action) {
            blocks.push(voice.paragraph("resumed-secret", &[]));
        }
        blocks
    }

    async fn tell_requester(&self) -> Result<(), AssistantError> {
        let Some(requester) = &self.request.requester else {
            return Ok(());
        };
        let asker = Asker {
            person: &requester.person,
            conversation: &requester.conversation,
            manner: Manner::Later,
        };
        let key = match self.last.entry.event {
            Event::Succeeded if !actions::gives_a_secret(self.action) => format!("told-{}", self.action),
            Event::Failed | Event::Rehearsed => "told-not-done".into(),
            Event::Unknown => "told-unknown".into(),
            _ => "told-in-progress".into(),
        };
        let news = self.voice.sentence(&key, &[("account", &self.request.account)]);
        asker::tell(self.parts, self.voice, &asker, news).await
    }
}
