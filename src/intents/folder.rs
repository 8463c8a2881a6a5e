//! Where the files of a catalogue come from: the copy inside the binary, or a folder.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::Fault;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/intents");

/// The files of a catalogue: relative path with `/` → text.
pub(super) type Files = BTreeMap<String, String>;

/// The files that were built in.
pub(super) fn embedded() -> Files {
    let mut files = Files::new();
    let mut dirs = vec![&EMBEDDED];
    while let Some(dir) = dirs.pop() {
        dirs.extend(dir.dirs());
        for file in dir.files() {
            if let Some(text) = file.contents_utf8() {
                files.insert(file.path().to_string_lossy().replace('\\', "/"), text.to_owned());
            }
        }
    }
    files
}

/// The files of a folder, two levels deep. Hidden files and folders (as a mounted ConfigMap has) are passed over.
pub(super) fn read(folder: &Path, faults: &mut Vec<Fault>) -> Files {
    let mut files = Files::new();
    read_into(folder, "", &mut files, faults);
    if files.is_empty() && faults.is_empty() {
        faults.push(Fault {
            file: folder.display().to_string(),
            line: 0,
            what: "the folder holds no intents; name the folder that holds `words/` and a folder for each scenario"
                .into(),
        });
    }
    files
}

fn read_into(folder: &Path, prefix: &str, files: &mut Files, faults: &mut Vec<Fault>) {
    let fault = |file: String, error: std::io::Error| Fault {
        file,
        line: 0,
        what: format!("cannot be read: {error}; check that it exists and may be read"),
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return faults.push(fault(folder.display().to_string(), error)),
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        let relative = format!("{prefix}{name}");
        if path.is_dir() {
            if prefix.matches('/').count() < 2 {
                read_into(&path, &format!("{relative}/"), files, faults);
            }
            continue;
        }
        if !matches!(
            path.extension().and_then(|e| e.to_str()),
            Some("toml" | "md" | "ftl" | "jsonl")
        ) {
            continue;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                files.insert(relative, text);
            }
            Err(error) => faults.push(fault(relative, error)),
        }
    }
}
