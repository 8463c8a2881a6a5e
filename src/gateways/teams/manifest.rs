//! The app package: what Teams must know of the bot, as a zip that an administrator uploads.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::settings::TeamsSettings;

const MANIFEST: &str = include_str!("../../../deploy/teams/manifest.json");
const COLOR: &[u8] = include_bytes!("../../../deploy/teams/color.png");
const OUTLINE: &[u8] = include_bytes!("../../../deploy/teams/outline.png");

/// The manifest of this bot.
pub fn manifest(settings: &TeamsSettings) -> serde_json::Result<Value> {
    let mut manifest: Value = serde_json::from_str(MANIFEST)?;
    let app = json!(settings.app_id);
    manifest["id"] = app.clone();
    manifest["bots"][0]["botId"] = app.clone();
    manifest["webApplicationInfo"]["id"] = app;
    Ok(manifest)
}

/// The package of this bot.
pub fn package(settings: &TeamsSettings) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let manifest = serde_json::to_vec_pretty(&manifest(settings)?)?;
    // Teams looks for all three at the top of the archive.
    for (name, content) in [
        ("manifest.json", manifest.as_slice()),
        ("color.png", COLOR),
        ("outline.png", OUTLINE),
    ] {
        zip.start_file(name, options)?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}
