//! Small rules of the wire: percent-encoding, `Retry-After`, dates, and service messages made fit for a log.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Longer messages say no more.
const LONGEST_MESSAGE: usize = 300;

/// The three-letter form of RFC 9110 §5.6.7; the two obsolete ones are not sent by anyone we call.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `*`, so that nothing in it is syntax.
pub(super) fn encode(text: &str) -> String {
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    // A form writes a space as "+", which in a path is a plus sign.
    form.replace('+', "%20")
}

/// `?$filter=…&$top=20`: names as they are, values encoded but for the commas of `$select`.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        out.push_str(&encode(value).replace("%2C", ","));
    }
    out
}

/// A string literal of OData: quotes doubled.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// How long `Retry-After` asks us to wait; `date` is the answer's own `Date`, because clocks differ.
pub(super) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    let now = date.and_then(http_date).unwrap_or_else(OffsetDateTime::now_utc);
    Some(Duration::try_from(until - now).unwrap_or(Duration::ZERO))
}

fn http_date(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text.trim(), HTTP_DATE)
        .ok()
        .map(PrimitiveDateTime::assume_utc)
}

/// A date of Graph or Exchange. Exchange sometimes leaves the offset out and means UTC.
pub(super) fn date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()
}

/// A service's message without addresses, tokens and control characters, cut short.
pub(super) fn tidy(message: &str) -> String {
    static ADDRESS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"[^\s@'"<>(),;:\[\]]+@[^\s@'"<>(),;:\[\]]*\w"#).ok());
    static TOKEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i:bearer\s+\S+)|eyJ[A-Za-z0-9_-]{8,}[A-Za-z0-9_.-]*").ok());
    let mut text: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    for (pattern, instead) in [(&*TOKEN, "(token)"), (&*ADDRESS, "(address)")] {
        if let Some(pattern) = pattern {
            text = pattern.replace_all(&text, instead).into_owned();
        }
    }
    let text = text.trim();
    if text.chars().count() <= LONGEST_MESSAGE {
        return text.to_owned();
    }
    let short: String = text.chars().take(LONGEST_MESSAGE - 1).collect();
    format!("{short}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_encoded_is_syntax() {
        assert_eq!(encode("a/../b?c#d%2e'"), "a%2F..%2Fb%3Fc%23d%252e%27");
        assert_eq!(encode("ένα δύο+"), "%CE%AD%CE%BD%CE%B1%20%CE%B4%CF%8D%CE%BF%2B");
        assert_eq!(
            query(&[("$select", "id,mail"), ("$filter", "a eq 'x&y'")]),
            "?$select=id,mail&$filter=a%20eq%20%27x%26y%27"
        );
        assert_eq!(literal("o'brien"), "'o''brien'");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
        assert_eq!(retry_after(" 17 ", None), Some(Duration::from_secs(17)));
        let date = Some("Sun, 22 Nov 2026 16:00:00 GMT");
        assert_eq!(
            retry_after("Sun, 22 Nov 2026 16:01:30 GMT", date),
            Some(Duration::from_secs(90))
        );
        assert_eq!(retry_after("Sun, 22 Nov 2026 15:00:00 GMT", date), Some(Duration::ZERO));
        for bad in ["", "-1", "soon", "1.5", "99999999999999999999999"] {
            assert_eq!(retry_after(bad, date), None, "{bad}");
        }
    }

    #[test]
    fn dates_with_and_without_an_offset() {
        assert_eq!(date("2026-11-20T08:00:00Z"), date("2026-11-20T08:00:00"));
        assert_eq!(date("2026-11-20T10:00:00+02:00"), date("2026-11-20T08:00:00.0000000Z"));
        assert_eq!(date("yesterday"), None);
    }

    #[test]
    fn messages_lose_addresses_tokens_and_length() {
        let said = tidy("Resource 'eleni@contoso.com' \r\n has Bearer eyJhbGciOiJub25l.x.y and eyJhbGciOiJub25l.a.b");
        assert_eq!(said, "Resource '(address)'    has (token) and (token)");
        assert_eq!(tidy(&"ω".repeat(1000)).chars().count(), LONGEST_MESSAGE);
    }
}
