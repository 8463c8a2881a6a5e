//! The vocabulary that all scenarios share: words → concepts, with inflections, misspellings and typing slips.
//!
//! A word is looked up by its folded letters (Latin-script languages) or by its sound (Greek, in either script). An
//! entry is a word, a phrase of several words, or a stem (`κλειδων*`). A word that is unknown, long, and one slip away
//! from a known one (two for the very long) is taken for it.

use std::collections::{BTreeMap, HashMap};

use super::hashing::{ByHash, finish, hash, step};
use super::slips::Slips;
use crate::language::fold::{Kind, fold};
use crate::language::sound::{habits, sound};

/// A concept by its number.
pub(super) type Concept = u16;

/// A word by its number.
pub(super) type WordId = u32;

/// How the words of a language are brought to one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// By their letters.
    Latin,
    /// By their sound, in Greek letters or Latin ones.
    Greek,
}

/// A language of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tongue {
    /// Its number.
    pub index: usize,
    /// How its words are brought to one form.
    pub script: Script,
}

/// What is known of a word.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    /// Its letters or its sound.
    pub form: String,
    /// What it stands for; none for a word that only tells the language.
    pub concepts: Vec<Concept>,
    /// Whether it is listed as one of the small words that tell the language.
    pub common: bool,
    /// Whether people use it in whatever language they write: `mail`, `login`.
    pub loan: bool,
    /// The languages that list it, a bit each.
    pub languages: u16,
    /// Whether it is the beginning of words, not a word.
    pub stem: bool,
}

/// A phrase that begins with some word.
#[derive(Debug, Clone)]
struct Phrase {
    words: Vec<WordId>,
    concepts: Vec<Concept>,
}

/// The phrases that begin with some word, the longest first.
#[derive(Debug, Clone, Default)]
struct Phrases {
    list: Vec<Phrase>,
    /// A bit for each word that comes second in one: most words that follow are none of them.
    second: u64,
}

fn bit(word: WordId) -> u64 {
    1 << (word % 64)
}

/// The words of one script.
#[derive(Default)]
pub(super) struct Table {
    words: ByHash<WordId>,
    stems: ByHash<WordId>,
    /// How long stems are, the shortest and the longest.
    shortest_stem: usize,
    longest_stem: usize,
    slips: Slips,
}

impl Table {
    /// The longest stem that a form begins with.
    fn stem(&self, form: &[u8]) -> Option<WordId> {
        let mut beginnings = [0; LONGEST_STEM];
        let count = form.len().min(self.longest_stem);
        let mut hash = 0;
        for (beginning, b) in beginnings.iter_mut().zip(&form[..count]) {
            hash = step(hash, *b);
            *beginning = finish(hash);
        }
        let beginnings = beginnings[..count].iter().skip(self.shortest_stem - 1).rev();
        beginnings.copied().find_map(|hash| self.stems.get(&hash).copied())
    }
}

/// The vocabulary.
#[derive(Default)]
pub(super) struct Lexicon {
    /// What is known of each word.
    pub words: Vec<Word>,
    /// The names of the concepts.
    pub concepts: Vec<String>,
    /// The languages.
    pub tongues: Vec<Tongue>,
    /// The concept that each [`Kind`] of token has by itself.
    pub kinds: [Option<Concept>; 9],
    /// The concept of a word that nobody listed: a name, most often.
    pub unknown: Option<Concept>,
    /// The concept of such a word that is written as names are.
    pub name: Option<Concept>,
    /// The concept of the words for oneself, if the vocabulary has one.
    pub me: Option<Concept>,
    by_name: BTreeMap<String, Concept>,
    latin: Table,
    greek: Table,
    phrases: HashMap<WordId, Vec<Phrase>>,
    /// The phrases once all are in, by the number of their first word.
    ready: Vec<Phrases>,
}

/// No stem is longer: no folded word is.
const LONGEST_STEM: usize = 64;

impl Lexicon {
    /// The number of a concept, made if there is none of that name yet.
    pub fn concept(&mut self, name: &str) -> Concept {
        if let Some(concept) = self.by_name.get(name) {
            return *concept;
        }
        let concept = u16::try_from(self.concepts.len()).unwrap_or(u16::MAX);
        self.concepts.push(name.to_owned());
        self.by_name.insert(name.to_owned(), concept);
        concept
    }

    /// An empty lexicon that knows numbers, addresses, links and mentions.
    pub fn new() -> Self {
        let mut lexicon = Self::default();
        lexicon.unknown = Some(lexicon.concept("unknown"));
        lexicon.name = Some(lexicon.concept("name"));
        let kinds = [
            (Kind::Number, "number"),
            (Kind::Address, "address"),
            (Kind::Link, "link"),
            (Kind::Mention, "mention"),
        ];
        for (kind, name) in kinds {
            lexicon.kinds[kind as usize] = Some(lexicon.concept(name));
        }
        lexicon
    }

    /// The number of a concept that exists.
    pub fn find_concept(&self, name: &str) -> Option<Concept> {
        self.by_name.get(name).copied()
    }

    fn table(&mut self, script: Script) -> &mut Table {
        match script {
            Script::Latin => &mut self.latin,
            Script::Greek => &mut self.greek,
        }
    }

    fn intern(&mut self, tongue: Tongue, form: &str) -> WordId {
        let key = hash(form.as_bytes());
        let next = self.words.len() as WordId;
        let id = *self.table(tongue.script).words.entry(key).or_insert(next);
        if id == next {
            self.words.push(Word {
                form: form.to_owned(),
                ..Word::default()
            });
        }
        self.words[id as usize].languages |= 1 << tongue.index;
        id
    }

    /// Adds an entry: a word, a stem with `*`, or a phrase. `None` for one of small words without meaning.
    pub fn add(&mut self, tongue: Tongue, entry: &str, concept: Option<Concept>) {
        let stem = entry.trim_end().ends_with('*');
        let folded = fold(entry);
        let forms: Vec<String> = folded
            .tokens
            .iter()
            .filter(|t| !matches!(t.kind, Kind::Stop | Kind::Question))
            .map(|t| folded.form(t).to_owned())
            .collect();
        if stem && forms.len() == 1 {
            return self.add_stem(tongue, &forms[0], concept);
        }
        let ids: Vec<WordId> = forms.iter().map(|form| self.intern(tongue, form)).collect();
        match (ids.as_slice(), concept) {
            ([], _) => {}
            ([id], Some(concept)) => self.give(*id, concept),
            ([id], None) => self.words[*id as usize].common = true,
            ([first, ..], concept) => {
                let list = self.phrases.entry(*first).or_default();
                match list.iter_mut().find(|p| p.words == ids) {
                    Some(phrase) => phrase.concepts.extend(concept),
                    None => list.push(Phrase {
                        words: ids,
                        concepts: concept.into_iter().collect(),
                    }),
                }
            }
        }
    }

    /// Notes that a word is used in every language.
    pub fn add_loan(&mut self, tongue: Tongue, entry: &str) {
        let folded = fold(entry);
        for token in &folded.tokens {
            let id = self.intern(tongue, folded.form(token));
            self.words[id as usize].loan = true;
        }
    }

    fn give(&mut self, id: WordId, concept: Concept) {
        let concepts = &mut self.words[id as usize].concepts;
        if !concepts.contains(&concept) {
            concepts.push(concept);
            concepts.sort_unstable();
        }
    }

    fn add_stem(&mut self, tongue: Tongue, form: &str, concept: Option<Concept>) {
        let key = hash(form.as_bytes());
        let next = self.words.len() as WordId;
        let table = self.table(tongue.script);
        let id = *table.stems.entry(key).or_insert(next);
        if id == next {
            self.words.push(Word {
                form: form.to_owned(),
                common: concept.is_none(),
                stem: true,
                ..Word::default()
            });
        }
        self.words[id as usize].languages |= 1 << tongue.index;
        if let Some(concept) = concept {
            self.give(id, concept);
        }
    }

    /// Call once all entries are in: gives Greek words their sounds, whole words the meaning of their stems, and every
    /// long word its slips.
    pub fn finish(&mut self) {
        self.sound_out();
        for script in [Script::Latin, Script::Greek] {
            let table = self.table(script);
            let words: Vec<WordId> = sorted(table.words.values().copied());
            let stems: Vec<WordId> = sorted(table.stems.values().copied());
            let lengths = || stems.iter().map(|id| self.words[*id as usize].form.len());
            let (shortest, longest) = (lengths().min(), lengths().max());
            let table = self.table(script);
            table.shortest_stem = shortest.unwrap_or(1).max(1);
            table.longest_stem = longest.unwrap_or(0).min(LONGEST_STEM);
            for id in &words {
                let word = &self.words[*id as usize];
                if word.concepts.is_empty() && !word.common {
                    let found = self
                        .table_of(script)
                        .stem(word.form.as_bytes())
                        .map(|stem| self.words[stem as usize].concepts.clone());
                    self.words[*id as usize].concepts = found.unwrap_or_default();
                }
            }
            let mut slips = Slips::default();
            for id in words {
                let word = &self.words[id as usize];
                if !word.concepts.is_empty() {
                    slips.add(word.form.as_bytes(), id);
                }
            }
            self.table(script).slips = slips;
        }
        self.me = self.find_concept("me");
        self.ready = vec![Phrases::default(); self.words.len()];
        for (first, list) in &mut self.phrases {
            list.sort_by_key(|p| std::cmp::Reverse(p.words.len()));
            self.ready[*first as usize] = Phrases {
                second: list.iter().fold(0, |bits, phrase| bits | bit(phrase.words[1])),
                list: list.clone(),
            };
        }
    }

    /// Greek entries were kept as spelled; now they are known by sound, each under every habit of Greeklish that does
    /// not sound like another word.
    fn sound_out(&mut self) {
        let spelled = std::mem::take(&mut self.greek);
        let mut table = Table::default();
        let ids = sorted(spelled.words.values().copied());
        let stems = sorted(spelled.stems.values().copied());
        let mut same: HashMap<WordId, WordId> = HashMap::new();
        for (ids, stem) in [(&ids, false), (&stems, true)] {
            for id in ids {
                let heard = sound(&self.words[*id as usize].form);
                let map = if stem { &mut table.stems } else { &mut table.words };
                let first = *map.entry(hash(heard.as_bytes())).or_insert(*id);
                if first != *id {
                    let twin = self.words[*id as usize].clone();
                    for concept in twin.concepts {
                        self.give(first, concept);
                    }
                    self.words[first as usize].common |= twin.common;
                    self.words[first as usize].loan |= twin.loan;
                    self.words[first as usize].languages |= twin.languages;
                    same.insert(*id, first);
                }
            }
            for id in ids {
                let spelling = self.words[*id as usize].form.clone();
                // Of a stem only the readings that stay readings of its beginning.
                for heard in habits(&spelling).iter().skip(1).filter(|h| !stem || h.len() >= 4) {
                    let map = if stem { &mut table.stems } else { &mut table.words };
                    let known = same.get(id).copied().unwrap_or(*id);
                    map.entry(hash(heard.as_bytes())).or_insert(known);
                }
            }
        }
        for id in ids.iter().chain(&stems) {
            self.words[*id as usize].form = sound(&self.words[*id as usize].form);
        }
        self.greek = table;
        let phrases = std::mem::take(&mut self.phrases);
        let firsts = sorted(phrases.keys().copied());
        for first in firsts {
            for mut phrase in phrases[&first].clone() {
                for word in &mut phrase.words {
                    *word = same.get(word).copied().unwrap_or(*word);
                }
                self.phrases.entry(phrase.words[0]).or_default().push(phrase);
            }
        }
    }

    fn table_of(&self, script: Script) -> &Table {
        match script {
            Script::Latin => &self.latin,
            Script::Greek => &self.greek,
        }
    }

    /// The word of a form, exactly or by its stem.
    pub fn look_up(&self, script: Script, form: &[u8]) -> Option<WordId> {
        let table = self.table_of(script);
        let word = table.words.get(&hash(form)).copied();
        word.or_else(|| table.stem(form))
    }

    /// The word that a form is a slip of.
    pub fn near(&self, script: Script, form: &[u8]) -> Option<WordId> {
        let form = std::str::from_utf8(form).ok()?;
        let form_of = |id: WordId| self.words[id as usize].form.as_str();
        self.table_of(script).slips.near(form, form_of)
    }

    /// The longest phrase that begins at the head of `words`: how many words, and what it stands for.
    pub fn phrase(&self, first: WordId, rest: impl Fn(usize) -> [Option<WordId>; 2]) -> Option<(usize, &[Concept])> {
        let phrases = self.ready.get(first as usize).filter(|phrases| phrases.second != 0)?;
        if rest(1).iter().flatten().all(|word| phrases.second & bit(*word) == 0) {
            return None;
        }
        phrases
            .list
            .iter()
            .find(|p| {
                p.words
                    .iter()
                    .enumerate()
                    .skip(1)
                    .all(|(i, word)| rest(i).contains(&Some(*word)))
            })
            .map(|p| (p.words.len(), p.concepts.as_slice()))
    }
}

fn sorted(ids: impl Iterator<Item = WordId>) -> Vec<WordId> {
    let mut ids: Vec<WordId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
