//! JSON Schema of limits, members and shapes.

use serde_json::{Map, Value as Json, json};

use super::limit::Limit;
use super::shape::{Member, MemberKind, Shape};

/// Which members of a shape its schema shows.
#[derive(Clone, Copy, Debug)]
pub struct SchemaOptions {
    /// Whether a member is in the schema.
    pub include: fn(&Member) -> bool,
    /// Whether a member is required.
    pub required: fn(&Member) -> bool,
    /// Whether other members are forbidden.
    pub closed: bool,
}

/// The schema of a structure.
pub fn of_shape(shape: &Shape, options: SchemaOptions) -> Json {
    let members = || shape.members.iter().filter(|member| (options.include)(member));
    let properties: Map<_, _> =
        members().map(|member| (member.name.to_owned(), of_kind(&member.kind, options))).collect();
    let required: Vec<_> =
        members().filter(|member| (options.required)(member)).map(|member| member.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if options.closed {
        schema["additionalProperties"] = false.into();
    }
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// The schema of a member's value.
pub fn of_kind(kind: &MemberKind, options: SchemaOptions) -> Json {
    let list_of = |items: Json, max: usize| json!({ "type": "array", "minItems": 1, "maxItems": max, "items": items });
    match kind {
        MemberKind::Text(limit) => of_limit(limit),
        MemberKind::Choice(choices) => json!({ "enum": choices }),
        MemberKind::Flag => json!({ "type": "boolean" }),
        MemberKind::Record(shape) => of_shape(shape, options),
        MemberKind::List(shape, max) => list_of(of_shape(shape, options), *max),
        MemberKind::Texts(limit, max) => list_of(of_limit(limit), *max),
    }
}

/// The schema of a text.
pub fn of_limit(limit: &Limit) -> Json {
    let mut schema = json!({ "type": "string" });
    if limit.min > 0 {
        schema["minLength"] = limit.min.into();
    }
    if limit.max < usize::MAX {
        schema["maxLength"] = limit.max.into();
    }
    if let Some(pattern) = limit.pattern.filter(|pattern| !pattern.is_empty()) {
        schema["pattern"] = format!("^(?:{pattern})$").into();
    }
    schema
}
