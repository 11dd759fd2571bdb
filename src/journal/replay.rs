//! Requests that are sent again from their entries.

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderName, HeaderValue};

use crate::dialect::{Dialect, Request};
use crate::domain::{ApiError, TooLarge};

use super::{Bodies, Journal, JournalEntry};

/// The session of the request, as clients may send it.
const SESSION: HeaderName = HeaderName::from_static("x-idouble-session");

/// The names of the errors of requests whose body did not arrive whole.
const INCOMPLETE: [&str; 2] =
    [ApiError::TooLarge(TooLarge::Body).name(), ApiError::BodyTimeout.name()];

/// Why a request cannot be sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotReplayable {
    /// It is no request of an operation that is served.
    #[error("it is not a request of an operation that this server has")]
    UnknownOperation,
    /// The journal keeps no bodies.
    #[error("the journal keeps no bodies; start idouble with --journal-bodies full")]
    BodiesOff,
    /// Its bodies were dropped.
    #[error("its bodies were too large for the journal")]
    Stripped,
    /// Its body did not arrive whole.
    #[error("its body did not arrive whole")]
    Incomplete,
    /// It needs credentials, which are not recorded.
    #[error("its credentials are not recorded")]
    Credentials,
    /// Its target or session cannot be sent.
    #[error("its target or its session is not valid HTTP")]
    Malformed,
}

impl Journal {
    /// The recorded request, to be sent again: method, target, session and body of the recorded one, and the headers
    /// that its operation needs. `host` is the `Host` header.
    ///
    /// # Errors
    /// Why it cannot be sent again.
    pub fn replay_request(
        &self,
        entry: &JournalEntry,
        host: Option<&HeaderValue>,
    ) -> Result<Request, NotReplayable> {
        let dialect = self.dialect_of(entry).ok_or(NotReplayable::UnknownOperation)?;
        let operation = entry.operation.ok_or(NotReplayable::UnknownOperation)?;
        if self.settings.bodies == Bodies::Off {
            return Err(NotReplayable::BodiesOff);
        }
        if entry.stripped {
            return Err(NotReplayable::Stripped);
        }
        if entry.kind.is_some_and(|kind| INCOMPLETE.contains(&kind)) {
            return Err(NotReplayable::Incomplete);
        }
        let route = dialect.routes().iter().find(|route| route.operation == operation);
        let route = route.ok_or(NotReplayable::UnknownOperation)?;
        let headers = dialect.replay_headers(route).ok_or(NotReplayable::Credentials)?;
        let mut request = http::Request::builder().method(&entry.method).uri(entry.target());
        if let Some(session) = entry.session() {
            request = request.header(SESSION, session);
        }
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let request = request.body(()).map_err(|_| NotReplayable::Malformed)?;
        let mut head = request.into_parts().0;
        head.headers.extend(headers);
        Ok(Request::new(head, Bytes::copy_from_slice(entry.request())))
    }

    /// The dialect of an entry.
    pub fn dialect_of(&self, entry: &JournalEntry) -> Option<&dyn Dialect> {
        self.index(entry).map(|index| self.dialects[index].as_ref())
    }
}
