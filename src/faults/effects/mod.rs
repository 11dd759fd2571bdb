//! Effects on a response on its way out: one file per effect, one row in [`EFFECTS`]. `do` names a row;
//! the docs of `faults` say how to add one.
//!
//! An effect describes how the response is sent. `server/faulted.rs` carries that out.

mod close;
mod content_type;
mod cut;
mod drip;
mod garbage;
mod hang;
mod reset;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::dialect::Response;

use super::text::Word;

/// Every effect, in the order in which they are done.
pub static EFFECTS: &[Row] =
    &[content_type::ROW, cut::ROW, drip::ROW, reset::ROW, close::ROW, hang::ROW, garbage::ROW];

/// An effect: all there is to say about it.
#[derive(Debug)]
pub struct Row {
    /// What `do` calls it.
    pub name: &'static str,
    /// What it does, in a few words.
    pub doc: &'static str,
    /// How it is written.
    pub form: Form,
    /// Reads its value; the word itself where it has none.
    pub read: fn(Word<'_>) -> Option<Arc<dyn WireEffect>>,
}

/// How an effect is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As a word: `do = "reset"`, `wire = "reset"`. The answer is lost, so the operation does not run,
    /// unless `commit` says so or part of its answer is sent.
    Word,
    /// As a key with a text of this form, a regular expression. It shapes an answer, so there is one.
    Key(&'static str),
    /// The same, or a number.
    NumberKey(&'static str),
}

/// Changes a response on its way out.
pub trait WireEffect: Debug + Send + Sync {
    /// Changes the response, or how it is sent.
    fn apply(&self, response: &mut FaultedResponse);
}

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

/// A body sent in pieces of `bytes`, with a pause of `interval` between two pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Drip {
    pub bytes: usize,
    pub interval: Duration,
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

    /// Ends the connection so. Nothing is sent, unless another effect has chosen a part.
    fn abort(&mut self, tail: Tail) {
        if self.sent == SentPart::Whole {
            self.sent = SentPart::Nothing;
        }
        self.tail = tail;
    }
}

/// The row of that name and form.
pub fn find(name: &str, word: bool) -> Option<&'static Row> {
    EFFECTS.iter().find(|row| row.name == name && (row.form == Form::Word) == word)
}

/// The names of the words, or those of the keys.
pub fn names(word: bool) -> impl Iterator<Item = &'static str> {
    EFFECTS.iter().filter(move |row| (row.form == Form::Word) == word).map(|row| row.name)
}
