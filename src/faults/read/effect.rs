//! `do`, read.

use crate::document::{Kind, Node, nearest};

use super::super::classes::{self, CLASSES};
use super::super::rule::{Delay, Effect, Told};
use super::super::text::Word;
use super::TIME_MS_MAX;
use super::fields::{Fields, is_later, not_yet, settled};

/// The longest delay.
pub const DELAY_MS_MAX: u64 = 300_000;

const DO: &[&str] = &["error", "reason", "commit", "delay", "retry-after", "status", "force"];

pub(super) fn read_effect(node: Node<'_>) -> Option<Effect> {
    if node.as_text().is_some() {
        return Word::of(node).and_then(effect_text);
    }
    let fields = Fields::of(node, "do", DO)?;
    let error = fields.get("error").map(|node| Word::of(node).and_then(class));
    let reason = fields.get("reason").map(Word::of);
    let flag = |name| fields.get(name).map_or(Some(false), |node| node.flag());
    let (commit, force) = (flag("commit"), flag("force"));
    let delay = fields.get("delay").map(read_delay);
    let retry_after = fields.get("retry-after").map(|node| Word::of(node)?.time_ms(TIME_MS_MAX));
    let status = fields.get("status").map(|node| node.integer(400..=599_u16));
    let (mut error, reason) = (settled(error)?, settled(reason)?);
    match (&mut error, reason) {
        (Some(told), Some(word)) => *told = with_reason(*told, word)?,
        (None, Some(word)) => return word.refuse("a reason needs an `error`", None),
        (_, None) => {}
    }
    let effect = Effect {
        error,
        commit: commit?,
        delay: settled(delay)?,
        retry_after_ms: settled(retry_after)?,
        status: settled(status)?,
        force: force?,
    };
    check_effect(&fields, &effect).then_some(effect)
}

/// Whether the keys fit each other.
fn check_effect(fields: &Fields<'_>, effect: &Effect) -> bool {
    let mut fine = true;
    let mut refuse = |name: &str, message: String| {
        fields.node.note(fields.key(name), message, None);
        fine = false;
    };
    for name in ["commit", "retry-after", "status", "force"] {
        if effect.error.is_none() && fields.get(name).is_some() {
            refuse(name, format!("`{name}` needs an `error`"));
        }
    }
    if let Some(told) = effect.error.filter(|told| !told.class.retry_after)
        && effect.retry_after_ms.is_some()
    {
        let takes: Vec<_> =
            CLASSES.iter().filter(|class| class.retry_after).map(|class| class.name).collect();
        let class = told.class.name;
        refuse("retry-after", format!("`{class}` tells no time; {} do", takes.join(", ")));
    }
    if fields.whole && effect.error.is_none() && effect.delay.is_none() {
        refuse("", "this does nothing: name an `error` or a `delay`".to_owned());
    }
    fine
}

pub(super) fn effect_text(word: Word<'_>) -> Option<Effect> {
    let after = word.strip("commit+");
    let error = class(after.unwrap_or(word))?;
    Some(Effect { error: Some(error), commit: after.is_some(), ..Effect::default() })
}

fn class(word: Word<'_>) -> Option<Told> {
    if is_later("class", word.text) {
        return word.refuse(not_yet(word.text), None);
    }
    if let Some(class) = classes::find(word.text) {
        // Every class has a reason: a unit test sees to it.
        return class.reasons.first().map(|reason| Told { class, reason });
    }
    let names: Vec<_> = CLASSES.iter().map(|class| class.name).collect();
    let meant = nearest(word.text, &names).map(|name| format!("did you mean `{name}`? "));
    let help = format!("{}classes: {}", meant.unwrap_or_default(), names.join(", "));
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
        let later = node.entries().filter(|(key, _)| is_later("delay", key.name));
        let later: Vec<_> = later.map(|(key, _)| key).collect();
        later.iter().for_each(|key| node.note(key.span(), not_yet(key.name), None));
        if later.is_empty() {
            node.expected("a time such as 200ms or 50ms..2s");
        }
        return None;
    }
    let word = Word::of(node)?;
    let Some((from, to)) = word.split_once("..") else {
        return word.time_ms(DELAY_MS_MAX).map(|ms| Delay { min_ms: ms, max_ms: ms });
    };
    let (from, to) = (from.time_ms(DELAY_MS_MAX), to.time_ms(DELAY_MS_MAX));
    let delay = Delay { min_ms: from?, max_ms: to? };
    if delay.min_ms > delay.max_ms {
        return word.refuse("this range is empty", None);
    }
    Some(delay)
}
