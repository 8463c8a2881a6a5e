//! How long a message takes to understand: typical ones, silent ones, long ones.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
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

criterion_group!(benches, understanding);
criterion_main!(benches);
