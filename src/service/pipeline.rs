//! Handles one request, from routing to response. The order of these steps is part of the behaviour.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;

use crate::dialect::{Dialect, FaultSubject, Head, Matched, Request, Response};
use crate::domain::{ApiError, Call, IdentityStoreId, Outcome, ResourceUpdate, Timestamp};
use crate::faults::{self, FAULT_HEADER, FaultedResponse, Plan, SentPart};
use crate::journal::{RecordedRequest, RecordedResponse};

use super::Service;
use super::record::AbandonGuard;

impl Service {
    /// Handles one request. Never panics: a panic is a 500 in the vendor's form.
    ///
    /// # Errors
    /// The response, if a fault changes it on the wire.
    pub async fn respond(&self, request: &Request) -> Result<Response, Box<FaultedResponse>> {
        self.respond_as(self.request_ids.next(), request).await
    }

    /// Handles a request that was recorded before, as if a client sent it again, and returns its request id. The
    /// journal has the response.
    pub async fn replay(&self, request: &Request) -> u128 {
        let request_id = self.request_ids.next();
        // Effects on the wire have no connection here.
        let _ = self.respond_as(request_id, request).await;
        request_id
    }

    async fn respond_as(
        &self,
        request_id: u128,
        request: &Request,
    ) -> Result<Response, Box<FaultedResponse>> {
        let dialect = self.dialect(&request.head);
        // A panic under a store's lock leaves the store unchanged: resources are replaced whole.
        let run = AssertUnwindSafe(self.run(dialect, request_id, request)).catch_unwind();
        run.await.unwrap_or_else(|_panic| {
            tracing::error!(request_id = %format_args!("{request_id:032x}"), "a request panicked");
            let error = ApiError::Internal { retry_after_ms: None };
            Ok(self.respond_with_error(dialect, request_id, &request.head, &request.body, &error))
        })
    }

    /// Rejects a request whose body was not read, in the form of the dialect of its head.
    pub fn reject(&self, head: &Head, error: &ApiError) -> Response {
        self.respond_with_error(self.dialect(head), self.request_ids.next(), head, &[], error)
    }

    /// Rejects a request before its operation, and journals it.
    fn respond_with_error(
        &self,
        dialect: &dyn Dialect,
        request_id: u128,
        head: &Head,
        body: &[u8],
        error: &ApiError,
    ) -> Response {
        let operation = dialect.operation_of(head);
        let subject =
            FaultSubject { dialect: dialect.name(), operation, ..FaultSubject::default() };
        let at = self.clock.now();
        let response = dialect.encode_error(request_id, head, error);
        let request = RecordedRequest { at, request_id, head, body, subject: &subject };
        let (sent, error) = (Some(&response), Some(error));
        let duration = Duration::ZERO;
        let recorded =
            RecordedResponse { response: sent, error, duration, ..RecordedResponse::default() };
        self.record(&request, &recorded);
        response
    }

    async fn run(
        &self,
        dialect: &dyn Dialect,
        request_id: u128,
        request: &Request,
    ) -> Result<Response, Box<FaultedResponse>> {
        let (now, started) = (self.clock.tick(), Instant::now());
        let matched = dialect.route(request);
        let mut subject = FaultSubject::new(dialect, matched.as_ref().ok(), &request.head);
        let instance = matched.as_ref().ok().and_then(Matched::instance_number);
        let store = instance.and_then(|number| self.directory.store_of_instance(number));
        subject.store = subject.store.or(store.as_ref().map(IdentityStoreId::as_str));
        if let Err(ApiError::Malformed(_)) = matched {
            subject.operation = dialect.operation_of(&request.head);
        }
        let (head, body) = (&request.head, &request.body);
        let recorded = RecordedRequest { at: now, request_id, head, body, subject: &subject };
        let mut update = None;
        let (plan, result) = match &matched {
            // Fault rules match requests of the protocol only.
            Err(error) => (None, Err(error.clone())),
            Ok(matched) => {
                self.run_with_faults(dialect, request, matched, &recorded, started, &mut update)
                    .await
            }
        };
        let response = match (&matched, &result) {
            (Ok(matched), Ok(outcome)) => dialect.encode(request_id, matched, outcome),
            (_, Err(error)) | (Err(error), _) => {
                dialect.encode_error(request_id, &request.head, error)
            }
        };
        let sent = match &plan {
            Some(plan) => plan.apply_wire_effects(response, &dialect.error_members()), // hook 4
            None => Ok(response),
        };
        // A response that was not sent is journaled as `None`.
        let response = match &sent {
            Ok(response) => Some(response),
            Err(faulted) => (faulted.sent != SentPart::Nothing).then_some(&faulted.response),
        };
        let fault = plan.as_ref().and_then(Plan::rule);
        let (error, duration) = (result.as_ref().err(), started.elapsed());
        let update = update.as_ref();
        self.record(&recorded, &RecordedResponse { response, error, fault, update, duration });
        sent
    }

    /// Runs the operation with the fault plan applied around it.
    async fn run_with_faults(
        &self,
        dialect: &dyn Dialect,
        request: &Request,
        matched: &Matched<'_>,
        recorded: &RecordedRequest<'_>,
        started: Instant,
        update: &mut Option<ResourceUpdate>,
    ) -> (Option<Plan>, Result<Outcome, ApiError>) {
        let headers = &request.head.headers;
        let header = headers.get(FAULT_HEADER).map(|value| value.to_str().unwrap_or("(not text)"));
        let facts = faults::RequestFacts {
            subject: recorded.subject,
            headers: Some(headers),
            parsed: Some(matched),
            connection: request.connection,
            request_id: recorded.request_id,
        };
        let plan = match self.faults.plan(&facts, header, recorded.at) {
            Ok(plan) => plan,
            Err(error) => return (None, Err(error)),
        };
        let guard = AbandonGuard::new(self, recorded, plan.rule(), started);
        plan.wait().await; // hook 1: delay
        guard.disarm();
        let now = if plan.waits() { self.clock.now() } else { recorded.at };
        let result = plan
            .admit() // hook 2: reject
            .and_then(|()| self.execute(dialect, matched, &plan, now, update));
        let result = plan.overrule(result); // hook 3: committed, but report an error
        (Some(plan), result)
    }

    fn execute(
        &self,
        dialect: &dyn Dialect,
        matched: &Matched<'_>,
        plan: &Plan,
        now: Timestamp,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let call = Call { by: dialect.account(), command: dialect.decode(matched)? };
        self.directory.execute_and_observe(now, call, plan.lag(), update)
    }

    fn dialect(&self, head: &Head) -> &dyn Dialect {
        let last = self.dialects.len() - 1;
        let mut dialects = self.dialects();
        dialects.find(|dialect| dialect.recognizes(head)).unwrap_or(self.dialects[last].as_ref())
    }
}
