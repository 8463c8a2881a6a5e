//! The commands, one a file. Each gives an exit code: 0 fine, 1 found something wrong, 2 could not run.

pub mod archive;
pub mod audit;
pub mod check;
mod console;
pub mod demo;
pub mod doctor;
pub mod ecs;
pub mod evaluate;
pub mod explain;
pub mod freeze;
pub mod links;
pub mod manifest;
pub mod serve;
pub mod simulator;
