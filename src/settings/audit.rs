//! `[audit]`: where the head of the audit trail is noted outside the store.

use std::path::PathBuf;

use super::reader::Section;
use super::shape::{Key, Shape};

pub(super) const SHAPE: Shape = Shape {
    name: "audit",
    keys: &[Key::text("anchor")],
};

/// `[audit]`
#[derive(Debug, Clone, Default)]
pub struct AuditSettings {
    /// A file to which the head is appended after each record.
    pub anchor: Option<PathBuf>,
}

pub(super) fn read(mut section: Section<'_>) -> AuditSettings {
    AuditSettings {
        anchor: section.text("anchor").map(|found| PathBuf::from(found.value)),
    }
}
