//! `GET /openapi.json`: OpenAPI 3.1 of this API, and of the dialects that have a path for each operation.
//! It is made from the routes and from the types of their bodies.

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::dialect::{Dialect, ResponseSchemas, Route};
use crate::journal::FIELDS;

use super::PREFIX;
use super::error::{ControlError, ErrorReply};
use super::reply::{JSON, Json};
use super::route::{ControlCall, ControlRoute};

/// Returns the document.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<Value>, ControlError> {
    let mut paths = Map::new();
    let mut requests = generator(Contract::Deserialize);
    let mut responses = generator(Contract::Serialize);
    for route in call.routes {
        let operation = control_operation(route, &mut requests, &mut responses);
        add(&mut paths, &route.full_path(), route.method.as_str(), operation);
    }
    let mut components = requests.take_definitions(true);
    components.extend(responses.take_definitions(true));
    for dialect in call.service.dialects() {
        let Some(schemas) = dialect.response_schemas() else { continue };
        // OpenAPI cannot describe several operations with one path and method.
        for route in dialect.routes().iter().filter(|route| route.path != "/") {
            let operation = dialect_operation(dialect, route, &schemas);
            add(&mut paths, route.path, route.method.as_str(), operation);
        }
        components.extend(schemas.components);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "idouble", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": components },
    });
    remove_unportable_patterns(&mut document);
    Ok(Json::ok(document))
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.contract = contract;
    });
    settings.into_generator()
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let methods = paths.entry(path).or_insert_with(|| json!({}));
    methods[method.to_lowercase()] = operation;
}

/// Removes patterns with character classes that JSON Schema does not require.
fn remove_unportable_patterns(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_unportable = |pattern: &str| pattern.contains(r"\p") || pattern.contains(r"\w");
            if members.get("pattern").and_then(Value::as_str).is_some_and(is_unportable) {
                members.remove("pattern");
            }
            members.values_mut().for_each(remove_unportable_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_unportable_patterns),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An operation of a dialect: the input of its decoder, and the output of the vendor's definitions.
fn dialect_operation(
    dialect: &dyn Dialect,
    route: &'static Route,
    schemas: &ResponseSchemas,
) -> Value {
    let request = route.request_schema();
    let parameters = request.parameters.iter().map(|(name, required, schema)| {
        let place = if route.path.contains(&format!("{{{name}}}")) { "path" } else { "query" };
        json!({ "name": name, "in": place, "required": required, "schema": schema })
    });
    let mut success = json!({ "description": "Success" });
    if let Some(schema) = schemas.successes.get(&route.operation).filter(|schema| !schema.is_null())
    {
        success["content"] = contents(schemas.media_types, schema);
    }
    let error = json!({
        "description": "An error, in the vendor's form",
        "content": contents(schemas.media_types, &schemas.error),
    });
    let others = schemas.other_statuses.iter();
    let others = others.filter(|(operation, _)| *operation == route.operation);
    let statuses = [route.status].into_iter().chain(others.map(|(_, status)| *status));
    let mut responses: Map<_, _> =
        statuses.map(|status| (status.to_string(), success_with(status, &success))).collect();
    responses.insert("default".to_owned(), error);
    let mut operation = json!({
        "operationId": format!("{}_{}", dialect.name(), route.operation.name()),
        "tags": [dialect.name()],
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses,
    });
    if request.body["properties"].is_object() {
        let content = contents(schemas.media_types, &request.body);
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn control_operation(
    route: &ControlRoute,
    requests: &mut SchemaGenerator,
    responses: &mut SchemaGenerator,
) -> Value {
    let mut parameters = Vec::new();
    for name in ["id", "item"].iter().take(route.path.matches("{}").count()) {
        let schema = json!({ "type": "string", "minLength": 1 });
        parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    if route.has_filter {
        let text = json!({ "type": "string" });
        parameters.extend(FIELDS.iter().map(|field| query(field.name, field.help, &text)));
    }
    parameters.extend(
        route
            .query
            .iter()
            .map(|parameter| query(parameter.name, parameter.description, &(parameter.schema)())),
    );
    let contents = (route.content)(responses).into_iter();
    let contents = contents.map(|(media_type, schema)| (media_type, schema.to_value()));
    let contents: Map<_, _> = contents
        .map(|(media_type, schema)| (media_type.to_owned(), json!({ "schema": schema })))
        .collect();
    let success = json!({ "description": "Success", "content": contents });
    let mut statuses: Map<_, _> =
        route.statuses.iter().map(|status| (status.to_string(), success.clone())).collect();
    let error = responses.subschema_for::<ErrorReply>().to_value();
    let error = json!({ "description": "An error", "content": content(JSON, &error) });
    statuses.insert("default".to_owned(), error);
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": ["control"],
        "parameters": parameters,
        "responses": statuses,
    });
    if let Some(schema) = route.body {
        let schema = schema(requests).to_value();
        operation["requestBody"] = json!({ "content": content(JSON, &schema) });
    }
    operation
}

/// `get_faults_id` for `GET /_idouble/faults/{id}`.
fn operation_id(route: &ControlRoute) -> String {
    let path = route.full_path();
    let words = path[PREFIX.len()..].split(['/', '{', '}']).filter(|word| !word.is_empty());
    let mut words: Vec<_> = words.collect();
    if words.is_empty() {
        words.push("index");
    }
    format!("{}_{}", route.method.as_str().to_lowercase(), words.join("_"))
}

fn content(media_type: &str, schema: &Value) -> Value {
    json!({ media_type: { "schema": schema } })
}

/// The same schema in each media type.
fn contents(media_types: &[&str], schema: &Value) -> Value {
    let contents = media_types
        .iter()
        .map(|media_type| ((*media_type).to_owned(), json!({ "schema": schema })));
    Value::Object(contents.collect())
}

/// A success with this status. 204 has no body.
fn success_with(status: u16, success: &Value) -> Value {
    let mut success = success.clone();
    if let (204, Some(members)) = (status, success.as_object_mut()) {
        members.remove("content");
    }
    success
}

fn query(name: &str, help: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": help, "schema": schema })
}
