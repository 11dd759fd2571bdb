//! Responses that a fault changes on the wire.
//!
//! A response that arrives whole is sent by hyper, in pieces if the fault drips it. Any other response
//! ends its connection: it is returned to hyper as the error [`Aborted`], and written to the raw
//! stream once hyper has returned it.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{CONTENT_LENGTH, DATE};
use http::{HeaderValue, Version};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use crate::dialect::Response;
use crate::domain::Clock;
use crate::faults::{Drip, FaultedResponse, SentPart, Tail};

use super::stream::ConnectionStream;
use super::{Body, http_date, stream_body, whole_body};

/// A response that ends its connection before it has arrived whole.
#[derive(Debug)]
pub struct Aborted(Box<FaultedResponse>);

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault ends this connection")
    }
}

impl std::error::Error for Aborted {}

/// Returns the response as hyper sends it, with its pauses.
///
/// # Errors
/// [`Aborted`] if it does not arrive whole.
pub fn response(mut faulted: Box<FaultedResponse>) -> Result<http::Response<Body>, Aborted> {
    let length = faulted.response.body().len();
    let sent = match faulted.sent {
        SentPart::Whole => length,
        SentPart::Part(bytes) => bytes,
        SentPart::Nothing => return Err(Aborted(faulted)),
    };
    if sent < length {
        return Err(Aborted(faulted));
    }
    let drip = faulted.drip;
    if drip.is_none() || length == 0 {
        return Ok(faulted.response.map(whole_body));
    }
    // Without this header, hyper would send the stream in chunks.
    faulted.response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(faulted.response.map(|body| stream_body(pieces(body, drip))))
}

impl Aborted {
    /// The aborted response that ended a connection, if one did.
    pub fn find(error: &hyper::Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// Sends the part that is sent, and ends the connection. `stopped` ends one that hangs.
    ///
    /// # Errors
    /// If the client closes the connection first, or reads nothing for too long.
    pub async fn send(
        &self,
        mut stream: impl ConnectionStream,
        stopped: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let FaultedResponse { response, sent, drip, tail } = &*self.0;
        if let SentPart::Part(bytes) = sent {
            stream.write_all(&head(response)).await?;
            stream.flush().await?;
            let mut pieces = pin!(pieces(response.body().slice(..*bytes), *drip));
            while let Some(piece) = pieces.next().await {
                stream.write_all(&piece).await?;
                // TLS keeps what it cannot send at once.
                stream.flush().await?;
            }
        }
        match tail {
            Tail::Keep | Tail::Close => stream.shutdown().await,
            Tail::Bytes(bytes) => {
                stream.write_all(bytes).await?;
                stream.shutdown().await
            }
            Tail::Reset => stream.tcp().set_zero_linger(),
            Tail::Hang => {
                let mut sink = tokio::io::sink();
                tokio::select! {
                    () = stopped => {}
                    _ = tokio::io::copy(&mut stream, &mut sink) => {}
                }
                stream.shutdown().await
            }
        }
    }
}

/// The body in the pieces of a drip, with a pause between two of them.
fn pieces(body: Bytes, drip: Option<Drip>) -> impl Stream<Item = Bytes> + Send {
    stream::unfold((body, false), move |(mut rest, is_later)| async move {
        if rest.is_empty() {
            return None;
        }
        let Some(drip) = drip else { return Some((rest, (Bytes::new(), true))) };
        if is_later {
            sleep(drip.interval).await;
        }
        let piece = rest.split_to(drip.bytes.min(rest.len()));
        Some((piece, (rest, true)))
    })
}

/// The head of a response, as hyper writes it.
fn head(response: &Response) -> Vec<u8> {
    let version = if response.version() == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("{version} {} {reason}\r\n", status.as_str()).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    };
    let headers = response.headers();
    for (name, value) in headers {
        line(name.as_str(), value.as_bytes());
    }
    if !headers.contains_key(CONTENT_LENGTH) {
        line(CONTENT_LENGTH.as_str(), response.body().len().to_string().as_bytes());
    }
    if !headers.contains_key(DATE)
        && let Some(date) = http_date(Clock::system().now())
    {
        line(DATE.as_str(), date.as_bytes());
    }
    head.extend(b"\r\n");
    head
}
