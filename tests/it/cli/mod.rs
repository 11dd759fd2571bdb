//! The commands, run as processes.

mod fault;
mod files;
mod journal;
mod log;
mod serve;
