//! `[store]`: where Latchkey keeps what must outlive a restart.

use super::reader::Section;
use super::shape::{Key, Shape};

pub(super) const SHAPE: Shape = Shape {
    name: "store",
    keys: &[Key::text("url")],
};

const DEFAULT: &str = "sqlite://latchkey.sqlite";

/// `[store]`
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Default `sqlite://latchkey.sqlite`.
    pub url: String,
}

pub(super) fn read(mut section: Section<'_>) -> Option<StoreSettings> {
    let Some(url) = section.text("url") else {
        return Some(StoreSettings {
            url: DEFAULT.to_owned(),
        });
    };
    let file = url.value.strip_prefix("sqlite://");
    let is_file = file.is_some_and(|path| !path.is_empty() && path != ":memory:" && !path.contains(['?', '#', '\0']));
    if is_file || url.value == "sqlite::memory:" {
        return Some(StoreSettings { url: url.value });
    }
    // The address is not repeated: one of another database holds a password.
    section.fault(
        &url.place,
        "`store.url` names no store: write sqlite://FILE (sqlite:///FOLDER/FILE from the root), or sqlite::memory: to keep nothing",
    );
    None
}
