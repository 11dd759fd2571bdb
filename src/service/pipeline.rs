//! The life of a request: a plain function. Its order is the behaviour, and here the order can be read.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::{Duration, Instant};

use crate::dialect::{Dialect, Head, Matched, Reply, Request, Response, Subject};
use crate::domain::{ApiError, Timestamp};
use crate::faults::{self, FAULT_HEADER, FaultedResponse, Plan, SentPart};
use crate::journal::{Answered, Seen};

use super::Service;
use super::record::Leaving;

impl Service {
    /// Answers one request. Never panics: a panic is a 500 in the vendor's form.
    ///
    /// # Errors
    /// The answer that a fault keeps from being sent as it is.
    pub async fn answer(&self, request: &Request) -> Result<Response, Box<FaultedResponse>> {
        let dialect = self.dialect(&request.head);
        let request_id = self.request_ids.next();
        let mut answer = pin!(self.run(dialect, request_id, request));
        // A panic under a store's lock leaves the store as it was: resources are swapped whole.
        let caught = std::future::poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => std::task::Poll::Ready(Err(panic)),
            }
        });
        caught.await.unwrap_or_else(|_panic| {
            tracing::error!(request_id = %format_args!("{request_id:032x}"), "a request panicked");
            let error = ApiError::Internal { retry_after_ms: None };
            Ok(self.tell(dialect, request_id, &request.head, &request.body, &error))
        })
    }

    /// Answers a request that did not arrive whole, in the form of the dialect that its head speaks.
    pub fn refuse(&self, head: &Head, error: &ApiError) -> Response {
        self.tell(self.dialect(head), self.request_ids.next(), head, &[], error)
    }

    /// The answer to a request that no operation has seen; journaled.
    fn tell(
        &self,
        dialect: &dyn Dialect,
        request_id: u128,
        head: &Head,
        body: &[u8],
        error: &ApiError,
    ) -> Response {
        let operation = dialect.named(head);
        let subject = Subject { dialect: dialect.name(), operation, ..Subject::default() };
        let at = self.clock.now();
        let response = dialect.encode(request_id, Err(error));
        let seen = Seen { at, request_id, head, body, subject: &subject };
        let took = Duration::ZERO;
        self.record(
            &seen,
            &Answered { response: Some(&response), error: Some(error), fault: None, took },
        );
        response
    }

    async fn run(
        &self,
        dialect: &dyn Dialect,
        request_id: u128,
        request: &Request,
    ) -> Result<Response, Box<FaultedResponse>> {
        let (now, begun) = (self.clock.tick(), Instant::now());
        let matched = dialect.route(request);
        let mut subject = dialect.subject(matched.as_ref().ok(), &request.head);
        if let Err(ApiError::Malformed(_)) = matched {
            subject.operation = dialect.named(&request.head);
        }
        let (head, body) = (&request.head, &request.body);
        let seen = Seen { at: now, request_id, head, body, subject: &subject };
        let (plan, result) = match &matched {
            // Faults come after protocol parsing: what is no request of the protocol meets no rule.
            Err(error) => (None, Err(error.clone())),
            Ok(matched) => self.attempt(dialect, request, matched, &seen, begun).await,
        };
        let response = dialect.encode(request_id, result.as_ref());
        tracing::debug!(
            dialect = subject.dialect,
            operation = subject.operation.map_or("-", crate::domain::Operation::name),
            status = response.status().as_u16(),
            fault = plan.as_ref().and_then(Plan::rule).unwrap_or("-"),
            request_id = %format_args!("{request_id:032x}"),
            "answered",
        );
        let answer = match &plan {
            Some(plan) => plan.apply_wire_effects(response, &dialect.error_spelling()), // hook 4
            None => Ok(response),
        };
        // What is lost on the wire is no answer.
        let told = match &answer {
            Ok(response) => Some(response),
            Err(faulted) => (faulted.sent != SentPart::Nothing).then_some(&faulted.response),
        };
        let fault = plan.as_ref().and_then(Plan::rule);
        let (error, took) = (result.as_ref().err(), begun.elapsed());
        self.record(&seen, &Answered { response: told, error, fault, took });
        answer
    }

    /// What comes of a request of the protocol, and the plan that it met.
    async fn attempt(
        &self,
        dialect: &dyn Dialect,
        request: &Request,
        matched: &Matched<'_>,
        seen: &Seen<'_>,
        begun: Instant,
    ) -> (Option<Plan>, Result<Reply, ApiError>) {
        let headers = &request.head.headers;
        let header = headers.get(FAULT_HEADER).map(|value| value.to_str().unwrap_or("(not text)"));
        let asked = faults::Seen {
            subject: seen.subject,
            headers: Some(headers),
            matched: Some((dialect, matched)),
            connection: request.connection,
        };
        let plan = match self.faults.plan(&asked, header, seen.at) {
            Ok(plan) => plan,
            Err(error) => return (None, Err(error)),
        };
        let leaving = Leaving::new(self, seen, plan.rule(), begun);
        plan.wait().await; // hook 1: delay
        leaving.stayed();
        let now = if plan.waits() { self.clock.now() } else { seen.at };
        let result = plan
            .admit() // hook 2: refuse
            .and_then(|()| self.execute(dialect, matched, &plan, now));
        let result = plan.overrule(result); // hook 3: done, but told otherwise
        (Some(plan), result)
    }

    fn execute(
        &self,
        dialect: &dyn Dialect,
        matched: &Matched<'_>,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Reply, ApiError> {
        let call = dialect.decode(matched)?;
        let store = call.command.store().cloned();
        let outcome = self.directory.execute_with(now, call, plan.lag())?;
        Ok(Reply { route: matched.route, store, outcome })
    }

    fn dialect(&self, head: &Head) -> &dyn Dialect {
        let last = self.dialects.len() - 1;
        let mut dialects = self.dialects();
        dialects.find(|dialect| dialect.claims(head)).unwrap_or(self.dialects[last].as_ref())
    }
}
