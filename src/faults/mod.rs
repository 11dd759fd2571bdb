//! Faults: rules that make chosen requests fail on purpose, in the wire form of either vendor.
//!
//! A rule is `on` (which requests), `when` (which of them), `do` (what happens) and `for` (how long it
//! lives), with an optional `id` and `expect`. [`Rule`] is the one model of it: of a TOML file, of the
//! control API's JSON and of Rust code, and the source of the JSON Schema. Each part is in the file of
//! its meaning: `selector.rs`, `trigger.rs`, `effect.rs`. The module knows operations and errors, and no
//! dialect.
//!
//! - Rules are evaluated in order, and the first that fires wins. A request that an earlier rule hit does
//!   not count for the later ones.
//! - Whether the n-th match of a key is hit is a pure function of seed, rule id, key and n. There is no
//!   shared generator, so threads cannot change each other's sequence.
//! - Rules are replaced whole; a request reads one pointer, and takes no lock if no rule matches.
//! - The effects of one rule are combined: the request waits, then the client gets an error or the
//!   operation runs, and then the response is changed on its way out.
//!
//! # How to add
//! - **A class of error** (`do = "throttle"`): a row in `classes.rs`, with its name, the operations that
//!   can have it, and the error in the domain's terms. Each dialect has its form already.
//! - **An effect on the connection** (`do = "reset"`): a row in `effects/wire.rs`.
//! - **An effect on the response** (`do = { cut = "50%" }`): a file in `effects/`, a field of [`Effect`]
//!   and a line in its `apply_to`. A test in `tests/it/faults/effects.rs` says what arrives at the socket.
//! - **A condition** (`when = { every = 4 }`): a field of [`Trigger`] and a line in its `evaluate`.

mod active;
mod builder;
mod catalog;
mod classes;
mod effect;
mod effects;
mod explain;
mod form;
mod load;
mod plan;
mod presets;
mod rule;
mod selector;
mod set;
#[cfg(test)]
mod tests;
mod trigger;
mod values;
mod view;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;

use crate::domain::draw;
use crate::domain::lock::Mutex;
use crate::domain::{ApiError, Rejection, StoreRules, Timestamp};

use active::{ActiveRule, Fired};
pub use active::{DRAWS_MAX, KEYS_MAX};
pub use builder::Fault;
pub use catalog::{DialectCatalog, NormalizedPath, OperationSet};
pub use classes::{CLASSES, Class, ErrorContext, Reason};
pub use effect::{DELAY_MS_MAX, Delay, Effect, LogNormal, STALE_MS_MAX};
pub use effects::{Cut, Drip, FaultedResponse, SentPart, Tail, WIRE_EFFECTS, WireEffect};
pub use explain::{Explanation, PastRequest, RuleCondition};
pub use form::InvalidRule;
pub use load::{RuleList, parse_json, parse_spec, parse_toml, rule_schema, schema, to_toml};
use plan::Hit;
pub use plan::{FAULT_HEADER, Plan};
pub use presets::{PRESETS, Preset};
pub use rule::{ID_BYTES_MAX, Life, Rule};
pub use selector::{RequestFacts, Selector};
use set::{RuleSet, insert};
pub use trigger::{AgeWindow, HitPattern, Per, Rate, Trigger};
pub use values::{CountRange, TIME_SPAN_TO_1M, TimeSpan};
pub use view::{RuleVerdict, RuleView};

/// Limit of the number of rules in force.
pub const RULES_MAX: usize = 2_000;

/// Limit of the number of matches that a preview looks ahead.
pub const PREVIEW_MAX: usize = 10_000;

/// What the rules need to know besides themselves.
#[derive(Clone, Default, Debug)]
pub struct FaultSettings {
    /// The seed of all draws.
    pub seed: u64,
    /// Omits the header `x-idouble-fault`.
    pub wire_pure: bool,
    /// The quotas, for the error that names one.
    pub quotas: StoreRules,
    /// The operations and attributes that rules can name.
    pub catalog: DialectCatalog,
}

/// The rules in force.
#[derive(Default, Debug)]
pub struct Faults {
    settings: FaultSettings,
    configured: Vec<Rule>,
    rules: ArcSwap<RuleSet>,
    /// The number of generated ids. Locked while the rules are edited.
    generated: Mutex<u64>,
}

/// Why rules were rejected. None of them was added.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleError {
    /// Two rules have the same id.
    #[error("a rule {0:?} exists already")]
    Duplicate(String),
    /// No rule has the id.
    #[error("there is no rule {0:?}")]
    Unknown(String),
    /// A replacement has another id than the rule that it replaces.
    #[error("the rule has the id {found:?} and cannot replace {replaced:?}")]
    #[allow(missing_docs)]
    OtherId { replaced: String, found: String },
    /// There would be more than [`RULES_MAX`].
    #[error("{0} rules are more than the limit of {RULES_MAX}")]
    TooMany(usize),
    /// A rule is invalid.
    #[error(transparent)]
    Invalid(#[from] InvalidRule),
}

impl Faults {
    /// These rules, in force from `now` on. A reset restores them.
    ///
    /// # Errors
    /// `Duplicate`, `TooMany`, `Invalid`.
    pub fn new(
        settings: FaultSettings,
        configured: Vec<Rule>,
        now: Timestamp,
    ) -> Result<Self, RuleError> {
        let faults = Self { settings, ..Self::default() };
        faults.replace(configured.clone(), now)?;
        Ok(Self { configured, ..faults })
    }

    /// The operations and attributes that rules can name.
    pub fn catalog(&self) -> &DialectCatalog {
        &self.settings.catalog
    }

    /// Every rule in order, without those whose lease has ended.
    pub fn list(&self, now: Timestamp) -> Vec<RuleView> {
        let rules = self.rules.load();
        let listed = rules.rules().iter().filter(|rule| !rule.is_expired(now));
        listed.map(|rule| rule.view(now)).collect()
    }

    /// One rule.
    pub fn get(&self, id: &str, now: Timestamp) -> Option<RuleView> {
        self.find(id, now).map(|rule| rule.view(now))
    }

    /// Restarts the lease of a rule.
    pub fn renew(&self, id: &str, now: Timestamp) -> Option<RuleView> {
        let rule = self.find(id, now)?;
        rule.renew(now);
        Some(rule.view(now))
    }

    /// Switches a rule off or on. Its counters stay.
    pub fn set_paused(&self, id: &str, is_paused: bool, now: Timestamp) -> Option<RuleView> {
        let rule = self.find(id, now)?;
        rule.set_paused(is_paused);
        Some(rule.view(now))
    }

    /// Whether each rule hit as often as expected: every rule, or those about one session.
    pub fn verdict(&self, session: Option<&str>, now: Timestamp) -> Vec<RuleVerdict> {
        let rules = self.rules.load();
        let listed =
            rules.rules().iter().filter(|rule| !rule.is_expired(now)).filter(|rule| {
                session.is_none_or(|session| rule.rule.on.is_about_session(session))
            });
        listed.map(|rule| rule.verdict()).collect()
    }

    /// Which of the next matches of a key would be hit by the rule of that id, if all came now.
    pub fn preview(&self, id: &str, key: &str, count: usize, now: Timestamp) -> Option<Vec<bool>> {
        let rule = self.find(id, now)?;
        Some(rule.preview(key, count.min(PREVIEW_MAX), self.settings.seed, now))
    }

    /// The same for a rule that is not in force, as if it were added now.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn preview_of(
        &self,
        rule: Rule,
        key: &str,
        count: usize,
        now: Timestamp,
    ) -> Result<Vec<bool>, RuleError> {
        let id = rule.id.clone().unwrap_or_else(|| "fault-1".to_owned());
        let active = ActiveRule::new(&id, rule, &self.settings.catalog, now)?;
        Ok(active.preview(key, count.min(PREVIEW_MAX), self.settings.seed, now))
    }

    /// Why the rule of that id hit a past request, or why not.
    pub fn explain(
        &self,
        id: &str,
        request: &PastRequest<'_>,
        now: Timestamp,
    ) -> Option<Explanation> {
        Some(self.find(id, now)?.explain(request))
    }

    fn find(&self, id: &str, now: Timestamp) -> Option<Arc<ActiveRule>> {
        let rules = self.rules.load();
        rules.rules().iter().find(|rule| *rule.id == *id && !rule.is_expired(now)).cloned()
    }

    /// Adds rules after those in force, all or none, and returns their ids.
    ///
    /// # Errors
    /// `Duplicate`, `TooMany`, `Invalid`.
    pub fn add(&self, rules: Vec<Rule>, now: Timestamp) -> Result<Vec<String>, RuleError> {
        self.edit(|former, generated| {
            let unexpired = former.iter().filter(|rule| !rule.is_expired(now));
            let mut all: Vec<_> = unexpired.cloned().collect();
            let former_count = all.len();
            insert(&mut all, rules, &self.settings.catalog, generated, now)?;
            let ids = ids(&all[former_count..]);
            Ok((all, ids))
        })
    }

    /// Replaces all rules by these in one step, and returns their ids.
    ///
    /// # Errors
    /// `Duplicate`, `TooMany`, `Invalid`.
    pub fn replace(&self, rules: Vec<Rule>, now: Timestamp) -> Result<Vec<String>, RuleError> {
        self.edit(|_, generated| {
            let mut all = Vec::new();
            insert(&mut all, rules, &self.settings.catalog, generated, now)?;
            let ids = ids(&all);
            Ok((all, ids))
        })
    }

    /// Replaces the rule of that id. The counters of the new rule are zero.
    ///
    /// # Errors
    /// `Unknown`, `OtherId`, `Invalid`.
    pub fn replace_rule(&self, id: &str, rule: Rule, now: Timestamp) -> Result<(), RuleError> {
        if let Some(found) = rule.id.clone().filter(|found| found != id) {
            return Err(RuleError::OtherId { replaced: id.to_owned(), found });
        }
        self.edit(|former, _| {
            let mut all = former.to_vec();
            let replaced = all.iter_mut().find(|other| *other.id == *id);
            let replaced = replaced.ok_or_else(|| RuleError::Unknown(id.to_owned()))?;
            *replaced = Arc::new(ActiveRule::new(id, rule, &self.settings.catalog, now)?);
            Ok((all, ()))
        })
    }

    /// Removes a rule, and returns whether there was one of that id.
    pub fn remove(&self, id: &str) -> bool {
        self.remove_if(|rule| *rule.id == *id) > 0
    }

    /// Removes the rules that are about one store alone, and those about one session alone. Returns their
    /// number.
    pub fn remove_of_store(&self, store: &str, session: &str) -> usize {
        self.remove_if(|rule| {
            let on = &rule.rule.on;
            on.is_about_store(store) || on.is_about_session(session)
        })
    }

    fn remove_if(&self, is_removed: impl Fn(&ActiveRule) -> bool) -> usize {
        let _editing = self.generated.lock();
        let former = self.rules.load();
        let rest: Vec<_> =
            former.rules().iter().filter(|rule| !is_removed(rule)).cloned().collect();
        let removed = former.rules().len() - rest.len();
        if removed > 0 {
            self.rules.store(Arc::new(RuleSet::new(rest)));
        }
        removed
    }

    /// Removes every rule, and returns their number.
    pub fn clear(&self) -> usize {
        let _editing = self.generated.lock();
        self.rules.swap(Arc::default()).rules().len()
    }

    /// Restores the configured rules, with counters at zero and ids generated from the beginning.
    pub fn reset(&self, now: Timestamp) {
        let mut generated = self.generated.lock();
        *generated = 0;
        let mut all = Vec::new();
        let configured = self.configured.clone();
        // They were valid when the server started, so they still are.
        if insert(&mut all, configured, &self.settings.catalog, &mut generated, now).is_ok() {
            self.rules.store(Arc::new(RuleSet::new(all)));
        }
    }

    /// What happens to one request. `header` is the request's own `x-idouble-fault`. It precedes all
    /// rules and is not counted.
    ///
    /// # Errors
    /// `Rejected` if the header is invalid.
    pub fn plan(
        &self,
        facts: &RequestFacts<'_>,
        header: Option<&str>,
        now: Timestamp,
    ) -> Result<Plan, ApiError> {
        let rules = self.rules.load();
        let retain_ms = rules.stale_ms_max();
        if let Some(text) = header {
            return Ok(Plan::new(Some(self.hit_of_header(facts, text)?), retain_ms));
        }
        for rule in rules.candidates(facts.subject) {
            if let Some(fired) = rule.evaluate(facts, self.settings.seed, now) {
                let hit = self.hit(rule.id.clone(), rule.effect.clone(), &fired, facts);
                return Ok(Plan::new(Some(hit), retain_ms));
            }
        }
        Ok(Plan::new(None, retain_ms))
    }

    fn hit_of_header(&self, facts: &RequestFacts<'_>, text: &str) -> Result<Hit, ApiError> {
        let invalid = |message| ApiError::Rejected(Rejection::FaultHeader(message));
        let effect: Effect = text.parse().map_err(invalid)?;
        if let Some(operation) = facts.subject.operation
            && !effect.is_possible_for(operation)
        {
            return Err(invalid(effect.impossible(operation.name())));
        }
        let fired = Fired { scope: String::new(), n: 1 };
        Ok(self.hit("header".into(), Arc::new(effect), &fired, facts))
    }

    fn hit(
        &self,
        id: Arc<str>,
        effect: Arc<Effect>,
        fired: &Fired,
        facts: &RequestFacts<'_>,
    ) -> Hit {
        let subject = facts.subject;
        let error = effect.error_reason().zip(subject.operation).map(|(reason, operation)| {
            (reason.error)(&ErrorContext {
                operation,
                subject,
                retry_after_ms: effect.retry_after.map(TimeSpan::as_millis),
                quotas: self.settings.quotas,
            })
        });
        let delay = effect.delay.map(|delay| {
            delay.sample(|index| {
                let part = if index == 0 { "delay" } else { "delay/2" };
                draw(self.settings.seed, &format!("{}/{part}", fired.scope), fired.n)
            })
        });
        Hit {
            id,
            effect,
            delay: delay.unwrap_or_default(),
            error,
            is_wire_pure: self.settings.wire_pure,
            is_error_sent: AtomicBool::new(false),
        }
    }

    /// Changes the rules in one step, or not at all.
    fn edit<T>(
        &self,
        change: impl FnOnce(
            &[Arc<ActiveRule>],
            &mut u64,
        ) -> Result<(Vec<Arc<ActiveRule>>, T), RuleError>,
    ) -> Result<T, RuleError> {
        let mut generated = self.generated.lock();
        let mut count = *generated;
        let (rules, value) = change(self.rules.load().rules(), &mut count)?;
        *generated = count;
        self.rules.store(Arc::new(RuleSet::new(rules)));
        Ok(value)
    }
}

fn ids(rules: &[Arc<ActiveRule>]) -> Vec<String> {
    rules.iter().map(|rule| rule.id.to_string()).collect()
}
