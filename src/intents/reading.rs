//! A message as a row of concepts: what patterns and the statistical reading both see.

use std::ops::Range;

use super::hashing::{finish, step};
use super::lexicon::{Concept, Lexicon, Script, WordId};
use crate::language::fold::{Folded, Kind, Zone, fold};
use crate::language::keyboard;
use crate::language::sound::sound_into;

/// How much a word in Greek letters says about the language: who types them reads Greek, whatever stands beside them.
const GREEK_LETTERS: f32 = 2.5;

/// A word or phrase of a message.
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    /// Its tokens.
    pub tokens: Range<usize>,
    /// What it stands for: a range of [`Reading::concepts`].
    pub concepts: Range<usize>,
    /// The word that it is known as, or its one spelling, hashed.
    pub key: u64,
    /// Where its words stand in [`Reading::spelled`], with spaces between them.
    pub spelled: Range<usize>,
    /// Whether it ends a sentence.
    pub stop: bool,
    /// Whether it stands between quotation marks.
    pub quoted: bool,
}

/// A message that was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The folded message.
    pub folded: Folded,
    /// The forms that were recognised, with spaces: what `explain` shows.
    pub forms: String,
    /// The words and phrases that count, in order.
    pub items: Vec<Item>,
    /// What the items stand for, one after the other.
    pub concepts: Vec<Concept>,
    /// Every word in the one spelling that its habits share: by sound where the message is Greek, by letters elsewhere.
    pub spelled: Vec<u8>,
    /// Whether somebody speaks of themselves between quotation marks, or to somebody by name.
    pub speech: bool,
    /// Whether code or quoted lines stand beside the writer's own words.
    pub cites: bool,
    /// For each language of the lexicon, how much of the message is written in it.
    pub votes: [f32; 8],
}

impl Reading {
    /// What an item stands for.
    pub fn meaning(&self, item: &Item) -> &[Concept] {
        &self.concepts[item.concepts.clone()]
    }

    /// The place of these items in the original.
    pub fn span(&self, items: Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.items.get(items.start)?, self.items.get(items.end.checked_sub(1)?)?);
        let start = self.folded.tokens.get(first.tokens.start)?.span.start;
        let end = self.folded.tokens.get(last.tokens.end.checked_sub(1)?)?.span.end;
        (start < end).then_some(start..end)
    }
}

/// The words that a token may be: by its letters, and by its sound.
type Words = [Option<WordId>; 2];

/// Reads a message.
pub(super) fn read(lexicon: &Lexicon, text: &str) -> Reading {
    let folded = fold(text);
    let mut reader = Reader {
        lexicon,
        original: text,
        folded: &folded,
        words: Vec::new(),
        heard: Vec::with_capacity(folded.text.len()),
        sounds: Vec::new(),
        slips: Vec::new(),
        votes: [0.0; 8],
    };
    reader.look_up();
    let mut reading = Reading {
        votes: reader.votes,
        ..Reading::default()
    };
    let zones = zones_that_count(&folded);
    reader.group(&zones, &mut reading);
    reading.speech = lexicon.me.is_some_and(|me| {
        let speaks = |item: &Item| item.quoted && reading.meaning(item).contains(&me);
        reading.items.iter().any(speaks)
    });
    reading.speech |= is_directed(lexicon, text, &folded, &reading);
    reading.cites = folded.tokens.iter().any(|t| matches!(t.zone, Zone::Cited | Zone::Code));
    reading.folded = folded;
    reading
}

/// Whether a message begins with the name of somebody, who is meant to read it: `nick: …`, `Maria, …`.
fn is_directed(lexicon: &Lexicon, text: &str, folded: &Folded, reading: &Reading) -> bool {
    let (Some(first), Some(item)) = (folded.tokens.first(), reading.items.first()) else {
        return false;
    };
    let named = lexicon
        .unknown
        .is_some_and(|unknown| reading.meaning(item).contains(&unknown));
    named
        && item.tokens.len() == 1
        && text[first.span.end..]
            .trim_start_matches(['_', '-', '`', '|'])
            .starts_with([':', ','])
}

/// Quoted lines and code are somebody else's words, unless there is nothing else.
fn zones_that_count(folded: &Folded) -> [Zone; 4] {
    let own = folded
        .tokens
        .iter()
        .filter(|t| matches!(t.zone, Zone::Own | Zone::Quoted) && matches!(t.kind, Kind::Latin | Kind::Greek))
        .count();
    if own > 0 {
        [Zone::Own, Zone::Quoted, Zone::Own, Zone::Own]
    } else {
        [Zone::Own, Zone::Quoted, Zone::Cited, Zone::Code]
    }
}

/// Writes the sound of a word behind those that were heard before; where it stands.
fn hear(word: &str, heard: &mut Vec<u8>) -> Range<usize> {
    let start = heard.len();
    sound_into(word, heard);
    start..heard.len()
}

struct Reader<'a> {
    lexicon: &'a Lexicon,
    original: &'a str,
    folded: &'a Folded,
    words: Vec<Words>,
    /// The sounds that were made, one after the other, and where that of each token stands.
    heard: Vec<u8>,
    sounds: Vec<Range<usize>>,
    /// The known word that a token is a slip of; nothing where no token is one.
    slips: Vec<Option<WordId>>,
    votes: [f32; 8],
}

impl Reader<'_> {
    fn vote(&mut self, word: WordId, weight: f32) {
        let word = &self.lexicon.words[word as usize];
        let shared = word.languages.count_ones() > 1;
        for tongue in &self.lexicon.tongues {
            if word.languages & (1 << tongue.index) != 0 {
                // A word in Latin letters that Greek borrowed says little, and that little for the lender.
                let lent = shared && tongue.script == Script::Greek && weight <= 1.0;
                let weight = if lent {
                    0.0
                } else if shared {
                    weight.min(0.3)
                } else {
                    weight
                };
                self.votes[tongue.index] += weight;
            }
        }
    }

    fn is_greek_only(&self, word: WordId) -> bool {
        let languages = self.lexicon.words[word as usize].languages;
        let mut tongues = self.lexicon.tongues.iter().filter(|t| languages & (1 << t.index) != 0);
        tongues.all(|t| t.script == Script::Greek)
    }

    fn total(&self, script: Script) -> f32 {
        self.lexicon
            .tongues
            .iter()
            .filter(|t| t.script == script)
            .map(|t| self.votes[t.index])
            .sum()
    }

    fn look_up(&mut self) {
        let tokens = &self.folded.tokens;
        self.words = vec![[None, None]; tokens.len()];
        self.sounds = vec![0..0; tokens.len()];
        let mut latin = 0;
        for (i, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Latin => {
                    latin += 1;
                    self.words[i][0] = self.lexicon.look_up(Script::Latin, self.folded.form(token).as_bytes());
                }
                Kind::Greek => self.greek_letters(i),
                _ => {}
            }
        }
        self.wrong_layout();
        let known = self
            .words
            .iter()
            .filter(|w| w[0].is_some_and(|id| !self.lexicon.words[id as usize].loan))
            .count();
        // Greeklish reads as English only by chance: where most words are English, the rest is not looked at again.
        if latin > 0 && known * 5 < latin * 4 {
            // First the words that no Latin vocabulary knows: where none of them is Greek, the others are not either.
            let strange = |words: &Words| words[0].is_none_or(|id| self.is_greek_only(id));
            let order: Vec<(usize, bool)> = (0..tokens.len())
                .filter(|i| tokens[*i].kind == Kind::Latin)
                .map(|i| (i, strange(&self.words[i])))
                .collect();
            for (i, _) in order.iter().filter(|(_, strange)| *strange) {
                self.latin_letters(*i);
            }
            let greek = self.total(Script::Greek) > 0.0;
            for (i, _) in order.iter().filter(|(_, strange)| !*strange) {
                match self.words[*i][0] {
                    Some(id) if !greek => {
                        let loan = self.lexicon.words[id as usize].loan;
                        self.vote(id, if loan { 0.3 } else { 1.0 });
                    }
                    _ => self.latin_letters(*i),
                }
            }
        } else {
            for (i, token) in tokens.iter().enumerate() {
                if let (Kind::Latin, Some(id)) = (token.kind, self.words[i][0]) {
                    let loan = self.lexicon.words[id as usize].loan;
                    self.vote(id, if loan { 0.3 } else { 1.0 });
                }
            }
        }
        self.settle();
        self.slips();
    }

    fn greek_letters(&mut self, i: usize) {
        let token = &self.folded.tokens[i];
        let sound = hear(self.folded.form(token), &mut self.heard);
        self.words[i] = [None, self.lexicon.look_up(Script::Greek, &self.heard[sound.clone()])];
        self.sounds[i] = sound;
    }

    /// Words in Greek letters of which more make sense as the Latin letters on the same keys than as Greek were typed
    /// with the wrong layout.
    fn wrong_layout(&mut self) {
        let greek: Vec<usize> = (0..self.words.len())
            .filter(|i| self.folded.tokens[*i].kind == Kind::Greek)
            .take(400)
            .collect();
        let strange = |i: &usize| self.words[*i][1].is_none() && self.folded.tokens[*i].form.len() >= 6;
        if greek.iter().any(strange) {
            let typed: Vec<(usize, Option<WordId>)> = greek
                .iter()
                .map(|i| {
                    let keys = keyboard::latin_of(&self.original[self.folded.tokens[*i].span.clone()]);
                    (
                        *i,
                        self.lexicon
                            .look_up(Script::Latin, keys.as_bytes())
                            .or_else(|| self.lexicon.near(Script::Latin, keys.as_bytes())),
                    )
                })
                .collect();
            let as_typed = typed.iter().filter(|(_, id)| id.is_some()).count();
            let as_greek = greek.iter().filter(|i| self.words[**i][1].is_some()).count();
            for (i, id) in typed.into_iter().filter(|(_, id)| id.is_some()) {
                if as_typed > as_greek || self.words[i][1].is_none() && self.folded.tokens[i].form.len() >= 8 {
                    self.words[i] = [id, None];
                }
            }
        }
        for i in greek {
            match self.words[i] {
                [Some(id), None] => self.vote(id, 1.0),
                [_, Some(id)] => self.vote(id, GREEK_LETTERS),
                _ => {
                    for tongue in self.lexicon.tongues.iter().filter(|t| t.script == Script::Greek) {
                        self.votes[tongue.index] += GREEK_LETTERS;
                    }
                }
            }
        }
    }

    fn latin_letters(&mut self, i: usize) {
        let token = &self.folded.tokens[i];
        let form = self.folded.form(token);
        let mut sound = hear(form, &mut self.heard);
        let mut heard = self.lexicon.look_up(Script::Greek, &self.heard[sound.clone()]);
        let read = self.words[i][0];
        if heard.is_none() && read.is_none() && form.len() >= 4 {
            let keys = hear(&keyboard::greek_of(form), &mut self.heard);
            heard = self.lexicon.look_up(Script::Greek, &self.heard[keys.clone()]);
            if heard.is_some() {
                sound = keys;
            }
        }
        self.sounds[i] = sound;
        match (read, heard) {
            (Some(read), None) => {
                let loan = self.lexicon.words[read as usize].loan;
                self.vote(read, if loan { 0.3 } else { 1.0 });
            }
            // A word that only Greek lists, in Latin letters, is Greeklish.
            (Some(read), Some(_)) if self.is_greek_only(read) => self.vote(read, 1.0),
            (None, Some(heard)) => self.vote(heard, if form.len() > 1 { 1.5 } else { 0.5 }),
            _ => {}
        }
        self.words[i][1] = heard;
    }

    /// Where one language clearly carries the message, its reading of a word that both know wins.
    fn settle(&mut self) {
        let (latin, greek) = (self.total(Script::Latin), self.total(Script::Greek));
        for (i, words) in self.words.iter_mut().enumerate() {
            if words[0].is_none() || words[1].is_none() {
                let short = self.folded.tokens[i].form.len() <= 4;
                if words[1].is_some() && short && latin > 2.0 * greek && self.folded.tokens[i].kind == Kind::Latin {
                    words[1] = None;
                }
                continue;
            }
            if greek > latin {
                let loan = words[0].is_some_and(|id| self.lexicon.words[id as usize].loan);
                if !loan {
                    words[0] = None;
                }
            } else {
                words[1] = None;
            }
        }
    }

    /// Takes unknown long words for the known ones that they are a slip of.
    fn slips(&mut self) {
        let greek_first = self.total(Script::Greek) > self.total(Script::Latin);
        for i in 0..self.words.len() {
            let token = &self.folded.tokens[i];
            if self.words[i] != [None, None] || !matches!(token.kind, Kind::Latin | Kind::Greek) {
                continue;
            }
            let form = self.folded.form(token);
            if token.kind == Kind::Latin {
                self.words[i][0] = self.lexicon.near(Script::Latin, form.as_bytes());
            }
            if self.words[i][0].is_none() && (token.kind == Kind::Greek || greek_first) {
                let sound = hear(form, &mut self.heard);
                self.words[i][1] = self.lexicon.near(Script::Greek, &self.heard[sound]);
            }
            if let Some(meant) = self.words[i][0].or(self.words[i][1]) {
                self.slips.resize(self.words.len(), None);
                self.slips[i] = Some(meant);
            }
        }
    }

    /// Whether a word that nobody listed begins with a capital where a sentence does not ask for one.
    fn is_name(&self, i: usize) -> bool {
        let capital = |i: usize| {
            let mut letters = self.original[self.folded.tokens[i].span.clone()].chars();
            letters.next().is_some_and(char::is_uppercase) && !letters.next().is_some_and(char::is_uppercase)
        };
        let inside = i > 0 && !matches!(self.folded.tokens[i - 1].kind, Kind::Stop | Kind::Question);
        inside && capital(i)
    }

    /// The one spelling of a token that its habits share.
    fn spelling(&self, i: usize) -> &[u8] {
        let token = &self.folded.tokens[i];
        let known = |id: WordId| self.lexicon.words[id as usize].form.as_bytes();
        match (token.kind, self.words[i], self.slips.get(i).copied().flatten()) {
            (_, _, Some(meant)) => known(meant),
            (Kind::Greek, [Some(typed), None], _) => known(typed),
            (Kind::Latin, [Some(_), None], _) => self.folded.form(token).as_bytes(),
            (_, [_, Some(id)], _) if !self.lexicon.words[id as usize].stem => known(id),
            (Kind::Greek, ..) | (Kind::Latin, [_, Some(_)], _) => &self.heard[self.sounds[i].clone()],
            (Kind::Latin, ..)
                if self.total(Script::Greek) > self.total(Script::Latin) && !self.sounds[i].is_empty() =>
            {
                &self.heard[self.sounds[i].clone()]
            }
            _ => self.folded.form(token).as_bytes(),
        }
    }

    /// Writes down the forms and spellings of the words of an item: where the spellings stand, and its key.
    fn write_down(&self, tokens: Range<usize>, reading: &mut Reading) -> (Range<usize>, u64) {
        let start = reading.spelled.len();
        let mut key = 0;
        for (i, words) in tokens.clone().zip(&self.words[tokens.clone()]) {
            if !reading.forms.is_empty() {
                reading.forms.push(' ');
            }
            if i > tokens.start {
                reading.spelled.push(b' ');
                key = step(key, b' ');
            }
            let spelling = self.spelling(i);
            reading.spelled.extend_from_slice(spelling);
            let known = words.iter().flatten().next_back();
            let known = known.map(|id| self.lexicon.words[*id as usize].form.as_str());
            let form = known.unwrap_or_else(|| self.folded.form(&self.folded.tokens[i]));
            reading.forms.push_str(form);
            key = known
                .map_or(spelling, str::as_bytes)
                .iter()
                .fold(key, |key, b| step(key, *b));
        }
        (start..reading.spelled.len(), finish(key))
    }

    /// Joins phrases, and writes down what each word or phrase stands for.
    fn group(&self, zones: &[Zone; 4], reading: &mut Reading) {
        let (lexicon, folded, words) = (self.lexicon, self.folded, &self.words);
        let mut meaning: Vec<Concept> = Vec::with_capacity(16);
        reading.items.reserve(words.len());
        reading.concepts.reserve(2 * words.len());
        reading.forms.reserve(folded.text.len() + words.len());
        reading.spelled.reserve(folded.text.len() + words.len());
        let mut i = 0;
        while i < folded.tokens.len() {
            let token = &folded.tokens[i];
            if !zones.contains(&token.zone) {
                i += 1;
                continue;
            }
            let rest = |k: usize| words.get(i + k).copied().unwrap_or([None, None]);
            let mut length = 1;
            let begin = reading.concepts.len();
            let phrase = words[i]
                .iter()
                .flatten()
                .filter_map(|id| lexicon.phrase(*id, rest))
                .max_by_key(|(n, _)| *n);
            meaning.clear();
            if let Some((n, concepts)) = phrase {
                length = n;
                meaning.extend_from_slice(concepts);
            }
            // A phrase means something of its own, and its words go on meaning what they do.
            for id in words[i..i + length].iter().flatten().flatten() {
                meaning.extend_from_slice(&lexicon.words[*id as usize].concepts);
            }
            meaning.extend(lexicon.kinds[token.kind as usize]);
            if words[i] == [None, None] && matches!(token.kind, Kind::Latin | Kind::Greek) {
                meaning.extend(lexicon.unknown);
                if self.is_name(i) {
                    meaning.extend(lexicon.name);
                }
            }
            meaning.sort_unstable();
            meaning.dedup();
            reading.concepts.extend_from_slice(&meaning);
            let stop = matches!(token.kind, Kind::Stop | Kind::Question);
            let (spelled, key) = self.write_down(i..i + length, reading);
            reading.items.push(Item {
                spelled,
                tokens: i..i + length,
                concepts: begin..reading.concepts.len(),
                key,
                stop,
                quoted: token.zone == Zone::Quoted,
            });
            i += length;
        }
    }
}
