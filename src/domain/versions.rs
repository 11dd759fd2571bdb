//! The former versions of a store, for stale reads.

use std::collections::VecDeque;
use std::sync::Arc;

use super::model::Timestamp;
use super::store::IdentityStore;

/// The greatest number of former versions of a store. Each write adds one while versions are retained.
pub const VERSIONS_MAX: usize = 256;

/// How stale the reads of a call are, and how long its writes retain former versions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Staleness {
    /// A query reads the version of this many milliseconds ago. A change applies to the current one.
    pub read_ms: u64,
    /// A change retains the version that it replaces for this many milliseconds.
    pub retain_ms: u64,
}

/// The current version of a store and former ones.
#[derive(Debug)]
pub(super) struct Versions {
    pub(super) current: Arc<IdentityStore>,
    /// Oldest first, each with the time at which it was replaced.
    former: VecDeque<(Timestamp, Arc<IdentityStore>)>,
}

impl Versions {
    pub(super) fn new(current: Arc<IdentityStore>) -> Self {
        Self { current, former: VecDeque::new() }
    }

    /// The version of `lag_ms` before `now`; the oldest one if that is not retained.
    pub(super) fn at(&self, now: Timestamp, lag_ms: u64) -> &Arc<IdentityStore> {
        if lag_ms == 0 {
            return &self.current;
        }
        let then = before(now, lag_ms);
        // A version that was replaced exactly then was no longer current.
        let version = self.former.iter().find(|(ended, _)| *ended > then);
        version.map_or(&self.current, |(_, version)| version)
    }

    /// Retains the current version before a change.
    pub(super) fn retain(&mut self, now: Timestamp, retain_ms: u64) {
        let since = before(now, retain_ms);
        let is_old = |version: &(Timestamp, _)| version.0 <= since;
        while self.former.front().is_some_and(is_old) || self.former.len() >= VERSIONS_MAX {
            self.former.pop_front();
        }
        if retain_ms > 0 {
            self.former.push_back((now, self.current.clone()));
        }
    }
}

fn before(now: Timestamp, ms: u64) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)))
}
