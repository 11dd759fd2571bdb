//! The HTTP server: accepts connections, checks requests, and sends responses, faulted ones included.
//!
//! hyper reads and writes HTTP/1. Requests that hyper accepts and this server must not are rejected here,
//! before the service gets them, with the vendor's error.

mod accept;
#[cfg(feature = "tls")]
mod certificate;
mod cors;
mod faulted;
mod guard;
mod handle;
mod stream;
mod tls;
#[cfg(feature = "tls")]
mod truststore;
mod workers;

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::HeaderValue;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::Frame;

use crate::config::Secret;
use crate::domain::Timestamp;

pub use accept::{Server, ServerAddresses, StopOutcome};
pub use tls::Tls;
pub use workers::Workers;

/// Limits of a server, and the names that it accepts.
#[derive(Clone, PartialEq, Debug)]
pub struct Limits {
    /// Number of open connections. Another one waits until one of them ends.
    pub connections_max: usize,
    /// Size of a request's head, in bytes.
    pub head_bytes_max: usize,
    /// Length of a request target, in bytes.
    pub uri_bytes_max: usize,
    /// Size of a request body, in bytes.
    pub body_bytes_max: usize,
    /// Size of the body of a control call, in bytes, whatever the call itself accepts.
    pub control_body_bytes_max: usize,
    /// Total size of the received parts of all large request bodies, in bytes. A body that exceeds it is rejected
    /// with 503.
    pub all_bodies_bytes_max: u32,
    /// Time for the TLS handshake.
    pub handshake_timeout: Duration,
    /// Time for a request's head to arrive, and for which a connection may be idle.
    pub head_timeout: Duration,
    /// Time for a request's body to arrive.
    pub body_timeout: Duration,
    /// Time for which a client may read nothing while a response is sent.
    pub write_timeout: Duration,
    /// Time for which the rest of a rejected request is read, so that the client sees the response.
    pub linger: Duration,
    /// Time for open requests to get their response when the server stops.
    pub drain: Duration,
    /// Host names that are accepted in addition to the loopback ones.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may call the vendors' operations.
    pub cors_origins: Vec<String>,
    /// Whether the console is served.
    pub has_console: bool,
    /// The token that calls of the control API must carry, if they need one.
    pub control_token: Option<Secret>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            head_bytes_max: 64 * 1024,
            uri_bytes_max: 16 * 1024,
            body_bytes_max: 1024 * 1024,
            control_body_bytes_max: 64 * 1024 * 1024,
            all_bodies_bytes_max: 256 * 1024 * 1024,
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            linger: Duration::from_secs(1),
            drain: Duration::from_secs(5),
            allowed_hosts: Vec::new(),
            cors_origins: Vec::new(),
            has_console: true,
            control_token: None,
        }
    }
}

/// The certificate of the server.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TlsSettings {
    /// Names of the generated certificate, in addition to those of this machine.
    pub names: Vec<String>,
    /// A certificate and its key, in PEM, to use instead of a generated one.
    pub files: Option<(PathBuf, PathBuf)>,
}

/// A response body: in one piece, or a stream.
type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

fn whole_body(bytes: Bytes) -> Body {
    Either::Left(Full::new(bytes))
}

fn stream_body(stream: impl Stream<Item = Bytes> + Send + 'static) -> Body {
    Either::Right(StreamBody::new(stream.map(Frame::data).map(Ok)).boxed_unsync())
}

/// The value of a `Date` header.
fn http_date(at: Timestamp) -> Option<HeaderValue> {
    let text = at.to_utc()?.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::try_from(text).ok()
}
