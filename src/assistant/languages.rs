//! Which language to answer in: the one that a person chose, else the one that they write in, among those spoken here.

use crate::intents::Catalogue;
use crate::language::Language;
use crate::language::fold::{Kind, fold};

/// The phrase that lists, in each language, what one writes to choose it.
const CHOOSE: &str = "speak-words";

/// The languages to answer in, the house language first. Empty means all that the catalogue has, and English first.
#[derive(Debug, Clone, Default)]
pub struct Languages(pub Vec<Language>);

impl Languages {
    /// The language for what is said to nobody in particular, and where a person's own is not known.
    pub fn house(&self) -> Language {
        self.0.first().cloned().unwrap_or_else(Language::english)
    }

    /// The wanted language if it is spoken here, else the house language.
    pub fn nearest(&self, catalogue: &Catalogue, wanted: Option<&Language>) -> Language {
        wanted
            .filter(|language| self.spoken(catalogue).contains(language))
            .cloned()
            .unwrap_or_else(|| self.house())
    }

    /// The language that a message chooses, where it is nothing but such a choice: "answer in English".
    pub fn chosen(&self, catalogue: &Catalogue, text: &str) -> Option<Language> {
        let said = bare(text);
        let in_english = catalogue.phrase(&Language::english(), CHOOSE, &[]);
        let chooses = |language: &&Language| {
            let words = catalogue.phrase(language, CHOOSE, &[]);
            // A language without words of its own falls back to English's, which choose English.
            let own = **language == Language::english() || words != in_english;
            own && words.split('|').any(|way| bare(way) == said)
        };
        self.spoken(catalogue).iter().find(chooses).cloned()
    }

    fn spoken<'a>(&'a self, catalogue: &'a Catalogue) -> &'a [Language] {
        if self.0.is_empty() {
            catalogue.languages()
        } else {
            &self.0
        }
    }
}

/// The folded words of a text, without what ends a sentence.
fn bare(text: &str) -> String {
    let folded = fold(text);
    let words = folded
        .tokens
        .iter()
        .filter(|token| !matches!(token.kind, Kind::Stop | Kind::Question));
    words.map(|token| folded.form(token)).collect::<Vec<_>>().join(" ")
}
