//! The sound of a Greek word: the one form in which Greek spelling, spelling by ear and four habits of Greeklish meet.
//!
//! `κωδικός`, `kwdikos`, `kodikos`, `kvdikos` and `codicos` all become `kodikos`. All i-sounds are `i`, `αι` is `e`, the lip
//! sounds β μπ φ are `b`, ξ and χ are `x` (which keeps `exasa`, lost, from `xexasa`, forgot). Where a Latin letter can
//! stand for two Greek ones the likelier is taken from its neighbours, and [`habits`] gives the other readings of a word
//! that is known, so that a lexicon can hold them all.

/// How many spellings of one word are made.
const MAX_HABITS: usize = 96;

/// The longest sound; the rest of a longer word is dropped.
const MAX_SOUND: usize = 64;

/// The sound of a word in Greek or Latin letters, folded before.
pub fn sound(word: &str) -> String {
    let mut out = Vec::with_capacity(word.len());
    sound_into(word, &mut out);
    out.into_iter().map(char::from).collect()
}

/// As [`sound`], in ASCII, behind what is in the buffer.
pub fn sound_into(word: &str, out: &mut Vec<u8>) {
    let mut letters = [0u8; 160];
    let mut n = latin(word, &mut letters);
    if n <= MAX_SOUND && is_settled(&letters[..n]) {
        return out.extend_from_slice(&letters[..n]);
    }
    let mut next = [0u8; 160];
    // A rule may make two letters meet that another rule joins, so it is run until nothing changes. Each round can
    // only shorten the word or settle a letter, and three are nearly always enough.
    for _ in 0..12 {
        // What grew past the longest word is cut before the rules settle, so that a sound is its own sound.
        let m = pass(&letters[..n], &mut next).min(MAX_SOUND);
        let settled = m == n && letters[..n] == next[..m];
        std::mem::swap(&mut letters, &mut next);
        n = m;
        if settled || is_settled(&letters[..n]) {
            break;
        }
    }
    out.extend_from_slice(&letters[..n]);
}

/// For each letter the letters (a bit each, the last bit for the end of the word) before which no rule touches it.
const SETTLED: [u32; 26] = {
    let mut table = [0; 26];
    let mut a = 0;
    while a < 26 {
        let mut b = 0;
        while b <= 26 {
            let next = if b < 26 { b'a' + b } else { 0 };
            if stays(b'a' + a, next) {
                table[a as usize] |= 1 << b;
            }
            b += 1;
        }
        a += 1;
    }
    table
};

/// Whether the rules of [`pass`] surely leave a letter as it is before another one.
const fn stays(letter: u8, next: u8) -> bool {
    let touched = matches!(
        (letter, next),
        (b'c' | b'f' | b'h' | b'j' | b'q' | b'v' | b'w' | b'y', _)
            | (b'a' | b'e' | b'o', b'i' | b'u' | b'y')
            | (b't' | b'd', b'h' | b'z')
            | (b'k' | b'x', b's')
            | (b'k' | b'p', b'h')
            | (b'g', b'k' | b'h')
            | (b'n', b'g' | b'k' | b't' | b'd')
            | (b'm', b'p' | b'b')
    );
    !touched && letter != next
}

/// Whether no rule touches a letter before another one, or before the end of the word.
fn is_untouched(letter: u8, next: u8) -> bool {
    let place = if next.is_ascii_lowercase() { next - b'a' } else { 26 };
    letter.is_ascii_lowercase() && SETTLED[usize::from(letter - b'a')] & (1 << place) != 0
}

/// Whether no rule can change a word: most are settled after one round.
fn is_settled(word: &[u8]) -> bool {
    let next = word.iter().skip(1).copied().chain([0]);
    word.iter().zip(next).all(|(letter, next)| is_untouched(*letter, next))
}

/// The commonest transliteration of the letters from α to ω, but for ψ, which is two letters.
const LATIN: [u8; 25] = *b"abgdezi8iklmnxoprsstyfx.o";

/// Writes a word in Latin letters, Greek ones by their commonest transliteration. Other characters are dropped.
fn latin(word: &str, out: &mut [u8; 160]) -> usize {
    let mut n = 0;
    for c in word.chars() {
        let letter = match c {
            'a'..='z' | '0'..='9' => c as u8,
            'ψ' => {
                out[n] = b'p';
                n += 1;
                b's'
            }
            'α'..='ω' => LATIN[c as usize - 'α' as usize],
            _ => continue,
        };
        out[n] = letter;
        n += 1;
        if n >= MAX_SOUND {
            break;
        }
    }
    n
}

fn is_vowel(c: u8) -> bool {
    matches!(c, b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'w')
}

fn is_consonant(c: u8) -> bool {
    c.is_ascii_alphabetic() && !is_vowel(c)
}

/// One round of the rules, left to right. Returns the new length.
fn pass(word: &[u8], out: &mut [u8; 160]) -> usize {
    let letters = word.iter().any(u8::is_ascii_alphabetic);
    let at = |i: usize| word.get(i).copied().unwrap_or(0);
    let mut n = 0;
    let mut i = 0;
    while i < word.len() {
        if is_untouched(word[i], at(i + 1)) {
            if n == 0 || out[n - 1] != word[i] {
                out[n] = word[i];
                n += 1;
            }
            i += 1;
            continue;
        }
        let prev = if i == 0 { 0 } else { word[i - 1] };
        let (step, sound): (usize, &[u8]) = match (at(i), at(i + 1)) {
            (b'a' | b'o', b'i') if at(i) == b'a' => (2, b"e"),
            (b'e', b'i') | (b'o', b'i') => (2, b"i"),
            (b'a', b'u' | b'y') => (2, b"ab"),
            (b'e', b'u' | b'y') => (2, b"eb"),
            (b'o', b'u' | b'y') => (2, b"u"),
            (b'y', _) => (1, b"i"),
            (b'h', next) => (1, aspirate(prev, next)),
            (b't', b'h') => theta(i, at(i + 2), at(i + 3)),
            (b't' | b'd', b'z') => (2, b"ts"),
            (b'8' | b'9' | b'q', _) if letters => (1, b"th"),
            (b'3', _) if letters => (1, b"x"),
            (b'4', _) if letters => (1, b"ps"),
            (b'k', b's') | (b'k' | b'c', b'h') | (b'x', b's') => (2, b"x"),
            (b'c', _) => (1, b"k"),
            (b'j', _) => (1, b"x"),
            (b'g', b'k' | b'g' | b'h') | (b'n', b'g' | b'k') => (2, b"g"),
            (b'n', b't' | b'd') => (2, b"d"),
            (b'm', b'p' | b'b') => (2, b"b"),
            (b'p', b'h') => (2, b"b"),
            (b'd', b'h') if is_vowel(at(i + 2)) => (2, b"d"),
            (b'v', next) if next == 0 || (is_consonant(prev) && is_consonant(next)) => (1, b"o"),
            (b'b' | b'v' | b'f', _) => (1, b"b"),
            (b'w', 0) if matches!(prev, b'o' | b'i' | b'h') => (1, b"s"),
            (b'w', _) => (1, b"o"),
            _ => (1, &word[i..=i]),
        };
        for c in sound {
            if n == 0 || out[n - 1] != *c || c.is_ascii_digit() {
                out[n] = *c;
                n += 1;
            }
        }
        i += step;
    }
    n
}

/// `h` is χ before a vowel or ρ, and η between consonants.
fn aspirate(prev: u8, next: u8) -> &'static [u8] {
    match (prev, next) {
        (b't', _) => b"h",
        (_, b'r') => b"x",
        (b'd', _) if !is_vowel(next) => b"i",
        (_, next) if is_vowel(next) => b"x",
        _ => b"i",
    }
}

/// `th` is θ, but for the many `τη…` that are written with the letter that looks like η.
fn theta(i: usize, next: u8, after: u8) -> (usize, &'static [u8]) {
    let end = next == 0 || (matches!(next, b's' | b'n') && after == 0);
    let start = i == 0 && matches!(next, b'l' | b's' | b'n' | b'm' | b'k');
    if end || start { (2, b"ti") } else { (2, b"th") }
}

/// The sounds of a Greek word under every habit of Greeklish, its own sound first, without repeats.
pub fn habits(word: &str) -> Vec<String> {
    let mut spellings = vec![String::new()];
    let letters: Vec<char> = word.chars().collect();
    let digraph = |i: usize| i > 0 && matches!(letters[i - 1], 'α' | 'ε' | 'ο');
    let mut chosen: Vec<(char, usize)> = Vec::new();
    for c in ['η', 'υ', 'θ', 'χ', 'ω', 'ψ', 'γ', 'ς'] {
        if letters.contains(&c) || (c == 'ς' && letters.last() == Some(&'σ')) {
            chosen.push((c, options(c).len()));
        }
    }
    let total: usize = chosen.iter().map(|(_, n)| n).product::<usize>().min(MAX_HABITS);
    spellings.clear();
    for mut pick in 0..total {
        let mut choice = [0usize; 8];
        for (slot, (_, n)) in chosen.iter().enumerate() {
            choice[slot] = pick % n;
            pick /= n;
        }
        let of = |c: char| {
            chosen
                .iter()
                .position(|(l, _)| *l == c)
                .map(|slot| options(c)[choice[slot]])
        };
        let mut spelling = String::with_capacity(word.len());
        for (i, c) in letters.iter().enumerate() {
            let last = i + 1 == letters.len();
            let option = match c {
                'υ' if digraph(i) => None,
                'γ' if !matches!(letters.get(i + 1), Some('ι' | 'ε' | 'υ' | 'η')) => None,
                'σ' if last => of('ς'),
                'σ' => None,
                c => of(*c),
            };
            match option {
                Some(text) => spelling.push_str(text),
                None => spelling.push(*c),
            }
        }
        spellings.push(spelling);
    }
    let mut sounds: Vec<String> = Vec::new();
    for sound in std::iter::once(sound(word)).chain(spellings.iter().map(|s| sound(s))) {
        if !sounds.contains(&sound) {
            sounds.push(sound);
        }
    }
    sounds
}

/// The Latin letters that people write for a Greek one where a rule can't tell.
fn options(c: char) -> &'static [&'static str] {
    match c {
        'η' => &["i", "h"],
        'υ' => &["y", "u"],
        'θ' => &["8", "u", "th"],
        'χ' => &["x", "h", "ch"],
        'ω' => &["o", "v", "w"],
        'ψ' => &["ps", "c", "y"],
        'γ' => &["g", "y"],
        _ => &["s", "w"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(word: &str, spellings: &str) {
        let known = habits(word);
        for spelling in spellings.split(' ') {
            let heard = sound(spelling);
            assert!(
                known.contains(&heard),
                "{spelling} is heard as {heard}, {word} as {known:?}"
            );
        }
    }

    #[test]
    fn the_habits_of_greeklish_meet() {
        meets("κωδικοσ", "kwdikos kodikos kvdikos kwdikow kvdikow codikos κοδικοσ");
        meets("μπορω", "mporw mporv boro mporo μπορο");
        meets("στειλω", "steilw steilv stilo stειλω");
        meets("ξεχασα", "xexasa 3exasa ksexasa jexasa ksehasa ksechasa");
        meets("εχασα", "exasa ehasa echasa");
        meets("θελω", "thelw 8elw 9elo thelo uelv");
        meets("μηνυμα", "mhnyma minima mhnuma minyma");
        meets("τηλεφωνο", "thlefwno tilefono tilephono thlefvno");
        meets("λογαριασμοσ", "logariasmos logariasmow");
        meets("κλειδωνεται", "kleidwnetai klidonete kleidvnetai");
        meets("αυτο", "auto ayto afto avto");
        meets("βοηθεια", "bohtheia voithia bohueia voh8eia");
        meets("χρειαζομαι", "xreiazomai hreiazomai chriazome");
        meets("συνδεση", "syndesh sundesh sindesi");
        meets("λογαριασμου", "logariasmou logariasmoy logariasmu");
    }

    #[test]
    fn no_rule_touches_a_settled_word() {
        let letters = b"abcdefghijklmnopqrstuvwxyz0389";
        let mut out = [0; 160];
        let mut settled = 0;
        for word in (0..letters.len().pow(3)).map(|n| [n / 900, n / 30 % 30, n % 30].map(|n| letters[n])) {
            if is_settled(&word) {
                settled += 1;
                let n = pass(&word, &mut out);
                assert_eq!(out[..n], word, "{:?}", std::str::from_utf8(&word));
            }
        }
        assert!(settled > 3_000, "{settled} words of three letters are settled");
    }

    #[test]
    fn lost_is_not_forgot() {
        assert!(!habits("ξεχασα").contains(&sound("exasa")));
        assert!(!habits("εχασα").contains(&sound("xexasa")));
        assert!(!habits("εχασα").contains(&sound("ksexasa")));
    }
}
