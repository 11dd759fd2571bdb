//! `hang`: no response is sent; the connection stays open until the client closes it or the server stops.

use std::sync::Arc;

use super::{FaultedResponse, Form, Row, Tail, WireEffect};

pub(super) const ROW: Row = Row {
    name: "hang",
    doc: "no answer comes; the connection stays open",
    form: Form::Word,
    read: |_| Some(Arc::new(Hang)),
};

#[derive(Debug)]
struct Hang;

impl WireEffect for Hang {
    fn apply(&self, response: &mut FaultedResponse) {
        response.abort(Tail::Hang);
    }
}
