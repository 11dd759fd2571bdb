//! The grammar: from a document to rules, strictly, every mistake with its place.
//!
//! ```text
//! on    a pattern: dialect:Operation with * and ?, or read, write, aws:read, …; a list of patterns;
//!       { op, store, user, group, session, attempt }        attempt: 1, "<=2", ">=3", "2..4"
//! when  "always"; "xx." (x is hit, repeats); "p=0.3,per=user" and "0.3", which is p, in one text;
//!       { p, first, nth, every, skip, pattern, per }         all of them have to hold
//! do    a class; "commit+" a class;
//!       { error, reason, commit, delay, retry-after, status, force }
//! for   "3x"; "2m"; { times, time }
//! id    letters, digits, `.`, `_`, `-`                       expect   a count: "1", ">=1", "2..4"
//! ```
//! In one line: `ON=DO[@WHEN][,FOR]`, as in `aws:UpdateUser=throttle@0.3,3x`. In a request's header:
//! a `do` that is one text. What the language has beyond this is refused by name; see `LATER`.

use serde_json::Value as Json;

use crate::document::{Document, FileError, Key, Node, nearest};
use crate::domain::Operation;

use super::RULES_MAX;
use super::classes::{self, CLASSES};
use super::glob::Glob;
use super::on::{Known, On, Operations};
use super::rule::{Delay, Effect, Life, Rule, Told, Written};
use super::text::Word;
use super::when::{PERS, When};

/// The longest delay.
pub const DELAY_MS_MAX: u64 = 300_000;
/// The longest name of a rule, in bytes.
pub const ID_BYTES_MAX: usize = 64;
/// The most patterns in one `on`, and the most numbers in one `nth`.
const LIST_MAX: usize = 100;
/// The longest time that a rule may live, or that a client may be told to wait.
const TIME_MS_MAX: u64 = 366 * 86_400_000;
/// Ids that stand for something else: the rule of a header, and paths of the control API.
const RESERVED: &[&str] = &["header", "preview", "verdict"];

/// What the language has and this server does not do yet. A row goes when its feature comes.
const LATER: &[(&str, &str)] = &[
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

const RULE: &[&str] = &["id", "on", "when", "do", "for", "expect"];
const ON: &[&str] = &["op", "store", "user", "group", "session", "attempt"];
const DO: &[&str] = &["error", "reason", "commit", "delay", "retry-after", "status", "force"];
const FOR: &[&str] = &["times", "time"];

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
        let may = |told: &Told| operation.is_none_or(|operation| (told.reason.may)(operation));
        if effect.error.as_ref().is_none_or(may) {
            return Some(effect);
        }
        let operation = operation.map_or("this operation", Operation::name);
        word.refuse(format!("{operation} cannot answer `{}`", class_of(&effect)), None)
    })?;
    effect.ok_or_else(|| FileError::whole(name, "this is no fault"))
}

/// One rule, or a list of them; no two of one id.
pub fn read_rules(node: Node<'_>, known: &Known) -> Vec<Rule> {
    let Some(nodes) = nodes(node, RULES_MAX) else { return Vec::new() };
    let mut ids: Vec<&str> = Vec::new();
    for node in &nodes {
        let found = node.entries().find(|(key, _)| key.name == "id").map(|(_, id)| id);
        let Some((id, text)) = found.and_then(|id| Some((id, id.as_text()?))) else { continue };
        if ids.contains(&text) {
            id.note_here(format!("two rules are called `{text}`"));
        }
        ids.push(text);
    }
    nodes.into_iter().filter_map(|node| read_rule(node, known)).collect()
}

/// One rule; `None` where there is a mistake, which is noted.
pub fn read_rule(node: Node<'_>, known: &Known) -> Option<Rule> {
    let fields = Fields::of(node, "rule", RULE)?;
    let id = fields.get("id").map(read_id);
    let written_on = fields.need("on");
    let on = written_on.and_then(|node| read_on(node, known));
    let when = fields.get("when").map(read_when);
    let written_do = fields.need("do");
    let effect = written_do.and_then(read_effect);
    let life = fields.get("for").map(read_life);
    let expect = fields.get("expect").map(read_expect);
    let (written_on, written_do) = (written_on?, written_do?);
    let (mut on, effect) = (on?, effect?);
    restrict(&mut on, &effect, |message, help| {
        written_do.note(written_do.span(), message, Some(help));
    });
    Some(Rule {
        id: settled(id)?,
        on,
        when: settled(when)?.unwrap_or_default(),
        effect,
        life: settled(life)?.unwrap_or_default(),
        expect: settled(expect)?,
        written: Written {
            on: written_on.to_json(),
            when: fields.get("when").map_or_else(|| "always".into(), |node| node.to_json()),
            effect: written_do.to_json(),
            life: fields.get("for").map(|node| node.to_json()),
        },
    })
}

/// `None` where what was there is wrong.
#[allow(clippy::option_option)]
fn settled<T>(found: Option<Option<T>>) -> Option<Option<T>> {
    match found {
        Some(None) => None,
        Some(value @ Some(_)) => Some(value),
        None => Some(None),
    }
}

fn read_spec(node: Node<'_>, known: &Known) -> Option<Rule> {
    let whole = Word::of(node)?;
    let Some((on_word, rest)) = whole.split_once("=") else {
        let help = "such as aws:UpdateUser=throttle@0.3,3x";
        return whole.refuse("expected ON=DO[@WHEN][,FOR]", Some(help.to_owned()));
    };
    let (rest, life_word) = match rest.rsplit_once(",") {
        Some((rest, last)) if !last.text.contains('=') => (rest, Some(last)),
        Some(_) | None => (rest, None),
    };
    let (do_word, when_word) = match rest.split_once("@") {
        Some((effect, when)) => (effect, Some(when)),
        None => (rest, None),
    };
    let on = pattern(on_word, known).map(On::operations);
    let effect = effect_text(do_word);
    let when = when_word.map(when_text);
    let life = life_word.map(life_text);
    let (mut on, effect) = (on?, effect?);
    restrict(&mut on, &effect, |message, help| {
        do_word.refuse::<()>(message, Some(help));
    });
    Some(Rule {
        id: None,
        on,
        when: settled(when)?.unwrap_or_default(),
        effect,
        life: settled(life)?.unwrap_or_default(),
        expect: None,
        written: Written {
            on: on_word.text.into(),
            when: when_word.map_or("always", |word| word.text).into(),
            effect: do_word.text.into(),
            life: life_word.map(|word| Json::from(word.text)),
        },
    })
}

/// Leaves those operations whose model lists the error; there has to be one.
fn restrict(on: &mut On, effect: &Effect, refuse: impl FnOnce(String, String)) {
    let Some(told) = effect.error.filter(|_| !effect.force) else { return };
    on.operations.retain(told.reason.may);
    if on.operations.is_empty() {
        let may = Operation::all().filter(|operation| (told.reason.may)(*operation));
        let names: Vec<_> = may.map(Operation::name).collect();
        let class = class_of(effect);
        refuse(
            format!("no operation that `on` names can answer `{class}`"),
            format!("these can: {}; or set `force = true`", names.join(", ")),
        );
    }
}

fn class_of(effect: &Effect) -> &'static str {
    effect.error.map_or("", |told| told.class.name)
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

fn read_expect(node: Node<'_>) -> Option<String> {
    let word = Word::of(node)?;
    word.range().map(|_| word.text.to_owned())
}

fn read_on(node: Node<'_>, known: &Known) -> Option<On> {
    if node.kind() != crate::document::Kind::Table {
        return read_operations(node, known).map(On::operations);
    }
    let fields = Fields::of(node, "on", ON)?;
    let everything = || Some(Operations::matching("*", known));
    let operations = fields.get("op").map_or_else(everything, |node| read_operations(node, known));
    let glob = |name| fields.get(name).map(|node| Word::of(node).map(|word| Glob::new(word.text)));
    let (store, user, group) = (glob("store"), glob("user"), glob("group"));
    let session = glob("session");
    let attempt = fields.get("attempt").map(|node| {
        let range = match Arg::of(node)? {
            Arg::Word(word) => word.range()?,
            Arg::Node(node) => node.integer(1..=u32::MAX).map(|n| u64::from(n)..=u64::from(n))?,
        };
        let (from, to) = range.into_inner();
        Some(u32::try_from(from).ok()?..=u32::try_from(to).unwrap_or(u32::MAX))
    });
    Some(On {
        operations: operations?,
        store: settled(store)?,
        user: settled(user)?,
        group: settled(group)?,
        session: settled(session)?,
        attempt: settled(attempt)?,
    })
}

fn read_operations(node: Node<'_>, known: &Known) -> Option<Operations> {
    let mut all = Operations::default();
    let mut fine = true;
    for node in nodes(node, LIST_MAX)? {
        match Word::of(node).and_then(|word| pattern(word, known)) {
            Some(found) => all.extend(&found, known),
            None => fine = false,
        }
    }
    fine.then_some(all)
}

fn pattern(word: Word<'_>, known: &Known) -> Option<Operations> {
    let found = Operations::matching(word.text, known);
    if found.is_empty() {
        return word
            .refuse(format!("no operation is called `{}`", word.text), Some(near(word, known)));
    }
    Some(found)
}

/// What a pattern that matches nothing was probably meant to be.
fn near(word: Word<'_>, known: &Known) -> String {
    let (dialect, name) = word.text.split_once(':').unwrap_or(("", word.text));
    let names: Vec<_> = known.pairs().map(|(_, operation)| operation.name()).collect();
    let meant = nearest(name, &names);
    let part = name.trim_matches(['*', '?']).to_ascii_lowercase();
    let alike = |name: &str| part.len() > 2 && name.to_ascii_lowercase().contains(&part);
    let is_near = |name: &str| Some(name) == meant || alike(name);
    let mut near: Vec<_> = known.pairs().filter(|(_, op)| is_near(op.name())).collect();
    near.sort_by_key(|(found, op)| (*found != dialect, Some(op.name()) != meant));
    let near: Vec<_> =
        near.iter().take(5).map(|(dialect, op)| format!("`{dialect}:{}`", op.name())).collect();
    if near.is_empty() {
        "a pattern is such as `aws:UpdateUser`, `*:Delete*`, `aws:*`, `read`, `write`".to_owned()
    } else {
        format!("near: {}", near.join(", "))
    }
}

/// Which key of a `when` sets what; `None` where the value is wrong.
type Set = fn(&mut When, Arg<'_>) -> Option<()>;

const WHEN: &[&str] = &["p", "first", "nth", "every", "skip", "pattern", "per"];
const SETS: [Set; WHEN.len()] = [
    |when, arg| arg.chance().map(|p| when.p = Some(p)),
    |when, arg| arg.count(1).map(|first| when.first = Some(first)),
    |when, arg| arg.counts().map(|nth| when.nth = nth),
    |when, arg| arg.count(1).map(|every| when.every = Some(every)),
    |when, arg| arg.count(0).map(|skip| when.skip = skip),
    |when, arg| arg.word().and_then(hits).map(|pattern| when.pattern = pattern),
    |when, arg| arg.word().and_then(per).map(|per| when.per = per),
];

fn read_when(node: Node<'_>) -> Option<When> {
    if node.as_text().is_some() {
        return Word::of(node).and_then(when_text);
    }
    let fields = Fields::of(node, "when", WHEN)?;
    let mut when = When::default();
    let mut fine = true;
    for (name, set) in WHEN.iter().zip(SETS) {
        let arg = fields.get(name).map(Arg::of);
        fine &= arg.is_none_or(|arg| arg.and_then(|arg| set(&mut when, arg)).is_some());
    }
    fine.then_some(when)
}

fn when_text(word: Word<'_>) -> Option<When> {
    let mut when = When::default();
    if word.text == "always" {
        return Some(when);
    }
    if word.text.contains('=') {
        let mut fine = true;
        let mut rest = Some(word);
        while let Some(word) = rest {
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
    match WHEN.iter().position(|name| *name == key.text) {
        Some(at) => SETS[at](when, Arg::Word(value)),
        None if is_later("when", key.text) => key.refuse(not_yet(key.text), None),
        None => {
            let help = format!("known here: {}", WHEN.join(", "));
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

fn per(word: Word<'_>) -> Option<super::when::Per> {
    if is_later("per", word.text) {
        return word.refuse(not_yet(word.text), None);
    }
    let found = PERS.iter().find(|(name, _)| *name == word.text).map(|(_, per)| *per);
    let names: Vec<_> = PERS.iter().map(|(name, _)| *name).collect();
    found.or_else(|| word.expected(format_args!("one of {}", names.join(", "))))
}

fn read_effect(node: Node<'_>) -> Option<Effect> {
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
    if effect.error.is_none() && effect.delay.is_none() {
        refuse("", "this does nothing: name an `error` or a `delay`".to_owned());
    }
    fine
}

fn effect_text(word: Word<'_>) -> Option<Effect> {
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
    if node.kind() == crate::document::Kind::Table {
        Fields::of(node, "delay", &[])?;
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

fn read_life(node: Node<'_>) -> Option<Life> {
    if node.as_text().is_some() {
        return Word::of(node).and_then(life_text);
    }
    let fields = Fields::of(node, "for", FOR)?;
    let times = fields.get("times").map(|node| Arg::of(node)?.count(1));
    let time = fields.get("time").map(|node| Word::of(node)?.time_ms(TIME_MS_MAX));
    Some(Life { times: settled(times)?, time_ms: settled(time)? })
}

fn life_text(word: Word<'_>) -> Option<Life> {
    if word.text.ends_with('x') {
        let (count, _) = word.split_at(word.text.len() - 1);
        let times = count.integer(1..=u64::from(u32::MAX))?;
        return Some(Life { times: Some(times), time_ms: None });
    }
    let time_ms = word.time_ms(TIME_MS_MAX)?;
    Some(Life { times: None, time_ms: Some(time_ms) })
}

/// A value that a file gives as a number or a text, and a line as part of a text.
#[derive(Clone, Copy, Debug)]
enum Arg<'a> {
    Node(Node<'a>),
    Word(Word<'a>),
}

impl<'a> Arg<'a> {
    fn of(node: Node<'a>) -> Option<Self> {
        if node.as_text().is_some() {
            Word::of(node).map(Self::Word)
        } else {
            Some(Self::Node(node))
        }
    }

    fn word(self) -> Option<Word<'a>> {
        match self {
            Self::Word(word) => Some(word),
            Self::Node(node) => Word::of(node),
        }
    }

    fn count(self, min: u32) -> Option<u64> {
        match self {
            Self::Word(word) => word.integer(u64::from(min)..=u64::from(u32::MAX)),
            Self::Node(node) => node.integer(min..=u32::MAX).map(u64::from),
        }
    }

    fn counts(self) -> Option<Vec<u64>> {
        match self {
            Self::Word(_) => self.count(1).map(|count| vec![count]),
            Self::Node(node) => {
                nodes(node, LIST_MAX)?.into_iter().map(|node| Self::of(node)?.count(1)).collect()
            }
        }
    }

    fn chance(self) -> Option<f64> {
        let (number, word) = match self {
            Self::Node(node) => (node.number()?, None),
            Self::Word(word) => (word.text.parse().unwrap_or(f64::NAN), Some(word)),
        };
        if (0.0..=1.0).contains(&number) {
            return Some(number);
        }
        let message = "a chance is a number from 0 to 1";
        let help = (number > 1.0 && number <= 100.0)
            .then(|| format!("write {} for {number} %", number / 100.0));
        match (self, word) {
            (Self::Node(node), _) => node.note(node.span(), message, help),
            (Self::Word(word), _) => return word.refuse(message, help),
        }
        None
    }
}

/// The elements of a list, or the one value in place of it; none, or too many, is a mistake.
fn nodes(node: Node<'_>, max: usize) -> Option<Vec<Node<'_>>> {
    if node.kind() != crate::document::Kind::List {
        return Some(vec![node]);
    }
    let nodes: Vec<_> = node.list()?.collect();
    if nodes.is_empty() {
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
struct Fields<'a> {
    node: Node<'a>,
}

impl<'a> Fields<'a> {
    /// `word` says which part of `LATER` is about its keys.
    fn of(node: Node<'a>, word: &str, known: &[&str]) -> Option<Self> {
        if node.kind() != crate::document::Kind::Table {
            node.expected(if word == "rule" { "a table" } else { "a string or a table" });
            return None;
        }
        let mut fine = true;
        for (key, _) in node.entries().filter(|(key, _)| !known.contains(&key.name)) {
            fine = false;
            refuse_key(node, word, key, known);
        }
        // A rule is read on, so that what is wrong within it is told as well.
        (fine || word == "rule").then_some(Self { node })
    }

    fn get(&self, name: &str) -> Option<Node<'a>> {
        self.node.entries().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    fn need(&self, name: &str) -> Option<Node<'a>> {
        let found = self.get(name);
        if found.is_none() {
            self.node.note_here(format!("`{name}` is missing"));
        }
        found
    }

    fn key(&self, name: &str) -> crate::document::Span {
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

fn is_later(word: &str, name: &str) -> bool {
    LATER.contains(&(word, name))
}

fn not_yet(name: &str) -> String {
    format!("not supported yet: `{name}`")
}
