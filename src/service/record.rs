//! What remains of a request: its entry in the journal, and the counts.

use std::time::Instant;

use crate::journal::{Answered, Seen};

use super::Service;

impl Service {
    /// Journals and counts a request.
    pub(super) fn record(&self, seen: &Seen<'_>, answered: &Answered<'_>) {
        let status = answered.response.map(|response| response.status().as_u16());
        self.metrics.count(seen.subject, status, answered.took);
        self.journal.record(seen, answered);
    }
}

/// A request that waits, and whose client may leave meanwhile: what waits is then dropped, and the
/// request is journaled as one without an answer.
pub(super) struct Leaving<'a> {
    service: &'a Service,
    seen: &'a Seen<'a>,
    fault: Option<&'a str>,
    begun: Instant,
    left: bool,
}

impl<'a> Leaving<'a> {
    /// From now on it waits.
    pub(super) fn new(
        service: &'a Service,
        seen: &'a Seen<'a>,
        fault: Option<&'a str>,
        begun: Instant,
    ) -> Self {
        Self { service, seen, fault, begun, left: true }
    }

    /// The client has stayed.
    pub(super) fn stayed(mut self) {
        self.left = false;
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        // A panic gets its answer, and its entry with that.
        if self.left && !std::thread::panicking() {
            let (fault, took) = (self.fault, self.begun.elapsed());
            let answered = Answered { response: None, error: None, fault, took };
            self.service.record(self.seen, &answered);
        }
    }
}
