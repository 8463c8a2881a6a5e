//! The canonical replies as Adaptive Cards, kept beside this file: `LATCHKEY_WRITE_GOLDEN=1` writes them anew. See one in
//! <https://adaptivecards.io/designer>.

use std::path::PathBuf;

use latchkey::chat::{Conversation, Platform, Room, Secret, TicketId};
use latchkey::gateways::teams::{CardRoom, Frame, LARGEST_MESSAGE, Shown, cards, manifest, with_secret};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::conformance::replies;
use crate::fake::{APP, Fake, TENANT};

fn channel() -> Conversation {
    Conversation {
        platform: Platform::Teams,
        scope: TENANT.into(),
        id: "19:support@thread.tacv2".into(),
        thread: Some("1700000000001".into()),
        room: Room::Shared,
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/teams/golden")
}

/// Holds a card against the file of this name.
fn held(name: &str, card: &Value) {
    let path = folder().join(format!("{name}.json"));
    let text = format!("{}\n", serde_json::to_string_pretty(card).unwrap());
    if std::env::var_os("LATCHKEY_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} is no longer what {} says", path.display());
}

#[test]
fn every_canonical_reply_looks_as_it_did() {
    let channel = channel();
    let people = ["29:ana".to_owned()];
    for (name, reply) in replies::all() {
        let mut frame = Frame::new(&channel, Shown::AsMessage);
        let view = reply.for_administrators.as_ref().map(|view| view.ticket.clone());
        let ticket = view.unwrap_or(TicketId(String::new()));
        if reply.for_administrators.is_some() {
            frame.own_views = Some((&ticket, &people));
        }
        let pieces = cards(&reply, &frame, CardRoom::default());
        for (number, card) in pieces.iter().enumerate() {
            let size = json!({"attachments": [{"content": card}]}).to_string().len() + 1024;
            assert!(size <= LARGEST_MESSAGE, "{name} {number} is {size} bytes large");
            // Most of a long reply is repetition: its first and last pieces show all there is to see.
            if number == 0 {
                held(name, card);
            } else if number == pieces.len() - 1 {
                held(&format!("{name}-last"), card);
            }
        }
    }
}

#[test]
fn a_view_says_that_it_is_one_and_a_secret_is_to_be_copied() {
    let channel = channel();
    let frame = Frame::new(&channel, Shown::AsView);
    held(
        "preview-as-view",
        &cards(&replies::preview(), &frame, CardRoom::default())[0],
    );
    let secret = Secret {
        label: "Temporary password".into(),
        value: SecretString::from("Correct-Horse*_42"),
    };
    held("secret", &with_secret(&replies::sentence(), &frame, &secret));
}

#[tokio::test]
async fn the_package_holds_a_manifest_of_this_bot_and_both_icons() {
    let settings = Fake::start().await.settings();
    let package = manifest::package(&settings).unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(package)).unwrap();
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    assert_eq!(names, ["manifest.json", "color.png", "outline.png"]);
    let written: Value = serde_json::from_reader(zip.by_name("manifest.json").unwrap()).unwrap();
    for pointer in ["/id", "/bots/0/botId", "/webApplicationInfo/id"] {
        assert_eq!(written.pointer(pointer).unwrap(), APP, "{pointer}");
    }
    for (icon, size) in [("color.png", 192_u32), ("outline.png", 32)] {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name(icon).unwrap(), &mut content).unwrap();
        assert_eq!(&content[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(content[16..20], size.to_be_bytes());
        assert_eq!(content[20..24], size.to_be_bytes());
    }
    // Teams refuses longer ones.
    assert!(written["description"]["short"].as_str().unwrap().chars().count() <= 80);
    assert!(written["name"]["short"].as_str().unwrap().chars().count() <= 30);
    let commands = written["bots"][0]["commandLists"][0]["commands"].as_array().unwrap();
    assert!(commands.len() <= 10);
    for command in commands {
        let title = command["title"].as_str().unwrap();
        let understood = latchkey::chat::Command::parse(title);
        assert!(!matches!(understood, latchkey::chat::Command::Ask(_)), "{title}");
    }
}
