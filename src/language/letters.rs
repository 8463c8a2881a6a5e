//! Single letters: lower case without marks, and the letters of other scripts that look like them.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The folded form of one character: lower case, no accent, `σ` for `ς`. `None` where the character is a mark, and
/// the original where it has several.
pub(super) fn plain(c: char) -> Option<char> {
    match c {
        'a'..='z' | '0'..='9' => Some(c),
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        'α'..='ρ' | 'σ'..='ω' => Some(c),
        'ς' => Some('σ'),
        'Α'..='Ρ' | 'Σ'..='Ω' => char::from_u32(c as u32 + 0x20),
        'ά' | 'Ά' => Some('α'),
        'έ' | 'Έ' => Some('ε'),
        'ή' | 'Ή' => Some('η'),
        'ί' | 'Ί' | 'ϊ' | 'ΐ' | 'Ϊ' => Some('ι'),
        'ό' | 'Ό' => Some('ο'),
        'ύ' | 'Ύ' | 'ϋ' | 'ΰ' | 'Ϋ' => Some('υ'),
        'ώ' | 'Ώ' => Some('ω'),
        _ => uncommon(c),
    }
}

/// [`plain`] for the characters that are rarely met.
fn uncommon(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(c);
    }
    let mut base = None;
    decompose_compatible(c, |part| {
        if base.is_none() && part.is_alphanumeric() && !is_combining_mark(part) {
            base = Some(part);
        }
    });
    let lower = base?.to_lowercase().next()?;
    let lower = if lower == 'ς' { 'σ' } else { lower };
    // A mark that is a letter in disguise may decompose to a plain ASCII capital or to a Greek letter.
    Some(lower)
}

/// Whether a folded character is a Greek letter.
pub(super) fn is_greek(c: char) -> bool {
    matches!(c, 'α'..='ω')
}

/// Whether a character belongs to words.
pub(super) fn is_word(c: char) -> bool {
    match c {
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        // Asked of every letter of a Greek message: the tables of Unicode are slower.
        'Ά' | 'Έ'..='Ώ' | 'ΐ'..='Ρ' | 'Σ'..='ώ' => true,
        c => c.is_alphanumeric() || is_combining_mark(c),
    }
}

/// The Greek letter that looks like a Latin or Cyrillic one.
pub(super) fn to_greek(c: char) -> char {
    match c {
        'a' | 'а' => 'α',
        'b' => 'β',
        'c' | 'с' | 's' => 'σ',
        'd' => 'δ',
        'e' | 'е' => 'ε',
        'f' => 'φ',
        'g' => 'γ',
        'h' => 'η',
        'i' | 'і' => 'ι',
        'k' | 'к' => 'κ',
        'l' => 'λ',
        'm' | 'м' => 'μ',
        'n' => 'η',
        'o' | 'о' | '0' => 'ο',
        'p' | 'р' => 'ρ',
        'r' => 'ρ',
        't' | 'т' => 'τ',
        'u' => 'υ',
        'v' => 'ν',
        'w' => 'ω',
        'x' | 'х' => 'χ',
        'y' | 'у' => 'υ',
        'z' => 'ζ',
        _ => c,
    }
}

/// The Latin letter that looks like a Greek or Cyrillic one.
pub(super) fn to_latin(c: char) -> char {
    match c {
        'α' | 'а' => 'a',
        'β' | 'в' => 'b',
        'с' => 'c',
        'ε' | 'е' => 'e',
        'η' | 'н' => 'h',
        'ι' | 'і' => 'i',
        'κ' | 'к' => 'k',
        'μ' | 'м' => 'm',
        'ν' => 'n',
        'ο' | 'о' => 'o',
        'ρ' | 'р' => 'p',
        'σ' | 'ѕ' => 's',
        'τ' | 'т' => 't',
        'υ' | 'у' => 'y',
        'χ' | 'х' => 'x',
        'ζ' => 'z',
        'ω' => 'w',
        _ => c,
    }
}
