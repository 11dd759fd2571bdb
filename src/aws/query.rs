//! The query protocol: a form or a query in, XML out.

use std::borrow::Cow;

use http::Method;
use http::header::CONTENT_TYPE;

use crate::dialect::request::header;
use crate::dialect::{Head, Params};

/// The content type of every body of this protocol.
pub const CONTENT: &str = "text/xml";

/// Whether a request is one of the query protocol.
pub fn is_query(head: &Head) -> bool {
    match head.method {
        Method::POST => header(&head.headers, &CONTENT_TYPE)
            .is_some_and(|content| content.starts_with("application/x-www-form-urlencoded")),
        Method::GET => head.uri.query().is_some_and(|query| param_of(query, "Action").is_some()),
        _ => false,
    }
}

/// The parameters of a request of the query protocol; `None` if it is of another protocol.
pub fn params<'r>(head: &'r Head, body: &'r [u8]) -> Option<Params<'r>> {
    let encoded = match head.method {
        _ if !is_query(head) => return None,
        Method::POST => body,
        _ => head.uri.query()?.as_bytes(),
    };
    Some(form_urlencoded::parse(encoded).collect())
}

fn param_of<'q>(query: &'q str, name: &str) -> Option<Cow<'q, str>> {
    let mut params = form_urlencoded::parse(query.as_bytes());
    params.find(|(key, _)| key == name).map(|(_, value)| value)
}

/// An element with this text.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

/// Text for XML. Characters that XML 1.0 cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | ' '.. => escaped.push(c),
            _ => {}
        }
    }
    escaped
}
