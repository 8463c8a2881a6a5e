//! Reading `examples/*.jsonl`: the messages of many writers with what a fair judge says about each, one JSON object a line.

use super::evaluate::Labelled;
use super::folder::Files;
use super::load::Example;
use super::{Fault, IntentId};

/// The folder that they stand in.
pub(super) const FOLDER: &str = "examples";

/// How right one of several fair answers is.
const VAGUE: f32 = 0.5;

/// The examples of every file, in the order of names and lines. A line that can't be read is a fault.
pub(super) fn examples(files: &Files, ids: &[IntentId], faults: &mut Vec<Fault>) -> Vec<Example> {
    let mut examples = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.split('/').next() == Some(FOLDER)) {
        let mut fault = |line: usize, what: String| {
            faults.push(Fault {
                file: path.clone(),
                line,
                what,
            });
        };
        if !path.ends_with(".jsonl") {
            fault(0, "is no file of labelled messages; name it `….jsonl`".to_owned());
            continue;
        }
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match serde_json::from_str::<Labelled>(line)
                .map_err(|why| why.to_string())
                .and_then(|label| truth(&label, ids).map(|truth| (label.text, truth)))
            {
                Ok((text, truth)) => examples.push(Example {
                    text,
                    truth,
                    file: path.clone(),
                    line: at + 1,
                }),
                Err(why) => fault(
                    at + 1,
                    format!(
                        "{why}; write {{\"text\":…,\"intents\":[\"id\",…]}}, with no scenario for a message to be silent about"
                    ),
                ),
            }
        }
    }
    examples
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
