//! How well labelled messages are understood: floors that only rise, on messages that were not taught.

use latchkey::chat::Addressed::{Ambient, Directly};
use latchkey::intents::Catalogue;
use latchkey::intents::evaluate::{Labelled, Report, Verdict, cross_validate, evaluate};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

fn catalogue() -> Catalogue {
    Catalogue::embedded().expect("the built-in intents have no faults")
}

fn lines(file: &str) -> Vec<Labelled> {
    labelled(&format!("tests/corpus/{file}"))
}

/// The messages of some writers that the built-in catalogue is taught.
fn examples(file: &str) -> Vec<Labelled> {
    labelled(&format!("intents/examples/{file}"))
}

fn labelled(path: &str) -> Vec<Labelled> {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the corpus is there");
    text.lines()
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_str(l).expect("a labelled line"))
        .collect()
}

/// What must be reached: floors that only rise, and ceilings that only sink; what was measured when they were last moved.
struct Floors {
    /// Requests to the bot that are answered rightly, or asked about with the right choice offered.
    good: f64,
    /// Requests to the bot that are answered wrongly.
    wrong: f64,
    /// Clear requests in a channel that are answered.
    heard: f64,
    /// Near misses in a channel that are answered.
    false_answers: f64,
    /// Near misses to the bot that are answered.
    false_direct: f64,
}

fn hold(direct: &Report, ambient: &Report, floors: &Floors) {
    let wrong = [Verdict::Wrong, Verdict::FalseAnswer];
    let good = direct.requests.share(&[Verdict::Right, Verdict::RightQuestion]);
    assert!(good >= floors.good, "answered or asked rightly: {good:.4}");
    let mistaken = direct.requests.share(&wrong);
    assert!(mistaken <= floors.wrong, "answered wrongly: {mistaken:.4}");
    let heard = ambient.clear.share(&[Verdict::Right]);
    assert!(heard >= floors.heard, "heard in a channel: {heard:.4}");
    let false_answers = ambient.near_misses.share(&wrong);
    assert!(
        false_answers <= floors.false_answers,
        "answered in a channel: {false_answers:.4}"
    );
    let false_direct = direct.near_misses.share(&wrong);
    assert!(
        false_direct <= floors.false_direct,
        "answered to no request: {false_direct:.4}"
    );
}

fn holds(file: &str, floors: &Floors) {
    let lines = lines(file);
    hold(
        &evaluate(&catalogue(), &lines, Some(Directly)),
        &evaluate(&catalogue(), &lines, Some(Ambient)),
        floors,
    );
}

#[test]
fn the_held_out_messages_stay_above_their_floors() {
    let floors = Floors {
        good: 0.994,
        wrong: 0.003,
        heard: 0.805,
        false_answers: 0.003,
        false_direct: 0.009,
    };
    holds("held-out.jsonl", &floors);
}

#[test]
fn the_messages_of_strangers_stay_above_their_floors() {
    let floors = Floors {
        good: 0.975,
        wrong: 0.003,
        heard: 0.740,
        false_answers: 0.003,
        false_direct: 0.018,
    };
    holds("strangers.jsonl", &floors);
}

#[test]
fn the_messages_of_newcomers_stay_above_their_floors() {
    let floors = Floors {
        good: 0.990,
        wrong: 0.004,
        heard: 0.905,
        false_answers: 0.003,
        false_direct: 0.014,
    };
    holds("newcomers.jsonl", &floors);
}

#[test]
fn the_messages_of_latecomers_stay_above_their_floors() {
    let floors = Floors {
        good: 0.990,
        wrong: 0.003,
        heard: 0.820,
        false_answers: 0.003,
        false_direct: 0.008,
    };
    holds("latecomers.jsonl", &floors);
}

#[test]
fn what_needs_no_teaching_is_understood() {
    let floors = Floors {
        good: 0.999,
        wrong: 0.001,
        heard: 0.980,
        false_answers: 0.0005,
        false_direct: 0.001,
    };
    holds("understood.jsonl", &floors);
}

#[test]
fn what_was_not_taught_is_understood_too() {
    let lines = examples("everyday.jsonl");
    let floors = Floors {
        good: 0.978,
        wrong: 0.003,
        heard: 0.705,
        false_answers: 0.006,
        false_direct: 0.015,
    };
    let reports = cross_validate(&catalogue(), &lines, 3, &[Some(Directly), Some(Ambient)]);
    hold(&reports[0], &reports[1], &floors);
}

#[test]
fn voices_that_were_not_taught_are_understood_too() {
    let lines = examples("channels.jsonl");
    let floors = Floors {
        good: 0.980,
        wrong: 0.006,
        heard: 0.620,
        false_answers: 0.003,
        false_direct: 0.010,
    };
    let reports = cross_validate(&catalogue(), &lines, 3, &[Some(Directly), Some(Ambient)]);
    hold(&reports[0], &reports[1], &floors);
}

#[test]
fn writers_of_whom_nothing_was_taught_are_understood_too() {
    let mut lines = examples("english-mixed.jsonl");
    lines.extend(examples("greek-mixed.jsonl"));
    let catalogue = catalogue().untaught(&lines.iter().map(|line| line.text.as_str()).collect());
    let (channel, direct): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .partition(|line| line.setting.as_deref() == Some("channel"));
    let floors = Floors {
        good: 0.980,
        wrong: 0.004,
        heard: 0.855,
        false_answers: 0.005,
        false_direct: 0.010,
    };
    hold(
        &evaluate(&catalogue, &direct, Some(Directly)),
        &evaluate(&catalogue, &channel, Some(Ambient)),
        &floors,
    );
}

#[test]
fn the_unseen_messages_stay_above_their_floors() {
    let floors = Floors {
        good: 0.990,
        wrong: 0.0055,
        heard: 0.825,
        false_answers: 0.003,
        false_direct: 0.020,
    };
    holds("unseen.jsonl", &floors);
}

#[test]
fn messages_that_nobody_had_read_stay_above_their_floors() {
    let floors = Floors {
        good: 0.975,
        wrong: 0.005,
        heard: 0.820,
        false_answers: 0.005,
        false_direct: 0.015,
    };
    holds("blind.jsonl", &floors);
}

/// What people write for η, ω, θ, χ, ξ, υ, ψ when they write Greek in Latin letters, by four habits.
const HABITS: [[&str; 7]; 4] = [
    ["i", "o", "th", "x", "ks", "y", "ps"],
    ["h", "w", "8", "x", "3", "y", "ps"],
    ["i", "o", "th", "ch", "x", "i", "ps"],
    ["h", "v", "u", "h", "j", "y", "c"],
];

fn in_latin_letters(text: &str, habit: [&str; 7]) -> String {
    let letters = text.nfd().filter(|c| !is_combining_mark(*c));
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    let pairs = letters.replace("ου", "ou").replace("αυ", "au").replace("ευ", "eu");
    let mut typed = String::new();
    for c in pairs.chars() {
        match ("ηωθχξυψ".chars().position(|letter| letter == c), c) {
            (Some(at), _) => typed.push_str(habit[at]),
            (None, 'α'..='ω') => typed.push("abgdez??iklmn?oprsst?f???".as_bytes()[c as usize - 'α' as usize].into()),
            (None, c) => typed.push(c),
        }
    }
    typed
}

#[test]
fn greek_is_heard_alike_in_every_habit_of_latin_letters() {
    let greek =
        |line: &Labelled| line.spelling.as_deref() == Some("greek") && line.setting.as_deref() == Some("channel");
    let files = ["strangers", "blind", "unseen", "newcomers", "latecomers"];
    let lines: Vec<Labelled> = files
        .iter()
        .flat_map(|file| lines(&format!("{file}.jsonl")))
        .filter(greek)
        .collect();
    let report = |lines: &[Labelled]| evaluate(&catalogue(), lines, Some(Ambient));
    let in_greek = report(&lines).clear.share(&[Verdict::Right]);
    for habit in HABITS {
        let typed: Vec<Labelled> = lines
            .iter()
            .map(|line| Labelled {
                text: in_latin_letters(&line.text, habit),
                ..line.clone()
            })
            .collect();
        let typed = report(&typed);
        let heard = typed.clear.share(&[Verdict::Right]);
        assert!(
            heard >= in_greek - 0.025,
            "{habit:?}: {heard:.4}, in Greek letters {in_greek:.4}"
        );
        assert!(
            typed.near_misses.share(&[Verdict::FalseAnswer]) <= 0.003,
            "{habit:?}: {:#?}",
            typed.worst
        );
    }
}

#[test]
fn ordinary_talk_is_left_alone() {
    let lines = lines("channel.jsonl");
    let report = evaluate(&catalogue(), &lines, Some(Ambient));
    assert!(
        report.near_misses.share(&[Verdict::Right]) >= 0.995,
        "{:#?}",
        report.worst
    );
}
