//! Attacks on the proof of the requester by a code: guessed, late, twice, for another request, by somebody else, sent to
//! where an attacker reads.

use latchkey::settings::RequesterProof;
use latchkey::store::Store;
use latchkey::store::audit::Event;
use latchkey::tenant::account::MethodKind;
use time::Duration;

use super::proof::wanting;
use super::support::*;
use super::*;

const KNOWN: &str = "kostas@example.gr";

async fn bot() -> Story {
    bot_in(Store::open("sqlite::memory:").await.unwrap()).await
}

async fn bot_in(store: Store) -> Story {
    let bot = Story::begin_with_mailbox(store, &wanting(RequesterProof::Code)).await;
    bot.simulator.set_other_mails(KOSTAS, &[KNOWN]);
    bot
}

async fn asked_by(bot: &Story, who: &Person) {
    bot.request(who, "I forgot my password, please reset it").await;
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "proof-send-code").await;
    bot.read_all();
}

/// The code in the newest letter.
fn code(bot: &Story) -> String {
    let letter = bot.simulator.letters().pop().expect("no letter was sent");
    let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
    letter
        .text
        .lines()
        .find(is_code)
        .expect("the letter holds no code")
        .to_owned()
}

/// What somebody hears who types this.
async fn types(bot: &Story, who: &Person, code: &str) -> String {
    bot.read_all();
    bot.types(who, ("code", code), "proof-code-send").await;
    let said = bot.next();
    bot.read_all();
    said.text()
}

/// Another code than this one.
fn other(code: &str, by: u32) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + by) % 100_000_000)
}

async fn is_proved(bot: &Story) -> bool {
    bot.read_all();
    bot.clicks(&ana(), "action-reset-password").await;
    let said = bot.last().text();
    assert_eq!(writes(bot), 0);
    said.contains("Proved by a code that was sent to k•••@example.gr")
}

#[tokio::test]
async fn whoever_reads_the_known_address_proves_the_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey.sqlite");
    let bot = bot_in(Store::open(&format!("sqlite://{}", path.display())).await.unwrap()).await;
    asked_by(&bot, &kostas()).await;
    let letters = bot.simulator.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].to.as_str(), letters[0].from.as_str()), (KNOWN, HELP_DESK));
    assert!(letters[0].text.contains("Don't tell it to anybody") && !letters[0].text.contains("http"));
    assert!(!is_proved(&bot).await);
    let code = code(&bot);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(8).any(|window| window == code.as_bytes()),
            "the code is in the store"
        );
    }
    assert_eq!(
        types(&bot, &kostas(), &format!(" {}-{} ", &code[..4], &code[4..])).await,
        bot.phrase("en", "proof-code-right")
    );
    assert!(is_proved(&bot).await);
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    assert_eq!(writes(&bot), 1);
    let records = bot.audit().await;
    let started = records
        .iter()
        .find(|record| record.entry.event == Event::Started)
        .unwrap();
    assert_eq!(
        started.entry.detail.proof.as_deref(),
        Some("code sent to k•••@example.gr")
    );
    let trail = serde_json::to_string(&records).unwrap();
    assert!(
        !trail.contains(&code) && !trail.contains(KNOWN),
        "neither the code nor the address is recorded"
    );
    assert!(!bot.said().contains(&code) && !bot.said().contains(KNOWN));
}

#[tokio::test]
async fn five_guesses_and_no_more() {
    let bot = bot().await;
    asked_by(&bot, &kostas()).await;
    let code = code(&bot);
    for guess in 1..=4 {
        let said = types(&bot, &kostas(), &other(&code, guess)).await;
        assert!(said.contains(&format!("{} more", 5 - guess)), "{said}");
    }
    assert_eq!(
        types(&bot, &kostas(), &other(&code, 5)).await,
        bot.phrase("en", "proof-code-nothing")
    );
    let said = bot.said();
    assert!(
        said.contains("tried wrong codes"),
        "the administrators hear of it: {said}"
    );
    assert_eq!(
        types(&bot, &kostas(), &code).await,
        bot.phrase("en", "proof-code-nothing")
    );
    assert!(!is_proved(&bot).await);
    let wrong = bot
        .audit_events()
        .await
        .into_iter()
        .filter(|event| *event == Event::Disproved);
    assert_eq!(wrong.count(), 5);
}

#[tokio::test]
async fn an_empty_or_a_part_of_a_code_is_wrong() {
    let bot = bot().await;
    asked_by(&bot, &kostas()).await;
    let code = code(&bot);
    for wrong in ["", &code[..7], &format!("{code}0")] {
        assert!(types(&bot, &kostas(), wrong).await.contains("That is not the code"));
    }
    assert!(!is_proved(&bot).await);
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_for_one_use() {
    let bot = bot().await;
    asked_by(&bot, &kostas()).await;
    let late = code(&bot);
    bot.wait(Duration::minutes(10));
    assert_eq!(types(&bot, &kostas(), &late).await, bot.phrase("en", "ticket-expired"));
    assert!(!is_proved(&bot).await);
    asked_by(&bot, &kostas()).await;
    let code = code(&bot);
    let click = bot.click(&kostas(), "proof-code-send");
    assert_eq!(
        types(&bot, &kostas(), &code).await,
        bot.phrase("en", "proof-code-right")
    );
    let mut replay = bot.click_on(&kostas(), &click.message, &click.ticket);
    replay.inputs.insert("code".into(), code);
    bot.read_all();
    bot.assistant
        .answer_click(replay, latchkey::assistant::Hearing::First)
        .await
        .unwrap();
    assert_eq!(bot.last().text(), bot.phrase("en", "proof-code-nothing"));
}

#[tokio::test]
async fn a_code_for_one_request_opens_no_other() {
    let bot = bot().await;
    bot.simulator
        .set_other_mails("eleni.georgiou@contoso.com", &["eleni@example.gr"]);
    let eleni = person("eleni", Some("eleni.georgiou@contoso.com"));
    asked_by(&bot, &eleni).await;
    let hers = code(&bot);
    asked_by(&bot, &kostas()).await;
    assert_ne!(hers, code(&bot));
    assert!(types(&bot, &kostas(), &hers).await.contains("That is not the code"));
    assert!(!is_proved(&bot).await);
    // Nor does his own from an earlier request.
    let first = code(&bot);
    asked_by(&bot, &kostas()).await;
    assert!(types(&bot, &kostas(), &first).await.contains("That is not the code"));
}

#[tokio::test]
async fn only_whoever_asked_can_type_it() {
    let bot = bot().await;
    asked_by(&bot, &kostas()).await;
    for wrong in [stranger(), ana(), maria()] {
        assert_eq!(
            types(&bot, &wrong, &code(&bot)).await,
            bot.phrase("en", "ticket-not-yours")
        );
    }
    assert!(!is_proved(&bot).await);
}

#[tokio::test]
async fn a_code_goes_to_no_address_that_the_attacker_may_read() {
    let bot = bot().await;
    let no_address = async || {
        bot.request(&kostas(), "I forgot my password, please reset it").await;
        bot.clicks(&ana(), "action-reset-password").await;
        bot.read_all();
        bot.clicks(&ana(), "proof-send-code").await;
        let said = bot.last().text();
        assert!(said.contains(&bot.phrase("en", "no-way-no-address")), "{said}");
        assert!(said.contains("face to face"), "{said}");
        assert!(bot.simulator.letters().is_empty());
    };
    // Nothing but the locked mailbox, however it is written.
    bot.simulator.set_other_mails(KOSTAS, &["Kostas.Dimitriou@Contoso.com"]);
    no_address().await;
    bot.simulator.register(KOSTAS, MethodKind::Email);
    bot.simulator
        .set_registered_mail(KOSTAS, "KOSTAS.dimitriou@contoso.com");
    no_address().await;
    // What the person says of themselves in the chat is not looked at.
    let posing = Person {
        suggestion: Some("attacker@example.com".into()),
        ..kostas()
    };
    bot.says(&posing, "my new address is attacker@example.com, I forgot my password")
        .await;
    no_address().await;
    // The registered address comes before the others.
    bot.simulator.set_registered_mail(KOSTAS, "registered@example.gr");
    bot.simulator.set_other_mails(KOSTAS, &[KNOWN]);
    asked_by(&bot, &kostas()).await;
    let to: Vec<_> = bot.simulator.letters().into_iter().map(|letter| letter.to).collect();
    assert_eq!(to, ["registered@example.gr"]);
}

#[tokio::test]
async fn a_code_does_not_outlive_the_process_that_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
    let bot = bot_in(Store::open(&url).await.unwrap()).await;
    asked_by(&bot, &kostas()).await;
    let code = code(&bot);
    let policy = wanting(RequesterProof::Code);
    let after = bot.again_with(Store::open(&url).await.unwrap(), &policy).await;
    let said = types(&after, &kostas(), &code).await;
    assert_eq!(
        said,
        after.phrase("en", "proof-code-nothing"),
        "its hash tells nothing to whoever reads the store"
    );
    assert!(!is_proved(&after).await);
}

#[tokio::test]
async fn a_proof_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("latchkey.sqlite").display());
    let bot = bot_in(Store::open(&url).await.unwrap()).await;
    asked_by(&bot, &kostas()).await;
    types(&bot, &kostas(), &code(&bot)).await;
    let policy = wanting(RequesterProof::Code);
    let after = bot.again_with(Store::open(&url).await.unwrap(), &policy).await;
    assert!(is_proved(&after).await);
    // But what proved it yesterday does not do where more is wanted today.
    let stricter = wanting(RequesterProof::Manager);
    let stricter = after.again_with(Store::open(&url).await.unwrap(), &stricter).await;
    assert!(!is_proved(&stricter).await);
}

#[tokio::test]
async fn an_administrator_s_own_command_takes_the_owner_s_code() {
    let bot = bot().await;
    bot.says(&ana(), &format!("reset the password of {KOSTAS}")).await;
    assert!(!is_proved(&bot).await);
    bot.clicks(&ana(), "proof-send-code").await;
    let letter = bot.simulator.letters().pop().unwrap();
    assert!(
        letter.text.contains("Read it to your administrator, ana"),
        "{}",
        letter.text
    );
    let mut stolen = bot.click(&ana(), "proof-code-send");
    stolen.person = petros();
    stolen.inputs.insert("code".into(), code(&bot));
    bot.read_all();
    bot.assistant
        .answer_click(stolen, latchkey::assistant::Hearing::First)
        .await
        .unwrap();
    assert_eq!(bot.last().text(), bot.phrase("en", "ticket-not-yours"));
    assert_eq!(
        types(&bot, &ana(), &code(&bot)).await,
        bot.phrase("en", "proof-code-right")
    );
    assert!(is_proved(&bot).await);
}

#[tokio::test]
async fn a_letter_that_was_not_sent_proves_nothing_and_can_be_sent_again() {
    let bot = bot().await;
    bot.simulator.revoke_permission("Mail.Send");
    bot.request(&kostas(), "I forgot my password, please reset it").await;
    bot.clicks(&ana(), "action-reset-password").await;
    bot.read_all();
    bot.clicks(&ana(), "proof-send-code").await;
    assert!(bot.last().text().contains("couldn't have it proved"));
    bot.simulator.grant_permission("Mail.Send");
    bot.clicks(&ana(), "action-reset-password").await;
    bot.clicks(&ana(), "proof-send-code").await;
    assert_eq!(
        types(&bot, &kostas(), &code(&bot)).await,
        bot.phrase("en", "proof-code-right")
    );
}

#[tokio::test]
async fn nobody_s_mailbox_is_flooded() {
    let bot = bot().await;
    for _ in 0..5 {
        bot.says(&ana(), &format!("reset the password of {KOSTAS}")).await;
        bot.clicks(&ana(), "action-reset-password").await;
        bot.clicks(&ana(), "proof-send-code").await;
    }
    assert_eq!(bot.simulator.letters().len(), 3);
    bot.wait(Duration::minutes(61));
    asked_by(&bot, &kostas()).await;
    assert_eq!(bot.simulator.letters().len(), 4);
}
