//! The binary: arguments, configuration, run.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
