//! The traces of a request: its journal entry and its metrics.

use std::time::Instant;

use crate::journal::{RecordedRequest, RecordedResponse};

use super::Service;

impl Service {
    /// Journals and counts a request.
    pub(super) fn record(&self, request: &RecordedRequest<'_>, response: &RecordedResponse<'_>) {
        let status = response.response.map(|response| response.status().as_u16());
        self.metrics.count(request.subject, response.error, status, response.duration);
        self.journal.record(request, response);
    }
}

/// Journals a request as abandoned if this is dropped before [`AbandonGuard::disarm`]: a request that waits
/// is dropped when its client leaves.
pub(super) struct AbandonGuard<'a> {
    service: &'a Service,
    request: &'a RecordedRequest<'a>,
    fault: Option<&'a str>,
    started: Instant,
    is_armed: bool,
}

impl<'a> AbandonGuard<'a> {
    pub(super) fn new(
        service: &'a Service,
        request: &'a RecordedRequest<'a>,
        fault: Option<&'a str>,
        started: Instant,
    ) -> Self {
        Self { service, request, fault, started, is_armed: true }
    }

    /// The client has waited to the end.
    pub(super) fn disarm(mut self) {
        self.is_armed = false;
    }
}

impl Drop for AbandonGuard<'_> {
    fn drop(&mut self) {
        // After a panic the request gets a response, and its entry with that.
        if self.is_armed && !std::thread::panicking() {
            let (fault, duration) = (self.fault, self.started.elapsed());
            let response = RecordedResponse { response: None, error: None, fault, duration };
            self.service.record(self.request, &response);
        }
    }
}
