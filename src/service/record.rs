//! The traces of a request: its line in the log, its journal entry and its metrics.

use crate::domain::{ApiError, ForeignCall, Operation};
use crate::journal::{RecordedRequest, RecordedResponse};

use super::Service;

impl Service {
    /// Logs, counts and journals a request.
    pub(super) fn record(&self, request: &RecordedRequest<'_>, response: &RecordedResponse<'_>) {
        let status = response.response.map(|response| response.status().as_u16());
        if tracing::enabled!(tracing::Level::INFO) {
            self.log(request, response, status);
        }
        self.metrics.count(request.subject, response.error, status, response.duration);
        self.journal.record(request, response);
    }

    /// Logs a request in one line, with the names of the user and the group instead of their ids.
    #[cold]
    fn log(
        &self,
        request: &RecordedRequest<'_>,
        response: &RecordedResponse<'_>,
        status: Option<u16>,
    ) {
        let subject = request.subject;
        let foreign = response.error.and_then(ApiError::foreign_call).map(ForeignCall::name);
        let store = subject.store.and_then(|id| self.directory.get(&id.into()));
        let user = subject.user.map(|id| {
            let user = store.as_ref().and_then(|store| store.find_user(id));
            user.map_or_else(|| id.to_owned(), |(_, user)| user.user_name().to_owned())
        });
        let group = subject.group.map(|id| {
            let group = store.as_ref().and_then(|store| store.find_group(id));
            let name = group.and_then(|(_, group)| group.display_name().map(str::to_owned));
            name.unwrap_or_else(|| id.to_owned())
        });
        tracing::info!(
            dialect = subject.dialect,
            operation = subject.operation.map(Operation::name).or(foreign.as_deref()),
            store = subject.store,
            user,
            group,
            session = subject.session,
            status,
            error = response.error.map(ApiError::name),
            fault = response.fault,
            auth = response.auth,
            ms = response.duration.as_micros() as f64 / 1000.0,
            "request",
        );
    }
}

/// Journals a request as abandoned if this is dropped before [`AbandonGuard::disarm`]: a request that waits
/// is dropped when its client leaves.
pub(super) struct AbandonGuard<'a> {
    service: &'a Service,
    request: &'a RecordedRequest<'a>,
    fault: Option<&'a str>,
    is_armed: bool,
}

impl<'a> AbandonGuard<'a> {
    pub(super) fn new(
        service: &'a Service,
        request: &'a RecordedRequest<'a>,
        fault: Option<&'a str>,
    ) -> Self {
        Self { service, request, fault, is_armed: true }
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
            let (fault, duration) = (self.fault, self.request.started.elapsed());
            let response = RecordedResponse { fault, duration, ..RecordedResponse::default() };
            self.service.record(self.request, &response);
        }
    }
}
