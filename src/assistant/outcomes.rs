//! What was done, told honestly: on the card, to the administrator, to the person who asked, and in the audit trail.

use super::asker::{self, Asker, Asking, Manner};
use super::courier::Standing;
use super::notices::{self, Told};
use super::voice::Voice;
use super::wording::{fault, portal_unblock, undo, unfit};
use super::{AssistantError, Parts, readable};
use crate::access::Voucher;
use crate::actions::tickets::{self, OPEN_FOR, Purpose, Request, Terms};
use crate::actions::{self, Done, Outcome, Unfit};
use crate::chat::{ActionId, Block, Click, Look, MessageRef, Reply, Secret};
use crate::intents::Catalogue;
use crate::store::audit::{Detail, Entry, Event};
use crate::tenant::account::{Account, ObjectId};

/// One action that was run, and everybody who must hear of it.
pub struct Story<'a> {
    /// What the assistant is made of.
    pub parts: &'a Parts,
    /// The language of the cards.
    pub voice: &'a Voice<'a>,
    /// The click that confirmed it.
    pub click: &'a Click,
    /// What was run.
    pub action: ActionId,
    /// On whom.
    pub account: &'a Account,
    /// For which request.
    pub request: &'a Request,
    /// The card that the outcome replaces.
    pub card: &'a MessageRef,
    /// Who did it.
    pub by: By<'a>,
    /// Ties the audit records together.
    pub operation: &'a str,
}

/// The names of those who did it.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// One administrator.
    One(&'a str),
    /// One who confirmed it and one who approved it.
    Two(&'a str, &'a str),
}

/// What became of a secret.
#[derive(Clone, Copy, PartialEq)]
enum Handover {
    /// There was none, or it was seen.
    Complete,
    /// It could not be shown, and is worthless now.
    Voided,
    /// It could not be shown, and may still work.
    Lost,
}

impl Story<'_> {
    /// Tells everybody. One who can't be reached does not keep the others from hearing.
    pub async fn tell(&self, done: Done, voucher: Voucher) -> Result<(), AssistantError> {
        let Done { outcome, secret } = done;
        let handed_over = match secret {
            Some(value) => {
                let label = self.voice.say(&format!("secret-{}", self.action), &[]);
                self.hand_over(Secret { label, value }, voucher).await
            }
            None if matches!(self.by, By::Two(..)) => self.answer_approver(&outcome).await,
            None => Ok(Handover::Complete),
        };
        let told = self.tell_owner(&outcome, &handed_over).await;
        let blocks = self.blocks(&outcome, (&handed_over, &told));
        let on_card = self.settle_card(blocks.clone()).await;
        let result = self.close_preview(blocks).await;
        let to_requester = match &handed_over {
            Ok(Handover::Complete) => self.tell_requester(self.news(&outcome)).await,
            Ok(Handover::Voided | Handover::Lost) | Err(_) => self.tell_requester("told-in-progress".into()).await,
        };
        on_card?;
        result?;
        handed_over?;
        told?;
        to_requester
    }

    /// The owner of the account is told by mail, where that is owed.
    async fn tell_owner(
        &self,
        outcome: &Outcome,
        handed_over: &Result<Handover, AssistantError>,
    ) -> Result<Option<Told>, AssistantError> {
        let ending = match (notices::Ending::of(outcome), handed_over) {
            (None, _) => return Ok(None),
            (Some(_), Ok(Handover::Voided)) => notices::Ending::Voided,
            (Some(ending), _) => ending,
        };
        Box::pin(notices::tell(self.parts, self.voice.catalogue, self.operation, ending)).await
    }

    /// The request's card becomes the outcome. Where a second person acted, the card may be a private one of the first,
    /// which can't be reached any more; the outcome stands on the proposal then.
    async fn settle_card(&self, blocks: Vec<Block>) -> Result<(), AssistantError> {
        let card = self.voice.reply(blocks);
        let on_card = Standing {
            message: self.card,
            answering: Some(&self.click.event),
        };
        match (self.parts.courier.replace(self.voice, &on_card, card).await, self.by) {
            (Ok(_), _) => Ok(()),
            (Err(error), By::Two(..)) => {
                tracing::warn!(error = %error, "the card of an approved request could not be updated");
                Ok(())
            }
            (Err(error), By::One(_)) => Err(error.into()),
        }
    }

    /// The secret goes to whoever's click ran the action, privately, once: they alone have a live way to be shown
    /// something, and they deliver it. Where that fails nobody knows who may have seen it, so it is made worthless.
    async fn hand_over(&self, secret: Secret, voucher: Voucher) -> Result<Handover, AssistantError> {
        let person = self.click.asker().recipient();
        let once = format!("once-{}", self.action);
        let reply = self.voice.sentence(&once, &[("name", &self.account.name)]);
        let Err(error) = self.parts.courier.tell_secret(self.voice, &person, reply, secret).await else {
            return Ok(Handover::Complete);
        };
        tracing::warn!(error = %error, "a secret could not be shown and is made worthless");
        let handover = match actions::void(voucher, &self.parts.tenant).await {
            Ok(()) => Handover::Voided,
            Err(error) => {
                tracing::error!(error = %error, "a secret that could not be shown could not be made worthless");
                Handover::Lost
            }
        };
        let note = if handover == Handover::Voided {
            "could not be shown: made worthless"
        } else {
            "could not be shown, and could not be made worthless"
        };
        let entry = Entry {
            at: self.parts.clock.now(),
            event: Event::Voided,
            who: self.click.person.identity.clone(),
            who_entra: self.click.person.entra.clone(),
            action: Some(self.action),
            target: Some(self.account.id.to_string()),
            operation: self.operation.to_owned(),
            note: note.to_owned(),
            detail: Detail::default(),
        };
        self.parts.store.record(&entry).await?;
        self.parts.store.need_not_cool(self.operation).await?;
        let lost = self.voice.reply(vec![self.lost(handover)]);
        self.parts.courier.tell(self.voice, &person, lost).await?;
        Ok(handover)
    }

    fn lost(&self, handover: Handover) -> Block {
        let key = if handover == Handover::Voided {
            "not-shown"
        } else {
            "not-voided"
        };
        let key = format!("{key}-{}", self.action);
        self.voice.paragraph(&key, &[("name", &self.account.name)])
    }

    /// Whoever approved has a private place open, and hears there how it ended.
    async fn answer_approver(&self, outcome: &Outcome) -> Result<Handover, AssistantError> {
        let person = self.click.asker().recipient();
        let result = self.voice.reply(self.outcome(outcome));
        self.parts.courier.tell(self.voice, &person, result).await?;
        Ok(Handover::Complete)
    }

    fn blocks(
        &self,
        outcome: &Outcome,
        (handed_over, told): (&Result<Handover, AssistantError>, &Result<Option<Told>, AssistantError>),
    ) -> Vec<Block> {
        let mut blocks = self.outcome(outcome);
        if let Ok(handover @ (Handover::Voided | Handover::Lost)) = handed_over {
            blocks.push(self.lost(*handover));
        }
        if let Ok(Some(told)) = told {
            blocks.push(told.block(self.voice));
        }
        blocks
    }

    /// The preview becomes the result, with a way to look at the account again.
    async fn close_preview(&self, blocks: Vec<Block>) -> Result<(), AssistantError> {
        let mut reply = self.voice.reply(blocks);
        let terms = Terms {
            conversation: &self.click.conversation,
            holder: None,
            expires: self.parts.clock.now() + OPEN_FOR,
        };
        let again = Purpose::LookAgain(self.request.clone());
        let ticket = tickets::issue(&self.parts.store, &terms, &again).await?;
        reply
            .buttons
            .push(self.voice.button("look-again", Look::Ordinary, ticket));
        self.parts
            .courier
            .replace(self.voice, &Standing::pressed(self.click), reply)
            .await?;
        Ok(())
    }

    async fn tell_requester(&self, key: String) -> Result<(), AssistantError> {
        let Some(requester) = &self.request.requester else {
            return Ok(());
        };
        let asker = Asker {
            person: &requester.person,
            conversation: &requester.conversation,
            manner: Manner::Later,
        };
        let action = self.voice.say(&format!("action-{}", self.action), &[]);
        let news = self
            .voice
            .sentence(&key, &[("account", &self.account.upn), ("action", &action)]);
        asker::tell(self.parts, self.voice, &asker, news).await
    }

    /// What the person who asked is told.
    fn news(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Succeeded => format!("told-{}", self.action),
            Outcome::Unconfirmed => "told-unconfirmed".into(),
            Outcome::Unfit(_) | Outcome::Failed(_) | Outcome::Rehearsed => "told-not-done".into(),
            Outcome::Partial { .. } => "told-in-progress".into(),
            Outcome::Unknown(_) => "told-unknown".into(),
        }
    }

    fn outcome(&self, outcome: &Outcome) -> Vec<Block> {
        let when = readable(self.parts.clock.now());
        let by = by_line(self.voice, self.by, self.account, &when);
        let action = self.action;
        let title = |key: &str| {
            self.voice
                .heading(key, &[("action", &self.voice.say(&format!("action-{action}"), &[]))])
        };
        let delay = || self.voice.paragraph(&format!("delay-{action}"), &[]);
        match outcome {
            Outcome::Succeeded => vec![title("outcome-done"), by, delay(), undo(self.voice, action)],
            Outcome::Unconfirmed => {
                vec![
                    title("outcome-unconfirmed"),
                    by,
                    self.voice.paragraph("unconfirmed", &[]),
                    delay(),
                ]
            }
            Outcome::Partial { done, of, why } => {
                let (done, of, why) = (done.to_string(), of.to_string(), fault(self.voice, why));
                vec![
                    title("outcome-partial"),
                    by,
                    self.voice
                        .paragraph("partial", &[("done", &done), ("of", &of), ("why", &why)]),
                ]
            }
            Outcome::Unfit(why) => {
                let mut blocks = vec![title("outcome-not-done"), by];
                blocks.extend(unfit(self.voice, why));
                blocks
            }
            Outcome::Failed(error) => {
                let why = fault(self.voice, error);
                let mut blocks = vec![
                    title("outcome-not-done"),
                    by,
                    self.voice.paragraph("failed", &[("why", &why)]),
                ];
                if action == ActionId::UnblockSender && !error.is_transient() {
                    blocks.extend(portal_unblock(self.voice));
                }
                blocks
            }
            Outcome::Rehearsed => vec![title("outcome-rehearsed"), by, self.voice.paragraph("rehearsed", &[])],
            Outcome::Unknown(_) => vec![title("outcome-unknown"), by, self.voice.paragraph("unknown", &[])],
        }
    }
}

/// Who did it, to whom, and when.
pub fn by_line(voice: &Voice<'_>, by: By<'_>, account: &Account, when: &str) -> Block {
    let mut arguments = vec![
        ("name", account.name.as_str()),
        ("account", &account.upn),
        ("when", when),
    ];
    match by {
        By::One(administrator) => {
            arguments.push(("administrator", administrator));
            voice.paragraph("by", &arguments)
        }
        By::Two(first, second) => {
            arguments.extend([("first", first), ("second", second)]);
            voice.paragraph("by-two", &arguments)
        }
    }
}

/// How the outcome is recorded: the event, and a note without names, addresses or secrets.
pub fn for_audit(outcome: &Outcome) -> (Event, String) {
    match outcome {
        Outcome::Succeeded => (Event::Succeeded, "read back".into()),
        Outcome::Unconfirmed => (Event::Unconfirmed, "taken, not read back yet".into()),
        Outcome::Unfit(Unfit::Gated(gate)) => (Event::Failed, format!("gated: {}", gate.codes())),
        Outcome::Unfit(unfit) => (Event::Failed, format!("unfit: {}", unfit.code())),
        Outcome::Partial { done, of, why } => (Event::Unconfirmed, format!("{done} of {of}, then {}", why.code())),
        Outcome::Failed(error) => (Event::Failed, error.code().into()),
        Outcome::Rehearsed => (Event::Rehearsed, "everything but the change".into()),
        Outcome::Unknown(error) => (Event::Unknown, error.code().into()),
    }
}

/// A request was closed without acting: said on the card and to whoever asked.
pub async fn closed(parts: &Parts, voice: &Voice<'_>, click: &Click, request: &Request) -> Result<(), AssistantError> {
    let when = readable(parts.clock.now());
    let by = [
        ("administrator", click.person.name.as_str()),
        ("account", &request.account),
        ("when", &when),
    ];
    let card: Reply = voice.reply(vec![
        voice.heading("outcome-closed", &[]),
        voice.paragraph("closed-by", &by),
    ]);
    let pressed = Standing::pressed(click);
    let standing = parts.store.standing(&request.card).await?;
    if let Some(message) = standing.as_ref().filter(|message| **message != click.message) {
        let elsewhere = Standing { message, ..pressed };
        parts.courier.replace(voice, &elsewhere, card.clone()).await?;
    }
    let on_card = parts.courier.replace(voice, &pressed, card).await;
    if let Some(requester) = &request.requester {
        let asker = Asker {
            person: &requester.person,
            conversation: &requester.conversation,
            manner: Manner::Later,
        };
        let told = voice.sentence("told-closed", &[("account", &request.account)]);
        asker::tell(parts, voice, &asker, told).await?;
    }
    on_card?;
    Ok(())
}

/// Actions that were started and of which nothing more is known, because the process stopped: recorded and told as
/// unknown, never repeated.
pub async fn report_unfinished(parts: &Parts, catalogue: &Catalogue) -> Result<(), AssistantError> {
    let house = parts.languages.house();
    let voice = Voice {
        catalogue,
        language: &house,
    };
    for record in parts.store.unfinished().await? {
        let started = record.entry;
        let when = readable(started.at);
        let entry = Entry {
            at: parts.clock.now(),
            event: Event::Unknown,
            note: "the process stopped before the outcome was known".into(),
            ..started.clone()
        };
        parts.store.record(&entry).await?;
        let Some(desk) = parts.courier.admin_conversation(started.who.platform) else {
            continue;
        };
        let account = match started.target.as_deref().and_then(ObjectId::parse) {
            Some(id) => parts
                .tenant
                .account(&id)
                .await
                .map_or_else(|_| id.to_string(), |account| account.upn),
            None => String::new(),
        };
        let action = started
            .action
            .map(|action| voice.say(&format!("action-{action}"), &[]))
            .unwrap_or_default();
        let arguments = [("action", action.as_str()), ("account", &account), ("when", &when)];
        parts
            .courier
            .post(&voice, &desk, voice.sentence("restarted", &arguments))
            .await?;
    }
    Ok(())
}
