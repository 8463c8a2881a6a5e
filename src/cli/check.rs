//! `latchkey check`: validates settings and intents, and names every fault at once.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use crate::access::Access;
use crate::intents::{Catalogue, Fault};
use crate::language::Language;
use crate::settings::{DEFAULT_FILE, Draft, IntentSettings, SettingsFault};

/// Arguments of `latchkey check`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    /// The settings file; without it, latchkey.toml in the current folder (if there is one) and the environment
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A folder with intents; without it, the one that the settings name, or else the built-in ones
    #[arg(long, value_name = "DIR")]
    pub intents: Option<PathBuf>,
}

/// Prints what was found: 0 fine, 1 faults. What can't be looked at at all is an error.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if let Some(file) = arguments
        .config
        .as_deref()
        .filter(|file| !file.exists() || file.is_dir())
    {
        bail!("there is no settings file {}", file.display());
    }
    if let Some(folder) = arguments.intents.as_deref().filter(|folder| !folder.is_dir()) {
        bail!("there is no folder {}", folder.display());
    }
    let report = examine(&arguments, &Draft::load(arguments.config.as_deref()));
    for note in &report.notes {
        println!("{note}");
    }
    for fault in &report.faults {
        println!("{fault}");
    }
    if !report.hints.is_empty() {
        println!("Worth a look, though nothing is broken ({}):", report.hints.len());
    }
    for hint in &report.hints {
        println!("  {hint}");
    }
    match report.faults.len() {
        0 => Ok(ExitCode::SUCCESS),
        count => {
            eprintln!("{count} fault{} found", if count == 1 { "" } else { "s" });
            Ok(ExitCode::from(1))
        }
    }
}

/// What was looked at, and what is wrong.
#[derive(Debug, Default)]
pub struct Report {
    /// What was looked at, a line each.
    pub notes: Vec<String>,
    /// `file:line: what, and how to mend it`, in order.
    pub faults: Vec<String>,
    /// What a writer of intents may want to improve, in the same form. No fault.
    pub hints: Vec<String>,
}

/// Looks at the settings, and at the intents that would be used.
pub fn examine(arguments: &Arguments, draft: &Draft) -> Report {
    let mut report = Report::default();
    if draft.is_blank() {
        report.notes.push(format!(
            "Settings: none to check; there is no {DEFAULT_FILE} here, and --config names another file"
        ));
    } else {
        match draft.settings() {
            Ok(settings) => {
                report.notes.push("Settings: fine".to_owned());
                if let Ok(access) = Access::new(&settings.access) {
                    report.notes.extend(access.sentences());
                }
            }
            Err(faults) => report.faults.extend(faults.iter().map(ToString::to_string)),
        }
    }
    let wanted = draft.intents();
    match catalogue(arguments, wanted.as_ref(), draft) {
        Ok((source, catalogue)) => {
            // Nobody can mend what is built in, so it gets no hints.
            if let Some(folder) = folder_of(arguments, wanted.as_ref()) {
                report.hints = shown(catalogue.lint(), folder);
            }
            let unknown = wanted
                .map(|wanted| unwritten(&wanted, &catalogue, draft))
                .unwrap_or_default();
            report.notes.push(format!(
                "Intents: {} scenarios in {source}",
                catalogue.scenarios().count()
            ));
            report.faults.extend(unknown.iter().map(ToString::to_string));
        }
        Err(faults) => report.faults.extend(faults),
    }
    report
}

/// Loads the intents that would be used. Their faults are given with the folder in front of the file.
fn catalogue(
    arguments: &Arguments,
    wanted: Option<&IntentSettings>,
    draft: &Draft,
) -> Result<(String, Catalogue), Vec<String>> {
    let folder = match folder_of(arguments, wanted) {
        Some(folder) if !folder.is_dir() => {
            let what =
                "`intents.folder` names no folder: check the name, or take the line out for the built-in intents";
            return Err(vec![draft.fault("intents.folder", what).to_string()]);
        }
        Some(folder) => folder,
        None => {
            return match Catalogue::embedded() {
                Ok(catalogue) => Ok(("the binary".to_owned(), catalogue)),
                Err(faults) => Err(shown(faults, Path::new("intents"))),
            };
        }
    };
    match Catalogue::load(folder) {
        Ok(catalogue) => Ok((folder.display().to_string(), catalogue)),
        Err(faults) => Err(shown(faults, folder)),
    }
}

/// The folder that is looked at: the one on the command line, else the settings'; `None` for the built-in intents.
fn folder_of<'a>(arguments: &'a Arguments, wanted: Option<&'a IntentSettings>) -> Option<&'a Path> {
    let named = wanted.and_then(|wanted| wanted.folder.as_deref());
    arguments.intents.as_deref().or(named)
}

fn shown(mut faults: Vec<Fault>, folder: &Path) -> Vec<String> {
    faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    faults
        .into_iter()
        .map(|fault| SettingsFault {
            file: folder.join(fault.file).display().to_string(),
            line: fault.line,
            what: fault.what,
        })
        .map(|fault| fault.to_string())
        .collect()
}

/// Languages that the settings ask for and nobody has written.
fn unwritten(wanted: &IntentSettings, catalogue: &Catalogue, draft: &Draft) -> Vec<SettingsFault> {
    let written = catalogue.languages();
    let known: Vec<_> = written.iter().map(|language| format!("`{language}`")).collect();
    wanted
        .languages
        .iter()
        .filter(|tag| !written.contains(&Language::new(tag)))
        .map(|tag| {
            let what = format!(
                "`intents.languages` names `{tag}`, in which there are no answers: there is {}",
                known.join(", ")
            );
            draft.fault("intents.languages", what)
        })
        .collect()
}
