//! A secret that can't be shown, and a canary: what a new password must never be found in.

use std::cell::RefCell;
use std::io::Write;

use latchkey::store::Store;
use latchkey::store::audit::Event;
use latchkey::tenant::simulator::{Fault, FaultRule};
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::prelude::*;

use super::support::*;
use super::*;

thread_local! {
    /// Everything that this thread logs, at the finest level, by every crate, while somebody listens.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.as_mut().map(|log| log.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged is decided for the whole program, so all threads have this one ear.
fn listen() {
    let mine = dynamic_filter_fn(|_, _| LOG.with_borrow(Option::is_some));
    let ear = tracing_subscriber::fmt::layer().with_writer(|| Log).with_filter(mine);
    tracing_subscriber::registry().with(ear).init();
    LOG.set(Some(Vec::new()));
}

#[tokio::test]
async fn a_password_that_cannot_be_shown_is_replaced_by_one_that_nobody_has() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    bot.refuse_secrets();
    bot.clicks(&petros(), "approve").await;
    assert_eq!(writes(&bot), 2, "the password, and the one that makes it worthless");
    assert!(bot.said().contains("made it worthless"), "{}", bot.said());
    assert!(bot.everything().iter().all(|said| said.secret.is_none()));
    let events = bot.audit_events().await;
    assert_eq!(events[events.len() - 2..], [Event::Succeeded, Event::Voided]);
    // It may be tried again at once.
    bot.says(&ana(), &format!("reset the password of {KOSTAS}")).await;
    bot.clicks(&ana(), "action-reset-password").await;
    assert!(!bot.last().reply.buttons.is_empty());
}

#[tokio::test]
async fn a_password_that_can_be_neither_shown_nor_replaced_is_said_to_be_dangerous() {
    let bot = story(&policy()).await;
    proposed(&bot, &ana()).await;
    let simulator = std::sync::Arc::clone(&bot.simulator);
    bot.refuse_secrets_and(move || {
        let throttled = Fault::Throttled { retry_after: Some(0) };
        simulator.inject(FaultRule::new(throttled).method("PATCH").times(99));
    });
    bot.clicks(&petros(), "approve").await;
    assert!(bot.said().contains("could not replace it either"), "{}", bot.said());
}

#[tokio::test]
async fn a_new_password_is_found_nowhere_but_before_the_one_who_delivers_it() {
    listen();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey.sqlite");
    let anchor = folder.path().join("anchor");
    let store = Store::open(&format!("sqlite://{}", path.display())).await.unwrap();
    let bot = Story::begin_with(store.with_anchor(&anchor)).await;
    proposed(&bot, &ana()).await;
    bot.clicks(&petros(), "approve").await;

    let seen: Vec<_> = bot
        .everything()
        .into_iter()
        .filter_map(|said| said.secret.map(|secret| (said.how, secret)))
        .collect();
    assert_eq!(seen.len(), 1);
    let (how, password) = &seen[0];
    assert_eq!(*how, How::Whispered("petros".into()));
    assert!(bot.simulator.password_is(KOSTAS, password));
    assert!(!bot.said().contains(password.as_str()));
    assert!(
        !serde_json::to_string(&bot.audit().await)
            .unwrap()
            .contains(password.as_str())
    );
    let holds = |bytes: &[u8]| {
        bytes
            .windows(password.len())
            .any(|window| window == password.as_bytes())
    };
    let logged = LOG.take().unwrap();
    assert!(!logged.is_empty());
    let logged = String::from_utf8_lossy(&logged);
    let telling: Vec<&str> = logged.lines().filter(|line| holds(line.as_bytes())).collect();
    assert_eq!(telling, Vec::<&str>::new());
    let mut files = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap().path();
        files += 1;
        assert!(!holds(&std::fs::read(&file).unwrap()), "{}", file.display());
    }
    assert!(files >= 2);
}
