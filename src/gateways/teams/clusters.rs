//! Cutting text between the letters that people see: never inside an emoji that is joined of several, a flag, or a
//! letter with its marks.

use unicode_segmentation::UnicodeSegmentation;

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
    text.grapheme_indices(true).map(|(at, letter)| at + letter.len())
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
