//! A rule in force: its counters, under a short lock of its own.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;

use crate::domain::Timestamp;
use crate::domain::source::draw;
use crate::wire::Subject;

use super::rule::Rule;

/// How many keys of `per` a rule counts at a time. One more, and the oldest key begins anew: to stop
/// counting instead would end every rule that is `per` invocation.
pub const ENTRIES_MAX: usize = 10_000;

/// A rule in force.
#[derive(Debug)]
pub struct Active {
    pub(super) id: String,
    pub(super) rule: Rule,
    pub(super) since: Timestamp,
    state: Mutex<State>,
}

#[derive(Default, Debug)]
struct State {
    counts: Counts,
    matched: u64,
    fired: u64,
}

/// A match that is hit.
#[derive(Debug)]
pub struct Fired {
    /// Rule and key: what draws are drawn by.
    pub scope: String,
    /// How manieth match of the key, from 1.
    pub n: u64,
}

impl Active {
    /// In force from `since` on.
    pub fn new(id: String, rule: Rule, since: Timestamp) -> Self {
        Self { id, rule, since, state: Mutex::default() }
    }

    /// Counts a request, if it matches, and says whether it is hit.
    pub fn meet(&self, subject: &Subject<'_>, seed: u64, now: Timestamp) -> Option<Fired> {
        if !self.rule.on.matches(subject) || self.is_old(now) {
            return None;
        }
        let key = self.rule.when.per.key(subject);
        let scope = format!("{}/{key}", self.id);
        // Draws count from 1, so the zeroth is free to stand for the key.
        let entry = draw(seed, &scope, 0);
        let mut state = self.state.lock();
        if self.is_used_up(&state) {
            return None;
        }
        state.matched += 1;
        let n = state.counts.next(entry);
        let attempt = subject.attempt.unwrap_or_else(|| u32::try_from(n).unwrap_or(u32::MAX));
        let fires = self.rule.on.takes_attempt(attempt)
            && self.rule.when.fires(n, || draw(seed, &scope, n));
        if !fires {
            return None;
        }
        state.fired += 1;
        drop(state);
        Some(Fired { scope, n })
    }

    /// How many requests matched while it lived, and how many of them were hit.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state.lock();
        (state.matched, state.fired)
    }

    /// Whether it may still fire.
    pub fn lives(&self, now: Timestamp) -> bool {
        !self.is_old(now) && !self.is_used_up(&self.state.lock())
    }

    fn is_old(&self, now: Timestamp) -> bool {
        let age = u64::try_from(now.0.saturating_sub(self.since.0)).unwrap_or(0);
        self.rule.life.time_ms.is_some_and(|time| age >= time)
    }

    fn is_used_up(&self, state: &State) -> bool {
        self.rule.life.times.is_some_and(|times| state.fired >= times)
    }
}

/// A count for each key, of bounded size. Keys are hashes of what clients choose.
#[derive(Default, Debug)]
struct Counts {
    by_key: HashMap<u64, u64>,
    oldest_first: VecDeque<u64>,
}

impl Counts {
    /// How manieth time this key is met, from 1.
    fn next(&mut self, key: u64) -> u64 {
        if let Some(count) = self.by_key.get_mut(&key) {
            *count += 1;
            return *count;
        }
        if self.oldest_first.len() >= ENTRIES_MAX
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_key.remove(&oldest);
        }
        self.oldest_first.push_back(key);
        self.by_key.insert(key, 1);
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_apart_and_the_oldest_begins_anew() {
        let mut counts = Counts::default();
        assert_eq!([counts.next(7), counts.next(7), counts.next(8), counts.next(7)], [1, 2, 1, 3]);
        for key in 0..ENTRIES_MAX as u64 {
            counts.next(key + 100);
        }
        assert_eq!(counts.by_key.len(), ENTRIES_MAX);
        assert_eq!(counts.oldest_first.len(), ENTRIES_MAX);
        assert_eq!(counts.next(7), 1);
    }
}
