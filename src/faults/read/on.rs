//! `on`, read.

use std::ops::RangeInclusive;

use crate::document::{Kind, Node, nearest};

use super::super::glob::Glob;
use http::HeaderName;

use super::super::on::{Known, On, Operations, plain_path};
use super::super::text::Word;
use super::fields::{Arg, Fields, LIST_MAX, Row, Takes, names, nodes, settled};

pub(super) const ON: &[Row] = &[
    ("op", Takes::Patterns),
    ("store", Takes::Glob),
    ("user", Takes::Glob),
    ("group", Takes::Glob),
    ("attribute", Takes::Text("^.+$")),
    ("session", Takes::Glob),
    ("attempt", Takes::Range(1)),
    ("header", Takes::Globs),
];

/// A pattern as written, and what it matches: at least one operation.
pub(super) type Pattern<'a> = (Word<'a>, Operations);

/// With its patterns; none where it is about every operation.
pub(super) fn read_on<'a>(node: Node<'a>, known: &Known) -> Option<(On, Vec<Pattern<'a>>)> {
    if node.kind() != Kind::Table {
        let patterns = patterns(node, known)?;
        return Some((On::operations(union(&patterns, known)), patterns));
    }
    let fields = Fields::of(node, "on", &names(ON))?;
    let patterns = fields.get("op").map(|node| patterns(node, known));
    let glob = |name| fields.get(name).map(|node| Word::of(node).map(|word| Glob::new(word.text)));
    let (store, user, group) = (glob("store"), glob("user"), glob("group"));
    let session = glob("session");
    let attempt = fields.get("attempt").map(read_attempt);
    let attribute = fields.get("attribute").map(|node| attribute(Word::of(node)?, known));
    let headers = fields.get("header").map(headers);
    let patterns = settled(patterns)?;
    let operations = match &patterns {
        Some(patterns) => union(patterns, known),
        None => Operations::matching("*", known),
    };
    let on = On {
        operations,
        store: settled(store)?,
        user: settled(user)?,
        group: settled(group)?,
        session: settled(session)?,
        attempt: settled(attempt)?,
        attribute: settled(attribute)?,
        headers: settled(headers)?.unwrap_or_default(),
    };
    Some((on, patterns.unwrap_or_default()))
}

/// An attribute in the spelling of any dialect, as a plain path.
fn attribute(word: Word<'_>, known: &Known) -> Option<String> {
    let plain = plain_path(word.text);
    let all = known.attributes();
    let is_known = all.iter().any(|path| {
        let path = plain_path(path);
        path == plain || plain.strip_prefix("enterprise.") == Some(&path)
    });
    if is_known || plain == "enterprise" || all.is_empty() {
        return Some(plain);
    }
    let names: Vec<_> = all.iter().map(String::as_str).collect();
    let meant = nearest(word.text, &names).map(|name| format!("did you mean `{name}`?"));
    let help = meant.unwrap_or_else(|| "such as userName, name.given_name, emails".to_owned());
    word.refuse(format!("no user or group has an attribute `{}`", word.text), Some(help))
}

fn headers(node: Node<'_>) -> Option<Vec<(HeaderName, Glob)>> {
    if node.kind() != Kind::Table {
        node.expected("a table of header names and values");
        return None;
    }
    let read = node.entries().map(|(key, node)| {
        let name = HeaderName::from_bytes(key.name.as_bytes());
        let Ok(name) = name else {
            node.note(key.span(), format!("`{}` is no name of a header", key.name), None);
            return None;
        };
        Some((name, Glob::new(Word::of(node)?.text)))
    });
    let read: Vec<_> = read.take(LIST_MAX).collect();
    read.into_iter().collect()
}

fn read_attempt(node: Node<'_>) -> Option<RangeInclusive<u32>> {
    match Arg::of(node)? {
        Arg::Node(node) => node.integer(1..=u32::MAX).map(|attempt| attempt..=attempt),
        Arg::Word(word) => {
            let (from, to) = word.range()?.into_inner();
            // A range ends within u32; see `Word::range`.
            let bound = |count| u32::try_from(count).unwrap_or(u32::MAX);
            Some(bound(from)..=bound(to))
        }
    }
}

fn patterns<'a>(node: Node<'a>, known: &Known) -> Option<Vec<Pattern<'a>>> {
    let nodes = nodes(node, 1, LIST_MAX)?;
    // All of them are read before any mistake ends it.
    let read = |node| Word::of(node).and_then(|word| pattern(word, known));
    let patterns: Vec<_> = nodes.into_iter().map(read).collect();
    patterns.into_iter().collect()
}

fn union(patterns: &[Pattern<'_>], known: &Known) -> Operations {
    let mut all = Operations::default();
    patterns.iter().for_each(|(_, operations)| all.extend(operations, known));
    all
}

pub(super) fn pattern<'a>(word: Word<'a>, known: &Known) -> Option<Pattern<'a>> {
    let found = Operations::matching(word.text, known);
    if found.is_empty() {
        let message = format!("no operation is called `{}`", word.text);
        return word.refuse(message, Some(near(word, known)));
    }
    Some((word, found))
}

/// What a pattern that matches nothing was probably meant to be.
fn near(word: Word<'_>, known: &Known) -> String {
    let (dialect, name) = word.text.split_once(':').unwrap_or(("", word.text));
    let names: Vec<_> = known.pairs().map(|(_, operation)| operation.name()).collect();
    let meant = nearest(name, &names);
    let part = name.trim_matches('*').to_ascii_lowercase();
    let alike = |name: &str| part.len() > 2 && name.to_ascii_lowercase().contains(&part);
    let is_near = |name: &str| Some(name) == meant || alike(name);
    let mut near: Vec<_> = known.pairs().filter(|(_, op)| is_near(op.name())).collect();
    near.sort_by_key(|(found, op)| (*found != dialect, Some(op.name()) != meant));
    near.dedup();
    let near: Vec<_> =
        near.iter().take(5).map(|(dialect, op)| format!("`{dialect}:{}`", op.name())).collect();
    if near.is_empty() {
        "a pattern is such as `aws:UpdateUser`, `*:Delete*`, `aws:*`, `read`, `write`".to_owned()
    } else {
        format!("near: {}", near.join(", "))
    }
}
