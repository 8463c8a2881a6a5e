//! Cuts text to a length without cutting a letter, a flag or a family of emoji apart.

use unicode_segmentation::UnicodeSegmentation;

use super::limits::length;

/// What stands where something was left out.
const ELLIPSIS: &str = "…";

/// The first piece of a text that is longer than `longest`, and what follows it: cut at a space or line end where there
/// is one in the second half of the piece, else between two letters.
pub fn first(text: &str, longest: usize) -> (&str, &str) {
    text.split_at(cut(text, longest))
}

/// The beginning of the text, with an ellipsis where something is missing.
pub fn shortened(text: &str, longest: usize) -> String {
    if length(text) <= longest {
        return text.to_owned();
    }
    let end = whole_letters(text, longest - length(ELLIPSIS));
    format!("{}{ELLIPSIS}", text[..end].trim_end())
}

/// Where to cut, in bytes: never at the very beginning.
fn cut(text: &str, longest: usize) -> usize {
    let end = whole_letters(text, longest);
    let space = text[..end].rfind(char::is_whitespace).filter(|at| *at > end / 2);
    match space {
        Some(at) => at + text[at..].chars().next().map_or(1, char::len_utf8),
        None => end,
    }
}

/// How many bytes of whole letters fit. A letter that is longer than all that there is room for is cut between its parts.
fn whole_letters(text: &str, longest: usize) -> usize {
    let fits = |parts: &mut dyn Iterator<Item = &str>| {
        let (mut end, mut used) = (0, 0);
        for part in parts {
            used += length(part);
            if used > longest {
                break;
            }
            end += part.len();
        }
        end
    };
    match fits(&mut text.graphemes(true)) {
        0 => fits(&mut text.split_inclusive(|_| true)).max(text.chars().next().map_or(0, char::len_utf8)),
        end => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "👩‍👩‍👧‍👦";

    fn pieces(text: &str, longest: usize) -> Vec<&str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while length(rest) > longest {
            let (piece, after) = first(rest, longest);
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        pieces
    }

    #[test]
    fn pieces_are_the_text_and_fit() {
        let text = format!("{} {} {}", FAMILY.repeat(20), "λέξη ".repeat(40), "🇬🇷".repeat(30));
        for longest in [12, 13, 50, 75, 150] {
            let pieces = pieces(&text, longest);
            assert_eq!(pieces.concat(), text);
            for piece in &pieces {
                assert!(length(piece) <= longest, "{piece}");
                let cut_apart = piece.starts_with('\u{200d}') || piece.ends_with('\u{200d}');
                assert!(!cut_apart, "{piece:?}");
            }
        }
    }

    #[test]
    fn a_letter_without_end_is_cut_between_its_marks() {
        let text = format!("e{}", "\u{301}".repeat(100));
        let pieces = pieces(&text, 30);
        assert_eq!(pieces.concat(), text);
        assert!(pieces.iter().all(|piece| length(piece) <= 30));
    }

    #[test]
    fn a_shortened_text_says_so_and_keeps_its_letters_whole() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("a longer one", 9), "a longer…");
        assert_eq!(shortened(&FAMILY.repeat(3), 24), format!("{}…", FAMILY.repeat(2)));
    }
}
