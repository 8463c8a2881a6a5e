//! The slash commands: what they are called in each language, and registering them where they differ from what Discord
//! has. Names follow Discord's rule for them: lower-case letters, at most 32.
//! <https://docs.discord.com/developers/interactions/application-commands>

use serde_json::{Value, json};

use super::rest::{Ask, Fault, Rest};

/// What every command begins with.
pub const NAME: &str = "latchkey";
/// The option that holds an account.
pub const ACCOUNT: &str = "account";
/// The option that holds a question.
pub const TEXT: &str = "text";
/// The option that holds the code of a sign-in page.
pub const CODE: &str = "code";

/// The language that has names and descriptions of its own beside English.
const GREEK: &str = "el";
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-type>
const SUBCOMMAND: u8 = 1;
const STRING: u8 = 3;

/// A name and a description, in English and in Greek.
struct Words {
    name: &'static str,
    greek_name: &'static str,
    description: &'static str,
    greek_description: &'static str,
}

/// A subcommand, and the option that it takes.
struct Subcommand {
    words: Words,
    option: Option<Opt>,
}

/// An option, and whether it must be given.
struct Opt {
    words: &'static Words,
    needed: Needed,
}

#[derive(PartialEq)]
enum Needed {
    Yes,
    No,
}

const OF_ACCOUNT: Words = Words {
    name: ACCOUNT,
    greek_name: "λογαριασμός",
    description: "The address that the account signs in with",
    greek_description: "Η διεύθυνση με την οποία συνδέεται ο λογαριασμός",
};
const OF_TEXT: Words = Words {
    name: TEXT,
    greek_name: "κείμενο",
    description: "What happens, in your own words",
    greek_description: "Τι συμβαίνει, με δικά σας λόγια",
};
const OF_CODE: Words = Words {
    name: CODE,
    greek_name: "κωδικός",
    description: "The code that the sign-in page showed",
    greek_description: "Ο κωδικός που εμφάνισε η σελίδα σύνδεσης",
};

const fn plain(words: Words) -> Subcommand {
    Subcommand { words, option: None }
}

const fn with(words: Words, option: &'static Words, needed: Needed) -> Subcommand {
    Subcommand {
        words,
        option: Some(Opt { words: option, needed }),
    }
}

const fn words(english: (&'static str, &'static str), greek: (&'static str, &'static str)) -> Words {
    Words {
        name: english.0,
        greek_name: greek.0,
        description: english.1,
        greek_description: greek.1,
    }
}

const SUBCOMMANDS: [Subcommand; 20] = [
    plain(words(
        ("help", "What I can help with"),
        ("βοήθεια", "Σε τι μπορώ να βοηθήσω"),
    )),
    with(
        words(
            ("ask", "Ask in your own words; only you see the answer"),
            (
                "ερώτηση",
                "Ρωτήστε με δικά σας λόγια· την απάντηση τη βλέπετε μόνο εσείς",
            ),
        ),
        &OF_TEXT,
        Needed::Yes,
    ),
    with(
        words(
            ("status", "See the state of an account (administrators)"),
            ("κατάσταση", "Δείτε την κατάσταση ενός λογαριασμού (διαχειριστές)"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("unblock", "Let an account send mail again"),
            ("ξεμπλοκάρισμα", "Να μπορεί ξανά ένας λογαριασμός να στέλνει email"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("reset", "Set a new temporary password"),
            ("επαναφορά", "Νέος προσωρινός κωδικός πρόσβασης"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("allow", "Let an account sign in again"),
            ("άδεια", "Να μπορεί ξανά να συνδεθεί ένας λογαριασμός"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("block", "Stop an account from signing in"),
            ("αποκλεισμός", "Να μην μπορεί να συνδεθεί ένας λογαριασμός"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("revoke", "Sign an account out everywhere"),
            ("αποσύνδεση", "Αποσύνδεση ενός λογαριασμού από παντού"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("pass", "Give a Temporary Access Pass"),
            ("προσωρινός-κωδικός", "Προσωρινός κωδικός εισόδου (TAP)"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("mfa", "Have the sign-in methods registered again"),
            ("εγγραφή-mfa", "Νέα εγγραφή των μεθόδων MFA"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("rules", "Switch suspicious inbox rules off"),
            ("κανόνες", "Απενεργοποίηση ύποπτων κανόνων εισερχομένων"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("enable-rules", "Switch these inbox rules on again"),
            ("επαναφορά-κανόνων", "Επανενεργοποίηση των κανόνων εισερχομένων"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("forwarding", "End an account's mail forwarding"),
            ("προώθηση", "Διακοπή της προώθησης email ενός λογαριασμού"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("consents", "Revoke applications' access to an account"),
            ("εφαρμογές", "Ανάκληση της πρόσβασης εφαρμογών σε λογαριασμό"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("dismiss", "Dismiss an account's risk, once it is secured"),
            (
                "απόρριψη-κινδύνου",
                "Απόρριψη του κινδύνου, αφού ασφαλιστεί ο λογαριασμός",
            ),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    with(
        words(
            ("compromised", "Confirm that an account is compromised"),
            ("παραβίαση", "Επιβεβαίωση ότι ένας λογαριασμός έχει παραβιαστεί"),
        ),
        &OF_ACCOUNT,
        Needed::No,
    ),
    plain(words(
        ("freeze", "Stop all actions at once (administrators)"),
        ("πάγωμα", "Διακοπή όλων των ενεργειών (διαχειριστές)"),
    )),
    with(
        words(
            (
                "link",
                "Prove who you are by signing in to Microsoft 365 (administrators)",
            ),
            (
                "σύνδεσμος",
                "Αποδείξτε ποιοι είστε με σύνδεση στο Microsoft 365 (διαχειριστές)",
            ),
        ),
        &OF_CODE,
        Needed::No,
    ),
    plain(words(
        ("links", "Which Microsoft 365 account you are linked to"),
        ("σύνδεσμοι", "Με ποιον λογαριασμό Microsoft 365 έχετε συνδεθεί"),
    )),
    plain(words(
        ("unlink", "Forget the link to your Microsoft 365 account"),
        (
            "κατάργηση",
            "Κατάργηση της σύνδεσης με τον λογαριασμό σας Microsoft 365",
        ),
    )),
];

/// All commands, as they are registered.
pub fn all() -> Value {
    let root = words(
        (NAME, "Help when Microsoft 365 locks you out"),
        (NAME, "Βοήθεια όταν κλειδώνεστε έξω από το Microsoft 365"),
    );
    let mut command = described(&root);
    command["type"] = 1.into();
    command["options"] = SUBCOMMANDS.iter().map(subcommand).collect();
    json!([command])
}

fn subcommand(one: &Subcommand) -> Value {
    let mut drawn = described(&one.words);
    drawn["type"] = SUBCOMMAND.into();
    let option = |option: &Opt| {
        let mut drawn = described(option.words);
        drawn["type"] = STRING.into();
        drawn["required"] = (option.needed == Needed::Yes).into();
        drawn
    };
    drawn["options"] = one.option.iter().map(option).collect();
    drawn
}

fn described(words: &Words) -> Value {
    json!({
        "name": words.name,
        "name_localizations": {GREEK: words.greek_name},
        "description": words.description,
        "description_localizations": {GREEK: words.greek_description},
    })
}

/// What registering came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// Discord had them already.
    Already,
    /// They were put in the place of what there was.
    Now,
}

/// Registers the commands in a server, unless they are there as they should be.
pub async fn register(rest: &Rest, application: u64, guild: u64) -> Result<Registered, Fault> {
    let path = format!("/applications/{application}/guilds/{guild}/commands");
    let wanted = all();
    let there = rest.send(Ask::get(format!("{path}?with_localizations=true"))).await?;
    if is_same(&wanted, &there) {
        return Ok(Registered::Already);
    }
    rest.send(Ask::put(path, &wanted)).await?;
    Ok(Registered::Now)
}

/// Whether what is there says all that is wanted and no other command stands beside it. Discord adds ids, versions and
/// defaults of its own, and leaves out what is empty or false.
fn is_same(wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(there)) => wanted.iter().all(|(key, value)| match there.get(key) {
            Some(found) => is_same(value, found),
            None => is_default(value),
        }),
        (Value::Array(wanted), Value::Array(there)) => {
            wanted.len() == there.len() && wanted.iter().zip(there).all(|(wanted, there)| is_same(wanted, there))
        }
        (wanted, Value::Null) => is_default(wanted),
        (wanted, there) => wanted == there,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ActionId;

    #[test]
    fn every_action_has_its_command() {
        for action in ActionId::ALL {
            assert!(
                SUBCOMMANDS.iter().any(|one| one.words.name == action.command()),
                "{action}"
            );
        }
    }

    /// `^[-_\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, lower-case where there is one.
    #[test]
    fn names_and_descriptions_follow_the_rules() {
        let name = regex::Regex::new(r"^[-_\p{L}\p{N}]{1,32}$").unwrap();
        let options = SUBCOMMANDS
            .iter()
            .filter_map(|one| one.option.as_ref().map(|option| option.words));
        let all: Vec<&Words> = SUBCOMMANDS.iter().map(|one| &one.words).chain(options).collect();
        for words in &all {
            for given in [words.name, words.greek_name] {
                assert!(name.is_match(given) && given.to_lowercase() == given, "{given}");
            }
            for given in [words.description, words.greek_description] {
                assert!((1..=100).contains(&given.chars().count()), "{given}");
            }
        }
        for of in [|words: &Words| words.name, |words: &Words| words.greek_name] {
            let names: std::collections::BTreeSet<_> = SUBCOMMANDS.iter().map(|one| of(&one.words)).collect();
            assert_eq!(names.len(), SUBCOMMANDS.len());
        }
    }

    #[test]
    fn what_discord_adds_makes_no_difference_and_what_differs_does() {
        let wanted = all();
        let mut there = wanted.clone();
        there[0]["id"] = "1".into();
        there[0]["options"][0].as_object_mut().unwrap().remove("options");
        there[0]["options"][2]["options"][0]
            .as_object_mut()
            .unwrap()
            .remove("required");
        assert!(is_same(&wanted, &there));
        let mut other = there.clone();
        other[0]["options"][3]["description"] = "something else".into();
        assert!(!is_same(&wanted, &other));
        let mut needed = there.clone();
        needed[0]["options"][1]["options"][0]
            .as_object_mut()
            .unwrap()
            .remove("required");
        assert!(!is_same(&wanted, &needed));
        there.as_array_mut().unwrap().push(json!({"name": "old"}));
        assert!(!is_same(&wanted, &there));
        assert!(!is_same(&wanted, &json!([])));
    }
}
