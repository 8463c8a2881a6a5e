//! How a gateway is, as `/health` shows it.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use time::OffsetDateTime;

/// How a gateway is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "why", rename_all = "kebab-case")]
pub enum Condition {
    /// It has not been heard of yet.
    Starting,
    /// Connected, or ready to be called.
    Up,
    /// Not connected, and trying again.
    Troubled(String),
    /// Given up, until somebody mends what is said here.
    Down(String),
}

/// The condition of one gateway. Cheap to clone; all clones tell the same.
#[derive(Debug, Clone)]
pub struct Health(Arc<Mutex<(Condition, OffsetDateTime)>>);

/// A condition, and since when it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How it is.
    #[serde(flatten)]
    pub condition: Condition,
    /// Since when, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((Condition::Starting, OffsetDateTime::now_utc()))))
    }
}

impl Health {
    /// It works.
    pub fn up(&self) {
        self.set(Condition::Up);
    }

    /// It does not work now, and is trying again.
    pub fn troubled(&self, why: impl Into<String>) {
        self.set(Condition::Troubled(why.into()));
    }

    /// It won't work until somebody does something.
    pub fn down(&self, why: impl Into<String>) {
        self.set(Condition::Down(why.into()));
    }

    /// How it is, and since when.
    pub fn report(&self) -> Report {
        let (condition, since) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Report { condition, since }
    }

    fn set(&self, condition: Condition) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 != condition {
            *held = (condition, OffsetDateTime::now_utc());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_tells_why_and_keeps_its_beginning() {
        let health = Health::default();
        health.troubled("no network");
        let first = health.report();
        health.troubled("no network");
        assert_eq!(health.report(), first);
        let json = serde_json::to_value(first).unwrap();
        assert_eq!(json["state"], "troubled");
        assert_eq!(json["why"], "no network");
        health.up();
        assert_eq!(serde_json::to_value(health.report()).unwrap()["state"], "up");
    }
}
