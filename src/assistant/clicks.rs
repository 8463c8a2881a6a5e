//! Answers to clicks. A ticket is read, the person is held against the policy as it is now, and only then is the ticket
//! claimed: a stranger can't use up an administrator's button.

use super::answers::{self, Said};
use super::asker::{Asker, Asking};
use super::courier::Standing;
use super::recent::Topic;
use super::voice::Voice;
use super::wording;
use super::{AssistantError, Hearing, Parts, approvals, cards, outcomes, overrides, previews, proofs, requests, runs};
use crate::access::{Ask, Decision, Denial, Signs};
use crate::actions::Unfit;
use crate::actions::tickets::{self, Purpose, Refused, Request, Ticket, Usage, Wish};
use crate::chat::{ActionId, Click, Person, Reply, TicketId};
use crate::intents::{Catalogue, IntentId};
use crate::language::Language;
use crate::store::Claim;
use crate::store::audit::{Detail, Entry, Event};
use crate::tenant::account::ObjectId;

/// Does what the click's ticket stands for. `language` is used where the ticket itself does not tell one.
pub async fn answer(
    parts: &Parts,
    catalogue: &Catalogue,
    click: &Click,
    (language, hearing): (&Language, Hearing),
) -> Result<(), AssistantError> {
    let usage = Usage {
        conversation: &click.conversation,
        by: &click.person.identity,
        now: parts.clock.now(),
    };
    match tickets::read(&parts.store, &click.ticket, &usage).await? {
        Ok(ticket) => {
            let language = ticket.purpose.language().cloned().unwrap_or_else(|| language.clone());
            let voice = Voice {
                catalogue,
                language: &language,
            };
            Press {
                parts,
                voice,
                click,
                ticket: &ticket,
            }
            .follow()
            .await
        }
        Err(Refused {
            why,
            language: known,
            settled,
        }) => {
            let language = known.unwrap_or_else(|| language.clone());
            let voice = Voice {
                catalogue,
                language: &language,
            };
            if let (Hearing::Again, Some(purpose)) = (hearing, &settled) {
                return runs::resumed(parts, &voice, click, purpose).await;
            }
            record_refusal(parts, click, None, why.code()).await?;
            let reply = voice.sentence(&format!("ticket-{}", why.code()), &[]);
            whisper(parts, &voice, click, reply).await
        }
    }
}

/// A click with its ticket, which was found usable here, by this person, now.
pub struct Press<'a> {
    /// What the assistant is made of.
    pub parts: &'a Parts,
    /// The language of the card.
    pub voice: Voice<'a>,
    /// The click.
    pub click: &'a Click,
    /// What its button stands for.
    pub ticket: &'a Ticket,
}

/// What an action button is about.
pub struct Subject<'a> {
    /// What is to be done.
    pub action: ActionId,
    /// To whom.
    pub target: &'a ObjectId,
    /// For which request.
    pub request: &'a Request,
    /// Whether signs of an intruder keep it from being done.
    pub signs: Signs,
    /// Why they don't, where they don't.
    pub justification: Option<&'a str>,
}

impl Subject<'_> {
    /// What the policy is asked, for this person.
    pub fn ask<'a>(&'a self, person: &'a Person) -> Ask<'a> {
        Ask {
            person,
            action: self.action,
            target: self.target,
            signs: self.signs,
            request: &self.request.id,
        }
    }

    /// What is recorded beside it: for which request, about what, for whom.
    pub fn detail(&self) -> Detail {
        let requester = self.request.requester.as_ref().map(|requester| &requester.person);
        Detail {
            request: Some(self.request.id.clone()),
            reason: self.request.intent.as_ref().map(ToString::to_string),
            justification: self.justification.map(ToOwned::to_owned),
            requester: requester.map(|person| person.identity.clone()),
            requester_entra: requester.and_then(|person| person.entra.clone()),
            ..Detail::default()
        }
    }
}

impl Press<'_> {
    async fn follow(&self) -> Result<(), AssistantError> {
        match &self.ticket.purpose {
            Purpose::Choose { intent, account, .. } => self.choose(intent, account.as_ref()).await,
            Purpose::Ask(wish) => self.ask(wish.clone()).await,
            Purpose::GiveAccount(wish) => {
                let given = self
                    .click
                    .inputs
                    .get(requests::ACCOUNT_FIELD)
                    .map(|text| text.trim().to_lowercase());
                self.ask(Wish {
                    account: given,
                    ..wish.clone()
                })
                .await
            }
            Purpose::ShowSteps(request) => self.show_steps(request).await,
            Purpose::LookAgain(request) => self.look_again(request).await,
            Purpose::Preview {
                action,
                target,
                request,
            } => {
                let subject = Subject {
                    action: *action,
                    target,
                    request,
                    signs: Signs::Heeded,
                    justification: None,
                };
                Box::pin(previews::show(self, &subject)).await
            }
            Purpose::Override {
                action,
                target,
                request,
            } => Box::pin(overrides::ask_why(self, &overrides::subject(*action, target, request))).await,
            Purpose::ProposeOverride {
                action,
                target,
                request,
                card,
            } => {
                Box::pin(overrides::propose(
                    self,
                    &overrides::subject(*action, target, request),
                    card,
                ))
                .await
            }
            Purpose::Confirm {
                action,
                target,
                request,
                card,
            } => {
                let subject = Subject {
                    action: *action,
                    target,
                    request,
                    signs: Signs::Heeded,
                    justification: None,
                };
                match self.decide(&subject).await? {
                    Some(Decision::Permit(permit)) => Box::pin(runs::confirmed(self, &subject, permit, card)).await,
                    Some(Decision::NeedsSecond(pending)) => {
                        Box::pin(approvals::propose(self, &subject, &pending, (card, None))).await
                    }
                    None => Ok(()),
                }
            }
            Purpose::Proof(step) => Box::pin(proofs::follow(self, step)).await,
            Purpose::Approve(proposal) => Box::pin(approvals::approve(self, proposal)).await,
            Purpose::Reject(proposal) => approvals::reject(self, proposal).await,
            Purpose::Cancel { .. } => {
                if self.claimed(&[]).await? {
                    let reply = self.voice.sentence("cancelled", &[]);
                    self.parts
                        .courier
                        .replace(&self.voice, &Standing::pressed(self.click), reply)
                        .await?;
                }
                Ok(())
            }
            Purpose::Close(request) => self.close(request).await,
            Purpose::ShowRequest(request) => self.show_request(request).await,
            Purpose::Card { .. } => self.whisper(self.voice.sentence("ticket-unknown", &[])).await,
        }
    }

    async fn choose(&self, intent: &IntentId, account: Option<&String>) -> Result<(), AssistantError> {
        if !self.claimed(&[]).await? {
            return Ok(());
        }
        let Some(scenario) = self.voice.catalogue.scenario(intent) else {
            return self.whisper(self.voice.sentence("ticket-unknown", &[])).await;
        };
        let said = Said {
            asker: self.asker(),
            account,
            about: None,
            codes: &[],
        };
        let topic = Topic::Answered(vec![intent.clone()]);
        self.parts.recent.remember(said.place(), topic, self.parts.clock.now());
        answers::post_answer(self.parts, &self.voice, scenario, &said).await
    }

    async fn ask(&self, wish: Wish) -> Result<(), AssistantError> {
        if !self.claimed(&[]).await? {
            return Ok(());
        }
        self.take_button_away(&wish).await;
        requests::ask_administrator(self.parts, self.voice.catalogue, &self.asker(), wish).await
    }

    /// A button that was used goes, so that nobody wonders whether it worked. The request itself does not hang on it.
    async fn take_button_away(&self, wish: &Wish) {
        let without = match (&self.ticket.purpose, self.voice.catalogue.scenario(&wish.intent)) {
            (Purpose::Ask(_), Some(scenario)) => answers::known(self.parts, &self.voice, scenario, &self.asker()),
            _ => self.voice.sentence("which-account", &[]),
        };
        let pressed = Standing::pressed(self.click);
        let replaced = self.parts.courier.replace(&self.voice, &pressed, without);
        if let Err(error) = replaced.await {
            tracing::warn!(error = %error, "a used button could not be taken away");
        }
    }

    async fn show_steps(&self, request: &Request) -> Result<(), AssistantError> {
        if let Err(denial) = self.parts.access.administrator(&self.click.person) {
            return self.denied(None, &denial).await;
        }
        match cards::steps(&self.voice, request) {
            Some(steps) => self.whisper(steps).await,
            None => self.whisper(self.voice.sentence("ticket-unknown", &[])).await,
        }
    }

    /// A card that is still open is refreshed in place; one that is settled is left as a record, and a new one posted.
    async fn look_again(&self, request: &Request) -> Result<(), AssistantError> {
        if let Err(denial) = self.parts.access.granted(&self.click.person, ActionId::LookUp) {
            return self.denied(Some(ActionId::LookUp), &denial).await;
        }
        if !self.is_card_of(request).await? {
            return self.look_again_privately(request).await;
        }
        let now = self.parts.clock.now();
        let both = [self.ticket.id.clone(), request.card.clone()];
        let open = self.parts.store.claim_tickets(&both, now).await? == Claim::Won;
        if !open && !self.claimed(&[]).await? {
            return Ok(());
        }
        let fresh = Request {
            card: tickets::new_id(),
            ..request.clone()
        };
        let shown_in = &self.click.conversation;
        let card = requests::card(self.parts, &self.voice, shown_in, &fresh).await?;
        if open {
            let pressed = Standing::pressed(self.click);
            let message = self.parts.courier.replace(&self.voice, &pressed, card).await?;
            requests::stands(self.parts, &fresh, &message).await;
            Ok(())
        } else {
            requests::show_card(self.parts, &self.voice, &self.asker(), card).await
        }
    }

    /// Whether the pressed button is on the request's own card, and not on a view of it somewhere else.
    async fn is_card_of(&self, request: &Request) -> Result<bool, AssistantError> {
        let standing = self.parts.store.standing(&request.card).await?;
        Ok(standing.is_none_or(|card| card == self.click.message))
    }

    /// A view of a request that stands elsewhere is refreshed; the request stays what it is.
    async fn look_again_privately(&self, request: &Request) -> Result<(), AssistantError> {
        if !self.claimed(&[]).await? {
            return Ok(());
        }
        let card = requests::card(self.parts, &self.voice, &self.click.conversation, request).await?;
        let pressed = Standing::pressed(self.click);
        self.parts.courier.replace(&self.voice, &pressed, card).await?;
        Ok(())
    }

    /// The card of a request, for one administrator.
    async fn show_request(&self, request: &Request) -> Result<(), AssistantError> {
        if let Err(denial) = self.parts.access.granted(&self.click.person, ActionId::LookUp) {
            return self.denied(Some(ActionId::LookUp), &denial).await;
        }
        let card = self.parts.store.ticket(&request.card).await?;
        if card.is_some_and(|card| card.used.is_some()) {
            return self.whisper(self.voice.sentence("ticket-used", &[])).await;
        }
        let card = requests::card(self.parts, &self.voice, &self.click.conversation, request).await?;
        self.whisper(card).await
    }

    async fn close(&self, request: &Request) -> Result<(), AssistantError> {
        if let Err(denial) = self.parts.access.administrator(&self.click.person) {
            return self.denied(None, &denial).await;
        }
        if !self.claimed(std::slice::from_ref(&request.card)).await? {
            return Ok(());
        }
        let entry = Entry {
            operation: request.id.clone(),
            ..self.plain_entry(Event::Closed, "closed")
        };
        self.parts.store.record(&entry).await?;
        outcomes::closed(self.parts, &self.voice, self.click, request).await
    }

    /// Holds the person and the target against the policy, now. A refusal is told and recorded.
    pub(super) async fn decide(&self, subject: &Subject<'_>) -> Result<Option<Decision>, AssistantError> {
        let ask = subject.ask(&self.click.person);
        match self.parts.access.authorise(&self.parts.world(), &ask).await {
            Ok(decision) => Ok(Some(decision)),
            // Whoever comes second hears that it is settled, not that the same was done a moment ago.
            Err(Denial::Over(_)) if self.is_settled(subject.request).await? => {
                self.whisper(self.voice.sentence("ticket-used", &[])).await?;
                Ok(None)
            }
            Err(denial) => {
                self.refused(subject, &denial).await?;
                Ok(None)
            }
        }
    }

    pub(super) async fn is_settled(&self, request: &Request) -> Result<bool, AssistantError> {
        let card = self.parts.store.ticket(&request.card).await?;
        Ok(card.is_none_or(|card| card.used.is_some()))
    }

    /// Tells and records that it may not be.
    pub(super) async fn refused(&self, subject: &Subject<'_>, denial: &Denial) -> Result<(), AssistantError> {
        let entry = Entry {
            detail: subject.detail(),
            ..self.entry(Event::Refused, subject, &self.click.event.id, denial.code())
        };
        self.parts.store.record(&entry).await?;
        let reply = proofs::refusal(self, subject, denial).await?;
        self.whisper(reply).await
    }

    pub(super) async fn unfit(&self, subject: &Subject<'_>, unfit: &Unfit) -> Result<(), AssistantError> {
        let operation = subject.request.id.clone();
        let note = format!("unfit: {}", unfit.code());
        self.parts
            .store
            .record(&self.entry(Event::Refused, subject, &operation, &note))
            .await?;
        let mut reply = self.voice.reply(wording::unfit(&self.voice, unfit));
        if let Unfit::Gated(gate) = unfit {
            let what = (subject.target, subject.request, gate);
            reply.buttons = cards::remedies(self.parts, &self.voice, self.click, what).await?;
            reply.buttons.push(overrides::button(self, subject).await?);
        }
        self.whisper(reply).await
    }

    async fn denied(&self, action: Option<ActionId>, denial: &Denial) -> Result<(), AssistantError> {
        record_refusal(self.parts, self.click, action, denial.code()).await?;
        self.whisper(wording::refusal(&self.voice, denial)).await
    }

    /// Claims the click's ticket together with `others`. If somebody was first, says so.
    async fn claimed(&self, others: &[TicketId]) -> Result<bool, AssistantError> {
        let mut ids = vec![self.ticket.id.clone()];
        ids.extend_from_slice(others);
        match self.parts.store.claim_tickets(&ids, self.parts.clock.now()).await? {
            Claim::Won => Ok(true),
            Claim::Lost => {
                self.whisper(self.voice.sentence("ticket-used", &[])).await?;
                Ok(false)
            }
        }
    }

    /// Says it to whoever pressed, alone.
    pub(super) async fn whisper(&self, reply: Reply) -> Result<(), AssistantError> {
        whisper(self.parts, &self.voice, self.click, reply).await
    }

    fn asker(&self) -> Asker<'_> {
        self.click.asker()
    }

    /// A record of what this press leads to.
    pub(super) fn entry(&self, event: Event, subject: &Subject<'_>, operation: &str, note: &str) -> Entry {
        Entry {
            action: Some(subject.action),
            target: Some(subject.target.to_string()),
            operation: operation.to_owned(),
            ..self.plain_entry(event, note)
        }
    }

    fn plain_entry(&self, event: Event, note: &str) -> Entry {
        plain_entry(self.parts, self.click, event, note)
    }
}

fn plain_entry(parts: &Parts, click: &Click, event: Event, note: &str) -> Entry {
    Entry {
        at: parts.clock.now(),
        event,
        who: click.person.identity.clone(),
        who_entra: click.person.entra.clone(),
        action: None,
        target: None,
        operation: click.event.id.clone(),
        note: note.to_owned(),
        detail: Detail::default(),
    }
}

async fn record_refusal(
    parts: &Parts,
    click: &Click,
    action: Option<ActionId>,
    note: &str,
) -> Result<(), AssistantError> {
    let entry = Entry {
        action,
        ..plain_entry(parts, click, Event::Refused, note)
    };
    parts.store.record(&entry).await?;
    Ok(())
}

async fn whisper(parts: &Parts, voice: &Voice<'_>, click: &Click, reply: Reply) -> Result<(), AssistantError> {
    parts.courier.tell(voice, &click.asker().recipient(), reply).await?;
    Ok(())
}
