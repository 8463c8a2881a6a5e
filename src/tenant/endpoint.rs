//! Where a service is: https, or plain http to this machine where the settings allow that.

use url::{Host, Url};

use super::error::TenantError;
use crate::settings::LoopbackHttp;

/// The checked address of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    base: Url,
}

impl Endpoint {
    /// Takes an address that may carry credentials: https, or http to loopback where that is allowed.
    pub(crate) fn check(url: &Url, http: LoopbackHttp) -> Result<Self, TenantError> {
        let refuse = |message: &str| TenantError::Rejected {
            what: "the settings".to_owned(),
            code: "address".to_owned(),
            message: message.to_owned(),
        };
        match url.scheme() {
            "https" => {}
            "http" if http == LoopbackHttp::Allowed && is_loopback(url) => {}
            "http" => {
                return Err(refuse(
                    "plain http is taken for loopback addresses alone, and only when allowed",
                ));
            }
            _ => return Err(refuse("the address must begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("the address must not hold a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("the address must not hold a query or a fragment"));
        }
        let mut base = url.clone();
        let path = format!("{}/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        Ok(Self { base })
    }

    /// Whether it is plain http, which [`Self::check`] takes for loopback alone.
    pub(crate) fn is_plain(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// The address without a slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// An address below this one. `tail` is percent-encoded already and holds no `..`.
    pub(crate) fn at(&self, tail: &str) -> Result<Url, TenantError> {
        let url = Url::parse(&format!("{}{tail}", self.base))
            .map_err(|_| TenantError::unintelligible("the address", "it can't be put together"))?;
        if self.holds(&url) {
            Ok(url)
        } else {
            Err(TenantError::unintelligible("the address", "it leads elsewhere"))
        }
    }

    /// The address of a list's next page, which must be of the same service: it is asked for with our token.
    pub(super) fn next_page(&self, link: &str, what: &str) -> Result<Url, TenantError> {
        Url::parse(link)
            .ok()
            .filter(|url| self.holds(url))
            .ok_or_else(|| TenantError::unintelligible(what, "its next page is somewhere else"))
    }

    /// Whether `url` is the same service: scheme, host, port and the path we were given. What else may get a token?
    fn holds(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path().starts_with(self.base.path())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, http: LoopbackHttp) -> Result<Endpoint, TenantError> {
        Endpoint::check(&Url::parse(url).unwrap(), http)
    }

    #[test]
    fn plain_http_is_for_loopback_alone_and_only_when_allowed() {
        for url in [
            "http://127.0.0.1:4010/",
            "http://127.9.9.9/",
            "http://[::1]:1/",
            "http://localhost:80/",
        ] {
            assert!(check(url, LoopbackHttp::Allowed).is_ok(), "{url}");
            assert!(check(url, LoopbackHttp::Refused).is_err(), "{url}");
        }
        for url in [
            "http://graph.microsoft.com/",
            "http://127.0.0.1.contoso.com/",
            "http://localhost.contoso.com/",
            "http://127.0.0.1@contoso.com/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "ftp://127.0.0.1/",
        ] {
            assert!(check(url, LoopbackHttp::Allowed).is_err(), "{url}");
        }
    }

    #[test]
    fn an_address_with_anything_beside_the_place_is_refused() {
        for url in [
            "https://a:b@graph.microsoft.com/",
            "https://graph.microsoft.com/?x=1",
            "https://graph.microsoft.com/#x",
        ] {
            assert!(check(url, LoopbackHttp::Allowed).is_err(), "{url}");
        }
    }

    #[test]
    fn holds_only_what_is_below_it() {
        let endpoint = check("https://graph.microsoft.com/base", LoopbackHttp::Refused).unwrap();
        let holds = |url: &str| endpoint.holds(&Url::parse(url).unwrap());
        assert!(holds("https://graph.microsoft.com/base/v1.0/users?$skiptoken=x"));
        assert!(holds("https://graph.microsoft.com:443/base/v1.0/users"));
        assert!(!holds("https://graph.microsoft.com/other"));
        assert!(!holds("https://graph.microsoft.com/base/../other"));
        assert!(!holds("https://graph.microsoft.com.contoso.com/base/v1.0"));
        assert!(!holds("https://graph.microsoft.com@contoso.com/base/v1.0"));
        assert!(!holds("https://u@graph.microsoft.com/base/v1.0"));
        assert!(!holds("http://graph.microsoft.com/base/v1.0"));
        assert!(!holds("https://graph.microsoft.com:8443/base/v1.0"));
    }
}
