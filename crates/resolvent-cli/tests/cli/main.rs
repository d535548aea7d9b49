//! The real binary, run as a user runs it.

mod answers;
mod refusals;
mod runner;
