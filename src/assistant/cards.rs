//! The card that administrators see: the account's state, what was found, and the actions that fit.

use super::voice::Voice;
use super::wording::{self, words};
use super::{AssistantError, Parts, brakes, readable, runs};
use crate::actions::tickets::{self, Given, OPEN_FOR, Purpose, Request, Terms};
use crate::actions::{self, gate::Gate};
use crate::chat::{ActionId, Block, Button, Click, Conversation, Look, Reply, Span, Text, TicketId};
use crate::diagnosis::{self, Diagnosis, Finding, Probe};
use crate::tenant::FindError;
use crate::tenant::account::{Account, ObjectId, SignIn};

/// The most actions on a card: Teams shows six buttons at once, and three are for the card itself.
const MOST_ACTIONS: usize = 3;

/// The card of an account, looked into now. Its buttons work in `shown_in`.
pub async fn account(
    parts: &Parts,
    voice: &Voice<'_>,
    shown_in: &Conversation,
    request: &Request,
    account: Account,
) -> Result<Reply, AssistantError> {
    let diagnosis = Box::pin(diagnosis::examine(&parts.tenant, account, parts.clock.now())).await;
    let mut blocks = vec![
        heading(voice, request),
        Block::Facts(facts(voice, request, &diagnosis.account)),
    ];
    blocks.extend(state(voice, &diagnosis));
    if portal_only(&diagnosis) {
        blocks.extend(wording::portal_unblock(voice));
    }
    blocks.extend(brakes::note(parts, voice).await?);
    blocks.extend(runs::rehearsal_note(parts, voice));
    let mut reply = voice.reply(blocks);
    let desk = Desk {
        parts,
        shown_in,
        request,
    };
    for (index, action) in offered(&diagnosis, voice, request).into_iter().enumerate() {
        let look = match action {
            ActionId::BlockSignIn => Look::Danger,
            _ if index == 0 => Look::Primary,
            _ => Look::Ordinary,
        };
        let target = diagnosis.account.id.clone();
        let ticket = desk
            .issue(&Purpose::Preview {
                action,
                target,
                request: request.clone(),
            })
            .await?;
        reply
            .buttons
            .push(voice.private_button(&format!("action-{action}"), look, ticket));
    }
    reply.buttons.extend(desk.own_buttons(voice).await?);
    Ok(reply)
}

/// The card of a request whose address leads to no account.
pub async fn no_account(
    parts: &Parts,
    voice: &Voice<'_>,
    shown_in: &Conversation,
    request: &Request,
    error: &FindError,
) -> Result<Reply, AssistantError> {
    let mut blocks = vec![heading(voice, request)];
    let facts = request_facts(voice, request);
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    blocks.push(Block::Paragraph(Text::plain(wording::not_found(
        voice,
        error,
        &request.account,
    ))));
    let mut reply = voice.reply(blocks);
    reply.buttons = Desk {
        parts,
        shown_in,
        request,
    }
    .own_buttons(voice)
    .await?;
    Ok(reply)
}

/// A card's ties: where it is shown and which request it is of.
struct Desk<'a> {
    parts: &'a Parts,
    shown_in: &'a Conversation,
    request: &'a Request,
}

impl Desk<'_> {
    async fn issue(&self, purpose: &Purpose) -> Result<TicketId, AssistantError> {
        Ok(tickets::issue(&self.parts.store, &self.terms(), purpose).await?)
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            conversation: self.shown_in,
            holder: None,
            expires: self.parts.clock.now() + OPEN_FOR,
        }
    }

    /// Look again, the steps, close: and the ticket whose claim settles the card.
    async fn own_buttons(&self, voice: &Voice<'_>) -> Result<Vec<Button>, AssistantError> {
        // The same request may be shown in several places; one ticket settles it in all of them.
        if self.parts.store.ticket(&self.request.card).await?.is_none() {
            let card = Purpose::Card {
                request: Some(self.request.clone()),
            };
            tickets::issue_as(&self.parts.store, &self.terms(), &card, self.request.card.clone()).await?;
        }
        let again = self.issue(&Purpose::LookAgain(self.request.clone())).await?;
        let mut buttons = vec![voice.button("look-again", Look::Ordinary, again)];
        if self.request.intent.is_some() {
            let steps = self.issue(&Purpose::ShowSteps(self.request.clone())).await?;
            buttons.push(voice.private_button("show-steps", Look::Ordinary, steps));
        }
        if self.request.requester.is_some() {
            let close = self.issue(&Purpose::Close(self.request.clone())).await?;
            buttons.push(voice.button("close-request", Look::Ordinary, close));
        }
        Ok(buttons)
    }
}

fn heading(voice: &Voice<'_>, request: &Request) -> Block {
    match wording::about(voice, request.intent.as_ref()) {
        Some(about) if request.requester.is_some() => voice.heading("card-request", &[("about", &about)]),
        _ => voice.heading("card-account", &[]),
    }
}

fn request_facts(voice: &Voice<'_>, request: &Request) -> Vec<(String, Text)> {
    let by = request
        .requester
        .as_ref()
        .map(|requester| wording::asked_by(voice, &requester.person));
    let mut facts: Vec<_> = by
        .map(|by| (voice.say("fact-asked-by", &[]), Text::plain(by)))
        .into_iter()
        .collect();
    if request.given == Given::Suggested {
        facts.push((voice.say("fact-address", &[]), voice.text("address-suggested", &[])));
    }
    facts
}

fn facts(voice: &Voice<'_>, request: &Request, account: &Account) -> Vec<(String, Text)> {
    let mut facts = vec![(
        voice.say("fact-account", &[]),
        Text(vec![
            Span::Plain(format!("{} ", account.name)),
            Span::Code(account.upn.clone()),
        ]),
    )];
    facts.extend(request_facts(voice, request));
    let sign_in = match account.sign_in {
        SignIn::Allowed => "sign-in-allowed",
        SignIn::Blocked => "sign-in-blocked",
    };
    facts.push((voice.say("fact-sign-in", &[]), voice.text(sign_in, &[])));
    if let Some(changed) = account.password_changed {
        facts.push((voice.say("fact-password-changed", &[]), Text::plain(readable(changed))));
    }
    facts
}

fn state(voice: &Voice<'_>, diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = Vec::new();
    if diagnosis.findings.is_empty() {
        blocks.push(voice.paragraph("nothing-found", &[]));
    } else {
        let found = diagnosis
            .findings
            .iter()
            .map(|found| Text::plain(wording::finding(voice, found)))
            .collect();
        blocks.push(Block::Bullets(found));
    }
    if !diagnosis.clear.is_empty() {
        let names = probes(voice, diagnosis.clear.iter());
        blocks.push(Block::Note(voice.text("looked-fine", &[("probes", &names)])));
    }
    for (probe, why) in &diagnosis.unavailable {
        let why = wording::fault(voice, why);
        let name = probes(voice, [probe].into_iter());
        blocks.push(Block::Note(
            voice.text("not-looked", &[("probe", &name), ("why", &why)]),
        ));
    }
    blocks
}

/// What secures an account before it is let go again, each with its own preview, for whoever pressed.
pub async fn remedies(
    parts: &Parts,
    voice: &Voice<'_>,
    click: &Click,
    (target, request, gate): (&ObjectId, &Request, &Gate),
) -> Result<Vec<Button>, AssistantError> {
    let terms = Terms {
        conversation: &click.conversation,
        holder: Some(&click.person.identity),
        expires: parts.clock.now() + OPEN_FOR,
    };
    let mut buttons = Vec::new();
    for action in gate.secured_by() {
        let preview = Purpose::Preview {
            action,
            target: target.clone(),
            request: request.clone(),
        };
        let ticket = tickets::issue(&parts.store, &terms, &preview).await?;
        buttons.push(voice.private_button(&format!("action-{action}"), Look::Ordinary, ticket));
    }
    Ok(buttons)
}

/// Whether restricted entities can be had in the portal alone: the gateway is not set up, or refuses us.
fn portal_only(diagnosis: &Diagnosis) -> bool {
    let restricted = diagnosis
        .unavailable
        .iter()
        .find(|(probe, _)| *probe == Probe::Restricted);
    restricted.is_some_and(|(_, why)| !why.is_transient())
}

/// Microsoft limits how often an account can be unblocked, and does not say how often. Whoever unblocks it again is told.
pub async fn unblocked_before(
    parts: &Parts,
    voice: &Voice<'_>,
    (action, target): (ActionId, &ObjectId),
) -> Result<Option<Block>, AssistantError> {
    if action != ActionId::UnblockSender {
        return Ok(None);
    }
    let times = parts.store.times_done(action, target.as_str()).await?;
    Ok((times > 0).then(|| voice.paragraph("warn-unblocked-before", &[("times", &times.to_string())])))
}

fn probes<'a>(voice: &Voice<'_>, probes: impl Iterator<Item = &'a Probe>) -> String {
    let names: Vec<String> = probes
        .map(|probe| voice.say(&format!("probe-{}", probe.code()), &[]))
        .collect();
    names.join(", ")
}

/// The actions on the card: what the findings call for, then what the scenario offers, as far as they fit.
fn offered(diagnosis: &Diagnosis, voice: &Voice<'_>, request: &Request) -> Vec<ActionId> {
    if diagnosis
        .findings
        .iter()
        .any(|finding| matches!(finding, Finding::Privileged { .. }))
    {
        return Vec::new();
    }
    let scenario = request
        .intent
        .as_ref()
        .and_then(|intent| voice.catalogue.scenario(intent));
    let of_scenario = scenario
        .map(|scenario| scenario.actions.clone())
        .unwrap_or_else(|| ActionId::ALL.to_vec());
    let target = diagnosis.target();
    let mut offered: Vec<ActionId> = Vec::new();
    let wanted = request.wanted.into_iter();
    for action in wanted.chain(diagnosis.called_for()).chain(of_scenario) {
        let fits = actions::fits(action, &target, diagnosis.restricted.known()).is_ok();
        let elsewhere = action == ActionId::UnblockSender && portal_only(diagnosis);
        if action != ActionId::LookUp && fits && !elsewhere && !offered.contains(&action) {
            offered.push(action);
        }
    }
    offered.truncate(MOST_ACTIONS);
    offered
}

/// The steps for an administrator, with the pages that they rest on.
pub fn steps(voice: &Voice<'_>, request: &Request) -> Option<Reply> {
    let scenario = voice.catalogue.scenario(request.intent.as_ref()?)?;
    let words = words(scenario, voice.language);
    let mut blocks = vec![Block::Heading(Text::plain(&words.title))];
    blocks.extend(words.administrator.iter().cloned());
    blocks.extend(wording::sources(voice, scenario));
    Some(voice.reply(blocks))
}
