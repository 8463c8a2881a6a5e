//! The tenant service layer on the wire, against a strict stand-in and against the practice tenant.

mod fake;
mod people;

mod exchange;
mod finding;
mod reads;
mod retries;
mod tokens;
mod writes;
