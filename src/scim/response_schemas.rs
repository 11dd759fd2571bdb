//! JSON Schemas of the responses, from the rows of the shapes.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use crate::dialect::ResponseSchemas;
use crate::dialect::schema::{SchemaOptions, of_shape};
use crate::domain::Operation;

use super::shapes::{ENTERPRISE, ENTERPRISE_URN, GROUP, RFC_USER};

/// All response schemas.
pub fn schemas() -> ResponseSchemas {
    let mut components = Map::new();
    components.insert("ScimUser".to_owned(), user());
    components.insert("ScimGroup".to_owned(), group());
    let mut successes = HashMap::new();
    for operation in
        [Operation::CreateUser, Operation::GetUser, Operation::PutUser, Operation::PatchUser]
    {
        successes.insert(operation, reference("ScimUser"));
    }
    for operation in
        [Operation::CreateGroup, Operation::GetGroup, Operation::PutGroup, Operation::PatchGroup]
    {
        successes.insert(operation, reference("ScimGroup"));
    }
    successes.insert(Operation::ListUsers, list(&reference("ScimUser")));
    successes.insert(Operation::ListGroups, list(&reference("ScimGroup")));
    successes.insert(Operation::SearchUsers, list(&reference("ScimUser")));
    successes.insert(Operation::SearchGroups, list(&reference("ScimGroup")));
    let any = json!({ "anyOf": [reference("ScimUser"), reference("ScimGroup")] });
    successes.insert(Operation::Search, list(&any));
    let document = json!({ "type": "object", "required": ["schemas"] });
    for operation in
        [Operation::ServiceProviderConfig, Operation::GetResourceType, Operation::GetSchema]
    {
        successes.insert(operation, document.clone());
    }
    for operation in [Operation::ListResourceTypes, Operation::ListSchemas] {
        successes.insert(operation, list(&document));
    }
    successes.insert(Operation::DeleteUser, Json::Null);
    successes.insert(Operation::DeleteGroup, Json::Null);
    let error = json!({
        "type": "object",
        "required": ["schemas", "detail", "status"],
        "properties": {
            "schemas": { "type": "array", "items": { "type": "string" } },
            "detail": { "type": "string" },
            "status": { "type": ["string", "integer"] },
            "scimType": { "type": "string" },
            "exceptionRequestId": { "type": "string" },
            "timeStamp": { "type": "string" },
        },
    });
    ResponseSchemas {
        successes,
        other_statuses: &[(Operation::PutUser, 201), (Operation::PatchGroup, 200)],
        media_types: &["application/json", "application/scim+json"],
        error,
        components,
    }
}

const SHOWN: SchemaOptions =
    SchemaOptions { include: |_| true, required: |_| false, closed: false };

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn user() -> Json {
    let mut user = of_shape(&RFC_USER, SHOWN);
    add_common(&mut user);
    user["properties"]["active"] = json!({ "type": "boolean" });
    user["properties"][ENTERPRISE_URN] = of_shape(&ENTERPRISE, SHOWN);
    user
}

fn group() -> Json {
    let mut group = of_shape(&GROUP, SHOWN);
    add_common(&mut group);
    group["properties"]["members"] = json!({ "type": "array", "items": { "type": "object" } });
    group
}

fn add_common(schema: &mut Json) {
    schema["required"] = json!(["id", "schemas"]);
    schema["properties"]["id"] = json!({ "type": "string" });
    schema["properties"]["externalId"] = json!({ "type": "string" });
    schema["properties"]["schemas"] = json!({ "type": "array", "items": { "type": "string" } });
    schema["properties"]["meta"] = json!({ "type": "object" });
}

fn list(resource: &Json) -> Json {
    json!({
        "type": "object",
        "required": ["itemsPerPage", "schemas", "Resources"],
        "properties": {
            "totalResults": { "type": "integer" },
            "itemsPerPage": { "type": ["integer", "string"] },
            "startIndex": { "type": ["integer", "string"] },
            "nextCursor": { "type": "string" },
            "schemas": { "type": "array", "items": { "type": "string" } },
            "Resources": { "type": "array", "items": resource },
        },
    })
}
