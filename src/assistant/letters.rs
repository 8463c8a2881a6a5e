//! What is written in letters to the owners of accounts. They hold no link, ask for nothing, and say what to do if they
//! were not expected.

use super::voice::Voice;
use super::{Parts, readable};
use crate::access::proof::{CODE_WITHIN, Code};
use crate::actions::tickets::ProofAsk;
use crate::intents::Catalogue;
use crate::language::Language;
use crate::tenant::account::Account;
use crate::tenant::{Contact, Letter};

/// The longest name in a letter: anybody can choose any name in a chat.
const LONGEST_NAME: usize = 80;

/// The language of somebody's letters: the one that they prefer, as far as it is spoken here.
pub fn language(parts: &Parts, catalogue: &Catalogue, contact: &Contact) -> Language {
    let wanted = contact.language.as_deref().map(Language::new);
    parts.languages.nearest(catalogue, wanted.as_ref())
}

/// The letter with a code.
pub async fn code(parts: &Parts, catalogue: &Catalogue, (account, ask): (&Account, &ProofAsk), code: &Code) -> Letter {
    let contact = parts.tenant.contact(&account.id).await.unwrap_or_default();
    let language = language(parts, catalogue, &contact);
    let voice = Voice {
        catalogue,
        language: &language,
    };
    let administrator = plain(&ask.administrator.name);
    let minutes = CODE_WITHIN.whole_minutes().to_string();
    let arguments = [
        ("account", account.upn.as_str()),
        ("code", code.digits.as_str()),
        ("minutes", &minutes),
        ("administrator", &administrator),
    ];
    let what = if ask.request.requester.is_some() {
        "letter-code-type"
    } else {
        "letter-code-say"
    };
    let text = [
        voice.say("letter-greeting", &[("name", &plain(&account.name))]),
        voice.say("letter-code", &arguments),
        code.digits.to_string(),
        voice.say(what, &arguments),
        voice.say("letter-when", &[("when", &readable(parts.clock.now()))]),
        voice.say("letter-code-unexpected", &[]),
    ];
    Letter {
        to: code.to.clone(),
        subject: voice.say("letter-code-subject", &[]),
        text: text.join("\n\n"),
    }
}

/// A name without what a mail program could turn into something to click.
pub fn plain(name: &str) -> String {
    let quiet = |c: char| {
        if c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'' | '’') {
            c
        } else {
            ' '
        }
    };
    let name: String = name.chars().map(quiet).take(LONGEST_NAME).collect();
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_link() {
        assert_eq!(plain("Ana Ruiz"), "Ana Ruiz");
        assert_eq!(plain("Μαρία Παπαδοπούλου"), "Μαρία Παπαδοπούλου");
        assert_eq!(plain("https://evil.example/x\r\nBcc: y"), "https evil example x Bcc y");
        assert_eq!(plain(&"a".repeat(500)).len(), LONGEST_NAME);
    }
}
