//! What the doctor sees of Discord, and what the manifest tells. Nothing is changed.

use latchkey::gateways::Listener;
use latchkey::gateways::discord::Discord;
use latchkey::settings::DiscordSettings;
use serde_json::Value;

use crate::fake::{ADMINS, Fake, GUILD, OTHER_GUILD, SUPPORT};

async fn sees(settings: &DiscordSettings) -> Vec<Value> {
    let seen = serde_json::to_value(Discord::new(settings).examine().await).unwrap();
    let seen = seen.as_array().unwrap().clone();
    assert!(!format!("{seen:?}").contains("canary"), "the token is shown");
    seen
}

fn one<'a>(seen: &'a [Value], what: &str) -> &'a Value {
    let found = seen.iter().find(|one| one["what"].as_str().unwrap().contains(what));
    found.unwrap_or_else(|| panic!("nothing about {what} in {seen:#?}"))
}

#[tokio::test]
async fn where_nothing_is_missing_all_is_well_and_nothing_was_changed() {
    let fake = Fake::start().await;
    let seen = sees(&fake.settings()).await;
    assert!(seen.iter().all(|one| one["found"] == "ok"), "{seen:#?}");
    for what in [
        "token",
        "Message Content",
        &GUILD.to_string(),
        &ADMINS.to_string(),
        &SUPPORT.to_string(),
    ] {
        one(&seen, what);
    }
    let world = fake.world();
    assert!(world.requests.iter().all(|one| one.method == "GET"));
    assert!(world.faults.is_empty(), "{:?}", world.faults);
}

#[tokio::test]
async fn what_is_missing_is_named_with_what_mends_it() {
    let fake = Fake::start().await;
    let settings = DiscordSettings {
        guild_ids: vec![GUILD, 1_180_000_000_000_000_777],
        ..fake.settings()
    };
    fake.world().application_flags = 0;
    fake.world().channels.remove(&ADMINS);
    fake.world().channels.get_mut(&SUPPORT).unwrap().guild = Some(OTHER_GUILD);
    let seen = sees(&settings).await;
    for (what, mend) in [
        ("Message Content", "Message Content Intent"),
        ("1180000000000000777", "oauth2/authorize"),
        (&ADMINS.to_string(), "embed links"),
        (&SUPPORT.to_string(), "answer_channels"),
    ] {
        let found = one(&seen, what);
        assert_eq!(found["found"], "missing", "{found}");
        assert!(found["mend"].as_str().unwrap().contains(mend), "{found}");
    }
    assert_eq!(one(&seen, &format!("server {GUILD}"))["found"], "ok");
    let quiet = DiscordSettings {
        answer_channels: Vec::new(),
        ..fake.settings()
    };
    assert!(
        !format!("{:?}", sees(&quiet).await).contains("Message Content"),
        "it needs none"
    );
}

#[tokio::test]
async fn a_refused_token_is_missing_and_nothing_more_is_asked() {
    let fake = Fake::start().await;
    let other = DiscordSettings {
        token: "canary.other.token".to_owned().into(),
        ..fake.settings()
    };
    let seen = sees(&other).await;
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!(seen[0]["found"], "missing");
    assert!(seen[0]["mend"].as_str().unwrap().contains("Reset Token"));
}

#[test]
fn the_manifest_is_whole() {
    let manifest = latchkey::gateways::discord::manifest::manifest(crate::fake::APPLICATION);
    assert!(
        manifest["invite"]
            .as_str()
            .unwrap()
            .contains(&crate::fake::APPLICATION.to_string())
    );
    assert_eq!(manifest["commands"][0]["name"], "latchkey");
    for part in ["scopes", "permissions", "intents"] {
        let all = manifest[part].as_array().unwrap();
        assert!(
            !all.is_empty() && all.iter().all(|one| !one["why"].as_str().unwrap().is_empty()),
            "{part}"
        );
    }
}
