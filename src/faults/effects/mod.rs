//! What a rule does to an answer on its way out, beyond what is in it: one file an effect, one row in
//! [`EFFECTS`]. `do` takes a row by its name; see the crate's `faults` docs for how to add one.
//!
//! An effect says how the answer leaves; the server's connection carries that out. Knows no socket.

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
    pub read: fn(Word<'_>) -> Option<Arc<dyn Spoil>>,
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

/// What an effect does.
pub trait Spoil: Debug + Send + Sync {
    /// Changes an answer, or how it leaves.
    fn spoil(&self, answer: &mut Spoiled);
}

/// An answer that does not leave as it is.
#[derive(Debug)]
pub struct Spoiled {
    /// The answer. Its `Content-Length` is that of the whole body, whatever is sent.
    pub response: Response,
    /// How much of it is sent.
    pub sends: Sends,
    /// In which pieces.
    pub drip: Option<Drip>,
    /// How it ends.
    pub end: End,
}

/// How much of an answer is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sends {
    /// All.
    Whole,
    /// The head, and so many bytes of the body.
    Part(usize),
    /// Not even the head.
    Nothing,
}

/// A body that comes in pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Drip {
    pub bytes: usize,
    pub interval: Duration,
}

/// What becomes of the connection after what is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It is kept.
    Keep,
    /// It is closed in order: FIN.
    Close,
    /// It is reset: RST.
    Reset,
    /// It stays open, and nothing comes, until the client closes it or the server ends.
    Hang,
    /// These bytes come, and it is closed.
    Words(&'static [u8]),
}

impl Spoiled {
    /// An answer that leaves whole.
    pub fn new(response: Response) -> Self {
        Self { response, sends: Sends::Whole, drip: None, end: End::Keep }
    }

    /// Whether it leaves as any other does.
    pub fn is_plain(&self) -> bool {
        self.sends == Sends::Whole && self.drip.is_none() && self.end == End::Keep
    }

    /// Ends so; nothing is sent, unless a part was set aside.
    fn lose(&mut self, end: End) {
        if self.sends == Sends::Whole {
            self.sends = Sends::Nothing;
        }
        self.end = end;
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
