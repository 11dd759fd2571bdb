//! `reset`: the client gets nothing but a reset of its connection, a true RST.

use std::sync::Arc;

use super::{End, Form, Row, Spoil, Spoiled};

pub(super) const ROW: Row = Row {
    name: "reset",
    doc: "the connection is reset (RST)",
    form: Form::Word,
    read: |_| Some(Arc::new(Reset)),
};

#[derive(Debug)]
struct Reset;

impl Spoil for Reset {
    fn spoil(&self, answer: &mut Spoiled) {
        answer.lose(End::Reset);
    }
}
