//! Cutting text between the letters that people see: never inside an emoji that is joined of several, a flag, or a
//! letter with its marks.

use unicode_normalization::char::is_combining_mark;

const JOINER: char = '\u{200d}';

/// The largest place to cut at that leaves at most `bytes` before it. At least one whole letter stands before it, even
/// if that is more.
pub fn cut(text: &str, bytes: usize) -> usize {
    if text.len() <= bytes {
        return text.len();
    }
    let mut best = None;
    for place in places(text) {
        if place > bytes {
            return best.unwrap_or(place);
        }
        best = Some(place);
    }
    text.len()
}

/// The text in at most `most` letters as people count them; what is cut off becomes "…".
pub fn shorten(text: &str, most: usize) -> String {
    let mut places = places(text);
    let Some(end) = places.nth(most.saturating_sub(1)) else {
        return text.to_owned();
    };
    if end == text.len() {
        return text.to_owned();
    }
    let kept = self::places(text).nth(most.saturating_sub(2)).unwrap_or(end);
    format!("{}…", &text[..kept])
}

/// The end of every letter, in bytes.
fn places(text: &str) -> impl Iterator<Item = usize> {
    let mut letters = text.char_indices().peekable();
    let mut flags = 0_usize;
    std::iter::from_fn(move || {
        while let Some((at, letter)) = letters.next() {
            flags = if is_flag_half(letter) { flags + 1 } else { 0 };
            let Some((_, next)) = letters.peek() else {
                return Some(at + letter.len_utf8());
            };
            let flag_goes_on = flags % 2 == 1 && is_flag_half(*next);
            let one_break = letter == '\r' && *next == '\n';
            if letter != JOINER && !belongs_to_the_one_before(*next) && !flag_goes_on && !one_break {
                return Some(at + letter.len_utf8());
            }
        }
        None
    })
}

fn belongs_to_the_one_before(letter: char) -> bool {
    is_combining_mark(letter)
        || letter == JOINER
        || matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

fn is_flag_half(letter: char) -> bool {
    matches!(letter, '\u{1f1e6}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_belongs_together_is_cut() {
        let family = "👩‍👩‍👧‍👦";
        let text = format!("{family}🇬🇷🇨🇾e\u{301}\u{323}👍🏽ώς");
        let letters: Vec<usize> = places(&text).collect();
        assert_eq!(letters.len(), 7, "{letters:?}");
        assert_eq!(cut(&text, family.len() + 3), family.len());
        assert_eq!(cut(&text, 1), family.len(), "one letter is not cut, however large");
        assert_eq!(cut(&text, 1000), text.len());
    }

    #[test]
    fn shortening_counts_letters() {
        assert_eq!(shorten("🇬🇷🇬🇷🇬🇷", 3), "🇬🇷🇬🇷🇬🇷");
        assert_eq!(shorten("🇬🇷🇬🇷🇬🇷🇬🇷", 3), "🇬🇷🇬🇷…");
        assert_eq!(shorten("", 3), "");
    }
}
