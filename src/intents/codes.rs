//! Codes that people paste: bounces (`5.1.8`) and sign-ins (`AADSTS50053`), and what they mean.

use std::ops::Range;

use serde::Serialize;

use super::IntentId;

/// A code that stands in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeHit {
    /// The code, as `5.1.8` or `50053`.
    pub code: String,
    /// Where it stands.
    pub span: Range<usize>,
    /// The scenario that answers it, where it is a lockout.
    pub intent: Option<IntentId>,
}

impl CodeHit {
    /// What the code means.
    pub fn meaning(&self, _language: &crate::language::Language) -> String {
        String::new()
    }
}

/// The codes in a text.
pub fn find(_text: &str) -> Vec<CodeHit> {
    Vec::new()
}
