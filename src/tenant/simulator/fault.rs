//! Switches that make the practice tenant fail as a real one does: which requests, how often, and how. Rules are
//! counted and tried in the order in which they were given, so a test can say exactly what happens.

use serde::{Deserialize, Serialize};

use super::call::Call;

/// Makes some requests fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Only requests with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose decoded path starts with this.
    #[serde(default)]
    pub path: Option<String>,
    /// Only Exchange calls of this cmdlet.
    #[serde(default)]
    pub cmdlet: Option<String>,
    /// How many matching requests pass first.
    #[serde(default)]
    pub skip: u32,
    /// How many then fail.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    pub fault: Fault,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// 429, with `Retry-After` in seconds where one is given. Nothing is done.
    Throttled {
        /// Seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Another status (503, 500, 403 …), with `Retry-After` where one is given. Nothing is done.
    Status {
        /// The status.
        status: u16,
        /// Seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The Exchange gateway answers 400 with this exception (`ServerBusyException` and the like). Nothing is done.
    Exception {
        /// Its name.
        exception: String,
    },
    /// The request waits before it is done.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// The request is done at once, and the answer waits.
    LateAnswer {
        /// How long.
        milliseconds: u64,
    },
    /// The connection is closed, and nothing is done.
    DropBefore,
    /// The request is done, and the connection is closed without an answer.
    DropAfter,
    /// The request is done, and the connection is closed in the middle of the answer (for an answer without a body:
    /// before it).
    Truncated,
    /// The write is done, and the next reads of what it changed still show the state before it.
    ReplicationLag {
        /// How many reads.
        reads: u32,
    },
}

impl FaultRule {
    /// A rule for the next request, whatever it is.
    pub fn new(fault: Fault) -> Self {
        Self {
            method: None,
            path: None,
            cmdlet: None,
            skip: 0,
            times: once(),
            fault,
        }
    }

    /// Only for this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only for paths that start with this (decoded, as in `/v1.0/users/maria@contoso.com`).
    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.path = Some(prefix.to_owned());
        self
    }

    /// Only for this cmdlet.
    #[must_use]
    pub fn cmdlet(mut self, name: &str) -> Self {
        self.cmdlet = Some(name.to_owned());
        self
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Fails this many matching requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, call: &Call, cmdlet: Option<&str>) -> bool {
        let same = |wanted: &Option<String>, is: Option<&str>| match wanted {
            None => true,
            Some(wanted) => is.is_some_and(|is| is.eq_ignore_ascii_case(wanted)),
        };
        self.times > 0
            && same(&self.method, Some(call.method.as_str()))
            && same(&self.cmdlet, cmdlet)
            && self.path.as_ref().is_none_or(|prefix| call.path.starts_with(prefix))
    }
}

impl Fault {
    /// Its name, for the log of requests.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Status { .. } => "status",
            Self::Exception { .. } => "exception",
            Self::Delay { .. } => "delay",
            Self::LateAnswer { .. } => "late-answer",
            Self::DropBefore => "drop-before",
            Self::DropAfter => "drop-after",
            Self::Truncated => "truncated",
            Self::ReplicationLag { .. } => "replication-lag",
        }
    }
}

/// Counts the first rule that matches and takes its fault, if it is due.
pub(super) fn take(rules: &mut Vec<FaultRule>, call: &Call) -> Option<Fault> {
    let cmdlet = call.cmdlet();
    let index = rules.iter().position(|rule| rule.matches(call, cmdlet.as_deref()))?;
    let rule = &mut rules[index];
    if rule.skip > 0 {
        rule.skip -= 1;
        return None;
    }
    let fault = rule.fault.clone();
    rule.times = rule.times.saturating_sub(1);
    if rule.times == 0 {
        rules.remove(index);
    }
    Some(fault)
}

fn once() -> u32 {
    1
}
