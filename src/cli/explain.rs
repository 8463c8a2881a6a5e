//! `latchkey explain`: shows how a message is understood, for people and, line by line, for programs.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::chat::Addressed;
use crate::intents::{Catalogue, Decision, Fault, IntentId, Understanding};
use crate::language::Language;

/// The longest line that is read as JSON; a longer one is answered with an error.
const MAX_LINE: usize = 4 << 20;

/// Arguments of `latchkey explain`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The message
    #[arg(required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pub text: Option<String>,
    /// The language that the person prefers; decides only where the message does not
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
    /// Understand it as said in a channel where the bot only listens
    #[arg(long)]
    pub ambient: bool,
    /// Read one JSON object {"text":…} a line from standard input, print one decision a line
    #[arg(long)]
    pub jsonl: bool,
    /// A folder with intents; without it, the built-in ones
    #[arg(long, value_name = "DIR")]
    pub intents: Option<PathBuf>,
}

/// Explains one message, or every line of standard input.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let catalogue = match catalogue(arguments.intents.as_deref()) {
        Ok(catalogue) => catalogue,
        Err(faults) => return Ok(print_faults(&faults)),
    };
    let addressed = if arguments.ambient {
        Addressed::Ambient
    } else {
        Addressed::Directly
    };
    let preferred = arguments.lang.as_deref().map(Language::new);
    let stdout = io::stdout();
    match arguments.text {
        Some(text) => {
            explain(&catalogue, &text, addressed, preferred.as_ref(), &mut stdout.lock())?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let ended = explain_lines(
                &catalogue,
                io::stdin().lock(),
                stdout.lock(),
                (addressed, preferred.as_ref()),
            );
            match ended {
                // Whoever reads has heard enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
                ended => {
                    ended?;
                    Ok(ExitCode::SUCCESS)
                }
            }
        }
    }
}

/// The catalogue of a folder, or the built-in one.
pub(super) fn catalogue(folder: Option<&std::path::Path>) -> Result<Catalogue, Vec<Fault>> {
    match folder {
        Some(folder) => Catalogue::load(folder),
        None => Catalogue::embedded(),
    }
}

/// Prints why a catalogue can't be used; the exit code is that of something that could not run.
pub(super) fn print_faults(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        eprintln!("{}:{}: {}", fault.file, fault.line, fault.what);
    }
    ExitCode::from(2)
}

/// Writes for a person how a message is understood.
pub fn explain(
    catalogue: &Catalogue,
    text: &str,
    addressed: Addressed,
    preferred: Option<&Language>,
    out: &mut impl Write,
) -> io::Result<()> {
    let understood = catalogue.understand(text, addressed, preferred);
    writeln!(out, "language  {}", understood.language)?;
    writeln!(out, "folded    {}", understood.folded)?;
    for line in underlined(text, &understood) {
        writeln!(out, "          {line}")?;
    }
    for account in &understood.accounts {
        writeln!(out, "account   {account}")?;
    }
    for name in &understood.named {
        writeln!(out, "named     {}", one_line(name))?;
    }
    for code in &understood.codes {
        let means = code.meaning(&understood.language);
        writeln!(out, "code      {}  {means}", code.code)?;
    }
    for found in &understood.matches {
        let words: Vec<String> = found
            .evidence
            .iter()
            .map(|e| format!("\u{201c}{}\u{201d}", one_line(e)))
            .collect();
        writeln!(out, "match     {:.3}  {}  {}", found.score, found.id, words.join(", "))?;
    }
    writeln!(out, "asks      {:.3}", understood.asks)?;
    if !understood.signs.is_empty() {
        writeln!(out, "signs     {}", understood.signs.join(", "))?;
    }
    let ids = |ids: &[IntentId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match &understood.decision {
        Decision::Answer(answered) => writeln!(out, "decision  answer: {}", ids(answered)),
        Decision::Clarify(choices) => writeln!(out, "decision  ask which: {}", ids(choices)),
        Decision::Silent => writeln!(out, "decision  say nothing (when addressed, say what can be asked)"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each line of the message, and below it marks under what matched.
fn underlined(text: &str, understood: &Understanding) -> Vec<String> {
    let mut marked = vec![false; text.len() + 1];
    for evidence in understood.matches.iter().flat_map(|m| &m.evidence) {
        if let Some(at) = text.find(evidence.as_str()) {
            marked[at..at + evidence.len()].fill(true);
        }
    }
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split('\n').take(40) {
        let marks: String = line
            .char_indices()
            .map(|(i, _)| if marked[at + i] { '^' } else { ' ' })
            .collect();
        lines.push(line.trim_end_matches('\r').to_owned());
        if marks.contains('^') {
            lines.push(marks.trim_end().to_owned());
        }
        at += line.len() + 1;
    }
    lines
}

/// Answers each line of `input` with one line of `out`, in order, and never stops at a bad one.
pub fn explain_lines(
    catalogue: &Catalogue,
    mut input: impl BufRead,
    mut out: impl Write,
    (addressed, preferred): (Addressed, Option<&Language>),
) -> io::Result<()> {
    let mut line = Vec::new();
    while let Some(whole) = next_line(&mut input, &mut line)? {
        if line.iter().all(u8::is_ascii_whitespace) && whole {
            continue;
        }
        let answer = if whole {
            decide(catalogue, &line, (addressed, preferred))
        } else {
            error(&format!("the line is longer than {MAX_LINE} bytes"))
        };
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    out.flush()
}

/// Reads a line without its end; `Some(false)` when it was too long and the rest of it was dropped.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut any, mut whole) = (false, true);
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = chunk.iter().position(|b| *b == b'\n');
        let taken = end.unwrap_or(chunk.len());
        if line.len() + taken > MAX_LINE {
            whole = false;
            line.clear();
        }
        if whole {
            line.extend_from_slice(&chunk[..taken]);
        }
        input.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

fn error(why: &str) -> Value {
    json!({ "error": why })
}

fn decide(catalogue: &Catalogue, line: &[u8], (addressed, preferred): (Addressed, Option<&Language>)) -> Value {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let object: Map<String, Value> = match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return error("the line is no JSON object; write {\"text\":\"…\"}"),
        Err(why) => return error(&format!("the line is no JSON: {why}")),
    };
    let text = match object.get("text") {
        Some(Value::String(text)) => text,
        Some(_) => return error("`text` must be a string"),
        None => return error("the object has no `text`"),
    };
    let addressed = match object.get("ambient").and_then(Value::as_bool) {
        Some(true) => Addressed::Ambient,
        Some(false) => Addressed::Directly,
        None => addressed,
    };
    let said = object.get("preferred").and_then(Value::as_str).map(Language::new);
    let understood = catalogue.understand(text, addressed, said.as_ref().or(preferred));
    as_json(&understood)
}

fn as_json(understood: &Understanding) -> Value {
    let score = |id: &IntentId| understood.matches.iter().find(|m| m.id == *id).map_or(0.0, |m| m.score);
    let (decision, ids): (&str, &[IntentId]) = match &understood.decision {
        Decision::Answer(ids) => ("answer", ids),
        Decision::Clarify(ids) => ("clarify", ids),
        Decision::Silent => ("silent", &[]),
    };
    let intents: Vec<Value> = ids.iter().map(|id| json!({ "id": id.0, "score": score(id) })).collect();
    let others: Vec<Value> = understood
        .matches
        .iter()
        .filter(|m| !ids.contains(&m.id))
        .map(|m| json!({ "id": m.id.0, "score": m.score }))
        .collect();
    json!({
        "decision": decision,
        "intents": intents,
        "language": understood.language.tag(),
        "accounts": understood.accounts,
        "named": understood.named,
        "codes": understood.codes.iter().map(|c| &c.code).collect::<Vec<_>>(),
        "candidates": others,
        "asks": understood.asks,
    })
}
