//! What a fault does to a response on its way out. An effect changes a [`FaultedResponse`];
//! `server/faulted.rs` carries that out.

mod cut;
mod drip;
mod wire;

use crate::dialect::Response;

pub use cut::Cut;
pub use drip::Drip;
pub use wire::{WIRE_EFFECTS, WireEffect};

/// A response that a fault changes on the wire. The server carries it out.
#[derive(Clone, Debug)]
pub struct FaultedResponse {
    /// The response. Its `Content-Length` is that of the whole body, whatever is sent.
    pub response: Response,
    /// The part that is sent.
    pub sent: SentPart,
    /// Sends the body in small pieces.
    pub drip: Option<Drip>,
    /// What follows the part that is sent. Ignored if that is the whole response.
    pub tail: Tail,
}

/// The part of a response that is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SentPart {
    /// All of it.
    Whole,
    /// The head, and this number of bytes of the body.
    Part(usize),
    /// No byte.
    Nothing,
}

/// What becomes of the connection after a response that was not sent whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// It stays open for the next request.
    Keep,
    /// It is closed: FIN.
    Close,
    /// It is reset: RST.
    Reset,
    /// It stays open, and nothing follows, until the client closes it or the server stops.
    Hang,
    /// These bytes are sent, then it is closed.
    Bytes(&'static [u8]),
}

impl FaultedResponse {
    /// A response that is sent whole.
    pub fn new(response: Response) -> Self {
        Self { response, sent: SentPart::Whole, drip: None, tail: Tail::Keep }
    }

    /// Whether it is sent as any other response.
    pub fn is_plain(&self) -> bool {
        self.sent == SentPart::Whole && self.drip.is_none() && self.tail == Tail::Keep
    }
}
