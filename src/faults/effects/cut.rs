//! `cut`: the head and the first part of the body are sent, then the connection is closed.
//! `Content-Length` is that of the whole body, so the client can detect the cut.
//!
//! An empty body cannot be cut.

use std::sync::Arc;

use super::super::text::Word;
use super::{FaultedResponse, Form, Row, SentPart, Tail, WireEffect};

pub(super) const ROW: Row = Row {
    name: "cut",
    doc: "only the first part of the body arrives: \"50%\", or a number of bytes",
    form: Form::NumberKey("^([0-9]{1,2}%|[0-9]{1,10})$"),
    read,
};

#[derive(Debug)]
enum Cut {
    Percent(usize),
    Bytes(usize),
}

fn read(word: Word<'_>) -> Option<Arc<dyn WireEffect>> {
    let at = word.text.len().saturating_sub(1);
    let cut = if word.text.ends_with('%') {
        Cut::Percent(usize::try_from(word.split_at(at).0.integer(0..=99)?).ok()?)
    } else {
        Cut::Bytes(usize::try_from(word.integer(0..=u64::from(u32::MAX))?).ok()?)
    };
    Some(Arc::new(cut))
}

impl WireEffect for Cut {
    fn apply(&self, response: &mut FaultedResponse) {
        let whole = response.response.body().len();
        let part = match self {
            Self::Percent(percent) => whole * percent / 100,
            Self::Bytes(bytes) => (*bytes).min(whole),
        };
        response.sent = SentPart::Part(part);
        if part < whole {
            response.tail = Tail::Close;
        }
    }
}
