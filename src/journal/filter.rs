//! Filters of journal entries. One row a field: filters, expectations and their reports use the same rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use crate::domain::{Operation, Timestamp};
use crate::escape::escape_control;

use super::{Journal, JournalEntry, written};

/// Length limit of a found value in a report, in characters: a body may be long.
const FOUND_CHARS_MAX: usize = 400;

/// The possible values of `operation`. A name with a colon is a call that is not served.
pub(super) const EXPECTED_OPERATION: &str = "the name of an operation alone, such as UpdateUser, or \
     sso-admin:CreateInstance for a call that is not served";

/// A field of an entry.
#[derive(Debug)]
pub struct EntryField {
    /// The name in filters.
    pub name: &'static str,
    /// A description, for help texts.
    pub help: &'static str,
    matcher: Matcher,
    value: ReadValue,
}

/// Reads the value of a field; `None` if the entry has none.
type ReadValue = for<'a> fn(&Journal, &'a JournalEntry) -> Option<Cow<'a, str>>;

/// How the value of a field is compared with an expected value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Matcher {
    /// Equal.
    Equal,
    /// Equal, and the expected value is the name of an operation.
    Operation,
    /// Equal as numbers, or on the side that a sign before the expected value says.
    Number,
    /// As `Number`, or of a class such as `4xx`.
    Status,
    /// As `Number`, for times.
    Time,
    /// Equal to the vendor's code or to the neutral name.
    Error,
    /// Contains the expected value.
    Contains,
}

const fn field(
    name: &'static str,
    help: &'static str,
    matcher: Matcher,
    value: ReadValue,
) -> EntryField {
    EntryField { name, help, matcher, value }
}

/// Every field of an entry.
pub static FIELDS: &[EntryField] = &[
    field(
        "time",
        "Time of arrival, such as `>=2030-01-01T00:00:00Z`",
        Matcher::Time,
        |_, entry| Some(written(entry.at).into()),
    ),
    field("dialect", "`aws` or `huawei`", Matcher::Equal, |_, entry| Some(entry.dialect.into())),
    field("operation", "The operation, such as `UpdateUser`", Matcher::Operation, |_, entry| {
        Some(entry.operation_name()?.into())
    }),
    field("store", "The id of the store", Matcher::Equal, |_, entry| Some(entry.store()?.into())),
    field("user", "The id of the user in the request", Matcher::Equal, |_, entry| {
        Some(entry.user()?.into())
    }),
    field("group", "The id of the group in the request", Matcher::Equal, |_, entry| {
        Some(entry.group()?.into())
    }),
    field("session", "`x-idouble-session`, else the access key id", Matcher::Equal, |_, entry| {
        Some(entry.session()?.into())
    }),
    field(
        "attempt",
        "The attempt that the SDK counted, from 1, or `>1`",
        Matcher::Number,
        |_, entry| Some(entry.attempt?.to_string().into()),
    ),
    field("request_id", "The request id in the response", Matcher::Equal, |journal, entry| {
        Some(journal.request_id(entry).into())
    }),
    field("method", "The method", Matcher::Equal, |_, entry| Some(entry.method.as_str().into())),
    field("path", "The path, without its query", Matcher::Equal, |_, entry| {
        entry.target().split('?').next().map(Cow::from)
    }),
    field("status", "The status, such as `404`, `4xx` or `>=400`", Matcher::Status, |_, entry| {
        Some(entry.status?.to_string().into())
    }),
    field(
        "error",
        "The error code, or a name such as `not_found`",
        Matcher::Error,
        |journal, entry| journal.error(entry).map(Cow::from),
    ),
    field("fault", "The id of the fault rule that fired", Matcher::Equal, |_, entry| {
        Some(entry.fault()?.into())
    }),
    field(
        "duration_us",
        "Duration in microseconds, such as `>=1000`",
        Matcher::Number,
        |_, entry| Some(entry.duration.as_micros().to_string().into()),
    ),
    field(
        "request",
        "Text that the request body contains, as shown",
        Matcher::Contains,
        |journal, entry| journal.body_text(entry, entry.request()),
    ),
    field(
        "response",
        "Text that the response body contains, as shown",
        Matcher::Contains,
        |journal, entry| journal.body_text(entry, entry.response()),
    ),
];

/// Conditions on the fields of an entry, all of which must hold. An empty value means that the entry has none.
#[derive(Clone, Default, Debug)]
pub struct EntryFilter {
    conditions: Vec<(&'static EntryField, String)>,
}

/// Invalid filter. Impossible values are rejected: a typo would otherwise satisfy "never called".
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FilterError {
    /// There is no such field.
    #[error("unknown field {0:?}; known are {list}", list = names().join(", "))]
    Field(String),
    /// The field cannot have such a value.
    #[error("invalid {field} {value:?}; expected {expected}")]
    #[allow(missing_docs)]
    Value { field: &'static str, expected: String, value: String },
}

/// The names of all fields.
pub fn names() -> Vec<&'static str> {
    FIELDS.iter().map(|field| field.name).collect()
}

/// How an entry differs from a filter, in one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The name of the field.
    pub field: &'static str,
    /// The expected value.
    pub expected: String,
    /// The value of the entry.
    pub found: Option<String>,
}

impl EntryFilter {
    /// Matches every entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition: the field has this value.
    ///
    /// # Errors
    /// `EntryField`, `Value`.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Result<Self, FilterError> {
        let field = FIELDS.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| FilterError::Field(name.to_owned()))?;
        let value = value.into();
        if let Some(expected) = field.matcher.rejects(&value) {
            return Err(FilterError::Value {
                field: field.name,
                expected: expected.to_owned(),
                value,
            });
        }
        self.conditions.push((field, value));
        Ok(self)
    }

    /// Names and values of the conditions, in the order in which they were added.
    pub fn conditions(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.conditions.iter().map(|(field, value)| (field.name, value.as_str()))
    }

    /// Whether an entry fulfils all conditions.
    pub fn matches(&self, journal: &Journal, entry: &JournalEntry) -> bool {
        self.conditions.iter().all(|(field, value)| field.matches(journal, entry, value))
    }

    /// The conditions that an entry does not fulfil.
    pub fn differences(&self, journal: &Journal, entry: &JournalEntry) -> Vec<Difference> {
        let failed =
            self.conditions.iter().filter(|(field, value)| !field.matches(journal, entry, value));
        let differences = failed.map(|(field, value)| Difference {
            field: field.name,
            expected: value.clone(),
            found: (field.value)(journal, entry).map(|found| escape_control(shortened(&found))),
        });
        differences.collect()
    }
}

impl EntryField {
    fn matches(&self, journal: &Journal, entry: &JournalEntry, expected: &str) -> bool {
        let found = (self.value)(journal, entry).unwrap_or_default();
        if expected.is_empty() || found.is_empty() {
            return expected == found;
        }
        match self.matcher {
            Matcher::Equal | Matcher::Operation => found == expected,
            Matcher::Number => compare(&found, expected, number),
            Matcher::Status if is_status_class(expected) => {
                found.len() == 3 && found.as_bytes()[0] == expected.as_bytes()[0]
            }
            Matcher::Status => compare(&found, expected, number),
            Matcher::Time => compare(&found, expected, time),
            Matcher::Error => found == expected || entry.kind == Some(expected),
            Matcher::Contains => found.contains(expected),
        }
    }
}

impl Matcher {
    /// If no entry can have the value `expected`, describes the values that are possible.
    fn rejects(self, expected: &str) -> Option<&'static str> {
        let operand = split_sign(expected).1.trim();
        let (is_possible, possible) = match self {
            Self::Equal | Self::Error | Self::Contains => return None,
            Self::Operation => (
                expected.contains(':')
                    || Operation::all().any(|operation| operation.name() == expected),
                EXPECTED_OPERATION,
            ),
            Self::Number => (number(operand).is_some(), "a number, or such as >=2"),
            Self::Status => (
                is_status_class(expected) || number(operand).is_some(),
                "a status such as 400, 4xx or >=400",
            ),
            Self::Time => (
                time(operand).is_some(),
                "a time such as 2030-01-01T00:00:00Z or >=2030-01-01T00:00:00Z",
            ),
        };
        (!is_possible && !expected.is_empty()).then_some(possible)
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Whether the text is a class of statuses, such as `4xx`.
fn is_status_class(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'5', b'x', b'x'])
}

/// Compares `found` with the operand of `expected`, by its sign.
fn compare<T: PartialOrd>(found: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> bool {
    let (accepts, operand) = split_sign(expected);
    let (Some(found), Some(operand)) = (parse(found), parse(operand.trim())) else { return false };
    found.partial_cmp(&operand).is_some_and(accepts)
}

/// Splits `>=2` into its comparison and its operand. Without a sign the comparison is equality.
fn split_sign(text: &str) -> (fn(Ordering) -> bool, &str) {
    if let Some(operand) = text.strip_prefix(">=") {
        (Ordering::is_ge, operand)
    } else if let Some(operand) = text.strip_prefix("<=") {
        (Ordering::is_le, operand)
    } else if let Some(operand) = text.strip_prefix('>') {
        (Ordering::is_gt, operand)
    } else if let Some(operand) = text.strip_prefix('<') {
        (Ordering::is_lt, operand)
    } else {
        (Ordering::is_eq, text)
    }
}

/// The first [`FOUND_CHARS_MAX`] characters.
fn shortened(text: &str) -> &str {
    text.char_indices().nth(FOUND_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

/// `operation=UpdateUser user=…`
impl fmt::Display for EntryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conditions.is_empty() {
            return f.write_str("any request");
        }
        let conditions: Vec<_> = self
            .conditions()
            .map(|(name, value)| format!("{name}={}", escape_control(value)))
            .collect();
        f.write_str(&conditions.join(" "))
    }
}
