//! Temporary passwords: random, readable aloud, and acceptable to Entra's complexity rule.

use secrecy::SecretString;
use zeroize::Zeroizing;

/// Letters and digits that no two people read differently: no `0 O o 1 l I`.
const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
const DIGIT: &[u8] = b"23456789";
const LENGTH: usize = 16;
const GROUP: usize = 4;

/// A password such as `Kp7m-Qx4n-…`: 16 characters in four groups, at least one of each kind. About 90 bits.
///
/// Panics when the operating system has no randomness: there is no safe way on.
pub fn generate() -> SecretString {
    let all: Vec<u8> = [UPPER, LOWER, DIGIT].concat();
    loop {
        let drawn: Zeroizing<Vec<u8>> = Zeroizing::new((0..LENGTH).map(|_| draw(&all)).collect());
        if [UPPER, LOWER, DIGIT]
            .iter()
            .all(|kind| drawn.iter().any(|c| kind.contains(c)))
        {
            let mut password = String::with_capacity(LENGTH + LENGTH / GROUP - 1);
            for (index, character) in drawn.iter().enumerate() {
                if index > 0 && index % GROUP == 0 {
                    password.push('-');
                }
                password.push(char::from(*character));
            }
            return SecretString::from(password);
        }
    }
}

/// One character, each as likely as the others: bytes past the last whole multiple are drawn again.
fn draw(from: &[u8]) -> u8 {
    let limit = 256 - 256 % from.len();
    loop {
        let mut byte = [0_u8; 1];
        getrandom::fill(&mut byte).expect("the operating system gives randomness");
        if usize::from(byte[0]) < limit {
            return from[usize::from(byte[0]) % from.len()];
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn passwords_have_every_kind_and_differ() {
        let passwords: std::collections::BTreeSet<String> =
            (0..200).map(|_| generate().expose_secret().to_owned()).collect();
        assert_eq!(passwords.len(), 200);
        for password in &passwords {
            assert_eq!(password.len(), 19);
            assert!(password.bytes().any(|c| c.is_ascii_uppercase()));
            assert!(password.bytes().any(|c| c.is_ascii_lowercase()));
            assert!(password.bytes().any(|c| c.is_ascii_digit()));
            assert!(!password.contains(['0', 'O', 'o', '1', 'l', 'I']));
        }
    }
}
