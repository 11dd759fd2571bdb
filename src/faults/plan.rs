//! What happens to one request, at four points of its life.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};

use serde_json::Value as Json;

use crate::dialect::{ErrorMembers, Response};
use crate::domain::{ApiError, Outcome, Staleness};

use super::effects::{FaultedResponse, WireEffect};
use super::rule::Own;

/// The header that names the rule in a faulted reply.
pub const FAULT_HEADER: HeaderName = HeaderName::from_static("x-idouble-fault");

/// What happens to one request. The empty plan does nothing.
#[derive(Default, Debug)]
pub struct Plan {
    hit: Option<Box<Hit>>,
    /// How far back any rule lets reads look, in milliseconds.
    retain_ms: u64,
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
    /// What the error says in place of the vendor's words.
    pub(super) own: Option<Arc<Own>>,
    /// What is done to the answer on its way out.
    pub(super) wire: Vec<Arc<dyn WireEffect>>,
    /// Whether the answer is lost whole: without `commit`, nothing runs then.
    pub(super) lost: bool,
    /// How far back reads look, in milliseconds.
    pub(super) stale_ms: u64,
    /// Whether the reply keeps quiet about the rule.
    pub(super) pure: bool,
    /// Whether the client is told the error; with `commit`, the operation's own refusal may stand.
    pub(super) told: AtomicBool,
}

impl Plan {
    pub(super) fn of(hit: Option<Hit>, retain_ms: u64) -> Self {
        Self { hit: hit.map(Box::new), retain_ms }
    }

    /// The id of the rule that fired, for journal and log.
    pub fn rule(&self) -> Option<&str> {
        self.hit.as_ref().map(|hit| &*hit.id)
    }

    /// Hook 1: delays. Holds no lock; dropped with its connection.
    pub async fn wait(&self) {
        // A sleep of zero costs a timer tick: a millisecond where the whole pipeline takes five µs.
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

    /// How far back the call looks, and later ones may.
    pub fn lag(&self) -> Staleness {
        let read_ms = self.hit.as_ref().map_or(0, |hit| hit.stale_ms);
        Staleness { read_ms, retain_ms: self.retain_ms }
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
    pub fn overrule(&self, result: Result<Outcome, ApiError>) -> Result<Outcome, ApiError> {
        let outcome = result?;
        match self.hit.as_deref() {
            Some(hit) if hit.commit => hit.tell().map_or(Ok(outcome), Err),
            Some(_) | None => Ok(outcome),
        }
    }

    /// Hook 4: the response on its way out. It names the rule that fired, even where the operation's
    /// own refusal stood.
    ///
    /// # Errors
    /// The answer that is not sent as it is.
    pub fn apply_wire_effects(
        &self,
        mut response: Response,
        spelling: &ErrorMembers,
    ) -> Result<Response, Box<FaultedResponse>> {
        let Some(hit) = self.hit.as_deref() else { return Ok(response) };
        let told = hit.told.load(Ordering::Relaxed);
        if told {
            hit.reword(&mut response, spelling);
        }
        // An id that is no header value was refused when the rule was read.
        if let Ok(id) = HeaderValue::from_str(&hit.id)
            && !hit.pure
        {
            response.headers_mut().insert(FAULT_HEADER, id);
        }
        // With `commit`, the operation's own refusal goes out whole.
        if hit.wire.is_empty() || (hit.commit && !told) {
            return Ok(response);
        }
        let mut faulted = FaultedResponse::new(response);
        for effect in &hit.wire {
            effect.apply(&mut faulted);
        }
        if faulted.is_plain() { Ok(faulted.response) } else { Err(Box::new(faulted)) }
    }
}

impl Hit {
    /// What the client is told. Where it gets nothing at all, an error stands for that.
    fn tell(&self) -> Option<ApiError> {
        let lost = self.lost.then_some(ApiError::Unavailable { retry_after_ms: None });
        let error = self.error.clone().or(lost);
        self.told.store(error.is_some(), Ordering::Relaxed);
        error
    }

    /// Puts the rule's own status, code, words and members into an error.
    fn reword(&self, response: &mut Response, spelling: &ErrorMembers) {
        if let Some(status) = self.status {
            *response.status_mut() = status;
        }
        let Some(own) = &self.own else { return };
        let Ok(Json::Object(mut body)) = serde_json::from_slice(response.body()) else { return };
        if let Some(code) = &own.code {
            if spelling.bare_codes.contains(&code.as_str()) {
                body.clear();
            }
            body.insert(spelling.code.to_owned(), code.as_str().into());
            let name = HeaderName::from_bytes(spelling.code_header.as_bytes());
            // A code that is no header value was refused when the rule was read.
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(code)) {
                response.headers_mut().insert(name, value);
            }
        }
        if let Some(message) = &own.message {
            let names = spelling.message;
            let name = names.iter().find(|name| body.contains_key(**name)).or(names.first());
            body.insert(name.copied().unwrap_or_default().to_owned(), message.as_str().into());
        }
        for (name, value) in &own.fields {
            body.insert(name.clone(), value.clone());
        }
        *response.body_mut() = Json::Object(body).to_string().into();
    }
}
