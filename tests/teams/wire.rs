//! The connector as it is on a bad day: throttled, slow to say yes, full, forgetful, or without the bot.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use latchkey::chat::{Conversation, DeliveryError, Gateway, Identity, Outgoing, Platform, Reply, Room};
use latchkey::gateways::teams::{Patience, Teams};
use latchkey::settings::LoopbackHttp;
use latchkey::store::Store;
use latchkey::tenant::transport::Pause;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::words;
use crate::conformance::replies;
use crate::conformance::{Place, Stage, Who};
use crate::fake::{ADMINS, Fake, Mishap, TENANT};
use crate::stage::Office;

/// The gateway alone, after somebody was heard in every conversation.
struct Line {
    office: Office,
    teams: Arc<Teams>,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Line {
    async fn open() -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let fake = Fake::start().await;
        let office = Office::open_with(fake.clone(), store.clone(), Patience::default()).await;
        office.says(Who::Maria, Place::Direct, "I can't send email").await;
        office.fake.world().calls.clear();
        let (teams, waits) = gateway(&fake, store);
        Self { office, teams, waits }
    }

    async fn posts(&self, to: &Conversation, reply: Reply) -> Result<latchkey::chat::MessageRef, DeliveryError> {
        self.teams.deliver(Outgoing::Post { to: to.clone(), reply }).await
    }

    fn calls(&self) -> usize {
        self.office.fake.world().calls.len()
    }

    fn waited(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

fn gateway(fake: &Fake, store: Store) -> (Arc<Teams>, Arc<Mutex<Vec<Duration>>>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let patience = Patience {
        pause: Pause::Note(Arc::clone(&waits)),
        ..Patience::default()
    };
    (
        Teams::new(&fake.settings(), store, LoopbackHttp::Allowed, patience).unwrap(),
        waits,
    )
}

fn maria() -> Conversation {
    Conversation {
        platform: Platform::Teams,
        scope: TENANT.into(),
        id: "a:maria".into(),
        thread: None,
        room: Room::Direct,
    }
}

fn admins() -> Conversation {
    Conversation {
        id: ADMINS.into(),
        room: Room::Shared,
        ..maria()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_is_waited_for_as_long_as_asked_and_given_up_in_the_end() {
    let line = Line::open().await;
    line.office.fake.mishap(Mishap {
        method: Method::POST,
        path: "/activities",
        status: 429,
        headers: vec![("retry-after", "7".into())],
        body: Value::Null,
    });
    line.office.fake.fails(Method::POST, "/activities", 503);
    line.posts(&maria(), replies::sentence()).await.unwrap();
    assert_eq!(line.waited(), [Duration::from_secs(7), Duration::from_secs(2)]);
    assert_eq!(line.calls(), 3);
    for _ in 0..5 {
        line.office.fake.fails(Method::POST, "/activities", 502);
    }
    let error = line.posts(&maria(), replies::sentence()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Refused { .. }), "{error}");
    assert_eq!(line.calls(), 7, "three retries at most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_asks_for_too_long_a_wait_is_given_up_at_once() {
    let line = Line::open().await;
    line.office.fake.mishap(Mishap {
        method: Method::POST,
        path: "/activities",
        status: 429,
        headers: vec![("retry-after", "3600".into())],
        body: Value::Null,
    });
    line.posts(&maria(), replies::sentence()).await.unwrap_err();
    assert!(line.waited().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_renewed_once_and_tokens_are_kept() {
    let line = Line::open().await;
    line.posts(&maria(), replies::sentence()).await.unwrap();
    let before = line.office.fake.world().tokens;
    line.posts(&maria(), replies::sentence()).await.unwrap();
    assert_eq!(line.office.fake.world().tokens, before, "a token is kept");
    line.office.fake.world().refused_tokens = vec![before.to_string()];
    line.posts(&maria(), replies::sentence()).await.unwrap();
    assert_eq!(line.office.fake.world().tokens, before + 1);
    let all = (0..20).map(|number| number.to_string()).collect();
    line.office.fake.world().refused_tokens = all;
    line.posts(&maria(), replies::sentence()).await.unwrap_err();
    assert_eq!(line.office.fake.world().tokens, before + 2, "once, and not for ever");
    let calls = line.calls();
    line.posts(&maria(), replies::sentence()).await.unwrap_err();
    assert_eq!(line.office.fake.world().tokens, before + 2, "nor with every message");
    assert_eq!(line.calls(), calls + 1);
    // Once one is taken again, the next refused token is renewed again.
    line.office.fake.world().refused_tokens.clear();
    line.posts(&maria(), replies::sentence()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_about_the_bots_set_up_is_told_and_not_tried_again() {
    let line = Line::open().await;
    for code in ["NotEnoughPermissions", "InvalidBotApiHost"] {
        line.office.fake.mishap(Mishap {
            method: Method::POST,
            path: "/activities",
            status: 403,
            headers: Vec::new(),
            body: json!({"error": {"code": code, "message": "x"}}),
        });
        let before = line.calls();
        let error = line.posts(&maria(), replies::sentence()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Refused { .. }), "{error}");
        assert_eq!(line.calls(), before + 1);
        line.posts(&maria(), replies::sentence()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_blocks_the_bot_is_left_in_peace_until_they_write() {
    let line = Line::open().await;
    let whisper = Outgoing::Whisper {
        to: admins(),
        person: Identity {
            platform: Platform::Teams,
            scope: TENANT.into(),
            user: line.office.people[&Who::Maria].object.clone(),
        },
        reply: replies::sentence(),
        secret: None,
        answering: None,
    };
    line.office.teams.deliver(whisper.clone()).await.unwrap();
    line.office.fake.world().unreachable = vec!["maria".into()];
    for again in [false, true] {
        let before = line.calls();
        let error = line.office.teams.deliver(whisper.clone()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Gone { .. }), "{error}");
        assert_eq!(line.calls() == before, again, "it is found out once");
    }
    let (restarted, _) = gateway(&line.office.fake, line.office.house.store.clone());
    let before = line.calls();
    restarted.deliver(whisper.clone()).await.unwrap_err();
    assert_eq!(line.calls(), before, "and remembered");
    line.office.fake.world().unreachable.clear();
    line.office.says(Who::Maria, Place::Direct, "I can't send email").await;
    line.office.teams.deliver(whisper).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_a_body_is_taken_and_such_a_message_can_not_be_replaced() {
    let line = Line::open().await;
    line.office.fake.world().without_ids = true;
    let message = line.posts(&maria(), replies::sentence()).await.unwrap();
    let replaced = line.teams.deliver(Outgoing::Replace {
        message,
        reply: replies::outcome(),
        answering: None,
    });
    assert!(matches!(replaced.await.unwrap_err(), DeliveryError::Gone { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_is_gone_is_told_and_its_conversation_stays() {
    let line = Line::open().await;
    let message = line.posts(&maria(), replies::sentence()).await.unwrap();
    line.office.fake.world().lines.clear();
    let replaced = line.teams.deliver(Outgoing::Replace {
        message,
        reply: replies::outcome(),
        answering: None,
    });
    assert!(matches!(replaced.await.unwrap_err(), DeliveryError::Gone { .. }));
    line.posts(&maria(), replies::sentence()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_without_the_bot_is_forgotten_until_it_is_heard_there_again() {
    let line = Line::open().await;
    line.office.fake.mishap(Mishap {
        method: Method::POST,
        path: "/activities",
        status: 403,
        headers: Vec::new(),
        body: json!({"error": {"code": "BotNotInConversationRoster", "message": "x"}}),
    });
    let error = line.posts(&maria(), replies::sentence()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Gone { .. }), "{error}");
    let before = line.calls();
    line.posts(&maria(), replies::sentence()).await.unwrap_err();
    assert_eq!(line.calls(), before, "it is not tried again");
    let store = line.office.house.store.clone();
    let (again, _) = gateway(&line.office.fake, store);
    let post = Outgoing::Post {
        to: maria(),
        reply: replies::sentence(),
    };
    again.deliver(post.clone()).await.unwrap_err();
    assert_eq!(line.calls(), before, "not even after a restart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_people_are_is_known_after_a_restart() {
    let line = Line::open().await;
    let (again, _) = gateway(&line.office.fake, line.office.house.store.clone());
    for to in [maria(), admins()] {
        let reply = replies::sentence();
        again.deliver(Outgoing::Post { to, reply }).await.unwrap();
    }
    let empty = Store::open("sqlite::memory:").await.unwrap();
    let (nobody, _) = gateway(&line.office.fake, empty);
    let before = line.calls();
    let post = Outgoing::Post {
        to: maria(),
        reply: replies::sentence(),
    };
    assert!(matches!(
        nobody.deliver(post).await.unwrap_err(),
        DeliveryError::Gone { .. }
    ));
    assert_eq!(line.calls(), before, "no token goes where nobody vouched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_long_is_split_and_nothing_of_it_is_lost() {
    let line = Line::open().await;
    line.office.fake.world().lines.clear();
    let last = line.posts(&maria(), replies::too_long()).await.unwrap();
    let lines = line.office.fake.standing("a:maria");
    assert!(lines.len() > 1);
    let all: String = lines
        .iter()
        .map(|line| words(&line.activity))
        .collect::<Vec<_>>()
        .join("\n");
    for number in replies::too_long_numbers() {
        assert!(all.contains(&format!("[{number}]")), "[{number}] is missing");
    }
    let with_buttons = |line: &crate::fake::Line| line.activity["attachments"][0]["content"]["actions"].is_array();
    assert_eq!(lines.iter().filter(|line| with_buttons(line)).count(), 1);
    assert_eq!(lines.iter().find(|line| with_buttons(line)).unwrap().id, last.id);
    // Teams may take less than it says.
    line.office.fake.world().largest = 100;
    line.posts(&maria(), replies::sentence()).await.unwrap_err();
}

/// Every number of the long reply stands once in a conversation, in order.
fn is_whole(line: &Line, conversation: &str) {
    let standing = line.office.fake.standing(conversation);
    let all: Vec<String> = standing.iter().map(|line| words(&line.activity)).collect();
    let all = all.join("\n");
    for number in replies::too_long_numbers() {
        assert_eq!(
            all.matches(&format!("[{number}]")).count(),
            1,
            "[{number}] in {conversation}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_part_that_is_too_large_is_split_further() {
    let line = Line::open().await;
    for (to, id) in [(maria(), "a:maria"), (admins(), ADMINS)] {
        line.office.fake.world().lines.clear();
        line.office.fake.world().largest = 28 * 1024;
        line.office.fake.world().then_largest = Some(14 * 1024);
        let last = line.posts(&to, replies::too_long()).await.unwrap();
        is_whole(&line, id);
        let standing = line.office.fake.standing(id);
        assert!(
            last.id.contains(&standing.last().unwrap().id),
            "the last one can be replaced"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_replacement_is_split_where_it_is_refused() {
    let line = Line::open().await;
    line.office.fake.world().lines.clear();
    let message = line.posts(&maria(), replies::sentence()).await.unwrap();
    line.office.fake.world().then_largest = Some(14 * 1024);
    let reply = replies::too_long();
    let buttons = reply.buttons.len();
    line.teams
        .deliver(Outgoing::Replace {
            message: message.clone(),
            reply,
            answering: None,
        })
        .await
        .unwrap();
    is_whole(&line, "a:maria");
    let standing = line.office.fake.standing("a:maria");
    let actions = |line: &crate::fake::Line| line.activity["attachments"][0]["content"]["actions"].clone();
    assert_eq!(standing[0].id, message.id);
    assert_eq!(actions(&standing[0]).as_array().unwrap().len(), buttons);
    assert!(standing.iter().skip(1).all(|line| actions(line).is_null()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channels_thread_is_begun_and_gone_on_with() {
    let line = Line::open().await;
    let mut long = replies::too_long();
    long.buttons.clear();
    let posted = line.posts(&admins(), long).await.unwrap();
    let threads: std::collections::BTreeSet<String> = line
        .office
        .fake
        .standing(ADMINS)
        .into_iter()
        .map(|line| line.conversation)
        .collect();
    assert_eq!(threads.len(), 1, "all pieces stand in one thread");
    line.teams
        .deliver(Outgoing::Replace {
            message: posted,
            reply: replies::outcome(),
            answering: None,
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_in_a_reply_never_become_markup() {
    let line = Line::open().await;
    line.office.fake.world().lines.clear();
    line.posts(&maria(), replies::hostile()).await.unwrap();
    let sent = &line.office.fake.standing("a:maria")[0].activity;
    assert!(words(sent).matches(replies::HOSTILE).count() >= 6, "{sent:#}");
    let card = sent["attachments"][0]["content"].to_string();
    assert!(
        !card.contains("\"TextBlock\""),
        "a text block would read Markdown: {card}"
    );
    assert!(sent["entities"].is_null() && sent["text"].is_null());
}
