//! Buttons that come from elsewhere than where they were shown, or from somebody else, or too late: what a client can
//! write into an invoke, it may write.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Pressable, words};
use crate::conformance::{Place, Stage, Who};
use crate::fake::{ADMINS, GROUP, SUPPORT};
use crate::stage::Office;

const QUESTION: &str = "den mporw na steilw mail apo to prwi, mou girnane ola piso";

/// Maria has asked, and Ana sees the preview of what would help.
async fn previewed() -> (Office, Pressable) {
    let office = Office::begin().await;
    office.says(Who::Maria, Place::Support, QUESTION).await;
    let ask = office.house.phrase("el", "ask-administrator");
    office.presses(Who::Maria, &ask).await;
    let act = office.house.phrase("el", "action-unblock-sender");
    office.presses(Who::Ana, &act).await;
    let confirm = office.button(Who::Ana, &office.house.phrase("el", "confirm"));
    (office, confirm)
}

/// Presses without looking at what is shown: the answer.
async fn pressed(office: &Office, who: Who, button: &Pressable) -> Value {
    let activity = office.client.press(&office.people[&who], button, &json!({}));
    let before = office.house.so_far();
    let (status, answer) = office.client.deliver(&activity).await;
    assert_eq!(status, StatusCode::OK);
    office.house.answered_since(before).await;
    answer
}

fn moved(button: &Pressable, to: &str) -> Pressable {
    let mut moved = button.clone();
    moved.line.conversation = to.to_owned();
    moved
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_button_is_refused_where_it_stands() {
    let office = Office::begin().await;
    office.says(Who::Maria, Place::Support, QUESTION).await;
    let ask = office.button(Who::Maria, &office.house.phrase("el", "ask-administrator"));
    let answer = pressed(&office, Who::Kostas, &ask).await;
    assert_eq!(answer["value"], office.house.phrase("el", "ticket-not-yours"));
    assert_eq!(office.fake.standing(ADMINS).len(), 1, "nothing but the introduction");
    // It was not used up.
    pressed(&office, Who::Maria, &ask).await;
    assert_eq!(office.fake.standing(ADMINS).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_is_good_for_whoever_saw_the_preview_alone() {
    let (office, confirm) = previewed().await;
    for thief in [Who::Petros, Who::Stranger, Who::Maria] {
        let answer = pressed(&office, thief, &confirm).await;
        assert_eq!(
            answer["value"],
            office.house.phrase("el", "ticket-not-yours"),
            "{thief:?}"
        );
        assert!(office.house.state(Who::Maria).restricted);
    }
    pressed(&office, Who::Ana, &confirm).await;
    assert!(!office.house.state(Who::Maria).restricted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_that_was_moved_is_refused_whatever_it_says_of_itself() {
    let (office, confirm) = previewed().await;
    for place in [SUPPORT, GROUP, "a:ana", "19:another@thread.tacv2"] {
        let thread = format!("{ADMINS};messageid=1");
        for named in [ADMINS, place, thread.as_str()] {
            let mut stolen = moved(&confirm, place);
            stolen.action["data"]["latchkey"]["in"] = json!([named, null]);
            let answer = pressed(&office, Who::Ana, &stolen).await;
            let refused = answer["value"] == office.house.phrase("el", "ticket-elsewhere");
            assert!(refused, "{place} {named}: {answer}");
            assert!(office.house.state(Who::Maria).restricted, "{place} {named}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_is_used_up_once_it_has_settled_something() {
    let (office, confirm) = previewed().await;
    let activity = office.client.press(&office.people[&Who::Ana], &confirm, &json!({}));
    let before = office.house.so_far();
    let (_, done) = office.client.deliver(&activity).await;
    office.house.answered_since(before).await;
    let card = office.fake.standing(ADMINS).pop().unwrap();
    // The same press again gets the same answer, and a new press of the same button none.
    assert_eq!(office.client.deliver(&activity).await.1, done);
    let answer = pressed(&office, Who::Ana, &confirm).await;
    assert_eq!(answer["value"], office.house.phrase("el", "ticket-used"));
    let after = office.fake.standing(ADMINS).pop().unwrap();
    assert_eq!(words(&card.activity), words(&after.activity));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_somebody_made_up_is_none() {
    let (office, confirm) = previewed().await;
    for ticket in ["show:1", "back", "", "x"] {
        let mut guessed = confirm.clone();
        guessed.action["data"]["latchkey"]["ticket"] = json!(ticket);
        let activity = office.client.press(&office.people[&Who::Ana], &guessed, &json!({}));
        let (status, answer) = office.client.deliver(&activity).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            answer["type"], "application/vnd.microsoft.activity.message",
            "{ticket}: {answer}"
        );
    }
    assert!(office.house.state(Who::Maria).restricted);
}
