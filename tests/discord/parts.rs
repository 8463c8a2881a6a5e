//! What is too long for one message stands as several, and is replaced as one.

use std::sync::Arc;

use latchkey::actions::tickets::{self, Purpose, Terms};
use latchkey::chat::{
    Block, Button, Conversation, Gateway, Look, MessageRef, Outgoing, Platform, Reply, Room, Shows, Text,
};
use latchkey::gateways::discord::Discord;
use latchkey::language::Language;

use crate::conformance::{Stage, Who};
use crate::fake::{BOT, Fake, GUILD, SUPPORT, shown};
use crate::stage::{DiscordStage, user};

fn support() -> Conversation {
    Conversation {
        platform: Platform::Discord,
        scope: GUILD.to_string(),
        id: SUPPORT.to_string(),
        thread: None,
        room: Room::Shared,
    }
}

/// Longer than one message, by some.
fn long() -> Reply {
    let paragraph = |number: usize| Block::Paragraph(Text::plain(format!("{} [{number}]", "λέξη ".repeat(300))));
    Reply {
        language: "el".into(),
        blocks: (0..12).map(paragraph).collect(),
        ..Reply::default()
    }
}

fn short() -> Reply {
    Reply {
        blocks: vec![Block::Paragraph(Text::plain("short"))],
        ..Reply::default()
    }
}

async fn replace(discord: &Discord, message: MessageRef, reply: Reply) -> MessageRef {
    let replace = Outgoing::Replace {
        message,
        reply,
        answering: None,
    };
    discord.deliver(replace).await.unwrap()
}

/// What the bot said that still stands, message after message.
fn standing(fake: &Fake) -> Vec<String> {
    let world = fake.world();
    let said = world
        .messages
        .iter()
        .filter(|message| message.author == BOT && !message.deleted && !message.loading);
    said.map(|message| shown(&message.body).text).collect()
}

#[tokio::test]
async fn a_long_answer_gives_way_to_a_short_one_and_comes_back() {
    let fake = Fake::start().await;
    let discord = Discord::new(&fake.settings());
    let posted = Outgoing::Post {
        to: support(),
        reply: long(),
    };
    let said = discord.deliver(posted).await.unwrap();
    let first = standing(&fake);
    assert!(first.len() > 2, "{}", first.len());

    let less = replace(&discord, said.clone(), short()).await;
    assert_eq!(standing(&fake), ["short"]);
    // By the name under which it was known before, too.
    let by_its_old_name = replace(&discord, said, long()).await;
    assert!(standing(&fake) == first, "whole, and in order");
    let _ = less;
    replace(&discord, by_its_old_name, short()).await;
    assert_eq!(standing(&fake), ["short"]);
    assert!(fake.world().faults.is_empty(), "{:?}", fake.world().faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_under_a_long_answer_replaces_all_of_it_after_a_restart_too() {
    let stage = DiscordStage::begin().await;
    let cancel = Purpose::Cancel {
        language: Language::new("en"),
    };
    let place = support();
    let terms = Terms {
        conversation: &place,
        holder: None,
        expires: time::OffsetDateTime::now_utc() + time::Duration::hours(1),
    };
    let ticket = tickets::issue(&stage.house().store, &terms, &cancel).await.unwrap();
    let button = Button {
        label: "Cancel it".into(),
        look: Look::Ordinary,
        ticket,
        shows: Shows::Openly,
    };
    let reply = Reply {
        buttons: vec![button],
        ..long()
    };
    // Said by another process: whoever hears the press has nothing of it in memory.
    let before = Discord::new(&stage.fake.settings());
    before.deliver(Outgoing::Post { to: support(), reply }).await.unwrap();
    assert!(standing(&stage.fake).len() > 2);
    stage.presses(Who::Maria, "Cancel it").await;
    assert_eq!(standing(&stage.fake), [stage.house().phrase("en", "cancelled")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_private_answer_gives_way_as_a_whole() {
    let fake = Fake::start().await;
    let gateway = Discord::new(&fake.settings());
    let stage = DiscordStage::on(fake, Arc::clone(&gateway)).await;
    stage.commands(Who::Ana, "help").await;
    let world = stage.fake.world();
    let help = world
        .messages
        .iter()
        .find(|message| message.only == Some(user(Who::Ana)))
        .unwrap()
        .id;
    drop(world);
    let message = MessageRef {
        conversation: support(),
        id: format!("~{help}"),
    };
    let there = |text: &str| {
        standing(&stage.fake)
            .iter()
            .filter(|words| words.contains(text))
            .count()
    };
    let more = replace(&gateway, message, long()).await;
    assert!(there("λέξη") > 2);
    replace(&gateway, more, short()).await;
    assert_eq!((there("λέξη"), there("short")), (0, 1));
    stage.sound();
}
