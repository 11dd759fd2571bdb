//! Encodes constraint violations. The front end lists all violations; the service reports only the first
//! invalid value.

use crate::domain::{Constraint, Invalid, JsonType, PathSegment, Violation};

use super::{JsonError, Message};

/// Maximum number of violations in one error message.
const VIOLATIONS_MAX: usize = 10;

/// The error for invalid arguments.
pub(super) fn validation_error(invalid: &Invalid) -> JsonError {
    let violations = &invalid.violations;
    if invalid.in_value {
        // Assumed: a missing required member, such as the value of a photo, is reported as in create.
        if violations.iter().all(|violation| violation.constraint == Constraint::Required) {
            return JsonError::new(
                400,
                "ValidationException",
                Message::FrontEnd(front_end_message(violations)),
            );
        }
        let message = violations.iter().find_map(service_message);
        let text = message.unwrap_or_else(|| front_end_message(violations));
        return JsonError::new(400, "ValidationException", Message::Service(text));
    }
    // The front end stops at the first value of the wrong JSON type, before it checks other constraints.
    let wrong = violations.iter().find_map(|violation| match violation.constraint {
        Constraint::JsonType { expected, found } => Some(type_mismatch_message(expected, found)),
        _ => None,
    });
    if let Some(text) = wrong {
        return JsonError::new(400, "SerializationException", Message::Service(text.to_owned()));
    }
    let modelled: Vec<_> =
        violations.iter().filter(|violation| is_modelled(&violation.constraint)).cloned().collect();
    let first = violations.first().filter(|_| modelled.is_empty());
    let message = match first.and_then(service_message) {
        Some(text) => Message::Service(text),
        None => Message::FrontEnd(front_end_message(&modelled)),
    };
    JsonError::new(400, "ValidationException", message)
}

/// Returns whether the front end checks the constraint. The service checks the others afterwards.
fn is_modelled(constraint: &Constraint) -> bool {
    !matches!(constraint, Constraint::Date | Constraint::OnePrimary)
}

/// The front end's message. Source: docs/aws-behaviour.md §5.
fn front_end_message(violations: &[Violation]) -> String {
    let shown = violations.iter().take(VIOLATIONS_MAX);
    let rows: Vec<_> = shown.map(sentence).collect();
    let errors = if rows.len() == 1 { "error" } else { "errors" };
    format!("{} validation {errors} detected: {}", rows.len(), rows.join("; "))
}

fn sentence(violation: &Violation) -> String {
    let value = match (&violation.value, &violation.constraint) {
        (_, Constraint::Required | Constraint::NotNull) => "Value null".to_owned(),
        (Some(value), _) if !violation.sensitive => format!("Value '{value}'"),
        (Some(_) | None, _) => "Value".to_owned(),
    };
    let path = path(&violation.path);
    let rule = rule(&violation.constraint);
    format!("{value} at '{path}' failed to satisfy constraint: {rule}")
}

/// Formats a path. Names start in lower case, list elements count from 1, map keys are unchanged.
fn path(segments: &[PathSegment]) -> String {
    let mut path = String::new();
    for segment in segments {
        match segment {
            PathSegment::Member(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                let mut letters = name.chars();
                path.extend(letters.next().map(|first| first.to_ascii_lowercase()));
                path.push_str(letters.as_str());
            }
            PathSegment::Index(at) => path.push_str(&format!(".{}.member", at + 1)),
            PathSegment::Key(key) => path.push_str(&format!(".{key}.member")),
        }
    }
    path
}

fn rule(constraint: &Constraint) -> String {
    match constraint {
        Constraint::Required | Constraint::NotNull => "Member must not be null".to_owned(),
        Constraint::LengthMin(min) => {
            format!("Member must have length greater than or equal to {min}")
        }
        Constraint::LengthMax(max) | Constraint::ListMax(max) => {
            format!("Member must have length less than or equal to {max}")
        }
        Constraint::RangeMin(min) => {
            format!("Member must have value greater than or equal to {min}")
        }
        Constraint::RangeMax(max) => format!("Member must have value less than or equal to {max}"),
        Constraint::Pattern(pattern) => {
            format!("Member must satisfy regular expression pattern: {pattern}")
        }
        Constraint::OneOf(choices) => {
            format!("Member must satisfy enum value set: [{}]", choices.join(", "))
        }
        // Assumed: the messages from here on.
        Constraint::ExactlyOne(members) => {
            format!("Member must have exactly one of: [{}]", members.join(", "))
        }
        Constraint::Date => "Member must be a date of the form YYYY-MM-DD".to_owned(),
        Constraint::OnePrimary => "Member must have at most one primary element".to_owned(),
        Constraint::JsonType { expected, .. } => format!("Member must be {}", noun(*expected)),
        Constraint::Whole => "Member must be an integer".to_owned(),
        Constraint::Unknown => "Member does not exist".to_owned(),
        Constraint::NotJson => "Member must be JSON".to_owned(),
        Constraint::Certificate => "Member must be an X.509 certificate in PEM".to_owned(),
        Constraint::SamlMetadata => "Member must be SAML metadata".to_owned(),
    }
}

/// The service's message for an invalid value, if it differs from the front end's. Assumed: the messages
/// (docs/aws-behaviour.md §12), except for lists, whose message is that of the SCIM endpoint.
fn service_message(violation: &Violation) -> Option<String> {
    let path = path(&violation.path);
    match &violation.constraint {
        Constraint::ListMax(max) => {
            Some(format!("List attribute {path} exceeds allowed limit of {max}"))
        }
        Constraint::JsonType { expected, found } => Some(format!(
            "The value of attribute {path} must be {}, not {}",
            noun(*expected),
            noun(*found)
        )),
        Constraint::Unknown => Some(format!("The attribute {path} does not exist")),
        Constraint::NotNull => Some(format!("The value of attribute {path} must not be null")),
        Constraint::Date => {
            Some(format!("The value of attribute {path} must be a date of the form YYYY-MM-DD"))
        }
        // Source: API reference, `Photo`. Assumed: the message.
        Constraint::OnePrimary => {
            Some(format!("The attribute {path} has more than one primary value"))
        }
        Constraint::Required
        | Constraint::LengthMin(_)
        | Constraint::LengthMax(_)
        | Constraint::RangeMin(_)
        | Constraint::RangeMax(_)
        | Constraint::Whole
        | Constraint::Pattern(_)
        | Constraint::OneOf(_)
        | Constraint::ExactlyOne(_)
        | Constraint::NotJson
        | Constraint::Certificate
        | Constraint::SamlMetadata => None,
    }
}

/// Source: docs/aws-protocol.md, "Malformed requests".
fn type_mismatch_message(expected: JsonType, found: JsonType) -> &'static str {
    const NUMBER: &str = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String";
    match (expected, found) {
        (
            JsonType::Array,
            JsonType::String | JsonType::Number | JsonType::Boolean | JsonType::Null,
        ) => "Expected list or null",
        (_, JsonType::Array) => "Start of list found where not expected",
        (JsonType::Map, _) => "Expected map or null",
        (_, JsonType::Object | JsonType::Map) => {
            "Start of structure or map found where not expected."
        }
        (JsonType::Object, _) => "Expected null",
        (JsonType::String, JsonType::Boolean) => {
            "class java.lang.Boolean can not be converted to an String"
        }
        (JsonType::String, _) => NUMBER,
        (JsonType::Number, JsonType::Boolean) => {
            "class java.lang.Boolean can not be converted to an Integer"
        }
        (JsonType::Number, _) => "class java.lang.String can not be converted to an Integer",
        (JsonType::Boolean, JsonType::Number) => {
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an Boolean"
        }
        (JsonType::Boolean | JsonType::Null, _) => {
            "class java.lang.String can not be converted to an Boolean"
        }
    }
}

fn noun(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object | JsonType::Map => "an object",
    }
}
