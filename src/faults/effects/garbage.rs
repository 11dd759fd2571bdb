//! `garbage`: bytes come that are no HTTP, and the connection is closed.

use std::sync::Arc;

use super::{End, Form, Row, Spoil, Spoiled};

pub(super) const ROW: Row = Row {
    name: "garbage",
    doc: "bytes come that are no HTTP, then the connection is closed",
    form: Form::Word,
    read: |_| Some(Arc::new(Garbage)),
};

/// Neither text nor a protocol: no client takes it for the start of an answer. Always the same, so that
/// the same requests get the same bytes.
const BYTES: &[u8] = b"\x00\xff\xfe\x15\x03\x01garbage\x80\xc0\r\n\r\n\x1b[0m\xf5\x00";

#[derive(Debug)]
struct Garbage;

impl Spoil for Garbage {
    fn spoil(&self, answer: &mut Spoiled) {
        answer.lose(End::Words(BYTES));
    }
}
