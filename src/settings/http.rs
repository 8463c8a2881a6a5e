//! `[http]`: the server that platforms and probes reach.

use std::net::{Ipv4Addr, SocketAddr};

use url::Url;

use super::development::LoopbackHttp;
use super::reader::Section;
use super::shape::{Key, Shape};
use super::values;

pub(super) const SHAPE: Shape = Shape {
    name: "http",
    keys: &[Key::text("listen"), Key::text("public_url")],
};

const DEFAULT_PORT: u16 = 8080;

/// `[http]`: the server that platforms and probes reach.
#[derive(Debug, Clone)]
pub struct Http {
    /// Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// The https address under which platforms and browsers reach it, where there is one.
    pub public_url: Option<Url>,
}

pub(super) fn read(mut section: Section<'_>, loopback: LoopbackHttp) -> Option<Http> {
    // Both are read before one is given up, so that every fault is reported.
    let listen = listen(&mut section);
    let public_url = public_url(&mut section, loopback);
    Some(Http {
        listen: listen?,
        public_url: public_url?,
    })
}

/// `None` is a fault; `Some(None)` that there is none.
#[allow(clippy::option_option, reason = "two things can be missing here")]
fn public_url(section: &mut Section<'_>, loopback: LoopbackHttp) -> Option<Option<Url>> {
    if !section.is_set("public_url") {
        return Some(None);
    }
    let text = section.text("public_url")?;
    match values::service_url(&text.value, loopback) {
        Ok(mut url) => {
            // What is joined to it goes below it.
            if !url.path().ends_with('/') {
                url.set_path(&format!("{}/", url.path()));
            }
            Some(Some(url))
        }
        Err(why) => {
            section.fault(&text.place, format!("`http.public_url` {why}"));
            None
        }
    }
}

fn listen(section: &mut Section<'_>) -> Option<SocketAddr> {
    let Some(listen) = section.text("listen") else {
        return Some(SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)));
    };
    match listen.value.parse() {
        Ok(listen) => Some(listen),
        Err(_) => {
            section.fault(
                &listen.place,
                "`http.listen` is no address: write an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080",
            );
            None
        }
    }
}
