//! Every Graph request of the service layer, judged by a contract server that knows Microsoft's own description of
//! Graph. `run.mjs` starts that server and these tests; without it they are ignored.
//!
//! Between the two stands a front of ours: it gives out tokens, takes `/v1.0` away (the contract has its paths below
//! it), and notes each verdict. What the contract server makes up as an answer does not matter here.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use latchkey::settings::{Credential, LoopbackHttp, RealTenant};
use latchkey::tenant::account::{
    Account, AuthMethod, Consent, InboxRule, Kind, MethodKind, ObjectId, RiskVerdict, RuleState, SignIn,
};
use latchkey::tenant::transport::{Pause, http_client};
use latchkey::tenant::{Letter, Mode, Tenant};
use secrecy::SecretString;
use time::macros::datetime;
use tokio::net::TcpListener;
use url::Url;

const GUID: &str = "aaaaaaaa-0000-4000-8000-000000000001";

/// Documented by Microsoft (a cast of `transitiveMemberOf`, owned objects, groups of Privileged Identity Management), but
/// not in the contract's list.
const NOT_COVERED: [&str; 4] = [
    "/transitiveMemberOf/microsoft.graph.directoryRole",
    "/ownedObjects/microsoft.graph.group",
    "/authentication/windowsHelloForBusinessMethods/",
    "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
];

/// What the contract server said of a request.
#[derive(Clone)]
struct Verdict {
    request: String,
    status: u16,
    said: String,
}

#[derive(Clone)]
struct Front {
    contract: Url,
    http: reqwest::Client,
    verdicts: Arc<Mutex<Vec<Verdict>>>,
}

impl Front {
    /// Starts it and makes a tenant that sends to it.
    async fn start() -> (Self, Tenant) {
        let contract = std::env::var("LATCHKEY_CONTRACT_URL").expect("run.mjs sets LATCHKEY_CONTRACT_URL");
        let front = Self {
            contract: Url::parse(&contract).unwrap(),
            http: http_client(),
            verdicts: Arc::default(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let app = Router::new().fallback(pass_on).with_state(front.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let settings = RealTenant {
            id: GUID.to_owned(),
            credential: Credential::with_secret(GUID, SecretString::from("not checked here".to_owned())),
            login_url: url.clone(),
            graph_url: url.clone(),
            exchange_url: url,
        };
        let pause = Pause::Note(Arc::default());
        let tenant = Tenant::connect_with(&settings, Mode::Real, LoopbackHttp::Allowed, pause).unwrap();
        (front, tenant)
    }

    fn verdicts(&self) -> Vec<Verdict> {
        self.verdicts.lock().unwrap().clone()
    }

    /// Asks the contract server, and notes what it says.
    async fn judge(&self, method: reqwest::Method, tail: &str, request: reqwest::RequestBuilder) -> Response {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let said = answer.text().await.unwrap();
        self.verdicts.lock().unwrap().push(Verdict {
            request: format!("{method} {tail}"),
            status: status.as_u16(),
            said: said.clone(),
        });
        json(status, said)
    }

    fn request(&self, method: reqwest::Method, tail: &str) -> reqwest::RequestBuilder {
        let contract = self.contract.as_str().trim_end_matches('/');
        self.http.request(method, format!("{contract}{tail}"))
    }
}

async fn pass_on(State(front): State<Front>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path_and_query = parts.uri.path_and_query().unwrap().as_str().to_owned();
    if path_and_query.ends_with("/oauth2/v2.0/token") {
        let token = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"token"}"#;
        return json(StatusCode::OK, token.to_owned());
    }
    let Some(tail) = path_and_query.strip_prefix("/v1.0") else {
        return json(StatusCode::NOT_FOUND, String::new());
    };
    if NOT_COVERED.iter().any(|path| tail.contains(path)) {
        return json(StatusCode::OK, r#"{"value":[]}"#.to_owned());
    }
    let mut headers = parts.headers;
    headers.remove("host");
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let judged = front.request(parts.method.clone(), tail).headers(headers).body(body);
    front.judge(parts.method, tail, judged).await
}

fn json(status: StatusCode, body: String) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

fn account(upn: &str) -> Account {
    Account {
        id: ObjectId::parse(GUID).unwrap(),
        name: "Eleni".to_owned(),
        upn: upn.to_owned(),
        mail: None,
        addresses: vec![],
        sign_in: SignIn::Allowed,
        password_changed: None,
        sessions_valid_from: None,
        synced: false,
        kind: Kind::Member,
    }
}

/// Every call that goes to Graph. Their results are left alone: the answers are made up.
async fn call_everything(tenant: &Tenant) {
    let id = ObjectId::parse(GUID).unwrap();
    for address in [
        "eleni@contoso.com",
        "o'brien@contoso.com",
        "maria_example.gr#EXT#@contoso.com",
        GUID,
    ] {
        let _ = tenant.find_account(address).await;
    }
    let _ = tenant.account(&id).await;
    let _ = tenant.origin(&account("eleni@contoso.com")).await;
    let _ = tenant.sign_ins(&id, datetime!(2026-11-20 08:00 UTC)).await;
    let _ = tenant.risk(&id).await;
    let _ = tenant.inbox_rules(&id).await;
    let _ = tenant.mail_plan(&id).await;
    let _ = tenant.privilege(&id).await;
    let _ = tenant.set_sign_in(&id, SignIn::Blocked).await;
    let _ = tenant.set_sign_in(&id, SignIn::Allowed).await;
    let password = SecretString::from("Kalo-Taxidi-2026".to_owned());
    let _ = tenant.set_password(&id, &password).await;
    let _ = tenant.revoke_sessions(&id).await;
    call_remedies(tenant, &id).await;
}

async fn call_remedies(tenant: &Tenant, id: &ObjectId) {
    let _ = tenant.auth_methods(id).await;
    for kind in METHODS.map(|(kind, _)| kind) {
        let method = AuthMethod {
            id: GUID.to_owned(),
            kind,
            is_default: false,
        };
        let _ = tenant.delete_method(id, &method).await;
    }
    let _ = tenant.pass_policy().await;
    let _ = tenant.passes(id).await;
    let _ = tenant.issue_pass(id, 60).await;
    let _ = tenant.delete_pass(id, GUID).await;
    for verdict in [RiskVerdict::Compromised, RiskVerdict::Safe, RiskVerdict::Dismissed] {
        let _ = tenant.judge_risk(id, verdict).await;
    }
    let rule = InboxRule {
        id: "AQAAANa1rXY=".to_owned(),
        name: String::new(),
        enabled: true,
        forwards_to: vec![],
        hides: true,
    };
    let _ = tenant.set_rule(id, &rule, RuleState::Disabled).await;
    let _ = tenant.consents(id).await;
    let consent = Consent {
        id: "consent_1-x".to_owned(),
        application: GUID.to_owned(),
        scopes: vec![],
    };
    let _ = tenant.revoke_consent(&consent).await;
    let (from, until) = (datetime!(2026-11-20 08:00 UTC), datetime!(2026-11-21 08:00 UTC));
    let _ = tenant.sent_mail("eleni@contoso.com", from, until).await;
    let letter = Letter {
        to: "eleni@contoso.com".to_owned(),
        subject: "Your account".to_owned(),
        text: "Its password was reset.".to_owned(),
    };
    let _ = tenant.send_mail("desk@contoso.com", &letter).await;
    let _ = tenant.contact(id).await;
    let _ = tenant.manager(id).await;
    let _ = tenant.registered_mail(id).await;
    let _ = tenant.service_issues().await;
    let together = tenant.together();
    let _ = tokio::join!(together.risk(id), together.mail_plan(id));
}

/// Each kind that can be taken away, and where.
const METHODS: [(MethodKind, &str); 6] = [
    (MethodKind::Phone, "phoneMethods"),
    (MethodKind::Authenticator, "microsoftAuthenticatorMethods"),
    (MethodKind::SoftwareOath, "softwareOathMethods"),
    (MethodKind::Fido2, "fido2Methods"),
    (MethodKind::Email, "emailMethods"),
    (MethodKind::WindowsHello, "windowsHelloForBusinessMethods"),
];

#[tokio::test]
#[ignore = "needs the contract server: run tests/contract/run.mjs"]
async fn graph_takes_every_request() {
    let (front, tenant) = Front::start().await;
    call_everything(&tenant).await;
    let verdicts = front.verdicts();
    let refused: String = verdicts
        .iter()
        .filter(|verdict| !(200..300).contains(&verdict.status))
        .map(|verdict| format!("{}\n  {} {}\n", verdict.request, verdict.status, verdict.said))
        .collect();
    assert!(refused.is_empty(), "the contract refuses:\n{refused}");
    // Nothing that should have been judged was left out.
    let judged = |method: &str, path: &str| {
        let found = verdicts.iter().any(|verdict| {
            let (said, tail) = verdict.request.split_once(' ').unwrap();
            let (path_sent, _) = tail.split_once('?').unwrap_or((tail, ""));
            said == method && path_sent == path
        });
        assert!(found, "{method} {path} was not judged");
    };
    judged("GET", "/users");
    judged("GET", "/users/eleni%40contoso.com");
    judged("GET", "/domains/contoso.com");
    judged("GET", "/auditLogs/signIns");
    judged("GET", "/roleManagement/directory/roleEligibilityScheduleInstances");
    judged("GET", &format!("/identityProtection/riskyUsers/{GUID}"));
    let user = format!("/users/{GUID}");
    for below in [
        "",
        "/licenseDetails",
        "/mailFolders/inbox/messageRules",
        "/transitiveMemberOf",
    ] {
        judged("GET", &format!("{user}{below}"));
    }
    judged("PATCH", &user);
    judged("POST", &format!("{user}/revokeSignInSessions"));
    for (_, collection) in METHODS {
        if collection != "windowsHelloForBusinessMethods" {
            judged("DELETE", &format!("{user}/authentication/{collection}/{GUID}"));
        }
    }
    let passes = format!("{user}/authentication/temporaryAccessPassMethods");
    judged("GET", &passes);
    judged("POST", &passes);
    judged("DELETE", &format!("{passes}/{GUID}"));
    for verdict in ["dismiss", "confirmCompromised", "confirmSafe"] {
        judged("POST", &format!("/identityProtection/riskyUsers/{verdict}"));
    }
    judged(
        "PATCH",
        &format!("{user}/mailFolders/inbox/messageRules/AQAAANa1rXY%3D"),
    );
    judged("GET", &format!("{user}/oauth2PermissionGrants"));
    judged("DELETE", "/oauth2PermissionGrants/consent_1-x");
    judged("POST", "/users/desk%40contoso.com/sendMail");
    judged("GET", &format!("{user}/manager"));
    judged("GET", &format!("{user}/authentication/emailMethods"));
    judged("POST", "/$batch");
    for list in [
        "/admin/exchange/tracing/messageTraces",
        "/admin/serviceAnnouncement/issues",
        "/roleManagement/directory/roleAssignments",
    ] {
        judged("GET", list);
    }
}

/// The judge is worth something only if it refuses what is wrong.
#[tokio::test]
#[ignore = "needs the contract server: run tests/contract/run.mjs"]
async fn what_is_wrong_is_refused() {
    let (front, _) = Front::start().await;
    let user = format!("/users/{GUID}");
    let get = |tail: &str| (reqwest::Method::GET, tail.to_owned(), "");
    let patch = |body: &'static str| (reqwest::Method::PATCH, user.clone(), body);
    for (method, tail, body) in [
        get(&format!("{user}?$select=id,accountEnable")),
        get("/auditLogs/signIns?$top=many"),
        get("/auditLogs/signIns?$orderby=createdDateTime%20down"),
        get(&format!("{user}/licenceDetails")),
        patch(r#"{"accountEnabled":"no"}"#),
        patch(r#"{"passwordProfile":"secret"}"#),
        (reqwest::Method::PUT, user.clone(), "{}"),
    ] {
        let request = front
            .request(method.clone(), &tail)
            .bearer_auth("token")
            .header("content-type", "application/json")
            .body(body);
        front.judge(method, &tail, request).await;
    }
    let unsigned = front.request(reqwest::Method::GET, &user);
    front.judge(reqwest::Method::GET, &user, unsigned).await;
    for verdict in front.verdicts() {
        let Verdict { request, status, said } = verdict;
        assert!((400..500).contains(&status), "{request} was taken: {status} {said}");
    }
}
