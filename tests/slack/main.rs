//! The Slack gateway over a fake Slack: the stories of every platform in both of Slack's ways, the wire, and what is
//! rendered.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod common;
#[path = "../conformance/mod.rs"]
mod conformance;
mod doctor;
mod fake;
mod heard;
mod http;
mod load;
mod outages;
mod parts;
mod private;
mod render;
mod socket;
mod stage;

mod by_socket {
    //! The stories with Socket Mode.
    crate::conformance!(crate::stage::SlackStage<crate::stage::Socket>);
}

mod by_http {
    //! The stories with Slack's requests.
    crate::conformance!(crate::stage::SlackStage<crate::stage::Http>);
}
