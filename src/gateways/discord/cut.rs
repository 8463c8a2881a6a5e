//! Where a text may be cut: never inside what people see as one letter, such as a flag, a family or a letter with its
//! accents, and between words where there is a choice.

use unicode_segmentation::UnicodeSegmentation;

use super::limits::length;

/// What is put where a label had to be cut.
const ELLIPSIS: char = '…';
/// Longer than any letter that is meant; what goes on beyond it is cut anywhere.
const LONGEST_CLUSTER: usize = 64;

/// The longest beginning of `text` of at most `room` characters that ends where it may, and the rest. The beginning is
/// empty where not even one letter fits.
pub fn cut(text: &str, room: usize) -> (&str, &str) {
    cut_measured(text, room, length)
}

/// The same, where a letter takes up as much room as `measure` says.
pub fn cut_measured(text: &str, room: usize, measure: impl Fn(&str) -> usize) -> (&str, &str) {
    let (mut used, mut end, mut after_space) = (0, 0, 0);
    for cluster in clusters(text) {
        used += measure(cluster);
        if used > room {
            // Not so far back that next to nothing is left of it.
            let at = if after_space > end / 2 { after_space } else { end };
            return text.split_at(at);
        }
        end += cluster.len();
        if cluster.ends_with(char::is_whitespace) {
            after_space = end;
        }
    }
    (text, "")
}

/// A label in at most `room` characters, with an ellipsis where it goes on.
pub fn label(text: &str, room: usize) -> String {
    if length(text) <= room {
        return text.to_owned();
    }
    let (mut short, _) = cut(text, room.saturating_sub(1));
    short = short.trim_end();
    format!("{short}{ELLIPSIS}")
}

/// What people see as one letter each; a heap of marks that is longer than any letter comes in parts.
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true).flat_map(parts)
}

fn parts(mut letter: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let at = letter
            .char_indices()
            .map(|(at, _)| at)
            .find(|at| *at >= LONGEST_CLUSTER)
            .unwrap_or(letter.len());
        let (part, rest) = letter.split_at(at);
        letter = rest;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: [&str; 6] = ["👩‍👩‍👧‍👦", "🇬🇷", "e\u{301}\u{323}", "ώ", "ς", "👍🏽"];

    #[test]
    fn a_letter_is_never_cut() {
        let text = LETTERS.concat();
        assert_eq!(clusters(&text).collect::<Vec<_>>(), LETTERS);
        for room in 0..=length(&text) {
            let (beginning, rest) = cut(&text, room);
            assert!(length(beginning) <= room);
            assert_eq!(format!("{beginning}{rest}"), text);
            let mut whole = String::new();
            let ends_well = std::iter::once(String::new())
                .chain(LETTERS.iter().map(|letter| {
                    whole.push_str(letter);
                    whole.clone()
                }))
                .any(|end| end == beginning);
            assert!(ends_well, "{beginning:?}");
        }
    }

    #[test]
    fn flags_go_in_pairs() {
        let flags = "🇬🇷🇨🇾🇬🇷";
        assert_eq!(clusters(flags).collect::<Vec<_>>(), ["🇬🇷", "🇨🇾", "🇬🇷"]);
    }

    #[test]
    fn a_cut_falls_between_words_where_it_can() {
        assert_eq!(cut("one two three", 9), ("one two ", "three"));
        assert_eq!(cut("one twothreefour", 9), ("one twoth", "reefour"));
        assert_eq!(label("one two three", 9), "one two…");
        assert_eq!(label("one two", 9), "one two");
    }

    #[test]
    fn endless_marks_are_cut_all_the_same() {
        let heap = format!("e{}", "\u{301}".repeat(10_000));
        assert!(clusters(&heap).all(|cluster| cluster.len() <= LONGEST_CLUSTER + 4));
    }
}
