//! `garbage`: bytes that are not HTTP are sent, then the connection is closed.

use std::sync::Arc;

use super::{FaultedResponse, Form, Row, Tail, WireEffect};

pub(super) const ROW: Row = Row {
    name: "garbage",
    doc: "bytes come that are no HTTP, then the connection is closed",
    form: Form::Word,
    read: |_| Some(Arc::new(Garbage)),
};

/// Neither text nor HTTP, so that no client reads it as the start of a response. Constant, so that the
/// same requests get the same bytes.
const BYTES: &[u8] = b"\x00\xff\xfe\x15\x03\x01garbage\x80\xc0\r\n\r\n\x1b[0m\xf5\x00";

#[derive(Debug)]
struct Garbage;

impl WireEffect for Garbage {
    fn apply(&self, response: &mut FaultedResponse) {
        response.abort(Tail::Bytes(BYTES));
    }
}
