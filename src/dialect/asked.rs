//! What a reader of arguments asks for, noted while nothing is there to be read: so the code that
//! reads a request is also what describes it.

use serde_json::{Value as Json, json};

use crate::domain::PathSegment;

/// What was asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Parameters of path and query: name, whether it has to be there, schema.
    pub parameters: Vec<(String, bool, Json)>,
    /// The body as JSON Schema; without `properties` where nothing of it was asked for.
    pub body: Json,
}

impl Default for Asked {
    fn default() -> Self {
        Self { parameters: Vec::new(), body: json!({ "type": "object" }) }
    }
}

impl Asked {
    /// The structure at this place.
    fn at(&mut self, place: &[PathSegment]) -> &mut Json {
        place.iter().fold(&mut self.body, |schema, step| match step {
            PathSegment::Member(name) | PathSegment::Key(name) => {
                &mut schema["properties"][name.as_str()]
            }
            PathSegment::Index(_) => &mut schema["items"],
        })
    }

    /// A member of the structure at this place.
    pub(super) fn member(&mut self, place: &[PathSegment], name: &str, schema: Json) {
        self.at(place)["properties"][name] = schema;
    }

    /// What a whole structure has.
    pub(super) fn members(&mut self, place: &[PathSegment], schema: &Json) {
        let structure = self.at(place);
        for (key, value) in schema.as_object().into_iter().flatten() {
            structure[key] = value.clone();
        }
    }

    /// The member at this place has to be there.
    pub(super) fn require(&mut self, place: &[PathSegment]) {
        let Some((PathSegment::Member(name), outer)) = place.split_last() else { return };
        let structure = self.at(outer);
        if !structure["required"].is_array() {
            structure["required"] = json!([]);
        }
        if let Some(required) = structure["required"].as_array_mut()
            && !required.contains(&json!(name))
        {
            required.push(json!(name));
        }
    }

    /// Of these sets of members one has to be there, and no other.
    pub(super) fn one_of(&mut self, place: &[PathSegment], sets: &[&[&str]]) {
        let structure = self.at(place);
        structure["oneOf"] = sets.iter().map(|set| json!({ "required": set })).collect();
        let required = structure.get_mut("required").and_then(Json::as_array_mut);
        if let Some(required) = required {
            required.retain(|name| !sets.iter().any(|set| set.iter().any(|one| *name == *one)));
        }
    }

    /// A parameter of path or query, once however often it is looked at.
    pub(super) fn parameter(&mut self, name: &str, required: bool, schema: Json) {
        self.parameters.retain(|(known, ..)| known != name);
        self.parameters.push((name.to_owned(), required, schema));
    }
}
