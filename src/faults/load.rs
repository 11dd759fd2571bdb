//! Rules from text: TOML files, JSON bodies, and one line of the command line; and their JSON Schema.
//!
//! Loading has two steps. serde rejects what is not a rule by its form; `Rule::check` rejects what is
//! not a rule by its meaning. Both report the first error only: in a file with line, column and a caret,
//! in JSON with the JSON pointer of the invalid part, on the command line with the whole text.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};

use crate::file_error::{FileError, from_json, part_name};

use super::catalog::DialectCatalog;
use super::form::InvalidRule;
use super::rule::Rule;
use super::selector::Selector;

/// A configuration file, of which only the rules are read.
#[derive(Deserialize, Serialize)]
struct RuleFile {
    #[serde(default)]
    fault: Vec<Rule>,
}

/// One rule or a list of rules, as the control API receives them.
pub struct RuleList(pub Vec<Rule>);

impl<'de> Deserialize<'de> for RuleList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RuleListVisitor;

        impl<'de> Visitor<'de> for RuleListVisitor {
            type Value = RuleList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rule or a list of rules")
            }

            fn visit_map<A: MapAccess<'de>>(self, rule: A) -> Result<RuleList, A::Error> {
                Rule::deserialize(MapAccessDeserializer::new(rule)).map(|rule| RuleList(vec![rule]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, rules: A) -> Result<RuleList, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(rules)).map(RuleList)
            }
        }

        deserializer.deserialize_any(RuleListVisitor)
    }
}

impl JsonSchema for RuleList {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RuleList".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rule = generator.subschema_for::<Rule>();
        json_schema!({ "anyOf": [rule, { "type": "array", "items": rule }] })
    }
}

/// The `[[fault]]` tables of a TOML file. Everything else in the file is ignored. `name` is the name of
/// the file in errors.
///
/// # Errors
/// The first error, with its position in the file.
pub fn parse_toml(
    name: &str,
    text: &str,
    catalog: &DialectCatalog,
) -> Result<Vec<Rule>, FileError> {
    let rules = deserialize_toml(name, text)?;
    check_rules(&rules, catalog).map_err(|(index, error)| {
        let span = toml_span(text, &format!("/fault/{index}{}", error.path));
        FileError::at(name, text, span, error.message)
    })?;
    Ok(rules)
}

/// The `[[fault]]` tables of a TOML file, not checked.
pub(super) fn deserialize_toml(name: &str, text: &str) -> Result<Vec<Rule>, FileError> {
    let file = toml::from_str::<RuleFile>(text);
    file.map(|file| file.fault).map_err(|error| FileError::toml(name, text, &error))
}

/// Rules as the `[[fault]]` tables of a TOML file.
///
/// # Errors
/// None: a test writes every kind of value.
pub fn to_toml(rules: Vec<Rule>) -> Result<String, String> {
    toml::to_string(&RuleFile { fault: rules }).map_err(|error| error.to_string())
}

/// One rule or a list of rules from JSON. `name` is what errors call the whole text: a word, or the JSON
/// pointer of the text in another one.
///
/// # Errors
/// The first error. It names the invalid part by its JSON pointer.
pub fn parse_json(
    name: &str,
    text: &str,
    catalog: &DialectCatalog,
) -> Result<Vec<Rule>, FileError> {
    let RuleList(rules) = from_json(name, text.as_bytes())?;
    check_rules(&rules, catalog).map_err(|(index, error)| {
        let json = serde_json::from_str(text).unwrap_or(Json::Null);
        let path = if json.is_array() { format!("/{index}{}", error.path) } else { error.path };
        let pointer = existing_pointer(&json, &path);
        FileError::whole(&part_name(name, &pointer), error.message)
    })?;
    Ok(rules)
}

/// A rule in one line, `ON=DO[@WHEN][,FOR]`, as in `aws:UpdateUser=throttle@0.3,3x`. `name` is the name
/// of the flag in errors.
///
/// # Errors
/// The first error, with the whole text.
pub fn parse_spec(name: &str, text: &str, catalog: &DialectCatalog) -> Result<Rule, FileError> {
    let rule = deserialize_spec(name, text)?;
    rule.check(catalog).map_err(|error| spec_error(name, text, error.message))?;
    Ok(rule)
}

/// A rule in one line, not checked.
pub(super) fn deserialize_spec(name: &str, text: &str) -> Result<Rule, FileError> {
    from_spec(text).map_err(|message| spec_error(name, text, message))
}

fn spec_error(name: &str, text: &str, message: String) -> FileError {
    FileError::whole(&format!("{name} {text:?}"), message)
}

fn from_spec(text: &str) -> Result<Rule, String> {
    let Some((on, rest)) = text.split_once('=') else {
        let example = "aws:UpdateUser=throttle@0.3,3x";
        return Err(format!("expected ON=DO[@WHEN][,FOR], such as {example}"));
    };
    // A last part with `=` is a condition of WHEN, such as `per=user`.
    let (rest, life) = match rest.rsplit_once(',') {
        Some((rest, last)) if !last.contains('=') => (rest, Some(last)),
        Some(_) | None => (rest, None),
    };
    let (effect, when) = match rest.split_once('@') {
        Some((effect, when)) => (effect, Some(when)),
        None => (rest, None),
    };
    let mut rule = Rule::new(Selector::operations([on]), effect.parse()?);
    if let Some(when) = when {
        rule.when = when.parse()?;
    }
    if let Some(life) = life {
        rule.life = life.parse()?;
    }
    Ok(rule)
}

/// Checks each rule, and that no two have the same id. The error is that of the rule at an index.
fn check_rules(rules: &[Rule], catalog: &DialectCatalog) -> Result<(), (usize, InvalidRule)> {
    let mut ids = HashSet::new();
    for (index, rule) in rules.iter().enumerate() {
        rule.check(catalog).map_err(|error| (index, error))?;
        if let Some(id) = &rule.id
            && !ids.insert(id)
        {
            return Err((index, InvalidRule::new("/id", format!("two rules have the id {id:?}"))));
        }
    }
    Ok(())
}

/// The bytes of a TOML text at a JSON pointer, or at the longest part of the pointer that exists.
fn toml_span(text: &str, pointer: &str) -> Range<usize> {
    let Ok(root) = DeTable::parse(text) else { return 0..0 };
    let mut segments = pointer.split('/').skip(1);
    let first = segments.next().unwrap_or_default();
    let Some(mut found) = root.get_ref().get(first) else { return root.span() };
    for segment in segments {
        let next = match found.get_ref() {
            DeValue::Table(table) => table.get(segment),
            DeValue::Array(items) => match segment.parse::<usize>() {
                Ok(index) => items.get(index),
                // `on = [..]` is short for `on = { op = [..] }`.
                Err(_) => Some(found),
            },
            _ => None,
        };
        match next {
            Some(next) => found = next,
            None => break,
        }
    }
    found.span()
}

/// The longest part of a JSON pointer that exists in a value.
fn existing_pointer(value: &Json, pointer: &str) -> String {
    let mut found = value;
    let mut existing = String::new();
    for segment in pointer.split('/').skip(1) {
        let next = match found {
            Json::Object(members) => members.get(segment),
            Json::Array(items) => match segment.parse::<usize>() {
                Ok(index) => items.get(index),
                // `on = [..]` is short for `on = { op = [..] }`.
                Err(_) => continue,
            },
            _ => None,
        };
        let Some(next) = next else { break };
        found = next;
        existing.push('/');
        existing.push_str(segment);
    }
    existing
}

/// The JSON Schema of rules: of one rule, of a list, and of a file with rules, as an editor reads it. It
/// lets the rest of a configuration through.
pub fn schema() -> Json {
    let rule = rule_schema();
    let rules = serde_json::json!({ "type": "array", "items": { "$ref": "#/$defs/rule" } });
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Fault rules of idouble",
        "anyOf": [
            { "$ref": "#/$defs/rule" },
            rules,
            { "type": "object", "properties": { "fault": rules }, "required": ["fault"] },
        ],
        "$defs": { "rule": rule },
    })
}

/// The JSON Schema of one rule, without references, for other schemas that contain rules.
pub fn rule_schema() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<Rule>().to_value()
}

#[cfg(test)]
mod tests;
