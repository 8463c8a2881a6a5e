//! The automaton behind patterns: every place of every pattern that waits for a word, and which places follow it.

use super::lexicon::Concept;
use super::pattern::{Hit, Translated};
use super::reading::Reading;

/// How many places are reached at once, most often: room that is made ahead.
const ROOM: usize = 48;

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

    /// The parts of which each must be met: what one item must stand for.
    fn needs<'a>(&'a self, needs: &mut Vec<&'a [Concept]>) {
        match self {
            Node::One(concepts) => needs.push(concepts),
            Node::Row(parts) => parts.iter().for_each(|part| part.needs(needs)),
            Node::Any | Node::Either(_) | Node::Maybe(_) => {}
        }
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

/// A place of a pattern that takes one item, while patterns are added.
struct Draft {
    pattern: u32,
    /// What it takes; anything where there is nothing.
    takes: Vec<Concept>,
    follow: Vec<u32>,
    last: bool,
}

/// A place of a pattern that takes one item.
struct Place {
    pattern: u32,
    /// What it takes, a range of [`Automaton::takes`]; anything where there is nothing.
    takes: (u32, u32),
    /// The places behind it, a range of [`Automaton::follow`].
    follow: (u32, u32),
    /// Whether the pattern may end here.
    last: bool,
}

/// Patterns that are being put together.
pub(super) struct Builder {
    places: Vec<Draft>,
    /// For each pattern the parts that it needs.
    needs: Vec<Vec<Vec<Concept>>>,
    starts: Vec<Vec<u32>>,
    starts_with_any: Vec<u32>,
    bounds: Vec<(bool, bool)>,
}

/// All patterns at once. What places take and lead to lies together in two rows, so that reading a message stays in the
/// processor's cache.
pub(super) struct Automaton {
    places: Vec<Place>,
    takes: Vec<Concept>,
    follow: Vec<u32>,
    /// For each pattern the parts that it needs, a range of `parts`, each of them a range of `takes`. Most patterns that
    /// begin somewhere in a message lack one, and are not followed.
    needs: Vec<(u32, u32)>,
    parts: Vec<(u32, u32)>,
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

impl Builder {
    /// No pattern yet, over so many concepts.
    pub fn new(concepts: usize) -> Self {
        Self {
            places: Vec::new(),
            needs: Vec::new(),
            starts: vec![Vec::new(); concepts],
            starts_with_any: Vec::new(),
            bounds: Vec::new(),
        }
    }

    /// Adds the next pattern.
    pub fn add(&mut self, pattern: &Translated) {
        self.bounds.push((pattern.begins, pattern.ends));
        let mut needs = Vec::new();
        pattern.node.needs(&mut needs);
        self.needs.push(needs.into_iter().map(<[Concept]>::to_vec).collect());
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
        self.places.push(Draft {
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

    /// The automaton of all that was added.
    pub fn finish(self) -> Automaton {
        let (mut takes, mut follow) = (Vec::new(), Vec::new());
        let mut places = Vec::with_capacity(self.places.len());
        for draft in self.places {
            let begins = (takes.len() as u32, follow.len() as u32);
            takes.extend(draft.takes);
            follow.extend(draft.follow);
            places.push(Place {
                pattern: draft.pattern,
                takes: (begins.0, takes.len() as u32),
                follow: (begins.1, follow.len() as u32),
                last: draft.last,
            });
        }
        let (mut needs, mut parts) = (Vec::new(), Vec::new());
        for of_pattern in self.needs {
            let begin = parts.len() as u32;
            for part in of_pattern {
                let from = takes.len() as u32;
                takes.extend(part);
                parts.push((from, takes.len() as u32));
            }
            needs.push((begin, parts.len() as u32));
        }
        Automaton {
            places,
            takes,
            follow,
            needs,
            parts,
            starts: self.starts,
            starts_with_any: self.starts_with_any,
            bounds: self.bounds,
        }
    }
}

impl Automaton {
    /// The patterns that a message fits, by their numbers, each where it fits first.
    pub fn run(&self, reading: &Reading) -> Vec<Hit> {
        let mut run = Run {
            automaton: self,
            seen: vec![0; self.places.len().div_ceil(64)],
            said: Concepts::of(self.starts.len(), &reading.concepts),
            stands_for: Concepts::of(self.starts.len(), &[]),
            now: Vec::with_capacity(ROOM),
            next: Vec::with_capacity(ROOM),
            hits: Vec::with_capacity(ROOM),
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

/// A set of concepts, a bit for each.
struct Concepts(Vec<u64>);

impl Concepts {
    /// A set out of so many concepts, with these in it.
    fn of(count: usize, concepts: &[Concept]) -> Self {
        let mut set = Self(vec![0; count.div_ceil(64)]);
        set.add(concepts);
        set
    }

    fn add(&mut self, concepts: &[Concept]) {
        for concept in concepts {
            self.0[usize::from(*concept) / 64] |= 1 << (concept % 64);
        }
    }

    fn clear(&mut self, concepts: &[Concept]) {
        for concept in concepts {
            self.0[usize::from(*concept) / 64] = 0;
        }
    }

    fn any(&self, concepts: &[Concept]) -> bool {
        let has = |concept: &Concept| self.0[usize::from(*concept) / 64] & (1 << (concept % 64)) != 0;
        concepts.iter().any(has)
    }
}

struct Run<'a> {
    automaton: &'a Automaton,
    /// For each place a bit that says whether this item has reached it.
    seen: Vec<u64>,
    /// What any item of the message stands for.
    said: Concepts,
    /// What this item stands for.
    stands_for: Concepts,
    /// The places that took the last item, and the item that their pattern began with.
    now: Vec<(u32, u32)>,
    next: Vec<(u32, u32)>,
    hits: Vec<Hit>,
}

impl Run<'_> {
    fn step(&mut self, i: usize, concepts: &[Concept], at_end: bool) {
        let automaton = self.automaton;
        let now = std::mem::take(&mut self.now);
        self.stands_for.add(concepts);
        for (place, start) in &now {
            let (from, to) = automaton.places[*place as usize].follow;
            for next in &automaton.follow[from as usize..to as usize] {
                let (from, to) = automaton.places[*next as usize].takes;
                let takes = &automaton.takes[from as usize..to as usize];
                if takes.is_empty() || self.stands_for.any(takes) {
                    self.reach(*next, *start, i, at_end);
                }
            }
        }
        let starts = concepts.iter().flat_map(|c| &automaton.starts[usize::from(*c)]);
        for place in starts.chain(&automaton.starts_with_any) {
            let pattern = automaton.places[*place as usize].pattern;
            let (begins, _) = automaton.bounds[pattern as usize];
            if (!begins || i == 0) && self.may_fit(pattern) {
                self.reach(*place, i as u32, i, at_end);
            }
        }
        self.now = std::mem::replace(&mut self.next, now);
        self.next.clear();
        for (place, _) in &self.now {
            self.seen[*place as usize / 64] = 0;
        }
        self.stands_for.clear(concepts);
    }

    /// Whether the message has whatever a pattern needs.
    fn may_fit(&self, pattern: u32) -> bool {
        let automaton = self.automaton;
        let (from, to) = automaton.needs[pattern as usize];
        let mut parts = automaton.parts[from as usize..to as usize].iter();
        parts.all(|(from, to)| self.said.any(&automaton.takes[*from as usize..*to as usize]))
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
