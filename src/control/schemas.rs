//! What the control API takes and answers, as JSON Schema: one function a body, named by the rows.

use serde_json::{Map, Value as Json, json};

use crate::faults::PREVIEW_MAX;
use crate::journal::{FIELDS, names};

/// A structure of these members and no others. A name that ends in `?` may be absent.
fn of<const N: usize>(members: [(&str, Json); N]) -> Json {
    let bare = |name: &str| name.trim_end_matches('?').to_owned();
    let required: Vec<_> =
        members.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let mut schema = json!({ "type": "object", "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let members = members.into_iter().map(|(name, schema)| (bare(name), schema));
    schema["properties"] = Json::Object(members.collect::<Map<_, _>>());
    schema
}

fn text() -> Json {
    json!({ "type": "string" })
}

fn number() -> Json {
    json!({ "type": "integer", "minimum": 0 })
}

fn flag() -> Json {
    json!({ "type": "boolean" })
}

fn list(items: &Json) -> Json {
    json!({ "type": "array", "items": items })
}

fn refer(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What several bodies have, by name.
pub(super) fn components() -> Map<String, Json> {
    let fixture = crate::fixture::schema();
    let mut store = fixture["properties"]["store"]["items"].clone();
    // Where one store is given, its id stands in the path, or is minted.
    store.as_object_mut().map(|members| members.remove("required"));
    let rule = crate::faults::rule_schema();
    let mut fixture = fixture;
    fixture.as_object_mut().map(|members| members.remove("$schema"));
    let components = [
        ("Error", error()),
        ("Fixture", fixture),
        ("Store", store),
        ("Rule", rule),
        ("RuleInForce", rule_in_force()),
        ("Entry", entry()),
    ];
    components.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// What the control API says where it refuses.
fn error() -> Json {
    of([("error", text()), ("details?", list(&text())), ("message?", text())])
}

pub(super) fn index() -> Json {
    let call = of([("method", text()), ("path", text())]);
    of([("calls", list(&call)), ("openapi", text())])
}

pub(super) fn health() -> Json {
    of([
        ("status", json!({ "enum": ["ok", "loading"] })),
        ("ready", flag()),
        ("version", text()),
        ("uptime_s", number()),
        ("dialects", list(&text())),
        ("stores", number()),
        ("users", number()),
        ("seed", number()),
    ])
}

/// An empty body.
pub(super) fn nothing() -> Json {
    of([])
}

pub(super) fn removed() -> Json {
    of([("removed", number())])
}

pub(super) fn reset_body() -> Json {
    of([("store?", text())])
}

pub(super) fn reset() -> Json {
    of([("reset", text()), ("stores", number()), ("users", number())])
}

pub(super) fn fixture() -> Json {
    refer("Fixture")
}

/// A fixture of one store, or the store by itself.
pub(super) fn one_store() -> Json {
    json!({ "anyOf": [refer("Fixture"), refer("Store")] })
}

/// The counts; all that is in them, where a format is asked for.
pub(super) fn stores() -> Json {
    let store =
        of([("id", text()), ("users", number()), ("groups", number()), ("memberships", number())]);
    json!({ "anyOf": [of([("stores", list(&store))]), refer("Fixture")] })
}

pub(super) fn new_store() -> Json {
    let mut schema = of([("id?", text()), ("copy?", text()), ("fixture?", one_store())]);
    schema["not"] = json!({ "required": ["copy", "fixture"] });
    schema
}

pub(super) fn id() -> Json {
    of([("id", text())])
}

pub(super) fn saved() -> Json {
    of([("saved", number())])
}

pub(super) fn snapshots() -> Json {
    let snapshot = of([("name", text()), ("stores", list(&text()))]);
    of([("snapshots", list(&snapshot))])
}

pub(super) fn snapshot() -> Json {
    of([("snapshot", text()), ("stores", number())])
}

pub(super) fn restored() -> Json {
    of([("restored", text()), ("stores", number())])
}

pub(super) fn clock() -> Json {
    of([("now", json!({ "type": "string", "format": "date-time" })), ("frozen", flag())])
}

pub(super) fn clock_setting() -> Json {
    let mut schema = of([
        ("set?", json!({ "type": "string", "format": "date-time" })),
        ("advance?", json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" })),
        ("freeze?", flag()),
    ]);
    schema["minProperties"] = 1.into();
    schema
}

/// An entry of the journal; null where it has no such thing.
fn entry() -> Json {
    let text = json!({ "type": ["string", "null"] });
    let number = json!({ "type": ["integer", "null"] });
    let mut schema = of([
        ("seq", json!({ "type": "integer", "minimum": 1 })),
        ("kind", text.clone()),
        ("stripped?", flag()),
    ]);
    for field in FIELDS {
        let mut of_field = match field.name {
            "attempt" | "status" | "duration_us" => number.clone(),
            // JSON, or how long it is where it is none.
            "request" | "response" => json!({}),
            _ => text.clone(),
        };
        of_field["description"] = field.help.into();
        schema["properties"][field.name] = of_field;
        if let Some(required) = schema["required"].as_array_mut() {
            required.push(field.name.into());
        }
    }
    schema
}

pub(super) fn entries() -> Json {
    let next = json!({ "type": ["integer", "null"] });
    of([("entries", list(&refer("Entry"))), ("next_before", next)])
}

pub(super) fn count() -> Json {
    of([("count", number())])
}

/// How often something is to happen.
fn times() -> Json {
    json!({ "type": ["integer", "string"], "minimum": 0 })
}

pub(super) fn expected() -> Json {
    let value = json!({ "type": ["string", "integer", "null"] });
    let fields = names().into_iter().map(|name| (name.to_owned(), value.clone()));
    let fields = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": fields.collect::<Map<_, _>>(),
    });
    of([("match?", fields), ("count?", times()), ("after?", number())])
}

pub(super) fn expectation() -> Json {
    let differs = of([
        ("field", text()),
        ("expected", text()),
        ("found", json!({ "type": ["string", "null"] })),
    ]);
    let closest = of([("entry", refer("Entry")), ("differs", list(&differs))]);
    of([
        ("met", flag()),
        ("expected", text()),
        ("matched", number()),
        ("seen", number()),
        ("forgotten", flag()),
        ("closest", json!({ "anyOf": [closest, { "type": "null" }] })),
        ("error?", text()),
        ("report?", text()),
    ])
}

pub(super) fn document() -> Json {
    json!({ "type": "object" })
}

pub(super) fn new_rule() -> Json {
    refer("Rule")
}

pub(super) fn new_rules() -> Json {
    json!({ "anyOf": [refer("Rule"), list(&refer("Rule"))] })
}

pub(super) fn ids() -> Json {
    of([("ids", list(&text()))])
}

/// A rule with what it has hit.
fn rule_in_force() -> Json {
    of([
        ("id", text()),
        ("on", json!({})),
        ("when", json!({})),
        ("do", json!({})),
        ("for?", json!({})),
        ("expect?", text()),
        ("matched", number()),
        ("fired", number()),
        ("live", flag()),
    ])
}

pub(super) fn rule() -> Json {
    refer("RuleInForce")
}

pub(super) fn rules() -> Json {
    of([("faults", list(&refer("RuleInForce")))])
}

pub(super) fn verdict() -> Json {
    let rule = of([
        ("id", text()),
        ("matched", number()),
        ("fired", number()),
        ("expected?", text()),
        ("met", flag()),
    ]);
    of([("met", flag()), ("rules", list(&rule))])
}

pub(super) fn ahead() -> Json {
    let n = json!({ "type": "integer", "minimum": 1, "maximum": PREVIEW_MAX });
    let mut schema = of([("id?", text()), ("rule?", refer("Rule")), ("n", n), ("key?", text())]);
    schema["oneOf"] = json!([{ "required": ["id"] }, { "required": ["rule"] }]);
    schema
}

pub(super) fn preview() -> Json {
    of([("pattern", json!({ "type": "string", "pattern": "^[x.]*$" })), ("hits", list(&number()))])
}
