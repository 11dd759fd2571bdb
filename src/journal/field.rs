//! What entries can be told apart by, one row a field: filters, expectations and their reports all
//! come from these.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use crate::domain::{Operation, Timestamp};

use super::redact::escaped;
use super::{Entry, Journal};

/// How much of a value is told of one that differs: a body may be long.
const FOUND_CHARS_MAX: usize = 400;

/// A field of an entry.
#[derive(Debug)]
pub struct Field {
    /// What filters call it.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    fits: Fits,
    get: Get,
}

type Get = for<'a> fn(&Journal, &'a Entry) -> Option<Cow<'a, str>>;

/// When a value of a field is what was wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fits {
    /// When it is the same.
    Same,
    /// The same for operations, all of which are known.
    Operation,
    /// When it is the same number, or greater or less where what is wanted begins with such a sign.
    Number,
    /// The same for statuses, of which `4xx` is a class.
    Status,
    /// The same for times.
    Time,
    /// When it is the vendor's code or our own word.
    Error,
    /// When what is wanted is a part of it.
    Part,
}

const fn field(name: &'static str, help: &'static str, fits: Fits, get: Get) -> Field {
    Field { name, help, fits, get }
}

/// Every field.
pub static FIELDS: &[Field] = &[
    field(
        "time",
        "When, such as `2030-01-01T00:00:00Z` or `>=2030-01-01T00:00:00Z`",
        Fits::Time,
        |_, entry| written(entry.at()).map(Cow::from),
    ),
    field("dialect", "`aws` or `huawei`", Fits::Same, |_, entry| Some(entry.dialect().into())),
    field("operation", "The operation, such as `UpdateUser`", Fits::Operation, |_, entry| {
        entry.operation().map(|operation| Operation::name(operation).into())
    }),
    field("store", "The id of the store", Fits::Same, |_, entry| entry.store().map(Cow::from)),
    field("user", "The id of the user in the request", Fits::Same, |_, entry| {
        entry.user().map(Cow::from)
    }),
    field("group", "The id of the group in the request", Fits::Same, |_, entry| {
        entry.group().map(Cow::from)
    }),
    field("session", "`x-idouble-session`, else the access key id", Fits::Same, |_, entry| {
        entry.session().map(Cow::from)
    }),
    field(
        "attempt",
        "The attempt that the SDK counted, from 1, or `>1`",
        Fits::Number,
        |_, entry| entry.attempt().map(|attempt| attempt.to_string().into()),
    ),
    field("request_id", "The request id in the answer", Fits::Same, |journal, entry| {
        Some(journal.request_id(entry).into())
    }),
    field("method", "The method", Fits::Same, |_, entry| Some(entry.method().as_str().into())),
    field("path", "The path, without its query", Fits::Same, |_, entry| {
        let target = entry.target();
        Some(target.split_once('?').map_or(target, |(path, _)| path).into())
    }),
    field("status", "The status of the answer, or such as `4xx` or `>=400`", Fits::Status, {
        |_, entry| entry.status().map(|status| status.to_string().into())
    }),
    field("error", "The vendor's code, or our own word such as `not_found`", Fits::Error, {
        |journal, entry| journal.code(entry).map(Cow::from).or(entry.kind().map(Cow::from))
    }),
    field("fault", "The id of the fault rule that fired", Fits::Same, |_, entry| {
        entry.fault().map(Cow::from)
    }),
    field("duration_us", "How long it took in microseconds, such as `>=1000`", Fits::Number, {
        |_, entry| Some(entry.took().as_micros().to_string().into())
    }),
    field("request", "A part of the request's body, as the journal shows it", Fits::Part, {
        |journal, entry| journal.body(entry, entry.request())
    }),
    field("response", "A part of the answer's body, as the journal shows it", Fits::Part, {
        |journal, entry| journal.body(entry, entry.response())
    }),
];

/// A time as the journal shows it; `None` where no calendar has it.
pub(super) fn written(time: Timestamp) -> Option<String> {
    Some(format!("{time:.3}"))
}

/// What an entry has to be like: so many fields with so many values. An empty value means that the
/// entry has none.
#[derive(Clone, Default, Debug)]
pub struct Filter {
    wanted: Vec<(&'static Field, String)>,
}

/// Why a filter is none. What no entry can be like is refused, for whoever expects that something never
/// came would be told so of whatever is misspelt.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FilterError {
    /// No field is called that.
    #[error("there is no field {0:?}; there are {list}", list = names().join(", "))]
    Field(String),
    /// No entry has such a value there.
    #[error("{field} is {expected}, not {value:?}")]
    #[allow(missing_docs)]
    Value { field: &'static str, expected: &'static str, value: String },
}

/// The names of all fields.
pub fn names() -> Vec<&'static str> {
    FIELDS.iter().map(|field| field.name).collect()
}

/// How an entry differs from what was wanted, in one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The field.
    pub field: &'static str,
    /// What was wanted.
    pub expected: String,
    /// What is there.
    pub found: Option<String>,
}

impl Filter {
    /// Takes every entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes those only that have this value, too.
    ///
    /// # Errors
    /// Where there is no such field, or where it has no such values.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Result<Self, FilterError> {
        let field = FIELDS.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| FilterError::Field(name.to_owned()))?;
        let value = value.into();
        if let Some(expected) = field.fits.refuses(&value) {
            return Err(FilterError::Value { field: field.name, expected, value });
        }
        self.wanted.push((field, value));
        Ok(self)
    }

    /// What was wanted, in the order in which it was.
    pub fn wanted(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.wanted.iter().map(|(field, value)| (field.name, value.as_str()))
    }

    /// Whether an entry is like that.
    pub fn takes(&self, journal: &Journal, entry: &Entry) -> bool {
        self.wanted.iter().all(|(field, value)| field.fits(journal, entry, value))
    }

    /// Where it is not.
    pub fn differences(&self, journal: &Journal, entry: &Entry) -> Vec<Difference> {
        let unlike = self.wanted.iter().filter(|(field, value)| !field.fits(journal, entry, value));
        let told = unlike.map(|(field, value)| Difference {
            field: field.name,
            expected: value.clone(),
            found: (field.get)(journal, entry).map(|found| escaped(shortened(&found))),
        });
        told.collect()
    }
}

impl Field {
    fn fits(&self, journal: &Journal, entry: &Entry, value: &str) -> bool {
        let found = (self.get)(journal, entry).unwrap_or_default();
        if value.is_empty() || found.is_empty() {
            return value == found;
        }
        match self.fits {
            Fits::Same | Fits::Operation => found == value,
            Fits::Number => compare(&found, value, number),
            Fits::Status if is_class(value) => {
                found.len() == 3 && found.as_bytes()[0] == value.as_bytes()[0]
            }
            Fits::Status => compare(&found, value, number),
            Fits::Time => compare(&found, value, time),
            // Either name of the error will do.
            Fits::Error => found == value || entry.kind() == Some(value),
            Fits::Part => found.contains(value),
        }
    }
}

impl Fits {
    /// What is wanted here, where this is nothing of the kind.
    fn refuses(self, value: &str) -> Option<&'static str> {
        let wanted = signed(value).1.trim();
        let (known, expected) = match self {
            Self::Same | Self::Error | Self::Part => return None,
            Self::Operation => (
                Operation::all().any(|operation| operation.name() == value),
                "the name of an operation alone, such as UpdateUser",
            ),
            Self::Number => (number(wanted).is_some(), "a number, or such as >=2"),
            Self::Status => {
                (is_class(value) || number(wanted).is_some(), "such as 400, 4xx or >=400")
            }
            Self::Time => {
                (time(wanted).is_some(), "such as 2030-01-01T00:00:00Z or >=2030-01-01T00:00:00Z")
            }
        };
        (!known && !value.is_empty()).then_some(expected)
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Whether this is a class of statuses, such as `4xx`.
fn is_class(status: &str) -> bool {
    matches!(status.as_bytes(), [b'1'..=b'5', b'x', b'x'])
}

/// Whether `found` is what is wanted: the same, or on that side of it.
fn compare<T: PartialOrd>(found: &str, wanted: &str, read: impl Fn(&str) -> Option<T>) -> bool {
    let (sign, wanted) = signed(wanted);
    let order = read(found).and_then(|found| found.partial_cmp(&read(wanted.trim())?));
    order.is_some_and(sign)
}

/// On which side of what.
fn signed(wanted: &str) -> (fn(Ordering) -> bool, &str) {
    type Test = fn(Ordering) -> bool;
    const SIGNS: &[(&str, Test)] = &[
        (">=", Ordering::is_ge),
        ("<=", Ordering::is_le),
        (">", Ordering::is_gt),
        ("<", Ordering::is_lt),
    ];
    let found = SIGNS.iter().find_map(|(sign, test)| Some((*test, wanted.strip_prefix(sign)?)));
    found.unwrap_or((Ordering::is_eq, wanted))
}

/// As much of a value as a report has room for.
fn shortened(text: &str) -> &str {
    text.char_indices().nth(FOUND_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

/// `operation=UpdateUser user=…`
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wanted.is_empty() {
            return f.write_str("any request");
        }
        for (at, (name, value)) in self.wanted().enumerate() {
            let space = if at > 0 { " " } else { "" };
            write!(f, "{space}{name}={}", escaped(value))?;
        }
        Ok(())
    }
}
