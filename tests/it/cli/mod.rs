//! The commands, run as processes.

mod client;
mod env;
mod events;
mod fault;
mod files;
mod journal;
mod log;
mod memory;
pub mod process;
mod run;
mod serve;
mod state;
mod stores;
mod watch;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::common::PATIENCE;

/// The binary.
const BINARY: &str = env!("CARGO_BIN_EXE_idouble");

/// A folder with files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
    folder
}

/// The binary in a folder, without any settings of this machine.
pub fn command(folder: &Path, args: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(BINARY);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("IDOUBLE_") {
            command.env_remove(name);
        }
    }
    command.args(args).current_dir(folder);
    command
}

/// The same for a command that ends by itself.
pub fn idouble(folder: &Path, args: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::from_std(command(folder, args));
    command.timeout(PATIENCE);
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
pub fn output(mut command: assert_cmd::Command) -> Output {
    let output = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    let code = output.status.code().expect("it ends by itself");
    Output { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs a command that succeeds and prints no error. Returns what it prints.
#[track_caller]
fn success(folder: &Path, args: &[&str]) -> String {
    let output = output(idouble(folder, args));
    assert_eq!((output.code, &*output.stderr), (0, ""), "{args:?}");
    output.stdout
}

/// Runs a command that fails and prints only an error. Returns the error, without `error: `.
#[track_caller]
fn failure(folder: &Path, args: &[&str], code: i32) -> String {
    let output = output(idouble(folder, args));
    assert_eq!((output.code, &*output.stdout), (code, ""), "{args:?}: {}", output.stderr);
    output.stderr.strip_prefix("error: ").expect("an error").trim_end().to_owned()
}
