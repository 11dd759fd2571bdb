//! Success responses. The type of a handler's reply also describes it in the OpenAPI document.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{ControlBody, ControlResponse};

/// The media type of nearly every body.
pub(super) const JSON: &str = "application/json";

/// What a handler replies.
pub(super) trait Reply {
    fn into_response(self) -> ControlResponse;

    /// The media types, each with its schema.
    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)>;
}

/// A JSON body.
pub(super) struct Json<T> {
    status: StatusCode,
    body: T,
}

impl<T> Json<T> {
    pub(super) fn new(status: StatusCode, body: T) -> Self {
        Self { status, body }
    }

    /// Status 200.
    pub(super) fn ok(body: T) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// Status 201 if something new exists, else 200.
    pub(super) fn created(is_new: bool, body: T) -> Self {
        Self::new(if is_new { StatusCode::CREATED } else { StatusCode::OK }, body)
    }
}

impl<T: Serialize + JsonSchema> Reply for Json<T> {
    fn into_response(self) -> ControlResponse {
        // Our structs have string keys only, so this does not fail.
        let mut text = serde_json::to_vec(&self.body).unwrap_or_default();
        text.push(b'\n');
        response(self.status, JSON, ControlBody::Whole(text.into()))
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![(JSON, generator.subschema_for::<T>())]
    }
}

/// The number of removed things.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// The number.
    pub removed: usize,
}

/// A response of status 200 with a body in one piece.
pub(super) fn text_response(content_type: &'static str, text: impl Into<Bytes>) -> ControlResponse {
    response(StatusCode::OK, content_type, ControlBody::Whole(text.into()))
}

/// A response of status 200 whose body is written while it is sent.
pub(super) fn stream_response(
    content_type: &'static str,
    stream: BoxStream<'static, Bytes>,
) -> ControlResponse {
    response(StatusCode::OK, content_type, ControlBody::Stream(stream))
}

fn response(status: StatusCode, content_type: &'static str, body: ControlBody) -> ControlResponse {
    let mut response = ControlResponse::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The schema of a text.
pub(super) fn text_schema(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<String>()
}
