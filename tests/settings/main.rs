//! What settings are taken, and that every fault is named at its place with the way to mend it.

#![allow(clippy::unwrap_used)]

mod access;
mod credential;
mod check;
mod discord;
mod example;
mod faults;
mod link;
mod slack;
mod teams;
mod values;

use std::path::PathBuf;
use std::sync::LazyLock;

use latchkey::settings::{RealTenant, Settings, SettingsFault, TenantSettings};

const TENANT: &str = "[tenant]\nid = \"5F0C9A7E-4a3b-4f0e-9d37-0a4f5b8e2c11\"\n\
                      client_id = \"0b7b3f2c-93a4-4d0c-8a53-d1f0b9f0a6e2\"\nclient_secret = \"canary~secret\"\n";
const SIMULATED: &str = "[tenant]\nsimulated = true\n";

/// A folder with a settings file in it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

fn read_with(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Vec<SettingsFault>> {
    let desk = Desk::new();
    let path = desk.file("latchkey.toml", text);
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let read = Settings::read(Some(&path), variables);
    let folder = format!("{}/", desk.folder.path().display());
    read.map_err(|faults| {
        faults
            .into_iter()
            .map(|fault| SettingsFault {
                file: fault.file.replace(&folder, ""),
                ..fault
            })
            .collect()
    })
}

fn read(text: &str) -> Result<Settings, Vec<SettingsFault>> {
    read_with(text, &[])
}

fn faults_with(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let faults = read_with(text, variables).unwrap_err();
    let shown: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(!shown.join("\n").contains("canary"), "a secret is shown: {shown:#?}");
    shown
}

fn faults(text: &str) -> Vec<String> {
    faults_with(text, &[])
}

/// The only fault of a text that is otherwise whole.
fn fault(text: &str) -> String {
    let mut faults = faults(text);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.remove(0)
}

fn real(settings: Settings) -> RealTenant {
    match settings.tenant {
        TenantSettings::Real(tenant) => tenant,
        TenantSettings::Simulated => panic!("this is the practice tenant"),
    }
}

/// Goes where there is no `latchkey.toml`: whoever works on Latchkey may have one of their own beside the sources.
fn leave_home() {
    static AWAY: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let away = tempfile::tempdir().unwrap();
        std::env::set_current_dir(away.path()).unwrap();
        away
    });
    assert!(AWAY.path().is_dir());
}
