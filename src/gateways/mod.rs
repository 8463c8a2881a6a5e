//! The chat platforms. Each verifies what comes in, turns it into the shared vocabulary, acknowledges, and renders what
//! goes out. None decides anything, and none knows another.

pub mod playground;
