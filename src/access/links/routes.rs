//! What browsers are answered: the beginning of a sign-in, and its return from Microsoft.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::oidc::{Journey, is_code};
use super::pages::{STYLE, Writer};
use super::{LinkError, Links, Pending, STEP, once};
use crate::intents::Catalogue;
use crate::language::Language;
use crate::store::links::SignIn;
use crate::store::{Store, StoreError};

/// More than any form of ours.
const LARGEST_FORM: usize = 4 * 1024;
/// The prefix has browsers refuse it unless it is Secure, for the whole host and for no other.
const COOKIE_NAME: &str = "__Host-latchkey-link";

/// What browsers are answered below `/link`.
pub fn routes(links: Arc<Links>, store: Store, catalogue: Arc<ArcSwap<Catalogue>>) -> Router {
    let desk = Desk {
        links,
        store,
        catalogue,
    };
    Router::new()
        .route("/link/start", get(begin).post(proceed))
        .route("/link/callback", get(come_back))
        .route("/link/style.css", get(style))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(desk)
}

#[derive(Clone)]
struct Desk {
    links: Arc<Links>,
    store: Store,
    catalogue: Arc<ArcSwap<Catalogue>>,
}

#[derive(Deserialize)]
struct Ticket {
    #[serde(default)]
    t: String,
}

/// What Microsoft's sign-in sends back (RFC 6749 §4.1.2).
#[derive(Deserialize)]
struct Return {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

/// What is told to a browser that can't go on.
struct Sorry {
    status: StatusCode,
    key: &'static str,
}

const EXPIRED: Sorry = Sorry {
    status: StatusCode::GONE,
    key: "link-page-expired",
};
const OTHER_BROWSER: Sorry = Sorry {
    status: StatusCode::FORBIDDEN,
    key: "link-page-browser",
};
const CANCELLED: Sorry = Sorry {
    status: StatusCode::OK,
    key: "link-page-cancelled",
};
const FAILED: Sorry = Sorry {
    status: StatusCode::BAD_GATEWAY,
    key: "link-page-failed",
};
const NOT_OURS: Sorry = Sorry {
    status: StatusCode::FORBIDDEN,
    key: "link-page-refused",
};

impl From<LinkError> for Sorry {
    fn from(error: LinkError) -> Self {
        tracing::warn!(error = %error, "a sign-in for a link did not succeed");
        match error {
            LinkError::Token(token) if !token.is_transient() => NOT_OURS,
            LinkError::NotForThis(_) => NOT_OURS,
            _ => FAILED,
        }
    }
}

impl From<StoreError> for Sorry {
    fn from(error: StoreError) -> Self {
        LinkError::Store(error).into()
    }
}

/// Says whose account is about to be linked. Previews of links come here too, so nothing is used up.
async fn begin(State(desk): State<Desk>, Query(ticket): Query<Ticket>, headers: HeaderMap) -> Response {
    let catalogue = desk.catalogue.load_full();
    match desk.begin(&ticket.t).await {
        Ok((sign_in, pending, issuer)) => {
            writer(&catalogue, Some(&pending), &headers).begin(&sign_in.person, &pending, (&ticket.t, &issuer))
        }
        Err(sorry) => writer(&catalogue, None, &headers).sorry(sorry.status, sorry.key),
    }
}

/// Uses the ticket up, and sends the browser to sign in.
async fn proceed(State(desk): State<Desk>, headers: HeaderMap, Form(ticket): Form<Ticket>) -> Response {
    let catalogue = desk.catalogue.load_full();
    match desk.proceed(&ticket.t).await {
        Ok(response) => response,
        Err(sorry) => writer(&catalogue, None, &headers).sorry(sorry.status, sorry.key),
    }
}

/// Takes the browser back from the sign-in.
async fn come_back(State(desk): State<Desk>, headers: HeaderMap, Query(back): Query<Return>) -> Response {
    let catalogue = desk.catalogue.load_full();
    let writer = |pending: Option<&Pending>| writer(&catalogue, pending, &headers);
    let mut response = match desk.returned(&headers, &back).await {
        Ok((sign_in, pending)) => match desk.prove(&sign_in, &pending, &back).await {
            Ok((account, code)) => writer(Some(&pending)).code(&sign_in.person, &pending.name, (&account, &code)),
            Err(sorry) => writer(Some(&pending)).sorry(sorry.status, sorry.key),
        },
        Err(sorry) => writer(None).sorry(sorry.status, sorry.key),
    };
    set_cookie(&mut response, "", 0);
    response
}

async fn style() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, STYLE).into_response()
}

impl Desk {
    async fn begin(&self, ticket: &str) -> Result<(SignIn, Pending, url::Url), Sorry> {
        let found = self.store.sign_in_of(&once::hash(ticket), self.links.now()).await?;
        let sign_in = found.ok_or(EXPIRED)?;
        let pending = read(&sign_in)?;
        let metadata = self.links.metadata().await?;
        let issuer = metadata
            .authorization_endpoint
            .clone()
            .ok_or(LinkError::Issuer("its metadata names no place to sign in"))?;
        Ok((sign_in, pending, issuer))
    }

    async fn proceed(&self, ticket: &str) -> Result<Response, Sorry> {
        let now = self.links.now();
        let found = self.store.sign_in_of(&once::hash(ticket), now).await?;
        let pending = read(&found.ok_or(EXPIRED)?)?;
        let journey = Journey::new();
        let to = self.links.authorization(&journey).await?;
        let pending = Pending {
            browser: Some(once::hash(&journey.browser)),
            verifier: Some(journey.verifier.clone()),
            nonce: Some(journey.nonce.clone()),
            ..pending
        };
        let content = serde_json::to_value(&pending).map_err(StoreError::from)?;
        let state = once::hash(&journey.state);
        let opened = self
            .store
            .open_sign_in(&once::hash(ticket), (&state, &content), (now, now + STEP))
            .await?;
        if !opened {
            return Err(EXPIRED);
        }
        let mut response = StatusCode::SEE_OTHER.into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let location = HeaderValue::from_str(to.as_str()).map_err(|_| LinkError::Issuer("its address is no header"))?;
        headers.insert(LOCATION, location);
        set_cookie(&mut response, &journey.browser, STEP.whole_seconds());
        Ok(response)
    }

    /// The sign-in that this is the return of, in the browser that it went out from.
    async fn returned(&self, headers: &HeaderMap, back: &Return) -> Result<(SignIn, Pending), Sorry> {
        // A browser that was never sent from here can't use anything up.
        let browser = cookie(headers).ok_or(OTHER_BROWSER)?;
        let found = self
            .store
            .return_sign_in(&once::hash(&back.state), self.links.now())
            .await?;
        let sign_in = found.ok_or(EXPIRED)?;
        let pending = read(&sign_in)?;
        if pending.browser.as_deref() != Some(once::hash(browser).as_str()) {
            return Err(OTHER_BROWSER);
        }
        Ok((sign_in, pending))
    }

    /// Finds out who signed in, and gives out the code that ends the sign-in.
    async fn prove(
        &self,
        sign_in: &SignIn,
        pending: &Pending,
        back: &Return,
    ) -> Result<(super::Account, String), Sorry> {
        let Some(code) = &back.code else {
            let why = back
                .error
                .as_deref()
                .filter(|error| is_code(error))
                .unwrap_or("unknown");
            tracing::info!(error = why, "a sign-in for a link was not completed");
            return Err(CANCELLED);
        };
        let (Some(verifier), Some(nonce)) = (&pending.verifier, &pending.nonce) else {
            return Err(EXPIRED);
        };
        let account = self.links.exchange(code, verifier, nonce).await?;
        let proved = Pending {
            verifier: None,
            nonce: None,
            browser: None,
            proved: Some(account.clone()),
            ..pending.clone()
        };
        let sign_in = SignIn {
            person: sign_in.person.clone(),
            content: serde_json::to_value(proved).map_err(StoreError::from)?,
        };
        let code = once::code();
        let hash = once::hash_code(&sign_in.person, &code);
        let expires = self.links.now() + STEP;
        if !self.store.prove_sign_in(&sign_in, &hash, expires).await? {
            return Err(EXPIRED);
        }
        Ok((account, code))
    }
}

fn read(sign_in: &SignIn) -> Result<Pending, Sorry> {
    Ok(serde_json::from_value(sign_in.content.clone()).map_err(StoreError::from)?)
}

/// In the language of whoever began or, where nobody is known, of the browser.
fn writer<'a>(catalogue: &'a Catalogue, pending: Option<&Pending>, headers: &HeaderMap) -> Writer<'a> {
    let language = match pending {
        Some(pending) => Language::new(&pending.language),
        None => {
            let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            let tag = wanted
                .and_then(|text| text.split([',', ';', '-']).next())
                .unwrap_or_default();
            let known = catalogue
                .languages()
                .iter()
                .find(|language| language.tag() == tag.trim());
            known.cloned().unwrap_or_else(Language::english)
        }
    };
    Writer { catalogue, language }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}

fn set_cookie(response: &mut Response, value: &str, seconds: i64) {
    let cookie = format!("{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
