//! `close`: the connection is closed in order, a FIN, and there was no answer.

use std::sync::Arc;

use super::{End, Form, Row, Spoil, Spoiled};

pub(super) const ROW: Row = Row {
    name: "close",
    doc: "the connection is closed (FIN) without an answer",
    form: Form::Word,
    read: |_| Some(Arc::new(Close)),
};

#[derive(Debug)]
struct Close;

impl Spoil for Close {
    fn spoil(&self, answer: &mut Spoiled) {
        answer.lose(End::Close);
    }
}
