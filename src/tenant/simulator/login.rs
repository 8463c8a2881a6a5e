//! The token endpoint: client credentials with a secret, with the errors that Entra gives.

use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use time::{Duration, OffsetDateTime};
use url::form_urlencoded;

use super::answer::{Answer, login_error};
use super::call::Call;
use super::world::{Audience, CLIENT_ID, INITIAL_DOMAIN, TENANT_ID, Token, World};

/// How long a token lives, in seconds.
const LIFETIME: i64 = 3599;

/// The addresses that name the two services in a scope, beside the names that they have everywhere.
#[derive(Debug, Clone)]
pub(super) struct Resources {
    pub(super) graph: String,
    pub(super) exchange: String,
}

impl Resources {
    fn audience(&self, resource: &str) -> Option<Audience> {
        // A resource that ends in a slash is the same one: `https://graph.microsoft.com//.default` works.
        match resource.trim_end_matches('/') {
            "https://graph.microsoft.com" => Some(Audience::Graph),
            "https://outlook.office365.com" => Some(Audience::Exchange),
            own if own == self.graph => Some(Audience::Graph),
            own if own == self.exchange => Some(Audience::Exchange),
            _ => None,
        }
    }
}

/// Whether this is a name of the tenant.
pub(super) fn is_tenant(name: &str) -> bool {
    name.eq_ignore_ascii_case(TENANT_ID)
        || name.eq_ignore_ascii_case(INITIAL_DOMAIN)
        || name.eq_ignore_ascii_case("contoso.com")
}

/// Answers `/{tenant}/oauth2/v2.0/token`.
pub(super) fn answer(world: &mut World, call: &Call, resources: &Resources) -> Answer {
    if call.method != Method::POST {
        let text = "Endpoint only accepts POST requests.";
        return login_error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", (900561, text));
    }
    match granted(world, call, resources) {
        Ok(audience) => give(world, audience, resources),
        Err(refusal) => refusal,
    }
}

/// Answers `/common/discovery/instance` and `/{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) fn discovery(call: &Call, tenant: &str) -> Answer {
    let base = format!("{}/{tenant}", call.origin());
    Answer::ok(json!({
        "tenant_discovery_endpoint": format!("{base}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [],
        "issuer": format!("{base}/v2.0"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
    }))
}

fn granted(world: &World, call: &Call, resources: &Resources) -> Result<Audience, Answer> {
    let bad = |code, text: &str| Err(login_error(StatusCode::BAD_REQUEST, "invalid_request", (code, text)));
    let tenant = call.segments.first().map_or("", String::as_str);
    if !is_tenant(tenant) {
        return bad(
            90002,
            &format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the \
                 correct cloud. Check with your subscription administrator, this may happen if there are no active \
                 subscriptions for the tenant."
            ),
        );
    }
    let kind = call.header("content-type").unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return bad(
            900144,
            "The request body must contain the following parameter: 'grant_type'.",
        );
    }
    let form: Vec<(String, String)> = form_urlencoded::parse(&call.body).into_owned().collect();
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    for name in ["grant_type", "client_id", "scope"] {
        if field(name).is_none_or(str::is_empty) {
            let text = format!("The request body must contain the following parameter: '{name}'.");
            return bad(900144, &text);
        }
    }
    if field("grant_type") != Some("client_credentials") {
        let text = "The app requested an unsupported grant type.";
        return Err(login_error(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            (70003, text),
        ));
    }
    client(world, field("client_id").unwrap_or_default(), field("client_secret"))?;
    audience(resources, field("scope").unwrap_or_default())
}

fn client(world: &World, id: &str, secret: Option<&str>) -> Result<(), Answer> {
    if !id.eq_ignore_ascii_case(CLIENT_ID) {
        let text = format!(
            "Application with identifier '{id}' was not found in the directory 'Contoso'. This can happen if the \
             application has not been installed by the administrator of the tenant."
        );
        return Err(login_error(
            StatusCode::BAD_REQUEST,
            "unauthorized_client",
            (700016, &text),
        ));
    }
    let Some(secret) = secret else {
        let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(login_error(StatusCode::UNAUTHORIZED, "invalid_client", (7000218, text)));
    };
    if world.secret_is(secret) {
        return Ok(());
    }
    let text = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not \
         the client secret ID, for a secret added to app '{CLIENT_ID}'."
    );
    Err(login_error(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        (7000215, &text),
    ))
}

fn audience(resources: &Resources, scope: &str) -> Result<Audience, Answer> {
    let Some(resource) = scope.strip_suffix("/.default").filter(|rest| !rest.contains(' ')) else {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        return Err(login_error(StatusCode::BAD_REQUEST, "invalid_scope", (1002012, &text)));
    };
    resources.audience(resource).ok_or_else(|| {
        let text = format!(
            "The resource principal named {resource} was not found in the tenant named Contoso. This can happen if the \
             application has not been installed by the administrator of the tenant."
        );
        login_error(StatusCode::BAD_REQUEST, "invalid_resource", (500011, &text))
    })
}

/// Gives out a token: a JWT to look at, recognised by being remembered.
fn give(world: &mut World, audience: Audience, resources: &Resources) -> Answer {
    let now = OffsetDateTime::now_utc();
    let expires_at = now + Duration::seconds(LIFETIME);
    let mut noise = [0; 32];
    if getrandom::fill(&mut noise).is_err() {
        let text = "The service is temporarily unavailable. Please retry later.";
        return login_error(
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            (90033, text),
        );
    }
    let aud = match audience {
        Audience::Graph => &resources.graph,
        Audience::Exchange => &resources.exchange,
    };
    let claims = json!({
        "aud": aud,
        "appid": CLIENT_ID,
        "tid": TENANT_ID,
        "iat": now.unix_timestamp(),
        "exp": expires_at.unix_timestamp(),
        "roles": world.permissions.iter().filter(|name| name.contains('.')).collect::<Vec<_>>(),
    });
    let token = [
        URL_SAFE_NO_PAD.encode(json!({"typ": "JWT", "alg": "RS256"}).to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string()),
        URL_SAFE_NO_PAD.encode(noise),
    ]
    .join(".");
    world
        .tokens
        .retain(|_, token| token.expires_at > now - Duration::hours(1));
    world.tokens.insert(token.clone(), Token { audience, expires_at });
    let body = json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": token,
    });
    Answer::ok(body)
        .header("content-type", "application/json; charset=utf-8")
        .header("cache-control", "no-store, no-cache")
}
