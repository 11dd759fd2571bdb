//! What AWS answers to arguments that break a constraint: in the words of its front end, which names
//! all of them, or of the service, which names the first value that it does not like.

use crate::domain::{Constraint, Invalid, JsonType, PathSegment, Violation};

use super::{JsonError, Message};

/// How many violations one answer names.
const VIOLATIONS_MAX: usize = 10;

/// The answer to all of them.
pub(super) fn invalid(invalid: &Invalid) -> JsonError {
    let violations = &invalid.violations;
    if invalid.in_value {
        // Assumed: the form of create, where the model requires the member: a photo without a value.
        if violations.iter().all(|violation| violation.constraint == Constraint::Required) {
            return JsonError::new(
                400,
                "ValidationException",
                Message::FrontEnd(listed(violations)),
            );
        }
        let told = violations.iter().find_map(judged_by_service);
        let text = told.unwrap_or_else(|| listed(violations));
        return JsonError::new(400, "ValidationException", Message::Service(text));
    }
    // The front end fails at the first value of a wrong JSON type, before it looks at any bound.
    let wrong = violations.iter().find_map(|violation| match violation.constraint {
        Constraint::JsonType { expected, found } => Some(wrong_kind(expected, found)),
        _ => None,
    });
    if let Some(text) = wrong {
        return JsonError::new(400, "SerializationException", Message::Service(text.to_owned()));
    }
    let modelled: Vec<_> =
        violations.iter().filter(|violation| is_modelled(&violation.constraint)).cloned().collect();
    let told = violations.first().filter(|_| modelled.is_empty()).and_then(judged_by_service);
    let message = told.map_or_else(|| Message::FrontEnd(listed(&modelled)), Message::Service);
    JsonError::new(400, "ValidationException", message)
}

/// Whether the front end checks it. The service checks the rest, after the front end.
fn is_modelled(constraint: &Constraint) -> bool {
    !matches!(constraint, Constraint::Date | Constraint::OnePrimary)
}

/// Source: behaviour.md §5; the front end's wording.
fn listed(violations: &[Violation]) -> String {
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

/// Names start lower-case; list elements count from 1; keys of a map stand as sent.
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
        // Assumed from here on: no evidence.
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

/// What the service says of a value in a document, where it has words of its own. Assumed: the words
/// (behaviour.md §12), except for lists, which are SCIM's.
fn judged_by_service(violation: &Violation) -> Option<String> {
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
        // Source: the model's text on Photo.Primary. Assumed: the message.
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

/// Source: protocol.md, recorded at the same front end.
fn wrong_kind(expected: JsonType, found: JsonType) -> &'static str {
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
