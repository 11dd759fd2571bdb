//! `GET /openapi.json`: OpenAPI 3.1 of this API and of the dialects that have a path for each of
//! their operations, made from the rows that answer.

use serde_json::{Map, Value as Json, json};

use crate::journal::FIELDS;
use crate::wire::{
    Limit, Member, MemberKind, Shape,
    shape::{Access, Presence},
};

use super::calls::ok;
use super::{Answer, Call, PREFIX, ROUTES, Refusal, Route};

/// Calls that take a parameter for each field of an entry.
const FILTERED: &[&str] = &["/journal", "/journal/count", "/events"];

/// The document.
pub(super) fn openapi(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut paths = Map::new();
    for row in ROUTES {
        let path = format!("{PREFIX}{}", row.path.replace("{}", "{id}"));
        put(&mut paths, &path, row.method.as_str(), control(row, &path));
    }
    for dialect in call.service.dialects() {
        // Where all operations share one path, OpenAPI has no words for them.
        for route in dialect.routes().iter().filter(|route| route.path != "/") {
            let mut operation = json!({
                "operationId": format!("{}_{}", dialect.name(), route.operation.name()),
                "tags": [dialect.name()],
                "parameters": path_parameters(route.path),
                "responses": {
                    route.status.to_string(): { "description": "Success" },
                    "default": { "description": "A refusal, in the vendor's form" },
                },
            });
            if let Some(shape) = route.body {
                operation["requestBody"] = body(&schema(shape));
            }
            put(&mut paths, route.path, route.method.as_str(), operation);
        }
    }
    ok(json!({
        "openapi": "3.1.0",
        "info": { "title": "idouble", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": { "Error": error() } },
    }))
}

fn put(paths: &mut Map<String, Json>, path: &str, method: &str, operation: Json) {
    let methods = paths.entry(path).or_insert_with(|| json!({}));
    methods[method.to_lowercase()] = operation;
}

fn control(row: &Route, path: &str) -> Json {
    let mut parameters = path_parameters(path);
    if FILTERED.contains(&row.path) && row.method == http::Method::GET {
        for field in FIELDS {
            parameters.push(query(field.name, field.help));
        }
    }
    if row.path == "/journal" && row.method == http::Method::GET {
        parameters.push(query("limit", "How many entries the page has, 1 to 1000"));
        parameters.push(query("before", "Entries whose number is less"));
    }
    let words: Vec<_> = path[PREFIX.len()..].split(['/', '{', '}']).collect();
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let refused = json!({ "$ref": "#/components/schemas/Error" });
    let mut operation = json!({
        "operationId": format!("{}_{words}", row.method.as_str().to_lowercase()),
        "tags": ["control"],
        "parameters": parameters,
        "responses": {
            "2XX": { "description": "Success" },
            "default": {
                "description": "A refusal, or a verdict that is not met",
                "content": { "application/json": { "schema": refused } },
            },
        },
    });
    if matches!(row.method, http::Method::POST | http::Method::PUT) {
        operation["requestBody"] = body(&json!({}));
    }
    operation
}

fn body(schema: &Json) -> Json {
    json!({ "content": { "application/json": { "schema": schema } } })
}

fn query(name: &str, help: &str) -> Json {
    json!({ "name": name, "in": "query", "description": help, "schema": { "type": "string" } })
}

/// A parameter for each `{name}` of a path.
fn path_parameters(path: &str) -> Vec<Json> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let told = names.map(|name| {
        let schema = json!({ "type": "string", "minLength": 1 });
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    told.collect()
}

/// What the control API says where it refuses.
fn error() -> Json {
    json!({
        "type": "object",
        "properties": {
            "error": { "type": "string" },
            "details": { "type": "array", "items": { "type": "string" } },
        },
    })
}

/// A structure as JSON Schema has it.
fn schema(shape: &Shape) -> Json {
    let written = shape.members.iter().filter(|member| member.access != Access::ReadOnly);
    let members: Map<_, _> =
        written.clone().map(|member| (member.name.to_owned(), member_schema(member))).collect();
    let required: Vec<_> = written
        .filter(|member| member.presence != Presence::Optional)
        .map(|member| member.name)
        .collect();
    json!({ "title": shape.name, "type": "object", "properties": members, "required": required })
}

fn member_schema(member: &Member) -> Json {
    let text =
        |limit: &Limit| json!({ "type": "string", "minLength": limit.min, "maxLength": limit.max });
    let list = |items: Json, max| json!({ "type": "array", "items": items, "minItems": 1, "maxItems": max });
    match member.kind {
        MemberKind::Text(limit) => text(limit),
        MemberKind::Choice(choices) => json!({ "type": "string", "enum": choices }),
        MemberKind::Flag => json!({ "type": "boolean" }),
        MemberKind::Record(shape) => schema(shape),
        MemberKind::List(shape, max) => list(schema(shape), max),
        MemberKind::Texts(limit, max) => list(text(limit), max),
    }
}
