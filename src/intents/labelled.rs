//! Reading `examples/*.jsonl`: the messages of many writers with what a fair judge says about each, one JSON object a line.

use std::sync::Arc;

use super::evaluate::Labelled;
use super::folder::Files;
use super::load::Example;
use super::parallel::{parts, side_by_side};
use super::{Fault, IntentId};

/// The folder that they stand in.
pub(super) const FOLDER: &str = "examples";

/// How right one of several fair answers is.
const VAGUE: f32 = 0.5;

/// The examples of every file, in the order of names and lines. A line that can't be read is a fault.
pub(super) fn examples(files: &Files, ids: &[IntentId], faults: &mut Vec<Fault>) -> Vec<Example> {
    let mut lines: Vec<(Arc<str>, usize, &str)> = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.split('/').next() == Some(FOLDER)) {
        if !path.ends_with(".jsonl") {
            faults.push(Fault {
                file: path.clone(),
                line: 0,
                what: "is no file of labelled messages; name it `….jsonl`".to_owned(),
            });
            continue;
        }
        let file: Arc<str> = Arc::from(path.as_str());
        let written = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines.extend(written.map(|(at, line)| (Arc::clone(&file), at, line)));
    }
    let read = side_by_side(
        parts(&lines, |(_, _, line)| line.len()),
        |part| -> Vec<Result<Example, Fault>> {
            part.iter()
                .map(|(file, at, line)| example(file, *at, line, ids))
                .collect()
        },
    );
    let mut examples = Vec::with_capacity(lines.len());
    for example in read.into_iter().flatten() {
        match example {
            Ok(example) => examples.push(example),
            Err(fault) => faults.push(fault),
        }
    }
    examples
}

/// Reads a line.
fn example(file: &Arc<str>, line: usize, text: &str, ids: &[IntentId]) -> Result<Example, Fault> {
    let label = serde_json::from_str::<Labelled>(text).map_err(|why| why.to_string());
    let read = label.and_then(|label| Ok((truth(&label, ids)?, label.text)));
    match read {
        Ok((truth, text)) => Ok(Example {
            text,
            truth,
            file: Arc::clone(file),
            line,
        }),
        Err(why) => Err(Fault {
            file: file.to_string(),
            line,
            what: format!(
                "{why}; write {{\"text\":…,\"intents\":[\"id\",…]}}, with no scenario for a message to be silent about"
            ),
        }),
    }
}

/// The scenarios that a label names, by number, each with how right it is.
fn truth(label: &Labelled, ids: &[IntentId]) -> Result<Vec<(usize, f32)>, String> {
    let right = if label.is_vague() { VAGUE } else { 1.0 };
    let number = |name: &String| {
        let found = ids.iter().position(|id| id.0 == *name);
        found
            .map(|at| (at, right))
            .ok_or_else(|| format!("there is no scenario `{name}`"))
    };
    label.intents.iter().map(number).collect()
}
