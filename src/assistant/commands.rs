//! Answers to commands. What comes back is for whoever gave it alone; what it may do is decided as everywhere.

use super::asker::{self, Asking};
use super::voice::Voice;
use super::{AssistantError, Parts, answers, brakes, home, links, requests};
use crate::actions::tickets::Wish;
use crate::chat::{ActionId, Addressed, Command, IncomingMessage, Invocation};
use crate::intents::{Catalogue, IntentId};
use crate::language::Language;

/// Does what a command asks for. `language` is used where the person chose none.
pub async fn answer(
    parts: &Parts,
    catalogue: &Catalogue,
    invocation: &Invocation,
    language: &Language,
) -> Result<(), AssistantError> {
    let chosen = parts.store.preference(&invocation.person.identity).await?;
    let language = parts
        .languages
        .nearest(catalogue, Some(chosen.as_ref().unwrap_or(language)));
    let voice = Voice {
        catalogue,
        language: &language,
    };
    let asker = invocation.asker();
    match &invocation.command {
        Command::Home => {
            let home = home::home(parts, &voice, &asker).await?;
            parts.courier.tell(&voice, &asker.recipient(), home).await?;
            Ok(())
        }
        Command::Help => {
            let help = answers::help(parts, &voice, &invocation.person);
            asker::answer(parts, &voice, &asker, help).await
        }
        Command::Welcome => {
            let help = answers::help(parts, &voice, &invocation.person);
            parts.courier.post(&voice, asker.conversation, help).await?;
            Ok(())
        }
        Command::Status { account } => status(parts, &voice, invocation, account.as_deref()).await,
        Command::Act { action, account } => act(parts, &voice, invocation, (*action, account.as_deref())).await,
        Command::Freeze => brakes::freeze(parts, &voice, invocation).await,
        Command::Ask(text) => answers::answer(parts, catalogue, &as_message(invocation, text)).await,
        Command::Link | Command::LinkCode(_) | Command::Links | Command::Unlink => {
            links::answer(parts, &voice, invocation).await
        }
    }
}

fn as_message(invocation: &Invocation, text: &str) -> IncomingMessage {
    IncomingMessage {
        event: invocation.event.clone(),
        conversation: invocation.conversation.clone(),
        sender: invocation.person.clone(),
        text: text.to_owned(),
        addressed: Addressed::Privately,
        locale: invocation.locale.clone(),
    }
}

/// An administrator sees the account; anybody else hears who can look.
async fn status(
    parts: &Parts,
    voice: &Voice<'_>,
    invocation: &Invocation,
    account: Option<&str>,
) -> Result<(), AssistantError> {
    let asker = invocation.asker();
    let account = account.or(invocation.person.account.as_deref());
    match account {
        Some(account) => requests::show_account(parts, voice, &asker, account, (None, None)).await,
        None => asker::answer(parts, voice, &asker, voice.sentence("command-needs-account", &[])).await,
    }
}

/// For an administrator the account's card, from which the action is one press away; for anybody else a request.
async fn act(
    parts: &Parts,
    voice: &Voice<'_>,
    invocation: &Invocation,
    (action, account): (ActionId, Option<&str>),
) -> Result<(), AssistantError> {
    let asker = invocation.asker();
    let scenario = voice.catalogue.scenario(&IntentId(about(action).to_owned()));
    let intent = scenario.map(|scenario| &scenario.id);
    if parts.access.is_administrator(&invocation.person) {
        return match account {
            Some(account) => requests::show_account(parts, voice, &asker, account, (intent, Some(action))).await,
            None => asker::answer(parts, voice, &asker, voice.sentence("command-needs-account", &[])).await,
        };
    }
    match intent {
        Some(intent) => {
            let wish = Wish {
                intent: intent.clone(),
                account: account.map(ToOwned::to_owned),
                about: None,
                language: voice.language.clone(),
            };
            requests::ask_administrator(parts, voice.catalogue, &asker, wish).await
        }
        None => {
            let help = answers::help(parts, voice, &invocation.person);
            asker::answer(parts, voice, &asker, help).await
        }
    }
}

/// The scenario that somebody has in mind who asks for this action.
fn about(action: ActionId) -> &'static str {
    match action {
        ActionId::UnblockSender => "cannot-send-mail",
        ActionId::LookUp | ActionId::ResetPassword => "password-reset",
        ActionId::AllowSignIn => "sign-in-blocked",
        ActionId::TemporaryAccessPass | ActionId::ResetMfa => "mfa-trouble",
        ActionId::BlockSignIn
        | ActionId::RevokeSessions
        | ActionId::DisableRules
        | ActionId::EnableRules
        | ActionId::ClearForwarding
        | ActionId::RevokeConsents
        | ActionId::DismissRisk
        | ActionId::ConfirmCompromised => "compromised-account",
    }
}
