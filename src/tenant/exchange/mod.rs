//! The Exchange Online gateway: the REST address that Microsoft's own PowerShell module sends its cmdlets to. It is
//! documented nowhere, so everything about its form stays in this room.

mod blocked;
mod forwarding;
mod rules;

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::error::TenantError;
use super::service::{self, Call, Effect, Service, Verdict};
use super::transport::Answer;
use super::wire;

/// A cmdlet starts a session first, so it takes its time.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// At 1000 entries each, more than any tenant has restricted.
const MOST_PAGES: usize = 20;

/// The module whose gateway this is; the gateway refuses to tell without one.
const MODULE_VERSION: &str = "3.9.2";

/// The mailbox that every organisation has, where a cmdlet is about no mailbox of its own.
const SYSTEM_MAILBOX: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

/// The Exchange Online gateway.
pub(super) struct Exchange {
    pub(super) service: Service,
    /// The tenant's GUID.
    pub(super) tenant: String,
}

/// A cmdlet to be run.
struct Cmdlet<'a> {
    name: &'static str,
    operation: &'static str,
    what: &'static str,
    parameters: Value,
    anchor: Anchor<'a>,
    effect: Effect,
}

/// Which server the gateway should run it on.
enum Anchor<'a> {
    Organisation,
    /// The user principal name of the mailbox it is about.
    Mailbox(&'a str),
}

/// A page of output. The siblings that name a property's type (`X@odata.type`) are read by nobody.
#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@adminapi.warnings", default)]
    warnings: Option<Vec<String>>,
}

impl<T> Page<T> {
    /// Warnings are for people at a prompt and can hold addresses, so only their number is logged. One of them matters:
    /// a list that was cut, in which "not there" means nothing.
    fn heed(&self, what: &str) -> Result<(), TenantError> {
        let warnings = self.warnings.as_deref().unwrap_or_default();
        if warnings.is_empty() {
            return Ok(());
        }
        tracing::info!(what, warnings = warnings.len(), "Exchange answered with warnings");
        if warnings.iter().any(|warning| warning.contains("ResultSize")) {
            return Err(TenantError::unintelligible(
                what,
                "the list was cut: it holds more than was given",
            ));
        }
        Ok(())
    }
}

/// What the gateway tells a PowerShell module about itself.
#[derive(Deserialize)]
struct ModuleFile {
    #[serde(rename = "exportedCmdlets")]
    exported: String,
}

impl Exchange {
    /// Runs a cmdlet and reads all of its output.
    async fn run<T: DeserializeOwned>(&self, cmdlet: &Cmdlet<'_>) -> Result<Vec<T>, TenantError> {
        let mut call = self.call(cmdlet)?;
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.service.send(&call).await?;
            let page: Page<T> = good(&answer, call.what)?.json(call.what)?;
            page.heed(call.what)?;
            all.extend(page.value);
            let Some(next) = page.next else { return Ok(all) };
            // The next page is asked for with the same body.
            call.url = self.service.endpoint.next_page(&next, call.what)?;
        }
        Err(TenantError::unintelligible(call.what, "it has too many pages"))
    }

    /// The names of the cmdlets that the application may run.
    pub(in crate::tenant) async fn cmdlets(&self) -> Result<Vec<String>, TenantError> {
        let what = "the list of cmdlets";
        let path = format!("adminapi/v1.0/{}/EXOModuleFile", self.tenant);
        let mut url = self.service.endpoint.at(&path)?;
        url.query_pairs_mut().append_pair("Version", MODULE_VERSION);
        let call = Call {
            operation: "exchange.cmdlets",
            what,
            method: Method::GET,
            url,
            headers: vec![(HeaderName::from_static("commandname"), HeaderValue::from_static("*"))],
            body: None,
            effect: Effect::Read,
        };
        let answer = self.service.send(&call).await?;
        let files: Page<ModuleFile> = good(&answer, what)?.json(what)?;
        let names = files.value.iter().flat_map(|file| file.exported.split(','));
        Ok(names.map(|name| name.trim().to_owned()).collect())
    }

    /// Runs a cmdlet that changes something.
    async fn change(&self, cmdlet: &Cmdlet<'_>) -> Result<(), TenantError> {
        let call = self.call(cmdlet)?;
        let answer = self.service.send(&call).await?;
        let good = good(&answer, call.what)?;
        // A good status around something else than the gateway's answer tells nothing about the cmdlet.
        good.json::<Page<Value>>(call.what)
            .map(|_| ())
            .map_err(|error| TenantError::OutcomeUnknown {
                what: call.what.to_owned(),
                why: error.to_string(),
            })
    }

    fn call(&self, cmdlet: &Cmdlet<'_>) -> Result<Call, TenantError> {
        let body = json!({"CmdletInput": {"CmdletName": cmdlet.name, "Parameters": cmdlet.parameters}});
        let url = self
            .service
            .endpoint
            .at(&format!("adminapi/beta/{}/InvokeCommand", self.tenant))?;
        Ok(Call {
            operation: cmdlet.operation,
            what: cmdlet.what,
            method: Method::POST,
            url,
            headers: vec![
                (
                    HeaderName::from_static("accept"),
                    HeaderValue::from_static("application/json"),
                ),
                (
                    HeaderName::from_static("prefer"),
                    HeaderValue::from_static("odata.maxpagesize=1000"),
                ),
                (
                    HeaderName::from_static("x-anchormailbox"),
                    self.anchor(&cmdlet.anchor, cmdlet.what)?,
                ),
            ],
            body: Some(Zeroizing::new(body.to_string().into_bytes())),
            effect: cmdlet.effect,
        })
    }

    fn anchor(&self, anchor: &Anchor<'_>, what: &str) -> Result<HeaderValue, TenantError> {
        // A name that is no ASCII can't be a header; the organisation's mailbox only costs a hop.
        if let Anchor::Mailbox(name) = anchor
            && let Ok(value) = HeaderValue::from_str(name)
        {
            return Ok(value);
        }
        HeaderValue::try_from(format!("APP:{SYSTEM_MAILBOX}@{}", self.tenant))
            .map_err(|_| TenantError::unintelligible(what, "the tenant id is no header"))
    }
}

/// What an answer means: the gateway says some passing troubles with HTTP 400.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status != StatusCode::BAD_REQUEST {
        return service::by_status(answer);
    }
    let fault = Fault::of(answer).map(|fault| fault.everything).unwrap_or_default();
    if ["CmdletProxyNotAvailableFailure", "ServerBusyException"]
        .iter()
        .any(|name| fault.contains(name))
    {
        // Turned away at the door.
        Verdict::Refused
    } else if ["TransientException", "BackendCommunicationException"]
        .iter()
        .any(|name| fault.contains(name))
    {
        // Failed somewhere behind it: the cmdlet may have run.
        Verdict::Faulted
    } else {
        Verdict::Final
    }
}

fn good<'a>(answer: &'a Answer, what: &str) -> Result<&'a Answer, TenantError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let diagnosed = answer.headers.contains_key("x-ms-diagnostics");
    let fault = Fault::of(answer);
    Err(match (answer.status, fault) {
        (StatusCode::FORBIDDEN, fault) => forbidden(fault, diagnosed, what),
        (status, Some(fault)) => fault.into_error(status, what),
        (status, None) => {
            TenantError::unintelligible(what, &format!("HTTP {} is not the gateway's own", status.as_u16()))
        }
    })
}

/// The two kinds of 403 have different cures, so they are told apart in words.
fn forbidden(fault: Option<Fault>, diagnosed: bool, what: &str) -> TenantError {
    let (code, said) = fault.map_or_else(Default::default, |fault| (fault.code, fault.message));
    let cure = if diagnosed {
        "the application lacks the Exchange role for this"
    } else {
        "the application's Exchange role is new and has not reached every server yet, or its token is from before it"
    };
    TenantError::Denied {
        what: what.to_owned(),
        code: if code.is_empty() { "Forbidden".to_owned() } else { code },
        message: if said.is_empty() {
            cure.to_owned()
        } else {
            format!("{cure} ({said})")
        },
    }
}

/// What an error answer says.
struct Fault {
    code: String,
    message: String,
    /// All of its parts, for finding the name of an exception: it is not always in the same one.
    everything: String,
}

#[derive(Deserialize)]
struct Body {
    error: Inner,
}

#[derive(Deserialize)]
struct Inner {
    code: Option<String>,
    message: Option<String>,
    details: Option<Vec<Message>>,
    #[serde(alias = "innerError")]
    innererror: Option<InnerError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InnerError {
    message: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(alias = "internalexception")]
    internal_exception: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    message: Option<String>,
}

impl Fault {
    fn of(answer: &Answer) -> Option<Self> {
        let Body { error } = serde_json::from_slice(&answer.body).ok()?;
        let details: Vec<String> = error
            .details
            .unwrap_or_default()
            .into_iter()
            .filter_map(|detail| detail.message)
            .collect();
        let (inner, kind, internal) = error.innererror.map_or((None, None, None), |inner| {
            let internal = inner.internal_exception.and_then(|exception| exception.message);
            (inner.message, inner.kind, internal)
        });
        let parts = [&error.code, &error.message, &inner, &kind, &internal];
        let everything: Vec<&str> = parts
            .into_iter()
            .flatten()
            .chain(&details)
            .map(String::as_str)
            .collect();
        let everything = everything.join("|");
        // From the most to the least telling.
        let message = [details.first(), internal.as_ref(), error.message.as_ref()]
            .into_iter()
            .flatten()
            .find(|text| !text.trim().is_empty());
        Some(Self {
            code: wire::tidy(error.code.as_deref().unwrap_or_default()),
            // `Ex6F9304|…ManagementObjectNotFoundException|The operation couldn't be performed…`
            message: wire::tidy(message.and_then(|text| text.rsplit('|').next()).unwrap_or_default()),
            everything,
        })
    }

    fn into_error(self, status: StatusCode, what: &str) -> TenantError {
        let what = what.to_owned();
        let is = |name: &str| self.everything.contains(name);
        if status == StatusCode::NOT_FOUND || is("ManagementObjectNotFoundException") {
            TenantError::NotFound { what }
        } else if is("CommandNotFoundException") {
            // A cmdlet that no role of the application holds is not even known to it.
            TenantError::Denied {
                what,
                code: self.code,
                message: "the application lacks the Exchange role for this".to_owned(),
            }
        } else {
            TenantError::Rejected {
                what,
                code: self.code,
                message: self.message,
            }
        }
    }
}
