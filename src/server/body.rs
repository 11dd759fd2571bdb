//! What goes out: nearly always bytes in one piece; and the journal's entries, as they come.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::journal::Subscription;

use super::socket::Line;

/// The body of an answer.
pub enum Body {
    /// In one piece.
    Whole(Full<Bytes>),
    /// Entries of the journal, until the client leaves, reads too slowly, or the server ends.
    Events(Box<EventsBody>),
}

/// Entries of the journal. The request is under way until this is dropped.
pub struct EventsBody {
    events: Subscription,
    line: Arc<Line>,
}

impl Body {
    /// A body in one piece.
    pub fn whole(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }

    /// A body that goes on.
    pub fn events(events: Subscription, line: Arc<Line>) -> Self {
        Self::Events(Box::new(EventsBody { events, line }))
    }
}

impl Drop for EventsBody {
    fn drop(&mut self) {
        self.line.end();
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context),
            Self::Events(body) => {
                let event = body.events.poll_event(context);
                event.map(|event| event.map(|text| Ok(Frame::data(text.into()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Events(_) => SizeHint::default(),
        }
    }
}
