//! Answers in the words of the real services: status, headers and body, with each service's own shape of error.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

/// The content type that Graph sends.
const ODATA: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

const SECONDS: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const ERROR_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
const LOGIN_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<Value>,
}

impl Answer {
    /// An answer without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// 200 with a body.
    pub(super) fn ok(body: Value) -> Self {
        Self::with(StatusCode::OK, body)
    }

    /// A body with another status.
    pub(super) fn with(status: StatusCode, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::empty(status)
        }
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((HeaderName::from_static(name), value.into()));
        self
    }

    /// Adds `Retry-After` where there is one.
    pub(super) fn retry_after(self, seconds: Option<u64>) -> Self {
        match seconds {
            Some(seconds) => self.header("retry-after", seconds.to_string()),
            None => self,
        }
    }

    /// How long the body is on the wire.
    pub(super) fn body_length(&self) -> usize {
        self.body.as_ref().map_or(0, |body| body.to_string().len())
    }

    /// The headers, for a part of a batch.
    pub(super) fn part_headers(&self) -> Value {
        let mut headers: serde_json::Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        headers.entry("Content-Type").or_insert(json!("application/json"));
        Value::Object(headers)
    }

    /// The body, for a part of a batch.
    pub(super) fn into_body(self) -> Value {
        self.body.unwrap_or(Value::Null)
    }

    /// For the wire.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
            headers.insert("request-id", id);
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        if let Some(body) = self.body {
            headers
                .entry(header::CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(ODATA));
            *response.body_mut() = Body::from(body.to_string());
        }
        response
    }
}

/// A Graph error, as OData writes it.
pub(super) fn graph_error(status: StatusCode, code: &str, message: &str) -> Answer {
    let id = Uuid::new_v4().to_string();
    let date = format(OffsetDateTime::now_utc(), ERROR_DATE);
    Answer::with(
        status,
        json!({"error": {
            "code": code,
            "message": message,
            "innerError": {"date": date, "request-id": id, "client-request-id": id},
        }}),
    )
}

/// 400 from the directory.
pub(super) fn bad_request(message: &str) -> Answer {
    graph_error(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
}

/// 400 from Graph's own reading of the request.
pub(super) fn malformed(message: &str) -> Answer {
    graph_error(StatusCode::BAD_REQUEST, "BadRequest", message)
}

/// 400 for a query that the directory does not take.
pub(super) fn unsupported_query(message: &str) -> Answer {
    graph_error(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
}

/// 403 from the directory.
pub(super) fn denied() -> Answer {
    graph_error(
        StatusCode::FORBIDDEN,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// 404 from the directory.
pub(super) fn no_such_object(id: &str) -> Answer {
    graph_error(
        StatusCode::NOT_FOUND,
        "Request_ResourceNotFound",
        &format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present."),
    )
}

/// 404 for a path that the service does not have. The message and code are Graph's own, which sends them with 400; here
/// the status is the one that everybody expects of a wrong path, and the code tells it from [`no_such_object`].
pub(super) fn no_such_path(segment: &str) -> Answer {
    graph_error(
        StatusCode::NOT_FOUND,
        "BadRequest",
        &format!("Resource not found for the segment '{segment}'."),
    )
}

/// 405.
pub(super) fn wrong_method() -> Answer {
    graph_error(
        StatusCode::METHOD_NOT_ALLOWED,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
}

/// An error of the token endpoint.
pub(super) fn login_error(status: StatusCode, error: &str, (code, text): (u32, &str)) -> Answer {
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let stamp = format(OffsetDateTime::now_utc(), LOGIN_DATE);
    let description =
        format!("AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}");
    Answer::with(
        status,
        json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": stamp,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
    .header("content-type", "application/json; charset=utf-8")
}

/// An error of the Exchange gateway: `exception` is its full name, `message` what it says.
pub(super) fn exchange_error(status: StatusCode, exception: &str, message: &str) -> Answer {
    let code = match status {
        StatusCode::NOT_FOUND => "NotFound",
        StatusCode::FORBIDDEN => "Forbidden",
        StatusCode::BAD_REQUEST => "BadRequest",
        _ => "InternalServerError",
    };
    let full = format!("Ex6F9304|{exception}|{message}");
    Answer::with(
        status,
        json!({"error": {
            "code": code,
            "message": "Error executing cmdlet",
            "details": [{"code": "Context", "target": "", "message": full}],
            "innererror": {
                "message": "Error executing cmdlet",
                "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                "stacktrace": "",
                "internalexception": {"message": message, "type": exception, "stacktrace": ""},
            },
            "@adminapi.warnings": [],
        }}),
    )
}

/// A time as Graph writes it: in UTC, to the second.
pub(super) fn stamp(at: OffsetDateTime) -> String {
    format(at, SECONDS)
}

fn format(at: OffsetDateTime, items: &[BorrowedFormatItem<'_>]) -> String {
    at.to_offset(time::UtcOffset::UTC).format(items).unwrap_or_default()
}
