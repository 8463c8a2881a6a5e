//! Securing an account before it is let go again: the gate, what opens it, and each remedy from its button.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod support;

use latchkey::tenant::account::{BlockReason, MethodKind};
use latchkey::tenant::simulator::{Fault, FaultRule};
use support::*;

const MARIA: &str = "maria.papadopoulou@contoso.com";
const SOFIA: &str = "sofia.alexiou@contoso.com";
const KOSTAS: &str = "kostas.dimitriou@contoso.com";
const ALEX: &str = "alex.healthy@contoso.com";

/// After this the same may be done to the same account again.
const COOLED_DOWN: time::Duration = time::Duration::minutes(6);

/// Ana asks for an action by its command and presses its button; what she is shown then.
async fn preview(bot: &Story, (word, action): (&str, &str), account: &str) -> Delivered {
    bot.commands(&ana(), &format!("{word} {account}")).await;
    bot.clicks(&ana(), &format!("action-{action}")).await;
    bot.last()
}

/// The same, confirmed; everything that she is told, and the secret if there is one.
async fn done(bot: &Story, what: (&str, &str), account: &str) -> (String, Option<String>) {
    preview(bot, what, account).await;
    let before = bot.everything().len();
    bot.clicks(&ana(), "confirm").await;
    if bot.find(&petros(), "approve").is_some() {
        bot.clicks(&petros(), "approve").await;
    }
    let told = bot.everything().split_off(before);
    let text: Vec<String> = told.iter().map(Delivered::text).collect();
    (text.join("\n"), told.into_iter().find_map(|delivered| delivered.secret))
}

const UNBLOCK: (&str, &str) = ("unblock", "unblock-sender");

#[tokio::test]
async fn a_compromised_account_is_not_unblocked_until_it_is_secured() {
    let bot = Story::begin().await;
    bot.simulator.forgive_haste();
    let refused = preview(&bot, UNBLOCK, SOFIA).await;
    let text = refused.text();
    for sign in ["at-risk", "spam", "forwarding", "rules", "hidden-rules", "consents"] {
        assert!(
            text.contains(&bot.phrase("en", &format!("sign-{sign}"))),
            "{sign}: {text}"
        );
    }
    let labels: Vec<&str> = refused
        .reply
        .buttons
        .iter()
        .map(|button| button.label.as_str())
        .collect();
    let remedies = [
        "reset-password",
        "clear-forwarding",
        "disable-rules",
        "revoke-consents",
        "dismiss-risk",
    ];
    let mut expected = remedies
        .map(|action| bot.phrase("en", &format!("action-{action}")))
        .to_vec();
    expected.push(bot.phrase("en", "override"));
    assert_eq!(labels, expected);
    assert!(bot.state(SOFIA).restricted);

    for what in [
        ("reset", "reset-password"),
        ("forwarding", "clear-forwarding"),
        ("rules", "disable-rules"),
        ("consents", "revoke-consents"),
    ] {
        let (told, _) = done(&bot, what, SOFIA).await;
        assert!(told.contains("Done:"), "{what:?}: {told}");
        assert!(preview(&bot, UNBLOCK, SOFIA).await.text().contains("won't do this yet"));
    }
    let (told, _) = done(&bot, ("dismiss", "dismiss-risk"), SOFIA).await;
    assert!(told.contains("Done:"), "{told}");
    let state = bot.state(SOFIA);
    assert!(state.forwards_to.is_none() && state.rules.is_empty() && state.consents == 0);
    assert_eq!(state.risk.as_deref(), Some("dismissed"));

    let (told, _) = done(&bot, UNBLOCK, SOFIA).await;
    assert!(told.contains("Done:"), "{told}");
    assert!(!bot.state(SOFIA).restricted);
}

#[tokio::test]
async fn each_sign_alone_keeps_the_gate_shut() {
    for sign in ["rule", "consent", "risk", "spam"] {
        let bot = Story::begin().await;
        match sign {
            "consent" => bot.simulator.consent(MARIA, "IMAP.AccessAsUser.All offline_access"),
            "spam" => bot.simulator.restrict(MARIA, BlockReason::Spam),
            "risk" => {
                bot.simulator.forgive_haste();
                done(&bot, ("compromised", "confirm-compromised"), MARIA).await;
            }
            _ => {
                // What can't be looked at counts as a sign.
                bot.simulator.revoke_permission("Get-InboxRule");
            }
        }
        let text = preview(&bot, UNBLOCK, MARIA).await.text();
        assert!(text.contains("won't do this yet"), "{sign}: {text}");
        assert!(bot.state(MARIA).restricted);
    }
}

#[tokio::test]
async fn a_harmless_consent_and_a_missing_licence_do_not_shut_it() {
    let bot = Story::begin().await;
    bot.simulator.consent(MARIA, "openid profile User.Read");
    bot.simulator.revoke_permission("AAD_PREMIUM_P2");
    let (told, _) = done(&bot, UNBLOCK, MARIA).await;
    assert!(told.contains("Done:"), "{told}");
    assert!(!bot.state(MARIA).restricted);
}

#[tokio::test]
async fn a_sign_that_appears_after_the_preview_still_stops_it() {
    let bot = Story::begin().await;
    preview(&bot, UNBLOCK, MARIA).await;
    bot.simulator.consent(MARIA, "Mail.ReadWrite");
    bot.clicks(&ana(), "confirm").await;
    assert!(bot.state(MARIA).restricted);
    assert_eq!(bot.state(MARIA).unblocked_times, 0);
    let texts: String = bot.everything().iter().map(Delivered::text).collect();
    assert!(
        texts.contains("Not done:") && texts.contains("won't do this yet"),
        "{texts}"
    );
    let notes: Vec<String> = bot.audit().await.into_iter().map(|record| record.entry.note).collect();
    assert!(notes.iter().any(|note| note.contains("gated: consents")), "{notes:?}");
}

#[tokio::test]
async fn allowing_sign_in_is_gated_as_well() {
    let bot = Story::begin().await;
    let giorgos = "giorgos.nikolaou@contoso.com";
    bot.simulator.consent(giorgos, "Mail.ReadWrite");
    let text = preview(&bot, ("allow", "allow-sign-in"), giorgos).await.text();
    assert!(text.contains("won't do this yet"), "{text}");
    assert!(!bot.state(giorgos).sign_in_allowed);
}

#[tokio::test]
async fn the_second_unblock_is_warned_of() {
    let bot = Story::begin().await;
    let first = preview(&bot, UNBLOCK, MARIA).await.text();
    assert!(!first.contains("has been unblocked"), "{first}");
    bot.clicks(&ana(), "confirm").await;
    assert!(!bot.state(MARIA).restricted);
    bot.simulator.restrict(MARIA, BlockReason::Volume);
    bot.wait(COOLED_DOWN);
    let second = preview(&bot, UNBLOCK, MARIA).await.text();
    assert!(second.contains("has been unblocked 1 time(s) before"), "{second}");
}

#[tokio::test]
async fn without_the_gateway_the_portals_steps_take_the_buttons_place() {
    let bot = Story::begin().await;
    bot.simulator.revoke_permission("Get-BlockedSenderAddress");
    bot.says(&ana(), &format!("look up {MARIA}")).await;
    let card = bot.next();
    assert!(links(&card.reply).contains(&"https://security.microsoft.com/restrictedentities".to_owned()));
    let unblock = bot.phrase("en", "action-unblock-sender");
    assert!(
        card.reply.buttons.iter().all(|button| button.label != unblock),
        "{:?}",
        card.reply.buttons
    );
}

#[tokio::test]
async fn a_pass_reaches_the_administrator_once_and_nothing_else() {
    let bot = Story::begin().await;
    let (told, secret) = done(&bot, ("pass", "temporary-access-pass"), KOSTAS).await;
    let secret = secret.unwrap();
    assert!(bot.simulator.pass_is(KOSTAS, &secret), "{told}");
    let records = bot.store.lines(0, 1000).await.unwrap();
    assert!(records.iter().all(|(_, line)| !line.contains(&secret)));
    let shown = bot.everything();
    assert_eq!(shown.iter().filter(|delivered| delivered.secret.is_some()).count(), 1);
    assert!(shown.iter().all(|delivered| !delivered.text().contains(&secret)));
    // A second one ends the first.
    bot.wait(COOLED_DOWN);
    let (_, again) = done(&bot, ("pass", "temporary-access-pass"), KOSTAS).await;
    assert!(bot.simulator.pass_is(KOSTAS, &again.unwrap()) && !bot.simulator.pass_is(KOSTAS, &secret));
}

#[tokio::test]
async fn a_pass_that_nobody_saw_does_not_stay() {
    let bot = Story::begin().await;
    preview(&bot, ("pass", "temporary-access-pass"), KOSTAS).await;
    let lost = FaultRule::new(Fault::DropAfter).method("POST").path("/v1.0/users");
    bot.simulator.inject(lost);
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    assert_eq!(bot.simulator.faults_waiting(), 0);
    assert!(!bot.state(KOSTAS).pass);
    assert!(bot.everything().iter().all(|delivered| delivered.secret.is_none()));
}

#[tokio::test]
async fn a_policy_without_passes_is_said_before_anything_is_tried() {
    let bot = Story::begin().await;
    bot.simulator.forbid_passes();
    let text = preview(&bot, ("pass", "temporary-access-pass"), KOSTAS).await.text();
    assert_eq!(text, bot.phrase("en", "unfit-not-enabled"));
}

#[tokio::test]
async fn every_method_goes_even_when_the_default_is_not_known() {
    let bot = Story::begin().await;
    bot.simulator.register(ALEX, MethodKind::Fido2);
    bot.simulator.register(ALEX, MethodKind::WindowsHello);
    bot.simulator.revoke_permission("AuditLog.Read.All");
    let shown = preview(&bot, ("mfa", "reset-mfa"), ALEX).await.text();
    assert!(
        shown.contains("Microsoft Authenticator") && shown.contains("can't be taken back"),
        "{shown}"
    );
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    assert_eq!(bot.state(ALEX).methods, 0);
}

#[tokio::test]
async fn what_was_done_before_a_refusal_is_said() {
    let bot = Story::begin().await;
    bot.simulator.register(ALEX, MethodKind::Fido2);
    preview(&bot, ("mfa", "reset-mfa"), ALEX).await;
    let refused = Fault::Status {
        status: 403,
        retry_after: None,
    };
    // The phone stays, and so must the Authenticator: the default method goes last or not at all.
    let phone = FaultRule::new(refused).method("DELETE").skip(1);
    bot.simulator.inject(phone);
    bot.clicks(&ana(), "confirm").await;
    bot.clicks(&petros(), "approve").await;
    let texts: String = bot.everything().iter().map(Delivered::text).collect();
    assert!(
        texts.contains("Done in part:") && texts.contains("1 of 3 changes"),
        "{texts}"
    );
    assert!(!texts.contains("Nothing was changed."), "{texts}");
}

#[tokio::test]
async fn rules_that_were_switched_off_can_be_switched_on_again() {
    let bot = Story::begin().await;
    let before = bot.state(SOFIA).rules;
    let (told, _) = done(&bot, ("rules", "disable-rules"), SOFIA).await;
    assert!(told.contains("Switch inbox rules on again"), "{told}");
    assert!(bot.state(SOFIA).rules.is_empty());
    done(&bot, ("enable-rules", "enable-rules"), SOFIA).await;
    assert_eq!(bot.state(SOFIA).rules, before);
}

#[tokio::test]
async fn hidden_rules_that_cannot_be_looked_for_are_never_called_gone() {
    let bot = Story::begin().await;
    bot.simulator.revoke_permission("Get-InboxRule");
    let shown = preview(&bot, ("rules", "disable-rules"), SOFIA).await.text();
    assert!(shown.contains("couldn't look for hidden rules"), "{shown}");
    bot.clicks(&ana(), "confirm").await;
    let texts: String = bot.everything().iter().map(Delivered::text).collect();
    assert!(texts.contains("Done in part:"), "{texts}");
    assert_eq!(bot.state(SOFIA).rules, [".."]);
}

#[tokio::test]
async fn a_card_says_how_long_a_throttled_service_wants_to_be_left_alone() {
    let bot = Story::begin().await;
    let storm = Fault::Throttled { retry_after: Some(110) };
    bot.simulator
        .inject(FaultRule::new(storm).path("/v1.0/identityProtection"));
    bot.says(&ana(), &format!("look up {ALEX}")).await;
    let card = bot.next().text();
    assert!(
        card.contains("Not checked: risk") && card.contains("Try again in 2 minute(s)"),
        "{card}"
    );
}

#[tokio::test]
async fn an_incident_at_microsoft_is_on_the_card() {
    let bot = Story::begin().await;
    bot.simulator.open_incident("Exchange Online", "Mail is delayed.");
    bot.says(&ana(), &format!("look up {ALEX}")).await;
    let card = bot.next().text();
    assert!(card.contains("Mail is delayed."), "{card}");
}
