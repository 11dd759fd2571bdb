//! What happens to one request, at four points of its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value as Json;

use crate::dialect::{ErrorMembers, Response};
use crate::domain::{ApiError, Outcome, Staleness};

use super::effect::{Effect, header_text};
use super::effects::FaultedResponse;

/// The header that names the rule in a faulted response.
pub const FAULT_HEADER: HeaderName = HeaderName::from_static("x-idouble-fault");

/// What happens to one request. The empty plan does nothing.
#[derive(Default, Debug)]
pub struct Plan {
    hit: Option<Box<Hit>>,
    /// The longest lag of a stale read that any rule causes, in milliseconds.
    retain_ms: u64,
}

/// The rule that fired, and what it does.
#[derive(Debug)]
pub(super) struct Hit {
    /// The id of the rule.
    pub(super) id: Arc<str>,
    pub(super) effect: Arc<Effect>,
    pub(super) delay: Duration,
    /// The error of the effect.
    pub(super) error: Option<ApiError>,
    /// Omits the header [`FAULT_HEADER`].
    pub(super) is_wire_pure: bool,
    /// Whether the response is the fault's error. With `commit` it may be the operation's own error.
    pub(super) is_error_sent: AtomicBool,
}

impl Plan {
    pub(super) fn new(hit: Option<Hit>, retain_ms: u64) -> Self {
        Self { hit: hit.map(Box::new), retain_ms }
    }

    /// The id of the rule that fired, for journal and log.
    pub fn rule(&self) -> Option<&str> {
        self.hit.as_ref().map(|hit| &*hit.id)
    }

    /// Hook 1: delays. Holds no lock; dropped with its connection.
    pub async fn wait(&self) {
        // A sleep of zero costs a timer tick: a millisecond, while the whole pipeline takes 5 µs.
        if self.waits() {
            tokio::time::sleep(self.delay()).await;
        }
    }

    /// Whether there is a delay.
    pub fn waits(&self) -> bool {
        !self.delay().is_zero()
    }

    fn delay(&self) -> Duration {
        self.hit.as_ref().map_or(Duration::ZERO, |hit| hit.delay)
    }

    /// How far back the call reads, and how far back later calls may.
    pub fn lag(&self) -> Staleness {
        let stale = self.hit.as_ref().and_then(|hit| hit.effect.stale);
        Staleness { read_ms: stale.map_or(0, |stale| stale.as_millis()), retain_ms: self.retain_ms }
    }

    /// Hook 2: rejects before the operation runs.
    ///
    /// # Errors
    /// The fault.
    pub fn admit(&self) -> Result<(), ApiError> {
        match self.hit.as_deref() {
            Some(hit) if !hit.effect.commit => hit.send_error().map_or(Ok(()), Err),
            Some(_) | None => Ok(()),
        }
    }

    /// Hook 3: the operation ran, but the client gets the fault. An error of the operation itself stays.
    ///
    /// # Errors
    /// The operation's error, or the fault.
    pub fn overrule(&self, result: Result<Outcome, ApiError>) -> Result<Outcome, ApiError> {
        let outcome = result?;
        match self.hit.as_deref() {
            Some(hit) if hit.effect.commit => hit.send_error().map_or(Ok(outcome), Err),
            Some(_) | None => Ok(outcome),
        }
    }

    /// Hook 4: the response on its way out. It names the rule that fired, also if it is the operation's
    /// own error.
    ///
    /// # Errors
    /// The response that is not sent as it is.
    pub fn apply_wire_effects(
        &self,
        mut response: Response,
        members: &ErrorMembers,
    ) -> Result<Response, Box<FaultedResponse>> {
        let Some(hit) = self.hit.as_deref() else { return Ok(response) };
        let is_error_sent = hit.is_error_sent.load(Ordering::Relaxed);
        if is_error_sent {
            hit.override_error(&mut response, members);
        }
        // An id that is no header value was rejected when the rule was checked.
        if let Ok(id) = HeaderValue::from_str(&hit.id)
            && !hit.is_wire_pure
        {
            response.headers_mut().insert(FAULT_HEADER, id);
        }
        // With `commit`, an error of the operation itself is sent unchanged.
        if !hit.effect.changes_response() || (hit.effect.commit && !is_error_sent) {
            return Ok(response);
        }
        let mut faulted = FaultedResponse::new(response);
        hit.effect.apply_to(&mut faulted);
        if faulted.is_plain() { Ok(faulted.response) } else { Err(Box::new(faulted)) }
    }
}

impl Hit {
    /// The error that the client gets instead of the operation's result. If the client gets no response
    /// at all, this is `Unavailable`.
    fn send_error(&self) -> Option<ApiError> {
        let lost = ApiError::Unavailable { retry_after_ms: None };
        let lost = self.effect.loses_response().then_some(lost);
        let error = self.error.clone().or(lost);
        self.is_error_sent.store(error.is_some(), Ordering::Relaxed);
        error
    }

    /// Puts the rule's own status, code, message and members into an error.
    fn override_error(&self, response: &mut Response, members: &ErrorMembers) {
        let Effect { status, code, message, fields, .. } = &*self.effect;
        if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
            *response.status_mut() = status;
        }
        if code.is_none() && message.is_none() && fields.is_empty() {
            return;
        }
        let Ok(Json::Object(mut body)) = serde_json::from_slice(response.body()) else { return };
        if let Some(code) = code {
            if members.bare_codes.contains(&code.as_str()) {
                body.clear();
            }
            body.insert(members.code.to_owned(), code.as_str().into());
            let name = HeaderName::from_bytes(members.code_header.as_bytes());
            // A code that is no header value was rejected when the rule was checked.
            if let (Ok(name), Some(value)) = (name, header_text(code)) {
                response.headers_mut().insert(name, value);
            }
        }
        if let Some(message) = message {
            let names = members.message;
            let name = names.iter().find(|name| body.contains_key(**name)).or(names.first());
            body.insert(name.copied().unwrap_or_default().to_owned(), message.as_str().into());
        }
        for (name, value) in fields {
            body.insert(name.clone(), value.clone());
        }
        *response.body_mut() = Json::Object(body).to_string().into();
    }
}
