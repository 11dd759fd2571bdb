//! How the parts of a rule are written: as one string, as a string or a table, as one value or a list.
//!
//! A value that is one string has a [`TextForm`]. The loader and the JSON Schema use its regular
//! expression, so they accept the same texts.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::ser::{Serialize, Serializer};
use serde_json::Value as Json;

/// Length limit of a text in a rule, in characters.
pub const TEXT_CHARS_MAX: usize = 1024;

/// Limit of the number of elements of a list, or members of a table, in a rule.
pub const LIST_MAX: usize = 100;

/// Limit of a number in a rule: every number of nine digits is valid, as text and as integer.
pub const COUNT_MAX: u32 = 999_999_999;

/// A part of a rule that is invalid by itself or together with other parts.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct InvalidRule {
    /// JSON pointer of the part within the rule, such as `/do/delay`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl InvalidRule {
    /// An error at this JSON pointer.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Rejects an empty or overlong text.
pub fn check_text(path: &str, text: &str) -> Result<(), InvalidRule> {
    match text.chars().count() {
        0 => Err(InvalidRule::new(path, "expected a text, found an empty one")),
        1..=TEXT_CHARS_MAX => Ok(()),
        _ => Err(InvalidRule::new(path, format!("a text has at most {TEXT_CHARS_MAX} characters"))),
    }
}

/// Rejects a number outside of `min..=COUNT_MAX`.
pub fn check_count(path: &str, min: u32, count: Option<u32>) -> Result<(), InvalidRule> {
    match count {
        Some(count) if !(min..=COUNT_MAX).contains(&count) => {
            let message = format!("expected an integer from {min} to {COUNT_MAX}, found {count}");
            Err(InvalidRule::new(path, message))
        }
        Some(_) | None => Ok(()),
    }
}

/// The form of a text: a regular expression, compiled on first use.
#[derive(Debug)]
pub struct TextForm {
    /// The parts of the expression; it matches whole texts.
    parts: &'static [&'static str],
    /// What errors call it, with an example.
    expected: &'static str,
    compiled: OnceLock<Regex>,
}

impl TextForm {
    /// The form of a text that matches the joined `parts` as a whole.
    pub const fn new(parts: &'static [&'static str], expected: &'static str) -> Self {
        Self { parts, expected, compiled: OnceLock::new() }
    }

    fn expression(&self) -> String {
        format!("^({})$", self.parts.concat())
    }

    /// The regular expression without names of groups, which not every validator of JSON Schema reads.
    pub fn pattern(&self) -> String {
        static GROUP_NAME: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\(\?<\w+>").expect("a constant pattern compiles"));
        GROUP_NAME.replace_all(&self.expression(), "(").into_owned()
    }

    /// The named groups of the expression in `text`.
    ///
    /// # Errors
    /// The text does not match.
    pub fn captures<'t>(&self, text: &'t str) -> Result<Captures<'t>, String> {
        let compiled = || Regex::new(&self.expression()).expect("a constant pattern compiles");
        self.compiled.get_or_init(compiled).captures(text).ok_or_else(|| self.mismatch(text))
    }

    /// The error of a text that is not of this form.
    pub fn mismatch(&self, text: &str) -> String {
        format!("expected {}, found {text:?}", self.expected)
    }
}

/// A value that is written as one string. See [`text_value!`].
pub trait TextValue: FromStr<Err = String> + Display {
    /// The form of the string.
    const FORM: &'static TextForm;
    /// Whether an integer can be written instead of its digits.
    const ACCEPTS_INTEGER: bool = false;

    /// The JSON Schema of the value.
    fn schema() -> Schema {
        let text = json_schema!({ "type": "string", "pattern": Self::FORM.pattern() });
        if Self::ACCEPTS_INTEGER {
            let integer = json_schema!({ "type": "integer", "minimum": 0, "maximum": COUNT_MAX });
            json_schema!({ "anyOf": [integer, text] })
        } else {
            text
        }
    }
}

/// Implements serde and schemars for a [`TextValue`].
macro_rules! text_value {
    ($type:ident) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::faults::form::deserialize_text(deserializer)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$type as $crate::faults::form::TextValue>::schema()
            }
        }
    };
}
pub(super) use text_value;

/// Deserializes a [`TextValue`].
pub fn deserialize_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TextValue,
{
    struct TextVisitor<T>(PhantomData<T>);

    impl<T: TextValue> Visitor<'_> for TextVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::FORM.expected)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
            if T::ACCEPTS_INTEGER {
                self.visit_str(&number.to_string())
            } else {
                Err(E::invalid_type(serde::de::Unexpected::Signed(number), &self))
            }
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
            if T::ACCEPTS_INTEGER {
                self.visit_str(&number.to_string())
            } else {
                Err(E::invalid_type(serde::de::Unexpected::Unsigned(number), &self))
            }
        }
    }

    deserializer.deserialize_any(TextVisitor(PhantomData))
}

/// Deserializes the name of a row of a table. `expected` is what errors call it.
pub fn deserialize_name<'de, D, T>(
    deserializer: D,
    expected: &'static str,
    find: fn(&str) -> Result<T, String>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    struct NameVisitor<T> {
        expected: &'static str,
        find: fn(&str) -> Result<T, String>,
    }

    impl<T> Visitor<'_> for NameVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.expected)
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
            (self.find)(name).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(NameVisitor { expected, find })
}

/// Deserializes a value that is written as a string in the usual case, and as a table otherwise.
pub fn text_or_table<'de, D, T, Table>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = String> + From<Table>,
    Table: Deserialize<'de>,
{
    struct TextOrTable<T, Table>(PhantomData<(T, Table)>);

    impl<'de, T, Table> Visitor<'de> for TextOrTable<T, Table>
    where
        T: FromStr<Err = String> + From<Table>,
        Table: Deserialize<'de>,
    {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string or a table")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            Table::deserialize(MapAccessDeserializer::new(map)).map(T::from)
        }
    }

    deserializer.deserialize_any(TextOrTable(PhantomData))
}

/// A part of a rule with a short form in addition to its table. Its serde implementation is that of the table;
/// a field of this type has the attributes `#[serde(with = "short_form")]` and
/// `#[schemars(with = "ShortForm<T>")]`.
pub trait HasShortForm: FromStr<Err = String> {
    /// The short form, if the value can be written so.
    fn short(&self) -> Option<Json>;
    /// The JSON Schema of the short form.
    fn short_schema() -> Schema;
}

/// serde of a [`HasShortForm`].
pub mod short_form {
    use super::{Deserialize, Deserializer, HasShortForm, Serialize, Serializer, text_or_table};

    /// Deserializes the string or the table.
    pub fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: HasShortForm + Deserialize<'de>,
    {
        text_or_table::<D, T, T>(deserializer)
    }

    /// Serializes the short form if there is one, or else the table.
    pub fn serialize<S, T>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        T: HasShortForm + Serialize,
    {
        match value.short() {
            Some(short) => short.serialize(serializer),
            None => value.serialize(serializer),
        }
    }
}

/// The JSON Schema of a [`HasShortForm`].
pub struct ShortForm<T>(PhantomData<T>);

impl<T: HasShortForm + JsonSchema> JsonSchema for ShortForm<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [T::short_schema(), generator.subschema_for::<T>()] })
    }
}

/// serde of a list that can be written as its only element.
pub mod one_or_list {
    use super::{Deserialize, Deserializer, OneOrListVisitor, PhantomData, Serialize, Serializer};

    /// Deserializes one value or a list that is not empty.
    pub fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        deserializer.deserialize_any(OneOrListVisitor(PhantomData))
    }

    /// Serializes the only value, or else the list.
    pub fn serialize<S, T>(values: &[T], serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        T: Serialize,
    {
        match values {
            [value] => value.serialize(serializer),
            _ => values.serialize(serializer),
        }
    }
}

struct OneOrListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(text.into_deserializer())?])
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(number.into_deserializer())?])
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(number.into_deserializer())?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        deserialize_list(list)
    }
}

/// Deserializes a list of 1 to [`LIST_MAX`] elements.
pub fn deserialize_list<'de, A, T>(mut list: A) -> Result<Vec<T>, A::Error>
where
    A: SeqAccess<'de>,
    T: Deserialize<'de>,
{
    let mut values = Vec::new();
    while let Some(value) = list.next_element()? {
        values.push(value);
    }
    match values.len() {
        0 => Err(A::Error::custom("this list is empty")),
        1..=LIST_MAX => Ok(values),
        length => {
            let message =
                format!("this list has {length} elements; at most {LIST_MAX} are allowed");
            Err(A::Error::custom(message))
        }
    }
}

/// The JSON Schema of [`one_or_list`].
pub fn one_or_list_schema(item: &Schema) -> Schema {
    let list =
        json_schema!({ "type": "array", "items": item, "minItems": 1, "maxItems": LIST_MAX });
    json_schema!({ "anyOf": [item, list] })
}

/// The JSON Schema of a text without a fixed form.
pub fn text_schema() -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": TEXT_CHARS_MAX })
}

/// `unknown KIND "word"`, with a suggestion and the known names.
pub fn unknown_name(kind: &str, word: &str, known: &[&str]) -> String {
    let meant = crate::file_error::nearest(word, known);
    let meant = meant.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
    format!("unknown {kind} {word:?}{meant} (known: {})", known.join(", "))
}
