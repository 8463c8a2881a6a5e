//! The view that administrators have of an answer: Teams asks for it by itself, for those who are named in the card. What
//! they do there is seen by everybody.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{CARD, titles, words};
use crate::conformance::{Place, Stage, Who};
use crate::fake::{ADMINS, Line, SUPPORT};
use crate::stage::Office;

/// Maria asks in the support channel, and an answer stands there.
async fn asked() -> (Office, Line) {
    let office = Office::begin().await;
    office
        .says(
            Who::Maria,
            Place::Support,
            "den mporw na steilw mail apo to prwi, mou girnane ola piso",
        )
        .await;
    let answer = office.fake.standing(SUPPORT).pop().unwrap();
    (office, answer)
}

fn card(line: &Line) -> &Value {
    &line.activity["attachments"][0]["content"]
}

/// Teams shows the card to somebody, and asks for their view of it.
async fn refreshes(office: &Office, who: Who, line: &Line) -> Value {
    let before = office.house.so_far();
    let person = &office.people[&who];
    let (status, answer) = office.client.deliver(&office.client.refresh(person, line)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    office.house.answered_since(before).await;
    office.client.show(person, line, &answer);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn named_administrators_have_a_view_of_their_own_and_all_see_what_became_of_it() {
    let (office, answer) = asked().await;
    assert_eq!(card(&answer)["refresh"]["userIds"], json!(["29:ana", "29:petros"]));
    let view = refreshes(&office, Who::Ana, &answer).await;
    assert_eq!(view["type"], CARD);
    assert!(view["value"].to_string().contains("maria.papadopoulou@contoso.com"));
    let act = office.house.phrase("el", "action-unblock-sender");
    office.presses(Who::Ana, &act).await;
    let confirm = office.house.phrase("el", "confirm");
    office.presses(Who::Ana, &confirm).await;
    assert!(!office.house.state(Who::Maria).restricted);

    // The one card in the channel tells everybody who did what and when, and offers nobody the old view.
    let standing = office.fake.standing(SUPPORT);
    assert_eq!(standing.len(), 1);
    let outcome = &standing[0];
    assert!(outcome.replaces && titles(&outcome.activity).is_empty(), "{outcome:#?}");
    assert!(card(outcome)["refresh"].is_null(), "{outcome:#?}");
    let told = words(&outcome.activity);
    assert!(told.contains("ana") && told.contains("UTC"), "{told}");
    assert!(office.fake.standing(ADMINS).len() == 1, "nothing but the introduction");

    // A client that has not noticed yet asks for the old view, and shows what all see.
    let late = refreshes(&office, Who::Petros, &answer).await;
    assert_eq!((&late["type"], &late["value"]), (&json!(CARD), card(outcome)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_no_administrator_gets_what_all_see_however_they_ask() {
    let (office, answer) = asked().await;
    let before = office.house.so_far();
    for who in [Who::Stranger, Who::Maria] {
        let shown = refreshes(&office, who, &answer).await;
        assert_eq!(
            (&shown["type"], &shown["value"]),
            (&json!(CARD), card(&answer)),
            "{who:?}"
        );
    }
    assert_eq!(office.house.so_far().taken, before.taken + 2);
    // Pressed by hand, it is refused aloud.
    let mut by_hand = office.client.refresh(&office.people[&Who::Stranger], &answer);
    by_hand["value"]["trigger"] = json!("manual");
    let (_, refused) = office.client.deliver(&by_hand).await;
    assert_eq!(refused["type"], "application/vnd.microsoft.activity.message");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_is_looked_at_afresh_each_time_and_repeats_cost_nothing() {
    let (office, answer) = asked().await;
    let asked = office.client.refresh(&office.people[&Who::Ana], &answer);
    let before = office.house.so_far();
    let first = office.client.deliver(&asked).await;
    let again = office.client.deliver(&asked).await;
    assert_eq!(first, again);
    assert_eq!(office.house.so_far().taken, before.taken + 1);
    let look_up = office.house.phrase("el", "action-unblock-sender");
    assert!(first.1["value"]["actions"].to_string().contains(&look_up));
    let petros = refreshes(&office, Who::Petros, &answer).await;
    assert_eq!(petros["type"], CARD, "each administrator has their own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_asked_for_leaves_no_view_on_the_answer() {
    let (office, _) = asked().await;
    let ask = office.house.phrase("el", "ask-administrator");
    office.presses(Who::Maria, &ask).await;
    let standing = office.fake.standing(SUPPORT).pop().unwrap();
    assert!(card(&standing)["refresh"].is_null(), "{standing:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_without_buttons_leads_back_to_the_card() {
    let (office, _) = asked().await;
    let ask = office.house.phrase("el", "ask-administrator");
    office.presses(Who::Maria, &ask).await;
    let request = office.fake.standing(ADMINS).pop().unwrap();
    let steps = office.button(Who::Ana, &office.house.phrase("el", "show-steps"));
    let view = office.presses_it(Who::Ana, &steps, &json!({})).await;
    let actions = view["value"]["actions"].as_array().unwrap();
    assert_eq!(actions.len(), 1, "{view:#}");
    let back = office.button(Who::Ana, actions[0]["title"].as_str().unwrap());
    let before = office.house.so_far();
    let shown = office
        .client
        .presses(&office.people[&Who::Ana], &back, &json!({}))
        .await;
    assert_eq!((&shown["type"], &shown["value"]), (&json!(CARD), card(&request)));
    assert_eq!(office.house.so_far().taken, before.taken, "nobody is asked");
}
