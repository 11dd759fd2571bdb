//! The requests that an emulator received.

use std::fmt;
use std::sync::Arc;

use crate::journal::{EntryView, Expectation, Journal};

/// The requests that an emulator received, up to the limits of its journal.
///
/// ```
/// let emulator = idouble::Emulator::start()?;
/// // The tested code calls `emulator.endpoint()`.
/// for request in emulator.journal().requests() {
///     println!("{}", request.line());
/// }
/// assert_eq!(emulator.journal().clear(), 0);
/// # Ok::<(), idouble::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct EmulatorJournal<'a>(pub(super) &'a Arc<Journal>);

impl EmulatorJournal<'_> {
    /// Expects requests from now on: `aws:UpdateUser`, `*:CreateUser` and `huawei:*`; `UpdateUser` is an
    /// operation of any cloud. The expectation is checked when it is dropped, or by
    /// [`Expectation::verify`].
    ///
    /// ```
    /// use std::io::{Read as _, Write as _};
    ///
    /// let emulator = idouble::Emulator::builder().start()?;
    /// let listed = emulator.journal().expect_request("huawei:ListUsers").with("status", "200").times(1);
    /// // The tested code; here it is one request.
    /// let mut client = std::net::TcpStream::connect(("127.0.0.1", emulator.port()))?;
    /// client.write_all(b"GET /v1/identity-stores/d-1234567890/users HTTP/1.0\r\n\r\n")?;
    /// client.read_to_string(&mut String::new())?;
    /// assert_eq!(listed.count(), 1);
    /// listed.verify()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// An expectation that is not met says which requests came, and which of them came nearest:
    ///
    /// ```should_panic
    /// let emulator = idouble::Emulator::builder().start()?;
    /// let _updated = emulator.journal().expect_request("aws:UpdateUser").at_least(1);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Panics
    /// If there is no such cloud or operation.
    #[track_caller]
    pub fn expect_request(&self, call: &str) -> Expectation {
        self.0.expect_request(call)
    }

    /// The requests, oldest first. Secrets are hidden.
    pub fn requests(&self) -> Vec<EntryView> {
        self.0.entries().iter().map(|entry| self.0.show(entry)).collect()
    }

    /// Removes all requests and returns their number.
    pub fn clear(&self) -> usize {
        self.0.clear()
    }
}

impl fmt::Debug for EmulatorJournal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.requests().iter().map(EntryView::line)).finish()
    }
}
