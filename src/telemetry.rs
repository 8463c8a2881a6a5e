//! Logs: on standard error, for people on a terminal and as JSON elsewhere.
//!
//! `LATCHKEY_LOG` filters them (`debug`, or `info,latchkey::gateways=debug`; default `info`), and `LATCHKEY_LOG_FORMAT` is
//! `text` or `json` where the guess is wrong.

use std::io::IsTerminal;

use tracing::{Level, warn};
use tracing_subscriber::EnvFilter;

const FILTER: &str = "LATCHKEY_LOG";
const FORMAT: &str = "LATCHKEY_LOG_FORMAT";

/// Libraries that log what people write, or tokens, and whose failures are logged where they are used.
const SILENCED: [&str; 1] = ["serenity=off"];

/// Starts logging. What is wrong in the environment is logged, and the default stands in its place. In a process that
/// logs already, nothing happens.
pub fn start() {
    let terminal = std::io::stderr().is_terminal();
    let (filter, filter_wrong) = filter(variable(FILTER).as_deref());
    let (format, format_wrong) = format(
        variable(FORMAT).as_deref(),
        if terminal { Format::Text } else { Format::Json },
    );
    let builder = tracing_subscriber::fmt()
        .with_env_filter(SILENCED.iter().fold(filter, |filter, target| match target.parse() {
            Ok(directive) => filter.add_directive(directive),
            Err(_) => filter,
        }))
        .with_writer(std::io::stderr);
    let started = match format {
        Format::Text => builder.with_ansi(terminal && variable("NO_COLOR").is_none()).try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
    if started.is_ok() {
        for what in [filter_wrong, format_wrong].into_iter().flatten() {
            warn!("{what}");
        }
    }
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The filter, and what is wrong with the one that was asked for.
fn filter(asked: Option<&str>) -> (EnvFilter, Option<String>) {
    let usual = || EnvFilter::default().add_directive(Level::INFO.into());
    match asked.map(EnvFilter::try_new) {
        None => (usual(), None),
        Some(Ok(filter)) => (filter, None),
        Some(Err(why)) => (
            usual(),
            Some(format!("{FILTER} can't be read ({why}): logging at info")),
        ),
    }
}

/// The format, and what is wrong with the one that was asked for.
fn format(asked: Option<&str>, usual: Format) -> (Format, Option<String>) {
    match asked {
        None => (usual, None),
        Some("text") => (Format::Text, None),
        Some("json") => (Format::Json, None),
        Some(_) => (usual, Some(format!("{FORMAT} is neither `text` nor `json`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_decides_the_format_unless_the_environment_does() {
        assert_eq!(format(None, Format::Text), (Format::Text, None));
        assert_eq!(format(None, Format::Json), (Format::Json, None));
        assert_eq!(format(Some("json"), Format::Text), (Format::Json, None));
        assert_eq!(format(Some("text"), Format::Json), (Format::Text, None));
    }

    #[test]
    fn what_can_not_be_read_is_said_and_changes_nothing() {
        let (format, wrong) = format(Some("yaml"), Format::Json);
        assert_eq!(format, Format::Json);
        assert!(wrong.is_some_and(|wrong| wrong.contains("LATCHKEY_LOG_FORMAT")));
        let (filter, wrong) = filter(Some("latchkey=loud"));
        assert_eq!(filter.to_string(), "info");
        assert!(wrong.is_some_and(|wrong| wrong.contains("LATCHKEY_LOG ")));
    }

    #[test]
    fn the_filter_is_info_unless_another_is_asked_for() {
        assert_eq!(filter(None).0.to_string(), "info");
        assert_eq!(filter(Some("latchkey=debug")).0.to_string(), "latchkey=debug");
    }
}
