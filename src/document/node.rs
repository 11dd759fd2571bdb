//! The cursor over a document. Getters never fail: they note what is wrong and return nothing, so
//! that one refusal can name every mistake at once.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Number, Value as Json};

use super::Span;
use crate::file_error::{Mistake, Mistakes, nearest};

/// A value with its place. Its texts may be parts of the text that it was read from.
#[derive(Debug)]
pub(super) struct Item<'t> {
    pub(super) span: Span,
    pub(super) value: Value<'t>,
}

#[derive(Debug)]
pub(super) enum Value<'t> {
    Null,
    Flag(bool),
    Integer(i128),
    Float(f64),
    Text(Cow<'t, str>),
    List(Vec<Item<'t>>),
    Table(Vec<Entry<'t>>),
}

#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub(super) key: Cow<'t, str>,
    pub(super) key_span: Span,
    pub(super) item: Item<'t>,
}

/// The kind of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Kind {
    Null,
    Flag,
    Integer,
    Float,
    Text,
    List,
    Table,
}

impl Kind {
    /// As messages call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag => "true or false",
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::Text => "a string",
            Self::List => "a list",
            Self::Table => "a table",
        }
    }
}

/// What was found wrong so far, and the text that it is about.
#[derive(Debug)]
pub(super) struct Notes<'a> {
    text: &'a str,
    mistakes: RefCell<Mistakes>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, mistakes: RefCell::default() }
    }

    pub(super) fn into_inner(self) -> Mistakes {
        self.mistakes.into_inner()
    }
}

/// A cursor over one value of a document.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    item: &'a Item<'a>,
    notes: &'a Notes<'a>,
}

/// A key with its place.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The key, unquoted.
    pub name: &'a str,
    span: &'a Span,
}

impl Key<'_> {
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.span.clone()
    }
}

/// A step from a value to one within it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    /// To the value of this key of a table.
    Key(&'a str),
    /// To an element of a list, from 0.
    Index(usize),
}

impl<'a> Node<'a> {
    pub(super) fn new(item: &'a Item<'a>, notes: &'a Notes<'a>) -> Self {
        Self { item, notes }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.item.span.clone()
    }

    /// As it is written, quotes included.
    pub fn source(&self) -> &'a str {
        self.notes.text.get(self.span()).unwrap_or_default()
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match &self.item.value {
            Value::Null => Kind::Null,
            Value::Flag(_) => Kind::Flag,
            Value::Integer(_) => Kind::Integer,
            Value::Float(_) => Kind::Float,
            Value::Text(_) => Kind::Text,
            Value::List(_) => Kind::List,
            Value::Table(_) => Kind::Table,
        }
    }

    /// Notes a mistake anywhere in the document.
    pub fn note(&self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.notes.mistakes.borrow_mut().push(Mistake { span, message: message.into(), help });
    }

    /// The candidate that this text was probably meant to be. `None` where so much is wrong already
    /// that nobody will read it, for it takes time.
    pub fn meant<'n>(&self, candidates: &[&'n str]) -> Option<&'n str> {
        let many = self.notes.mistakes.borrow().are_many();
        self.as_text().filter(|_| !many).and_then(|text| nearest(text, candidates))
    }

    /// Notes a mistake here.
    pub fn note_here(&self, message: impl Into<String>) {
        self.note(self.span(), message, None);
    }

    /// Notes a mistake here, with what would be right.
    pub fn note_with(&self, message: impl Into<String>, help: impl Into<String>) {
        self.note(self.span(), message, Some(help.into()));
    }

    /// Notes that something else was expected here.
    pub fn expected(&self, what: impl Display) {
        self.note_here(format!("expected {what}, found {}", self.found()));
    }

    /// A text; another kind is a mistake.
    pub fn text(&self) -> Option<&'a str> {
        self.as_text().or_else(|| self.refuse(Kind::Text))
    }

    /// A text; `None` for another kind, which is no mistake.
    pub fn as_text(&self) -> Option<&'a str> {
        match &self.item.value {
            Value::Text(text) => Some(text),
            _ => None, // Any other kind.
        }
    }

    /// A boolean; another kind is a mistake.
    pub fn flag(&self) -> Option<bool> {
        match &self.item.value {
            Value::Flag(flag) => Some(*flag),
            _ => self.refuse(Kind::Flag),
        }
    }

    /// An integer within bounds; anything else is a mistake.
    pub fn integer<T>(&self, range: RangeInclusive<T>) -> Option<T>
    where
        T: Copy + Into<i128> + TryFrom<i128>,
    {
        let (min, max): (i128, i128) = ((*range.start()).into(), (*range.end()).into());
        match &self.item.value {
            Value::Integer(value) if (min..=max).contains(value) => T::try_from(*value).ok(),
            _ => {
                self.expected(format_args!("an integer from {min} to {max}"));
                None
            }
        }
    }

    /// A number, whole or not; another kind is a mistake.
    pub fn number(&self) -> Option<f64> {
        match &self.item.value {
            #[allow(clippy::cast_precision_loss)] // A number that large is no exact one.
            Value::Integer(value) => Some(*value as f64),
            Value::Float(value) => Some(*value),
            _ => self.refuse(Kind::Float),
        }
    }

    /// One of a few texts, as what it stands for; anything else is a mistake.
    pub fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let found = self.as_text().and_then(|text| {
            choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice)
        });
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let help = self.meant(&names).map(|name| format!("did you mean \"{name}\"?"));
            let message = format!("expected {}, found {}", quoted.join(" or "), self.found());
            self.note(self.span(), message, help);
        }
        found
    }

    /// The elements of a list; another kind is a mistake.
    pub fn list(&self) -> Option<impl ExactSizeIterator<Item = Node<'a>> + use<'a>> {
        if self.kind() == Kind::Table {
            let help = "in TOML, each table of a list has a head in two brackets: [[…]]";
            self.note_with("expected a list, found a table", help);
            return None;
        }
        if self.kind() != Kind::List {
            return self.refuse(Kind::List);
        }
        Some(self.elements())
    }

    /// The elements of a list; none where it is no list, which is no mistake.
    pub fn elements(&self) -> impl ExactSizeIterator<Item = Node<'a>> + use<'a> {
        let elements = match &self.item.value {
            Value::List(list) => list.as_slice(),
            _ => &[], // No list.
        };
        let notes = self.notes;
        elements.iter().map(move |item| Node { item, notes })
    }

    /// A table; another kind is a mistake, and so is each key that is not among `known`.
    pub fn table(&self, known: &'a [&'a str]) -> Option<Table<'a>> {
        if self.kind() != Kind::Table {
            return self.refuse(Kind::Table);
        }
        for (key, _) in self.entries().filter(|(key, _)| !known.contains(&key.name)) {
            self.unknown(key, known);
        }
        Some(Table { node: *self, known })
    }

    /// Notes a key that is not among those known.
    pub fn unknown(&self, key: Key<'_>, known: &[&str]) {
        let meant = nearest(key.name, known).map(|name| format!("did you mean `{name}`? "));
        let help = format!("{}known here: {}", meant.unwrap_or_default(), known.join(", "));
        self.note(key.span(), format!("unknown key `{}`", key.name), Some(help));
    }

    /// The entries of a table, in the order of the file; none where it is no table.
    pub fn entries(&self) -> impl Iterator<Item = (Key<'a>, Node<'a>)> + use<'a> {
        let entries = match &self.item.value {
            Value::Table(entries) => entries.as_slice(),
            _ => &[], // No table.
        };
        let notes = self.notes;
        entries.iter().map(move |entry| {
            (Key { name: &entry.key, span: &entry.key_span }, Node { item: &entry.item, notes })
        })
    }

    /// Where a part of this text stands, `part` being bytes of it; the whole where the text is
    /// escaped or spread over lines, for then its bytes are not those of the file.
    pub fn part(&self, part: Span) -> Span {
        let Some(text) = self.as_text() else { return self.span() };
        let source = self.notes.text.get(self.span()).unwrap_or_default();
        let quote = source.len().saturating_sub(text.len()) / 2;
        if source.get(quote..quote + text.len()) != Some(text) || part.end > text.len() {
            return self.span();
        }
        let start = self.item.span.start + quote;
        start + part.start..start + part.end
    }

    /// Follows `steps` as far as they lead: the last value reached, and the place to point at, which
    /// is a key's where the last step of all names one that `at_key` asks for.
    pub fn locate<'s>(&self, steps: impl IntoIterator<Item = Step<'s>>, at_key: bool) -> Span {
        let (mut node, mut span) = (*self, self.span());
        for step in steps {
            let next = match step {
                Step::Key(name) => node.entries().find(|(key, _)| key.name == name),
                Step::Index(at) => node.element(at),
            };
            let Some((key, value)) = next else { return node.span() };
            span = if at_key { key.span() } else { value.span() };
            node = value;
        }
        span
    }

    /// The same as JSON; what JSON cannot hold is not in a document.
    pub fn to_json(&self) -> Json {
        json(self.item)
    }

    /// What is here, for a message: short values as they stand.
    pub fn found(&self) -> String {
        match &self.item.value {
            Value::Null | Value::List(_) | Value::Table(_) => self.kind().name().to_owned(),
            Value::Flag(flag) => flag.to_string(),
            Value::Integer(integer) => integer.to_string(),
            Value::Float(float) => float.to_string(),
            Value::Text(text) if text.chars().nth(40).is_none() => format!("{text:?}"),
            Value::Text(_) => "a longer string".to_owned(),
        }
    }

    fn element(&self, at: usize) -> Option<(Key<'a>, Node<'a>)> {
        let Value::List(list) = &self.item.value else { return None };
        let item = list.get(at)?;
        Some((Key { name: "", span: &item.span }, Node { item, notes: self.notes }))
    }

    fn refuse<T>(&self, expected: Kind) -> Option<T> {
        self.expected(expected.name());
        None
    }
}

fn json(item: &Item<'_>) -> Json {
    match &item.value {
        Value::Null => Json::Null,
        Value::Flag(flag) => Json::Bool(*flag),
        Value::Integer(integer) => {
            let small = i64::try_from(*integer).map(Number::from);
            let small = small.or_else(|_| u64::try_from(*integer).map(Number::from));
            #[allow(clippy::cast_precision_loss)] // As serde_json itself reads such a number.
            small
                .ok()
                .or_else(|| Number::from_f64(*integer as f64))
                .map_or(Json::Null, Json::Number)
        }
        Value::Float(float) => Number::from_f64(*float).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(text.clone().into_owned()),
        Value::List(list) => Json::Array(list.iter().map(json).collect()),
        Value::Table(entries) => {
            let member = |entry: &Entry<'_>| (entry.key.clone().into_owned(), json(&entry.item));
            Json::Object(entries.iter().map(member).collect::<Map<_, _>>())
        }
    }
}

/// A table whose keys have been checked.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    node: Node<'a>,
    known: &'a [&'a str],
}

impl<'a> Table<'a> {
    /// The table itself.
    pub fn node(&self) -> Node<'a> {
        self.node
    }

    /// The value of a key, if it is there.
    pub fn get(&self, name: &str) -> Option<Node<'a>> {
        debug_assert!(self.known.contains(&name), "`{name}` is asked for, but not known here");
        self.node.entries().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The value of a key that has to be there; its absence is a mistake.
    pub fn need(&self, name: &str) -> Option<Node<'a>> {
        let found = self.get(name);
        if found.is_none() {
            self.node.note_here(format!("`{name}` is missing"));
        }
        found
    }

    /// Where a key stands; the table where it is not there.
    pub fn key_span(&self, name: &str) -> Span {
        let found = self.node.entries().find(|(key, _)| key.name == name);
        found.map_or_else(|| self.node.span(), |(key, _)| key.span())
    }
}
