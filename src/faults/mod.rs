//! Faults: rules that make chosen calls fail on purpose, in the wire form of either vendor.
//!
//! Knows operations and errors, and no dialect. This is a place holder: nothing fires yet.

use crate::domain::{ApiError, Timestamp};
use crate::wire::{Reply, Response, Subject};

/// The rules in force.
#[derive(Debug, Default)]
pub struct Faults {}

impl Faults {
    /// What happens to one request. `header` is the request's own `x-idouble-fault`.
    ///
    /// # Errors
    /// `Refused` where the header is wrong.
    pub fn plan(
        &self,
        _subject: &Subject<'_>,
        _header: Option<&str>,
        _now: Timestamp,
    ) -> Result<Plan, ApiError> {
        Ok(Plan {})
    }
}

/// What happens to one request, at four points of its life. The empty plan does nothing.
#[derive(Debug, Default)]
pub struct Plan {}

impl Plan {
    /// Hook 1: delays.
    pub async fn wait(&self) {}

    /// Hook 2: refuses before the operation runs.
    ///
    /// # Errors
    /// The fault.
    pub fn admit(&self) -> Result<(), ApiError> {
        Ok(())
    }

    /// Hook 3: the operation ran; the client is told otherwise. Its own refusal stands.
    ///
    /// # Errors
    /// The operation's refusal, or the fault.
    pub fn overrule(&self, result: Result<Reply, ApiError>) -> Result<Reply, ApiError> {
        result
    }

    /// Hook 4: the response on its way out.
    pub fn spoil(&self, response: Response) -> Response {
        response
    }
}
