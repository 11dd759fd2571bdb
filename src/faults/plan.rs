//! What happens to one request, at four points of its life.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};

use crate::domain::ApiError;
use crate::wire::{Reply, Response};

/// The header that names the rule in a faulted reply.
pub const FAULT_HEADER: HeaderName = HeaderName::from_static("x-idouble-fault");

/// What happens to one request. The empty plan does nothing.
#[derive(Default, Debug)]
pub struct Plan {
    hit: Option<Box<Hit>>,
}

/// The rule that fired, and what it does.
#[derive(Debug)]
pub(super) struct Hit {
    /// The rule's id.
    pub(super) id: Arc<str>,
    pub(super) delay: Duration,
    pub(super) error: Option<ApiError>,
    pub(super) commit: bool,
    pub(super) status: Option<StatusCode>,
    /// Whether the reply keeps quiet about the rule.
    pub(super) pure: bool,
    /// Whether the client is told the error; with `commit`, the operation's own refusal may stand.
    pub(super) told: AtomicBool,
}

impl Plan {
    pub(super) fn of(hit: Hit) -> Self {
        Self { hit: Some(Box::new(hit)) }
    }

    /// The id of the rule that fired, for journal and log.
    pub fn rule(&self) -> Option<&str> {
        self.hit.as_ref().map(|hit| &*hit.id)
    }

    /// Hook 1: delays. Holds no lock; dropped with its connection.
    pub async fn wait(&self) {
        let delay = self.hit.as_ref().map_or(Duration::ZERO, |hit| hit.delay);
        // A sleep of zero costs a timer tick: a millisecond where the whole pipeline takes five µs.
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Hook 2: refuses before the operation runs.
    ///
    /// # Errors
    /// The fault.
    pub fn admit(&self) -> Result<(), ApiError> {
        match self.hit.as_deref() {
            Some(hit) if !hit.commit => hit.tell().map_or(Ok(()), Err),
            Some(_) | None => Ok(()),
        }
    }

    /// Hook 3: the operation ran; the client is told otherwise. Its own refusal stands.
    ///
    /// # Errors
    /// The operation's refusal, or the fault.
    pub fn overrule(&self, result: Result<Reply, ApiError>) -> Result<Reply, ApiError> {
        let reply = result?;
        match self.hit.as_deref() {
            Some(hit) if hit.commit => hit.tell().map_or(Ok(reply), Err),
            Some(_) | None => Ok(reply),
        }
    }

    /// Hook 4: the response on its way out. It names the rule that fired, even where the operation's
    /// own refusal stood.
    pub fn spoil(&self, mut response: Response) -> Response {
        let Some(hit) = self.hit.as_deref() else { return response };
        if let Some(status) = hit.status
            && hit.told.load(Ordering::Relaxed)
        {
            *response.status_mut() = status;
        }
        // An id that is no header value was refused when the rule was read.
        if let Ok(id) = HeaderValue::from_str(&hit.id)
            && !hit.pure
        {
            response.headers_mut().insert(FAULT_HEADER, id);
        }
        response
    }
}

impl Hit {
    fn tell(&self) -> Option<ApiError> {
        self.told.store(self.error.is_some(), Ordering::Relaxed);
        self.error.clone()
    }
}
