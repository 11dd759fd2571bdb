//! A rule in force: its counters, behind a short lock of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::domain::Timestamp;
use crate::domain::draw;
use crate::domain::lock::Mutex;

use super::catalog::DialectCatalog;
use super::effect::Effect;
use super::form::InvalidRule;
use super::rule::Rule;
use super::selector::{RequestFacts, RequestMatcher};
use super::trigger::{KeyState, Miss, TriggerContext};
use super::values::TimeSpan;

/// Maximum number of keys of `per` that a rule counts. Beyond it, the count of the oldest key is dropped, so
/// that rules with `per = "invocation"` keep working.
pub const KEYS_MAX: usize = 10_000;

/// The number of last draws that a rule remembers.
pub const DRAWS_MAX: usize = 50;

/// A rule in force.
#[derive(Debug)]
pub struct ActiveRule {
    pub(super) id: Arc<str>,
    pub(super) rule: Rule,
    /// The effect of `rule`, shared with the plans of the requests that it hits.
    pub(super) effect: Arc<Effect>,
    pub(super) matcher: RequestMatcher,
    since: Timestamp,
    /// When the lease began.
    renewed_at: AtomicI64,
    is_paused: AtomicBool,
    state: Mutex<RuleState>,
}

#[derive(Default, Debug)]
struct RuleState {
    keys: KeyStates,
    matched: u64,
    fired: u64,
    /// The last draws, oldest first.
    draws: VecDeque<Draw>,
}

/// The evaluation of a match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    pub(super) request_id: u128,
    /// The ordinal of the match for its key, from 1.
    pub(super) n: u64,
    /// `Err` if it was not hit.
    pub(super) result: Result<(), Miss>,
}

/// A match that is hit.
#[derive(Debug)]
pub struct Fired {
    /// Rule and key, the key of the draws.
    pub scope: String,
    /// The ordinal of this match for its key, from 1.
    pub n: u64,
}

impl ActiveRule {
    /// A rule in force from `since` on.
    ///
    /// # Errors
    /// The rule is invalid.
    pub fn new(
        id: &str,
        rule: Rule,
        catalog: &DialectCatalog,
        since: Timestamp,
    ) -> Result<Self, InvalidRule> {
        Ok(Self {
            id: id.into(),
            matcher: rule.compile(catalog)?,
            effect: Arc::new(rule.effect.clone()),
            rule: Rule { id: Some(id.to_owned()), ..rule },
            since,
            renewed_at: AtomicI64::new(since.0),
            is_paused: AtomicBool::new(false),
            state: Mutex::default(),
        })
    }

    /// Counts a request if it matches, and returns whether it is hit.
    pub fn evaluate(&self, facts: &RequestFacts<'_>, seed: u64, now: Timestamp) -> Option<Fired> {
        if !self.matcher.matches(facts) || self.is_over(now) || self.is_paused() {
            return None;
        }
        let key = self.rule.when.per.key(facts);
        let scope = format!("{}/{key}", self.id);
        // Draws count from 1, so the draw 0 can identify the key.
        let key_id = draw(seed, &scope, 0);
        let mut state = self.state.lock();
        if self.is_used_up(state.fired) {
            return None;
        }
        state.matched += 1;
        let key_state = state.keys.entry(key_id);
        let context = self.context(&key, &scope, seed, now);
        let result = self.evaluate_key(key_state, facts.subject.attempt, &context);
        let n = key_state.count;
        if state.draws.len() == DRAWS_MAX {
            state.draws.pop_front();
        }
        state.draws.push_back(Draw { request_id: facts.request_id, n, result });
        if result.is_err() {
            return None;
        }
        state.fired += 1;
        drop(state);
        Some(Fired { scope, n })
    }

    /// Which of the next `count` matches of a key would be hit, if all came now. Counts nothing.
    pub fn preview(&self, key: &str, count: usize, seed: u64, now: Timestamp) -> Vec<bool> {
        let scope = format!("{}/{key}", self.id);
        let (mut key_state, mut fired) = {
            let state = self.state.lock();
            (state.keys.get(draw(seed, &scope, 0)), state.fired)
        };
        let context = self.context(key, &scope, seed, now);
        let mut hits = Vec::with_capacity(count);
        for _ in 0..count {
            let is_hit = !self.is_over(now)
                && !self.is_used_up(fired)
                && self.evaluate_key(&mut key_state, None, &context).is_ok();
            fired += u64::from(is_hit);
            hits.push(is_hit);
        }
        hits
    }

    fn context<'a>(
        &self,
        key: &'a str,
        scope: &'a str,
        seed: u64,
        now: Timestamp,
    ) -> TriggerContext<'a> {
        TriggerContext { seed, key, scope, now_ms: now.0, age_ms: ms_since(self.since.0, now) }
    }

    fn evaluate_key(
        &self,
        key_state: &mut KeyState,
        attempt: Option<u32>,
        context: &TriggerContext<'_>,
    ) -> Result<(), Miss> {
        self.rule.when.evaluate(key_state, context)?;
        let attempt = attempt.map_or(key_state.count, u64::from);
        if self.matcher.accepts_attempt(attempt) { Ok(()) } else { Err(Miss::Attempt) }
    }

    /// The last draws, oldest first.
    pub(super) fn draws(&self) -> Vec<Draw> {
        self.state.lock().draws.iter().copied().collect()
    }

    /// The time since which it is in force.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// The number of requests that matched while the rule was live, and of those that it hit.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state.lock();
        (state.matched, state.fired)
    }

    /// Whether its `for` has not ended.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.is_over(now) && !self.is_used_up(self.state.lock().fired)
    }

    /// Whether it is switched off.
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Switches it off or on. Its counters stay.
    pub fn set_paused(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::Relaxed);
    }

    /// Restarts its lease.
    pub fn renew(&self, now: Timestamp) {
        self.renewed_at.store(now.0, Ordering::Relaxed);
    }

    /// Whether its lease has ended without being renewed. Such a rule is no longer listed.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        let since = || ms_since(self.renewed_at.load(Ordering::Relaxed), now);
        self.rule.life.lease.is_some_and(|lease| since() >= lease.as_millis())
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let age_ms = || ms_since(self.since.0, now);
        let is_too_old = |time: TimeSpan| age_ms() >= time.as_millis();
        self.rule.life.time.is_some_and(is_too_old) || self.is_expired(now)
    }

    fn is_used_up(&self, fired: u64) -> bool {
        self.rule.life.times.is_some_and(|times| fired >= times.into())
    }
}

fn ms_since(then_ms: i64, now: Timestamp) -> u64 {
    u64::try_from(now.0.saturating_sub(then_ms)).unwrap_or(0)
}

/// The state of each key, of bounded size. Keys are hashes of texts that clients choose.
#[derive(Default, Debug)]
struct KeyStates {
    by_key: HashMap<u64, KeyState>,
    oldest_first: VecDeque<u64>,
}

impl KeyStates {
    fn entry(&mut self, key: u64) -> &mut KeyState {
        if !self.by_key.contains_key(&key) {
            if self.oldest_first.len() >= KEYS_MAX
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.by_key.remove(&oldest);
            }
            self.oldest_first.push_back(key);
        }
        self.by_key.entry(key).or_default()
    }

    fn get(&self, key: u64) -> KeyState {
        self.by_key.get(&key).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_count_and_the_limit_drops_the_oldest() {
        let mut keys = KeyStates::default();
        let mut next = |key| {
            let state = keys.entry(key);
            state.count += 1;
            state.count
        };
        assert_eq!([next(7), next(7), next(8), next(7)], [1, 2, 1, 3]);
        for key in 0..KEYS_MAX as u64 {
            next(key + 100);
        }
        assert_eq!(next(7), 1);
        assert_eq!(keys.by_key.len(), KEYS_MAX);
        assert_eq!(keys.oldest_first.len(), KEYS_MAX);
    }
}
