//! Reloads a folder of intents when it changes. A folder with faults is reported and the last good one stays in use.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

use super::Catalogue;

/// Editors and mounted folders change many files at once: wait until it is quiet.
const QUIET: Duration = Duration::from_millis(500);

/// Watches for as long as it lives.
pub struct Watcher(#[allow(dead_code, reason = "held for its Drop")] Debouncer<RecommendedWatcher, RecommendedCache>);

impl Watcher {
    /// Watches `folder` itself, because mounted folders swap the links in it, and puts each good reading into `shared`.
    pub fn start(folder: &Path, shared: Arc<ArcSwap<Catalogue>>) -> Result<Self, notify_debouncer_full::notify::Error> {
        let watched = folder.to_owned();
        let on_change = move |result: DebounceEventResult| match result {
            Ok(_) => reload(&watched, &shared),
            Err(errors) => tracing::error!(errors = ?errors, "the intents can't be watched"),
        };
        let mut debouncer = new_debouncer(QUIET, None, on_change)?;
        debouncer.watch(folder, RecursiveMode::Recursive)?;
        Ok(Self(debouncer))
    }
}

/// Reads the folder and, where it has no fault, puts it to use.
fn reload(folder: &Path, shared: &ArcSwap<Catalogue>) {
    match Catalogue::load(folder) {
        Ok(catalogue) => {
            shared.store(Arc::new(catalogue));
            tracing::info!(intents.folder = %folder.display(), "the intents were reloaded");
        }
        Err(faults) => {
            for fault in &faults {
                tracing::error!(intents.fault = %fault, "the changed intents have a fault, so the last good ones stay in use");
            }
        }
    }
}
