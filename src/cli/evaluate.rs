//! `latchkey evaluate`: scores understanding against labelled messages.

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::explain::{catalogue, print_faults};
use crate::chat::Addressed;
use crate::intents::evaluate::{Labelled, Report, Tally, Verdict, cross_validate, evaluate};

/// How many wrong lines are shown to a person.
const WORST: usize = 40;

/// Arguments of `latchkey evaluate`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Labelled messages, one JSON object a line: {"text":…,"intents":["id",…],"lang":…}
    #[arg(value_name = "FILE.jsonl", required = true)]
    pub files: Vec<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// Read every message as said in a channel where the bot only listens; without it, as said to the bot
    #[arg(long)]
    pub ambient: bool,
    /// Read each message in the setting that its line names
    #[arg(long, conflicts_with = "ambient")]
    pub settings: bool,
    /// Read each of so many parts of the lines with an understanding that was not taught them, though they are examples
    #[arg(long, value_name = "PARTS", value_parser = clap::value_parser!(u8).range(2..=50))]
    pub cross_validate: Option<u8>,
    /// A folder with intents; without it, the built-in ones
    #[arg(long, value_name = "DIR")]
    pub intents: Option<PathBuf>,
}

/// Scores and prints.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let catalogue = match catalogue(arguments.intents.as_deref()) {
        Ok(catalogue) => catalogue,
        Err(faults) => return Ok(print_faults(&faults)),
    };
    let mut lines = Vec::new();
    for file in &arguments.files {
        let open = std::fs::File::open(file).with_context(|| format!("{} can't be read", file.display()))?;
        read(BufReader::new(open), &mut lines).with_context(|| file.display().to_string())?;
    }
    let addressed = match (arguments.settings, arguments.ambient) {
        (true, _) => None,
        (false, true) => Some(Addressed::Ambient),
        (false, false) => Some(Addressed::Directly),
    };
    let report = match arguments.cross_validate {
        Some(parts) => cross_validate(&catalogue, &lines, usize::from(parts), &[addressed])
            .pop()
            .unwrap_or_default(),
        None => evaluate(&catalogue, &lines, addressed),
    };
    let mut out = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        print(&report, &mut out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads labelled lines; a line that is none is an error that names it.
pub fn read(input: impl BufRead, lines: &mut Vec<Labelled>) -> anyhow::Result<()> {
    for (number, line) in input.lines().enumerate() {
        let line = line.with_context(|| format!("line {} is not UTF-8", number + 1))?;
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(&line) {
            Ok(labelled) => lines.push(labelled),
            Err(why) => bail!("line {} is no labelled message: {why}", number + 1),
        }
    }
    Ok(())
}

fn row(out: &mut impl Write, name: &str, tally: &Tally) -> io::Result<()> {
    let percent = |verdicts: &[Verdict]| format!("{:6.1}%", tally.share(verdicts) * 100.0);
    writeln!(
        out,
        "{name:<24}{:>7}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}",
        tally.messages,
        percent(&[Verdict::Right]),
        percent(&[Verdict::RightQuestion]),
        percent(&[Verdict::Half]),
        percent(&[Verdict::Missed]),
        percent(&[Verdict::WrongQuestion]),
        percent(&[Verdict::Wrong, Verdict::FalseAnswer]),
    )
}

/// Writes a report for a person.
pub fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<24}{:>7}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "", "count", "right", "asked", "half", "missed", "misask", "wrong"
    )?;
    row(out, "requests", &report.requests)?;
    row(out, "  not vague", &report.clear)?;
    row(out, "nothing to answer", &report.near_misses)?;
    row(out, "language", &report.language)?;
    for (title, table) in [
        ("spelling", &report.by_spelling),
        ("intent", &report.by_intent),
        ("kind", &report.by_kind),
    ] {
        writeln!(out, "\nby {title}")?;
        for (name, tally) in table {
            row(out, &format!("  {name}"), tally)?;
        }
    }
    writeln!(out, "\nexpected → decided")?;
    for (expected, decided) in &report.confusion {
        for (got, count) in decided {
            writeln!(out, "{count:>6}  {expected} → {got}")?;
        }
    }
    writeln!(out, "\nworst lines")?;
    for miss in report.worst.iter().take(WORST) {
        let text: String = miss
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(160)
            .collect();
        writeln!(
            out,
            "{:?} {:.2}  [{}] → {}\n    {text}",
            miss.verdict,
            miss.score,
            miss.expected.join(", "),
            miss.got
        )?;
    }
    Ok(())
}
