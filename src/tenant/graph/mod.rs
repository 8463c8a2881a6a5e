//! Microsoft Graph v1.0: how a call is put together, how pages are followed, and what its errors mean. The calls
//! themselves are one concern a file.

mod batch;
mod consents;
mod contacts;
mod domains;
mod health;
mod licences;
mod mail;
mod methods;
mod risk;
mod roles;
mod rules;
mod sign_ins;
mod users;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use time::OffsetDateTime;
use time::macros::format_description;
use url::Url;
use zeroize::Zeroizing;

use super::error::TenantError;
use super::examine::Held;
use super::service::{Call, Effect, Service};
use super::transport::Answer;
use super::wire;
pub(super) use batch::Batch;
pub use contacts::Contact;
pub use mail::Letter;

/// Graph answers within a second or two.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// More pages than any account has. A longer list is an error: what is on the pages not read might matter.
const MOST_PAGES: usize = 20;

/// Microsoft Graph.
pub(super) struct Graph {
    pub(super) service: Arc<Service>,
    /// Where reads that are asked for at once go together.
    pub(super) batch: Option<Arc<Batch>>,
}

/// A read.
struct Read<'a> {
    operation: &'static str,
    what: &'static str,
    /// Below `/v1.0/`, percent-encoded.
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    consistency: Consistency,
}

/// How a list is looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consistency {
    /// As the directory is now.
    Current,
    /// In an index that lags a little: the only way for filters over several properties.
    Eventual,
}

/// A page of a list.
#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// What an error answer says.
struct Fault {
    status: StatusCode,
    code: String,
    message: String,
}

impl Graph {
    /// Reads one thing.
    async fn get<T: DeserializeOwned>(&self, read: &Read<'_>) -> Result<T, TenantError> {
        let call = self.call(read)?;
        let answer = self.read(&call).await?;
        good(&answer, call.what)?.json(call.what)
    }

    /// Reads a list to its end.
    async fn list<T: DeserializeOwned>(&self, read: &Read<'_>) -> Result<Vec<T>, TenantError> {
        let mut call = self.call(read)?;
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.read(&call).await?;
            let page: Page<T> = good(&answer, call.what)?.json(call.what)?;
            all.extend(page.value);
            let Some(next) = page.next else { return Ok(all) };
            call.url = self.service.endpoint.next_page(&next, call.what)?;
        }
        Err(TenantError::unintelligible(call.what, "it has too many pages"))
    }

    /// Changes something. Any good status will do, if it is Graph that answers.
    async fn change(&self, call: Call) -> Result<(), TenantError> {
        let answer = self.service.send(&call).await?;
        let good = good(&answer, call.what)?;
        if good.body.is_empty() {
            return Ok(());
        }
        good.json::<IgnoredAny>(call.what)
            .map(|_| ())
            .map_err(|error| TenantError::OutcomeUnknown {
                what: call.what.to_owned(),
                why: error.to_string(),
            })
    }

    /// Reads one account's id, to see whether Graph answers. Gives the answer's `Date`.
    pub(in crate::tenant) async fn taste(&self) -> Result<Option<String>, TenantError> {
        let call = self.call(&Read {
            operation: "graph.taste",
            what: "Graph",
            path: "users",
            query: &[("$top", "1"), ("$select", "id")],
            consistency: Consistency::Current,
        })?;
        let answer = self.service.send(&call).await?;
        let answer = good(&answer, call.what)?;
        let date = answer.headers.get("date").and_then(|date| date.to_str().ok());
        Ok(date.map(ToOwned::to_owned))
    }

    /// The directory roles that the application itself holds, by the object id of its service principal.
    pub(in crate::tenant) async fn roles_of_application(&self, id: &str) -> Result<Vec<Held>, TenantError> {
        let filter = format!("principalId eq '{}'", id.replace('\'', "''"));
        self.list(&Read {
            operation: "graph.application.roles",
            what: "the application's roles",
            path: "roleManagement/directory/roleAssignments",
            query: &[("$filter", &filter)],
            consistency: Consistency::Current,
        })
        .await
    }

    fn call(&self, read: &Read<'_>) -> Result<Call, TenantError> {
        let mut headers = headers();
        if read.consistency == Consistency::Eventual {
            headers.push((
                HeaderName::from_static("consistencylevel"),
                HeaderValue::from_static("eventual"),
            ));
        }
        Ok(Call {
            operation: read.operation,
            what: read.what,
            method: Method::GET,
            url: self.url(&format!("{}{}", read.path, wire::query(read.query)))?,
            headers,
            body: None,
            effect: Effect::Read,
        })
    }

    fn write(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Call, TenantError> {
        Ok(Call {
            operation: "graph.write",
            what: "the change",
            method,
            url: self.url(path)?,
            headers: headers(),
            body: body.map(Zeroizing::new),
            effect: Effect::Once,
        })
    }

    fn url(&self, tail: &str) -> Result<Url, TenantError> {
        self.service.endpoint.at(&format!("v1.0/{tail}"))
    }
}

/// A moment as filters write it: in UTC, to the second.
fn seconds(at: OffsetDateTime, what: &str) -> Result<String, TenantError> {
    let seconds = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    at.to_offset(time::UtcOffset::UTC)
        .format(seconds)
        .map_err(|_| TenantError::unintelligible(what, "the time can't be written"))
}

fn headers() -> Vec<(HeaderName, HeaderValue)> {
    vec![
        (
            HeaderName::from_static("accept"),
            HeaderValue::from_static("application/json"),
        ),
        // A person is waiting.
        (
            HeaderName::from_static("x-ms-throttle-priority"),
            HeaderValue::from_static("high"),
        ),
    ]
}

/// The answer where its status is good, else what the error means.
fn good<'a>(answer: &'a Answer, what: &str) -> Result<&'a Answer, TenantError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    Err(match Fault::of(answer) {
        Some(fault) => fault.into_error(what),
        // A proxy or a wrong address. Above all, its 404 does not say that there is no such account.
        None => TenantError::unintelligible(what, &format!("HTTP {} is not Graph's own", answer.status.as_u16())),
    })
}

impl Fault {
    /// The fault in an error answer; `None` where the body is not OData's.
    fn of(answer: &Answer) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            error: Inner,
        }
        #[derive(Deserialize)]
        struct Inner {
            code: String,
            message: Option<String>,
        }
        let body: Body = serde_json::from_slice(&answer.body).ok()?;
        Some(Self {
            status: answer.status,
            code: wire::tidy(&body.error.code),
            message: wire::tidy(body.error.message.as_deref().unwrap_or_default()),
        })
    }

    fn into_error(self, what: &str) -> TenantError {
        let what = what.to_owned();
        if self.is_about_licence() {
            return TenantError::NotLicensed { what };
        }
        match self.status {
            StatusCode::NOT_FOUND => TenantError::NotFound { what },
            StatusCode::FORBIDDEN => TenantError::Denied {
                what,
                code: self.code,
                message: self.message,
            },
            _ => TenantError::Rejected {
                what,
                code: self.code,
                message: self.message,
            },
        }
    }

    fn is_about_licence(&self) -> bool {
        let named = matches!(
            self.code.as_str(),
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant" | "AadPremiumLicenseRequired" | "NoLicense"
        );
        // Identity Protection says it in words alone, under the code "Forbidden".
        named
            || (self.status == StatusCode::FORBIDDEN
                && self.message.to_ascii_lowercase().contains("tenant is not licensed"))
    }
}
