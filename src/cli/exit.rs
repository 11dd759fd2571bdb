//! Exit codes, and the error that ends a command.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use idouble::Error;
use idouble::internal::file_error::FileError;

/// The commands that `-h` leaves out, and the exit codes, as `--help` lists them.
pub(super) const MORE_HELP: &str = "\
More commands:
  healthcheck  Check whether a running server is ready
  generate     Write a realistic directory of any size
  schema       Print the JSON Schema of a kind of file
  completions  Print a completion script for a shell
  man          Print the manual page

Exit codes:
  0  success
  1  internal error, or no server
  2  invalid usage
  3  invalid configuration, fixture or rule file
  4  unmet verdict or expectation
  5  port in use";

/// The exit code of the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    Success = 0,
    Internal = 1,
    Usage = 2,
    File = 3,
    Verdict = 4,
    PortInUse = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed: its exit code, and the message for the user.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }

    pub(super) fn internal(message: impl fmt::Display) -> Self {
        Self::new(Exit::Internal, message)
    }

    /// An error of reading or writing a file.
    pub(super) fn file(file: &Path, error: &io::Error) -> Self {
        Self::internal(format_args!("{}: {error}", file.display()))
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::new(Exit::File, error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error {
            Error::File(_) | Error::Fixture(_) | Error::Rules(_) => Exit::File,
            Error::AccessKey(_) | Error::Tls(_) => Exit::File,
            Error::Fault(_) | Error::Clock(_) | Error::NoControlToken(_) => Exit::Usage,
            Error::PortTaken(_) => Exit::PortInUse,
            _ => Exit::Internal,
        };
        Self::new(exit, error)
    }
}
