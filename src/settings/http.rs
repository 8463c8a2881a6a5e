//! `[http]`: the server that platforms and probes reach.

use std::net::{Ipv4Addr, SocketAddr};

use super::reader::Section;
use super::shape::{Key, Shape};

pub(super) const SHAPE: Shape = Shape {
    name: "http",
    keys: &[Key::text("listen")],
};

const DEFAULT_PORT: u16 = 8080;

/// `[http]`: the server that platforms and probes reach.
#[derive(Debug, Clone)]
pub struct Http {
    /// Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
}

pub(super) fn read(mut section: Section<'_>) -> Option<Http> {
    let Some(listen) = section.text("listen") else {
        return Some(Http {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
        });
    };
    match listen.value.parse() {
        Ok(listen) => Some(Http { listen }),
        Err(_) => {
            section.fault(
                &listen.place,
                "`http.listen` is no address: write an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080",
            );
            None
        }
    }
}
