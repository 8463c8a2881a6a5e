//! Requests: asking which account, bringing it before the administrators, and showing one to an administrator who came
//! by themselves.

use serde_json::json;

use super::asker::{self, Asker, issue, tell};
use super::voice::Voice;
use super::wording::refusal;
use super::{AssistantError, Parts, cards};
use crate::access::Denial;
use crate::actions::tickets::{Given, Purpose, Request, Requester, Wish, new_id};
use crate::chat::{ActionId, Button, Conversation, Field, IncomingMessage, Look, MessageRef, Reply};
use crate::intents::{Catalogue, IntentId};
use crate::store::audit::{Detail, Entry, Event};

/// The field in which a person gives the account.
pub const ACCOUNT_FIELD: &str = "account";
/// The longest address there is (RFC 5321: 64 + 1 + 255).
const LONGEST_ADDRESS: usize = 320;

/// Takes the question that this person was asked in this conversation, if one is open.
pub async fn take_question(parts: &Parts, message: &IncomingMessage) -> Result<Option<Wish>, AssistantError> {
    let question = parts
        .store
        .take_question(&message.conversation, &message.sender.identity, parts.clock.now())
        .await?;
    Ok(question.and_then(|value| serde_json::from_value(value).ok()))
}

/// Asks which account is meant: by a field, or by just typing the address.
pub async fn ask_for_account(
    parts: &Parts,
    voice: &Voice<'_>,
    asker: &Asker<'_>,
    wish: Wish,
) -> Result<(), AssistantError> {
    let expires = parts.clock.now() + crate::actions::tickets::OPEN_FOR;
    parts
        .store
        .ask(asker.conversation, &asker.person.identity, &json!(wish), expires)
        .await?;
    let mut reply = match &wish.about {
        Some(name) => voice.sentence("which-account-of", &[("name", name)]),
        None => voice.sentence("which-account", &[]),
    };
    let ticket = issue(parts, asker, &Purpose::GiveAccount(wish)).await?;
    reply.field = Some(Field {
        name: ACCOUNT_FIELD.into(),
        label: voice.say("account-field", &[]),
        hint: "maria@contoso.com".into(),
    });
    reply.buttons.push(Button {
        shows: asker.told(),
        ..voice.button("send-request", Look::Primary, ticket)
    });
    tell(parts, voice, asker, reply).await
}

/// Brings a wish before the administrators, once the account is known.
pub async fn ask_administrator(
    parts: &Parts,
    catalogue: &Catalogue,
    asker: &Asker<'_>,
    wish: Wish,
) -> Result<(), AssistantError> {
    let voice = Voice {
        catalogue,
        language: &wish.language,
    };
    // Whoever asks for somebody else does not ask about their own account.
    let own = |address: &Option<String>| address.clone().filter(|_| wish.about.is_none());
    let known = wish.account.clone().or_else(|| own(&asker.person.account));
    let (account, given) = match (known, own(&asker.person.suggestion)) {
        (Some(account), _) => (Some(account), Given::Named),
        (None, suggestion) => (suggestion, Given::Suggested),
    };
    let Some(account) = account else {
        return ask_for_account(parts, &voice, asker, wish.clone()).await;
    };
    if !plausible(&account) {
        tell(parts, &voice, asker, voice.sentence("not-an-address", &[])).await?;
        return ask_for_account(
            parts,
            &voice,
            asker,
            Wish {
                account: None,
                ..wish.clone()
            },
        )
        .await;
    }
    let Some(desk) = parts.courier.admin_conversation(asker.conversation.platform) else {
        return tell(parts, &voice, asker, voice.sentence("no-administrators", &[])).await;
    };
    let request = Request {
        given,
        ..request_of(asker, &wish, &account)
    };
    if bring(parts, &voice, &desk, &request).await? == Brought::No {
        return tell(parts, &voice, asker, voice.sentence("request-not-sent", &[])).await;
    }
    // The same words whether or not the account exists: a stranger must not learn which addresses do.
    let sent = voice.sentence("request-sent", &[("account", &account)]);
    tell(parts, &voice, asker, sent).await
}

/// Whether a request stands before the administrators.
#[derive(PartialEq)]
enum Brought {
    Yes,
    No,
}

/// A new request of this person.
pub fn request_of(asker: &Asker<'_>, wish: &Wish, account: &str) -> Request {
    Request {
        id: new_id().0,
        intent: Some(wish.intent.clone()),
        wanted: None,
        account: account.to_owned(),
        given: Given::Named,
        requester: Some(Requester {
            person: asker.person.clone(),
            conversation: asker.conversation.clone(),
        }),
        language: wish.language.clone(),
        card: new_id(),
    }
}

/// Looks into the account, records the request, and posts its card to the administrators.
async fn bring(
    parts: &Parts,
    voice: &Voice<'_>,
    desk: &Conversation,
    request: &Request,
) -> Result<Brought, AssistantError> {
    let (card, target) = match parts.tenant.find_account(&request.account).await {
        Ok(found) => {
            let id = found.id.to_string();
            (cards::account(parts, voice, desk, request, found).await?, Some(id))
        }
        Err(error) => (cards::no_account(parts, voice, desk, request, &error).await?, None),
    };
    if let Some(requester) = &request.requester {
        let requested = Entry {
            at: parts.clock.now(),
            event: Event::Requested,
            who: requester.person.identity.clone(),
            who_entra: requester.person.entra.clone(),
            action: None,
            target,
            operation: request.id.clone(),
            note: request.intent.as_ref().map(ToString::to_string).unwrap_or_default(),
            detail: Detail::default(),
        };
        parts.store.record(&requested).await?;
    }
    match parts.courier.post(voice, desk, card).await {
        Ok(message) => {
            stands(parts, request, &message).await;
            Ok(Brought::Yes)
        }
        Err(error) => {
            tracing::error!(error = %error, chat.platform = %desk.platform, "a request could not be brought before the administrators");
            Ok(Brought::No)
        }
    }
}

/// Shows an administrator the account that they named, with what can be done.
pub async fn show_account(
    parts: &Parts,
    voice: &Voice<'_>,
    asker: &Asker<'_>,
    account: &str,
    (intent, wanted): (Option<&IntentId>, Option<ActionId>),
) -> Result<(), AssistantError> {
    if let Err(denial) = parts.access.granted(asker.person, ActionId::LookUp) {
        return refuse(parts, voice, asker, &denial).await;
    }
    let request = Request {
        id: new_id().0,
        intent: intent.cloned(),
        wanted,
        account: account.to_owned(),
        given: Given::Named,
        requester: None,
        language: voice.language.clone(),
        card: new_id(),
    };
    let card = card(parts, voice, asker.conversation, &request).await?;
    show_card(parts, voice, asker, card).await
}

/// Remembers where a card stands. Without that it can't be updated from elsewhere; everything else still holds.
pub async fn stands(parts: &Parts, request: &Request, message: &MessageRef) {
    if let Err(error) = parts.store.stands(&request.card, message).await {
        tracing::warn!(error = %error, "where a card stands could not be stored");
    }
}

/// The card of a request, with the account looked into now. Its buttons work in `shown_in`.
pub async fn card(
    parts: &Parts,
    voice: &Voice<'_>,
    shown_in: &Conversation,
    request: &Request,
) -> Result<Reply, AssistantError> {
    match parts.tenant.find_account(&request.account).await {
        Ok(found) => cards::account(parts, voice, shown_in, request, found).await,
        Err(error) => cards::no_account(parts, voice, shown_in, request, &error).await,
    }
}

/// Shows a card to an administrator: to all in a direct conversation or among administrators, else to them alone,
/// because a card tells the state of somebody's account.
pub async fn show_card(parts: &Parts, voice: &Voice<'_>, asker: &Asker<'_>, card: Reply) -> Result<(), AssistantError> {
    if is_desk(parts, asker.conversation) {
        asker::answer(parts, voice, asker, card).await
    } else {
        tell(parts, voice, asker, card).await
    }
}

/// Whether this is the administrators' own conversation, or a thread in it: whoever reads the one reads the other.
pub fn is_desk(parts: &Parts, conversation: &Conversation) -> bool {
    let place = |of: &Conversation| (of.platform, of.scope.clone(), of.id.clone());
    parts
        .courier
        .admin_conversation(conversation.platform)
        .is_some_and(|desk| place(&desk) == place(conversation))
}

/// Refuses politely, to the person alone, and says where to go instead.
pub async fn refuse(
    parts: &Parts,
    voice: &Voice<'_>,
    asker: &Asker<'_>,
    denial: &Denial,
) -> Result<(), AssistantError> {
    tell(parts, voice, asker, refusal(voice, denial)).await
}

fn plausible(account: &str) -> bool {
    let (local, domain) = account.split_once('@').unwrap_or(("", ""));
    account.len() <= LONGEST_ADDRESS
        && !local.is_empty()
        && domain.contains('.')
        && !account.contains(|c: char| c.is_whitespace() || c.is_control())
}
