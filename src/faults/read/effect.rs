//! `do`, read.

use std::sync::Arc;

use http::HeaderValue;

use crate::document::{Kind, Node, nearest};

use super::super::classes::{self, CLASSES};
use super::super::effects::{self, EFFECTS, WireEffect};
use super::super::rule::{Delay, Effect, Own, Told};
use super::super::text::Word;
use super::TIME_MS_MAX;
use super::fields::{Fields, LIST_MAX, Row, Takes, names, settled};

/// The longest delay.
pub const DELAY_MS_MAX: u64 = 300_000;

/// The longest lag of stale reads: versions of a store are kept for so long.
pub const STALE_MS_MAX: u64 = 60_000;

/// The keys of a `do`, beside the effects that are keys.
pub(super) const DO: &[Row] = &[
    ("error", Takes::Class),
    ("reason", Takes::Reason),
    ("code", Takes::Text("^[ -~]+$")),
    ("status", Takes::Status),
    ("message", Takes::Text("")),
    ("fields", Takes::Anything),
    ("retry-after", Takes::Time),
    ("commit", Takes::Flag),
    ("delay", Takes::Delay),
    ("wire", Takes::Wire),
    ("stale", Takes::Time),
    ("force", Takes::Flag),
];

pub(super) const DELAY: &[Row] =
    &[("median", Takes::Time), ("p99", Takes::Time), ("max", Takes::Time)];

/// The keys that only make sense beside an error.
const OF_ERRORS: &[&str] =
    &["reason", "code", "status", "message", "fields", "retry-after", "force"];

pub(super) fn read_effect(node: Node<'_>) -> Option<Effect> {
    if node.as_text().is_some() {
        return Word::of(node).and_then(effect_text);
    }
    let mut known = names(DO);
    known.extend(effects::names(false));
    let fields = Fields::of(node, "do", &known)?;
    let error = fields.get("error").map(|node| Word::of(node).and_then(class));
    let reason = fields.get("reason").map(Word::of);
    let flag = |name| fields.get(name).map_or(Some(false), |node| node.flag());
    let (commit, force) = (flag("commit"), flag("force"));
    let delay = fields.get("delay").map(read_delay);
    let time = |name, max| fields.get(name).map(|node| Word::of(node)?.time_ms(max));
    let retry_after = time("retry-after", TIME_MS_MAX);
    let stale = time("stale", STALE_MS_MAX);
    let status = fields.get("status").map(|node| node.integer(400..=599_u16));
    let own = read_own(&fields);
    let wire = read_wire(&fields);
    let (mut error, reason) = (settled(error)?, settled(reason)?);
    if let (Some(told), Some(word)) = (&mut error, reason) {
        *told = with_reason(*told, word)?;
    }
    let effect = Effect {
        error,
        commit: commit?,
        delay: settled(delay)?,
        retry_after_ms: settled(retry_after)?,
        status: settled(status)?,
        force: force?,
        own: own?,
        wire: wire?,
        lost: fields.get("wire").is_some() && fields.get("cut").is_none(),
        stale_ms: settled(stale)?,
    };
    check_effect(&fields, &effect).then_some(effect)
}

/// What an error says itself; an inner `None` where it says nothing.
fn read_own(fields: &Fields<'_>) -> Option<Option<Arc<Own>>> {
    let text = |name| fields.get(name).map(|node| Word::of(node).map(|word| (word, node)));
    let (code, message) = (settled(text("code")), settled(text("message")));
    let members = fields.get("fields").map(|node| {
        let all: Vec<_> =
            node.entries().map(|(key, node)| (key.name.to_owned(), node.to_json())).collect();
        if node.kind() != Kind::Table || all.len() > LIST_MAX {
            node.expected(format_args!("a table of at most {LIST_MAX} members"));
            return None;
        }
        Some(all)
    });
    let (code, message, members) = (code?, message?, settled(members)?);
    if let Some((word, _)) = code.filter(|(word, _)| HeaderValue::from_str(word.text).is_err()) {
        return word.refuse("a code is plain letters", None);
    }
    let owned = |found: Option<(Word<'_>, Node<'_>)>| found.map(|(word, _)| word.text.to_owned());
    let own =
        Own { code: owned(code), message: owned(message), fields: members.unwrap_or_default() };
    Some((own != Own::default()).then(|| Arc::new(own)))
}

/// The effects on the wire, in the order of their table.
fn read_wire(fields: &Fields<'_>) -> Option<Vec<Arc<dyn WireEffect>>> {
    let word = settled(fields.get("wire").map(Word::of))?;
    if let Some(word) = word.filter(|word| effects::find(word.text, true).is_none()) {
        let known: Vec<_> = effects::names(true).collect();
        let meant = nearest(word.text, &known).map(|name| format!("did you mean `{name}`? "));
        let help = format!("{}there are: {}", meant.unwrap_or_default(), known.join(", "));
        return word.refuse(format!("unknown effect `{}`", word.text), Some(help));
    }
    let mut found = Vec::new();
    let mut fine = true;
    for row in EFFECTS {
        let given = match row.form {
            effects::Form::Word => word.filter(|word| word.text == row.name).map(Some),
            effects::Form::Key(_) => fields.get(row.name).map(Word::of),
            effects::Form::NumberKey(_) => fields.get(row.name).map(Word::of_number),
        };
        if let Some(given) = given {
            let effect = given.and_then(|word| (row.read)(word));
            fine &= effect.is_some();
            found.extend(effect);
        }
    }
    fine.then_some(found)
}

/// Whether the keys fit each other.
fn check_effect(fields: &Fields<'_>, effect: &Effect) -> bool {
    let mut fine = true;
    let mut refuse = |name: &str, message: &str| {
        fields.node.note(fields.key(name), message, None);
        fine = false;
    };
    for name in OF_ERRORS {
        if effect.error.is_none() && fields.get(name).is_some() {
            refuse(name, &format!("`{name}` needs an `error`"));
        }
    }
    if effect.commit && effect.error.is_none() && !effect.lost {
        refuse("commit", "`commit` needs an `error`, or a `wire` that loses the answer");
    }
    if effect.error.is_some() && effect.lost {
        refuse(
            "error",
            "nobody sees this `error`: `wire` loses the answer; `cut` sends a part of it",
        );
    }
    if effect.stale_ms.is_some() && (effect.error.is_some() || effect.lost) {
        refuse("stale", "nobody sees what is `stale`: there is no answer of the operation");
    }
    if let Some(told) = effect.error.filter(|told| !told.class.retry_after)
        && effect.retry_after_ms.is_some()
    {
        let takes: Vec<_> =
            CLASSES.iter().filter(|class| class.retry_after).map(|class| class.name).collect();
        let class = told.class.name;
        refuse("retry-after", &format!("`{class}` tells no time; {} do", takes.join(", ")));
    }
    let does = effect.error.is_some()
        || effect.delay.is_some()
        || effect.stale_ms.is_some()
        || !effect.wire.is_empty();
    if fields.whole && !does && fine {
        fields.node.note_here("this does nothing: name an `error`, a `delay` or a `wire`");
        return false;
    }
    fine
}

pub(super) fn effect_text(word: Word<'_>) -> Option<Effect> {
    let after = word.strip("commit+");
    let word = after.unwrap_or(word);
    let commit = after.is_some();
    if let Some(row) = effects::find(word.text, true) {
        let wire = vec![(row.read)(word)?];
        return Some(Effect { wire, lost: true, commit, ..Effect::default() });
    }
    Some(Effect { error: Some(class(word)?), commit, ..Effect::default() })
}

fn class(word: Word<'_>) -> Option<Told> {
    if let Some(class) = classes::find(word.text) {
        // Every class has a reason: a unit test sees to it.
        return class.reasons.first().map(|reason| Told { class, reason });
    }
    let mut names: Vec<_> = CLASSES.iter().map(|class| class.name).collect();
    let wires: Vec<_> = effects::names(true).collect();
    let help = format!("classes: {}; on the wire: {}", names.join(", "), wires.join(", "));
    names.extend(wires);
    let meant = nearest(word.text, &names).map(|name| format!("did you mean `{name}`? "));
    let help = format!("{}{help}", meant.unwrap_or_default());
    word.refuse(format!("unknown class `{}`", word.text), Some(help))
}

fn with_reason(told: Told, word: Word<'_>) -> Option<Told> {
    let reasons = told.class.reasons;
    if let Some(reason) = reasons.iter().find(|reason| reason.name == word.text) {
        return Some(Told { reason, ..told });
    }
    let names: Vec<_> = reasons.iter().map(|reason| reason.name).collect();
    let class = told.class.name;
    let help = match names.as_slice() {
        [""] => format!("`{class}` has no reasons"),
        names => format!("reasons of `{class}`: {}", names.join(", ")),
    };
    word.refuse(format!("unknown reason `{}`", word.text), Some(help))
}

fn read_delay(node: Node<'_>) -> Option<Delay> {
    if node.kind() == Kind::Table {
        return read_log_normal(node);
    }
    let word = Word::of(node)?;
    let Some((from, to)) = word.split_once("..") else {
        let ms = word.time_ms(DELAY_MS_MAX)?;
        return Some(Delay::Between { min_ms: ms, max_ms: ms });
    };
    let (from, to) = (from.time_ms(DELAY_MS_MAX), to.time_ms(DELAY_MS_MAX));
    let (min_ms, max_ms) = (from?, to?);
    if min_ms > max_ms {
        return word.refuse("this range is empty", None);
    }
    Some(Delay::Between { min_ms, max_ms })
}

fn read_log_normal(node: Node<'_>) -> Option<Delay> {
    let fields = Fields::of(node, "delay", &names(DELAY))?;
    let time = |name| fields.get(name).map(|node| Word::of(node)?.time_ms(DELAY_MS_MAX));
    fields.need("median");
    fields.need("p99");
    let (median, p99, max) = (time("median"), time("p99"), settled(time("max"))?);
    let (median_ms, p99_ms) = (median??, p99??);
    if median_ms == 0 || p99_ms < median_ms {
        fields.node.note_here("a median is at least 1ms, and a p99 is not below it");
        return None;
    }
    Some(Delay::LogNormal { median_ms, p99_ms, max_ms: max.unwrap_or(DELAY_MS_MAX) })
}
