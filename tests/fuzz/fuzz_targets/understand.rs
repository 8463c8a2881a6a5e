//! Understanding: never panics, and says the same of the same message.

#![no_main]

use latchkey::chat::Addressed;
use latchkey::intents::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(catalogue) = Catalogue::embedded() else {
        panic!("the built-in intents have faults");
    };
    for addressed in [Addressed::Directly, Addressed::Ambient] {
        let once = catalogue.understand(text, addressed, None);
        assert_eq!(once, catalogue.understand(text, addressed, None));
    }
});
