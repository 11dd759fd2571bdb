//! A rule in force: its counters, under a short lock of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::lock::Mutex;

use crate::domain::Timestamp;
use crate::domain::draw;

use super::on::Seen;
use super::rule::Rule;
use super::when::{Entry, Judged};

/// How many keys of `per` a rule counts at a time. One more, and the oldest key begins anew: to stop
/// counting instead would end every rule that is `per` invocation.
pub const ENTRIES_MAX: usize = 10_000;

/// A rule in force.
#[derive(Debug)]
pub struct Active {
    pub(super) id: String,
    pub(super) rule: Rule,
    pub(super) since: Timestamp,
    /// When it was last asked for by its id.
    renewed: AtomicI64,
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
        Self { id, rule, since, renewed: AtomicI64::new(since.0), state: Mutex::default() }
    }

    /// Counts a request, if it matches, and says whether it is hit.
    pub fn meet(&self, seen: &Seen<'_>, seed: u64, now: Timestamp) -> Option<Fired> {
        if !self.rule.on.matches(seen) || self.is_old(now) {
            return None;
        }
        let key = self.rule.when.per.key(seen);
        let scope = format!("{}/{key}", self.id);
        // Draws count from 1, so the zeroth is free to stand for the key.
        let place = draw(seed, &scope, 0);
        let mut state = self.state.lock();
        if self.is_used_up(state.fired) {
            return None;
        }
        state.matched += 1;
        let by = self.judged(&key, &scope, seed, now);
        let entry = state.counts.entry(place);
        let fires = self.judge(entry, seen.subject.attempt, &by);
        let n = entry.count;
        if !fires {
            return None;
        }
        state.fired += 1;
        drop(state);
        Some(Fired { scope, n })
    }

    /// Which of the next `count` matches of a key would be hit, if all came now. Counts nothing.
    pub fn preview(&self, key: &str, count: usize, seed: u64, now: Timestamp) -> Vec<bool> {
        let scope = format!("{}/{key}", self.id);
        let (mut entry, mut fired) = {
            let state = self.state.lock();
            (state.counts.get(draw(seed, &scope, 0)), state.fired)
        };
        let by = self.judged(key, &scope, seed, now);
        let mut next = || {
            let live = !self.is_old(now) && !self.is_used_up(fired);
            let hit = live && self.judge(&mut entry, None, &by);
            fired += u64::from(hit);
            hit
        };
        (0..count).map(|_| next()).collect()
    }

    fn judged<'a>(&self, key: &'a str, scope: &'a str, seed: u64, now: Timestamp) -> Judged<'a> {
        Judged { seed, key, scope, now_ms: now.0, age_ms: ms_since(self.since.0, now) }
    }

    fn judge(&self, entry: &mut Entry, attempt: Option<u32>, by: &Judged<'_>) -> bool {
        let fires = self.rule.when.judge(entry, by);
        let attempt = attempt.unwrap_or_else(|| u32::try_from(entry.count).unwrap_or(u32::MAX));
        fires && self.rule.on.takes_attempt(attempt)
    }

    /// How many requests matched while it lived, and how many of them were hit.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state.lock();
        (state.matched, state.fired)
    }

    /// Whether it may still fire.
    pub fn lives(&self, now: Timestamp) -> bool {
        !self.is_old(now) && !self.is_used_up(self.state.lock().fired)
    }

    /// Somebody asked for it by its id, so whoever wanted it is still there.
    pub fn renew(&self, now: Timestamp) {
        self.renewed.store(now.0, Ordering::Relaxed);
    }

    /// Whether nobody has asked for it during its lease: it is gone then.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        let since = || ms_since(self.renewed.load(Ordering::Relaxed), now);
        self.rule.life.lease_ms.is_some_and(|lease| since() >= lease)
    }

    fn is_old(&self, now: Timestamp) -> bool {
        let age = ms_since(self.since.0, now);
        self.rule.life.time_ms.is_some_and(|time| age >= time) || self.is_gone(now)
    }

    fn is_used_up(&self, fired: u64) -> bool {
        self.rule.life.times.is_some_and(|times| fired >= times)
    }
}

fn ms_since(then_ms: i64, now: Timestamp) -> u64 {
    u64::try_from(now.0.saturating_sub(then_ms)).unwrap_or(0)
}

/// An entry for each key, of bounded size. Keys are hashes of what clients choose.
#[derive(Default, Debug)]
struct Counts {
    by_key: HashMap<u64, Entry>,
    oldest_first: VecDeque<u64>,
}

impl Counts {
    fn entry(&mut self, key: u64) -> &mut Entry {
        if !self.by_key.contains_key(&key) {
            if self.oldest_first.len() >= ENTRIES_MAX
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.by_key.remove(&oldest);
            }
            self.oldest_first.push_back(key);
        }
        self.by_key.entry(key).or_default()
    }

    fn get(&self, key: u64) -> Entry {
        self.by_key.get(&key).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_apart_and_the_oldest_begins_anew() {
        let mut counts = Counts::default();
        let mut next = |key| {
            let entry = counts.entry(key);
            entry.count += 1;
            entry.count
        };
        assert_eq!([next(7), next(7), next(8), next(7)], [1, 2, 1, 3]);
        for key in 0..ENTRIES_MAX as u64 {
            next(key + 100);
        }
        assert_eq!(next(7), 1);
        assert_eq!(counts.by_key.len(), ENTRIES_MAX);
        assert_eq!(counts.oldest_first.len(), ENTRIES_MAX);
    }
}
