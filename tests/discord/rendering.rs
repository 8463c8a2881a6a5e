//! The canonical replies as golden files, within every limit, with nothing lost and nothing that formats or pings.

use std::path::PathBuf;

use latchkey::chat::Reply;
use latchkey::gateways::discord::render;
use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::Value;

use crate::conformance::replies;
use crate::fake::{faults_of, shown};

fn read(messages: &[Value]) -> String {
    messages
        .iter()
        .map(|message| shown(message).text)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Set `UPDATE_GOLDEN` to write them anew.
#[test]
fn the_canonical_replies_look_as_they_should() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/discord/golden");
    // What is too long to be read is held against its own rules below.
    for (name, reply) in replies::all().into_iter().filter(|(name, _)| *name != "too-long") {
        let messages = render::messages(&reply, None, None);
        let mut rendered = serde_json::to_string_pretty(&messages).unwrap();
        rendered.push('\n');
        let file = folder.join(format!("{name}.json"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &rendered).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            golden == rendered,
            "{name} changed: look at it, and run again with UPDATE_GOLDEN=1"
        );
    }
}

#[test]
fn everything_is_within_the_limits() {
    for (name, reply) in replies::all() {
        for message in render::messages(&reply, None, None) {
            assert_eq!(faults_of(&message), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn a_long_reply_is_split_and_nothing_of_it_is_lost() {
    let messages = render::messages(&replies::too_long(), None, None);
    let text = read(&messages);
    for number in replies::too_long_numbers() {
        assert!(text.contains(&format!("[{number}]")), "[{number}] is missing");
    }
    // Every cluster is whole: what is left without them holds none of their parts.
    let whole = unclustered(&text);
    let cut = [
        '\u{200d}',
        '\u{301}',
        '\u{323}',
        '👩',
        '👧',
        '👦',
        '\u{1f1ec}',
        '\u{1f1f7}',
    ];
    assert!(!whole.contains(cut), "something was cut apart");
    let (last, before) = messages.split_last().unwrap();
    assert!(
        before
            .iter()
            .all(|message| message["components"].as_array().unwrap().is_empty())
    );
    assert_eq!(shown(last).buttons.len(), 6);
}

fn unclustered(text: &str) -> String {
    ["👩‍👩‍👧‍👦", "🇬🇷", "e\u{0301}\u{0323}"]
        .iter()
        .fold(text.to_owned(), |text, letter| text.replace(letter, ""))
}

#[test]
fn words_of_a_stranger_are_read_as_they_were_written() {
    let messages = render::messages(&replies::hostile(), None, None);
    let text = read(&messages);
    assert!(!text.contains('⟦'), "a mark is left that Discord would obey: {text}");
    let written = replies::HOSTILE.split_whitespace().collect::<Vec<_>>().join(" ");
    let read = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Heading, and in each of four places plain, strong and code.
    assert!(read.matches(&written).count() >= 9, "{read}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_words_are_shown_as_words_within_the_limits(words in any::<String>(), times in 1_usize..400) {
        let mut reply = replies::sentence();
        let long = words.repeat(times);
        reply.blocks = replies::hostile().blocks;
        reply.blocks.push(latchkey::chat::Block::Paragraph(latchkey::chat::Text::plain(long.as_str())));
        reply.blocks.push(latchkey::chat::Block::Facts(vec![(long.clone(), latchkey::chat::Text::plain(long))]));
        for message in render::messages(&reply, None, None) {
            let faults = faults_of(&message);
            assert!(faults.is_empty(), "{faults:?}");
        }
    }
}

#[test]
fn a_reply_of_nothing_is_still_a_message() {
    for message in render::messages(&Reply::default(), None, None) {
        assert_eq!(faults_of(&message), Vec::<String>::new());
    }
}
