//! What the examples teach: each is read as a message is, and becomes a lesson for the statistical reading.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use super::known::{self, Known};
use super::lexicon::ByHash;
use super::load::{Example, Loaded};
use super::model::{Lesson, Model};
use super::reading::read;
use super::seen::{Seen, Word};

/// What some of the examples teach, in their order.
#[derive(Default)]
struct Taught {
    lessons: Vec<Lesson>,
    /// The words of each, in one number.
    wordings: Vec<u64>,
    /// Every word that was met, once.
    words: Vec<Word>,
}

/// Trains on examples: the weights, and what is known word for word.
pub(super) fn teach(loaded: &Loaded, examples: &[&Example]) -> (Model, Known) {
    let mut taught = Taught::default();
    for part in in_parts(examples, |part| Taught::by(loaded, part)) {
        taught.lessons.extend(part.lessons);
        taught.wordings.extend(part.wordings);
        taught.words.extend(part.words);
    }
    let mut known = Known::default();
    for (wording, lesson) in taught.wordings.iter().zip(&taught.lessons) {
        known.note(*wording, &lesson.truth);
    }
    let model = Model::train(&taught.lessons, &taught.words, loaded.scenarios.len());
    (model, known)
}

impl Taught {
    fn by(loaded: &Loaded, examples: &[&Example]) -> Self {
        let mut taught = Self::default();
        let mut seen = Seen::default();
        let mut met: ByHash<()> = ByHash::default();
        for example in examples {
            let reading = read(&loaded.lexicon, &example.text);
            let hits = loaded.patterns.hits(&reading);
            let codes = loaded.codes.find(&example.text, &reading.folded);
            seen.see(&reading, &loaded.patterns, &hits, &codes);
            let new = seen.words.iter().filter(|word| met.insert(word.key, ()).is_none());
            taught.words.extend(new);
            let mut truth = vec![0.0; loaded.scenarios.len()];
            for (scenario, weight) in &example.truth {
                truth[*scenario] = *weight;
            }
            taught.wordings.push(known::words(&reading));
            taught.lessons.push(Lesson {
                features: seen.features(),
                truth,
            });
        }
        taught
    }
}

/// Does something with as many parts of all as there are processors, up to four, each on a thread of its own.
fn in_parts<T: Sync, R: Send>(all: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(4);
    let parts = all.chunks(all.len().div_ceil(threads).max(1));
    thread::scope(|scope| {
        let parts: Vec<_> = parts.map(|part| scope.spawn(|| work(part))).collect();
        let done = parts.into_iter().map(|part| part.join());
        done.map(|part| part.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}
