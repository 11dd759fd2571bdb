//! The commands, run as processes.

mod fault;
mod files;
mod journal;
mod log;
mod serve;

use std::path::Path;

use assert_cmd::Command;

use crate::common::PATIENCE;

/// The binary in a folder, without any settings of this machine.
pub fn idouble(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("IDOUBLE_") {
            command.env_remove(name);
        }
    }
    command.args(args).current_dir(folder).timeout(PATIENCE);
    command
}

/// What a command printed, and its exit code.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
#[track_caller]
pub fn output(mut command: Command) -> Output {
    let output = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    let code = output.status.code().expect("it ends by itself");
    Output { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}
