//! Attacks on grants that are for groups and roles of Entra: being in none, claiming one, being in one no longer, and
//! reaching accounts that the grant is not for.

use latchkey::chat::Person;
use latchkey::settings::{AccessSettings, Grant, Grantee};
use latchkey::tenant::simulator::{Fault, FaultRule};

use super::support::*;
use super::*;

const HELP_DESK: &str = "00000000-0000-4000-b000-000000000003";
const PETROS: &str = "petros.markou@contoso.com";

/// The help desk's group may look and sign people out, and nobody is named.
fn for_the_help_desk() -> AccessSettings {
    AccessSettings {
        grants: vec![Grant::new(
            Grantee::Group(HELP_DESK.into()),
            &["look-up", "revoke-sessions"],
        )],
        ..AccessSettings::default()
    }
}

/// What somebody is told who would sign Alex out everywhere.
async fn signs_out(bot: &Story, who: &Person, account: &str) -> String {
    bot.commands(who, &format!("revoke {account}")).await;
    if bot.find(who, "action-revoke-sessions").is_some() {
        bot.clicks(who, "action-revoke-sessions").await;
    }
    bot.last().text()
}

const ALEX: &str = "alex.healthy@contoso.com";

#[tokio::test]
async fn a_group_gives_what_it_gives_for_as_long_as_somebody_is_in_it() {
    let bot = Story::begin_under(&for_the_help_desk()).await;
    let refused = bot.phrase("en", "denied-not-an-administrator");
    assert_eq!(signs_out(&bot, &petros(), ALEX).await, refused);
    assert_eq!(bot.simulator.join_help_desk(PETROS), HELP_DESK);
    bot.commands(&petros(), &format!("revoke {ALEX}")).await;
    bot.clicks(&petros(), "action-revoke-sessions").await;
    let before = bot.state(ALEX).sessions_valid_from;
    bot.simulator.leave_help_desk(PETROS);
    bot.clicks(&petros(), "confirm").await;
    assert_eq!(bot.last().text(), refused, "looked up when used, not when it was shown");
    assert_eq!(bot.state(ALEX).sessions_valid_from, before);
    bot.simulator.join_help_desk(PETROS);
    bot.clicks(&petros(), "confirm").await;
    assert!(bot.state(ALEX).sessions_valid_from > before);
}

#[tokio::test]
async fn nobody_brings_their_membership_along() {
    let bot = Story::begin_under(&for_the_help_desk()).await;
    let mut claims = petros();
    claims.roles.insert(format!("latchkey:member:group:{HELP_DESK}"));
    claims.roles.insert(HELP_DESK.into());
    assert_eq!(
        signs_out(&bot, &claims, ALEX).await,
        bot.phrase("en", "denied-not-an-administrator")
    );
}

#[tokio::test]
async fn who_is_not_linked_is_in_no_group() {
    let bot = Story::begin_under(&for_the_help_desk()).await;
    bot.simulator.join_help_desk(ALEX);
    let unlinked = person("unlinked", Some(ALEX));
    assert_eq!(
        signs_out(&bot, &unlinked, MARIA).await,
        bot.phrase("en", "denied-not-linked")
    );
}

#[tokio::test]
async fn groups_that_cannot_be_read_give_nothing_and_that_is_said() {
    let bot = Story::begin_under(&for_the_help_desk()).await;
    bot.simulator.join_help_desk(PETROS);
    let path = format!("/v1.0/users/{}/transitiveMemberOf", bot.state(PETROS).id);
    let storm = FaultRule::new(Fault::Throttled { retry_after: Some(0) });
    bot.simulator.inject(storm.path(&path).times(99));
    assert_eq!(
        signs_out(&bot, &petros(), ALEX).await,
        bot.phrase("en", "denied-cannot-tell-member")
    );
}

#[tokio::test]
async fn the_help_desk_is_protected_from_itself() {
    let bot = Story::begin_under(&for_the_help_desk()).await;
    bot.simulator.join_help_desk(PETROS);
    bot.simulator.join_help_desk(ALEX);
    let told = signs_out(&bot, &petros(), ALEX).await;
    assert_eq!(told, bot.phrase("en", "protected-operator"));
}

#[tokio::test]
async fn an_administrator_named_by_their_chat_alone_is_protected_by_their_link() {
    let mut policy = grants();
    policy.grants.push(to("lena", &[ActionId::LookUp]));
    let bot = Story::begin_under(&policy).await;
    link(&bot.store, &lena().identity, &bot.state(ALEX)).await;
    let told = signs_out(&bot, &ana(), ALEX).await;
    assert_eq!(told, bot.phrase("en", "protected-operator"));
}

#[tokio::test]
async fn a_grant_for_a_unit_or_a_group_reaches_no_other_account() {
    for narrowed in ["unit", "group"] {
        let mut grant = to("ana", &[ActionId::LookUp, ActionId::RevokeSessions]);
        match narrowed {
            "unit" => grant.units = vec!["00000000-0000-4000-d000-000000000001".into()],
            _ => grant.groups = vec![HELP_DESK.into()],
        }
        let policy = AccessSettings {
            grants: vec![grant],
            ..AccessSettings::default()
        };
        let bot = Story::begin_under(&policy).await;
        let refused = bot.phrase("en", "denied-not-this-target");
        assert_eq!(signs_out(&bot, &ana(), ALEX).await, refused, "{narrowed}");
        match narrowed {
            "unit" => bot.simulator.put_into_unit(ALEX),
            _ => bot.simulator.join_help_desk(ALEX),
        };
        let told = signs_out(&bot, &ana(), ALEX).await;
        assert!(told.contains("signs Alex Healthy"), "{narrowed}: {told}");
    }
}

#[tokio::test]
async fn a_directory_role_gives_what_it_gives() {
    let helpdesk_administrator = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
    let policy = AccessSettings {
        grants: vec![Grant::new(
            Grantee::Role(helpdesk_administrator.into()),
            &["look-up", "revoke-sessions"],
        )],
        ..AccessSettings::default()
    };
    let bot = Story::begin_under(&policy).await;
    // Ana holds it; Petros could only activate another.
    let told = signs_out(&bot, &ana(), ALEX).await;
    assert!(told.contains("signs Alex Healthy"), "{told}");
    let told = signs_out(&bot, &petros(), ALEX).await;
    assert_eq!(told, bot.phrase("en", "denied-not-an-administrator"));
}
