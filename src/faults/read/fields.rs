//! What the readers of all words share: checked tables, and values that stand in a file or a line.

use crate::document::{Kind, Node, Span};

use super::super::text::Word;

/// The most patterns in one `on`, and the most numbers in one `nth`.
pub(super) const LIST_MAX: usize = 100;

/// What a key takes. The reader of each word goes by these rows, and so does the schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Takes {
    Id,
    On,
    When,
    Do,
    For,
    /// A count or a range of counts, as a number or a text; at least this.
    Range(u32),
    /// One pattern, or a list of them.
    Patterns,
    /// A text with `*`.
    Glob,
    /// A text of this form.
    Text(&'static str),
    /// A table of texts with `*`.
    Globs,
    /// A table of anything.
    Anything,
    /// A number from 0 to 1.
    Chance,
    /// An integer of at least this.
    Count(u32),
    /// Integers, or one.
    Counts,
    /// A time such as `200ms`.
    Time,
    /// What `per` goes by.
    Per,
    /// A class of error.
    Class,
    /// A kind of a class.
    Reason,
    /// An effect that is a word.
    Wire,
    Delay,
    Status,
    Flag,
}

/// A key of a table, and what it takes.
pub(super) type Row = (&'static str, Takes);

/// The names of rows.
pub(super) fn names(rows: &[Row]) -> Vec<&'static str> {
    rows.iter().map(|(name, _)| *name).collect()
}

/// `None` where what was there is wrong.
pub(super) fn settled<T>(found: Option<Option<T>>) -> Option<Option<T>> {
    match found {
        Some(None) => None,
        Some(value @ Some(_)) => Some(value),
        None => Some(None),
    }
}

/// A value that a file gives as a number or a text, and a line as part of a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arg<'a> {
    Node(Node<'a>),
    Word(Word<'a>),
}

impl<'a> Arg<'a> {
    pub(super) fn of(node: Node<'a>) -> Option<Self> {
        if node.as_text().is_some() {
            Word::of(node).map(Self::Word)
        } else {
            Some(Self::Node(node))
        }
    }

    pub(super) fn word(self) -> Option<Word<'a>> {
        match self {
            Self::Word(word) => Some(word),
            Self::Node(node) => Word::of(node),
        }
    }

    pub(super) fn count(self, min: u32) -> Option<u64> {
        match self {
            Self::Word(word) => word.integer(u64::from(min)..=u64::from(u32::MAX)),
            Self::Node(node) => node.integer(min..=u32::MAX).map(u64::from),
        }
    }

    pub(super) fn counts(self) -> Option<Vec<u64>> {
        match self {
            Self::Word(_) => self.count(1).map(|count| vec![count]),
            Self::Node(node) => {
                nodes(node, 1, LIST_MAX)?.into_iter().map(|node| Self::of(node)?.count(1)).collect()
            }
        }
    }

    pub(super) fn chance(self) -> Option<f64> {
        let number = match self {
            Self::Node(node) => node.number()?,
            Self::Word(word) => word.text.parse().unwrap_or(f64::NAN),
        };
        if (0.0..=1.0).contains(&number) {
            return Some(number);
        }
        let message = "a chance is a number from 0 to 1";
        let help = (number > 1.0 && number <= 100.0)
            .then(|| format!("write {} for {number} %", number / 100.0));
        match self {
            Self::Node(node) => {
                node.note(node.span(), message, help);
                None
            }
            Self::Word(word) => word.refuse(message, help),
        }
    }
}

/// The elements of a list, or the one value in place of it; too few or too many are a mistake.
pub(super) fn nodes(node: Node<'_>, min: usize, max: usize) -> Option<Vec<Node<'_>>> {
    if node.kind() != Kind::List {
        return Some(vec![node]);
    }
    let nodes: Vec<_> = node.list()?.collect();
    if nodes.len() < min {
        node.note_here("this list is empty");
        return None;
    }
    if nodes.len() > max {
        node.note_here(format!("this list has {} entries; at most {max} may be", nodes.len()));
        return None;
    }
    Some(nodes)
}

/// A table whose keys have been checked.
pub(super) struct Fields<'a> {
    pub(super) node: Node<'a>,
    /// Whether every key is known.
    pub(super) whole: bool,
}

impl<'a> Fields<'a> {
    /// `word` is what the table is.
    pub(super) fn of(node: Node<'a>, word: &str, known: &[&str]) -> Option<Self> {
        if node.kind() != Kind::Table {
            node.expected(if word == "rule" { "a table" } else { "a string or a table" });
            return None;
        }
        let (_, strange): (Vec<_>, Vec<_>) =
            node.entries().map(|(key, _)| key).partition(|key| known.contains(&key.name));
        strange.iter().for_each(|key| node.unknown(*key, known));
        // It is read on, so that what is wrong within it is told as well.
        Some(Self { node, whole: strange.is_empty() })
    }

    pub(super) fn get(&self, name: &str) -> Option<Node<'a>> {
        self.node.entries().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    pub(super) fn need(&self, name: &str) -> Option<Node<'a>> {
        let found = self.get(name);
        if found.is_none() {
            self.node.note_here(format!("`{name}` is missing"));
        }
        found
    }

    pub(super) fn key(&self, name: &str) -> Span {
        let found = self.node.entries().find(|(key, _)| key.name == name);
        found.map_or_else(|| self.node.span(), |(key, _)| key.span())
    }
}
