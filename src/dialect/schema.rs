//! Rows as JSON Schema has them: bounds, members, structures. What they mean to a document is its
//! maker's affair.

use serde_json::{Map, Value as Json, json};

use super::limit::Limit;
use super::shape::{Member, MemberKind, Shape};

/// How structures are told.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Which members there are.
    pub has: fn(&Member) -> bool,
    /// Which of them have to be there.
    pub needs: fn(&Member) -> bool,
    /// Whether there is nothing else.
    pub closed: bool,
}

/// A structure.
pub fn of_shape(shape: &Shape, look: Look) -> Json {
    let members = || shape.members.iter().filter(|member| (look.has)(member));
    let rows = members().map(|row| (row.name.to_owned(), of_kind(&row.kind, look)));
    let required: Vec<_> =
        members().filter(|member| (look.needs)(member)).map(|member| member.name).collect();
    let mut schema = json!({ "type": "object", "properties": rows.collect::<Map<_, _>>() });
    if look.closed {
        schema["additionalProperties"] = false.into();
    }
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// A member of one.
pub fn of_kind(kind: &MemberKind, look: Look) -> Json {
    let many = |items: Json, max: usize| json!({ "type": "array", "minItems": 1, "maxItems": max, "items": items });
    match kind {
        MemberKind::Text(limit) => of_limit(limit),
        MemberKind::Choice(choices) => json!({ "enum": choices }),
        MemberKind::Flag => json!({ "type": "boolean" }),
        MemberKind::Record(shape) => of_shape(shape, look),
        MemberKind::List(shape, max) => many(of_shape(shape, look), *max),
        MemberKind::Texts(limit, max) => many(of_limit(limit), *max),
    }
}

/// A text within bounds.
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
