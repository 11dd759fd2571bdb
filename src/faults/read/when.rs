//! `when`, read. A new condition is a row here and a line in `When::fires`.

use crate::document::Node;

use super::super::text::Word;
use super::super::when::{PERS, Per, Rate, When};
use super::TIME_MS_MAX;
use super::fields::{Arg, Fields, Takes};

/// Which key of a `when` sets what; `None` where the value is wrong.
type Set = fn(&mut When, Arg<'_>) -> Option<()>;

/// The form of a rate.
const RATE: &str = "^[0-9]+/[0-9]*(ms|s|m|h|d)$";
/// The form of a window.
const WINDOW: &str = r"^[0-9]+(ms|s|m|h|d)\.\.[0-9]+(ms|s|m|h|d)$";

/// The keys of a `when`.
pub(super) const WHEN: &[(&str, Takes, Set)] = &[
    ("p", Takes::Chance, |when, arg| arg.chance().map(|p| when.p = Some(p))),
    ("share", Takes::Chance, |when, arg| arg.chance().map(|share| when.share = Some(share))),
    ("first", Takes::Count(1), |when, arg| arg.count(1).map(|first| when.first = Some(first))),
    ("nth", Takes::Counts, |when, arg| arg.counts().map(|nth| when.nth = nth)),
    ("every", Takes::Count(1), |when, arg| arg.count(1).map(|every| when.every = Some(every))),
    ("skip", Takes::Count(0), |when, arg| arg.count(0).map(|skip| when.skip = skip)),
    ("pattern", Takes::Text("^[x.]*x[x.]*$"), |when, arg| {
        arg.word().and_then(hits).map(|pattern| when.pattern = pattern)
    }),
    ("over", Takes::Text(RATE), |when, arg| {
        arg.word().and_then(rate).map(|rate| when.over = Some(rate))
    }),
    ("burst", Takes::Count(1), |when, arg| {
        let burst = arg.count(1)?;
        when.over.as_mut().map(|rate| rate.burst = burst)
    }),
    ("window", Takes::Text(WINDOW), |when, arg| {
        arg.word().and_then(window).map(|window| when.window_ms = Some(window))
    }),
    ("per", Takes::Per, |when, arg| arg.word().and_then(per).map(|per| when.per = per)),
];

fn names() -> Vec<&'static str> {
    WHEN.iter().map(|(name, _, _)| *name).collect()
}

/// How many requests in which time; as many at once, where `burst` says nothing else.
fn rate(word: Word<'_>) -> Option<Rate> {
    let Some((count, period)) = word.split_once("/") else {
        return word.expected("a rate such as 5/s or 100/5m");
    };
    let bare = period.text.chars().all(|letter| letter.is_ascii_lowercase());
    let (count, period_ms) = (count.integer(1..=u64::from(u32::MAX)), period.rate_ms(bare));
    let count = count?;
    Some(Rate { count, period_ms: period_ms?, burst: count })
}

fn window(word: Word<'_>) -> Option<(u64, u64)> {
    let Some((from, to)) = word.split_once("..") else {
        return word.expected("a window such as 10s..40s");
    };
    let (from, to) = (from.time_ms(TIME_MS_MAX), to.time_ms(TIME_MS_MAX));
    let (from, to) = (from?, to?);
    if from >= to { word.refuse("this window is empty", None) } else { Some((from, to)) }
}

pub(super) fn read_when(node: Node<'_>) -> Option<When> {
    if node.as_text().is_some() {
        return Word::of(node).and_then(when_text);
    }
    let fields = Fields::of(node, "when", &names())?;
    let mut when = When::default();
    let mut fine = true;
    for (name, _, set) in WHEN {
        let arg = fields.get(name).map(Arg::of);
        fine &= arg.is_none_or(|arg| arg.and_then(|arg| set(&mut when, arg)).is_some());
    }
    if fields.get("burst").is_some() && fields.get("over").is_none() {
        fields.node.note(fields.key("burst"), "`burst` needs `over`", None);
        return None;
    }
    if when.share.is_some() && when.per == Per::Rule {
        let help = "such as per = \"user\"; for a chance, write p";
        fields.node.note(fields.key("share"), SHARE, Some(help.to_owned()));
        return None;
    }
    fine.then_some(when)
}

const SHARE: &str = "`share` needs `per`: it is a share of the keys that this names";

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
        if when.share.is_some() && when.per == Per::Rule {
            return word.refuse(SHARE, None);
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
    match WHEN.iter().find(|(name, _, _)| *name == key.text) {
        Some(("burst", _, _)) if when.over.is_none() => {
            key.refuse("`burst` needs `over`, before it", None)
        }
        Some((_, _, set)) => set(when, Arg::Word(value)),
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
    let found = PERS.iter().find(|(name, _)| *name == word.text).map(|(_, per)| *per);
    let names: Vec<_> = PERS.iter().map(|(name, _)| *name).collect();
    found.or_else(|| word.expected(format_args!("one of {}", names.join(", "))))
}
