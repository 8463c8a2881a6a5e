//! Attacks on the proof of the requester by the owner's manager: the wrong person's button, a manager who is the one who
//! asks or one of the administrators, answers that come late, twice, or for something else.

use latchkey::assistant::Hearing;
use latchkey::chat::Person;
use latchkey::settings::{AccessSettings, RequesterProof};
use latchkey::store::audit::Event;
use latchkey::store::links::StoredLink;
use latchkey::tenant::simulator::people::ALEX;
use time::{Duration, OffsetDateTime};

use super::support::*;
use super::*;

const ALEX_ENTRA: &str = "00000000-0000-4000-a000-000000000016";

/// Kostas's manager in the directory is Alex.
fn alex() -> Person {
    person("alex", None)
}

pub fn wanting(proof: RequesterProof) -> AccessSettings {
    AccessSettings {
        requester_proof: proof,
        ..policy()
    }
}

async fn bot() -> Story {
    let bot = story(&wanting(RequesterProof::Manager)).await;
    link(&bot.store, &alex().identity, &bot.state(ALEX)).await;
    bot
}

/// Kostas asks; Ana would act, hears that it is not proved, and has his manager asked. Everything is read.
async fn asked(bot: &Story) {
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "proof-ask-manager").await;
    bot.read_all();
}

/// What Ana is told when she presses the action now.
async fn told_to_ana(bot: &Story) -> String {
    bot.read_all();
    bot.clicks(&ana(), "action-reset-password").await;
    let said = bot.last();
    assert_eq!(said.how, How::Whispered("ana".into()));
    said.text()
}

/// Ana gets no further than a refusal with these words.
async fn is_refused(bot: &Story, key: &str) {
    let said = told_to_ana(bot).await;
    assert!(said.contains(&bot.phrase("en", key)), "{key}: {said}");
    assert_eq!(writes(bot), 0);
    assert!(!bot.audit_events().await.contains(&Event::Proposed));
}

async fn answers(bot: &Story, who: &Person, button: &str) -> String {
    bot.read_all();
    bot.clicks(who, button).await;
    let first = bot.next();
    bot.read_all();
    first.text()
}

#[tokio::test]
async fn nothing_is_even_previewed_before_the_manager_has_confirmed() {
    let bot = bot().await;
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    is_refused(&bot, "not-proved-not-asked").await;
    assert!(bot.find(&ana(), "confirm").is_none());
    bot.clicks(&ana(), "proof-ask-manager").await;
    let everything = bot.everything();
    let card = everything.iter().find(|said| said.in_conversation("D-alex")).unwrap();
    for word in ["kostas", KOSTAS, "ana", "Reset password", "already know"] {
        assert!(card.text().contains(word), "{word}: {}", card.text());
    }
    is_refused(&bot, "not-proved-waiting").await;
    assert_eq!(
        answers(&bot, &alex(), "proof-manager-yes").await,
        bot.phrase("en", "proof-manager-thanks")
    );
    let preview = told_to_ana(&bot).await;
    assert!(
        preview.contains("Confirmed by the owner's manager: Alex Healthy"),
        "{preview}"
    );
    bot.clicks(&ana(), "confirm").await;
    let title = bot.phrase("en", "approval-think");
    let proposal = bot
        .everything()
        .into_iter()
        .find(|said| said.text().contains(&title))
        .unwrap();
    assert!(
        proposal.text().contains("manager: Alex Healthy"),
        "the second person sees it too"
    );
    bot.clicks(&petros(), "approve").await;
    assert_eq!(writes(&bot), 1);
    let records = bot.audit().await;
    for event in [Event::Proposed, Event::Started] {
        let record = records.iter().find(|record| record.entry.event == event).unwrap();
        assert_eq!(record.entry.detail.proof, Some(format!("manager {ALEX_ENTRA}")));
    }
    let proved = records
        .iter()
        .find(|record| record.entry.event == Event::Proved)
        .unwrap();
    assert_eq!(
        (&proved.entry.who, proved.entry.who_entra.as_deref()),
        (&alex().identity, Some(ALEX_ENTRA))
    );
    assert!(records.iter().any(|record| record.entry.event == Event::ProofAsked));
}

#[tokio::test]
async fn the_manager_s_button_is_nobody_else_s() {
    let bot = bot().await;
    asked(&bot).await;
    for wrong in [kostas(), stranger(), ana(), petros()] {
        assert_eq!(
            answers(&bot, &wrong, "proof-manager-yes").await,
            bot.phrase("en", "ticket-not-yours")
        );
    }
    is_refused(&bot, "not-proved-waiting").await;
}

#[tokio::test]
async fn whoever_holds_the_manager_s_chat_must_still_be_known_to_be_the_manager() {
    let bot = bot().await;
    asked(&bot).await;
    // Somebody else's account is linked there now.
    link(&bot.store, &alex().identity, &bot.state("john.smith@contoso.com")).await;
    assert_eq!(
        answers(&bot, &alex(), "proof-manager-yes").await,
        bot.phrase("en", "proof-manager-may-not")
    );
    is_refused(&bot, "not-proved-waiting").await;
    link(&bot.store, &alex().identity, &bot.state(ALEX)).await;
    // And the directory names another manager now.
    bot.simulator.set_manager(KOSTAS, Some("john.smith@contoso.com"));
    assert_eq!(
        answers(&bot, &alex(), "proof-manager-yes").await,
        bot.phrase("en", "proof-manager-may-not")
    );
    is_refused(&bot, "not-proved-waiting").await;
    // Who happens to be the manager now was not asked, though their account is linked where the question stands.
    link(&bot.store, &alex().identity, &bot.state("john.smith@contoso.com")).await;
    assert_eq!(
        answers(&bot, &alex(), "proof-manager-yes").await,
        bot.phrase("en", "proof-manager-may-not")
    );
    is_refused(&bot, "not-proved-waiting").await;
}

#[tokio::test]
async fn a_manager_who_may_not_sign_in_any_more_has_no_say() {
    let bot = bot().await;
    asked(&bot).await;
    bot.says(&ana(), &format!("block sign-in for {ALEX}")).await;
    bot.clicks(&ana(), "action-block-sign-in").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state(ALEX).sign_in_allowed);
    assert_eq!(
        answers(&bot, &alex(), "proof-manager-yes").await,
        bot.phrase("en", "proof-manager-may-not")
    );
}

#[tokio::test]
async fn a_manager_who_asks_vouches_for_nobody() {
    let bot = bot().await;
    let boss = alex();
    bot.says(&boss, "Maria from accounting forgot her password, please reset it")
        .await;
    bot.says(&boss, &format!("reset the password of {KOSTAS}")).await;
    bot.clicks(&boss, "ask-administrator").await;
    if bot.find(&ana(), "action-reset-password").is_none() {
        bot.says(&boss, KOSTAS).await;
    }
    bot.clicks(&ana(), "action-reset-password").await;
    bot.read_all();
    bot.clicks(&ana(), "proof-ask-manager").await;
    assert!(bot.last().text().contains(&bot.phrase("en", "no-way-manager-asks")));
    is_refused(&bot, "not-proved-not-asked").await;
}

#[tokio::test]
async fn the_administrator_who_wants_it_cannot_be_the_manager() {
    let bot = bot().await;
    bot.simulator.set_manager(KOSTAS, Some("ana.admin@contoso.com"));
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    bot.clicks(&ana(), "action-reset-password").await;
    bot.read_all();
    bot.clicks(&ana(), "proof-ask-manager").await;
    let said = bot.last().text();
    assert!(said.contains(&bot.phrase("en", "no-way-manager-acts")), "{said}");
    assert!(said.contains("face to face"), "and what to do: {said}");
    is_refused(&bot, "not-proved-not-asked").await;
}

#[tokio::test]
async fn a_manager_who_gave_their_word_neither_proposes_nor_approves() {
    let bot = bot().await;
    bot.simulator.set_manager(KOSTAS, Some("petros.markou@contoso.com"));
    asked(&bot).await;
    answers(&bot, &petros(), "proof-manager-yes").await;
    bot.clicks(&petros(), "action-reset-password").await;
    assert_eq!(bot.last().text(), bot.phrase("en", "not-proved-own-word"));
    // Nor does another of their identities: Entra decides. Ana's twin is Ana, and Ana may go on.
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "confirm").await;
    bot.read_all();
    bot.clicks(&petros(), "approve").await;
    assert_eq!(bot.last().text(), bot.phrase("en", "not-proved-own-word"));
    assert_eq!(writes(&bot), 0);
}

#[tokio::test]
async fn a_no_stops_the_request_for_good() {
    let bot = bot().await;
    asked(&bot).await;
    let yes = bot.click(&alex(), "proof-manager-yes");
    let action = bot.click(&ana(), "action-reset-password");
    bot.clicks(&alex(), "proof-manager-no").await;
    let said = bot.said();
    assert!(said.contains("is not behind this request, so it is stopped"), "{said}");
    assert!(
        said.contains("closed your request"),
        "whoever asked hears that it is over: {said}"
    );
    bot.read_all();
    bot.assistant.answer_click(yes, Hearing::First).await.unwrap();
    assert_eq!(bot.last().text(), bot.phrase("en", "ticket-used"), "answered once");
    bot.assistant.answer_click(action, Hearing::First).await.unwrap();
    assert_eq!(bot.last().text(), bot.phrase("en", "not-proved-denied"));
    let events = bot.audit_events().await;
    assert!(events.contains(&Event::Disproved) && !events.contains(&Event::Proved));
    assert_eq!(writes(&bot), 0);
    // The card can't be used for anything else either.
    assert!(bot.find(&ana(), "action-reset-password").is_none());
}

#[tokio::test]
async fn a_yes_is_said_once_and_no_later_no_undoes_it() {
    let bot = bot().await;
    asked(&bot).await;
    let (yes, no) = (
        bot.click(&alex(), "proof-manager-yes"),
        bot.click(&alex(), "proof-manager-no"),
    );
    bot.assistant.answer_click(yes.clone(), Hearing::First).await.unwrap();
    bot.read_all();
    for late in [no, bot.click_on(&alex(), &yes.message, &yes.ticket)] {
        bot.assistant.answer_click(late, Hearing::First).await.unwrap();
        assert_eq!(bot.last().text(), bot.phrase("en", "ticket-used"));
    }
    let proved = bot
        .audit_events()
        .await
        .into_iter()
        .filter(|event| *event == Event::Proved);
    assert_eq!(proved.count(), 1);
}

#[tokio::test]
async fn an_answer_that_comes_late_is_none() {
    let bot = bot().await;
    asked(&bot).await;
    bot.wait(Duration::minutes(60));
    assert_eq!(
        answers(&bot, &alex(), "proof-manager-yes").await,
        bot.phrase("en", "ticket-expired")
    );
    is_refused(&bot, "not-proved-lapsed").await;
}

#[tokio::test]
async fn a_proof_grows_old_even_between_the_two_administrators() {
    let bot = bot().await;
    asked(&bot).await;
    answers(&bot, &alex(), "proof-manager-yes").await;
    bot.wait(Duration::minutes(110));
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "confirm").await;
    bot.wait(Duration::minutes(15));
    bot.read_all();
    bot.clicks(&petros(), "approve").await;
    assert_eq!(bot.last().text(), bot.phrase("en", "not-proved-lapsed"));
    assert_eq!(writes(&bot), 0);
}

#[tokio::test]
async fn a_proof_is_for_one_request_alone() {
    let bot = bot().await;
    asked(&bot).await;
    answers(&bot, &alex(), "proof-manager-yes").await;
    // The same administrator, the same account, another request: by command this time.
    bot.says(&ana(), &format!("reset the password of {KOSTAS}")).await;
    is_refused(&bot, "not-proved-not-asked").await;
}

#[tokio::test]
async fn somebody_s_own_command_takes_the_owner_s_manager_too() {
    let bot = bot().await;
    bot.says(&ana(), &format!("reset the password of {KOSTAS}")).await;
    is_refused(&bot, "not-proved-not-asked").await;
    bot.clicks(&ana(), "proof-ask-manager").await;
    answers(&bot, &alex(), "proof-manager-yes").await;
    assert!(told_to_ana(&bot).await.contains("Confirmed by the owner's manager"));
}

#[tokio::test]
async fn a_manager_of_whom_nothing_is_proved_is_not_asked() {
    let bot = story(&wanting(RequesterProof::Manager)).await;
    let no_way = async |key: &str| {
        bot.clicks(&ana(), "action-reset-password").await;
        bot.read_all();
        bot.clicks(&ana(), "proof-ask-manager").await;
        let said = bot.last().text();
        assert!(said.contains(&bot.phrase("en", key)), "{key}: {said}");
        assert!(said.contains(&bot.phrase("en", "no-way-instead")));
    };
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    no_way("no-way-not-reachable").await;
    // A device code can be had by talking somebody into typing it.
    let now = OffsetDateTime::now_utc();
    let weak = StoredLink {
        person: alex().identity,
        entra: ALEX_ENTRA.into(),
        account: ALEX.into(),
        how: "device-code".into(),
        linked: now,
        expires: now + Duration::days(90),
    };
    let record = bot.audit().await.remove(0).entry;
    bot.store.put_link(&weak, &record).await.unwrap();
    no_way("no-way-not-reachable").await;
    link(&bot.store, &alex().identity, &bot.state(ALEX)).await;
    bot.cannot_reach(&alex());
    no_way("no-way-not-reachable").await;
    bot.simulator.set_manager(KOSTAS, None);
    no_way("no-way-no-manager").await;
    bot.simulator.set_manager(KOSTAS, Some(KOSTAS));
    no_way("no-way-no-manager").await;
    bot.simulator.revoke_permission("User.Read.All");
    bot.clicks(&ana(), "action-reset-password").await;
    assert_eq!(writes(&bot), 0);
}

#[tokio::test]
async fn nobody_s_manager_is_worn_down() {
    let bot = bot().await;
    for times in 1..=4 {
        bot.says(&ana(), &format!("reset the password of {KOSTAS}")).await;
        bot.clicks(&ana(), "action-reset-password").await;
        bot.read_all();
        bot.clicks(&ana(), "proof-ask-manager").await;
        let refused = bot.last().text().contains(&bot.phrase("en", "no-way-too-many"));
        assert_eq!(refused, times == 4, "time {times}");
    }
}

#[tokio::test]
async fn what_gives_nobody_access_takes_no_proof() {
    let bot = bot().await;
    bot.request(&maria(), "I can't send email").await;
    bot.clicks(&ana(), "action-unblock-sender").await;
    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state(MARIA).restricted);
}

#[tokio::test]
async fn it_is_said_in_greek_too() {
    let bot = bot().await;
    bot.request(&kostas(), "ξέχασα τον κωδικό μου").await;
    bot.clicks(&ana(), "action-reset-password").await;
    assert!(
        bot.last()
            .text()
            .contains("Το ότι κάποιος το ζητά στη συνομιλία δεν αποδεικνύει τίποτα")
    );
    bot.clicks(&ana(), "proof-ask-manager").await;
    bot.read_all();
    bot.clicks(&alex(), "proof-manager-yes").await;
    let said = bot.last().text();
    assert!(said.contains("ως προϊστάμενος, επιβεβαίωσε"), "{said}");
}
