//! The doctor's findings as a table for people.

use std::fmt::Write;

use crate::examination::{Examined, Found};

/// The table, and below it what mends what is not right.
pub fn table(seen: &[Examined]) -> String {
    let width = |of: fn(&Examined) -> usize| seen.iter().map(of).max().unwrap_or(0);
    let area = width(|seen| seen.area.chars().count());
    let what = width(|seen| seen.what.chars().count());
    let mut text = String::new();
    for seen in seen {
        let (state, detail) = state(&seen.found);
        let told: Vec<&str> = [detail, seen.unlocks.as_str()]
            .into_iter()
            .filter(|told| !told.is_empty())
            .collect();
        let line = format!(
            "{state:<10}  {:<area$}  {:<what$}  {}",
            seen.area,
            seen.what,
            told.join(" · ")
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for seen in seen {
        if let Found::Missing { mend, .. } | Found::CantTell { mend, .. } = &seen.found {
            let _ = writeln!(text, "\n{} {}:\n  {mend}", seen.area, seen.what);
        }
    }
    text
}

fn state(found: &Found) -> (&'static str, &str) {
    match found {
        Found::Ok { detail } => ("ok", detail),
        Found::Missing { detail, .. } => ("missing", detail),
        Found::CantTell { detail, .. } => ("can't tell", detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_is_a_line_and_what_is_not_right_says_what_mends_it() {
        let seen = [
            Examined::ok("graph", "token", "it signs in"),
            Examined::missing("graph", "User.Read.All", "not granted", "Grant it").unlocking("finding accounts"),
            Examined::cant_tell("slack", "scopes", "no answer", "Look at the app's page"),
        ];
        let table = table(&seen);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "ok          graph  token          it signs in");
        assert_eq!(
            lines[1],
            "missing     graph  User.Read.All  not granted · finding accounts"
        );
        assert_eq!(lines[2], "can't tell  slack  scopes         no answer");
        assert_eq!(&lines[3..6], ["", "graph User.Read.All:", "  Grant it"]);
        assert_eq!(&lines[6..], ["", "slack scopes:", "  Look at the app's page"]);
    }
}
