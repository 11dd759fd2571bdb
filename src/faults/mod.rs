//! Faults: rules that make chosen calls fail on purpose, in the wire form of either vendor.
//!
//! A rule is `on` (which requests), `when` (which of them), `do` (what happens) and `for` (how long it
//! lives), with an optional `id` and `expect`. Config, control API and command line give the same
//! [`Rule`]; `read/mod.rs` has the grammar. Knows operations and errors, and no dialect.
//!
//! - Rules in order; the first that fires wins. A request that an earlier rule hit does not count for
//!   the later ones.
//! - Whether the n-th match of a key is hit is a pure function of seed, rule id, key and n: no shared
//!   generator, so threads cannot disturb each other's sequence.
//! - Rules are swapped whole; a request reads one pointer, and with no rules takes no lock.
//!
//! A new class of error is a row in `classes.rs`. What the grammar has and this does not do yet is in
//! one table, `LATER` in `read/fields.rs`.

mod active;
mod classes;
mod glob;
mod on;
mod plan;
mod read;
mod rule;
#[cfg(test)]
mod tests;
mod text;
mod when;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use http::StatusCode;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value as Json;

use crate::document::FileError;
use crate::domain::source::draw;
use crate::domain::{ApiError, Refusal, StoreRules, Timestamp};
use crate::wire::Subject;

pub use active::ENTRIES_MAX;
use active::{Active, Fired};
use classes::Ask;
pub use classes::{CLASSES, Class, Reason};
pub use glob::Glob;
pub use on::{Known, On, Operations};
use plan::Hit;
pub use plan::{FAULT_HEADER, Plan};
pub use read::{
    DELAY_MS_MAX, ID_BYTES_MAX, parse_effect, parse_json, parse_spec, read_rule, read_rules,
    read_tables,
};
pub use rule::{Delay, Effect, Life, Rule, Told, Written};
pub use text::time_ms;
pub use when::{PERS, Per, When};

/// How many rules may be in force at a time.
pub const RULES_MAX: usize = 100;

/// What the rules need to know besides themselves.
#[derive(Clone, Default, Debug)]
pub struct Settings {
    /// What draws are drawn from.
    pub seed: u64,
    /// Whether replies keep quiet about the rule that hit them.
    pub wire_pure: bool,
    /// The quotas, for the error that tells of one.
    pub quotas: StoreRules,
    /// What there is to be matched.
    pub known: Known,
}

/// The rules in force.
#[derive(Default, Debug)]
pub struct Faults {
    settings: Settings,
    configured: Vec<Rule>,
    rules: ArcSwap<Vec<Arc<Active>>>,
    /// How many ids were minted. Held while the rules are edited.
    minted: Mutex<u64>,
}

/// Why rules were not taken; none of them was.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleError {
    /// Two rules of one id.
    #[error("there is a rule `{0}` already")]
    Duplicate(String),
    /// No rule of that id is there to be replaced.
    #[error("there is no rule `{0}`")]
    Unknown(String),
    /// A rule to be put in the place of another has an id of its own.
    #[error("the rule is called `{found}`, and is put in the place of `{place}`")]
    #[allow(missing_docs)]
    OtherId { place: String, found: String },
    /// More than [`RULES_MAX`].
    #[error("there are {0} rules; at most {RULES_MAX} may be in force at a time")]
    TooMany(usize),
}

/// A rule in force, for the control API.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct View {
    /// What it is called.
    pub id: String,
    /// Which requests, as written.
    pub on: Json,
    /// Which of them, as written.
    pub when: Json,
    /// What happens, as written.
    #[serde(rename = "do")]
    pub effect: Json,
    /// How long it lives, as written.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub life: Option<Json>,
    /// How often it has to fire for a run to pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// How many requests matched while it lived and no earlier rule hit them.
    pub matched: u64,
    /// How many of them it hit.
    pub fired: u64,
    /// Whether it may still fire: `false` once its `for` is over.
    pub live: bool,
}

impl Faults {
    /// These rules, from `now` on. They are also what a reset goes back to.
    ///
    /// # Errors
    /// `Duplicate`, `TooMany`.
    pub fn new(
        settings: Settings,
        configured: Vec<Rule>,
        now: Timestamp,
    ) -> Result<Self, RuleError> {
        let faults = Self { settings, ..Self::default() };
        faults.replace(configured.clone(), now)?;
        Ok(Self { configured, ..faults })
    }

    /// What patterns are held against.
    pub fn known(&self) -> &Known {
        &self.settings.known
    }

    /// Every rule, in order.
    pub fn list(&self, now: Timestamp) -> Vec<View> {
        self.rules.load().iter().map(|rule| view(rule, now)).collect()
    }

    /// One rule.
    pub fn get(&self, id: &str, now: Timestamp) -> Option<View> {
        self.rules.load().iter().find(|rule| rule.id == id).map(|rule| view(rule, now))
    }

    /// Adds rules after those in force, all or none; gives their ids.
    ///
    /// # Errors
    /// `Duplicate`, `TooMany`.
    pub fn add(&self, rules: Vec<Rule>, now: Timestamp) -> Result<Vec<String>, RuleError> {
        self.edit(|former, minted| {
            let mut all = former.to_vec();
            enlist(&mut all, rules, minted, now)?;
            let ids = all[former.len()..].iter().map(|rule| rule.id.clone()).collect();
            Ok((all, ids))
        })
    }

    /// Puts these rules in the place of all others, in one step.
    ///
    /// # Errors
    /// `Duplicate`, `TooMany`.
    pub fn replace(&self, rules: Vec<Rule>, now: Timestamp) -> Result<Vec<String>, RuleError> {
        self.edit(|_, minted| {
            let mut all = Vec::new();
            enlist(&mut all, rules, minted, now)?;
            let ids = all.iter().map(|rule: &Arc<Active>| rule.id.clone()).collect();
            Ok((all, ids))
        })
    }

    /// Puts a rule in the place of the one of that id, with counters at zero.
    ///
    /// # Errors
    /// `Unknown`, `OtherId`.
    pub fn put(&self, id: &str, mut rule: Rule, now: Timestamp) -> Result<(), RuleError> {
        if let Some(found) = rule.id.replace(id.to_owned()).filter(|found| found != id) {
            return Err(RuleError::OtherId { place: id.to_owned(), found });
        }
        self.edit(|former, _| {
            let mut all = former.to_vec();
            let place = all.iter_mut().find(|other| other.id == id);
            let place = place.ok_or_else(|| RuleError::Unknown(id.to_owned()))?;
            *place = Arc::new(Active::new(id.to_owned(), rule, now));
            Ok((all, ()))
        })
    }

    /// Removes a rule; `false` where there is none of that id.
    pub fn remove(&self, id: &str) -> bool {
        let _editing = self.minted.lock();
        let former = self.rules.load();
        let rest: Vec<_> = former.iter().filter(|rule| rule.id != id).cloned().collect();
        let found = rest.len() < former.len();
        self.rules.store(Arc::new(rest));
        found
    }

    /// Removes every rule; gives how many there were.
    pub fn clear(&self) -> usize {
        let _editing = self.minted.lock();
        self.rules.swap(Arc::default()).len()
    }

    /// Back to the configured rules, counters at zero, ids minted from the beginning.
    pub fn reset(&self, now: Timestamp) {
        let mut minted = self.minted.lock();
        *minted = 0;
        let mut all = Vec::new();
        // They were taken once already, so they are again.
        if enlist(&mut all, self.configured.clone(), &mut minted, now).is_ok() {
            self.rules.store(Arc::new(all));
        }
    }

    /// What happens to one request. `header` is the request's own `x-idouble-fault`, which goes
    /// before all rules and is not counted.
    ///
    /// # Errors
    /// `Refused` where the header is wrong.
    pub fn plan(
        &self,
        subject: &Subject<'_>,
        header: Option<&str>,
        now: Timestamp,
    ) -> Result<Plan, ApiError> {
        if let Some(text) = header {
            return self.plan_header(subject, text);
        }
        let rules = self.rules.load();
        for active in rules.iter() {
            if let Some(fired) = active.meet(subject, self.settings.seed, now) {
                return Ok(self.hit(&active.id, &active.rule.effect, &fired, subject));
            }
        }
        Ok(Plan::default())
    }

    fn plan_header(&self, subject: &Subject<'_>, text: &str) -> Result<Plan, ApiError> {
        let effect = parse_effect(FAULT_HEADER.as_str(), text, subject.operation);
        let effect =
            effect.map_err(|error| ApiError::Refused(Refusal::FaultHeader(one_line(&error))))?;
        let fired = Fired { scope: String::new(), n: 1 };
        Ok(self.hit("header", &effect, &fired, subject))
    }

    fn hit(&self, id: &str, effect: &Effect, fired: &Fired, subject: &Subject<'_>) -> Plan {
        let error = effect.error.zip(subject.operation).map(|(told, operation)| {
            let retry_after_ms = effect.retry_after_ms;
            let quotas = self.settings.quotas;
            (told.reason.error)(&Ask { operation, subject, retry_after_ms, quotas })
        });
        let delay = effect.delay.map(|delay| {
            delay.at(|| draw(self.settings.seed, &format!("{}/delay", fired.scope), fired.n))
        });
        Plan::of(Hit {
            id: id.into(),
            delay: delay.unwrap_or_default(),
            error,
            commit: effect.commit,
            status: effect.status.and_then(|status| StatusCode::from_u16(status).ok()),
            pure: self.settings.wire_pure,
            told: AtomicBool::new(false),
        })
    }

    /// Changes the rules in one step, or not at all.
    fn edit<T>(
        &self,
        change: impl FnOnce(&[Arc<Active>], &mut u64) -> Result<(Vec<Arc<Active>>, T), RuleError>,
    ) -> Result<T, RuleError> {
        let mut minted = self.minted.lock();
        let mut count = *minted;
        let (rules, value) = change(&self.rules.load(), &mut count)?;
        *minted = count;
        self.rules.store(Arc::new(rules));
        Ok(value)
    }
}

/// Adds rules to those there, minting ids that no other has.
fn enlist(
    all: &mut Vec<Arc<Active>>,
    rules: Vec<Rule>,
    minted: &mut u64,
    now: Timestamp,
) -> Result<(), RuleError> {
    let count = all.len() + rules.len();
    if count > RULES_MAX {
        return Err(RuleError::TooMany(count));
    }
    let mut taken: Vec<String> = all.iter().map(|rule| rule.id.clone()).collect();
    for id in rules.iter().filter_map(|rule| rule.id.as_ref()) {
        if taken.contains(id) {
            return Err(RuleError::Duplicate(id.clone()));
        }
        taken.push(id.clone());
    }
    for rule in rules {
        let id = rule.id.clone().unwrap_or_else(|| mint(minted, &taken));
        all.push(Arc::new(Active::new(id, rule, now)));
    }
    Ok(())
}

fn mint(minted: &mut u64, taken: &[String]) -> String {
    loop {
        *minted += 1;
        let id = format!("fault-{minted}");
        if !taken.contains(&id) {
            return id;
        }
    }
}

fn view(active: &Active, now: Timestamp) -> View {
    let (matched, fired) = active.counts();
    let written = active.rule.written.clone();
    View {
        id: active.id.clone(),
        on: written.on,
        when: written.when,
        effect: written.effect,
        life: written.life,
        expect: active.rule.expect.clone(),
        matched,
        fired,
        live: active.lives(now),
    }
}

/// What is wrong with a header, in one line; dialects say that it is the header.
fn one_line(error: &FileError) -> String {
    let told = error.mistakes().iter().map(|mistake| match &mistake.help {
        Some(help) => format!("{}; {help}", mistake.message),
        None => mistake.message.clone(),
    });
    told.collect::<Vec<_>>().join("; ")
}
