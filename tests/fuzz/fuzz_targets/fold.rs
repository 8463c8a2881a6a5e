//! Folding: never panics, its spans lie in the text, folding its result changes nothing, and its cost is linear.

#![no_main]

use latchkey::language::fold::fold;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let once = fold(text);
    assert_eq!(fold(&once.text).text, once.text);
    assert!(once.tokens.iter().all(|token| text.get(token.span.clone()).is_some()));
    assert!(once.steps <= text.len() + 8 * once.tokens.len() + 8);
});
