//! What is used once: tickets, states and browser keys, which nobody guesses, and codes, which people type.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::chat::Identity;

/// How long a code is: with this alphabet about 37 bits, of which somebody who guesses has five tries.
const CODE_LENGTH: usize = 8;
/// Letters and digits that can't be taken for one another: no 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B.
const ALPHABET: &[u8; 25] = b"ACDEFGHJKMNPQRTUVWXY34679";

/// 256 random bits in text.
///
/// # Panics
///
/// When the operating system has no randomness: there is no safe way on.
pub(super) fn random() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of something that must not be read from the store.
pub(super) fn hash(of: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(of.as_bytes()))
}

/// The same for a code, together with whose it is.
pub(super) fn hash_code(person: &Identity, code: &str) -> String {
    hash(&format!("{person}\n{}", plain(code)))
}

/// A new code.
///
/// # Panics
///
/// When the operating system has no randomness.
pub(super) fn code() -> String {
    let mut code = String::new();
    while code.len() < CODE_LENGTH {
        let mut byte = [0_u8; 1];
        getrandom::fill(&mut byte).expect("the operating system gives randomness");
        // Each letter ten times, the rest not at all: so all are equally likely.
        if let Some(letter) = ALPHABET.get(usize::from(byte[0]) % ALPHABET.len())
            && byte[0] < 250
        {
            code.push(char::from(*letter));
        }
    }
    code
}

/// A code as it is shown: in two halves.
pub(super) fn shown(code: &str) -> String {
    let (first, second) = code.split_at(code.len() / 2);
    format!("{first}-{second}")
}

/// A code as it is meant, however it was typed: in small letters, with or without its hyphen, or with the Greek capitals
/// that look the same.
fn plain(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .map(|c| match c {
            'Α' => 'A',
            'Ε' => 'E',
            'Η' => 'H',
            'Κ' => 'K',
            'Μ' => 'M',
            'Ν' => 'N',
            'Ρ' => 'P',
            'Τ' => 'T',
            'Υ' => 'Y',
            'Χ' => 'X',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Platform;

    fn identity(user: &str) -> Identity {
        Identity {
            platform: Platform::Slack,
            scope: "T1".into(),
            user: user.into(),
        }
    }

    #[test]
    fn a_code_is_recognised_however_it_is_typed_but_for_one_person() {
        let kept = hash_code(&identity("U1"), "AEHKMNPX");
        for typed in ["AEHK-MNPX", "aehk mnpx", "ΑΕΗΚ-ΜΝΡΧ", "αehk‑mnρχ"] {
            assert_eq!(hash_code(&identity("U1"), typed), kept, "{typed}");
        }
        assert_ne!(hash_code(&identity("U2"), "AEHKMNPX"), kept);
        assert_ne!(hash_code(&identity("U1"), "AEHKMNPY"), kept);
    }

    #[test]
    fn codes_are_long_unambiguous_and_different() {
        let codes: std::collections::BTreeSet<String> = (0..200).map(|_| code()).collect();
        assert_eq!(codes.len(), 200);
        for code in &codes {
            assert!(code.len() >= 6 && !code.contains(['0', 'O', '1', 'I', 'L', 'S', '5', 'B', '8', 'Z', '2']));
            assert_eq!(shown(code).replace('-', ""), *code);
        }
        assert!(random() != random() && random().len() == 43);
    }
}
