//! The anchor: a file outside the store to which the head of the audit trail is appended after each record. Whoever
//! rewrites the store, or puts back an older copy of it, would have to rewrite that file as well: keep it where Latchkey may
//! append and nobody may change, or ship it elsewhere.

use std::path::Path;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;

use super::Store;
use super::audit::Record;

impl Store {
    /// From now on, the head of the trail is appended to this file after each record.
    #[must_use]
    pub fn with_anchor(mut self, file: &Path) -> Self {
        self.anchor = Some(Arc::from(file));
        self
    }

    /// Appends the head. The record stands in the store already: a file that can't be written is reported, and the lines
    /// that it lacks don't make a trail wrong.
    pub(super) async fn anchored(&self, record: &Record) {
        let Some(file) = &self.anchor else { return };
        if let Err(error) = append(file, &format!("{}:{}\n", record.sequence, record.hash)).await {
            tracing::error!(error = %error, "the head of the audit trail could not be written to the anchor");
        }
    }
}

async fn append(file: &Path, line: &str) -> std::io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(file).await?;
    file.write_all(line.as_bytes()).await?;
    file.sync_data().await
}
