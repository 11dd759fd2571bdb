//! `reset`: the connection is reset (RST) without a response.

use std::sync::Arc;

use super::{FaultedResponse, Form, Row, Tail, WireEffect};

pub(super) const ROW: Row = Row {
    name: "reset",
    doc: "the connection is reset (RST)",
    form: Form::Word,
    read: |_| Some(Arc::new(Reset)),
};

#[derive(Debug)]
struct Reset;

impl WireEffect for Reset {
    fn apply(&self, response: &mut FaultedResponse) {
        response.abort(Tail::Reset);
    }
}
