//! Handles one request, from routing to response. The order of these steps is part of the behaviour.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;

use crate::auth::{Access, AuthMode};
use crate::dialect::{Dialect, FaultSubject, Head, Matched, Request, Response};
use crate::domain::{ApiError, Call, Denial, IdentityStoreId, Outcome, ResourceUpdate, Timestamp};
use crate::faults::{self, FAULT_HEADER, FaultedResponse, Plan, SentPart};
use crate::journal::{RecordedRequest, RecordedResponse};

use super::Service;
use super::record::AbandonGuard;

/// What the journal records of a request besides its response.
#[derive(Default)]
struct Observed {
    /// Why the caller is rejected, or would be in mode `strict`.
    auth: Option<String>,
    /// What the operation updated.
    update: Option<ResourceUpdate>,
}

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
        let response = dialect.encode_error(request_id, at, head, error);
        let started = Instant::now();
        let request = RecordedRequest { at, started, request_id, head, body, subject: &subject };
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
        let mut matched = dialect.route(request);
        let access = dialect.tenant_access(&request.head);
        let tenant = access.map(|access| self.directory.open_tenant(now, &access)).transpose();
        match (&mut matched, &tenant) {
            (Ok(matched), Ok(tenant)) => matched.tenant.clone_from(tenant),
            // Callers that are not authenticated do not learn what else is wrong.
            (Err(error), Err(unauthenticated)) => *error = unauthenticated.clone(),
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => {}
        }
        let tenant_store = tenant.as_ref().ok().and_then(Option::as_ref);
        let tenant_store = tenant_store.map(|tenant| tenant.store.as_str());
        let mut subject = FaultSubject::new(dialect, matched.as_ref().ok(), &request.head);
        let instance = matched.as_ref().ok().and_then(Matched::instance_number);
        let store = instance.and_then(|number| self.directory.store_of_instance(number));
        subject.store =
            subject.store.or(store.as_ref().map(IdentityStoreId::as_str)).or(tenant_store);
        if let Err(ApiError::Malformed(_) | ApiError::Unauthenticated(_)) = matched {
            subject.operation = dialect.operation_of(&request.head);
        }
        let (head, body) = (&request.head, &request.body);
        let recorded =
            RecordedRequest { at: now, started, request_id, head, body, subject: &subject };
        let mut observed = Observed::default();
        let (plan, result) = match &matched {
            // Fault rules match requests of the protocol only.
            Err(error) => {
                let is_malformed = matches!(error, ApiError::Malformed(_));
                let checked = match is_malformed && dialect.authenticates_before_parsing() {
                    true => self.check_caller(dialect, request, None, &subject, now, &mut observed),
                    false => Ok(None),
                };
                (None, checked.and(Err(error.clone())))
            }
            Ok(matched) => {
                let tenant = tenant.clone().map(drop);
                self.run_with_faults(dialect, request, matched, tenant, &recorded, &mut observed)
                    .await
            }
        };
        let response = match (&matched, &result) {
            (Ok(matched), Ok(outcome)) => dialect.encode(request_id, matched, outcome),
            (_, Err(error)) | (Err(error), _) => {
                dialect.encode_error(request_id, now, &request.head, error)
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
        let (auth, update) = (observed.auth.as_deref(), observed.update.as_ref());
        let recorded_response = RecordedResponse { response, error, fault, auth, update, duration };
        self.record(&recorded, &recorded_response);
        sent
    }

    /// Checks who calls, as far as the mode demands it. Returns the caller's account, if the access key has
    /// one of its own. A request that cannot be parsed, `None`, needs no permission.
    fn check_caller(
        &self,
        dialect: &dyn Dialect,
        request: &Request,
        matched: Option<&Matched<'_>>,
        subject: &FaultSubject<'_>,
        now: Timestamp,
        observed: &mut Observed,
    ) -> Result<Option<String>, ApiError> {
        let mode = self.auth.mode();
        // A request that is sent again comes through no connection, and its signature was not recorded.
        if mode == AuthMode::Off || request.connection == 0 {
            return Ok(None);
        }
        let error = match self.authenticate(dialect, request, matched, subject, now) {
            Ok(account) => return Ok(account),
            Err(error) => error,
        };
        let reason = match &error {
            ApiError::Unauthenticated(why) => why.explanation(),
            _ => {
                let action = matched.map(|matched| dialect.action(matched.route));
                format!("the access key may not call {}", action.unwrap_or_default())
            }
        };
        let reason = observed.auth.insert(reason);
        if mode == AuthMode::Strict {
            return Err(error);
        }
        tracing::warn!(session = subject.session, reason, "would be rejected in mode strict");
        Ok(None)
    }

    /// Verifies the signature and the permissions of a request. Returns the caller's account, if the access
    /// key has one of its own.
    fn authenticate(
        &self,
        dialect: &dyn Dialect,
        request: &Request,
        matched: Option<&Matched<'_>>,
        subject: &FaultSubject<'_>,
        now: Timestamp,
    ) -> Result<Option<String>, ApiError> {
        let is_session = |id: &str| self.has_session(id);
        let key = dialect.authenticate(self.auth.keyring(&is_session), request, now);
        let Some(key) = key.map_err(ApiError::Unauthenticated)? else { return Ok(None) };
        let Some(matched) = matched else { return Ok(key.account_id.clone()) };
        let operation = matched.route.operation;
        let (action, name) =
            (dialect.action(matched.route), format!("{}:{}", dialect.name(), operation.name()));
        let access = key.access(&[&action, &name], subject.store);
        if access == Access::Allowed {
            return Ok(key.account_id.clone());
        }
        let denial = Denial {
            is_explicit: access == Access::Denied,
            account: key.account_id.clone(),
            ..subject.denial(operation)
        };
        Err(ApiError::AccessDenied(Box::new(denial)))
    }

    /// Runs the operation with the fault plan applied around it. `tenant` is an error if the tenant that the
    /// request names cannot be used.
    async fn run_with_faults(
        &self,
        dialect: &dyn Dialect,
        request: &Request,
        matched: &Matched<'_>,
        tenant: Result<(), ApiError>,
        recorded: &RecordedRequest<'_>,
        observed: &mut Observed,
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
        let guard = AbandonGuard::new(self, recorded, plan.rule());
        plan.wait().await; // hook 1: delay
        guard.disarm();
        let now = if plan.waits() { self.clock.now() } else { recorded.at };
        let result = tenant.and_then(|()| {
            let account = self.check_caller(
                dialect,
                request,
                Some(matched),
                recorded.subject,
                now,
                observed,
            )?;
            plan.admit()?; // hook 2: reject
            self.execute(dialect, matched, &plan, now, account, observed)
        });
        let result = plan.overrule(result); // hook 3: committed, but report an error
        (Some(plan), result)
    }

    fn execute(
        &self,
        dialect: &dyn Dialect,
        matched: &Matched<'_>,
        plan: &Plan,
        now: Timestamp,
        account: Option<String>,
        observed: &mut Observed,
    ) -> Result<Outcome, ApiError> {
        let account = account.map(Into::into);
        let by = match &matched.tenant {
            Some(tenant) => &tenant.author,
            None => account.as_ref().unwrap_or_else(|| dialect.account()),
        };
        let call = Call { by, command: dialect.decode(matched)? };
        self.directory.execute_and_observe(now, call, plan.lag(), &mut observed.update)
    }

    fn dialect(&self, head: &Head) -> &dyn Dialect {
        let last = self.dialects.len() - 1;
        let mut dialects = self.dialects();
        dialects.find(|dialect| dialect.recognizes(head)).unwrap_or(self.dialects[last].as_ref())
    }
}
