//! Text typed with the keyboard set to the other language: `πασσςορδ` for `password`, `j;exasa` for «ξέχασα».

/// Each Latin key and the Greek letter on it.
const KEYS: [(char, char); 25] = [
    ('w', 'ς'),
    ('e', 'ε'),
    ('r', 'ρ'),
    ('t', 'τ'),
    ('y', 'υ'),
    ('u', 'θ'),
    ('i', 'ι'),
    ('o', 'ο'),
    ('p', 'π'),
    ('a', 'α'),
    ('s', 'σ'),
    ('d', 'δ'),
    ('f', 'φ'),
    ('g', 'γ'),
    ('h', 'η'),
    ('j', 'ξ'),
    ('k', 'κ'),
    ('l', 'λ'),
    ('z', 'ζ'),
    ('x', 'χ'),
    ('c', 'ψ'),
    ('v', 'ω'),
    ('b', 'β'),
    ('n', 'ν'),
    ('m', 'μ'),
];

/// The Latin letters on the keys that produced a Greek word. The folded `σ` may have been the key `s` or `w`; the
/// original word tells which.
pub fn latin_of(greek: &str) -> String {
    greek
        .chars()
        .filter_map(|c| {
            let c = match c {
                'ά' => 'α',
                'έ' => 'ε',
                'ή' => 'η',
                'ί' | 'ϊ' | 'ΐ' => 'ι',
                'ό' => 'ο',
                'ύ' | 'ϋ' | 'ΰ' => 'υ',
                'ώ' => 'ω',
                c => c.to_lowercase().next().unwrap_or(c),
            };
            match KEYS.iter().find(|(_, g)| *g == c) {
                Some((latin, _)) => Some(*latin),
                None if c.is_ascii_alphanumeric() => Some(c),
                None => None,
            }
        })
        .collect()
}

/// The Greek letters on the keys that produced a Latin word.
pub fn greek_of(latin: &str) -> String {
    latin
        .chars()
        .map(|c| match KEYS.iter().find(|(l, _)| *l == c) {
            Some((_, 'ς')) => 'σ',
            Some((_, greek)) => *greek,
            None => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_typed_on_the_other_layout_come_back() {
        assert_eq!(latin_of("πασσςορδ"), "password");
        assert_eq!(latin_of("λοψκεδ"), "locked");
        assert_eq!(greek_of("jexasa"), "ξεχασα");
    }
}
