//! JSON Schemas of the responses, from the vendor's definitions in `response_schemas.json`.
//!
//! `tests/it/response_schemas.rs` validates the responses of the wire cases against the same file.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};

use crate::dialect::shape::Shape;
use crate::dialect::{MemberKind, ResponseSchemas};

use super::ROUTES;
use super::shapes::{GROUP, USER};

/// The definitions. Source: API Explorer definitions of IdentityCenterStore, July 2026.
const DEFINITIONS: &str = include_str!("response_schemas.json");

/// The schemas of all responses.
pub fn schemas() -> ResponseSchemas {
    // Cannot fail: a test parses the constant.
    let definitions: Json = serde_json::from_str(DEFINITIONS).unwrap_or_default();
    let schema_of = |name: &str| {
        let operations = definitions["operations"].as_array().into_iter().flatten();
        let body = operations.filter(|row| row["name"] == name).map(|row| &row["body"]).next();
        body.and_then(Json::as_str).map_or(Json::Null, type_schema)
    };
    let successes = ROUTES.iter().map(|route| (route.operation, schema_of(route.operation.name())));
    // Attributes are not required in responses: a user or group that was created through AWS may lack
    // attributes that Huawei requires on creation.
    let mut attributes = HashSet::new();
    add_member_names(&USER, &mut attributes);
    add_member_names(&GROUP, &mut attributes);
    let components = definitions["schemas"].as_object().into_iter().flatten();
    let components =
        components.map(|(name, members)| (name.clone(), object_schema(members, &attributes)));
    let text = json!({ "type": "string" });
    let error = json!({
        "type": "object",
        "properties": {
            "error_code": text,
            "error_msg": text,
            "request_id": text,
            "encoded_authorization_message": text,
        },
        "required": ["error_code", "error_msg", "request_id"],
    });
    ResponseSchemas {
        other_statuses: &[],
        media_types: &["application/json"],
        successes: successes.collect::<HashMap<_, _>>(),
        error,
        components: components.collect(),
    }
}

fn add_member_names(shape: &'static Shape, names: &mut HashSet<&'static str>) {
    for member in shape.members {
        names.insert(member.name);
        if let MemberKind::Record(inner) | MemberKind::List(inner, _) = member.kind {
            add_member_names(inner, names);
        }
    }
}

fn object_schema(members: &Json, attributes: &HashSet<&str>) -> Json {
    let members = members.as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |member: &Json| member["name"].as_str().unwrap_or_default().to_owned();
    let properties: Map<_, _> = members
        .iter()
        .map(|member| {
            let mut schema = type_schema(member["type"].as_str().unwrap_or_default());
            if member["enum"].is_array() {
                schema["enum"] = member["enum"].clone();
            }
            // The only nullable member: it is null on the last page.
            if member["name"] == "next_marker" {
                schema = json!({ "type": ["string", "null"] });
            }
            (name(member), schema)
        })
        .collect();
    let required: Vec<_> = members
        .iter()
        .filter(|member| member["required"] == true && !attributes.contains(name(member).as_str()))
        .map(name)
        .collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// The schema of a type in the definitions: a Python scalar type, `list[…]`, or the name of a schema.
fn type_schema(name: &str) -> Json {
    if let Some(inner) = name.strip_prefix("list[").and_then(|rest| rest.strip_suffix(']')) {
        return json!({ "type": "array", "items": type_schema(inner) });
    }
    match name {
        "str" => json!({ "type": "string" }),
        "int" => json!({ "type": "integer" }),
        "float" => json!({ "type": "number" }),
        "bool" => json!({ "type": "boolean" }),
        schema => json!({ "$ref": format!("#/components/schemas/{schema}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_cover_every_operation_and_resolve_every_reference() {
        let schemas = schemas();
        assert_eq!(schemas.successes.len(), ROUTES.len());
        assert!(schemas.successes.values().filter(|schema| !schema.is_null()).count() > 30);
        let text = json!([schemas.components, schemas.successes.values().collect::<Vec<_>>()]);
        for reference in text.to_string().split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap_or_default();
            assert!(schemas.components.contains_key(name), "{name}");
        }
    }
}
