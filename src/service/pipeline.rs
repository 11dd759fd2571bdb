//! The life of a request: a plain function. Its order is the behaviour, and here the order can be read.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use crate::domain::{ApiError, Lag};
use crate::faults::{Plan, Seen, Spoiled};
use crate::wire::{Dialect, Head, Matched, Reply, Request, Response};

use super::Service;

impl Service {
    /// Answers one request. Never panics: a panic is a 500 in the vendor's form.
    ///
    /// # Errors
    /// The answer that a fault keeps from being sent as it is.
    pub async fn answer(&self, request: Request) -> Result<Response, Box<Spoiled>> {
        let dialect = self.dialect(&request.head);
        let request_id = self.ids.request_id();
        let mut answer = pin!(self.run(dialect, request_id, &request));
        // A panic under a store's lock leaves the store as it was: resources are swapped whole.
        let caught = std::future::poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => std::task::Poll::Ready(Err(panic)),
            }
        });
        caught.await.unwrap_or_else(|_panic| {
            tracing::error!(request_id = %format_args!("{request_id:032x}"), "a request panicked");
            Ok(dialect.encode(request_id, Err(&ApiError::Internal { retry_after_ms: None })))
        })
    }

    /// Answers a request that did not arrive whole, in the form of the dialect that its head speaks.
    pub fn refuse(&self, head: &Head, error: &ApiError) -> Response {
        self.dialect(head).encode(self.ids.request_id(), Err(error))
    }

    async fn run(
        &self,
        dialect: &dyn Dialect,
        request_id: u128,
        request: &Request,
    ) -> Result<Response, Box<Spoiled>> {
        let now = self.clock.now();
        let matched = dialect.route(request);
        let subject = dialect.subject(matched.as_ref().ok(), &request.head);
        let header = request.head.headers.get("x-idouble-fault").map(|value| value.to_str());
        let header = header.map(|text| text.unwrap_or("(not text)"));
        let (plan, result) = match &matched {
            // Faults come after protocol parsing: what is no request of the protocol meets no rule.
            Err(error) => (None, Err(error.clone())),
            Ok(matched) => {
                let seen = Seen {
                    subject: &subject,
                    headers: Some(&request.head.headers),
                    matched: Some((dialect, matched)),
                    connection: request.connection,
                };
                match self.faults.plan(&seen, header, now) {
                    Err(error) => (None, Err(error)),
                    Ok(plan) => {
                        plan.wait().await; // hook 1: delay
                        let result = plan
                            .admit() // hook 2: refuse
                            .and_then(|()| self.execute(dialect, matched, &plan));
                        let result = plan.overrule(result); // hook 3: done, but told otherwise
                        (Some(plan), result)
                    }
                }
            }
        };
        let response = dialect.encode(request_id, result.as_ref());
        tracing::debug!(
            dialect = subject.dialect,
            operation = subject.operation.map_or("-", crate::domain::Operation::name),
            status = response.status().as_u16(),
            request_id = %format_args!("{request_id:032x}"),
            "answered",
        );
        match plan {
            Some(plan) => plan.spoil(response, &dialect.error_spelling()), // hook 4
            None => Ok(response),
        }
    }

    fn execute(
        &self,
        dialect: &dyn Dialect,
        matched: &Matched,
        plan: &Plan,
    ) -> Result<Reply, ApiError> {
        let call = dialect.decode(matched)?;
        let store = call.command.store().cloned();
        let lag = Lag { read_ms: plan.lag_ms(), keep_ms: self.faults.stale_ms_max() };
        let outcome = self.directory.execute_with(self.clock.now(), call, lag)?;
        Ok(Reply { route: matched.route, store, outcome })
    }

    fn dialect(&self, head: &Head) -> &dyn Dialect {
        let last = self.dialects.len() - 1;
        let mut dialects = self.dialects();
        dialects.find(|dialect| dialect.claims(head)).unwrap_or(self.dialects[last].as_ref())
    }
}
