//! What the examples teach: each is read as a message is, and becomes a lesson for the statistical reading.

use super::course::{Course, Lessons};
use super::hashing::{ByHash, Once};
use super::known::{self, Known};
use super::load::{Example, Loaded};
use super::model::Model;
use super::parallel::{parts, side_by_side};
use super::reading::read;
use super::seen::{Feature, Seen, Word};

/// What some of the examples teach, in their order.
struct Taught {
    lessons: Lessons,
    /// The words of each, in one number.
    wordings: Vec<u64>,
    /// Every word that was met, once.
    words: Vec<Word>,
}

/// Trains on examples: the weights, and what is known word for word.
pub(super) fn teach(loaded: &Loaded, examples: &[&Example]) -> (Model, Known) {
    let mut known = Known::default();
    let (mut lessons, mut words) = (Vec::new(), Vec::new());
    for part in side_by_side(parts(examples, |example| example.text.len()), |part| {
        Taught::by(loaded, part)
    }) {
        for (wording, truth) in part.wordings.iter().zip(part.lessons.truths()) {
            known.note(*wording, truth);
        }
        lessons.push(part.lessons);
        words.extend(part.words);
    }
    let course = Course::of(&lessons, loaded.scenarios.len());
    (Model::train(&course, &words), known)
}

impl Taught {
    fn by(loaded: &Loaded, examples: &[&Example]) -> Self {
        let mut taught = Self {
            lessons: Lessons::none(loaded.scenarios.len()),
            wordings: Vec::with_capacity(examples.len()),
            words: Vec::new(),
        };
        let mut seen = Seen::default();
        let mut features = Once::default();
        let mut met: ByHash<(), Feature> = ByHash::default();
        for example in examples {
            let reading = read(&loaded.lexicon, &example.text);
            let hits = loaded.patterns.hits(&reading);
            let codes = loaded.codes.find(&example.text, &reading.folded);
            seen.see(&reading, &loaded.patterns, &hits, &codes);
            seen.features(&mut features);
            taught.lessons.add(&features.list, &example.truth);
            taught.wordings.push(known::words(&reading));
            let new = seen.words.iter().filter(|word| met.insert(word.key, ()).is_none());
            taught.words.extend(new);
        }
        taught
    }
}
