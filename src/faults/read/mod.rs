//! The grammar: from a document to rules, strictly, every mistake with its place.
//!
//! ```text
//! on    a pattern: dialect:Operation, in which * is any run of letters; read, write, aws:read;
//!       a list of these; { op, store, user, group, attribute, session, attempt, header.NAME }
//!       attempt: 1, "<=2", ">=3", "2..4"
//! when  "always"; "xx." (x is hit, repeats); "p=0.3,per=user" and "0.3", which is p, in one text;
//!       { p, share, first, nth, every, skip, pattern, over, burst, window, per }   all have to hold
//! do    a class or a word of the wire; "commit+" either;
//!       { error, reason, code, status, message, fields, retry-after, commit, delay, wire, cut, drip,
//!         content-type, stale, force }
//! for   "3x"; "2m"; { times, time, lease }
//! id    letters, digits, `.`, `_`, `-`                       expect   a count: "1", ">=1", "2..4"
//! ```
//! In one line: `ON=DO[@WHEN][,FOR]`, as in `aws:UpdateUser=throttle@0.3,3x`. In a request's header:
//! a `do` that is one text.
//!
//! Every key is a row of a table, with what it takes; `schema.rs` makes a JSON Schema of those rows.

mod effect;
mod fields;
mod on;
mod schema;
#[cfg(test)]
mod tests;
mod when;

use serde_json::Value as Json;

use crate::document::{Document, FileError, Node};
use crate::domain::Operation;

use super::RULES_MAX;
use super::on::{Known, On};
use super::rule::{Effect, Expected, Life, Rule, Written};
use super::text::Word;
use super::when::When;

use effect::{effect_text, read_effect};
use fields::{Arg, Fields, Row, Takes, names, nodes, settled};
use on::{Pattern, pattern, read_on};
use when::{read_when, when_text};

pub use effect::{DELAY_MS_MAX, STALE_MS_MAX};
pub use schema::{rule_schema, schema};

/// The longest name of a rule, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// The longest time that a rule may live, or that a client may be told to wait.
const TIME_MS_MAX: u64 = 366 * 86_400_000;
/// Ids that stand for something else: the rule of a header, and paths of the control API.
const RESERVED: &[&str] = &["header", "preview", "verdict"];

const RULE: &[Row] = &[
    ("id", Takes::Id),
    ("on", Takes::On),
    ("when", Takes::When),
    ("do", Takes::Do),
    ("for", Takes::For),
    ("expect", Takes::Range(0)),
];
const FOR: &[Row] = &[("times", Takes::Count(1)), ("time", Takes::Time), ("lease", Takes::Time)];

/// Rules from JSON: one, or a list of them.
///
/// # Errors
/// Every mistake.
pub fn parse_json(name: &str, text: &str, known: &Known) -> Result<Vec<Rule>, FileError> {
    Document::json(name, text)?.read(|node| read_rules(node, known))
}

/// A rule in one line: `ON=DO[@WHEN][,FOR]`. `name` is what messages call it.
///
/// # Errors
/// Every mistake.
pub fn parse_spec(name: &str, text: &str, known: &Known) -> Result<Rule, FileError> {
    let document = Document::line(name, text);
    let rule = document.read(|node| read_spec(node, known))?;
    rule.ok_or_else(|| FileError::whole(name, "this is no rule"))
}

/// A `do` in one text, for a request of this operation.
///
/// # Errors
/// Every mistake.
pub fn parse_effect(
    name: &str,
    text: &str,
    operation: Option<Operation>,
) -> Result<Effect, FileError> {
    let document = Document::line(name, text);
    let effect = document.read(|node| {
        let word = Word::of(node)?;
        let effect = effect_text(word)?;
        match effect.error.zip(operation) {
            Some((told, operation)) if !(told.reason.may)(operation) => {
                let (name, class) = (operation.name(), told.class.name);
                word.refuse(format!("`{name}` cannot answer `{class}`"), None)
            }
            Some(_) | None => Some(effect),
        }
    })?;
    effect.ok_or_else(|| FileError::whole(name, "this is no fault"))
}

/// One rule, or a list of them; no two of one id.
pub fn read_rules(node: Node<'_>, known: &Known) -> Vec<Rule> {
    // No rules at all is what puts none in the place of all.
    nodes(node, 0, RULES_MAX).map(|tables| read_tables(&tables, known)).unwrap_or_default()
}

/// A rule for each table, as of a configuration file; no two of one id.
pub fn read_tables(tables: &[Node<'_>], known: &Known) -> Vec<Rule> {
    let mut ids: Vec<&str> = Vec::new();
    for table in tables {
        let found = table.entries().find(|(key, _)| key.name == "id").map(|(_, id)| id);
        let Some((id, text)) = found.and_then(|id| Some((id, id.as_text()?))) else { continue };
        if ids.contains(&text) {
            id.note_here(format!("two rules are called `{text}`"));
        }
        ids.push(text);
    }
    tables.iter().filter_map(|table| read_rule(*table, known)).collect()
}

/// One rule; `None` where there is a mistake, which is noted.
pub fn read_rule(node: Node<'_>, known: &Known) -> Option<Rule> {
    let fields = Fields::of(node, "rule", &names(RULE))?;
    let id = fields.get("id").map(read_id);
    let (on, effect) = (fields.need("on"), fields.need("do"));
    let (when, life) = (fields.get("when"), fields.get("for"));
    let expect = fields.get("expect").map(read_expect);
    let parts = Parts {
        on: on.and_then(|node| read_on(node, known)),
        when: when.map(read_when),
        effect: effect.and_then(read_effect),
        life: life.map(read_life),
    };
    let written = Written {
        on: on.map(|node| node.to_json()).unwrap_or_default(),
        when: when.map_or_else(|| "always".into(), |node| node.to_json()),
        effect: effect.map(|node| node.to_json()).unwrap_or_default(),
        life: life.map(|node| node.to_json()),
    };
    let rule = parts.rule(written);
    let (id, expect) = (settled(id)?, settled(expect)?);
    rule.map(|rule| Rule { id, expect, ..rule })
}

fn read_spec(node: Node<'_>, known: &Known) -> Option<Rule> {
    let whole = Word::of(node)?;
    let Some((on, rest)) = whole.split_once("=") else {
        let help = "such as aws:UpdateUser=throttle@0.3,3x";
        return whole.refuse("expected ON=DO[@WHEN][,FOR]", Some(help.to_owned()));
    };
    let (rest, life) = match rest.rsplit_once(",") {
        Some((rest, last)) if !last.text.contains('=') => (rest, Some(last)),
        Some(_) | None => (rest, None),
    };
    let (effect, when) = match rest.split_once("@") {
        Some((effect, when)) => (effect, Some(when)),
        None => (rest, None),
    };
    let parts = Parts {
        on: pattern(on, known).map(|pattern| (On::operations(pattern.1.clone()), vec![pattern])),
        when: when.map(when_text),
        effect: effect_text(effect),
        life: life.map(life_text),
    };
    parts.rule(Written {
        on: on.text.into(),
        when: when.map_or("always", |word| word.text).into(),
        effect: effect.text.into(),
        life: life.map(|word| Json::from(word.text)),
    })
}

/// The words of a rule, read. An inner `None` is a mistake that was noted.
struct Parts<'a> {
    on: Option<(On, Vec<Pattern<'a>>)>,
    when: Option<Option<When>>,
    effect: Option<Effect>,
    life: Option<Option<Life>>,
}

impl Parts<'_> {
    /// The rule, restricted to the operations whose model lists its error. Each pattern has to match
    /// one of those.
    fn rule(self, written: Written) -> Option<Rule> {
        let ((mut on, patterns), effect) = (self.on?, self.effect?);
        let told = effect.error.filter(|_| !effect.force);
        let may = |operation| {
            told.is_none_or(|told| (told.reason.may)(operation))
                && (effect.stale_ms.is_none() || operation.is_read())
        };
        let what = told.map_or("stale", |told| told.class.name);
        for (word, mut operations) in patterns {
            operations.retain(may);
            if operations.is_empty() {
                let names: Vec<_> =
                    Operation::all().filter(|op| may(*op)).map(Operation::name).collect();
                let message = format!("`{}` cannot answer `{what}`", word.text);
                let force = told.map_or("", |_| "; or set force = true in `do`");
                let help = format!("these can: {}{force}", names.join(", "));
                word.refuse::<()>(message, Some(help));
            }
        }
        on.operations.retain(may);
        Some(Rule {
            id: None,
            on,
            when: settled(self.when)?.unwrap_or_default(),
            effect,
            life: settled(self.life)?.unwrap_or_default(),
            expect: None,
            written,
        })
    }
}

fn read_id(node: Node<'_>) -> Option<String> {
    let word = Word::of(node)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if word.text.len() > ID_BYTES_MAX || !word.text.bytes().all(fits) {
        let what = format!("at most {ID_BYTES_MAX} letters, digits, `.`, `_` and `-`");
        return word.refuse(format!("an id is {what}"), None);
    }
    if RESERVED.contains(&word.text) {
        return word.refuse(format!("no rule can be called `{}`", word.text), None);
    }
    Some(word.text.to_owned())
}

fn read_expect(node: Node<'_>) -> Option<Expected> {
    let word = match Arg::of(node)? {
        Arg::Word(word) => word,
        Arg::Node(node) => {
            let count = node.integer(0..=u32::MAX).map(u64::from)?;
            return Some(Expected { text: count.to_string(), range: count..=count });
        }
    };
    word.range().map(|range| Expected { text: word.text.to_owned(), range })
}

fn read_life(node: Node<'_>) -> Option<Life> {
    if node.as_text().is_some() {
        return Word::of(node).and_then(life_text);
    }
    let fields = Fields::of(node, "for", &names(FOR))?;
    let times = fields.get("times").map(|node| Arg::of(node)?.count(1));
    let time = fields.get("time").map(|node| Word::of(node)?.time_ms(TIME_MS_MAX));
    let lease = fields.get("lease").map(|node| Word::of(node)?.time_ms(TIME_MS_MAX));
    let (times, time_ms, lease_ms) = (settled(times)?, settled(time)?, settled(lease)?);
    Some(Life { times, time_ms, lease_ms })
}

fn life_text(word: Word<'_>) -> Option<Life> {
    if word.text.ends_with('x') {
        let (count, _) = word.split_at(word.text.len() - 1);
        let times = count.integer(1..=u64::from(u32::MAX))?;
        return Some(Life { times: Some(times), ..Life::default() });
    }
    let time_ms = word.time_ms(TIME_MS_MAX)?;
    Some(Life { time_ms: Some(time_ms), ..Life::default() })
}
