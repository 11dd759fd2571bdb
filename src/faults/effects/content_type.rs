//! `content-type`: the response has another content type, as a proxy's error page does.

use std::sync::Arc;

use http::HeaderValue;
use http::header::CONTENT_TYPE;

use super::super::text::Word;
use super::{FaultedResponse, Form, Row, WireEffect};

pub(super) const ROW: Row = Row {
    name: "content-type",
    doc: "the answer names another content type, such as text/html",
    form: Form::Key("^[ -~]+$"),
    read,
};

#[derive(Debug)]
struct ContentType(HeaderValue);

fn read(word: Word<'_>) -> Option<Arc<dyn WireEffect>> {
    match HeaderValue::from_str(word.text) {
        Ok(value) if word.text.is_ascii() => Some(Arc::new(ContentType(value))),
        Ok(_) | Err(_) => word.expected("a content type such as text/html"),
    }
}

impl WireEffect for ContentType {
    fn apply(&self, response: &mut FaultedResponse) {
        response.response.headers_mut().insert(CONTENT_TYPE, self.0.clone());
    }
}
