//! Why an emulator or one of its guards could not be made.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::auth::AccessKeyError;
use crate::domain::{SnapshotError, StoreError};
use crate::faults::RuleError;
use crate::file_error::FileError;

/// Why an emulator, a store, a snapshot or a fault could not be made.
///
/// ```
/// use idouble::{Emulator, Error};
///
/// let error = Emulator::builder().fixture("missing.toml").start().err();
/// assert!(matches!(error, Some(Error::Fixture(_))));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules in the configuration file are invalid.
    #[error("{0}")]
    File(FileError),
    /// A fixture or the state file is invalid.
    #[error("{0}")]
    Fixture(FileError),
    /// A fault rule is invalid.
    #[error("{0}")]
    Fault(FileError),
    /// The fault rules contradict each other.
    #[error("{0}")]
    Rules(RuleError),
    /// An access key is invalid.
    #[error("{0}")]
    AccessKey(#[from] AccessKeyError),
    /// The text is not a time.
    #[error("{0:?} is not a time such as 2030-01-01T00:00:00Z")]
    Clock(String),
    /// Another program listens on the address.
    #[error("{0} is taken; choose another port, or 0 for a free one")]
    PortTaken(SocketAddr),
    /// The operating system does not let the server listen on the address.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// Other machines reach the server, and the control API has no token.
    #[error(
        "host {0} lets other machines use the control API: set --control-token or the variable \
         IDOUBLE_CONTROL_TOKEN to a secret of your choice"
    )]
    NoControlToken(IpAddr),
    /// The certificate cannot be read or made.
    #[error("TLS: {0}")]
    Tls(String),
    /// The files of the credentials cannot be written.
    #[error("cannot write the credentials to {0}: {1}")]
    Credentials(PathBuf, io::Error),
    /// There is no such store, or no room for another one.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The name of a snapshot is invalid, or there is no room for another one.
    #[error("{0}")]
    Snapshot(#[from] SnapshotError),
    /// The operating system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}
