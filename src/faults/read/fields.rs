//! What the readers of all words share: checked tables, and values that stand in a file or a line.

use crate::document::{Key, Kind, Node, Span};

use super::super::text::Word;

/// The most patterns in one `on`, and the most numbers in one `nth`.
pub(super) const LIST_MAX: usize = 100;

/// What the language has and this server does not do yet. A row goes when its feature comes.
pub(super) const LATER: &[(&str, &str)] = &[
    ("on", "attribute"),
    ("on", "header"),
    ("when", "share"),
    ("when", "over"),
    ("when", "burst"),
    ("when", "window"),
    ("per", "connection"),
    ("do", "code"),
    ("do", "message"),
    ("do", "fields"),
    ("do", "wire"),
    ("do", "cut"),
    ("do", "drip"),
    ("do", "content-type"),
    ("do", "stale"),
    ("delay", "median"),
    ("delay", "p99"),
    ("delay", "max"),
    ("class", "reset"),
    ("class", "close"),
    ("class", "hang"),
    ("class", "garbage"),
    ("for", "lease"),
];

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
    /// `word` says which part of `LATER` is about its keys.
    pub(super) fn of(node: Node<'a>, word: &str, known: &[&str]) -> Option<Self> {
        if node.kind() != Kind::Table {
            node.expected(if word == "rule" { "a table" } else { "a string or a table" });
            return None;
        }
        let (_, strange): (Vec<_>, Vec<_>) =
            node.entries().map(|(key, _)| key).partition(|key| known.contains(&key.name));
        strange.iter().for_each(|key| refuse_key(node, word, *key, known));
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

fn refuse_key(node: Node<'_>, word: &str, key: Key<'_>, known: &[&str]) {
    if is_later(word, key.name) {
        node.note(key.span(), not_yet(key.name), None);
    } else {
        node.unknown(key, known);
    }
}

pub(super) fn is_later(word: &str, name: &str) -> bool {
    LATER.contains(&(word, name))
}

pub(super) fn not_yet(name: &str) -> String {
    format!("not supported yet: `{name}`")
}
