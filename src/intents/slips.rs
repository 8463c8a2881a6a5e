//! Typing slips: which known words a form is one letter away from, or two where both are very long.
//!
//! Two words that are a slip apart become the same when a letter is left out of one, or of each. So every known word is
//! found by itself without each of its letters, as in Garbe's symmetric delete spelling correction.

use super::hashing::{ByHash, SPREAD, finish};
use super::lexicon::WordId;

/// The shortest word that may hold one slip, and the shortest that may hold two.
const ONE_SLIP: usize = 6;
const TWO_SLIPS: usize = 11;

/// So many letters of a word count.
const MOST_LETTERS: usize = 24;

/// How many bits tell that a hash is none of a known word: many times as many as there are hashes.
const BITS: usize = 1 << 20;

/// The powers of the base of which the letters of a row are the digits: its hash.
const POWERS: [u64; MOST_LETTERS + 1] = {
    let mut powers = [1u64; MOST_LETTERS + 1];
    let mut i = 1;
    while i <= MOST_LETTERS {
        powers[i] = powers[i - 1].wrapping_mul(SPREAD);
        i += 1;
    }
    powers
};

/// The long words, by what stays of them when a letter or two are left out.
#[derive(Default)]
pub(super) struct Slips {
    words: ByHash<Vec<WordId>>,
    /// A bit for the last digits of each hash. Where it is not set, the hash is not known: so it is with most.
    known: Vec<u64>,
}

/// The bit of a hash.
fn place(hash: u64) -> (usize, u64) {
    (hash as usize % BITS / 64, 1 << (hash % 64))
}

impl Slips {
    /// Notes a word, if it is long enough.
    pub fn add(&mut self, form: &[u8], word: WordId) {
        if form.len() < ONE_SLIP {
            return;
        }
        self.known.resize(BITS / 64, 0);
        deletions(form, |hash| {
            self.words.entry(hash).or_default().push(word);
            let (at, bit) = place(hash);
            self.known[at] |= bit;
        });
    }

    /// The word that a form is a slip of: the one with the fewest, of those the first. `form_of` tells a word's letters.
    pub fn near<'a>(&self, form: &str, form_of: impl Fn(WordId) -> &'a str) -> Option<WordId> {
        if form.len() < ONE_SLIP || !form.is_ascii() || self.known.is_empty() {
            return None;
        }
        let mut best: Option<(usize, WordId)> = None;
        deletions(form.as_bytes(), |hash| {
            let (at, bit) = place(hash);
            if self.known[at] & bit == 0 {
                return;
            }
            for id in self.words.get(&hash).into_iter().flatten() {
                if best.is_some_and(|(_, known)| known == *id) {
                    continue;
                }
                let word = form_of(*id);
                let both_long = word.len() >= TWO_SLIPS && form.len() >= TWO_SLIPS;
                let distance = strsim::osa_distance(word, form);
                if distance <= if both_long { 2 } else { 1 } && best.is_none_or(|b| (distance, *id) < b) {
                    best = Some((distance, *id));
                }
            }
        });
        best.map(|(_, id)| id)
    }
}

/// Calls `each` with the hash of the form and of the form without each letter (and without each two).
fn deletions(form: &[u8], mut each: impl FnMut(u64)) {
    let two = form.len() >= TWO_SLIPS;
    let form = &form[..form.len().min(MOST_LETTERS)];
    let n = form.len();
    let mut before = [0u64; MOST_LETTERS + 1];
    for (i, letter) in form.iter().enumerate() {
        before[i + 1] = before[i].wrapping_mul(SPREAD).wrapping_add(u64::from(*letter));
    }
    // The hash of what was written before, with the letters of a range behind it.
    let and = |left: u64, from: usize, to: usize| {
        let power = POWERS[to - from];
        let right = before[to].wrapping_sub(before[from].wrapping_mul(power));
        left.wrapping_mul(power).wrapping_add(right)
    };
    each(finish(before[n]));
    for i in 0..n {
        if i > 0 && form[i] == form[i - 1] {
            continue;
        }
        each(finish(and(before[i], i + 1, n)));
        if two {
            for j in i + 1..n {
                each(finish(and(and(before[i], i + 1, j), j + 1, n)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(known: &[&str], form: &str) -> Option<usize> {
        let mut slips = Slips::default();
        for (id, word) in known.iter().enumerate() {
            slips.add(word.as_bytes(), id as WordId);
        }
        slips.near(form, |id| known[id as usize]).map(|id| id as usize)
    }

    #[test]
    fn a_letter_too_many_too_few_another_or_two_turned_round_is_a_slip() {
        for slip in ["passsword", "pasword", "passwprd", "passwrod", "assword", "passwordd"] {
            assert_eq!(near(&["account", "password"], slip), Some(1), "{slip}");
        }
    }

    #[test]
    fn two_slips_are_one_too_many_but_for_the_very_long() {
        assert_eq!(near(&["password"], "paswrd"), None);
        assert_eq!(near(&["authenticator"], "autenticatr"), Some(0));
        assert_eq!(near(&["authenticator"], "autentcatr"), None);
    }

    #[test]
    fn short_words_do_not_collide() {
        assert_eq!(near(&["lock", "block"], "clock"), None);
        assert_eq!(near(&["blocks"], "clocks"), Some(0));
    }

    #[test]
    fn the_nearest_word_wins() {
        assert_eq!(near(&["authenticators", "authenticator"], "authenticatr"), Some(1));
        assert_eq!(near(&[], "authenticator"), None);
    }

    #[test]
    fn what_is_left_out_does_not_show_in_the_hash() {
        let hashes = |form: &[u8]| {
            let mut all = Vec::new();
            deletions(form, |hash| all.push(hash));
            all
        };
        let whole = hashes(b"locked");
        for without in [&b"ocked"[..], b"lcked", b"locke"] {
            assert!(whole.contains(&hashes(without)[0]));
        }
        assert!(!whole.contains(&hashes(b"lkced")[0]));
        assert!(hashes(b"administrator").contains(&hashes(b"dministrato")[0]));
    }
}
