//! The automaton behind patterns: every place of every pattern that waits for a word, and which places follow it.

use super::lexicon::Concept;
use super::pattern::{Hit, Translated};
use super::reading::Reading;

/// What a pattern asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// An item that stands for one of these.
    One(Vec<Concept>),
    /// Any item.
    Any,
    /// One after the other.
    Row(Vec<Node>),
    /// One of several.
    Either(Vec<Node>),
    /// This or nothing.
    Maybe(Box<Node>),
}

impl Node {
    /// Up to `count` items.
    pub fn gap(count: usize) -> Self {
        (0..count).fold(Node::Row(Vec::new()), |inner, _| {
            Node::Maybe(Box::new(Node::Row(vec![Node::Any, inner])))
        })
    }

    /// Whether it fits where there is nothing.
    pub fn may_be_nothing(&self) -> bool {
        match self {
            Node::One(_) | Node::Any => false,
            Node::Row(parts) => parts.iter().all(Node::may_be_nothing),
            Node::Either(ways) => ways.iter().any(Node::may_be_nothing),
            Node::Maybe(_) => true,
        }
    }
}

/// A place of a pattern that takes one item.
struct Place {
    pattern: u32,
    /// What it takes; anything where there is nothing.
    takes: Vec<Concept>,
    follow: Vec<u32>,
    /// Whether the pattern may end here.
    last: bool,
}

/// All patterns at once.
pub(super) struct Automaton {
    places: Vec<Place>,
    /// The places where a pattern may begin, by a concept that they take.
    starts: Vec<Vec<u32>>,
    /// The places that begin a pattern with whatever item.
    starts_with_any: Vec<u32>,
    /// For each pattern whether it must begin and end the message.
    bounds: Vec<(bool, bool)>,
}

/// The first and last places of a part.
#[derive(Default)]
struct Ends {
    first: Vec<u32>,
    last: Vec<u32>,
}

impl Automaton {
    /// An automaton of no pattern, over so many concepts.
    pub fn new(concepts: usize) -> Self {
        Self {
            places: Vec::new(),
            starts: vec![Vec::new(); concepts],
            starts_with_any: Vec::new(),
            bounds: Vec::new(),
        }
    }

    /// Adds the next pattern.
    pub fn add(&mut self, pattern: &Translated) {
        self.bounds.push((pattern.begins, pattern.ends));
        let ends = self.build(&pattern.node);
        for place in ends.last {
            self.places[place as usize].last = true;
        }
        for place in ends.first {
            let takes = &self.places[place as usize].takes;
            if takes.is_empty() {
                self.starts_with_any.push(place);
            }
            for concept in takes {
                self.starts[usize::from(*concept)].push(place);
            }
        }
    }

    fn place(&mut self, takes: Vec<Concept>) -> Ends {
        let number = self.places.len() as u32;
        self.places.push(Place {
            pattern: self.bounds.len() as u32 - 1,
            takes,
            follow: Vec::new(),
            last: false,
        });
        Ends {
            first: vec![number],
            last: vec![number],
        }
    }

    fn build(&mut self, node: &Node) -> Ends {
        match node {
            Node::One(concepts) => self.place(concepts.clone()),
            Node::Any => self.place(Vec::new()),
            Node::Maybe(inner) => self.build(inner),
            Node::Either(ways) => {
                let mut ends = Ends::default();
                for way in ways {
                    let inner = self.build(way);
                    ends.first.extend(inner.first);
                    ends.last.extend(inner.last);
                }
                ends
            }
            Node::Row(parts) => {
                let mut ends = Ends::default();
                let mut nothing_yet = true;
                for part in parts {
                    let inner = self.build(part);
                    for last in &ends.last {
                        self.places[*last as usize].follow.extend(&inner.first);
                    }
                    let skipped = part.may_be_nothing();
                    if nothing_yet {
                        ends.first.extend(&inner.first);
                    }
                    if !skipped {
                        ends.last.clear();
                    }
                    ends.last.extend(inner.last);
                    nothing_yet &= skipped;
                }
                ends
            }
        }
    }

    /// The patterns that a message fits, by their numbers, each where it fits first.
    pub fn run(&self, reading: &Reading) -> Vec<Hit> {
        let mut run = Run {
            automaton: self,
            seen: vec![0; self.places.len().div_ceil(64)],
            now: Vec::new(),
            next: Vec::new(),
            hits: Vec::new(),
        };
        let end = reading.items.iter().rposition(|item| !item.stop).map_or(0, |i| i + 1);
        for (i, item) in reading.items[..end].iter().enumerate() {
            if item.stop {
                run.now.clear();
            } else {
                run.step(i, reading.meaning(item), i + 1 == end);
            }
        }
        let mut hits = run.hits;
        hits.sort_by_key(|hit| (hit.pattern, hit.items.start, hit.items.end));
        hits.dedup_by_key(|hit| hit.pattern);
        hits
    }
}

struct Run<'a> {
    automaton: &'a Automaton,
    /// For each place a bit that says whether this item has reached it.
    seen: Vec<u64>,
    /// The places that took the last item, and the item that their pattern began with.
    now: Vec<(u32, u32)>,
    next: Vec<(u32, u32)>,
    hits: Vec<Hit>,
}

impl Run<'_> {
    fn step(&mut self, i: usize, concepts: &[Concept], at_end: bool) {
        let automaton = self.automaton;
        self.seen.fill(0);
        let now = std::mem::take(&mut self.now);
        for (place, start) in &now {
            for next in &automaton.places[*place as usize].follow {
                let takes = &automaton.places[*next as usize].takes;
                if takes.is_empty() || takes.iter().any(|c| concepts.contains(c)) {
                    self.reach(*next, *start, i, at_end);
                }
            }
        }
        let starts = concepts.iter().flat_map(|c| &automaton.starts[usize::from(*c)]);
        for place in starts.chain(&automaton.starts_with_any) {
            let (begins, _) = automaton.bounds[automaton.places[*place as usize].pattern as usize];
            if !begins || i == 0 {
                self.reach(*place, i as u32, i, at_end);
            }
        }
        self.now = std::mem::replace(&mut self.next, now);
        self.next.clear();
    }

    fn reach(&mut self, number: u32, start: u32, i: usize, at_end: bool) {
        let at = number as usize;
        let bit = 1 << (at % 64);
        if self.seen[at / 64] & bit != 0 {
            return;
        }
        self.seen[at / 64] |= bit;
        self.next.push((number, start));
        let place = &self.automaton.places[at];
        let (_, ends) = self.automaton.bounds[place.pattern as usize];
        if place.last && (!ends || at_end) {
            self.hits.push(Hit {
                pattern: place.pattern as usize,
                items: start as usize..i + 1,
            });
        }
    }
}
