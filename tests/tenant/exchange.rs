//! The Exchange Online gateway: cmdlets as they are sent, output read to its end, and its many ways to say no.

use latchkey::tenant::account::{Account, BlockReason, BlockedSender, Kind, SignIn};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::fake::{Fake, Reply, TENANT};
use crate::people::{ELENI, id};

fn account() -> Account {
    Account {
        id: id(ELENI),
        name: "Eleni".to_owned(),
        upn: "eleni@contoso.com".to_owned(),
        mail: Some("eleni.p@contoso.com".to_owned()),
        addresses: vec!["eleni.p@contoso.com".to_owned(), "sales@contoso.com".to_owned()],
        sign_in: SignIn::Allowed,
        password_changed: None,
        sessions_valid_from: None,
        synced: false,
        kind: Kind::Member,
    }
}

fn entry(address: &str) -> Value {
    json!({
        "SenderAddress": address,
        "Reason": "OutboundSpamLast24Hours=97;OutboundMailLast24Hours=99;OutboundSpamPercent=979;Last Spam Message \
                   MessagetraceId:bbbb",
        "CreatedDatetime@odata.type": "#System.DateTime",
        "CreatedDatetime": "2026-11-20T08:00:00",
        "TemporaryBlock": true
    })
}

fn blocked(address: &str) -> BlockedSender {
    BlockedSender {
        sender_address: address.to_owned(),
        reason: BlockReason::Spam,
        since: Some(datetime!(2026-11-20 08:00 UTC)),
    }
}

fn output(items: &[Value]) -> Reply {
    Reply::json(
        200,
        &json!({"@adminapi.warnings": [], "value@odata.type": "#Collection(x)", "value": items}),
    )
}

fn gateway_fault(status: u16, error: &Value) -> Reply {
    Reply::json(status, &json!({"error": error}))
}

fn inner(kind: &str, message: &str) -> Value {
    json!({"code": "BadRequest", "message": "Error executing cmdlet",
        "details": [{"code": "Context", "target": "", "message": format!("Ex6F9304|{kind}|{message}")}],
        "innererror": {"message": "Error executing cmdlet", "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
            "internalexception": {"message": message}}})
}

#[tokio::test]
async fn the_list_is_asked_for_and_the_exact_entry_given_back() {
    let fake = Fake::start().await;
    fake.exchange([output(&[
        entry("nikos@contoso.com"),
        entry("SALES@contoso.com"),
        entry("Eleni@Contoso.com"),
    ])]);
    let found = fake.tenant().blocked_sender(&account()).await.unwrap();
    assert_eq!(found, Some(blocked("Eleni@Contoso.com")));
    let seen = &fake.seen()[0];
    assert_eq!(
        seen.json(),
        json!({"CmdletInput": {"CmdletName": "Get-BlockedSenderAddress", "Parameters": {}}})
    );
    assert_eq!(
        seen.headers["x-anchormailbox"],
        format!("APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{TENANT}")
    );
}

#[tokio::test]
async fn the_next_page_is_asked_for_with_the_same_body() {
    let fake = Fake::start().await;
    let path = format!("/exchange/adminapi/beta/{TENANT}/InvokeCommand?$skiptoken=abc");
    let next = format!("http://{}{path}", fake.address);
    fake.exchange([Reply::json(
        200,
        &json!({"value": [entry("nikos@contoso.com")], "@odata.nextLink": next}),
    )]);
    fake.on("POST", &path, [output(&[entry("sales@contoso.com")])]);
    let found = fake.tenant().blocked_sender(&account()).await.unwrap();
    assert_eq!(found, Some(blocked("sales@contoso.com")));
    let seen = fake.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].body, seen[1].body);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_asked_for() {
    let fake = Fake::start().await;
    let elsewhere = Fake::start().await;
    let next = format!(
        "http://{}/exchange/adminapi/beta/{TENANT}/InvokeCommand",
        elsewhere.address
    );
    fake.exchange([Reply::json(200, &json!({"value": [], "@odata.nextLink": next}))]);
    assert_eq!(
        fake.tenant().blocked_sender(&account()).await.unwrap_err().code(),
        "unavailable"
    );
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn a_list_that_was_cut_is_no_list_and_other_warnings_are() {
    let fake = Fake::start().await;
    let with = |warning: &str| Reply::json(200, &json!({"@adminapi.warnings": [warning], "value": []}));
    fake.exchange([
        with("The cmdlet will be retired."),
        with("There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter."),
    ]);
    let tenant = fake.tenant();
    assert_eq!(tenant.blocked_sender(&account()).await.unwrap(), None);
    assert_eq!(
        tenant.blocked_sender(&account()).await.unwrap_err().code(),
        "unavailable"
    );
}

#[tokio::test]
async fn not_restricted_is_said_only_by_a_whole_list() {
    let fake = Fake::start().await;
    fake.exchange([output(&[])]);
    assert_eq!(fake.tenant().blocked_sender(&account()).await.unwrap(), None);
    for reply in [
        Reply::html(200),
        Reply::json(200, &json!({})),
        Reply::json(200, &json!({"value": [{"Odd": 1}]})),
        Reply::html(404),
        gateway_fault(404, &json!({"code": "NotFound", "message": "No."})),
        gateway_fault(
            400,
            &inner(
                "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
                "No.",
            ),
        ),
        Reply::CutOff,
    ] {
        fake.exchange([reply.clone()]);
        let error = fake.tenant().blocked_sender(&account()).await.unwrap_err();
        // "Not found" could be taken for "not on the list".
        assert_eq!(error.code(), "unavailable", "{reply:?}");
    }
}

#[tokio::test]
async fn the_entry_is_removed_by_its_exact_address() {
    let fake = Fake::start().await;
    fake.exchange([output(&[])]);
    fake.tenant()
        .unblock_sender(&blocked("Eleni@Contoso.com"))
        .await
        .unwrap();
    assert_eq!(
        fake.seen()[0].json(),
        json!({"CmdletInput": {"CmdletName": "Remove-BlockedSenderAddress",
            "Parameters": {"SenderAddress": "Eleni@Contoso.com"}}})
    );
}

#[tokio::test]
async fn a_removal_whose_outcome_is_unknown_is_sent_once() {
    for reply in [
        Reply::HangUp,
        Reply::CutOff,
        Reply::html(500),
        Reply::html(200),
        gateway_fault(400, &inner("TransientException", "Try again.")),
        gateway_fault(
            400,
            &json!({"code": "BackendCommunicationException", "message": "Lost."}),
        ),
    ] {
        let fake = Fake::start().await;
        fake.exchange([reply.clone(), output(&[])]);
        let error = fake
            .tenant()
            .unblock_sender(&blocked("eleni@contoso.com"))
            .await
            .unwrap_err();
        assert!(error.outcome_is_unknown(), "{reply:?} {error}");
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn what_was_turned_away_at_the_door_is_sent_again() {
    for reply in [
        gateway_fault(
            400,
            &json!({"code": "CmdletProxyNotAvailableFailure", "message": "Later."}),
        ),
        gateway_fault(
            400,
            &inner("Microsoft.Exchange.Data.Directory.ServerBusyException", "Busy."),
        ),
        gateway_fault(429, &json!({"code": "TooManyRequests", "message": "Later."})).with("retry-after", "4"),
        Reply::html(503),
    ] {
        let fake = Fake::start().await;
        fake.exchange([reply, output(&[])]);
        fake.tenant()
            .unblock_sender(&blocked("eleni@contoso.com"))
            .await
            .unwrap();
        assert_eq!(fake.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_read_survives_all_passing_troubles() {
    for name in [
        "CmdletProxyNotAvailableFailure",
        "ServerBusyException",
        "TransientException",
        "BackendCommunicationException",
    ] {
        let fake = Fake::start().await;
        fake.exchange([gateway_fault(400, &inner(name, "Later.")), output(&[])]);
        assert_eq!(fake.tenant().blocked_sender(&account()).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn an_entry_that_is_gone_is_not_found() {
    let fake = Fake::start().await;
    let gone = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";
    fake.exchange([gateway_fault(400, &inner(gone, "The object couldn't be found."))]);
    let error = fake
        .tenant()
        .unblock_sender(&blocked("eleni@contoso.com"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "not-found");
}

#[tokio::test]
async fn the_most_telling_message_is_told_without_addresses() {
    let fake = Fake::start().await;
    let internal = json!({"code": "BadRequest", "message": "Outer.", "details": [],
        "innererror": {"message": "Inner.", "internalException": {"message": "Not for eleni@contoso.com."}}});
    for (error, said) in [
        (
            inner("SomeException", "You have unblocked it too often."),
            "You have unblocked it too often.",
        ),
        (internal, "Not for (address)."),
        (json!({"code": "BadRequest", "message": "Outer."}), "Outer."),
    ] {
        fake.exchange([gateway_fault(400, &error)]);
        let error = fake
            .tenant()
            .unblock_sender(&blocked("eleni@contoso.com"))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "rejected");
        assert!(error.to_string().ends_with(&format!("BadRequest: {said}")), "{error}");
    }
}

#[tokio::test]
async fn the_two_kinds_of_forbidden_are_told_apart() {
    let fake = Fake::start().await;
    let forbidden = || gateway_fault(403, &json!({"code": "Forbidden", "message": "No."}));
    fake.exchange([forbidden().with("x-ms-diagnostics", "2000003;reason=\"no role\"")]);
    let missing = fake.tenant().blocked_sender(&account()).await.unwrap_err();
    assert!(missing.to_string().contains("lacks the Exchange role"), "{missing}");
    fake.exchange([forbidden()]);
    let early = fake.tenant().blocked_sender(&account()).await.unwrap_err();
    assert!(early.to_string().contains("has not reached every server"), "{early}");
    let unknown = "System.Management.Automation.CommandNotFoundException";
    fake.exchange([gateway_fault(400, &inner(unknown, "The term is not recognized."))]);
    let unknown = fake.tenant().blocked_sender(&account()).await.unwrap_err();
    for error in [missing, early, unknown] {
        assert_eq!(error.code(), "denied");
    }
}

#[tokio::test]
async fn forwarding_of_the_mailbox_itself() {
    let fake = Fake::start().await;
    fake.exchange([output(&[
        json!({"ForwardingAddress": "Sales", "ForwardingSmtpAddress": "smtp:x@example.gr"}),
    ])]);
    assert_eq!(
        fake.tenant().forwarding(&account()).await.unwrap().to,
        ["Sales", "x@example.gr"]
    );
    let seen = &fake.seen()[0];
    assert_eq!(
        seen.json(),
        json!({"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Identity": ELENI}}})
    );
    assert_eq!(seen.headers["x-anchormailbox"], "eleni@contoso.com");
}

#[tokio::test]
async fn no_mailbox_is_not_found_and_two_are_too_many() {
    let fake = Fake::start().await;
    fake.exchange([output(&[])]);
    assert_eq!(
        fake.tenant().forwarding(&account()).await.unwrap_err().code(),
        "not-found"
    );
    let gone = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";
    fake.exchange([gateway_fault(404, &inner(gone, "The object couldn't be found."))]);
    assert_eq!(
        fake.tenant().forwarding(&account()).await.unwrap_err().code(),
        "not-found"
    );
    fake.exchange([output(&[json!({}), json!({})])]);
    assert_eq!(
        fake.tenant().forwarding(&account()).await.unwrap_err().code(),
        "unavailable"
    );
}

#[tokio::test]
async fn a_mailbox_name_that_is_no_header_costs_only_a_hop() {
    let fake = Fake::start().await;
    fake.exchange([output(&[json!({})])]);
    let mut account = account();
    account.upn = "ελένη@example.gr\r\nx-evil: 1".to_owned();
    fake.tenant().forwarding(&account).await.unwrap();
    assert!(fake.seen()[0].headers["x-anchormailbox"].starts_with("APP:SystemMailbox"));
}
