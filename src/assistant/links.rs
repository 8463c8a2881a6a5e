//! Proving who one is: `/latchkey link`, its code, what is linked, and the end of it. All of it is told to whoever asks
//! alone.

use super::asker::{self, Asking};
use super::voice::Voice;
use super::{AssistantError, Parts, readable};
use crate::access::links::{self, Begun, How, LinkError, Typed, vouches};
use crate::chat::{Block, Command, Invocation, Reply, Span, Text};
use crate::store::links::StoredLink;

/// Answers one of the commands about links.
pub async fn answer(parts: &Parts, voice: &Voice<'_>, invocation: &Invocation) -> Result<(), AssistantError> {
    let reply = if vouches(invocation.person.identity.platform) {
        voice.sentence("link-not-needed", &[])
    } else {
        match &invocation.command {
            Command::LinkCode(code) => typed(parts, voice, invocation, code).await?,
            Command::Links => shown(parts, voice, invocation).await?,
            Command::Unlink => unlinked(parts, voice, invocation).await?,
            _ => begun(parts, voice, invocation).await?,
        }
    };
    asker::answer(parts, voice, &invocation.asker(), reply).await
}

async fn begun(parts: &Parts, voice: &Voice<'_>, invocation: &Invocation) -> Result<Reply, AssistantError> {
    let Some(links) = parts.access.links() else {
        return Ok(voice.sentence("link-unavailable", &[]));
    };
    match links.begin(&parts.store, &invocation.person, voice.language).await {
        Ok(Begun::Page(url)) => {
            let open = Span::Link {
                text: voice.say("link-open", &[]),
                url: url.into(),
            };
            Ok(voice.reply(vec![
                voice.paragraph("link-begin", &[]),
                Block::Paragraph(Text(vec![open])),
                Block::Note(voice.text("link-keep", &[])),
            ]))
        }
        Ok(Begun::Device { at, code, minutes }) => {
            let minutes = minutes.to_string();
            Ok(voice.reply(vec![
                voice.paragraph("link-device", &[]),
                Block::Steps(vec![
                    Text(vec![Span::Link {
                        text: at.clone(),
                        url: at,
                    }]),
                    Text(vec![Span::Code(code)]),
                    voice.text("link-device-then", &[]),
                ]),
                Block::Note(voice.text("link-device-minutes", &[("minutes", &minutes)])),
            ]))
        }
        Ok(Begun::Linked(link)) => Ok(linked(voice, &link)),
        Err(LinkError::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(error = %error, chat.platform = %invocation.event.platform, "a sign-in for a link could not begin");
            Ok(voice.sentence("link-failed", &[]))
        }
    }
}

async fn typed(parts: &Parts, voice: &Voice<'_>, invocation: &Invocation, code: &str) -> Result<Reply, AssistantError> {
    let Some(links) = parts.access.links() else {
        return Ok(voice.sentence("link-unavailable", &[]));
    };
    match links.typed(&parts.store, &invocation.person.identity, code).await {
        Ok(Typed::Linked(link)) => Ok(linked(voice, &link)),
        Ok(Typed::Wrong { left }) if left > 0 => {
            let left = left.to_string();
            Ok(voice.sentence("link-code-wrong", &[("left", &left)]))
        }
        Ok(Typed::Wrong { .. } | Typed::Nothing) => Ok(voice.sentence("link-code-nothing", &[])),
        Err(LinkError::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(error = %error, chat.platform = %invocation.event.platform, "a code for a link could not be taken");
            Ok(voice.sentence("link-failed", &[]))
        }
    }
}

async fn shown(parts: &Parts, voice: &Voice<'_>, invocation: &Invocation) -> Result<Reply, AssistantError> {
    let Some(link) = parts.store.link(&invocation.person.identity).await? else {
        return Ok(voice.sentence("link-none", &[]));
    };
    if link.expires <= parts.clock.now() {
        return Ok(voice.sentence("link-expired", &[("when", &readable(link.expires))]));
    }
    let how = match How::named(&link.how) {
        Some(How::DeviceCode) => "link-how-device-code",
        Some(How::Oidc) | None => "link-how-oidc",
    };
    let facts = vec![
        (voice.say("link-account", &[]), Text(vec![Span::Code(name_of(&link))])),
        (voice.say("link-since", &[]), Text::plain(readable(link.linked))),
        (voice.say("link-until", &[]), Text::plain(readable(link.expires))),
        (voice.say("link-how", &[]), voice.text(how, &[])),
    ];
    Ok(voice.reply(vec![Block::Facts(facts), Block::Note(voice.text("link-remove", &[]))]))
}

async fn unlinked(parts: &Parts, voice: &Voice<'_>, invocation: &Invocation) -> Result<Reply, AssistantError> {
    let person = &invocation.person.identity;
    let removed = links::unlink(&parts.store, person, parts.clock.now(), "removed by whose it is").await?;
    Ok(voice.sentence(if removed { "link-removed" } else { "link-none" }, &[]))
}

fn linked(voice: &Voice<'_>, link: &StoredLink) -> Reply {
    let until = readable(link.expires);
    let mut blocks = vec![voice.paragraph("link-done", &[("account", &name_of(link)), ("until", &until)])];
    if How::named(&link.how) == Some(How::DeviceCode) {
        blocks.push(Block::Note(
            voice.text("link-device-narrow", &[("platform", link.person.platform.title())]),
        ));
    }
    voice.reply(blocks)
}

fn name_of(link: &StoredLink) -> String {
    if link.account.is_empty() {
        link.entra.clone()
    } else {
        link.account.clone()
    }
}
