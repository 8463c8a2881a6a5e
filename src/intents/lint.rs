//! What a writer should look at in files that are valid: patterns that never fit or that fit another scenario better,
//! scenarios that nothing reaches, examples that their own scenario does not win, missing translations.

use std::collections::BTreeSet;

use super::pattern::Says;
use super::reading::read;
use super::{Catalogue, Decision, Fault};
use crate::chat::Addressed;

/// How many examples must speak for another scenario before a pattern is said to overlap.
const OVERLAP: usize = 6;

impl Catalogue {
    /// Everything worth a look, in the order of the files. None of it keeps the catalogue from working.
    pub fn lint(&self) -> Vec<Fault> {
        let mut faults = self.inner.loaded.lacks.clone();
        self.lint_examples(&mut faults);
        self.lint_patterns(&mut faults);
        faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        faults
    }

    fn lint_examples(&self, faults: &mut Vec<Fault>) {
        let mut reached = BTreeSet::new();
        for example in self.inner.loaded.examples.iter().filter(|e| !e.truth.is_empty()) {
            let decision = self.understand(&example.text, Addressed::Directly, None).decision;
            let ids = match &decision {
                Decision::Answer(ids) | Decision::Clarify(ids) => ids.as_slice(),
                Decision::Silent => &[],
            };
            let own: Vec<_> = example.truth.iter().map(|(s, _)| &self.inner.ids[*s]).collect();
            if matches!(decision, Decision::Answer(_)) {
                reached.extend(ids.iter().cloned());
            }
            if !ids.iter().any(|id| own.contains(&id)) {
                let got: Vec<String> = ids.iter().map(ToString::to_string).collect();
                let got = if got.is_empty() {
                    "nothing".to_owned()
                } else {
                    got.join(", ")
                };
                let what = format!(
                    "the example `{}` is understood as {got}; add examples or patterns like it",
                    example.text.replace('\n', " ⏎ ")
                );
                faults.push(Fault {
                    file: example.file.to_string(),
                    line: example.line,
                    what,
                });
            }
        }
        for id in self.inner.ids.iter().filter(|id| !reached.contains(*id)) {
            let what = "no example is answered with this scenario; give it examples".to_owned();
            faults.push(Fault {
                file: format!("{id}/en.toml"),
                line: 0,
                what,
            });
        }
    }

    fn lint_patterns(&self, faults: &mut Vec<Fault>) {
        let loaded = &self.inner.loaded;
        let count = loaded.patterns.written.len();
        let mut own = vec![0usize; count];
        let mut others = vec![vec![0usize; self.inner.ids.len()]; count];
        for example in &loaded.examples {
            for hit in loaded.patterns.hits(&read(&loaded.lexicon, &example.text)) {
                let hit = hit.pattern;
                let Says::Scenario(scenario) = loaded.patterns.written[hit].says else {
                    own[hit] += 1;
                    continue;
                };
                if example.truth.iter().any(|(s, _)| *s == scenario) {
                    own[hit] += 1;
                } else {
                    example.truth.iter().for_each(|(s, _)| others[hit][*s] += 1);
                }
            }
        }
        for (i, written) in loaded.patterns.written.iter().enumerate() {
            let fault = |what| Fault {
                file: written.file.clone(),
                line: written.line,
                what,
            };
            if own[i] == 0 {
                let what = format!(
                    "the pattern `{}` fits no example; mend it, remove it, or add an example",
                    written.text
                );
                faults.push(fault(what));
            }
            let rival = (0..self.inner.ids.len()).max_by_key(|s| others[i][*s]);
            if let Some(rival) = rival.filter(|s| others[i][*s] >= OVERLAP && others[i][*s] > own[i]) {
                let what = format!(
                    "the pattern `{}` fits more examples of {} than its own; make it narrower",
                    written.text, self.inner.ids[rival]
                );
                faults.push(fault(what));
            }
        }
    }
}
