//! `close`: the connection is closed (FIN) without a response.

use std::sync::Arc;

use super::{FaultedResponse, Form, Row, Tail, WireEffect};

pub(super) const ROW: Row = Row {
    name: "close",
    doc: "the connection is closed (FIN) without an answer",
    form: Form::Word,
    read: |_| Some(Arc::new(Close)),
};

#[derive(Debug)]
struct Close;

impl WireEffect for Close {
    fn apply(&self, response: &mut FaultedResponse) {
        response.abort(Tail::Close);
    }
}
