//! `when`, read. A new condition is a row here and a line in `When::fires`.

use crate::document::Node;

use super::super::text::Word;
use super::super::when::{PERS, Per, When};
use super::fields::{Arg, Fields, is_later, not_yet};

/// Which key of a `when` sets what; `None` where the value is wrong.
type Set = fn(&mut When, Arg<'_>) -> Option<()>;

/// The keys of a `when`.
const WHEN: &[(&str, Set)] = &[
    ("p", |when, arg| arg.chance().map(|p| when.p = Some(p))),
    ("first", |when, arg| arg.count(1).map(|first| when.first = Some(first))),
    ("nth", |when, arg| arg.counts().map(|nth| when.nth = nth)),
    ("every", |when, arg| arg.count(1).map(|every| when.every = Some(every))),
    ("skip", |when, arg| arg.count(0).map(|skip| when.skip = skip)),
    ("pattern", |when, arg| arg.word().and_then(hits).map(|pattern| when.pattern = pattern)),
    ("per", |when, arg| arg.word().and_then(per).map(|per| when.per = per)),
];

fn names() -> Vec<&'static str> {
    WHEN.iter().map(|(name, _)| *name).collect()
}

pub(super) fn read_when(node: Node<'_>) -> Option<When> {
    if node.as_text().is_some() {
        return Word::of(node).and_then(when_text);
    }
    let fields = Fields::of(node, "when", &names())?;
    let mut when = When::default();
    let mut fine = true;
    for (name, set) in WHEN {
        let arg = fields.get(name).map(Arg::of);
        fine &= arg.is_none_or(|arg| arg.and_then(|arg| set(&mut when, arg)).is_some());
    }
    fine.then_some(when)
}

pub(super) fn when_text(word: Word<'_>) -> Option<When> {
    let mut when = When::default();
    if word.text == "always" {
        return Some(when);
    }
    if word.text.contains('=') {
        let mut fine = true;
        let mut rest = Some(word);
        while let Some(word) = rest.take() {
            let (first, others) = word.split_once(",").map_or((word, None), |(a, b)| (a, Some(b)));
            fine &= set_by_text(&mut when, first).is_some();
            rest = others;
        }
        return fine.then_some(when);
    }
    if word.text.starts_with(|letter: char| letter.is_ascii_digit()) {
        when.p = Some(Arg::Word(word).chance()?);
        return Some(when);
    }
    when.pattern = hits(word)?;
    Some(when)
}

fn set_by_text(when: &mut When, word: Word<'_>) -> Option<()> {
    let Some((key, value)) = word.split_once("=") else {
        return word.expected("key=value");
    };
    match WHEN.iter().find(|(name, _)| *name == key.text) {
        Some((_, set)) => set(when, Arg::Word(value)),
        None if is_later("when", key.text) => key.refuse(not_yet(key.text), None),
        None => {
            let help = format!("known here: {}", names().join(", "));
            key.refuse(format!("unknown key `{}`", key.text), Some(help))
        }
    }
}

fn hits(word: Word<'_>) -> Option<Vec<bool>> {
    if !word.text.bytes().all(|byte| byte == b'x' || byte == b'.') {
        return word.expected("\"always\", a pattern of x (hit) and . (not), or conditions");
    }
    if !word.text.contains('x') {
        return word.refuse("this pattern never hits", None);
    }
    Some(word.text.bytes().map(|byte| byte == b'x').collect())
}

fn per(word: Word<'_>) -> Option<Per> {
    if is_later("per", word.text) {
        return word.refuse(not_yet(word.text), None);
    }
    let found = PERS.iter().find(|(name, _)| *name == word.text).map(|(_, per)| *per);
    let names: Vec<_> = PERS.iter().map(|(name, _)| *name).collect();
    found.or_else(|| word.expected(format_args!("one of {}", names.join(", "))))
}
