//! The people whom one can be on the page. Each person's account stands in the simulated tenant in one lockout state.

use serde_json::{Value, json};

use super::{ADMINS, SUPPORT};
use crate::chat::{ActionId, Identity, Person, Platform};
use crate::settings::{AccessSettings, Grant, Grantee};

/// The scope of every identity on the page.
pub const SCOPE: &str = "contoso";

/// Somebody of the cast.
struct Member {
    id: &'static str,
    name: &'static str,
    account: Option<&'static str>,
    grants: &'static [ActionId],
    about: [&'static str; 2],
    tries: &'static [&'static str],
}

const CAST: &[Member] = &[
    Member {
        id: "maria",
        name: "Μαρία Παπαδοπούλου",
        account: Some("maria.papadopoulou@contoso.com"),
        grants: &[],
        about: [
            "Her newsletter was too much: sending is blocked",
            "Έστειλε μαζικό email: της κόπηκε η αποστολή",
        ],
        tries: &[
            "δεν μπορώ να στείλω mail",
            "I can't send email",
            "den mporw na steilw mail",
        ],
    },
    Member {
        id: "giorgos",
        name: "Γιώργος Νικολάου",
        account: Some("giorgos.nikolaou@contoso.com"),
        grants: &[],
        about: ["Somebody blocked his sign-in", "Κάποιος απέκλεισε τη σύνδεσή του"],
        tries: &[
            "μου λέει ότι ο λογαριασμός μου έχει απενεργοποιηθεί",
            "AADSTS50057: The user account is disabled",
        ],
    },
    Member {
        id: "eleni",
        name: "Ελένη Γεωργίου",
        account: Some("eleni.georgiou@contoso.com"),
        grants: &[],
        about: [
            "An old phone keeps trying her old password",
            "Ένα παλιό κινητό δοκιμάζει τον παλιό κωδικό της",
        ],
        tries: &[
            "κλειδώθηκε ο λογαριασμός μου",
            "klidothike o logariasmos mou",
            "my account got locked",
        ],
    },
    Member {
        id: "kostas",
        name: "Κώστας Δημητρίου",
        account: Some("kostas.dimitriou@contoso.com"),
        grants: &[],
        about: ["His password has expired", "Έληξε ο κωδικός πρόσβασής του"],
        tries: &["έληξε ο κωδικός μου", "xexasa ton kodiko mou", "I forgot my password"],
    },
    Member {
        id: "sofia",
        name: "Σοφία Αλεξίου",
        account: Some("sofia.alexiou@contoso.com"),
        grants: &[],
        about: [
            "Somebody else reads and sends her mail",
            "Κάποιος άλλος διαβάζει και στέλνει τα email της",
        ],
        tries: &[
            "νομίζω ότι με χάκαραν, φεύγουν mail που δεν έστειλα",
            "I think my account was hacked",
        ],
    },
    Member {
        id: "nikos",
        name: "Νίκος Ιωάννου",
        account: Some("nikos.ioannou@contoso.com"),
        grants: &[],
        about: [
            "His account is managed on-premises",
            "Ο λογαριασμός του συγχρονίζεται από το τοπικό Active Directory",
        ],
        tries: &["ξέχασα τον κωδικό μου", "please reset my password"],
    },
    Member {
        id: "dimitra",
        name: "Δήμητρα Παύλου",
        account: Some("dimitra.pavlou@example.gr"),
        grants: &[],
        about: ["Her sign-in is federated", "Συνδέεται μέσω άλλης υπηρεσίας ταυτότητας"],
        tries: &["θέλω καινούργιο κωδικό", "I need a new password"],
    },
    Member {
        id: "theodora",
        name: "Θεοδώρα",
        account: None,
        grants: &[],
        about: [
            "A visitor: nobody knows which account is hers",
            "Επισκέπτρια: κανείς δεν ξέρει ποιος λογαριασμός είναι δικός της",
        ],
        tries: &[
            "έχασα το κινητό μου και δεν έρχεται ο κωδικός",
            "I got a new phone and the code doesn't come",
        ],
    },
    Member {
        id: "ana",
        name: "Ana Ruiz",
        account: Some("ana.admin@contoso.com"),
        grants: &ActionId::ALL,
        about: ["Administrator with every action", "Διαχειρίστρια με όλες τις ενέργειες"],
        tries: &[
            "look up maria.papadopoulou@contoso.com",
            "unblock sofia.alexiou@contoso.com",
        ],
    },
    Member {
        id: "petros",
        name: "Πέτρος Μάρκου",
        account: Some("petros.markou@contoso.com"),
        grants: &[
            ActionId::LookUp,
            ActionId::UnblockSender,
            ActionId::RevokeSessions,
            ActionId::ResetPassword,
            ActionId::AllowSignIn,
            ActionId::TemporaryAccessPass,
            ActionId::ResetMfa,
        ],
        about: [
            "Administrator who approves what takes two people",
            "Διαχειριστής που εγκρίνει όσα χρειάζονται δύο άτομα",
        ],
        tries: &["look up sofia.alexiou@contoso.com"],
    },
];

/// Somebody of the cast, as the shared vocabulary names them.
pub fn person(id: &str) -> Option<Person> {
    let member = CAST.iter().find(|member| member.id == id)?;
    Some(Person {
        identity: Identity {
            platform: Platform::Playground,
            scope: SCOPE.into(),
            user: member.id.into(),
        },
        name: member.name.into(),
        entra: None,
        account: member.account.map(Into::into),
        suggestion: None,
        roles: std::collections::BTreeSet::new(),
    })
}

/// The grants of the cast's administrators.
pub fn access() -> AccessSettings {
    let grants = CAST
        .iter()
        .filter(|member| !member.grants.is_empty())
        .map(|member| {
            let who = Grantee::Chat {
                platform: Platform::Playground.name().into(),
                scope: SCOPE.into(),
                user: member.id.into(),
            };
            let actions: Vec<&str> = member.grants.iter().map(|action| action.name()).collect();
            Grant::new(who, &actions)
        })
        .collect();
    AccessSettings {
        grants,
        ..AccessSettings::default()
    }
}

/// What the page needs to draw itself.
pub fn world() -> Value {
    let people: Vec<Value> = CAST
        .iter()
        .map(|member| {
            let role = if member.grants.is_empty() {
                "person"
            } else {
                "administrator"
            };
            json!({
                "id": member.id, "name": member.name, "role": role, "account": member.account,
                "about": {"en": member.about[0], "el": member.about[1]}, "tries": member.tries,
            })
        })
        .collect();
    json!({"people": people, "support": SUPPORT, "admins": ADMINS, "simulated": true})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_action_in_both_languages() {
        let words = include_str!("page/words.js");
        for action in ActionId::ALL {
            let named = words.matches(&format!("\"{action}\": \"")).count();
            assert_eq!(named, 2, "{action}");
        }
    }
}
