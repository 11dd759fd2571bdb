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
//! - The effects of one rule are combined: it waits, then the client is told an error or the
//!   operation runs, and then the wire effects change the response on its way out.
//!
//! # Adding a class of effect
//! - **A class of error** (`do = "throttle"`) is a row in `classes.rs`: its name, which operations may
//!   answer so, and the error in the domain's terms. Each dialect has the words for it already.
//! - **An effect on the wire** (`do = "reset"`, `do = { cut = "50%" }`) is one file in `effects/` and
//!   one row in the table `EFFECTS` of `effects/mod.rs`. The file has a `ROW` (its name, how it is
//!   written, how its value is read) and a `WireEffect`, which says how a response is sent: how much of it, in
//!   which pieces, and what becomes of the connection. `effects/close.rs` is the shortest. The grammar,
//!   the help of mistakes and the JSON Schema take the row from the table; a test in
//!   `tests/effects.rs` says what comes at the socket and what the store then holds.

mod active;
mod classes;
mod effects;
mod glob;
mod on;
mod plan;
mod presets;
mod read;
mod rule;
mod set;
#[cfg(test)]
mod tests;
mod text;
mod view;
mod when;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::domain::lock::Mutex;
use arc_swap::ArcSwap;
use http::StatusCode;

use crate::document::FileError;
use crate::domain::draw;
use crate::domain::{ApiError, Rejection, StoreRules, Timestamp};

pub use active::ENTRIES_MAX;
use active::{Active, Fired};
use classes::Ask;
pub use classes::{CLASSES, Class, Reason};
pub use effects::{Drip, EFFECTS, FaultedResponse, Form, SentPart, Tail, WireEffect};
pub use glob::Glob;
pub use on::{Known, On, Operations, Seen, plain_path};
use plan::Hit;
pub use plan::{FAULT_HEADER, Plan};
pub use presets::{PRESETS, Preset, check_preset, preset, preset_json};
pub use read::{
    DELAY_MS_MAX, ID_BYTES_MAX, STALE_MS_MAX, parse_effect, parse_json, parse_spec, read_rule,
    read_rules, read_tables, rule_schema, schema,
};
pub use rule::{Delay, Effect, Expected, Life, Own, Rule, Told, Written};
use set::{Set, enlist};
pub use text::time_ms;
pub use view::{Verdict, View};
use view::{verdict, view};
pub use when::{PERS, Per, Rate, When};

/// How many rules may be in force at a time.
pub const RULES_MAX: usize = 2_000;

/// How many matches a preview looks ahead.
pub const PREVIEW_MAX: usize = 10_000;

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
    rules: ArcSwap<Set>,
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

    /// Every rule, in order; those are gone whose lease is over.
    pub fn list(&self, now: Timestamp) -> Vec<View> {
        let rules = self.rules.load();
        let there = rules.all().iter().filter(|rule| !rule.is_gone(now));
        there.map(|rule| view(rule, now)).collect()
    }

    /// One rule.
    pub fn get(&self, id: &str, now: Timestamp) -> Option<View> {
        self.find(id, now).map(|rule| view(&rule, now))
    }

    /// One rule, whose lease begins anew.
    pub fn renew(&self, id: &str, now: Timestamp) -> Option<View> {
        let rule = self.find(id, now)?;
        rule.renew(now);
        Some(view(&rule, now))
    }

    /// What became of each rule.
    pub fn verdict(&self, now: Timestamp) -> Vec<Verdict> {
        let rules = self.rules.load();
        rules.all().iter().filter(|rule| !rule.is_gone(now)).map(|rule| verdict(rule)).collect()
    }

    /// Which of the next matches of a key would be hit by the rule of that id, if all came now.
    pub fn preview(&self, id: &str, key: &str, count: usize, now: Timestamp) -> Option<Vec<bool>> {
        let rule = self.find(id, now)?;
        Some(rule.preview(key, count.min(PREVIEW_MAX), self.settings.seed, now))
    }

    /// The same for a rule that is not in force, as if it were from now on.
    pub fn preview_of(&self, rule: Rule, key: &str, count: usize, now: Timestamp) -> Vec<bool> {
        let id = rule.id.clone().unwrap_or_else(|| "fault-1".to_owned());
        let active = Active::new(id, rule, now);
        active.preview(key, count.min(PREVIEW_MAX), self.settings.seed, now)
    }

    fn find(&self, id: &str, now: Timestamp) -> Option<Arc<Active>> {
        let rules = self.rules.load();
        rules.all().iter().find(|rule| rule.id == id && !rule.is_gone(now)).cloned()
    }

    /// Adds rules after those in force, all or none; gives their ids.
    ///
    /// # Errors
    /// `Duplicate`, `TooMany`.
    pub fn add(&self, rules: Vec<Rule>, now: Timestamp) -> Result<Vec<String>, RuleError> {
        self.edit(|former, minted| {
            let there = former.iter().filter(|rule| !rule.is_gone(now));
            let mut all: Vec<_> = there.cloned().collect();
            let before = all.len();
            enlist(&mut all, rules, minted, now)?;
            let ids = all[before..].iter().map(|rule| rule.id.clone()).collect();
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
        let rest: Vec<_> = former.all().iter().filter(|rule| rule.id != id).cloned().collect();
        let found = rest.len() < former.all().len();
        self.rules.store(Arc::new(Set::new(rest)));
        found
    }

    /// Removes every rule; gives how many there were.
    pub fn clear(&self) -> usize {
        let _editing = self.minted.lock();
        self.rules.swap(Arc::default()).all().len()
    }

    /// Back to the configured rules, counters at zero, ids minted from the beginning.
    pub fn reset(&self, now: Timestamp) {
        let mut minted = self.minted.lock();
        *minted = 0;
        let mut all = Vec::new();
        // They were taken once already, so they are again.
        if enlist(&mut all, self.configured.clone(), &mut minted, now).is_ok() {
            self.rules.store(Arc::new(Set::new(all)));
        }
    }

    /// What happens to one request. `header` is the request's own `x-idouble-fault`, which goes
    /// before all rules and is not counted.
    ///
    /// # Errors
    /// `Refused` where the header is wrong.
    pub fn plan(
        &self,
        seen: &Seen<'_>,
        header: Option<&str>,
        now: Timestamp,
    ) -> Result<Plan, ApiError> {
        let rules = self.rules.load();
        let retain_ms = rules.stale_ms_max();
        if let Some(text) = header {
            return Ok(Plan::of(Some(self.hit_of_header(seen, text)?), retain_ms));
        }
        for active in rules.about(seen.subject) {
            if let Some(fired) = active.meet(seen, self.settings.seed, now) {
                let hit = self.hit(&active.id, &active.rule.effect, &fired, seen);
                return Ok(Plan::of(Some(hit), retain_ms));
            }
        }
        Ok(Plan::of(None, retain_ms))
    }

    fn hit_of_header(&self, seen: &Seen<'_>, text: &str) -> Result<Hit, ApiError> {
        let effect = parse_effect(FAULT_HEADER.as_str(), text, seen.subject.operation);
        let effect =
            effect.map_err(|error| ApiError::Rejected(Rejection::FaultHeader(one_line(&error))))?;
        let fired = Fired { scope: String::new(), n: 1 };
        Ok(self.hit("header", &effect, &fired, seen))
    }

    fn hit(&self, id: &str, effect: &Effect, fired: &Fired, seen: &Seen<'_>) -> Hit {
        let subject = seen.subject;
        let error = effect.error.zip(subject.operation).map(|(told, operation)| {
            let retry_after_ms = effect.retry_after_ms;
            let quotas = self.settings.quotas;
            let named = seen.subject.membership;
            let ask = Ask { operation, subject, membership: named, retry_after_ms, quotas };
            (told.reason.error)(&ask)
        });
        let delay = effect.delay.map(|delay| {
            delay.at(|which| {
                let part = if which == 0 { "delay" } else { "delay/2" };
                draw(self.settings.seed, &format!("{}/{part}", fired.scope), fired.n)
            })
        });
        Hit {
            id: id.into(),
            delay: delay.unwrap_or_default(),
            error,
            commit: effect.commit,
            status: effect.status.and_then(|status| StatusCode::from_u16(status).ok()),
            own: effect.own.clone(),
            wire: effect.wire.clone(),
            lost: effect.lost,
            stale_ms: effect.stale_ms.unwrap_or(0),
            pure: self.settings.wire_pure,
            told: AtomicBool::new(false),
        }
    }

    /// Changes the rules in one step, or not at all.
    fn edit<T>(
        &self,
        change: impl FnOnce(&[Arc<Active>], &mut u64) -> Result<(Vec<Arc<Active>>, T), RuleError>,
    ) -> Result<T, RuleError> {
        let mut minted = self.minted.lock();
        let mut count = *minted;
        let (rules, value) = change(self.rules.load().all(), &mut count)?;
        *minted = count;
        self.rules.store(Arc::new(Set::new(rules)));
        Ok(value)
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
