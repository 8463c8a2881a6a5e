//! Reads that are asked for at the same moment go to Graph as one `$batch`. Each part keeps its own status; a part that
//! was throttled or failed is left to its caller, who asks for it alone.
//!
//! Source: "Combine multiple HTTP requests using JSON batching", which allows twenty parts.

use std::sync::{Mutex, PoisonError};

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::map::Map;
use tokio::sync::oneshot;

use super::writes::json;
use super::{Graph, good};
use crate::tenant::error::TenantError;
use crate::tenant::service::{Call, Effect, Verdict, by_status};
use crate::tenant::transport::{Again, Answer};

/// The most parts of one batch.
const MOST_PARTS: usize = 20;

/// What a caller gets: its answer, why the whole batch failed, or nothing, and then it asks alone.
type Share = Option<Result<Answer, TenantError>>;

/// The reads that wait for the batch to leave.
#[derive(Default)]
pub(in crate::tenant) struct Batch {
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    part: Part,
    what: &'static str,
    share: oneshot::Sender<Share>,
}

#[derive(Serialize)]
struct Part {
    id: String,
    method: &'static str,
    url: String,
    headers: Map<String, Value>,
}

#[derive(Serialize)]
struct Request<'a> {
    requests: Vec<&'a Part>,
}

#[derive(Deserialize)]
struct Responses {
    responses: Vec<Response>,
}

#[derive(Deserialize)]
struct Response {
    id: String,
    status: u16,
    headers: Option<Map<String, Value>>,
    body: Option<Value>,
}

impl Graph {
    /// Reads, together with whoever reads at this moment where that is wanted.
    pub(super) async fn read(&self, call: &Call) -> Result<Answer, TenantError> {
        if let Some(batch) = &self.batch
            && let Some(shared) = batch.ask(self, call).await
        {
            return shared;
        }
        self.service.send(call).await
    }

    /// Sends these parts. Whoever gets no share of the answer asks alone.
    async fn send_batch(&self, parts: Vec<Waiting>) {
        let answered = self.post_batch(&parts).await;
        match answered {
            Ok(mut responses) => {
                for Waiting { part, share, .. } in parts {
                    let at = responses.iter().position(|response| response.id == part.id);
                    let answer = at.and_then(|at| self.usable(responses.swap_remove(at)));
                    share.send(answer.map(Ok)).ok();
                }
            }
            // The service is down or throttling: to ask for each alone would make it worse.
            Err(error) if error.is_transient() || matches!(error, TenantError::Credential { .. }) => {
                for Waiting { what, share, .. } in parts {
                    share.send(Some(Err(error.clone().about(what)))).ok();
                }
            }
            // It does not take batches.
            Err(error) => {
                tracing::warn!(
                    tenant.error = error.code(),
                    "a batch was refused; its parts are asked for one by one"
                );
            }
        }
    }

    async fn post_batch(&self, parts: &[Waiting]) -> Result<Vec<Response>, TenantError> {
        const WHAT: &str = "the account's state";
        let requests = parts.iter().map(|waiting| &waiting.part).collect();
        let body = json(&Request { requests })?;
        let call = Call {
            operation: "graph.batch",
            what: WHAT,
            // Every part is a read.
            effect: Effect::Read,
            ..self.write(Method::POST, "$batch", Some(body))?
        };
        let answer = self.service.send(&call).await?;
        let responses: Responses = good(&answer, WHAT)?.json(WHAT)?;
        Ok(responses.responses)
    }

    /// A part's answer, if it is final. A part that was throttled pauses everybody as any answer does.
    fn usable(&self, response: Response) -> Option<Answer> {
        let answer = response.into_answer()?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return None;
        }
        match by_status(&answer) {
            Verdict::Final => Some(answer),
            Verdict::Throttled => {
                self.service.pause_everybody(Again::asked_by(&answer.headers));
                None
            }
            Verdict::Refused | Verdict::Faulted => None,
        }
    }

    fn part(&self, call: &Call, number: usize) -> Option<Part> {
        let base = self.url("").ok()?;
        let below = call.url.as_str().strip_prefix(base.as_str())?;
        let header = |(name, value): &(HeaderName, HeaderValue)| {
            let value = value.to_str().ok()?;
            Some((name.as_str().to_owned(), Value::from(value)))
        };
        Some(Part {
            id: number.to_string(),
            method: "GET",
            url: format!("/{below}"),
            headers: call.headers.iter().filter_map(header).collect(),
        })
    }
}

impl Batch {
    /// Waits with the others. The first to come sends for all: by when it is its turn again, everybody who asks in the
    /// same breath has.
    async fn ask(&self, graph: &Graph, call: &Call) -> Share {
        let (share, mine) = oneshot::channel();
        let number = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let number = waiting.len();
            waiting.push(Waiting {
                part: graph.part(call, number)?,
                what: call.what,
                share,
            });
            number
        };
        if number == 0 {
            tokio::task::yield_now().await;
            let mut together = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if together.len() == 1 {
                return None;
            }
            while !together.is_empty() {
                let rest = together.split_off(together.len().min(MOST_PARTS));
                graph.send_batch(together).await;
                together = rest;
            }
        }
        // Whoever should have sent went away: then each for itself.
        mine.await.ok().flatten()
    }
}

impl Response {
    /// The same as if it had come by itself.
    fn into_answer(self) -> Option<Answer> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.unwrap_or_default() {
            let text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(text)) {
                headers.insert(name, value);
            }
        }
        headers
            .entry(CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("application/json"));
        Some(Answer {
            status: StatusCode::from_u16(self.status).ok()?,
            headers,
            body: match self.body {
                Some(body) => body.to_string().into_bytes(),
                None => Vec::new(),
            },
        })
    }
}
