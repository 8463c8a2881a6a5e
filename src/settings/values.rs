//! Values that several sections hold: GUIDs and addresses of services.

use url::{Host, Url};
use uuid::Uuid;

use super::development::LoopbackHttp;

/// Reads a GUID as Microsoft writes it, and gives it back in lower case. The fault doesn't repeat what was written: it
/// may be a secret in the wrong place.
pub(super) fn guid(text: &str) -> Result<String, String> {
    const FORM: &str = "eight, four, four, four and twelve digits from 0 to 9 and a to f, with hyphens between them";
    match Uuid::try_parse(text) {
        Ok(id) if id.is_nil() => Err("is a placeholder: fill in the real id".to_owned()),
        // Other forms, such as braces, are not what Microsoft sends: comparing with them would fail later.
        Ok(id) if text.len() == 36 => Ok(id.to_string()),
        _ if text.contains('@') => Err("is an address, and addresses change hands: write the object id".to_owned()),
        _ if text.trim().contains(' ') => {
            Err("is a name, and anybody can take any name: write the object id".to_owned())
        }
        _ => Err(format!("is no id: it is {FORM}")),
    }
}

/// Reads the address of a service: https, or http to this machine where that is allowed.
pub(super) fn service_url(text: &str, loopback: LoopbackHttp) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|why| format!("is no address ({why}): write one such as https://graph.microsoft.com"))?;
    let Some(host) = url.host() else {
        return Err("names no server: write an address such as https://graph.microsoft.com".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password: take it out".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("goes on after its path: end it before `?` and `#`".to_owned());
    }
    match (url.scheme(), is_loopback(&host), loopback) {
        ("https", _, _) | ("http", true, LoopbackHttp::Allowed) => Ok(url),
        ("http", true, LoopbackHttp::Refused) => Err(
            "is plain http: write https, or, to try things out on this machine, set `loopback_http = true` under [development]"
                .to_owned(),
        ),
        ("http", false, _) => Err("is plain http, which others can read: write https".to_owned()),
        _ => Err("is no web address: write one that begins with https".to_owned()),
    }
}

/// Whether an address can't lead to another machine.
pub(super) fn is_on_this_machine(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback(&host))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
