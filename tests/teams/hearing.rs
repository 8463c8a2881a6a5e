//! What is heard, and what comes of it: once, in the right place, and for the right eyes.

use std::time::Duration;

use latchkey::chat::{Conversation, Gateway, Identity, Outgoing, Platform, Room};
use latchkey::gateways::teams::{Patience, Teams, Words};
use latchkey::settings::LoopbackHttp;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::json;

use crate::client::{CARD, titles, words};
use crate::conformance::replies;
use crate::conformance::{Place, Stage, Who};
use crate::fake::{ADMINS, APP, GROUP, Line, SUPPORT, TENANT};
use crate::stage::Office;

const QUESTION: &str = "I can't send email";
/// Of which the bot is sure, in Greek.
const RESTRICTED: &str = "den mporw na steilw mail apo to prwi, mou girnane ola piso";

async fn office() -> Office {
    Office::open(Patience::default()).await
}

/// Nothing that is said comes in time for the invoke.
async fn slow_office() -> Office {
    Office::open(Patience {
        invoke: Duration::ZERO,
        ..Patience::default()
    })
    .await
}

fn identity(office: &Office, who: Who) -> Identity {
    Identity {
        platform: Platform::Teams,
        scope: TENANT.into(),
        user: office.people[&who].object.clone(),
    }
}

fn support() -> Conversation {
    Conversation {
        platform: Platform::Teams,
        scope: TENANT.into(),
        id: SUPPORT.into(),
        thread: None,
        room: Room::Shared,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_introduces_itself_once_however_its_coming_is_told() {
    for (conversation, order) in [("a:maria", [0, 1]), (GROUP, [1, 0]), (SUPPORT, [0, 1])] {
        let office = office().await;
        let maria = &office.people[&Who::Maria];
        let mut installed = office.client.activity(maria, conversation, "installationUpdate");
        installed["action"] = json!("add");
        let mut added = office.client.activity(maria, conversation, "conversationUpdate");
        added["membersAdded"] = json!([{"id": maria.mri()}, {"id": format!("28:{APP}")}]);
        let told = [installed, added];
        office.happens(&told[order[0]]).await;
        assert_eq!(office.client.deliver(&told[order[1]]).await.0, StatusCode::OK);
        assert_eq!(office.client.deliver(&told[order[0]]).await.0, StatusCode::OK);
        assert_eq!(office.fake.standing(conversation).len(), 1, "{conversation}");

        // Removed and installed again, it introduces itself again.
        let mut removed = office.client.activity(maria, conversation, "installationUpdate");
        removed["action"] = json!("remove");
        assert_eq!(office.client.deliver(&removed).await.0, StatusCode::OK);
        let mut again = office.client.activity(maria, conversation, "installationUpdate");
        again["action"] = json!("add");
        again["locale"] = json!("el-GR");
        office.happens(&again).await;
        let standing = office.fake.standing(conversation);
        assert_eq!(standing.len(), 2, "{conversation}");
        assert_eq!(standing[1].activity["attachments"][0]["content"]["lang"], "el");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_coming_is_no_reason_to_speak() {
    let office = office().await;
    let maria = &office.people[&Who::Maria];
    let mut added = office.client.activity(maria, GROUP, "conversationUpdate");
    added["membersAdded"] = json!([{"id": maria.mri()}]);
    let before = office.house.so_far();
    assert_eq!(office.client.deliver(&added).await.0, StatusCode::OK);
    assert_eq!(office.house.so_far().taken, before.taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unasked_it_answers_in_the_thread_and_only_where_the_settings_say() {
    let office = office().await;
    let maria = &office.people[&Who::Maria];
    let said = office.client.message(maria, SUPPORT, RESTRICTED);
    office.happens(&said).await;
    let answer = &office.fake.standing(SUPPORT)[0];
    assert_eq!(answer.conversation, said["conversation"]["id"].as_str().unwrap());

    let ana = &office.people[&Who::Ana];
    let unasked = office.client.message(ana, ADMINS, "I can't send email, 550 5.1.8");
    let before = office.house.so_far();
    assert_eq!(office.client.deliver(&unasked).await.0, StatusCode::OK);
    assert_eq!(
        office.house.so_far().taken,
        before.taken,
        "the administrators are left in peace"
    );
    let asked = office.client.mention(ana, ADMINS, QUESTION);
    office.happens(&asked).await;
    assert_eq!(office.fake.standing(ADMINS).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_group_chat_a_mention_is_answered_and_other_bots_are_not() {
    let office = office().await;
    let maria = &office.people[&Who::Maria];
    office.happens(&office.client.mention(maria, GROUP, QUESTION)).await;
    assert_eq!(office.fake.standing(GROUP).len(), 1);
    let mut robot = office.client.mention(maria, GROUP, QUESTION);
    robot["from"]["id"] = json!("28:another-bot");
    let before = office.house.so_far();
    assert_eq!(office.client.deliver(&robot).await.0, StatusCode::OK);
    assert_eq!(office.house.so_far().taken, before.taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_of_an_old_client_works_through_the_own_chat() {
    let office = office().await;
    let maria = &office.people[&Who::Maria];
    office.says(Who::Maria, Place::Support, RESTRICTED).await;
    let button = office.button(Who::Maria, &office.house.phrase("el", "ask-administrator"));
    let mut submitted = office.client.activity(maria, &button.line.conversation, "message");
    submitted["value"] = button.action["data"].clone();
    submitted["replyToId"] = json!(button.line.id);
    office.happens(&submitted).await;
    let own = office.fake.standing("a:maria");
    assert_eq!(own.len(), 1, "a whisper without an invoke goes to the own chat");
    assert!(words(&own[0].activity).contains("maria.papadopoulou@contoso.com"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_comes_to_the_own_chat_and_its_buttons_work_there() {
    let office = slow_office().await;
    office.says(Who::Maria, Place::Support, RESTRICTED).await;
    let ask = office.button(Who::Maria, &office.house.phrase("el", "ask-administrator"));
    let answer = office.presses_it(Who::Maria, &ask, &json!({})).await;
    assert_eq!(answer["value"], Words::OnIt.said(Some("en")));
    let act = office.house.phrase("el", "action-unblock-sender");
    office
        .presses_it(Who::Ana, &office.button(Who::Ana, &act), &json!({}))
        .await;
    let preview = office.fake.standing("a:ana").pop().unwrap();
    let confirm = office.house.phrase("el", "confirm");
    assert!(titles(&preview.activity).contains(&confirm), "{preview:#?}");

    // Somebody else who learns what the button carries can do nothing with it in their own chat.
    let button = office.button(Who::Ana, &confirm);
    let mut stolen = button.clone();
    stolen.line.conversation = "a:stranger".into();
    office.presses_it(Who::Stranger, &stolen, &json!({})).await;
    assert!(office.house.state(Who::Maria).restricted);

    office.presses_it(Who::Ana, &button, &json!({})).await;
    assert!(!office.house.state(Who::Maria).restricted);
    let card = &office.fake.standing(ADMINS)[0];
    assert!(
        card.replaces && titles(&card.activity).is_empty(),
        "the card of all tells the outcome"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_believed_only_of_a_chat_to_which_its_cards_were_brought() {
    let office = office().await;
    office.says(Who::Maria, Place::Support, RESTRICTED).await;
    let ask = office.button(Who::Maria, &office.house.phrase("el", "ask-administrator"));
    // Maria's button, pressed in her own chat, to which it was never brought.
    let mut moved = ask.clone();
    moved.line = Line {
        conversation: "a:maria".into(),
        ..ask.line.clone()
    };
    let answer = office.presses_it(Who::Maria, &moved, &json!({})).await;
    assert_eq!(
        answer["value"].as_str().unwrap(),
        office.house.phrase("el", "ticket-elsewhere")
    );
    assert!(office.fake.standing(ADMINS).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoke_that_is_repeated_gets_the_same_answer_and_acts_once() {
    let office = office().await;
    office.says(Who::Maria, Place::Support, RESTRICTED).await;
    let maria = &office.people[&Who::Maria];
    let ask = office.button(Who::Maria, &office.house.phrase("el", "ask-administrator"));
    let pressed = office.client.press(maria, &ask, &json!({}));
    let before = office.house.so_far();
    let (first, second) = tokio::join!(office.client.deliver(&pressed), office.client.deliver(&pressed));
    let third = office.client.deliver(&pressed).await;
    office.house.answered_since(before).await;
    assert_eq!(first, second);
    assert_eq!(first, third);
    assert_eq!(office.house.so_far().taken, before.taken + 1);
    assert_eq!(office.fake.standing(ADMINS).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_of_somebody_else_is_told_to_be_none_of_ours() {
    let office = office().await;
    let maria = &office.people[&Who::Maria];
    let mut foreign = office.client.activity(maria, SUPPORT, "invoke");
    foreign["name"] = json!("adaptiveCard/action");
    foreign["value"] = json!({"action": {"type": "Action.Execute", "verb": "x", "data": {"a": 1}}});
    let (status, answer) = office.client.deliver(&foreign).await;
    assert_eq!((status, &answer["statusCode"]), (StatusCode::OK, &json!(400)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_who_are_there_get_a_view_of_their_own_and_others_what_all_see() {
    let office = office().await;
    office.says(Who::Ana, Place::Support, "morning all, coffee?").await;
    let teams = Teams::new(
        &office.fake.settings(),
        office.house.store.clone(),
        LoopbackHttp::Allowed,
        Patience::default(),
    )
    .unwrap();
    let mut reply = replies::answer();
    let view = reply.for_administrators.as_mut().unwrap();
    let absent = "aaaaaaaa-0000-4000-8000-00000000000a".to_owned();
    view.people = vec![office.people[&Who::Ana].object.clone(), absent];
    teams.deliver(Outgoing::Post { to: support(), reply }).await.unwrap();
    let posted = office.fake.standing(SUPPORT).pop().unwrap();
    let card = &posted.activity["attachments"][0]["content"];
    assert_eq!(card["refresh"]["userIds"], json!(["29:ana"]));
    assert_eq!(card["refresh"]["action"]["type"], "Action.Execute");
    assert_eq!(card["refresh"]["action"]["verb"], "refresh");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_waits_behind_a_button_for_the_one_who_set_it() {
    let office = office().await;
    office.says(Who::Ana, Place::Support, "morning all, coffee?").await;
    let secret = latchkey::chat::Secret {
        label: "Temporary password".into(),
        value: SecretString::from("canary-of-the-night"),
    };
    // Through the gateway that hears, because it is the one in which the password waits.
    let whisper = Outgoing::Whisper {
        to: support(),
        person: identity(&office, Who::Ana),
        reply: replies::sentence(),
        secret: Some(secret),
        answering: None,
    };
    office.teams.deliver(whisper).await.unwrap();
    assert!(!office.standing().contains("canary-of-the-night"));
    let ana = &office.people[&Who::Ana];
    let button = office.client.secret_button(ana).unwrap();
    let stranger = &office.people[&Who::Stranger];
    let mut stolen = office.client.press(stranger, &button, &json!({}));
    stolen["conversation"]["id"] = json!("a:stranger");
    let (_, refused) = office.client.deliver(&stolen).await;
    assert_eq!(refused["value"], Words::SecretGone.said(Some("en")));
    let pressed = office.client.press(ana, &button, &json!({}));
    let (_, shown) = office.client.deliver(&pressed).await;
    assert_eq!(shown["type"], CARD);
    assert!(shown["value"].to_string().contains("canary-of-the-night"));
    let (_, repeated) = office.client.deliver(&pressed).await;
    assert_eq!(repeated["value"], Words::SecretGone.said(Some("en")));
    let (_, again) = office
        .client
        .deliver(&office.client.press(ana, &button, &json!({})))
        .await;
    assert_eq!(again["value"], Words::SecretGone.said(Some("en")));
    assert!(!office.standing().contains("canary-of-the-night"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialog_is_answered_as_one() {
    let office = office().await;
    office.says(Who::Maria, Place::Support, RESTRICTED).await;
    let maria = &office.people[&Who::Maria];
    let ask = office.button(Who::Maria, &office.house.phrase("el", "ask-administrator"));
    let mut opened = office.client.activity(maria, &ask.line.conversation, "invoke");
    opened["name"] = json!("task/fetch");
    opened["replyToId"] = json!(ask.line.id);
    opened["value"] = json!({"data": ask.action["data"], "context": {"theme": "default"}});
    let before = office.house.so_far();
    let (status, answer) = office.client.deliver(&opened).await;
    office.house.answered_since(before).await;
    assert_eq!((status, &answer["task"]["type"]), (StatusCode::OK, &json!("message")));
    assert!(
        answer["task"]["value"].as_str().unwrap().contains("maria.papadopoulou"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roster_is_read_once() {
    let office = office().await;
    for _ in 0..3 {
        office.says(Who::Maria, Place::Direct, "hello").await;
    }
    let rosters = |office: &Office| {
        let world = office.fake.world();
        let calls = world.calls.iter();
        calls.filter(|(_, path)| path.contains("pagedmembers")).count()
    };
    assert_eq!(rosters(&office), 1);
    // Where nobody can tell, it is asked once, and nobody goes without an answer.
    for _ in 0..2 {
        office.fake.fails(reqwest::Method::GET, "pagedmembers", 403);
        office.says(Who::Kostas, Place::Direct, "hello").await;
    }
    assert_eq!(rosters(&office), 2);
    assert_eq!(office.fake.standing("a:kostas").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_among_the_administrators_is_theirs_too() {
    let office = Office::begin().await;
    office
        .mentions(Who::Ana, Place::Admins, "look up maria.papadopoulou@contoso.com")
        .await;
    let shown = office.fake.standing(ADMINS).pop().unwrap();
    assert!(
        shown.conversation.contains(";messageid="),
        "in the thread in which she asked"
    );
    assert!(words(&shown.activity).contains("maria.papadopoulou@contoso.com"));
    let act = office.house.phrase("en", "action-unblock-sender");
    office.presses(Who::Ana, &act).await;
    let confirm = office.house.phrase("en", "confirm");
    office.presses(Who::Ana, &confirm).await;
    assert!(!office.house.state(Who::Maria).restricted);
    let outcome = office.fake.standing(ADMINS).pop().unwrap();
    assert!(
        outcome.replaces && titles(&outcome.activity).is_empty(),
        "all of them see what was done"
    );
}
