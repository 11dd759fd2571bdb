//! The schema of an operation's request: records the members that a decoder reads, by running it on
//! an empty request. So the code that reads a request also describes it.

use serde_json::{Value as Json, json};

use crate::domain::PathSegment;

use super::schema::{SchemaOptions, of_shape};
use super::shape::{MemberAccess, Presence, Shape};
use super::violations::FieldPath;

/// The members that a decoder reads.
#[derive(Clone, PartialEq, Debug)]
pub struct RequestSchema {
    /// Parameters of path and query: name, whether it is required, schema.
    pub parameters: Vec<(String, bool, Json)>,
    /// The JSON Schema of the body; without `properties` if the decoder reads no body.
    pub body: Json,
}

impl Default for RequestSchema {
    fn default() -> Self {
        Self { parameters: Vec::new(), body: json!({ "type": "object" }) }
    }
}

impl RequestSchema {
    /// Records a member of the structure at `path`.
    pub(super) fn member(&mut self, path: &FieldPath<'_>, name: &str, schema: Json) {
        self.at(&path.segments())["properties"][name] = schema;
    }

    /// Records that the structure at `path` has the members of a shape.
    pub(super) fn shape(&mut self, path: &FieldPath<'_>, shape: &Shape) {
        const WRITTEN: SchemaOptions = SchemaOptions {
            include: |member| member.access != MemberAccess::ReadOnly,
            required: |member| member.presence != Presence::Optional,
            closed: false,
        };
        let structure = self.at(&path.segments());
        if let Json::Object(members) = of_shape(shape, WRITTEN) {
            for (key, value) in members {
                structure[key] = value;
            }
        }
    }

    /// Records that a member of the structure at `path` is required.
    pub(super) fn require(&mut self, path: &FieldPath<'_>, name: &str) {
        let structure = self.at(&path.segments());
        if !structure["required"].is_array() {
            structure["required"] = json!([]);
        }
        if let Some(required) = structure["required"].as_array_mut()
            && !required.contains(&json!(name))
        {
            required.push(json!(name));
        }
    }

    /// Records that the structure at `path` has the members of exactly one of these sets.
    pub(super) fn one_of(&mut self, path: &FieldPath<'_>, sets: &[&[&str]]) {
        let structure = self.at(&path.segments());
        structure["oneOf"] = sets.iter().map(|set| json!({ "required": set })).collect();
        let required = structure.get_mut("required").and_then(Json::as_array_mut);
        if let Some(required) = required {
            required.retain(|name| !sets.iter().any(|set| set.iter().any(|one| *name == *one)));
        }
    }

    /// Records a parameter of path or query. A later record of the same name replaces the earlier one.
    pub(super) fn parameter(&mut self, name: &str, required: bool, schema: Json) {
        self.parameters.retain(|(known, ..)| known != name);
        self.parameters.push((name.to_owned(), required, schema));
    }

    /// The schema of the structure at `path`.
    fn at(&mut self, path: &[PathSegment]) -> &mut Json {
        let mut schema = &mut self.body;
        for segment in path {
            schema = match segment {
                PathSegment::Member(name) | PathSegment::Key(name) => {
                    &mut schema["properties"][name.as_str()]
                }
                PathSegment::Index(_) => &mut schema["items"],
            };
        }
        schema
    }
}
