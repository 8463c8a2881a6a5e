//! The Slack gateway over a fake Slack: the stories of every platform in both of Slack's ways, the wire, and what is
//! rendered.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

#[path = "../conformance/mod.rs"]
mod conformance;
mod fake;
mod load;
mod render;
mod stage;
mod wire;

mod by_socket {
    //! The stories with Socket Mode.
    crate::conformance!(crate::stage::SlackStage<crate::stage::Socket>);
}

mod by_http {
    //! The stories with Slack's requests.
    crate::conformance!(crate::stage::SlackStage<crate::stage::Http>);
}
