//! The real binary, run as a user runs it.

mod answers;
mod blame;
mod diagnose;
mod fit;
mod interrupted;
mod options;
mod progress;
mod refusals;
mod runner;
mod targets;
