//! What training goes through: lessons, with numbers in the place of features.

use super::hashing::ByHash;
use super::parallel::{self, side_by_side};
use super::seen::Feature;

/// Among more lessons than this a feature must be met three times, among fewer twice.
const MANY_LESSONS: usize = 10_000;

/// Features that are alike in their last digits, of which there are so many, are counted together at first.
const ALIKE: usize = 1 << 21;

/// What some examples teach, one lesson after the other.
pub(super) struct Lessons {
    /// What was seen in each message: its features, each once.
    features: Vec<Feature>,
    /// Where those of each lesson end.
    ends: Vec<usize>,
    /// How right each scenario is, from 0 to 1; so many for each lesson.
    truths: Vec<f32>,
    scenarios: usize,
    /// How many features there are of each that are alike.
    alike: Vec<u8>,
}

impl Lessons {
    /// None yet.
    pub fn none(scenarios: usize) -> Self {
        Self {
            features: Vec::new(),
            ends: Vec::new(),
            truths: Vec::new(),
            scenarios,
            alike: vec![0; ALIKE],
        }
    }

    /// Adds one: the features of a message, each once, and how right the scenarios are that are right at all.
    pub fn add(&mut self, features: &[Feature], right: &[(usize, f32)]) {
        for feature in features {
            let count = &mut self.alike[*feature as usize % ALIKE];
            *count = count.saturating_add(1);
        }
        self.features.extend_from_slice(features);
        self.ends.push(self.features.len());
        let begin = self.truths.len();
        self.truths.resize(begin + self.scenarios, 0.0);
        for (scenario, weight) in right {
            self.truths[begin + scenario] = *weight;
        }
    }

    /// How right each scenario is in each lesson.
    pub fn truths(&self) -> impl Iterator<Item = &[f32]> {
        (0..self.ends.len()).map(|lesson| self.truth(lesson))
    }

    fn truth(&self, lesson: usize) -> &[f32] {
        &self.truths[lesson * self.scenarios..][..self.scenarios]
    }
}

/// The lessons in the order in which they are visited. Every feature that several of them have is a row of weights; from
/// the others little can be learned for other messages.
pub(super) struct Course {
    /// The feature of each row.
    pub features: Vec<Feature>,
    /// How many scenarios there are.
    pub scenarios: usize,
    /// How many lessons there are.
    pub count: usize,
    stages: Vec<Stage>,
}

/// A part of the way.
#[derive(Default)]
struct Stage {
    /// The rows of each lesson, one lesson after the other, and where each ends.
    rows: Vec<u32>,
    ends: Vec<usize>,
    truths: Vec<f32>,
}

impl Course {
    /// Makes a course of lessons that stand in several parts.
    pub fn of(parts: &[Lessons], scenarios: usize) -> Self {
        let lessons = parts.iter().enumerate();
        let lessons = lessons.flat_map(|(part, lessons)| (0..lessons.ends.len()).map(move |lesson| (part, lesson)));
        let lessons: Vec<(usize, usize)> = lessons.collect();
        let count = lessons.len();
        let least = if count > MANY_LESSONS { 3 } else { 2 };
        let alike = all_alike(parts);
        let mut numbered = side_by_side(parts, |part| Numbered::of(part, &alike, least));
        let features = give_rows(&mut numbered, u32::from(least));
        // A stride that shares no factor with the count visits all, neighbours far apart.
        let order: Vec<(usize, usize)> = (0..count).map(|place| lessons[place * far(count) % count]).collect();
        let stages = side_by_side(parallel::parts(&order, |_| 1), |order| {
            let mut stage = Stage::default();
            for (part, lesson) in order {
                stage.rows.extend(numbered[*part].rows_of(*lesson));
                stage.ends.push(stage.rows.len());
                stage.truths.extend_from_slice(parts[*part].truth(*lesson));
            }
            stage
        });
        Self {
            features,
            scenarios,
            count,
            stages,
        }
    }

    /// The rows of each lesson, and how right each scenario is in it, from 0 to 1.
    pub fn lessons(&self) -> impl Iterator<Item = (&[u32], &[f32])> {
        self.stages.iter().flat_map(|stage| {
            let truths = stage.truths.chunks(self.scenarios.max(1));
            let rows = (0..stage.ends.len()).map(|lesson| &stage.rows[span(&stage.ends, lesson)]);
            rows.zip(truths)
        })
    }
}

/// A part of the lessons with numbers in the place of features.
#[derive(Default)]
struct Numbered {
    /// The number of each feature, for this part alone.
    numbers: ByHash<u32, Feature>,
    /// The features by their numbers, and how often each was met.
    met: Vec<(Feature, u32)>,
    /// The row that each number stands for, or [`NO_ROW`].
    rows: Vec<u32>,
    /// The numbers of each lesson, one lesson after the other, and where each ends.
    all: Vec<u32>,
    ends: Vec<usize>,
}

/// Instead of a row, where a feature is met too seldom.
const NO_ROW: u32 = u32::MAX;

impl Numbered {
    /// Numbers features. Most are met once: that so few are alike keeps nearly all of those out of the map.
    fn of(lessons: &Lessons, alike: &[u8], least: u8) -> Self {
        let mut numbered = Self {
            all: Vec::with_capacity(lessons.features.len()),
            ends: Vec::with_capacity(lessons.ends.len()),
            ..Self::default()
        };
        for lesson in 0..lessons.ends.len() {
            let features = lessons.features[span(&lessons.ends, lesson)].iter();
            for feature in features.filter(|f| alike[**f as usize % ALIKE] >= least) {
                let number = note(*feature, 1, &mut numbered.numbers, &mut numbered.met);
                numbered.all.push(number);
            }
            numbered.ends.push(numbered.all.len());
        }
        numbered
    }

    fn rows_of(&self, lesson: usize) -> impl Iterator<Item = u32> {
        let numbers = self.all[span(&self.ends, lesson)].iter();
        numbers
            .map(|number| self.rows[*number as usize])
            .filter(|row| *row != NO_ROW)
    }
}

/// Counts a feature that was met so often; its number.
fn note(feature: Feature, count: u32, numbers: &mut ByHash<u32, Feature>, met: &mut Vec<(Feature, u32)>) -> u32 {
    let number = *numbers.entry(feature).or_insert(met.len() as u32);
    match met.get_mut(number as usize) {
        Some((_, counted)) => *counted += count,
        None => met.push((feature, count)),
    }
    number
}

/// Where a lesson stands.
fn span(ends: &[usize], lesson: usize) -> std::ops::Range<usize> {
    lesson.checked_sub(1).map_or(0, |before| ends[before])..ends[lesson]
}

/// How many features of all parts there are of each that are alike.
fn all_alike(parts: &[Lessons]) -> Vec<u8> {
    let mut all = vec![0u8; ALIKE];
    for part in parts {
        let counts = all.iter_mut().zip(&part.alike);
        counts.for_each(|(all, count)| *all = all.saturating_add(*count));
    }
    all
}

/// Gives a row to each feature that is met so often in all parts together, in the order in which they were met. The
/// features of the rows.
fn give_rows(parts: &mut [Numbered], least: u32) -> Vec<Feature> {
    let (mut numbers, mut met) = (ByHash::default(), Vec::new());
    for part in parts.iter_mut() {
        if met.is_empty() {
            numbers = std::mem::take(&mut part.numbers);
            met.clone_from(&part.met);
            part.rows = (0..met.len() as u32).collect();
        } else {
            let counts = part.met.iter();
            part.rows = counts.map(|(f, n)| note(*f, *n, &mut numbers, &mut met)).collect();
        }
    }
    let mut features = Vec::new();
    let rows = met.iter().map(|(feature, count)| {
        if *count < least {
            return NO_ROW;
        }
        features.push(*feature);
        features.len() as u32 - 1
    });
    let rows: Vec<u32> = rows.collect();
    for row in parts.iter_mut().flat_map(|part| &mut part.rows) {
        *row = rows[*row as usize];
    }
    features
}

fn far(count: usize) -> usize {
    [7_919, 104_729, 1_299_709]
        .into_iter()
        .find(|p| !count.is_multiple_of(*p))
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lessons of the features 1 to `count`, of which 1 is in all, and each other in as many as its number.
    fn lessons(count: Feature, parts: usize) -> Course {
        let features = |lesson: Feature| -> Vec<Feature> {
            let shared = (2..count).filter(|f| lesson < *f);
            [1, 1_000 + lesson].into_iter().chain(shared).collect()
        };
        let all: Vec<Feature> = (0..count).collect();
        let parts: Vec<Lessons> = all
            .chunks(all.len().div_ceil(parts))
            .map(|part| {
                let mut lessons = Lessons::none(2);
                for lesson in part {
                    let right = [(1, *lesson as f32)];
                    lessons.add(&features(*lesson), if *lesson > 0 { &right } else { &[] });
                }
                lessons
            })
            .collect();
        Course::of(&parts, 2)
    }

    fn described(course: &Course) -> Vec<(Vec<Feature>, Vec<f32>)> {
        let feature = |row: &u32| course.features[*row as usize];
        let lessons = course.lessons();
        lessons
            .map(|(rows, truth)| (rows.iter().map(feature).collect(), truth.to_vec()))
            .collect()
    }

    #[test]
    fn every_lesson_is_visited_once_with_its_truth_and_what_it_shares_with_others() {
        let mut visited = described(&lessons(30, 1));
        visited.sort_by(|a, b| a.1[1].total_cmp(&b.1[1]));
        assert_eq!(visited.len(), 30);
        for (lesson, (features, truth)) in visited.iter().enumerate() {
            let shared: Vec<Feature> = (2..30).filter(|f| lesson < *f as usize).collect();
            assert_eq!(features[0], 1);
            assert_eq!(features[1..], shared, "lesson {lesson}");
            assert_eq!(*truth, [0.0, lesson as f32]);
        }
    }

    #[test]
    fn how_many_work_on_the_examples_changes_nothing() {
        let whole = lessons(30, 1);
        for parts in 2..=4 {
            let course = lessons(30, parts);
            assert_eq!(course.features, whole.features, "{parts} parts");
            assert_eq!(described(&course), described(&whole), "{parts} parts");
        }
    }

    #[test]
    fn no_lessons_make_an_empty_course() {
        let course = Course::of(&[], 0);
        assert_eq!(
            (course.count, course.lessons().count(), course.features.len()),
            (0, 0, 0)
        );
    }
}
