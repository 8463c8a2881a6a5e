//! What messages are understood as: spellings that meet, messages to stay out of, follow-ups, writers' hints.

use latchkey::chat::Addressed::{self, Ambient, Directly};
use latchkey::intents::{Catalogue, Decision, IntentId};
use latchkey::language::fold::{MAX_TOKENS, fold};
use latchkey::language::sound::sound;
use proptest::prelude::*;

fn catalogue() -> Catalogue {
    Catalogue::embedded().expect("the built-in intents have no faults")
}

fn decide(text: &str, addressed: Addressed) -> Decision {
    catalogue().understand(text, addressed, None).decision
}

fn answers(text: &str, id: &str) {
    assert_eq!(
        decide(text, Directly),
        Decision::Answer(vec![IntentId(id.into())]),
        "{text}"
    );
}

#[test]
fn three_spellings_of_one_thought_get_one_answer() {
    for text in [
        "I can't send mail",
        "δεν μπορώ να στείλω mail",
        "ΔΕΝ ΜΠΟΡΩ ΝΑ ΣΤΕΙΛΩ MAIL",
        "den mporw na steilw mail",
    ] {
        answers(text, "cannot-send-mail");
    }
    for text in [
        "I forgot my pasword",
        "ξέχασα τον κωδικό μου",
        "xexasa ton kwdiko mou",
        "ksexasa ton kodiko mu",
    ] {
        answers(text, "password-reset");
    }
}

#[test]
fn greeklish_is_answered_in_greek() {
    let catalogue = catalogue();
    let language = |text: &str| catalogue.understand(text, Directly, None).language.tag().to_owned();
    assert_eq!(language("den mporw na steilw mail"), "el");
    assert_eq!(language("I forgot my password"), "en");
    assert_eq!(language("ι φοργοτ μυ πασσςορδ"), "en");
}

#[test]
fn a_channel_is_left_alone_with_what_only_looks_alike() {
    for text in [
        "I forgot my netflix password",
        "fixed, I can send mail again, thanks",
        "το PR είναι μπλοκαρισμένο",
        "error 50053 means locked, I'll map it in the enum",
        "ordinary talk about the weather",
    ] {
        assert_eq!(decide(text, Ambient), Decision::Silent, "{text}");
    }
}

#[test]
fn a_greeting_is_nothing_to_answer() {
    for text in ["hello", "help", "καλημέρα", "what can you do?", ""] {
        assert_eq!(decide(text, Directly), Decision::Silent, "{text}");
    }
}

#[test]
fn one_word_ends_in_a_question() {
    for text in ["locked", "κωδικός", "blocked"] {
        assert!(matches!(decide(text, Directly), Decision::Clarify(_)), "{text}");
    }
}

#[test]
fn accounts_are_named_as_they_are_written() {
    let text = "unblock <mailto:Maria@contoso.com|maria@contoso.com> and nikos@example.gr.";
    let accounts = catalogue().understand(text, Directly, None).accounts;
    assert_eq!(accounts, ["maria@contoso.com", "nikos@example.gr"]);
}

#[test]
fn people_are_recognised_by_name() {
    let named = |text: &str| catalogue().understand(text, Directly, None).named;
    for (text, name) in [
        (
            "Maria from accounting can't log in, can you unlock her?",
            "Maria from accounting",
        ),
        ("please reset the password of John Carter", "John Carter"),
        ("Mr. Katsikis forgot his password", "Katsikis"),
        ("can you unblock Priya's mailbox", "Priya"),
        ("κλειδώθηκε η Μαρία από το λογιστήριο", "Μαρία από το λογιστήριο"),
        ("η Ρένα Ζέρβα ξέχασε τον κωδικό της", "Ρένα Ζέρβα"),
        ("kleidothike h maria apo to logisthrio", "maria apo to logisthrio"),
        ("ξεκλείδωσε τον Νίκο σε παρακαλώ", "Νίκο"),
    ] {
        assert_eq!(named(text), [name], "{text}");
    }
    for text in [
        "Hi Maria, I forgot my password",
        "I'm Maria from accounting and I forgot my password",
        "είμαι η Μαρία και ξέχασα τον κωδικό μου",
        "I forgot my password. Thanks, Helen",
        "I can't send mail from Outlook",
        "unlock maria@contoso.com",
    ] {
        assert!(named(text).is_empty(), "{text}: {:?}", named(text));
    }
}

#[test]
fn what_was_said_before_completes_a_follow_up() {
    let catalogue = catalogue();
    let context = [IntentId("account-locked".into()), IntentId("password-reset".into())];
    let answered =
        |text: &str, context: &[IntentId]| catalogue.understand_in_context(text, Directly, None, context).decision;
    let locked = Decision::Answer(vec![context[0].clone()]);
    assert_eq!(answered("still not working", &context), locked);
    assert_eq!(answered("και στο κινητό;", &context), locked);
    assert_eq!(
        answered("still not working", &[]),
        catalogue.understand("still not working", Directly, None).decision
    );
    let label = catalogue
        .scenario(&context[1])
        .expect("is there")
        .words
        .values()
        .next()
        .expect("a language")
        .choice
        .clone();
    assert_eq!(answered(&label, &context), Decision::Answer(vec![context[1].clone()]));
    assert_eq!(answered("thanks, it works now", &context), Decision::Silent);
}

#[test]
fn training_gives_the_same_scores_every_time() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/intents"));
    let again = Catalogue::load(folder).expect("no faults");
    for text in ["I forgot my password", "δεν φεύγουν τα μέιλ μου"] {
        assert_eq!(
            catalogue().understand(text, Directly, None),
            again.understand(text, Directly, None)
        );
    }
}

#[test]
fn every_fault_of_a_broken_folder_is_named_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("words/en.toml", "fold = \"latin\"\n[concepts]\nlost = [\"lost\"]\n");
    write(
        "stuck/intent.toml",
        "id = \"stuck\"\ncovers = \"x\"\nactions = [\"fly\"]\ncolour = 1\n[[links]]\nurl = \"http://example.gr\"\nreviewed = \"soon\"\ntitle.en = \"t\"\n",
    );
    write(
        "stuck/en.toml",
        "choice = \"c\"\npatterns = [\"{found}\", \"( lost\"]\n",
    );
    write(
        "stuck/en.md",
        "# T\n\n## person\n\n<b>x</b>\n\n## administrator\n\nok [l](https://example.gr/)\n",
    );
    write(
        "examples/some.jsonl",
        "{\"text\":\"I lost it\",\"intents\":[\"stuck\"]}\n\nnonsense\n{\"text\":\"x\",\"intents\":[\"found\"]}\n",
    );
    write("examples/notes.md", "no messages\n");
    let faults = Catalogue::load(folder.path()).err().expect("it is broken");
    let has = |file: &str, line: usize, part: &str| {
        assert!(
            faults
                .iter()
                .any(|f| f.file == file && f.line == line && f.what.contains(part)),
            "{part}: {faults:#?}"
        );
    };
    has("stuck/intent.toml", 3, "`fly`");
    has("stuck/intent.toml", 4, "`colour`");
    has("stuck/intent.toml", 6, "https");
    has("stuck/intent.toml", 7, "date");
    has("stuck/en.toml", 2, "`found`");
    has("stuck/en.md", 5, "HTML");
    has("stuck/en.md", 9, "not listed");
    has("examples/some.jsonl", 3, "\"intents\"");
    has("examples/some.jsonl", 4, "`found`");
    has("examples/notes.md", 0, "jsonl");
    assert!(!faults.iter().any(|f| f.file == "examples/some.jsonl" && f.line == 1));
}

/// A small folder of intents without faults: two scenarios, a vocabulary.
fn small_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write(
        "words/en.toml",
        "fold = \"latin\"\ntopics = [\"lost\", \"stuck\"]\n[concepts]\nlost = [\"lost\"]\nstuck = [\"stuck\"]\nkey = [\"key\"]\n",
    );
    for (id, word) in [("lost", "lost"), ("stuck", "stuck")] {
        write(
            &format!("{id}/intent.toml"),
            &format!("id = \"{id}\"\ncovers = \"x\"\nactions = []\ncodes = []\n"),
        );
        write(
            &format!("{id}/en.toml"),
            &format!(
                "choice = \"{word}\"\npatterns = [\n  \"{{{word}}}\",\n  \"{{{word}}} .. {{key}} .. {{key}}\",\n]\nexamples = [\n  \"I am {word}\",\n  \"we are {word} here\",\n]\n"
            ),
        );
        write(
            &format!("{id}/en.md"),
            "# Title\n\n## person\n\nWords.\n\n## administrator\n\nWords.\n",
        );
    }
    folder
}

#[test]
fn writers_get_hints_with_their_lines() {
    let folder = small_folder();
    let catalogue = Catalogue::load(folder.path()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let hints = catalogue.lint();
    let dead: Vec<_> = hints
        .iter()
        .filter(|hint| hint.what.contains("fits no example"))
        .collect();
    assert_eq!(dead.len(), 2, "{hints:#?}");
    assert!(dead.iter().all(|hint| hint.line == 4), "{dead:#?}");
}

#[test]
fn labelled_messages_teach_what_they_say() {
    let folder = small_folder();
    let teach = |lines: &str| {
        std::fs::create_dir_all(folder.path().join("examples")).expect("made");
        std::fs::write(folder.path().join("examples/writers.jsonl"), lines).expect("written");
        Catalogue::load(folder.path()).unwrap_or_else(|faults| panic!("{faults:#?}"))
    };
    let line = |text: &str, intents: &str, kind: &str| {
        format!("{{\"text\":\"{text}\",\"intents\":[{intents}],\"kind\":\"{kind}\"}}\n")
    };
    let scores = |catalogue: &Catalogue| {
        let understood = catalogue.understand("that key again", Directly, None);
        ["lost", "stuck"].map(|id| {
            understood
                .matches
                .iter()
                .find(|m| m.id.0 == id)
                .map_or(0.0, |m| m.score)
        })
    };
    let each = |intents: &str, kind: &str| -> String {
        let texts = ["the", "a", "my"].map(|the| format!("{the} key again"));
        texts.iter().map(|text| line(text, intents, kind)).collect()
    };
    let clear = each("\"lost\"", "clear");
    let [lost, stuck] = scores(&teach(&clear));
    assert!(lost > 2.0 * stuck, "{lost} {stuck}");
    let vague = each("\"lost\",\"stuck\"", "vague");
    let [either, or] = scores(&teach(&vague));
    assert!(either < lost && or > stuck, "{either} {or}");
    let nothing = each("", "small-talk");
    let [lost, stuck] = scores(&teach(&nothing));
    assert!(lost < either && stuck < or, "{lost} {stuck}");
}

#[test]
fn a_pattern_fits_whatever_way_of_it_is_said() {
    let folder = small_folder();
    let pattern = |pattern: &str, examples: &[&str]| {
        let examples: Vec<String> = examples.iter().map(|text| format!("{text:?}")).collect();
        let text = format!(
            "choice = \"stuck\"\npatterns = [\n  {pattern:?},\n]\nexamples = [{}]\n",
            examples.join(", ")
        );
        std::fs::write(folder.path().join("stuck/en.toml"), text).expect("written");
        let hints = Catalogue::load(folder.path())
            .unwrap_or_else(|faults| panic!("{faults:#?}"))
            .lint();
        !hints
            .iter()
            .any(|hint| hint.file == "stuck/en.toml" && hint.what.contains("fits no example"))
    };
    let either = "{stuck} .. ({key}|{lost}) {key}?";
    for said in [
        "stuck with my key",
        "stuck and lost",
        "stuck and so very lost key",
        "we are stuck. key. stuck key",
    ] {
        assert!(pattern(either, &[said]), "{said}");
    }
    for said in [
        "stuck",
        "key stuck",
        "stuck. lost",
        "lost key",
        "stuck one two three four five key",
    ] {
        assert!(!pattern(either, &[said]), "{said}");
    }
}

#[test]
fn patterns_that_fit_others_better_and_scenarios_that_nothing_reaches_are_named() {
    let folder = small_folder();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let examples: String = (0..8).map(|n| format!("  \"we are stuck here {n}\",\n")).collect();
    let stuck = format!("choice = \"stuck\"\npatterns = [\"{{stuck}}\"]\nexamples = [\n{examples}]\n");
    write("stuck/en.toml", &stuck);
    // Its own pattern fits the other scenario's examples, and its own examples do not speak of it.
    write(
        "lost/en.toml",
        "choice = \"lost\"\npatterns = [\n  \"{stuck}\",\n]\nexamples = [\n]\n",
    );
    let hints = Catalogue::load(folder.path())
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
        .lint();
    let has = |file: &str, line: usize, part: &str| {
        assert!(
            hints
                .iter()
                .any(|hint| hint.file == file && hint.line == line && hint.what.contains(part)),
            "{part}: {hints:#?}"
        );
    };
    has("lost/en.toml", 3, "more examples of stuck");
    has("lost/en.toml", 0, "no example is answered with this scenario");
    assert!(
        !hints
            .iter()
            .any(|hint| hint.file.starts_with("stuck") && hint.what.contains("no example is answered")),
        "{hints:#?}"
    );
}

#[test]
fn a_channel_hears_less_beside_code_and_in_long_talk() {
    let plain = "den pairnei ton kwdiko mou to teams";
    assert!(matches!(decide(plain, Ambient), Decision::Answer(_)), "{plain}");
    assert_eq!(decide(&format!("{plain} `x`"), Ambient), Decision::Silent, "{plain}");
    assert_eq!(
        decide(&format!("giorgis93: {plain}"), Ambient),
        Decision::Silent,
        "{plain}"
    );
    let text = "I forgot my password, please reset it";
    assert!(matches!(decide(text, Ambient), Decision::Answer(_)), "{text}");
    let long = format!("we walked along the river with the kids and had a lovely lunch, and by the way {text}");
    let said = catalogue().understand(&long, Ambient, None);
    assert_eq!(said.decision, Decision::Silent, "{said:?}");
    let sure = said.matches[0].score > 0.9 && said.asks > 0.9;
    assert!(sure, "it is talk about the matter: {said:?}");
}

#[test]
fn what_is_an_example_itself_is_understood_as_its_label_says() {
    for (text, id) in [
        ("I forgot my password", "password-reset"),
        ("i FORGOT my password!!", "password-reset"),
        ("my account is locked", "account-locked"),
    ] {
        let said = catalogue().understand(text, Directly, None);
        assert_eq!(said.decision, Decision::Answer(vec![IntentId(id.into())]), "{text}");
        assert!(said.matches[0].score >= 0.97 && said.asks >= 0.97, "{said:?}");
    }
    assert!(catalogue().understand("help", Directly, None).asks <= 0.03);
    // What two people would label differently is left as it was found.
    assert!(matches!(decide("blocked", Directly), Decision::Clarify(_)));
}

#[test]
fn slips_in_greek_stems_are_understood() {
    for text in [
        "κλιεδώθηκε ο λογαριασμός μου",
        "κλεδώθηκε ο λογαριασμός μου",
        "κλειδώθικε ο λογαριαμσός μου",
    ] {
        let matches = catalogue().understand(text, Directly, None).matches;
        assert!(
            matches.iter().take(2).any(|m| m.id.0 == "account-locked"),
            "{text}: {matches:?}"
        );
    }
}

#[test]
fn a_line_that_is_no_labelled_message_is_named() {
    let mut read_lines = Vec::new();
    let input: &[u8] = b"{\"text\":\"a\",\"intents\":[]}\n\n{\"text\":1}\n";
    let error = latchkey::cli::evaluate::read(input, &mut read_lines).expect_err("the third line is bad");
    assert!(error.to_string().contains("line 3"), "{error}");
    assert_eq!(read_lines.len(), 1);
}

#[test]
fn explaining_lines_goes_on_after_a_bad_one() {
    let input: &[u8] = b"nonsense\n[1]\n{\"text\":7}\n{}\n\n{\"text\":\"I forgot my password\"}\n";
    let mut out = Vec::new();
    latchkey::cli::explain::explain_lines(&catalogue(), input, &mut out, (Directly, None)).expect("written");
    let answers: Vec<serde_json::Value> = String::from_utf8(out)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), 5);
    assert!(
        answers[..4].iter().all(|answer| answer["error"].is_string()),
        "{answers:#?}"
    );
    assert_eq!(answers[4]["intents"][0]["id"], "password-reset");
}

#[test]
fn a_huge_message_costs_no_more_than_its_length() {
    let cost = |n: usize| fold(&"κλειδώθηκα \"έξω\" `x` <a ;b ".repeat(n)).steps;
    assert!(cost(400) <= 2 * cost(200) + 64);
    let huge = "den mporw na mpw ".repeat(60_000);
    assert!(fold(&huge).tokens.len() <= MAX_TOKENS);
    assert!(catalogue().understand(&huge, Ambient, None).matches.len() < 8);
}

proptest! {
    #[test]
    fn folding_never_panics_and_is_idempotent(text in ".{0,200}") {
        let once = fold(&text);
        prop_assert_eq!(&fold(&once.text).text, &once.text);
        for token in &once.tokens {
            prop_assert!(text.get(token.span.clone()).is_some());
        }
        prop_assert!(once.steps <= text.len() + 8 * once.tokens.len() + 8);
    }

    #[test]
    fn a_sound_is_its_own_sound(word in "[a-zα-ω0-9]{0,90}") {
        let heard = sound(&word);
        prop_assert_eq!(sound(&heard), heard);
    }

    #[test]
    fn understanding_never_panics(text in "\\PC{0,120}") {
        catalogue().understand(&text, Ambient, None);
    }
}
