//! The JSON Schema of rules, made of the rows that the readers go by.
//!
//! It describes a file of rules, TOML or JSON, as an editor reads it: `seed` and the rest of a
//! configuration are let through. What a schema cannot say (that an operation exists for a dialect,
//! that an operation may answer so) the reader says.

use serde_json::{Map, Value as Json, json};

use super::super::classes::CLASSES;
use super::super::effects::{self, EFFECTS, Form};
use super::super::when::PERS;
use super::effect::{DELAY, DO};
use super::fields::{LIST_MAX, Row, Takes};
use super::on::ON;
use super::when::WHEN;
use super::{FOR, ID_BYTES_MAX, RESERVED, RULE};

const TIME: &str = "^[0-9]+(ms|s|m|h|d)$";
const RANGE: &str = r"^(<=?|>=?)?[0-9]+$|^[0-9]+\.\.[0-9]+$";

/// The JSON Schema of a file of rules, of one rule, and of a list of rules.
pub fn schema() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Fault rules of idouble",
        "anyOf": [
            { "$ref": "#/$defs/rule" },
            { "type": "array", "items": { "$ref": "#/$defs/rule" } },
            {
                "type": "object",
                "properties": { "fault": { "type": "array", "items": { "$ref": "#/$defs/rule" } } },
                "required": ["fault"],
            },
        ],
        "$defs": { "rule": rule_schema() },
    })
}

/// The JSON Schema of one rule, for other files that have rules in them.
pub fn rule_schema() -> Json {
    table(RULE, &["on", "do"])
}

fn table(rows: &[Row], required: &[&str]) -> Json {
    object(rows.iter().map(|(name, takes)| (*name, takes_schema(*takes))), required)
}

fn object<'a>(rows: impl Iterator<Item = (&'a str, Json)>, required: &[&str]) -> Json {
    let properties: Map<_, _> = rows.map(|(name, schema)| (name.to_owned(), schema)).collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn text(pattern: &str) -> Json {
    if pattern.is_empty() {
        json!({ "type": "string", "minLength": 1 })
    } else {
        json!({ "type": "string", "pattern": pattern })
    }
}

fn one_of(names: impl Iterator<Item = &'static str>) -> Json {
    json!({ "enum": names.collect::<Vec<_>>() })
}

fn takes_schema(takes: Takes) -> Json {
    match takes {
        Takes::Id => json!({
            "type": "string",
            "pattern": format!("^[A-Za-z0-9._-]{{1,{ID_BYTES_MAX}}}$"),
            "not": { "enum": RESERVED },
        }),
        Takes::On => json!({ "anyOf": [takes_schema(Takes::Patterns), table(ON, &[])] }),
        Takes::When => when(),
        Takes::Do => effect(),
        Takes::For => {
            let texts = text("^[0-9]+(x|ms|s|m|h|d)$");
            json!({ "anyOf": [texts, table(FOR, &[])] })
        }
        Takes::Range(min) => {
            json!({ "anyOf": [{ "type": "integer", "minimum": min }, text(RANGE)] })
        }
        Takes::Patterns => json!({
            "anyOf": [
                text(""),
                { "type": "array", "items": text(""), "minItems": 1, "maxItems": LIST_MAX },
            ],
        }),
        Takes::Glob => text(""),
        Takes::Text(pattern) => text(pattern),
        Takes::Globs => json!({ "type": "object", "additionalProperties": text("") }),
        Takes::Anything => json!({ "type": "object", "maxProperties": LIST_MAX }),
        Takes::Chance => json!({
            "anyOf": [
                { "type": "number", "minimum": 0, "maximum": 1 },
                text(r"^(0?\.[0-9]+|[01](\.0*)?)$"),
            ],
        }),
        Takes::Count(min) => json!({
            "anyOf": [{ "type": "integer", "minimum": min }, text("^[0-9]+$")],
        }),
        Takes::Counts => {
            let count = takes_schema(Takes::Count(1));
            let list =
                json!({ "type": "array", "items": count, "minItems": 1, "maxItems": LIST_MAX });
            json!({ "anyOf": [count, list] })
        }
        Takes::Time => text(TIME),
        Takes::Per => one_of(PERS.iter().map(|(name, _)| *name)),
        Takes::Class => one_of(CLASSES.iter().map(|class| class.name)),
        Takes::Reason => {
            let reasons = CLASSES.iter().flat_map(|class| class.reasons);
            one_of(reasons.map(|reason| reason.name).filter(|name| !name.is_empty()))
        }
        Takes::Wire => one_of(effects::names(true)),
        Takes::Delay => {
            let times = text(r"^[0-9]+(ms|s|m)(\.\.[0-9]+(ms|s|m))?$");
            json!({ "anyOf": [times, table(DELAY, &["median", "p99"])] })
        }
        Takes::Status => json!({ "type": "integer", "minimum": 400, "maximum": 599 }),
        Takes::Flag => json!({ "type": "boolean" }),
    }
}

fn when() -> Json {
    let rows = WHEN.iter().map(|(name, takes, _)| (*name, takes_schema(*takes)));
    let keys: Vec<_> = WHEN.iter().map(|(name, _, _)| *name).collect();
    let texts = format!(
        r"^(always|[x.]*x[x.]*|[0-9.]+|({keys})=[^,]+(,({keys})=[^,]+)*)$",
        keys = keys.join("|")
    );
    json!({ "anyOf": [text(&texts), object(rows, &[])] })
}

fn effect() -> Json {
    let words = CLASSES.iter().map(|class| class.name).chain(effects::names(true));
    let texts = format!("^(commit\\+)?({})$", words.collect::<Vec<_>>().join("|"));
    let rows = DO.iter().map(|(name, takes)| (*name, takes_schema(*takes)));
    let keys = EFFECTS.iter().filter_map(|row| match row.form {
        Form::Word => None,
        Form::Key(pattern) => Some((row, text(pattern))),
        Form::NumberKey(pattern) => {
            let number = json!({ "type": "integer", "minimum": 0 });
            Some((row, json!({ "anyOf": [text(pattern), number] })))
        }
    });
    let keys = keys.map(|(row, mut schema)| {
        schema["description"] = row.doc.into();
        (row.name, schema)
    });
    json!({ "anyOf": [text(&texts), object(rows.chain(keys), &[])] })
}
