//! One request, from its head to its answer: guards, body, and then the service or the control API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use http::header::{CONNECTION, CONTENT_TYPE, DATE, TRANSFER_ENCODING};
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::ext::ReasonPhrase;
use tokio::time::timeout;

use crate::control::{self, Control, ControlBody};
use crate::dialect::{Head, Request, Response};
use crate::domain::{ApiError, Clock, TooLarge};
use crate::faults::FaultedResponse;
use crate::service::{Connection, Service};

use super::Limits;
use super::body::{Body, Lost, leave};
use super::cors;
use super::framing::Misframed;
use super::guard::{Refusal, check_control, check_host};
use super::socket::Line;

/// What every connection of a server shares.
pub struct Answerer {
    service: Arc<Service>,
    control: Control,
    pub(super) limits: Limits,
}

impl Answerer {
    /// Answers with this service.
    pub fn new(service: Arc<Service>, limits: Limits) -> Self {
        Self { control: Control::new(service.clone()), service, limits }
    }

    /// Answers one request; a panic is a 500.
    ///
    /// # Errors
    /// Where a fault says that no answer comes. The connection ends with it, as it was told to.
    pub async fn answer(
        &self,
        line: &Arc<Line>,
        request: http::Request<Incoming>,
    ) -> Result<Sent, Lost> {
        let (head, body) = request.into_parts();
        // Stays where it is from here on: a head is large, and moving it costs.
        let mut request = Request { head, body: Bytes::new(), connection: line.number() };
        let page = cors::page(&request.head, &self.limits.cors_origins);
        let asks = page.is_some() && cors::is_preflight(&request.head);
        let is_control = control::claims(request.head.uri.path());
        let mut answer = pin!(self.respond(line, &mut request, body, asks));
        let caught = std::future::poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
                Ok(poll) => poll.map(Some),
                Err(_panic) => Poll::Ready(None),
            }
        });
        let Answered { answer, follow, close } = caught.await.unwrap_or_else(|| {
            tracing::error!("answering a request panicked");
            line.leave_unread();
            let message = "the server failed to answer; this is a bug in idouble";
            Answered::of(Ok(json_error(StatusCode::INTERNAL_SERVER_ERROR, message)), true)
        });
        let mut response = match (answer, follow) {
            (Ok(response), None) => {
                line.end();
                response.map(Body::whole)
            }
            (Ok(response), Some(follow)) => response.map(|_| Body::follow(follow, line.clone())),
            (Err(spoiled), _) => leave(line, *spoiled).await?,
        };
        if let Some(origin) = page {
            cors::grant(response.headers_mut(), origin);
        }
        if response.status().canonical_reason().is_none() {
            // A status that has no name, of a cloud or of a rule. hyper would write one.
            response.extensions_mut().insert(ReasonPhrase::from_static(b""));
        }
        if close {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if is_control {
            response.headers_mut().insert(control::VERSION_HEADER, control::VERSION);
        }
        if let Some(date) = http_date(self.service.clock()) {
            response.headers_mut().insert(DATE, date);
        }
        Ok(response)
    }

    /// Lets go of those who listen to the journal, whose answers would not end by themselves.
    pub(super) fn end_events(&self) {
        self.service.journal().close();
    }

    /// Counts a connection until what this gives is dropped.
    pub(super) fn connection(&self) -> Connection<'_> {
        self.service.metrics().connection()
    }

    /// `asks`: whether a page that may asks what it may send.
    async fn respond(
        &self,
        line: &Line,
        request: &mut Request,
        body: Incoming,
        asks: bool,
    ) -> Answered {
        let Request { head, body: whole, .. } = request;
        // What comes after a chunked body is not followed; see `framing`.
        let close = head.headers.contains_key(TRANSFER_ENCODING);
        let is_control = control::claims(head.uri.path());
        let read = match self.admit(line, head, &body, is_control) {
            Ok(bytes_max) => self.read(body, bytes_max).await,
            Err(refusal) => Err(refusal),
        };
        match read {
            Ok(body) => *whole = body,
            Err(refusal) => {
                tracing::debug!(status = refusal.status().as_u16(), "{}", refusal.message());
                line.leave_unread();
                return Answered::of(Ok(self.refuse(head, refusal, is_control)), true);
            }
        }
        if is_control {
            let (head, body) = self.control.answer(head, whole.clone()).await.into_parts();
            let (body, follow) = match body {
                ControlBody::Whole(body) => (body, None),
                ControlBody::Stream(stream) => (Bytes::new(), Some(stream)),
            };
            let answer = Ok(Response::from_parts(head, body));
            return Answered { answer, follow, close };
        }
        let answer = if !self.service.is_ready() {
            let error = ApiError::Unavailable { retry_after_ms: None };
            Ok(self.service.refuse(head, &error))
        } else if asks {
            Ok(cors::preflight(head))
        } else {
            self.service.answer(request).await
        };
        Answered::of(answer, close)
    }

    /// The guards, in order. Gives the bound of the body.
    fn admit(
        &self,
        line: &Line,
        head: &Head,
        body: &Incoming,
        is_control: bool,
    ) -> Result<usize, Refusal> {
        let limits = &self.limits;
        let framing = line.begin();
        let target_bytes = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        if target_bytes > limits.uri_bytes_max {
            return Err(Refusal::TooLarge(TooLarge::Uri));
        }
        framing.map_err(|misframed| match misframed {
            Misframed::LengthAndEncoding => Refusal::Malformed(
                "Content-Length and Transfer-Encoding in one request: send either",
            ),
            Misframed::Length => {
                Refusal::Malformed("Content-Length has to be there once, and to be a number")
            }
            Misframed::Encoding => {
                Refusal::Malformed("Transfer-Encoding has to be chunked, and that once")
            }
            Misframed::HeadTooLarge => Refusal::TooLarge(TooLarge::Headers),
        })?;
        if head.headers.len() > limits.headers_max {
            return Err(Refusal::TooLarge(TooLarge::Headers));
        }
        check_host(head, &limits.allowed_hosts)?;
        if is_control {
            check_control(head, !body.is_end_stream())?;
        }
        let bytes_max = if is_control {
            control::body_bytes_max(head).min(limits.control_body_bytes_max)
        } else {
            limits.body_bytes_max
        };
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(Refusal::TooLarge(TooLarge::Body));
        }
        Ok(bytes_max)
    }

    async fn read(&self, body: Incoming, bytes_max: usize) -> Result<Bytes, Refusal> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let mut gathered = pin!(gather(body, bytes_max));
        // A body that is there already, as most are, needs no timer and asks no clock.
        let first = std::future::poll_fn(|context| Poll::Ready(gathered.as_mut().poll(context)));
        if let Poll::Ready(read) = first.await {
            return read;
        }
        let read = timeout(self.limits.body_timeout, gathered);
        read.await.unwrap_or(Err(Refusal::BodyTimeout))
    }

    fn refuse(&self, head: &Head, refusal: Refusal, is_control: bool) -> Response {
        match refusal.error() {
            Some(error) if !is_control => self.service.refuse(head, &error),
            _ => {
                let bytes_max =
                    control::body_bytes_max(head).min(self.limits.control_body_bytes_max);
                json_error(refusal.status(), &refusal.control_message(bytes_max))
            }
        }
    }
}

/// What goes out.
pub type Sent = http::Response<Body>;

/// An answer, or what a fault has made of it.
type Answer = Result<Response, Box<FaultedResponse>>;

/// What is to go out.
struct Answered {
    answer: Answer,
    /// What follows in the place of a body.
    follow: Option<BoxStream<'static, Bytes>>,
    /// Whether the connection ends with it.
    close: bool,
}

impl Answered {
    fn of(answer: Answer, close: bool) -> Self {
        Self { answer, follow: None, close }
    }
}

/// The whole body. One that came in one piece is not copied.
async fn gather(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Refusal> {
    const BROKEN: Refusal = Refusal::Malformed("the body breaks off, or its chunks are malformed");
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BROKEN)?.into_data() else { continue };
        if first.len().max(all.len()) + data.len() > bytes_max {
            return Err(Refusal::TooLarge(TooLarge::Body));
        }
        if first.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&data);
        }
        if body.is_end_stream() {
            break;
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn json_error(status: StatusCode, message: &str) -> Response {
    let body = crate::dialect::json::object(|object| {
        object.text("error", message);
        // Where the SDKs of both vendors look for words.
        object.text("message", message);
    });
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The date where it is not the machine's; that one hyper tells.
fn http_date(clock: &Clock) -> Option<HeaderValue> {
    if clock.is_system() {
        return None;
    }
    let text = clock.now().to_utc()?.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::try_from(text).ok()
}
