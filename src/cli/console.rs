//! What commands share that change the store: opening it, and naming whoever runs them.

use std::path::Path;

use time::OffsetDateTime;

use super::audit::store_url;
use crate::chat::{Identity, Platform};
use crate::settings::Draft;
use crate::store::Store;
use crate::store::audit::{Detail, Entry, Event};

/// Opens a store that exists: a wrong name must not make a new one, whose switch nobody looks at.
pub async fn open(config: Option<&Path>, store: Option<&str>) -> anyhow::Result<Store> {
    let (url, anchor) = match store {
        Some(url) => (url.to_owned(), None),
        None => (store_url(config)?, Draft::load(config).audit().anchor),
    };
    Store::open_existing(&url).await?.close().await;
    let store = Store::open(&url).await?;
    Ok(match anchor {
        Some(anchor) => store.with_anchor(&anchor),
        None => store,
    })
}

/// Whoever may run commands here is named by their account on this machine.
pub fn entry(at: OffsetDateTime, event: Event, note: &str) -> Entry {
    let named = |variable: &str| std::env::var(variable).ok().filter(|name| !name.is_empty());
    Entry {
        at,
        event,
        who: Identity {
            platform: Platform::Console,
            scope: named("HOSTNAME").unwrap_or_else(|| "localhost".to_owned()),
            user: named("SUDO_USER")
                .or_else(|| named("USER"))
                .unwrap_or_else(|| "unknown".to_owned()),
        },
        who_entra: None,
        action: None,
        target: None,
        operation: format!("console-{}", at.unix_timestamp_nanos()),
        note: note.to_owned(),
        detail: Detail::default(),
    }
}
