//! What is too long for one message stands as several, and is replaced as one.

use latchkey::actions::tickets::{self, Purpose, Terms};
use latchkey::chat::{
    Block, Button, Conversation, Gateway, Look, MessageRef, Outgoing, Platform, Reply, Room, Shows, Text, TicketId,
};
use latchkey::gateways::slack::Slack;
use latchkey::language::Language;

use crate::common::say;
use crate::conformance::{Stage, Who, replies};
use crate::fake::blocks;
use crate::fake::world::{SUPPORT, TEAM, World};
use crate::stage::{Http, SlackStage, Socket, mode, settings};

fn support() -> Conversation {
    Conversation {
        platform: Platform::Slack,
        scope: TEAM.into(),
        id: SUPPORT.into(),
        thread: None,
        room: Room::Shared,
    }
}

async fn post(slack: &Slack, reply: Reply) -> MessageRef {
    slack.deliver(Outgoing::Post { to: support(), reply }).await.unwrap()
}

async fn replace(slack: &Slack, message: MessageRef, reply: Reply) -> MessageRef {
    let replace = Outgoing::Replace {
        message,
        reply,
        answering: None,
    };
    slack.deliver(replace).await.unwrap()
}

/// Longer than one message, by some.
fn long() -> Reply {
    let paragraph = |number: usize| Block::Paragraph(Text::plain(format!("{} [{number}]", "λέξη ".repeat(300))));
    Reply {
        language: "el".into(),
        blocks: (0..20).map(paragraph).collect(),
        ..Reply::default()
    }
}

/// What the bot said that still stands, message after message.
fn standing(world: &World) -> Vec<(String, String)> {
    let said = world.messages.iter().filter(|message| message.by_the_bot);
    said.map(|message| (message.ts.clone(), blocks::words(&message.blocks)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_gives_way_to_a_short_one_and_comes_back() {
    let stage = SlackStage::<Http>::begin().await;
    let said = post(&stage.slack, long()).await;
    let first = standing(&stage.fake.world());
    assert!((3..=9).contains(&first.len()), "{}", first.len());

    let short = replace(&stage.slack, said, replies::sentence()).await;
    let now = standing(&stage.fake.world());
    assert_eq!(now.len(), 1, "something of what was there is left");
    assert_eq!(now[0].0, first.last().unwrap().0, "it stands where the buttons were");

    replace(&stage.slack, short, long()).await;
    let again = standing(&stage.fake.world());
    let words = |said: &[(String, String)]| said.iter().map(|(_, words)| words.clone()).collect::<Vec<_>>();
    assert!(words(&again) == words(&first), "whole, and in order");
    stage.fake.nothing_was_invalid();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_under_a_long_answer_replaces_all_of_it_after_a_restart_too() {
    let stage = SlackStage::<Socket>::begin().await;
    let cancel = Purpose::Cancel {
        language: Language::new("en"),
    };
    let place = support();
    let terms = Terms {
        conversation: &place,
        holder: None,
        expires: time::OffsetDateTime::now_utc() + time::Duration::hours(1),
    };
    let ticket: TicketId = tickets::issue(&stage.house().store, &terms, &cancel).await.unwrap();
    let reply = Reply {
        buttons: vec![Button {
            label: "Cancel it".into(),
            look: Look::Ordinary,
            ticket,
            shows: Shows::Openly,
        }],
        ..long()
    };
    // Said by another process: whoever hears the press has nothing of it in memory.
    post(&Slack::new(&settings(&stage.fake, mode::<Http>())), reply).await;
    assert!(standing(&stage.fake.world()).len() > 2);
    stage.presses(Who::Maria, "Cancel it").await;
    let now = standing(&stage.fake.world());
    assert_eq!(now.len(), 1, "something of what was there is left");
    assert!(now[0].1.contains(&say(&stage, "cancelled")), "{now:#?}");
    stage.fake.nothing_was_invalid();
}
