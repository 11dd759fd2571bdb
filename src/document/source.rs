//! From text to tree: TOML and JSON give the same one.

use std::collections::HashSet;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{ParseOptions, parse_to_ast};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::node::{Entry, Item, Value};
use crate::file_error::{Mistake, Mistakes};

/// Parses TOML, all breaches at once.
pub(super) fn toml(text: &str, mistakes: &mut Mistakes) -> Item<'static> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        mistakes.push(Mistake::new(span, error.message()));
    }
    let span = table.span();
    Item { span, value: toml_table(table.into_inner(), mistakes) }
}

fn toml_table(table: DeTable<'_>, mistakes: &mut Mistakes) -> Value<'static> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let key_span = key.span();
        let item = toml_value(value, mistakes);
        entries.push(Entry { key: key.into_inner().into_owned().into(), key_span, item });
    }
    // The parser sorts by name; we go by the order of the file.
    entries.sort_by_key(|entry| entry.key_span.start);
    Value::Table(entries)
}

fn toml_value(value: Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Item<'static> {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned().into()),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(time) => Value::Text(time.to_string().into()),
        DeValue::Integer(digits) => match i128::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(integer) => Value::Integer(integer),
            Err(_) => odd_number(&span, mistakes),
        },
        DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
            Ok(float) if float.is_finite() => Value::Float(float),
            Ok(_) | Err(_) => odd_number(&span, mistakes),
        },
        DeValue::Array(list) => {
            Value::List(list.into_iter().map(|item| toml_value(item, mistakes)).collect())
        }
        DeValue::Table(table) => toml_table(table, mistakes),
    };
    Item { span, value }
}

fn odd_number(span: &super::Span, mistakes: &mut Mistakes) -> Value<'static> {
    mistakes.push(Mistake::new(span.clone(), "this number is too large, or not a number"));
    Value::Null
}

/// Parses JSON; the parser stops at the first breach.
pub(super) fn json(text: &str, mistakes: &mut Mistakes) -> Item<'static> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let nothing = Item { span: 0..text.len(), value: Value::Null };
    match parse_to_ast(text, &jsonc_parser::CollectOptions::default(), &strict) {
        Ok(parsed) => match parsed.value {
            Some(value) => json_value(value, text, mistakes),
            None => {
                mistakes.push(Mistake::new(0..0, "there is no JSON here"));
                nothing
            }
        },
        Err(error) => {
            let span = error.range().start..error.range().end;
            mistakes.push(Mistake::new(span, lower(&error.kind().to_string())));
            nothing
        }
    }
}

fn json_value(value: ast::Value<'_>, text: &str, mistakes: &mut Mistakes) -> Item<'static> {
    let span = value.start()..value.end();
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(flag) => Value::Flag(flag.value),
        ast::Value::StringLit(literal) => {
            check_control_characters(&span, text, mistakes);
            Value::Text(literal.value.into_owned().into())
        }
        ast::Value::NumberLit(number) => match number.value.parse::<i128>() {
            Ok(integer) => Value::Integer(integer),
            Err(_) => match number.value.parse::<f64>() {
                Ok(float) if float.is_finite() => Value::Float(float),
                Ok(_) | Err(_) => odd_number(&span, mistakes),
            },
        },
        ast::Value::Array(list) => Value::List(
            list.elements.into_iter().map(|item| json_value(item, text, mistakes)).collect(),
        ),
        ast::Value::Object(object) => json_object(object, text, mistakes),
    };
    Item { span, value }
}

fn json_object(object: ast::Object<'_>, text: &str, mistakes: &mut Mistakes) -> Value<'static> {
    let mut entries: Vec<Entry<'static>> = Vec::with_capacity(object.properties.len());
    for property in object.properties {
        let key_span = property.name.start()..property.name.end();
        check_control_characters(&key_span, text, mistakes);
        let key = property.name.into_string().into();
        let item = json_value(property.value, text, mistakes);
        entries.push(Entry { key, key_span, item });
    }
    let mut seen = HashSet::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| !seen.insert(&entry.key)) {
        let message = format!("the key `{}` is here twice", entry.key);
        mistakes.push(Mistake::new(entry.key_span.clone(), message));
    }
    Value::Table(entries)
}

/// The parser lets them through; JSON does not.
fn check_control_characters(span: &super::Span, text: &str, mistakes: &mut Mistakes) {
    let bytes = text.as_bytes().get(span.clone()).unwrap_or_default();
    if let Some(at) = bytes.iter().position(|byte| *byte < 0x20) {
        let at = span.start + at;
        let message = "a control character in a string has to be escaped";
        mistakes.push(Mistake::new(at..at + 1, message));
    }
}

fn lower(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
