//! The bot's own page in a chat: what the person can do and, for administrators, which requests are open.

use super::asker::{Asker, issue};
use super::voice::Voice;
use super::wording::{about, asked_by};
use super::{AssistantError, Parts, answers};
use crate::actions::tickets::{Purpose, Request};
use crate::chat::{ActionId, Block, Button, Look, Reply, Shows, Span, Text};

/// The most open requests on the page, newest first.
const MOST_REQUESTS: u32 = 10;

/// The page of one person.
pub async fn home(parts: &Parts, voice: &Voice<'_>, asker: &Asker<'_>) -> Result<Reply, AssistantError> {
    let mut page = answers::help(parts, voice, asker.person);
    let actions = parts.access.actions_of(asker.person);
    if actions.is_empty() {
        return Ok(page);
    }
    let names: Vec<String> = actions
        .iter()
        .map(|action| voice.say(&format!("action-{action}"), &[]))
        .collect();
    page.blocks
        .push(voice.paragraph("home-may", &[("actions", &names.join(", "))]));
    if !actions.contains(&ActionId::LookUp) {
        return Ok(page);
    }
    let open = open_requests(parts).await?;
    if open.is_empty() {
        page.blocks.push(voice.paragraph("home-no-requests", &[]));
        return Ok(page);
    }
    page.blocks.push(voice.paragraph("home-requests", &[]));
    page.blocks.push(Block::Bullets(
        open.iter().map(|request| line(voice, request)).collect(),
    ));
    for request in open {
        let label = request.account.clone();
        let ticket = issue(parts, asker, &Purpose::ShowRequest(request)).await?;
        page.buttons.push(Button {
            label,
            look: Look::Ordinary,
            ticket,
            shows: Shows::Privately,
        });
    }
    Ok(page)
}

/// Requests that somebody made and nobody has settled.
async fn open_requests(parts: &Parts) -> Result<Vec<Request>, AssistantError> {
    let now = parts.clock.now();
    let cards = parts.store.open_tickets(Purpose::CARD, now, MOST_REQUESTS).await?;
    Ok(cards
        .into_iter()
        .filter_map(|card| match serde_json::from_value(card.content) {
            Ok(Purpose::Card { request: Some(request) }) if request.requester.is_some() => Some(request),
            _ => None,
        })
        .collect())
}

fn line(voice: &Voice<'_>, request: &Request) -> Text {
    let mut spans = vec![Span::Code(request.account.clone())];
    let told = [
        about(voice, request.intent.as_ref()),
        request
            .requester
            .as_ref()
            .map(|requester| asked_by(voice, &requester.person)),
    ];
    for words in told.into_iter().flatten() {
        spans.push(Span::Plain(format!(" · {words}")));
    }
    Text(spans)
}
