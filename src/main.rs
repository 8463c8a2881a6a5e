//! The command line of Latchkey.

fn main() {}
