//! The pages of a sign-in: small, without script, in the language of whoever began it. Whatever was not written by us is
//! escaped here, in the one function that writes text.

use std::fmt::Write;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::{Account, Pending, once};
use crate::chat::{Identity, Platform};
use crate::intents::Catalogue;
use crate::language::Language;

pub(super) const STYLE: &str = include_str!("page.css");

/// Writes pages in one language.
pub(super) struct Writer<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) language: Language,
}

impl Writer<'_> {
    /// Says which chat account is about to be linked, and leads on to Microsoft's sign-in, at `issuer`.
    pub(super) fn begin(&self, person: &Identity, pending: &Pending, (ticket, issuer): (&str, &Url)) -> Response {
        let mut body = self.heading("link-page-begin");
        body += &self.paragraph("link-page-begin-what");
        body += &self.facts(&[self.chat(person, &pending.name)]);
        body += &self.warning("link-page-begin-warning", person.platform);
        let _ = write!(
            body,
            "<form method=\"post\" action=\"start\"><input type=\"hidden\" name=\"t\" value=\"{}\"><button>{}</button></form>",
            escape(ticket),
            self.text("link-page-continue", &[])
        );
        self.page(StatusCode::OK, &body, Some(issuer))
    }

    /// Says what is about to be linked to what, and shows the code.
    pub(super) fn code(&self, person: &Identity, name: &str, (account, code): (&Account, &str)) -> Response {
        let mut body = self.heading("link-page-code");
        let entra = match account.name.as_str() {
            "" => account.address.clone(),
            name => format!("{name} ({})", account.address),
        };
        let label = self.text("link-page-entra", &[]);
        body += &self.facts(&[self.chat(person, name), (label, escape(&entra))]);
        let platform = person.platform.title();
        let _ = write!(
            body,
            "<p>{}</p><p class=\"code\">{}</p><p>{}</p>",
            self.text("link-page-type", &[("platform", platform)]),
            escape(&once::shown(code)),
            self.text("link-page-minutes", &[])
        );
        body += &self.warning("link-page-warning", person.platform);
        self.page(StatusCode::OK, &body, None)
    }

    /// Says what went wrong, and where to go.
    pub(super) fn sorry(&self, status: StatusCode, key: &str) -> Response {
        let body = self.heading("link-page-sorry") + &self.paragraph(key) + &self.paragraph("link-page-again");
        self.page(status, &body, None)
    }

    fn chat(&self, person: &Identity, name: &str) -> (String, String) {
        let label = self.text("link-page-chat", &[("platform", person.platform.title())]);
        (label, escape(&format!("{name} ({} / {})", person.user, person.scope)))
    }

    fn heading(&self, key: &str) -> String {
        format!("<h1>{}</h1>", self.text(key, &[]))
    }

    fn paragraph(&self, key: &str) -> String {
        format!("<p>{}</p>", self.text(key, &[]))
    }

    fn warning(&self, key: &str, platform: Platform) -> String {
        let text = self.text(key, &[("platform", platform.title())]);
        format!("<p class=\"warning\">{text}</p>")
    }

    /// Labels and values, both escaped already.
    fn facts(&self, facts: &[(String, String)]) -> String {
        let rows: String = facts
            .iter()
            .map(|(label, value)| format!("<dt>{label}</dt><dd>{value}</dd>"))
            .collect();
        format!("<dl>{rows}</dl>")
    }

    fn text(&self, key: &str, arguments: &[(&str, &str)]) -> String {
        escape(&self.catalogue.phrase(&self.language, key, arguments))
    }

    fn page(&self, status: StatusCode, body: &str, leads_to: Option<&Url>) -> Response {
        let html = format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Latchkey</title><link rel=\"stylesheet\" href=\"style.css\"></head>\
             <body><main>{body}</main></body></html>",
            escape(self.language.tag())
        );
        // A form that is answered by a redirect must be allowed to go there too.
        let onward = leads_to
            .map(|url| format!(" {}", url.origin().ascii_serialization()))
            .unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'self'; form-action 'self'{onward}; frame-ancestors 'none'; base-uri 'none'"
        );
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, policy.as_str()),
            (CACHE_CONTROL, "no-store"),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ];
        let mut response = (status, html).into_response();
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // What turns text around could make one account look like another.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {}
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
