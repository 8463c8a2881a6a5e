//! The rules of approval as a property: whoever presses whatever in whatever order, a password changes only after two
//! different people, both entitled, neither of them the owner or the one who asked, have each done their part.

use latchkey::chat::Person;
use proptest::prelude::*;

use super::support::*;
use super::*;

#[derive(Debug, Clone, Copy)]
enum Press {
    Preview,
    Confirm,
    Approve,
    Reject,
}

const PRESSES: [(Press, &str); 4] = [
    (Press::Preview, "action-reset-password"),
    (Press::Confirm, "confirm"),
    (Press::Approve, "approve"),
    (Press::Reject, "reject"),
];

/// Everybody, with the human behind the identity and whether they are entitled.
fn people() -> Vec<(Person, u8, bool)> {
    vec![
        (ana(), 0, true),
        (twin(), 0, true),
        (petros(), 1, true),
        (lena(), 2, false),
        (stranger(), 3, false),
        (kostas(), 4, false),
    ]
}

/// Presses whatever of it this person can see; tells whether there was such a button.
async fn presses(bot: &Story, who: &Person, label: &str) -> bool {
    match bot.find(who, label) {
        Some(click) => {
            bot.assistant
                .answer_click(click, latchkey::assistant::Hearing::First)
                .await
                .unwrap();
            true
        }
        None => false,
    }
}

async fn holds(sequence: &[(usize, usize)]) -> Result<(), TestCaseError> {
    let bot = story(&policy()).await;
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    let people = people();
    let (mut confirmed, mut ran) = (Vec::new(), false);
    for (who, what) in sequence {
        let (person, human, entitled) = &people[*who];
        let (press, label) = PRESSES[*what];
        let before = writes(&bot);
        let pressed = presses(&bot, person, label).await;
        let now = writes(&bot);
        if now > before {
            prop_assert!(!ran && now == 1, "it ran twice");
            ran = true;
            prop_assert!(matches!(press, Press::Approve), "{press:?} ran it");
            prop_assert!(*entitled, "{} ran it", person.name);
            prop_assert!(
                confirmed.iter().any(|first| first != human),
                "{} alone ran it",
                person.name
            );
        }
        if pressed && matches!(press, Press::Confirm) && *entitled {
            confirmed.push(*human);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fewer_than_two_entitled_people_never_lead_to_a_run(
        start in prop::sample::select(vec![0_usize, 1, 2]),
        rest in prop::collection::vec((0..6_usize, 0..4_usize), 1..8),
    ) {
        // Most orders lead nowhere: every other one begins where it gets interesting.
        let mut sequence = vec![(start, 0), (start, 1)];
        sequence.extend(rest);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(holds(&sequence))?;
    }
}

#[tokio::test]
async fn two_entitled_people_do_lead_to_a_run() {
    let bot = story(&policy()).await;
    proposed(&bot, &twin()).await;
    assert!(presses(&bot, &petros(), "approve").await);
    assert_eq!(writes(&bot), 1);
}
