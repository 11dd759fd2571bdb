//! What goes out: nearly always bytes in one piece, and sometimes what a fault has made of them,
//! or the journal's entries as they come.
//!
//! hyper drops what it still holds when a body fails, so a body that ends before its time waits until
//! what it gave has left.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::faults::{Drip, FaultedResponse, SentPart, Tail};

use super::socket::{Last, Line};

/// The body of an answer.
pub enum Body {
    /// In one piece.
    Whole(Full<Bytes>),
    /// As a fault says.
    FaultedResponse(Box<SpoiledBody>),
    /// As it is made: until that ends, or the client leaves.
    Following(Box<FollowingBody>),
}

/// A body that is made while it is sent. The request is under way until this is dropped.
pub struct FollowingBody {
    stream: BoxStream<'static, Bytes>,
    line: Arc<Line>,
}

impl Drop for FollowingBody {
    fn drop(&mut self) {
        self.line.end();
    }
}

/// A body that a fault has had its hands on.
pub struct SpoiledBody {
    /// What is still to be sent.
    rest: Bytes,
    /// How many bytes the client is told of that never come.
    missing: u64,
    drip: Option<Drip>,
    pause: Option<Pin<Box<Sleep>>>,
    end: Tail,
    line: Arc<Line>,
}

/// No answer comes, or no more of it: a fault has said so. The connection ends.
#[derive(Clone, Copy, Debug)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault ended this connection")
    }
}

impl std::error::Error for Lost {}

impl Body {
    /// A body in one piece.
    pub fn whole(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }

    /// A body that goes on.
    pub fn follow(stream: BoxStream<'static, Bytes>, line: Arc<Line>) -> Self {
        Self::Following(Box::new(FollowingBody { stream, line }))
    }
}

/// SentPart what a fault has left of an answer.
///
/// # Errors
/// `Lost` where that is nothing.
pub async fn leave(
    line: &Arc<Line>,
    spoiled: FaultedResponse,
) -> Result<http::Response<Body>, Lost> {
    let FaultedResponse { response, sent, drip, tail } = spoiled;
    let whole = response.body().len();
    let part = match sent {
        SentPart::Whole => whole,
        SentPart::Part(bytes) => bytes.min(whole),
        SentPart::Nothing => return Err(lose(line, tail).await),
    };
    let missing = (whole - part) as u64;
    let line = line.clone();
    Ok(response.map(|bytes| {
        let rest = bytes.slice(..part);
        Body::FaultedResponse(Box::new(SpoiledBody {
            rest,
            missing,
            drip,
            pause: None,
            end: tail,
            line,
        }))
    }))
}

/// Ends a connection without an answer. A hanging one ends with the client's patience or the server.
async fn lose(line: &Line, end: Tail) -> Lost {
    if end == Tail::Hang && line.hang() {
        std::future::pending::<()>().await;
    }
    say_last(line, end);
    Lost
}

fn say_last(line: &Line, end: Tail) {
    match end {
        Tail::Reset => line.end_with(Last::Reset),
        Tail::Bytes(bytes) => line.end_with(Last::Words(bytes)),
        Tail::Keep | Tail::Close | Tail::Hang => {}
    }
}

impl SpoiledBody {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Lost>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        if !self.rest.is_empty() {
            let most = self.drip.map_or(self.rest.len(), |drip| drip.bytes);
            let piece = self.rest.split_to(most.min(self.rest.len()));
            if let Some(drip) = self.drip.filter(|_| !self.rest.is_empty()) {
                self.pause = Some(Box::pin(sleep(drip.interval)));
            }
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.missing == 0 {
            return Poll::Ready(None);
        }
        ready!(self.line.poll_flushed());
        if self.end == Tail::Hang && self.line.hang() {
            return Poll::Pending;
        }
        say_last(&self.line, self.end);
        Poll::Ready(Some(Err(Lost)))
    }
}

impl Drop for SpoiledBody {
    /// Whatever became of it, nobody waits for it any more.
    fn drop(&mut self) {
        self.line.end();
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Lost;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Lost>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body)
                .poll_frame(context)
                .map(|frame| frame.map(|frame| frame.map_err(|never: Infallible| match never {}))),
            Self::FaultedResponse(body) => body.poll(context),
            Self::Following(body) => {
                let piece = body.stream.as_mut().poll_next(context);
                piece.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::FaultedResponse(body) => body.rest.is_empty() && body.missing == 0,
            Self::Following(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::FaultedResponse(body) => {
                SizeHint::with_exact(body.rest.len() as u64 + body.missing)
            }
            Self::Following(_) => SizeHint::default(),
        }
    }
}
