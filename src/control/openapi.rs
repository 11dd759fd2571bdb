//! `GET /openapi.json`: OpenAPI 3.1 of this API and of the dialects that have a path for each of
//! their operations, made from the rows that answer.

use serde_json::{Map, Value as Json, json};

use crate::dialect::{AnswerSchemas, Dialect, Route as Operation};
use crate::journal::FIELDS;

use super::calls::ok;
use super::{Answer, Call, Gives, PREFIX, ROUTES, Refusal, Route, full_path, schemas};

/// The document.
pub(super) fn openapi(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut paths = Map::new();
    let mut components = schemas::components();
    for row in ROUTES {
        let path = full_path(row);
        put(&mut paths, &path, row.method.as_str(), control(row, &path));
    }
    for dialect in call.service.dialects() {
        let Some(answers) = dialect.answers() else { continue };
        // Where all operations share one path, OpenAPI has no words for them.
        for route in dialect.routes().iter().filter(|route| route.path != "/") {
            let told = operation(dialect, route, &answers);
            put(&mut paths, route.path, route.method.as_str(), told);
        }
        components.extend(answers.components);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "idouble", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": components },
    });
    portable(&mut document);
    ok(document)
}

fn put(paths: &mut Map<String, Json>, path: &str, method: &str, operation: Json) {
    let methods = paths.entry(path).or_insert_with(|| json!({}));
    methods[method.to_lowercase()] = operation;
}

/// Leaves out patterns of classes that the regular expressions of JSON Schema do not have to know.
fn portable(schema: &mut Json) {
    match schema {
        Json::Object(members) => {
            let strange = |pattern: &str| pattern.contains(r"\p") || pattern.contains(r"\w");
            if members.get("pattern").and_then(Json::as_str).is_some_and(strange) {
                members.remove("pattern");
            }
            members.values_mut().for_each(portable);
        }
        Json::Array(elements) => elements.iter_mut().for_each(portable),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// An operation of a dialect: what its reader asks for, and what the vendor's definitions promise.
fn operation(dialect: &dyn Dialect, route: &'static Operation, answers: &AnswerSchemas) -> Json {
    let asked = route.asked();
    let parameters = asked.parameters.iter().map(|(name, required, schema)| {
        let place = if route.path.contains(&format!("{{{name}}}")) { "path" } else { "query" };
        json!({ "name": name, "in": place, "required": required, "schema": schema })
    });
    let mut success = json!({ "description": "Success" });
    if let Some(schema) = answers.successes.get(&route.operation).filter(|schema| !schema.is_null())
    {
        success["content"] = content("application/json", schema);
    }
    let mut operation = json!({
        "operationId": format!("{}_{}", dialect.name(), route.operation.name()),
        "tags": [dialect.name()],
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": {
            route.status.to_string(): success,
            "default": {
                "description": "A refusal, in the vendor's form",
                "content": content("application/json", &answers.refusal),
            },
        },
    });
    if asked.body["properties"].is_object() {
        let content = content("application/json", &asked.body);
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn control(row: &Route, path: &str) -> Json {
    let mut parameters = Vec::new();
    if path.contains("{id}") {
        let schema = json!({ "type": "string", "minLength": 1 });
        parameters.push(json!({ "name": "id", "in": "path", "required": true, "schema": schema }));
    }
    let text = json!({ "type": "string" });
    if row.filters {
        parameters.extend(FIELDS.iter().map(|field| query(field.name, field.help, &text)));
    }
    if row.path == "/journal" && row.method == http::Method::GET {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": super::journal::PAGE_MAX });
        parameters.push(query("limit", "How many entries the page has", &limit));
        let before = json!({ "type": "integer", "minimum": 0 });
        parameters.push(query("before", "Entries whose number is less", &before));
    }
    if row.gives.iter().any(|(_, gives)| matches!(gives, Gives::Either(_))) {
        let formats = json!({ "enum": ["json", "toml"] });
        parameters.push(query("format", "How a fixture is written", &formats));
    }
    let words: Vec<_> = path[PREFIX.len()..].split(['/', '{', '}']).collect();
    let mut words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    if words.is_empty() {
        words.push_str("index");
    }
    let mut responses = Map::new();
    for (status, gives) in row.gives {
        let told = json!({ "description": "What was asked for", "content": given(*gives) });
        responses.insert(status.to_string(), told);
    }
    let refused = content("application/json", &json!({ "$ref": "#/components/schemas/Error" }));
    let refused = json!({ "description": "A refusal", "content": refused });
    responses.insert("default".to_owned(), refused);
    let mut operation = json!({
        "operationId": format!("{}_{words}", row.method.as_str().to_lowercase()),
        "tags": ["control"],
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(schema) = row.takes {
        operation["requestBody"] = json!({ "content": content("application/json", &schema()) });
    }
    operation
}

fn given(gives: Gives) -> Json {
    let text = json!({ "type": "string" });
    match gives {
        Gives::Json(schema) => content(super::JSON, &schema()),
        Gives::Text(content_type) => content(content_type, &text),
        Gives::Either(schema) => {
            let mut both = content(super::JSON, &schema());
            both[super::stores::TOML] = json!({ "schema": text });
            both
        }
    }
}

fn content(content_type: &str, schema: &Json) -> Json {
    let mut content = json!({});
    content[content_type] = json!({ "schema": schema });
    content
}

fn query(name: &str, help: &str, schema: &Json) -> Json {
    json!({ "name": name, "in": "query", "description": help, "schema": schema })
}
