//! `hang`: no answer comes, and the connection stays open until the client gives up or the server ends.

use std::sync::Arc;

use super::{End, Form, Row, Spoil, Spoiled};

pub(super) const ROW: Row = Row {
    name: "hang",
    doc: "no answer comes; the connection stays open",
    form: Form::Word,
    read: |_| Some(Arc::new(Hang)),
};

#[derive(Debug)]
struct Hang;

impl Spoil for Hang {
    fn spoil(&self, answer: &mut Spoiled) {
        answer.lose(End::Hang);
    }
}
