//! What the doctor sees of Slack: tokens, scopes, channels. It changes nothing.

use std::sync::Arc;

use latchkey::gateways::Listener;
use latchkey::gateways::slack::Slack;
use latchkey::settings::SlackSettings;
use serde_json::Value;

use crate::fake::world::{ADMINS, BOT, SUPPORT};
use crate::fake::{Fake, Fault};
use crate::stage::{Http, Mode, Socket, furnish, mode, settings};

const ALL: &str = "app_mentions:read,channels:history,channels:read,chat:write,commands,groups:history,groups:read,\
                   im:history,im:write,users:read,users:read.email";

/// Everything that is looked at, with what was found.
async fn sees(slack: &Slack) -> Vec<Value> {
    let seen = serde_json::to_value(slack.examine().await).unwrap();
    let seen = seen.as_array().unwrap().clone();
    let text = format!("{seen:?}");
    assert!(!text.contains("canary"), "a token is shown: {text}");
    seen
}

fn one<'a>(seen: &'a [Value], what: &str) -> &'a Value {
    let found = seen.iter().find(|one| one["what"].as_str().unwrap().contains(what));
    found.unwrap_or_else(|| panic!("nothing about {what} in {seen:#?}"))
}

async fn ready<M: Mode>() -> (Arc<Fake>, SlackSettings) {
    let fake = Fake::start().await;
    furnish(&fake);
    fake.world().granted = Some(ALL.into());
    let settings = settings(&fake, mode::<M>());
    (fake, settings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_missing_all_is_well_and_nothing_was_changed() {
    let (fake, settings) = ready::<Socket>().await;
    let seen = sees(&Slack::new(&settings)).await;
    assert!(seen.iter().all(|one| one["found"] == "ok"), "{seen:#?}");
    for what in ["bot_token", "app_token", "users:read.email", ADMINS, SUPPORT] {
        one(&seen, what);
    }
    for method in [
        "chat.postMessage",
        "chat.update",
        "chat.delete",
        "views.publish",
        "conversations.open",
    ] {
        assert!(fake.calls(method).is_empty(), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_not_granted_is_named_with_what_it_is_for() {
    let (fake, settings) = ready::<Http>().await;
    fake.world().granted = Some(ALL.replace(",im:write", ""));
    let seen = sees(&Slack::new(&settings)).await;
    let missing = one(&seen, "im:write");
    assert_eq!(missing["found"], "missing");
    assert!(missing["mend"].as_str().unwrap().contains("latchkey manifest slack"));
    assert!(missing["unlocks"].as_str().unwrap().contains("request"), "{missing}");
    assert_eq!(seen.iter().filter(|one| one["found"] != "ok").count(), 1, "{seen:#?}");
    fake.world().granted = None;
    let seen = sees(&Slack::new(&settings)).await;
    assert_eq!(one(&seen, "scopes")["found"], "cant-tell");
    assert!(seen.iter().all(|one| one["what"] != "app_token"), "HTTP needs none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_works_no_more_is_missing_and_an_outage_is_not() {
    let (fake, settings) = ready::<Socket>().await;
    fake.always_fails("auth.test", Fault::Says("token_revoked"));
    fake.always_fails("apps.connections.open", Fault::Says("not_allowed_token_type"));
    let seen = sees(&Slack::new(&settings)).await;
    for (what, mend) in [("bot_token", "install the app again"), ("app_token", "xapp-")] {
        let token = one(&seen, what);
        assert_eq!(token["found"], "missing", "{token}");
        assert!(token["mend"].as_str().unwrap().contains(mend), "{token}");
    }
    fake.always_fails("auth.test", Fault::TooMany(3600));
    let seen = sees(&Slack::new(&settings)).await;
    assert_eq!(one(&seen, "bot_token")["found"], "cant-tell");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_without_the_bot_is_named_with_how_to_invite_it() {
    let (fake, settings) = ready::<Http>().await;
    fake.world().members.get_mut(ADMINS).unwrap().remove(BOT);
    fake.world().archived.insert(SUPPORT.into());
    let seen = sees(&Slack::new(&settings)).await;
    let desk = one(&seen, ADMINS);
    assert_eq!(desk["found"], "missing");
    assert!(desk["mend"].as_str().unwrap().contains("/invite"), "{desk}");
    assert!(one(&seen, SUPPORT)["detail"].as_str().unwrap().contains("archived"));

    let nowhere = SlackSettings {
        admin_channel: Some("G0NOWHERE".into()),
        answer_channels: Vec::new(),
        ..settings.clone()
    };
    assert_eq!(one(&sees(&Slack::new(&nowhere)).await, "G0NOWHERE")["found"], "missing");
    let none = SlackSettings {
        admin_channel: None,
        ..settings.clone()
    };
    let seen = sees(&Slack::new(&none)).await;
    assert!(
        one(&seen, "admin_channel")["mend"]
            .as_str()
            .unwrap()
            .contains("private channel")
    );

    fake.always_fails("conversations.info", Fault::Says("missing_scope"));
    let seen = sees(&Slack::new(&settings)).await;
    assert_eq!(
        one(&seen, ADMINS)["found"],
        "cant-tell",
        "the scope is missing, perhaps not the bot"
    );
}
