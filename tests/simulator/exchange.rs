//! The Exchange gateway.

use latchkey::tenant::account::BlockReason;
use latchkey::tenant::simulator::people::{ALEX, MARIA, RECEPTION, SOFIA};
use serde_json::json;

use super::{Bench, Reply};

const GET: &str = "Get-BlockedSenderAddress";
const REMOVE: &str = "Remove-BlockedSenderAddress";

fn detail(reply: &Reply) -> &str {
    reply.body["error"]["details"][0]["message"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test]
async fn restricted_entities_are_listed_and_found_by_their_exact_address() {
    let bench = Bench::start().await;
    let all = bench.run(GET, json!({})).await;
    assert_eq!(all.names("SenderAddress"), [MARIA, SOFIA]);
    assert!(
        all.body["value"][0]["Reason"]
            .as_str()
            .unwrap()
            .starts_with("ExceedingLimitType=")
    );
    assert!(
        all.body["value"][1]["Reason"]
            .as_str()
            .unwrap()
            .starts_with("OutboundSpamLast24Hours=")
    );
    let one = bench.run(GET, json!({"SenderAddress": MARIA})).await;
    assert_eq!(one.names("SenderAddress"), [MARIA]);
    for other in [ALEX, "maria@contoso.com"] {
        let reply = bench.run(GET, json!({"SenderAddress": other})).await;
        assert_eq!((reply.status, reply.code()), (404, "NotFound"), "{other}");
        assert!(detail(&reply).contains("ManagementObjectNotFoundException"));
    }
}

#[tokio::test]
async fn a_sender_is_unblocked_under_its_exact_address() {
    let bench = Bench::start().await;
    let alias = bench.run(REMOVE, json!({"SenderAddress": "maria@contoso.com"})).await;
    assert_eq!(alias.status, 404);
    assert!(bench.simulator.person(MARIA).unwrap().restricted);
    let reply = bench.run(REMOVE, json!({"SenderAddress": MARIA})).await;
    assert_eq!(reply.status, 200, "{:?}", reply.body);
    assert_eq!(bench.run(GET, json!({})).await.names("SenderAddress"), [SOFIA]);
    let after = bench.simulator.person(MARIA).unwrap();
    assert_eq!((after.restricted, after.unblocked_times), (false, 1));
    assert_eq!(bench.run(REMOVE, json!({"SenderAddress": MARIA})).await.status, 404);
}

#[tokio::test]
async fn an_account_is_unblocked_only_so_often() {
    let bench = Bench::start().await;
    for _ in 0..3 {
        bench.simulator.restrict(ALEX, BlockReason::Volume);
        assert_eq!(bench.run(REMOVE, json!({"SenderAddress": ALEX})).await.status, 200);
    }
    bench.simulator.restrict(ALEX, BlockReason::Spam);
    let reply = bench.run(REMOVE, json!({"SenderAddress": ALEX})).await;
    assert_eq!(reply.status, 400);
    assert!(detail(&reply).contains("Microsoft Support"));
    assert!(bench.simulator.person(ALEX).unwrap().restricted);
}

#[tokio::test]
async fn mailboxes_show_forwarding() {
    let bench = Bench::start().await;
    let sofia = bench.run("Get-Mailbox", json!({"Identity": SOFIA})).await;
    assert_eq!(
        sofia.body["value"][0]["ForwardingSmtpAddress"],
        "smtp:collector@fabrikam.example"
    );
    assert_eq!(sofia.body["value"][0]["DeliverToMailboxAndForward"], true);
    let alex = bench.run("Get-Mailbox", json!({"Identity": ALEX})).await;
    assert!(alex.body["value"][0]["ForwardingSmtpAddress"].is_null());
    assert_eq!(
        bench.run("Get-Mailbox", json!({"Identity": RECEPTION})).await.status,
        404
    );
}

#[tokio::test]
async fn hidden_rules_are_shown_when_asked_for() {
    let bench = Bench::start().await;
    let visible = bench.run("Get-InboxRule", json!({"Mailbox": SOFIA})).await;
    assert_eq!(visible.names("Name"), ["Tidy up", "."]);
    let all = bench
        .run("Get-InboxRule", json!({"Mailbox": SOFIA, "IncludeHidden": true}))
        .await;
    assert_eq!(all.names("Name"), ["Tidy up", ".", "..", "Junk E-Mail Rule"]);
    let clean = bench
        .run("Get-InboxRule", json!({"Mailbox": ALEX, "IncludeHidden": true}))
        .await;
    assert_eq!(clean.names("Name"), ["Junk E-Mail Rule"]);
}

#[tokio::test]
async fn the_envelope_is_read_strictly() {
    let bench = Bench::start().await;
    let send = |body: serde_json::Value| {
        let request = bench.client.post(bench.gateway()).bearer_auth(&bench.exchange);
        Reply::of(request.json(&body))
    };
    for body in [
        json!({}),
        json!({"CmdletInput": {}}),
        json!({"CmdletInput": {"CmdletName": GET}, "Extra": 1}),
        json!({"CmdletInput": {"CmdletName": GET, "Extra": 1}}),
        json!({"CmdletInput": {"CmdletName": GET, "Parameters": []}}),
        json!({"CmdletInput": {"CmdletName": GET, "Parameters": {"Sender": "x"}}}),
        json!({"CmdletInput": {"CmdletName": GET, "Parameters": {"SenderAddress": 5}}}),
        json!({"CmdletInput": {"CmdletName": REMOVE, "Parameters": {}}}),
        json!({"CmdletInput": {"CmdletName": "Remove-Mailbox", "Parameters": {"Identity": "x"}}}),
        json!({"CmdletInput": {"CmdletName": "Get-InboxRule", "Parameters": {"Mailbox": SOFIA, "IncludeHidden": "yes"}}}),
    ] {
        let reply = send(body.clone()).await;
        assert_eq!((reply.status, reply.code()), (400, "BadRequest"), "{body}");
    }
    assert_eq!(send(json!({"CmdletInput": {"CmdletName": GET}})).await.status, 200);
    let text = bench
        .client
        .post(bench.gateway())
        .bearer_auth(&bench.exchange)
        .body("x");
    assert_eq!(Reply::of(text).await.status, 400);
}

#[tokio::test]
async fn roles_and_tenants_are_checked() {
    let bench = Bench::start().await;
    let elsewhere = bench.gateway().replace("c0470500", "d0470500");
    let body = json!({"CmdletInput": {"CmdletName": GET}});
    let reply = Reply::of(bench.client.post(elsewhere).bearer_auth(&bench.exchange).json(&body)).await;
    assert_eq!(reply.status, 403);
    bench.simulator.revoke_permission(REMOVE);
    let reply = bench.run(REMOVE, json!({"SenderAddress": MARIA})).await;
    assert_eq!(reply.status, 400);
    assert!(detail(&reply).contains("CommandNotFoundException"));
    bench.simulator.revoke_permission("Exchange.ManageAsApp");
    let reply = bench.run(GET, json!({})).await;
    assert_eq!(reply.status, 403);
    assert!(reply.header("x-ms-diagnostics").contains("Exchange.ManageAsApp"));
    assert!(bench.simulator.person(MARIA).unwrap().restricted);
}

#[tokio::test]
async fn the_module_file_lists_what_may_be_run() {
    let bench = Bench::start().await;
    let settings = bench.simulator.settings();
    let url = format!(
        "{}adminapi/v1.0/{}/EXOModuleFile?Version=3.9.2",
        settings.exchange_url, settings.id
    );
    let request = || bench.client.get(&url).bearer_auth(&bench.exchange);
    assert_eq!(Reply::of(request()).await.status, 400);
    bench.simulator.revoke_permission("Get-Mailbox");
    let reply = Reply::of(request().header("CommandName", "*")).await;
    assert_eq!(
        reply.body["value"][0]["exportedCmdlets"],
        "Get-BlockedSenderAddress,Remove-BlockedSenderAddress,Get-InboxRule,Set-Mailbox,Disable-InboxRule,\
         Enable-InboxRule"
    );
}

#[tokio::test]
async fn a_long_list_comes_in_pages_that_are_posted_to() {
    let bench = Bench::start().await;
    let body = json!({"CmdletInput": {"CmdletName": GET, "Parameters": {}}});
    let first = Reply::of(bench.cmdlet(GET, &json!({})).header("Prefer", "odata.maxpagesize=1")).await;
    assert_eq!(first.names("SenderAddress"), [MARIA]);
    let next = first.body["@odata.nextLink"].as_str().unwrap();
    assert!(next.starts_with(bench.simulator.settings().exchange_url.as_str()));
    let request = bench.client.post(next).bearer_auth(&bench.exchange).json(&body);
    let second = Reply::of(request.header("Prefer", "odata.maxpagesize=1")).await;
    assert_eq!(second.names("SenderAddress"), [SOFIA]);
    assert!(second.body.get("@odata.nextLink").is_none());
}
