//! Which account an address names, and when it names nobody.

use latchkey::tenant::FindError;
use latchkey::tenant::account::{Account, Kind, SignIn};
use serde_json::json;

use crate::fake::{Fake, Reply};
use crate::people::{ELENI, NIKOS, eleni, id, list, nikos, search, user, user_in_parentheses};

fn absent() -> Reply {
    Reply::fault(
        404,
        "Request_ResourceNotFound",
        "Resource 'sales@contoso.com' does not exist.",
    )
}

async fn find(fake: &Fake, address: &str) -> Result<Account, FindError> {
    fake.tenant().find_account(address).await
}

#[tokio::test]
async fn by_principal_name() {
    let fake = Fake::start().await;
    fake.graph("GET", &user("eleni%40contoso.com"), [Reply::json(200, &eleni())]);
    fake.graph(
        "GET",
        &search("eleni%40contoso.com"),
        [Reply::json(200, &list(&[eleni()]))],
    );
    let account = find(&fake, "  eleni@contoso.com ").await.unwrap();
    assert_eq!(account.id, id(ELENI));
    assert_eq!(account.name, "Ελένη Παππά");
    assert_eq!(account.mail.as_deref(), Some("eleni@contoso.com"));
    assert_eq!(account.addresses, ["eleni@contoso.com", "sales@contoso.com"]);
    assert_eq!(
        (account.sign_in, account.kind, account.synced),
        (SignIn::Allowed, Kind::Member, false)
    );
    assert!(account.password_changed < account.sessions_valid_from);
    // The search is one that Graph takes only with these.
    let search = fake
        .seen()
        .into_iter()
        .find(|seen| seen.target.contains("$filter"))
        .unwrap();
    assert_eq!(
        search.headers.get("consistencylevel").map(String::as_str),
        Some("eventual")
    );
}

#[tokio::test]
async fn by_object_id_in_any_case() {
    let fake = Fake::start().await;
    fake.graph("GET", &user(ELENI), [Reply::json(200, &eleni())]);
    assert_eq!(
        find(&fake, &ELENI.to_uppercase()).await.unwrap().upn,
        "eleni@contoso.com"
    );
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn an_id_answered_with_somebody_else_is_nobody() {
    let fake = Fake::start().await;
    fake.graph("GET", &user(ELENI), [Reply::json(200, &nikos())]);
    assert!(matches!(find(&fake, ELENI).await, Err(FindError::Tenant(error)) if error.is_transient()));
}

#[tokio::test]
async fn by_alias() {
    let fake = Fake::start().await;
    fake.graph("GET", &user("sales%40contoso.com"), [absent()]);
    fake.graph(
        "GET",
        &search("sales%40contoso.com"),
        [Reply::json(200, &list(&[eleni()]))],
    );
    assert_eq!(find(&fake, "sales@contoso.com").await.unwrap().id, id(ELENI));
}

#[tokio::test]
async fn an_alias_that_two_people_share_names_nobody() {
    let fake = Fake::start().await;
    fake.graph("GET", &user("sales%40contoso.com"), [absent()]);
    fake.graph(
        "GET",
        &search("sales%40contoso.com"),
        [Reply::json(200, &list(&[eleni(), nikos()]))],
    );
    assert!(matches!(
        find(&fake, "sales@contoso.com").await,
        Err(FindError::Ambiguous(2))
    ));
}

#[tokio::test]
async fn a_principal_name_that_is_also_somebody_elses_alias_names_nobody() {
    let fake = Fake::start().await;
    let mut impostor = nikos();
    impostor["proxyAddresses"] = json!(["SMTP:nikos@contoso.com", "smtp:eleni@contoso.com"]);
    fake.graph("GET", &user("eleni%40contoso.com"), [Reply::json(200, &eleni())]);
    // The index lags: it knows the impostor's alias and not yet the account itself.
    fake.graph(
        "GET",
        &search("eleni%40contoso.com"),
        [Reply::json(200, &list(&[impostor]))],
    );
    assert!(matches!(
        find(&fake, "eleni@contoso.com").await,
        Err(FindError::Ambiguous(2))
    ));
}

#[tokio::test]
async fn two_on_different_pages_are_two() {
    let fake = Fake::start().await;
    let next = format!("http://{}/graph/v1.0/users?$skiptoken=x", fake.address);
    let page = json!({"value": [eleni()], "@odata.nextLink": next});
    fake.graph("GET", &user("sales%40contoso.com"), [absent()]);
    fake.graph("GET", &search("sales%40contoso.com"), [Reply::json(200, &page)]);
    fake.graph("GET", "users?$skiptoken=x", [Reply::json(200, &list(&[nikos()]))]);
    assert!(matches!(
        find(&fake, "sales@contoso.com").await,
        Err(FindError::Ambiguous(2))
    ));
}

#[tokio::test]
async fn a_direct_hit_is_not_taken_when_the_search_fails() {
    let fake = Fake::start().await;
    fake.graph("GET", &user("eleni%40contoso.com"), [Reply::json(200, &eleni())]);
    fake.graph(
        "GET",
        &search("eleni%40contoso.com"),
        [Reply::fault(400, "Request_UnsupportedQuery", "Unsupported.")],
    );
    assert!(matches!(
        find(&fake, "eleni@contoso.com").await,
        Err(FindError::Tenant(_))
    ));
}

#[tokio::test]
async fn a_search_that_answers_with_somebody_else_finds_nobody() {
    let fake = Fake::start().await;
    fake.graph("GET", &user("maria%40contoso.com"), [absent()]);
    fake.graph(
        "GET",
        &search("maria%40contoso.com"),
        [Reply::json(200, &list(&[eleni()]))],
    );
    assert!(matches!(
        find(&fake, "maria@contoso.com").await,
        Err(FindError::NotFound)
    ));
}

#[tokio::test]
async fn nobody() {
    let fake = Fake::start().await;
    fake.graph("GET", &user("maria%40contoso.com"), [absent()]);
    fake.graph("GET", &search("maria%40contoso.com"), [Reply::json(200, &list(&[]))]);
    assert!(matches!(
        find(&fake, "maria@contoso.com").await,
        Err(FindError::NotFound)
    ));
}

#[tokio::test]
async fn a_404_that_is_not_graphs_is_not_nobody() {
    let fake = Fake::start().await;
    fake.graph("GET", &search("maria%40contoso.com"), [Reply::json(200, &list(&[]))]);
    assert!(matches!(
        find(&fake, "maria@contoso.com").await,
        Err(FindError::Tenant(_))
    ));
}

#[tokio::test]
async fn hash_dollar_and_quote_are_part_of_the_name() {
    for (name, target, searched) in [
        (
            "maria_example.gr#EXT#@contoso.com",
            user("maria_example.gr%23EXT%23%40contoso.com"),
            "maria_example.gr%23EXT%23%40contoso.com",
        ),
        (
            "o'brien@contoso.com",
            user("o%27brien%40contoso.com"),
            "o%27%27brien%40contoso.com",
        ),
        (
            "$o'brien@contoso.com",
            user_in_parentheses("'%24o%27%27brien%40contoso.com'"),
            "%24o%27%27brien%40contoso.com",
        ),
        (
            "ελένη+1@example.gr",
            user("%CE%B5%CE%BB%CE%AD%CE%BD%CE%B7%2B1%40example.gr"),
            "%CE%B5%CE%BB%CE%AD%CE%BD%CE%B7%2B1%40example.gr",
        ),
    ] {
        let fake = Fake::start().await;
        let mut person = eleni();
        person["userPrincipalName"] = json!(name);
        fake.graph("GET", &target, [Reply::json(200, &person)]);
        fake.graph("GET", &search(searched), [Reply::json(200, &list(&[]))]);
        assert_eq!(find(&fake, name).await.unwrap().upn, name);
    }
}

#[tokio::test]
async fn what_can_not_be_an_address_is_not_sent() {
    let fake = Fake::start().await;
    for text in [
        "",
        "..",
        "me",
        "*",
        "a@b@c",
        "eleni@contoso.com/../x",
        "x' or 1 eq 1 or 'y@z",
        "a?$top=999@c",
    ] {
        assert!(matches!(find(&fake, text).await, Err(FindError::NotFound)), "{text}");
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn the_other_account_reads_as_it_is() {
    let fake = Fake::start().await;
    fake.graph("GET", &user(NIKOS), [Reply::json(200, &nikos())]);
    let account = fake.tenant().account(&id(NIKOS)).await.unwrap();
    assert_eq!(
        (account.sign_in, account.kind, account.synced),
        (SignIn::Blocked, Kind::Guest, true)
    );
}
