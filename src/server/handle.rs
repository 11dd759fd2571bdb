//! Handles one request: guards, body, and then the service or the control API.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header::{CONNECTION, CONTENT_TYPE, DATE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::ext::ReasonPhrase;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::console;
use crate::control::{self, Control, ControlBody};
use crate::dialect::request::OverTls;
use crate::dialect::{Head, Request};
use crate::domain::{ApiError, TooLarge};
use crate::faults::FaultedResponse;
use crate::service::{OpenConnection, Service};

use super::cors;
use super::faulted::{self, Aborted};
use super::guard::{GuardError, check_control_token, check_host, check_json, check_origin};
use super::{Body, Limits, http_date, stream_body, whole_body};

/// The first bytes of each body are not counted towards [`Limits::all_bodies_bytes_max`]: the number of
/// connections bounds them.
const UNCOUNTED_BODY_BYTES: usize = 64 * 1024;

/// Handles the requests of all connections of a server.
pub struct Handler {
    service: Arc<Service>,
    control: Control,
    pub(super) limits: Limits,
    /// One permit for each byte of the large bodies.
    body_bytes: Arc<Semaphore>,
}

/// State that a connection shares with its requests.
pub struct ConnectionState {
    number: u64,
    is_tls: bool,
    has_unread_input: AtomicBool,
}

impl ConnectionState {
    /// A new connection, with the next number.
    pub fn new(is_tls: bool) -> Self {
        static LAST_NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = LAST_NUMBER.fetch_add(1, Ordering::Relaxed) + 1;
        Self { number, is_tls, has_unread_input: AtomicBool::new(false) }
    }

    /// Whether a request was rejected before its body was read.
    pub fn has_unread_input(&self) -> bool {
        self.has_unread_input.load(Ordering::Relaxed)
    }
}

impl Handler {
    /// A handler in front of this service.
    pub fn new(service: Arc<Service>, limits: Limits) -> Self {
        let control = Control::new(service.clone());
        let body_bytes = Arc::new(Semaphore::new(limits.all_bodies_bytes_max as usize));
        Self { service, control, limits, body_bytes }
    }

    /// Handles one request; a panic is a 500.
    ///
    /// # Errors
    /// [`Aborted`] if a fault ends the connection before the response has arrived whole.
    pub async fn handle(
        &self,
        connection: &ConnectionState,
        request: http::Request<Incoming>,
    ) -> Result<http::Response<Body>, Aborted> {
        let (mut head, body) = request.into_parts();
        if connection.is_tls {
            head.extensions.insert(OverTls);
        }
        let version = head.version;
        let mut request = Request { head, body: Bytes::new(), connection: connection.number };
        let origin = cors::allowed_origin(&request.head, &self.limits.cors_origins);
        let is_control = control::claims(request.head.uri.path());
        let respond = self.respond(connection, &mut request, body, origin.is_some(), is_control);
        let result = AssertUnwindSafe(respond).catch_unwind().await.unwrap_or_else(|_panic| {
            tracing::error!("handling a request panicked");
            let message = "the server failed to respond; this is a bug in idouble";
            let response = json_error(StatusCode::INTERNAL_SERVER_ERROR, message);
            Ok(closing(connection, response))
        });
        match result {
            Ok(mut response) => {
                self.add_headers(&mut response, origin, is_control);
                Ok(response)
            }
            Err(mut faulted) => {
                *faulted.response.version_mut() = version;
                self.add_headers(&mut faulted.response, origin, is_control);
                faulted::response(faulted)
            }
        }
    }

    /// Ends the event streams, which would not end by themselves.
    pub(super) fn close_events(&self) {
        self.service.journal().close();
    }

    /// Counts a connection as open until the returned guard is dropped.
    pub(super) fn count_connection(&self) -> OpenConnection<'_> {
        self.service.metrics().connection()
    }

    async fn respond(
        &self,
        connection: &ConnectionState,
        request: &mut Request,
        body: Incoming,
        is_allowed_origin: bool,
        is_control: bool,
    ) -> Result<http::Response<Body>, Box<FaultedResponse>> {
        let head = &request.head;
        let received = match self.check(head, &body, is_allowed_origin, is_control) {
            Ok(()) => self.receive(head, body, is_control).await,
            Err(error) => Err(error),
        };
        // The permit counts the body until it was handled.
        let (bytes, _permit) = match received {
            Ok(received) => received,
            Err(error) => {
                tracing::debug!(status = error.status().as_u16(), "{}", error.message());
                return Ok(closing(connection, self.reject(head, error, is_control)));
            }
        };
        if self.limits.has_console
            && let Some(response) = console::respond(head)
        {
            return Ok(response.map(whole_body));
        }
        if is_control {
            let response = self.control.respond(head, bytes).await;
            return Ok(response.map(|body| match body {
                ControlBody::Whole(bytes) => whole_body(bytes),
                ControlBody::Stream(stream) => stream_body(stream),
            }));
        }
        if !self.service.is_ready() {
            let error = ApiError::Unavailable { retry_after_ms: None };
            return Ok(self.service.reject(head, &error).map(whole_body));
        }
        if is_allowed_origin && cors::is_preflight(head) {
            return Ok(cors::preflight(head).map(whole_body));
        }
        request.body = bytes;
        Ok(self.service.respond(request).await?.map(whole_body))
    }

    /// Runs the guards on the head, in this order.
    fn check(
        &self,
        head: &Head,
        body: &Incoming,
        is_allowed_origin: bool,
        is_control: bool,
    ) -> Result<(), GuardError> {
        let target_bytes = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        if target_bytes > self.limits.uri_bytes_max {
            return Err(GuardError::TooLarge(TooLarge::Uri));
        }
        check_host(head, &self.limits.allowed_hosts)?;
        if !is_allowed_origin {
            check_origin(head)?;
        }
        if is_control {
            if let Some(token) = &self.limits.control_token
                && !is_open(head)
            {
                check_control_token(head, token.text())?;
            }
            check_json(head, !body.is_end_stream())?;
        }
        if body.size_hint().lower() > self.body_bytes_max(head, is_control) {
            return Err(GuardError::TooLarge(TooLarge::Body));
        }
        Ok(())
    }

    fn body_bytes_max(&self, head: &Head, is_control: bool) -> u64 {
        let bytes = if is_control {
            control::body_bytes_max(head).min(self.limits.control_body_bytes_max)
        } else {
            self.limits.body_bytes_max
        };
        bytes as u64
    }

    /// Receives the body. The permit holds the room that a large one takes.
    async fn receive(
        &self,
        head: &Head,
        mut body: Incoming,
        is_control: bool,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), GuardError> {
        if body.is_end_stream() {
            return Ok((Bytes::new(), None));
        }
        let bytes_max = self.body_bytes_max(head, is_control);
        let mut permit = None;
        let read = self.read(&mut body, bytes_max as usize, &mut permit);
        let bytes = timeout(self.limits.body_timeout, read)
            .await
            .map_err(|_| GuardError::BodyTimeout)??;
        Ok((bytes, permit))
    }

    /// Reads the body to its end. Only received bytes take room: a client that announces a large body and
    /// sends nothing leaves the room to others. A body that finds no room is rejected at once. If it waited,
    /// bodies that are half received could wait for each other.
    async fn read(
        &self,
        body: &mut Incoming,
        bytes_max: usize,
        permit: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<Bytes, GuardError> {
        let first = next_chunk(body).await?.unwrap_or_default();
        self.take_room(first.len(), bytes_max, permit)?;
        // The common case, without a copy.
        if body.is_end_stream() {
            return Ok(first);
        }
        // Copied, because a chunk of one byte takes far more memory than that.
        let mut bytes = Vec::from(first);
        while let Some(chunk) = next_chunk(body).await? {
            self.take_room(bytes.len() + chunk.len(), bytes_max, permit)?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.into())
    }

    /// Takes room for a body of which this number of bytes was received.
    fn take_room(
        &self,
        bytes: usize,
        bytes_max: usize,
        permit: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<(), GuardError> {
        if bytes > bytes_max {
            return Err(GuardError::TooLarge(TooLarge::Body));
        }
        let counted = bytes.saturating_sub(UNCOUNTED_BODY_BYTES);
        let taken = permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if counted <= taken {
            return Ok(());
        }
        let missing = u32::try_from(counted - taken).map_err(|_| GuardError::NoRoom)?;
        let room = self.body_bytes.clone().try_acquire_many_owned(missing);
        let room = room.map_err(|_| GuardError::NoRoom)?;
        match permit {
            Some(permit) => permit.merge(room),
            None => *permit = Some(room),
        }
        Ok(())
    }

    fn reject(&self, head: &Head, error: GuardError, is_control: bool) -> http::Response<Bytes> {
        let mut response = self.rejection(head, &error, is_control);
        if matches!(error, GuardError::NoControlToken(_)) {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    fn rejection(
        &self,
        head: &Head,
        error: &GuardError,
        is_control: bool,
    ) -> http::Response<Bytes> {
        match error.api_error() {
            Some(error) if !is_control => self.service.reject(head, &error),
            _ if is_control => {
                let bytes_max = self.body_bytes_max(head, is_control);
                json_error(error.status(), &error.control_message(bytes_max))
            }
            _ => json_error(error.status(), error.message()),
        }
    }

    /// Adds the headers that do not depend on the operation.
    fn add_headers<B>(
        &self,
        response: &mut http::Response<B>,
        origin: Option<HeaderValue>,
        is_control: bool,
    ) {
        if let Some(origin) = origin {
            cors::allow_origin(response.headers_mut(), origin);
        }
        if response.status().canonical_reason().is_none() {
            // hyper would write "<none>".
            response.extensions_mut().insert(ReasonPhrase::from_static(b""));
        }
        if is_control {
            response.headers_mut().insert(control::VERSION_HEADER, control::VERSION);
        }
        let clock = self.service.clock();
        // hyper adds the system's date.
        if !clock.is_system()
            && let Some(date) = http_date(clock.now())
        {
            response.headers_mut().insert(DATE, date);
        }
    }
}

/// Whether a call of the control API needs no token: those without secrets that a client needs before it
/// has one, and the files of the console, which ask for it.
fn is_open(head: &Head) -> bool {
    let path = head.uri.path();
    control::is_open(path) || path.starts_with(console::PATH.trim_end_matches('/'))
}

/// The next received bytes of a body; `None` at its end.
async fn next_chunk(body: &mut Incoming) -> Result<Option<Bytes>, GuardError> {
    const CUT_OFF: GuardError =
        GuardError::Malformed("the body is cut off, or its chunks are malformed");
    while let Some(frame) = body.frame().await {
        // Trailers are skipped.
        if let Ok(chunk) = frame.map_err(|_| CUT_OFF)?.into_data() {
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}

/// The last response of its connection, whose input is not read any further.
fn closing(connection: &ConnectionState, response: http::Response<Bytes>) -> http::Response<Body> {
    connection.has_unread_input.store(true, Ordering::Relaxed);
    let mut response = response.map(whole_body);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn json_error(status: StatusCode, message: &str) -> http::Response<Bytes> {
    let body = crate::dialect::json_writer::object(|object| {
        object.text("error", message);
        // The SDKs of both vendors read the message here.
        object.text("message", message);
    });
    let mut response = http::Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
