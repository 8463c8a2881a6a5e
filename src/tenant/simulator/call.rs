//! A request as the services read it: decoded path, query, headers and body, all of it at hand.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;
use url::form_urlencoded;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    /// The decoded path.
    pub(super) path: String,
    /// Its decoded segments, with `name('key')` taken apart.
    pub(super) segments: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    /// The path as it came, for a link to the next page.
    pub(super) raw_path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    /// Takes a request apart; `None` where its path is not well encoded.
    pub(super) fn new((method, uri, headers): (Method, Uri, HeaderMap), body: Bytes) -> Option<Self> {
        let segments = uri.path().split('/').skip(1).map(decode).collect::<Option<Vec<_>>>()?;
        let query = uri.query().unwrap_or_default();
        Some(Self {
            method,
            path: format!("/{}", segments.join("/")),
            segments: segments.into_iter().flat_map(keys).collect(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            raw_path: uri.path().to_owned(),
            headers,
            body,
        })
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first value of a query option.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body, if the request says that it is JSON and it is.
    pub(super) fn json(&self) -> Option<Value> {
        let kind = self.header("content-type")?;
        let kind = kind.split(';').next()?.trim();
        kind.eq_ignore_ascii_case("application/json")
            .then(|| serde_json::from_slice(&self.body).ok())?
    }

    /// The cmdlet that an Exchange call names.
    pub(super) fn cmdlet(&self) -> Option<String> {
        if !self.path.to_ascii_lowercase().starts_with("/adminapi/") {
            return None;
        }
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        Some(body.get("CmdletInput")?.get("CmdletName")?.as_str()?.to_owned())
    }

    /// The address that the client called, for links to the next page.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or_default())
    }
}

/// `users('a''b@c')` is the entity set `users` and the key `a'b@c`.
fn keys(segment: String) -> Vec<String> {
    let parts = segment
        .split_once("('")
        .and_then(|(name, rest)| Some((name, rest.strip_suffix("')")?)));
    match parts {
        Some((name, key)) if !name.is_empty() => vec![name.to_owned(), key.replace("''", "'")],
        _ => vec![segment],
    }
}

/// Decodes one path segment; here a plus is a plus.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let pair = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(pair, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_and_keys_taken_apart() {
        let uri: Uri = "/v1.0/users('o''hara%23x@contoso.com')/licenseDetails?$select=id"
            .parse()
            .unwrap();
        let call = Call::new((Method::GET, uri, HeaderMap::new()), Bytes::new()).unwrap();
        assert_eq!(
            call.segments,
            ["v1.0", "users", "o'hara#x@contoso.com", "licenseDetails"]
        );
        assert_eq!(call.option("$select"), Some("id"));
    }

    #[test]
    fn a_broken_escape_is_no_path() {
        let uri: Uri = "/v1.0/users/a%2".parse().unwrap();
        assert!(Call::new((Method::GET, uri, HeaderMap::new()), Bytes::new()).is_none());
    }
}
