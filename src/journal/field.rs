//! What entries can be told apart by, one row a field: filters, expectations and their reports all
//! come from these.

use std::borrow::Cow;
use std::fmt;

use crate::domain::Operation;

use super::redact::escaped;
use super::{Entry, Journal};

/// A field of an entry.
#[derive(Debug)]
pub struct Field {
    /// What filters call it.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    get: for<'a> fn(&Journal, &'a Entry) -> Option<Cow<'a, str>>,
}

const fn field(
    name: &'static str,
    help: &'static str,
    get: for<'a> fn(&Journal, &'a Entry) -> Option<Cow<'a, str>>,
) -> Field {
    Field { name, help, get }
}

/// Every field.
pub static FIELDS: &[Field] = &[
    field("dialect", "`aws` or `huawei`", |_, entry| Some(entry.dialect().into())),
    field("operation", "The operation, such as `UpdateUser`", |_, entry| {
        entry.operation().map(|operation| Operation::name(operation).into())
    }),
    field("store", "The id of the store", |_, entry| entry.store().map(Cow::from)),
    field("user", "The id of the user in the request", |_, entry| entry.user().map(Cow::from)),
    field("group", "The id of the group in the request", |_, entry| entry.group().map(Cow::from)),
    field("session", "`x-idouble-session`, else the access key id", |_, entry| {
        entry.session().map(Cow::from)
    }),
    field("attempt", "The attempt that the SDK counted, from 1", |_, entry| {
        entry.attempt().map(|attempt| attempt.to_string().into())
    }),
    field("request_id", "The request id in the answer", |journal, entry| {
        Some(journal.request_id(entry).into())
    }),
    field("method", "The method", |_, entry| Some(entry.method().as_str().into())),
    field("path", "The path, without its query", |_, entry| {
        let target = entry.target();
        Some(target.split_once('?').map_or(target, |(path, _)| path).into())
    }),
    field("status", "The status of the answer, or a class of them such as `4xx`", |_, entry| {
        entry.status().map(|status| status.to_string().into())
    }),
    field("error", "The vendor's code, or our own word such as `not_found`", |journal, entry| {
        journal.code(entry).map(Cow::from).or(entry.kind().map(Cow::from))
    }),
    field("fault", "The id of the fault rule that fired", |_, entry| entry.fault().map(Cow::from)),
];

/// What an entry has to be like: so many fields with so many values. An empty value means that the
/// entry has none.
#[derive(Clone, Default, Debug)]
pub struct Filter {
    wanted: Vec<(&'static Field, String)>,
}

/// No field is called that.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no field {0:?}; there are {list}", list = names().join(", "))]
pub struct UnknownField(pub String);

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
    /// Where there is no such field.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Result<Self, UnknownField> {
        let field = FIELDS.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| UnknownField(name.to_owned()))?;
        self.wanted.push((field, value.into()));
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
            found: (field.get)(journal, entry).map(|found| escaped(&found)),
        });
        told.collect()
    }
}

impl Field {
    fn fits(&self, journal: &Journal, entry: &Entry, value: &str) -> bool {
        let found = (self.get)(journal, entry).unwrap_or_default();
        match self.name {
            // Either name of the error will do.
            "error" => found == value || (!value.is_empty() && entry.kind() == Some(value)),
            "status" if value.len() == 3 && value.ends_with("xx") => {
                found.len() == 3 && found.as_bytes()[0] == value.as_bytes()[0]
            }
            _ => found == value,
        }
    }
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
