//! How long a message takes to understand: typical ones, silent ones, long ones; and how that grows with the length of a
//! message and with the number of scenarios.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use latchkey::chat::Addressed;
use latchkey::intents::Catalogue;

fn understanding(c: &mut Criterion) {
    let Ok(catalogue) = Catalogue::embedded() else { return };
    let messages = [
        (
            "ordinary talk",
            "see you at lunch, the report is on the share".to_owned(),
        ),
        ("english", "I forgot my password, can somebody reset it?".to_owned()),
        (
            "greek",
            "δεν μπορώ να στείλω mail από το πρωί, γυρίζουν πίσω".to_owned(),
        ),
        (
            "greeklish",
            "den mporw na steilw mail apo to prwi, girizoun pisw".to_owned(),
        ),
        ("one kilobyte", "my mails come back since this morning. ".repeat(26)),
        ("one megabyte", "my mails come back since this morning. ".repeat(26_000)),
    ];
    let mut group = c.benchmark_group("understand");
    for (name, text) in &messages {
        group.bench_function(*name, |b| {
            b.iter(|| catalogue.understand(black_box(text), Addressed::Ambient, None))
        });
    }
    group.finish();
}

fn growth(c: &mut Criterion) {
    let Ok(catalogue) = Catalogue::embedded() else { return };
    let mut group = c.benchmark_group("growth with length");
    for count in [1usize, 4, 16, 64, 256] {
        let text = "δεν μπορώ να στείλω mail από το πρωί. ".repeat(count);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| catalogue.understand(black_box(&text), Addressed::Directly, None))
        });
    }
    group.finish();
    let mut group = c.benchmark_group("growth with scenarios");
    for copies in [1usize, 2, 4, 8] {
        let Some(catalogue) = multiplied(copies) else { continue };
        group.bench_function(BenchmarkId::from_parameter(catalogue.scenarios().count()), |b| {
            let text = "δεν μπορώ να στείλω mail από το πρωί, γυρίζουν πίσω";
            b.iter(|| catalogue.understand(black_box(text), Addressed::Directly, None))
        });
    }
    group.finish();
}

/// The built-in intents with every scenario so many times.
fn multiplied(copies: usize) -> Option<Catalogue> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("intents");
    let folder = tempfile::tempdir().ok()?;
    for entry in std::fs::read_dir(source).ok()?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let times = if ["words", "interface", "examples"].contains(&name.as_str()) {
            1
        } else {
            copies
        };
        for copy in 0..times {
            let named = if copy == 0 {
                name.clone()
            } else {
                format!("{name}-{copy}")
            };
            let target = folder.path().join(&named);
            std::fs::create_dir_all(&target).ok()?;
            for file in std::fs::read_dir(entry.path()).ok()?.flatten() {
                let text = std::fs::read_to_string(file.path()).ok()?;
                let text = text.replacen(&format!("id = \"{name}\""), &format!("id = \"{named}\""), 1);
                std::fs::write(target.join(file.file_name()), text).ok()?;
            }
        }
    }
    Catalogue::load(folder.path()).ok()
}

criterion_group!(benches, understanding, growth);
criterion_main!(benches);
