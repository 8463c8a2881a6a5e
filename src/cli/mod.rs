//! The commands, one a file. Each gives an exit code: 0 fine, 1 found something wrong, 2 could not run.

pub mod audit;
pub mod check;
pub mod demo;
pub mod doctor;
pub mod manifest;
pub mod serve;
pub mod links;
pub mod simulator;
pub mod ecs;
pub mod explain;
pub mod freeze;
pub mod evaluate;
