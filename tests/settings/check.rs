//! What `latchkey check` looks at, and what it says.

use std::path::{Path, PathBuf};
use std::process::Command;

use latchkey::cli::check::{self, Arguments, Report};
use latchkey::settings::Draft;

use super::{Desk, SIMULATED, leave_home};

fn examine(config: Option<&Path>, intents: Option<&Path>, variables: &[(&str, &str)]) -> Report {
    let arguments = Arguments {
        config: config.map(Path::to_owned),
        intents: intents.map(Path::to_owned),
    };
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    check::examine(&arguments, &Draft::read(config, variables))
}

fn built_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("intents")
}

#[test]
fn without_settings_only_intents_are_looked_at() {
    leave_home();
    let report = examine(None, None, &[]);
    assert_eq!(report.faults, Vec::<String>::new());
    assert!(report.notes[0].contains("none to check"), "{report:?}");
    assert!(report.notes[1].contains("7 scenarios in the binary"), "{report:?}");
}

#[test]
fn variables_alone_are_settings() {
    leave_home();
    let report = examine(None, None, &[("LATCHKEY__TENANT__SIMULATED", "maybe")]);
    assert!(
        report.faults[0].starts_with("LATCHKEY__TENANT__SIMULATED: "),
        "{report:?}"
    );
}

#[test]
fn settings_and_the_intents_that_they_name_are_looked_at() {
    let desk = Desk::new();
    let intents = built_in();
    let text = format!(
        "{SIMULATED}[intents]\nfolder = \"{}\"\nlanguages = [\"el\", \"en-GB\"]",
        intents.display()
    );
    let config = desk.file("latchkey.toml", text);
    let report = examine(Some(&config), None, &[]);
    assert_eq!(report.faults, Vec::<String>::new());
    assert_eq!(report.notes[0], "Settings: fine");
    assert!(
        report.notes[1].starts_with("Access: nobody can do anything"),
        "{report:?}"
    );
    assert!(
        report.notes[2].ends_with(&format!("scenarios in {}", intents.display())),
        "{report:?}"
    );
}

#[test]
fn faults_of_settings_and_of_intents_are_named_at_once() {
    let desk = Desk::new();
    let folder = desk.folder.path().join("intents");
    std::fs::create_dir_all(folder.join("no-mail")).unwrap();
    std::fs::write(folder.join("no-mail/intent.toml"), "# A comment, then a fault.\nid =\n").unwrap();
    let text = format!(
        "[intents]\nfolder = \"{}\"\nlanguages = [\"xx\"]\n[http]\nlisten = \"x\"",
        folder.display()
    );
    let config = desk.file("latchkey.toml", text);
    let named = |report: &Report, what: &str| report.faults.iter().any(|fault| fault.contains(what));
    let report = examine(Some(&config), None, &[]);
    assert!(
        named(&report, "latchkey.toml:5: `http.listen`") && named(&report, "no tenant is named"),
        "{report:?}"
    );
    assert!(
        named(&report, &format!("{}/no-mail/intent.toml:2: ", folder.display())),
        "{report:?}"
    );
    // Intents that are fine show that nobody has written in the language that is asked for.
    let report = examine(Some(&config), Some(&built_in()), &[]);
    assert!(
        named(&report, "latchkey.toml:3: `intents.languages` names `xx`"),
        "{report:?}"
    );
}

#[test]
fn a_writer_is_told_of_a_pattern_that_fits_nothing_and_nothing_is_broken_by_it() {
    let desk = Desk::new();
    let folder = desk.folder.path().join("intents");
    copy(&built_in(), &folder);
    let file = folder.join("account-locked/en.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replacen("patterns = [", "patterns = [\n    \"a penguin is late\",", 1);
    let line = 1 + text.lines().position(|line| line.contains("a penguin")).unwrap();
    std::fs::write(&file, text).unwrap();
    let report = examine(None, Some(&folder), &[]);
    assert_eq!(report.faults, Vec::<String>::new());
    let hint = report
        .hints
        .iter()
        .find(|hint| hint.contains("a penguin is late"))
        .unwrap();
    assert!(hint.contains(&format!("account-locked/en.toml:{line}: ")), "{hint}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_folder_that_is_not_there_is_a_fault_of_the_settings() {
    let desk = Desk::new();
    let config = desk.file(
        "latchkey.toml",
        format!("{SIMULATED}[intents]\nfolder = \"/no/such/folder\""),
    );
    let report = examine(Some(&config), None, &[]);
    assert_eq!(report.faults.len(), 1, "{report:?}");
    assert!(
        report.faults[0].contains("latchkey.toml:4: `intents.folder` names no folder"),
        "{report:?}"
    );
}

#[test]
fn what_is_not_there_can_not_be_checked() {
    let config = Some(PathBuf::from("/no/such.toml"));
    assert!(check::run(Arguments { config, intents: None }).is_err());
    let intents = Some(PathBuf::from("/no/such/folder"));
    assert!(check::run(Arguments { config: None, intents }).is_err());
}

/// The program itself, in a folder where there is no latchkey.toml.
fn program(desk: &Desk, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    let output = command
        .arg("check")
        .args(words)
        .current_dir(desk.folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_program_tells_faults_from_what_it_can_not_do() {
    let desk = Desk::new();
    let (code, out, _) = program(&desk, &[]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("none to check"), "{out}");

    desk.file("latchkey.toml", "[tenant]\nsimulated = 1\n[htp]\n");
    let (code, out, errors) = program(&desk, &[]);
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains("latchkey.toml:2: `tenant.simulated` is a number: write true or false"),
        "{out}"
    );
    assert!(out.contains("latchkey.toml:3: there is no section `htp`"), "{out}");
    assert!(errors.contains("2 faults found"), "{errors}");

    desk.file("latchkey.toml", SIMULATED);
    assert_eq!(program(&desk, &["--config", "latchkey.toml"]).0, Some(0));
    assert_eq!(program(&desk, &["--config", "gone.toml"]).0, Some(2));
    assert_eq!(program(&desk, &["--intents", "gone"]).0, Some(2));
}
